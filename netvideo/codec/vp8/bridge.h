// What the Go side of this package needs from libvpx, with everything that C
// keeps living in C memory.
#include <stddef.h>
#include <stdint.h>
#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

typedef struct {
	vpx_codec_ctx_t ctx;
	vpx_codec_enc_cfg_t cfg;
	vpx_image_t img;
} vp8_enc;

typedef struct {
	unsigned width, height, kbps, layers, threads, min_q, max_q, kf_max_dist;
	int cpu_used, static_thresh, resilient, max_intra_pct;
} vp8_enc_options;

typedef struct {
	const uint8_t *data;
	size_t size;
	int key;
} vp8_enc_packet;

vp8_enc *vp8_enc_new(const vp8_enc_options *o, vpx_codec_err_t *err);
vpx_codec_err_t vp8_enc_set_kbps(vp8_enc *e, unsigned kbps);
vpx_codec_err_t vp8_enc_set_max_intra(vp8_enc *e, int percent);
vpx_codec_err_t vp8_enc_encode(vp8_enc *e, uint8_t *y, uint8_t *cb, uint8_t *cr,
	int ystride, int cstride, int64_t pts, unsigned long duration, int key, int tid,
	vp8_enc_packet *out);
void vp8_enc_free(vp8_enc *e);

typedef struct {
	vpx_codec_ctx_t ctx;
} vp8_dec;

typedef struct {
	const uint8_t *y, *cb, *cr;
	int ystride, cstride;
	int width, height;
} vp8_dec_picture;

vp8_dec *vp8_dec_new(unsigned threads, vpx_codec_err_t *err);
// vp8_dec_decode returns an error, or 0 with out->y set when there is a picture,
// which stays valid until the next call.
vpx_codec_err_t vp8_dec_decode(vp8_dec *d, const uint8_t *data, unsigned size, vp8_dec_picture *out);
void vp8_dec_free(vp8_dec *d);
