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

/* set_register does what writing a parameter does; only the streams' switches
 * and formats matter here. */
static void set_register(struct vk_kinect *k, unsigned reg, unsigned value)
{
	if (reg >= 0x400) {
		vk_misuse(k, "register out of range");
		return;
	}
	k->registers[reg] = (uint16_t)value;
	vk_log(k, "\"event\":\"register\",\"register\":%u,\"value\":%u", reg, value);
	if (reg == 0x05) {
		if (value > 1 || (value == 1 && (k->registers[0x0c] != 0 || k->registers[0x0d] != 1)))
			vk_misuse(k, "a video mode other than Bayer VGA");
		vk_stream_switch(k, VK_VIDEO, value == 1);
	}
	if (reg == 0x06) {
		if (value == 2 && (k->registers[0x12] != 3 || k->registers[0x13] != 1))
			vk_misuse(k, "a depth mode other than 11 bit VGA");
		vk_stream_switch(k, VK_DEPTH, value == 2);
	}
	pthread_cond_broadcast(&vk_engine_wake);
}

/* algorithm answers 0x16: registration, padding or constant shift. */
static int algorithm(struct vk_kinect *k, unsigned id, unsigned char *out)
{
	const struct vk_page *p = k->page;
	switch (id) {
	case 0x40:
		memcpy(out, p->registration, sizeof p->registration);
		return (int)sizeof p->registration;
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
		if (len == 2)
			put16(out + STATUS_WORD, k->registers[get16(in) & 0x3ff]);
		return STATUS_WORD + 4;
	case 0x03:
		if (len == 4)
			set_register(k, get16(in), get16(in + 2));
		else
			vk_misuse(k, "set parameter of a wrong length");
		return STATUS_WORD;
	case 0x04: {
		int n = k->page->model == 0 ? FIXED_1414 : FIXED_1473;
		for (int i = STATUS_WORD; i < n; i++)
			out[i] = (unsigned char)(i * 37);
		memcpy(out + 94, k->page->zero_plane, sizeof k->page->zero_plane);
		return n;
	}
	case 0x16:
		return STATUS_WORD + algorithm(k, get16(in), out + STATUS_WORD);
	case 0x95:
		return 6;
	}
	vk_misuse(k, "unknown camera command");
	return STATUS_WORD;
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
	if (k->page->bad_replies > 0) {
		k->page->bad_replies--;
		k->reply[6] ^= 0x5a;
	}
	k->reply_len = 8 + payload;
	k->reply_late = (int)k->page->late_replies;
	return len;
}

static int reply(struct vk_kinect *k, unsigned char *data, int len)
{
	int n = k->reply_len;
	if (n == 0) {
		vk_misuse(k, "a reply was asked for without a command");
		return 0;
	}
	if (k->reply_late > 0) {
		k->reply_late--;
		if (!k->page->late_full || len < 0x200)
			return 0;
		memset(data, 0, 0x200);
		return 0x200;
	}
	if (n > len)
		n = len;
	memcpy(data, k->reply, (size_t)n);
	k->reply_len = 0;
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
