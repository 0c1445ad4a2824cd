/* The control side: registers, calibration, the motor. */
#include "vk.h"

#include <string.h>

enum { FIXED_1414 = 322, FIXED_1473 = 334, STATUS_WORD = 2 };

static unsigned get16(const unsigned char *p) { return (unsigned)(p[0] | p[1] << 8); }

static void put16(unsigned char *p, unsigned v)
{
	p[0] = (unsigned char)v;
	p[1] = (unsigned char)(v >> 8);
}

/* video_mode is what writing value to register 05 would start. */
static int video_mode(struct vk_kinect *k, unsigned value)
{
	const u32 *r = k->page->registers;
	static const struct {
		unsigned value, format, resolution, fps;
		int mode;
	} known[] = {
		{1, 0, 1, 0x1e, VK_BAYER},
		{1, 0, 2, 0x0f, VK_BAYER_SXGA},
		{1, 5, 1, 0x0f, VK_UYVY},
		{3, 0, 1, 0x1e, VK_IR},
		{3, 0, 2, 0x0f, VK_IR_SXGA},
	};
	unsigned base = value == 1 ? 0x0c : 0x19;

	if (value == 0)
		return VK_OFF;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i].value == value && r[base] == known[i].format && r[base + 1] == known[i].resolution && r[base + 2] == known[i].fps)
			return known[i].mode;
	vk_misuse(k, "a video mode that no Kinect has");
	return VK_OFF;
}

/* switch_video is what writing register 05 does; the registers of the mode count at
 * this moment only. */
static void switch_video(struct vk_kinect *k, unsigned value, unsigned before)
{
	int mode = k->source[VK_VIDEO].mode;

	if (value != before || mode == VK_OFF)
		mode = video_mode(k, value);
	if (mode == VK_IR_SXGA && value != before) {
		if (k->source[VK_DEPTH].mode != VK_OFF || !k->kicked) {
			vk_refuse(k, "infrared at 1280x1024 while depth is on, or before depth was on and off");
			mode = VK_OFF;
		}
		k->kicked = 0;
	}
	vk_stream_switch(k, VK_VIDEO, mode);
}

/* switch_depth is what writing register 06 does. */
static void switch_depth(struct vk_kinect *k, unsigned value, unsigned before)
{
	const u32 *r = k->page->registers;
	int mode = VK_OFF;

	if (value != 0 && value == before) {
		mode = k->source[VK_DEPTH].mode;
	} else if (value == 2 && r[0x13] == 1 && r[0x14] == 0x1e && (r[0x12] == 2 || r[0x12] == 3)) {
		mode = r[0x12] == 3 ? VK_DEPTH_11 : VK_DEPTH_10;
	} else if (value != 0) {
		vk_misuse(k, "a depth mode that no Kinect has");
	}
	if (mode != VK_OFF && k->source[VK_VIDEO].mode == VK_IR_SXGA) {
		vk_refuse(k, "depth beside infrared at 1280x1024");
		mode = VK_OFF;
	}
	if (value == 0 && k->source[VK_DEPTH].mode != VK_OFF)
		k->kicked = 1;
	vk_stream_switch(k, VK_DEPTH, mode);
}

/* set_register does what writing a parameter does; those of the streams' switches
 * act at once, the others when what they speak of begins. */
static void set_register(struct vk_kinect *k, unsigned reg, unsigned value)
{
	unsigned before;

	if (reg >= VK_REGISTERS) {
		vk_misuse(k, "register out of range");
		return;
	}
	before = k->page->registers[reg];
	k->page->registers[reg] = value;
	vk_log(k, "\"event\":\"register\",\"register\":%u,\"value\":%u", reg, value);
	if (reg == 0x05)
		switch_video(k, value, before);
	if (reg == 0x06)
		switch_depth(k, value, before);
	if (reg == 0x15 && (value < 1 || value > 50))
		vk_misuse(k, "an infrared gain outside 1..50");
	pthread_cond_broadcast(&vk_engine_wake);
}

/* vk_camera_powered gives the registers of a camera just plugged in their values. The
 * parameters' are guessed, but for those which libfreenect writes; the chip's are
 * those of Aptina's MT9M11x family. */
