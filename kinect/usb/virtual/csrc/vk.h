/* A virtual Kinect behind the libusb-1.0 ABI. Test only.
 *
 * One engine thread serves every endpoint one packet slot in each microframe of
 * 125 us. Everything below is guarded by vk_lock unless it says otherwise; the
 * pages are shared with the test and are read and written as atomics. */
#ifndef VK_H
#define VK_H

#include <libusb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#define VK_MAGIC 0x344b4e56u /* "VNK4", changes with the layout of vk_page */
#define VK_MAX_KINECTS 2
#define VK_PAGE 16384
#define VK_UF_TICKS 7500 /* ticks of 60 MHz in a microframe */
#define VK_UF_NS 125000
#define VK_REGISTERS 0x400
#define VK_FRAME_MAX 1638400
#define VK_ANSWERS 8

enum { VK_VIDEO, VK_DEPTH, VK_STREAMS };
enum { VK_BAYER, VK_UYVY, VK_IR, VK_BAYER_SXGA, VK_IR_SXGA, VK_DEPTH_11, VK_DEPTH_10, VK_MODES, VK_OFF = -1 };
enum { VK_MOTOR = 1, VK_CAMERA = 2, VK_AUDIO = 4, VK_HUB = 8 };
enum { VK_1414, VK_1473, VK_WINDOWS };
enum { VK_DROP, VK_ERROR, VK_HALF, VK_SHORT, VK_ALTER, VK_FAULTS };
enum { VK_TAG, VK_COMMAND, VK_CUT, VK_FAILED, VK_STALLED, VK_BROKEN, VK_TIMED_OUT, VK_EMPTY, VK_PADDED, VK_REPLY_FAULTS };
enum { VK_PROTO, VK_REAPED, VK_STALE };
enum { VK_RANDOM, VK_LOOP, VK_LIVE };

typedef _Atomic uint32_t u32;

struct vk_stream_page {
	u32 sending;          /* the mode, plus one */
	u32 crowded;          /* the bus has no room for it */
	u32 rate[VK_FAULTS];  /* faults per million packets */
	u32 next[VK_FAULTS];  /* faults to do to the very next packets */
};

struct vk_mode_page {
	u32 source;           /* VK_RANDOM, VK_LOOP, VK_LIVE */
	u32 edition;          /* grows when the test replaced the file of frames */
	u32 published;        /* VK_LIVE: frames fed so far */
};

/* The first bytes of a Kinect's page in the control file; Go has its twin. */
struct vk_page {
	u32 magic, model, present, generation, unplug_style;
	u32 busy, denied, kernel_driver, freeze;
	u32 late_replies, late_full;
	u32 replies[VK_REPLY_FAULTS]; /* faults to do to the next answers */
	u32 lost_claims, vanish_ms, firmware;
	u32 patience_ms, seed, clock;
	u32 accel[3];
	struct vk_stream_page stream[VK_STREAMS];
	struct vk_mode_page modes[VK_MODES];
	u32 owner; /* pid that claimed the camera */
	u32 powered; /* the generation whose registers these are */
	u32 led, tilt, misuse, paused_uf, waited_uf, opens, resets;
	u32 engine_us; /* processor time of the engine, of the process that runs now */
	u32 registers[VK_REGISTERS], cmos[VK_REGISTERS];
	int32_t registration[29];
	uint32_t padding[3], const_shift;
	float zero_plane[4];
	char serial[32], audio_serial[32];
};
_Static_assert(sizeof(struct vk_page) == 8740, "page in virtual.go must have the same layout");

struct vk_device {
	libusb_context *ctx;
	int kinect, function; /* VK_MOTOR... */
	uint32_t generation;
	int refs;
	struct vk_device *next;
};

struct libusb_device_handle {
	struct vk_device *dev;
	int claimed; /* a bit an interface */
	int alternate, auto_detach, inflight;
	struct libusb_device_handle *next;
};

struct libusb_context {
	struct vk_device *devices;
	struct vk_transfer *done_head, *done_tail; /* completed, callback due */
	pthread_cond_t wake;
	int open_handles;
};

enum { VK_IDLE, VK_INFLIGHT, VK_DONE };

