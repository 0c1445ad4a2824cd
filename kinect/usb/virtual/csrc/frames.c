/* What the camera sends: frames cut into packets, and what may happen to them. */
#include "vk.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Sizes and pace of the modes. A frame's packets take 95 % of its time; 1280x1024
 * infrared is as fast as a packet a microframe allows. */
static const struct {
	int frame, packet, packets, flag;
	uint64_t period;
	const char *name;
} kinds[VK_MODES] = {
	[VK_BAYER] = {307200, 1920, 162, 0x80, 1997580, "bayer"},
	[VK_UYVY] = {614400, 1920, 323, 0x80, 3995160, "uyvy"},
	[VK_IR] = {390400, 1920, 205, 0x80, 1997580, "infrared"},
	[VK_BAYER_SXGA] = {1310720, 1920, 687, 0x80, 6000000, "bayer-1280"},
	[VK_IR_SXGA] = {1638400, 1920, 859, 0x80, 6800000, "infrared-1280"},
	[VK_DEPTH_11] = {422400, 1760, 242, 0x70, 2002155, "11bit"},
	[VK_DEPTH_10] = {384000, 1760, 220, 0x70, 2002155, "10bit"},
};
_Static_assert(VK_FRAME_MAX == 1638400, "the largest frame");

static const char *const stream_names[VK_STREAMS] = {"video", "depth"};

enum { HEADER = 12, LIVE_SLOTS = 8, TRANSACTION = 960 };

const char *vk_mode_name(int mode) { return kinds[mode].name; }

/* span is the time from a frame's first packet to its last. */
static uint64_t span(int mode) { return kinds[mode].period * 95 / 100; }