void vk_camera_powered(struct vk_kinect *k)
{
	static const uint16_t parameters[][2] = {
		{0x0d, 1}, {0x0e, 0x1e}, {0x12, 3}, {0x13, 1}, {0x14, 0x1e}, {0x15, 0x1e},
		{0x1a, 1}, {0x1b, 0x1e}, {0x105, 1}, {0x2ef, 0x190},
	};
	if (k->page->powered == k->page->generation)
		return;
	k->page->powered = k->page->generation;
	for (int i = 0; i < VK_REGISTERS; i++)
		k->page->registers[i] = k->page->cmos[i] = 0;
	for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
		k->page->registers[parameters[i][0]] = parameters[i][1];
	k->page->cmos[0x009] = 0x219;
	k->page->cmos[0x106] = 0x700e;
	k->kicked = 0;
	k->reply_len = 0;
}

/* cmos reads or writes a register of the colour camera's chip. */
static void cmos(struct vk_kinect *k, const unsigned char *in, int len, unsigned char *out)
{
	unsigned reg = len == 6 ? get16(in + 2) : 0, write = reg & 0x8000;

	reg &= 0x7fff;
	if (len != 6 || get16(in) != 1 || reg >= VK_REGISTERS) {
		vk_misuse(k, "a malformed request for a register of the colour camera's chip");
		return;
	}
	if (write) {
		k->page->cmos[reg] = get16(in + 4);
		vk_log(k, "\"event\":\"cmos\",\"register\":%u,\"value\":%u", reg, get16(in + 4));
	}
	put16(out, reg);
	put16(out + 2, k->page->cmos[reg]);
}

/* registration answers with the coefficients of a resolution; RegistrationAt is the
 * twin in Go. */
static int registration(struct vk_kinect *k, unsigned resolution, unsigned char *out)
{
	int32_t r[29];

	memcpy(r, k->page->registration, sizeof r);
	if (resolution == 2) {
		r[5] += 128;
		r[10] -= 64;
	}
	memcpy(out, r, sizeof r);
	return (int)sizeof r;
}

/* algorithm answers 0x16: registration, padding or constant shift. The resolution may
 * be nonsense, as libfreenect's first one is. */
static int algorithm(struct vk_kinect *k, const unsigned char *in, int len, unsigned char *out)
{
	const struct vk_page *p = k->page;

	if (len != 10 || get16(in + 2) != 0 || get16(in + 8) != 0) {
		vk_misuse(k, "malformed request for algorithm parameters");
		return 0;
	}
	vk_log(k, "\"event\":\"algorithm\",\"register\":%u,\"value\":%u", get16(in), get16(in + 4));
	switch (get16(in)) {
	case 0x40:
		return registration(k, get16(in + 4), out);
	case 0x41:
		for (int i = 0; i < 3; i++)
			put16(out + 2 * i, p->padding[i]);
		return 6;
	case 0x00:
		put16(out, p->const_shift);
		return 2;
	}
	vk_misuse(k, "unknown algorithm parameters");
	return 0;
}

/* execute carries out a command and leaves the payload of its reply, status word
 * first, in out; it returns the payload's length. */
static int execute(struct vk_kinect *k, unsigned command, const unsigned char *in, int len, unsigned char *out)
{
	memset(out, 0, 0x200 - 8);
	switch (command) {
	case 0x02:
		if (len == 2 && get16(in) < VK_REGISTERS)
			put16(out + STATUS_WORD, k->page->registers[get16(in)]);
		else
			vk_misuse(k, "get parameter out of range");
		return STATUS_WORD + 2;
	case 0x03:
		if (len == 4)
			set_register(k, get16(in), get16(in + 2));
		else
			vk_misuse(k, "set parameter of a wrong length");
		return STATUS_WORD;
	case 0x04: {
		int n = k->page->model == VK_1414 ? FIXED_1414 : FIXED_1473;
		for (int i = STATUS_WORD; i < n; i++)
			out[i] = (unsigned char)(i * 37);
		memcpy(out + 94, k->page->zero_plane, sizeof k->page->zero_plane);
		return n;
	}
	case 0x16:
		return STATUS_WORD + algorithm(k, in, len, out + STATUS_WORD);
	case 0x95:
		cmos(k, in, len, out + STATUS_WORD);
		return STATUS_WORD + 4;
	}
	vk_misuse(k, "unknown camera command");
	return STATUS_WORD;
}

/* ordered decides whether a fault befalls this answer. */
static int ordered(struct vk_kinect *k, int fault)
{
	u32 *left = &k->page->replies[fault];
	if (*left == 0)
		return 0;
	if (*left != UINT32_MAX)
		--*left;
	return 1;
}

/* damage does to the answer that was made what the test has ordered. */
static void damage(struct vk_kinect *k)
{
	if (ordered(k, VK_TAG))
		k->reply[6] ^= 0x5a;
	if (ordered(k, VK_COMMAND))
		k->reply[4] ^= 0x5a;
	if (ordered(k, VK_FAILED))
		k->reply[8] = 5;
	if (ordered(k, VK_CUT))
		k->reply_len = k->reply_len > 18 ? k->reply_len - 18 : 1;
}