struct vk_transfer {
	struct vk_transfer *next;
	libusb_context *ctx;
	int state, cancelled, packet, offset;
	int actual;        /* of a bulk transfer: the bytes done */
	uint64_t deadline; /* likewise, in ns; 0 is none */
	enum libusb_transfer_status final;
	struct libusb_transfer t; /* last: it ends in a flexible array */
};

/* One endpoint's device side. */
struct vk_source {
	int mode;        /* VK_OFF, or what it sends */
	uint64_t start;  /* tick at which the frame began */
	int packet;      /* next packet of the frame */
	int partial;     /* the frame is sent from its middle on */
	int mirrored;    /* the frame's rows go from right to left */
	uint32_t seq;    /* packet counter */
	uint32_t source; /* which of the test's frames this is */
	unsigned char *data;
	int sent, late, faults[VK_FAULTS];
	uint64_t waiting_since; /* ns; 0 while the host keeps up */
	struct vk_transfer *head, *tail;
	int queued; /* slots in the queue not yet served */
	int wanted; /* the host submitted since the stream was started */
};

/* The frames which the test wants to be sent in a mode. */
struct vk_feed {
	uint32_t frame; /* full frames begun since the edition was loaded */
	unsigned char *file;
	long file_size;
	uint32_t edition;
};

/* What the audio function has to say. */
struct vk_audio {
	unsigned char answer[VK_ANSWERS][104];
	int length[VK_ANSWERS], first, count;
	uint32_t generation;
};

struct vk_kinect {
	struct vk_page *page;
	int log;
	uint64_t rng;
	struct vk_source source[VK_STREAMS];
	struct vk_feed feed[VK_MODES];
	int kicked; /* depth was switched on and off: the camera can do VK_IR_SXGA */
	unsigned char reply[0x200];
	int reply_len, reply_late;
	uint64_t claimed_ns; /* when the camera was claimed; 0 while it is not */
	uint64_t gone_ns; /* when the engine noticed the unplug */
	uint32_t seen_generation;
	uint64_t motor_until_ns;
	struct vk_audio audio;
	struct vk_transfer *reads; /* of the audio function, waiting for an answer */
};

extern pthread_mutex_t vk_lock;
extern pthread_cond_t vk_engine_wake;
extern struct vk_kinect vk_kinects[VK_MAX_KINECTS];
extern int vk_count;

uint64_t vk_now(void);
struct vk_transfer *vk_of(struct libusb_transfer *t);

/* control.c */
int vk_attach(void);
void vk_log(struct vk_kinect *k, const char *format, ...) __attribute__((format(printf, 2, 3)));
void vk_misuse(struct vk_kinect *k, const char *what);
const char *vk_dir(void);
void vk_refuse(struct vk_kinect *k, const char *what);
int vk_frames_file(int kinect, int mode, long *size, unsigned char **map);

/* bus.c */
int vk_gone(const struct vk_device *d);

/* audio.c */
int vk_bulk(struct vk_kinect *k, unsigned char endpoint, unsigned char *data, int len);
void vk_bulk_sweep(struct vk_kinect *k, uint64_t now);

/* camera.c */
int vk_camera_control(struct vk_kinect *k, uint8_t type, uint8_t request, unsigned char *data, uint16_t len);
int vk_motor_control(struct vk_kinect *k, uint8_t type, uint8_t request, uint16_t value, unsigned char *data, uint16_t len);
void vk_camera_powered(struct vk_kinect *k);
void vk_camera_released(struct vk_kinect *k);

/* frames.c */
const char *vk_mode_name(int mode);
void vk_stream_switch(struct vk_kinect *k, int stream, int mode);
int vk_due(const struct vk_kinect *k, int stream, uint64_t now);
void vk_advance(struct vk_kinect *k, int stream, uint64_t now);
int vk_packet(struct vk_kinect *k, int stream, unsigned char *out, int room, int *status);
void vk_lose(struct vk_kinect *k, int stream);
void vk_freeze(struct vk_kinect *k);

/* mirror.c */
void vk_mirror(unsigned char *frame, int mode);

/* engine.c */
int vk_engine_start(void);
void vk_engine_stop(void);
uint64_t vk_ticks(void);
void vk_plugged(struct vk_kinect *k);
void vk_vanish(struct vk_kinect *k);
void vk_complete(struct vk_transfer *x, enum libusb_transfer_status status);
int vk_endpoint(const struct libusb_transfer *t);

#endif
