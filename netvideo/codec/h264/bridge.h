// What the Go side of this package needs from openh264, whose interface is a table of
// functions, with everything that C keeps living in C memory.
#include <stdint.h>
#include <wels/codec_api.h>

typedef struct {
	int width, height, kbps, fps, threads, idr_every;
} h264_enc_options;

typedef struct {
	ISVCEncoder *it;
	SFrameBSInfo info;
	SSourcePicture pic;
} h264_enc;

typedef struct {
	int size, key;
} h264_enc_packet;

// h264_enc_new returns NULL when there is no memory or the options do not fit.
h264_enc *h264_enc_new(const h264_enc_options *o);
int h264_enc_set_kbps(h264_enc *e, int kbps);
int h264_enc_set_fps(h264_enc *e, int fps);
// h264_enc_encode leaves the packet in e until the next call; h264_enc_copy takes it out.
int h264_enc_encode(h264_enc *e, uint8_t *y, uint8_t *cb, uint8_t *cr,
	int ystride, int cstride, int64_t ms, int key, h264_enc_packet *out);
void h264_enc_copy(const h264_enc *e, uint8_t *to);
void h264_enc_free(h264_enc *e);

typedef struct {
	const uint8_t *y, *cb, *cr;
	int ystride, cstride;
	int width, height;
} h264_dec_picture;

ISVCDecoder *h264_dec_new(void);
// h264_dec_decode returns openh264's state, 0 for none amiss; out->y is set when there
// is a picture, which stays valid until the next call.
int h264_dec_decode(ISVCDecoder *d, const uint8_t *data, int size, h264_dec_picture *out);
void h264_dec_free(ISVCDecoder *d);