static uint64_t splitmix(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint32_t dice(struct vk_kinect *k, uint32_t sides) { return (uint32_t)(splitmix(&k->rng) % sides); }

/* random_frame has a twin in Go: RandomFrame. */
static void random_frame(unsigned char *out, int mode, uint32_t seed, uint32_t frame)
{
	uint64_t state = ((uint64_t)seed << 32 | (uint64_t)frame) ^ (uint64_t)mode << 28;
	for (int i = 0; i < kinds[mode].frame; i += 8) {
		uint64_t v = splitmix(&state);
		memcpy(out + i, &v, 8);
	}
}

/* mirror_register is the parameter that turns a mode's rows around. */
static int mirror_register(int mode)
{
	return mode >= VK_DEPTH_11 ? 0x17 : mode == VK_IR || mode == VK_IR_SXGA ? 0x48 : 0x47;
}

/* renew maps the test's frames of a mode if it has given new ones. */
static void renew(struct vk_kinect *k, int mode)
{
	struct vk_feed *f = &k->feed[mode];
	uint32_t edition = k->page->modes[mode].edition;

	if (edition == f->edition)
		return;
	if (f->file != NULL)
		munmap(f->file, (size_t)f->file_size);
	if (vk_frames_file((int)(k - vk_kinects), mode, &f->file_size, &f->file) < 0)
		f->file = NULL;
	f->edition = edition;
	f->frame = 0;
}

/* load copies the frame to send next, so that the test may go on writing. */
static void load(struct vk_kinect *k, int stream)
{
	struct vk_source *s = &k->source[stream];
	struct vk_feed *f = &k->feed[s->mode];
	struct vk_mode_page *p = &k->page->modes[s->mode];
	uint32_t source = p->source;
	int size = kinds[s->mode].frame;
	long count;

	if (source != VK_RANDOM)
		renew(k, s->mode);
	count = f->file == NULL ? 0 : f->file_size / size;
	s->source = f->frame++;
	if (source == VK_LOOP && count > 0) {
		s->source %= (uint32_t)count;
		memcpy(s->data, f->file + (long)s->source * size, (size_t)size);
	} else if (source == VK_LIVE && count >= LIVE_SLOTS && p->published > 0) {
		s->source = p->published - 1;
		memcpy(s->data, f->file + (long)(s->source % LIVE_SLOTS) * size, (size_t)size);
	} else {
		random_frame(s->data, s->mode, k->page->seed, s->source);
	}
	s->mirrored = k->page->registers[mirror_register(s->mode)] != 0;
	if (s->mirrored)
		vk_mirror(s->data, s->mode);
}

static void begin(struct vk_source *s)
{
	s->packet = 0;
	s->sent = s->late = 0;
	memset(s->faults, 0, sizeof s->faults);
}

static uint32_t stamp(struct vk_kinect *k, const struct vk_source *s)
{
	return (uint32_t)(k->page->clock + s->start + span(s->mode));
}

static void report(struct vk_kinect *k, int stream, const char *part)
{
	struct vk_source *s = &k->source[stream];
	vk_log(k, "\"event\":\"frame\",\"stream\":\"%s\",\"mode\":\"%s\",\"part\":\"%s\",\"source\":%u,\"clock\":%u,"
		  "\"sent\":%d,\"late\":%d,\"dropped\":%d,\"errors\":%d,\"halved\":%d,\"shortened\":%d,\"altered\":%d,"
		  "\"mirrored\":%s",
	       stream_names[stream], kinds[s->mode].name, part, s->source, stamp(k, s), s->sent, s->late,
	       s->faults[VK_DROP], s->faults[VK_ERROR], s->faults[VK_HALF], s->faults[VK_SHORT], s->faults[VK_ALTER],
	       s->mirrored ? "true" : "false");
}

/* cut ends a frame before its last packet. */
static void cut(struct vk_kinect *k, int stream)
{
	struct vk_source *s = &k->source[stream];
	if (s->mode != VK_OFF && s->packet < kinds[s->mode].packets)
		report(k, stream, "cut");
}

/* vk_stream_switch is what writing register 05 or 06 does: a stream in another mode
 * than it was in ends and begins, in the middle of a frame, which has garbage in it. */
void vk_stream_switch(struct vk_kinect *k, int stream, int mode)
{
	struct vk_source *s = &k->source[stream];

	if (mode != VK_OFF && k->page->freeze == 1)
		k->page->freeze = 0;
	s->wanted = s->head != NULL;
	s->waiting_since = 0;
	if (s->mode == mode)
		return;
	cut(k, stream);
	s->mode = mode;
	k->page->stream[stream].sending = (uint32_t)(mode + 1);
	if (mode == VK_OFF)
		return;
	begin(s);
	if (s->data == NULL)
		s->data = malloc(VK_FRAME_MAX);
	random_frame(s->data, mode, ~k->page->seed, k->feed[mode].frame);
	s->partial = 1;
	s->mirrored = 0;
	s->packet = kinds[mode].packets / 2 + (int)dice(k, 20);
	s->seq += dice(k, 256);
	s->start = vk_ticks() - (uint64_t)s->packet * span(mode) / (uint64_t)kinds[mode].packets;
}

/* vk_freeze ends the frames under way: from now on only empty packets come. */
void vk_freeze(struct vk_kinect *k)
{
	for (int i = 0; i < VK_STREAMS; i++) {
		struct vk_source *s = &k->source[i];
		if (s->mode == VK_OFF)
			continue;
		cut(k, i);
		s->packet = kinds[s->mode].packets;
	}
}

/* vk_due says whether a packet should leave at this tick, be it the first of the
 * next frame. */
int vk_due(const struct vk_kinect *k, int stream, uint64_t now)
{
	const struct vk_source *s = &k->source[stream];

	if (s->mode == VK_OFF || k->page->freeze)
		return 0;
	if (s->packet >= kinds[s->mode].packets)
		return now >= s->start + kinds[s->mode].period;
	return now >= s->start + (uint64_t)s->packet * span(s->mode) / (uint64_t)kinds[s->mode].packets;
}

/* vk_advance begins the next frame when its time has come. */
void vk_advance(struct vk_kinect *k, int stream, uint64_t now)
{
	struct vk_source *s = &k->source[stream];
	if (s->mode == VK_OFF || s->packet < kinds[s->mode].packets || !vk_due(k, stream, now))
		return;
	while (now >= s->start + kinds[s->mode].period)
		s->start += kinds[s->mode].period;
	s->partial = 0;
	begin(s);
	load(k, stream);
}

/* sent counts the packet as gone, and reports the frame after its last. */
static void sent(struct vk_kinect *k, int stream)
{
	struct vk_source *s = &k->source[stream];
	s->seq++;
	if (++s->packet == kinds[s->mode].packets)
		report(k, stream, s->partial ? "partial" : "whole");
}

/* vk_lose drops the due packet because the host offered no slot for it. */
void vk_lose(struct vk_kinect *k, int stream)
{
	k->source[stream].late++;
	sent(k, stream);
}

/* ordered decides whether a fault befalls this packet. */
static int ordered(struct vk_kinect *k, int stream, int fault)
{
	struct vk_stream_page *p = &k->page->stream[stream];
	if (p->next[fault] > 0) {
		p->next[fault]--;
	} else if (p->rate[fault] == 0 || dice(k, 1000000) >= p->rate[fault]) {
		return 0;
	}
	k->source[stream].faults[fault]++;
	return 1;
}

static int build(struct vk_kinect *k, int stream, unsigned char *out)
{
	struct vk_source *s = &k->source[stream];
	int payload = kinds[s->mode].packet - HEADER, at = s->packet * payload;
	int n = kinds[s->mode].frame - at < payload ? kinds[s->mode].frame - at : payload;
	uint32_t clock = s->packet == 0 ? 0 : stamp(k, s);

	out[0] = 0x52;
	out[1] = 0x42;
	out[2] = 0;
	out[3] = (unsigned char)(kinds[s->mode].flag +
		 (s->packet == 0 ? 1 : s->packet == kinds[s->mode].packets - 1 ? 5 : 2));
	out[4] = (unsigned char)(s->seq >> 8);
	out[5] = (unsigned char)s->seq;
	out[6] = (unsigned char)((n + HEADER) >> 8);
	out[7] = (unsigned char)(n + HEADER);
	for (int i = 0; i < 4; i++)
		out[8 + i] = (unsigned char)(clock >> 8 * i);
	memcpy(out + HEADER, s->data + at, (size_t)n);
	return n + HEADER;
}

/* vk_packet writes the due packet into a slot, damaged as ordered, and returns
 * its length. */
int vk_packet(struct vk_kinect *k, int stream, unsigned char *out, int room, int *status)
{
	unsigned char packet[1920];
	unsigned char *from = packet;
	int n = build(k, stream, packet);

	*status = LIBUSB_TRANSFER_COMPLETED;
	if (ordered(k, stream, VK_DROP)) {
		n = 0;
	} else if (ordered(k, stream, VK_ERROR)) {
		*status = LIBUSB_TRANSFER_ERROR;
		n = 0;
	} else if (n > TRANSACTION && ordered(k, stream, VK_HALF)) {
		if (dice(k, 2) == 0) {
			n = TRANSACTION;
		} else {
			from += TRANSACTION;
			n -= TRANSACTION;
		}
	} else if (ordered(k, stream, VK_SHORT)) {
		n = (int)dice(k, (uint32_t)n);
	} else if (ordered(k, stream, VK_ALTER)) {
		packet[dice(k, HEADER)] ^= (unsigned char)(1 + dice(k, 255));
	} else {
		k->source[stream].sent++;
	}
	if (n > room) {
		*status = LIBUSB_TRANSFER_OVERFLOW;
		n = room;
	}
	memcpy(out, from, (size_t)n);
	sent(k, stream);
	return n;
}