static int command(struct vk_kinect *k, const unsigned char *data, int len)
{
	int payload;
	if (len < 8 || data[0] != 0x47 || data[1] != 0x4d || (int)get16(data + 2) * 2 != len - 8) {
		vk_misuse(k, "malformed camera command");
		return LIBUSB_ERROR_PIPE;
	}
	payload = execute(k, get16(data + 4), data + 8, len - 8, k->reply + 8);
	k->reply[0] = 0x52;
	k->reply[1] = 0x42;
	put16(k->reply + 2, (unsigned)payload / 2);
	memcpy(k->reply + 4, data + 4, 4);
	k->reply_len = 8 + payload;
	k->reply_late = (int)k->page->late_replies;
	damage(k);
	return len;
}

static int reply(struct vk_kinect *k, unsigned char *data, int len)
{
	int n = k->reply_len;
	if (n == 0) {
		vk_misuse(k, "a reply was asked for without a command");
		return 0;
	}
	if (ordered(k, VK_STALLED))
		return LIBUSB_ERROR_PIPE;
	if (ordered(k, VK_BROKEN))
		return LIBUSB_ERROR_IO;
	if (ordered(k, VK_TIMED_OUT))
		return LIBUSB_ERROR_TIMEOUT;
	if (k->reply_late > 0 || (len >= 0x200 && ordered(k, VK_EMPTY))) {
		if (k->reply_late > 0 && !k->page->late_full) {
			k->reply_late--;
			return 0;
		}
		k->reply_late -= k->reply_late > 0;
		if (len < 0x200)
			return 0;
		memset(data, 0, 0x200);
		return 0x200;
	}
	if (n > len)
		n = len;
	memcpy(data, k->reply, (size_t)n);
	k->reply_len = 0;
	if (len >= 0x200 && ordered(k, VK_PADDED)) {
		memset(data + n, 0, (size_t)(0x200 - n));
		n = 0x200;
	}
	return n;
}

/* vk_camera_control answers the camera's vendor requests. */
int vk_camera_control(struct vk_kinect *k, uint8_t type, uint8_t request, unsigned char *data, uint16_t len)
{
	if (request == 0 && type == 0x40)
		return command(k, data, len);
	if (request == 0 && type == 0xc0)
		return reply(k, data, len);
	vk_misuse(k, "unknown camera request");
	return LIBUSB_ERROR_PIPE;
}

/* vk_camera_released: a device that only a reopening wakes has been let go. */
void vk_camera_released(struct vk_kinect *k)
{
	if (k->page->freeze == 2)
		k->page->freeze = 0;
	k->page->owner = 0;
}

static int motor_state(struct vk_kinect *k, unsigned char *out)
{
	int moving = vk_now() < k->motor_until_ns, tilt = (int)(int32_t)k->page->tilt;

	memset(out, 0, 10);
	for (int i = 0; i < 3; i++) {
		out[2 + 2 * i] = (unsigned char)(k->page->accel[i] >> 8);
		out[3 + 2 * i] = (unsigned char)k->page->accel[i];
	}
	out[8] = (unsigned char)(moving ? 0x80 : tilt);
	out[9] = moving ? 4 : tilt == 62 || tilt == -62 ? 1 : 0;
	return 10;
}

/* vk_motor_control answers the motor's vendor requests; a tilt takes 200 ms. */
int vk_motor_control(struct vk_kinect *k, uint8_t type, uint8_t request, uint16_t value, unsigned char *data, uint16_t len)
{
	if (type == 0x40 && request == 0x06) {
		if (value > 6)
			vk_misuse(k, "unknown LED");
		k->page->led = value;
		vk_log(k, "\"event\":\"led\",\"value\":%u", value);
		return 0;
	}
	if (type == 0x40 && request == 0x31) {
		if ((int16_t)value > 62 || (int16_t)value < -62)
			vk_misuse(k, "tilt beyond the stop");
		k->page->tilt = (uint32_t)(int32_t)(int16_t)value;
		k->motor_until_ns = vk_now() + 200000000;
		vk_log(k, "\"event\":\"tilt\",\"value\":%d", (int16_t)value);
		return 0;
	}
	if (type == 0xc0 && request == 0x32 && len >= 10)
		return motor_state(k, data);
	if (type == 0xc0 && request == 0x10 && len >= 1) {
		data[0] = 0x22;
		return 1;
	}
	vk_misuse(k, "unknown motor request");
	return LIBUSB_ERROR_PIPE;
}
