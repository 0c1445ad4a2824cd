/* What the camera sends: frames cut into packets, and what may happen to them. */
#include "vk.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Sizes and pace of the two streams, the only modes there are here: Bayer VGA and
 * packed 11-bit depth. A frame's packets take 95 % of its time. */
static const struct {
	int frame, packet, packets, flag;
	uint64_t period;
	const char *name;
} kinds[VK_STREAMS] = {
	{307200, 1920, 162, 0x80, 1997580, "video"},
	{422400, 1760, 242, 0x70, 2002155, "depth"},
};

enum { HEADER = 12, LIVE_SLOTS = 8, TRANSACTION = 960 };

static uint64_t splitmix(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint32_t dice(struct vk_kinect *k, uint32_t sides) { return (uint32_t)(splitmix(&k->rng) % sides); }

/* random_frame has a twin in Go: RandomFrame. */
static void random_frame(unsigned char *out, int len, uint32_t seed, int stream, uint32_t frame)
{
	uint64_t state = ((uint64_t)seed << 32 | (uint64_t)frame) ^ (uint64_t)stream << 31;
	for (int i = 0; i < len; i += 8) {
		uint64_t v = splitmix(&state);
		memcpy(out + i, &v, 8);
	}
}

/* load copies the frame to send next, so that the test may go on writing. */
static void load(struct vk_kinect *k, int stream)
{
	struct vk_source *s = &k->source[stream];
	struct vk_stream_page *p = &k->page->stream[stream];
	int size = kinds[stream].frame;
	uint32_t mode = p->mode, edition = p->edition;
	long count;

	if (s->data == NULL)
		s->data = malloc((size_t)size);
	if (mode != VK_RANDOM && edition != s->edition) {
		if (s->file != NULL)
			munmap(s->file, (size_t)s->file_size);
		s->file = NULL;
		if (vk_stream_file((int)(k - vk_kinects), stream, &s->file_size, &s->file) < 0)
			s->file = NULL;
		s->edition = edition;
		s->frame = 0;
	}
	count = s->file == NULL ? 0 : s->file_size / size;
	s->source = s->frame++;
	if (mode == VK_LOOP && count > 0) {
		s->source %= (uint32_t)count;
		memcpy(s->data, s->file + (long)s->source * size, (size_t)size);
	} else if (mode == VK_LIVE && count >= LIVE_SLOTS && p->published > 0) {
		s->source = p->published - 1;
		memcpy(s->data, s->file + (long)(s->source % LIVE_SLOTS) * size, (size_t)size);
	} else {
		random_frame(s->data, size, k->page->seed, stream, s->source);
	}
}

static void begin(struct vk_source *s)
{
	s->packet = 0;
	s->sent = s->late = 0;
	memset(s->faults, 0, sizeof s->faults);
}

static uint32_t stamp(struct vk_kinect *k, const struct vk_source *s, int stream)
{
	return (uint32_t)(k->page->clock + s->start + kinds[stream].period * 95 / 100);
}

static void report(struct vk_kinect *k, int stream, const char *part)
{
	struct vk_source *s = &k->source[stream];
	vk_log(k, "\"event\":\"frame\",\"stream\":\"%s\",\"part\":\"%s\",\"source\":%u,\"clock\":%u,"
		  "\"sent\":%d,\"late\":%d,\"dropped\":%d,\"errors\":%d,\"halved\":%d,\"shortened\":%d,\"altered\":%d",
	       kinds[stream].name, part, s->source, stamp(k, s, stream), s->sent, s->late,
	       s->faults[VK_DROP], s->faults[VK_ERROR], s->faults[VK_HALF], s->faults[VK_SHORT], s->faults[VK_ALTER]);
}

/* cut ends a frame before its last packet. */
static void cut(struct vk_kinect *k, int stream)
{
	if (k->source[stream].on && k->source[stream].packet < kinds[stream].packets)
		report(k, stream, "cut");
}

/* vk_stream_switch is what writing register 05 or 06 does. A stream begins in
 * the middle of a frame, which has garbage in it. */
void vk_stream_switch(struct vk_kinect *k, int stream, int on)
{
	struct vk_source *s = &k->source[stream];

	if (on && k->page->freeze == 1)
		k->page->freeze = 0;
	cut(k, stream);
	s->wanted = s->head != NULL;
	s->waiting_since = 0;
	if (!on || s->on) {
		s->on = on;
		return;
	}
	s->on = 1;
	begin(s);
	if (s->data == NULL)
		s->data = malloc((size_t)kinds[stream].frame);
	random_frame(s->data, kinds[stream].frame, ~k->page->seed, stream, s->frame);
	s->partial = 1;
	s->packet = kinds[stream].packets / 2 + (int)dice(k, 20);
	s->seq += dice(k, 256);
	s->start = vk_ticks() - (uint64_t)s->packet * kinds[stream].period * 95 / 100 / (uint64_t)kinds[stream].packets;
}

/* vk_freeze ends the frames under way: from now on only empty packets come. */
void vk_freeze(struct vk_kinect *k)
{
	for (int i = 0; i < VK_STREAMS; i++) {
		cut(k, i);
		k->source[i].packet = kinds[i].packets;
	}
}

/* vk_due says whether a packet should leave at this tick, be it the first of the
 * next frame. */
int vk_due(const struct vk_kinect *k, int stream, uint64_t now)
{
	const struct vk_source *s = &k->source[stream];
	uint64_t span = kinds[stream].period * 95 / 100;

	if (!s->on || k->page->freeze)
		return 0;
	if (s->packet >= kinds[stream].packets)
		return now >= s->start + kinds[stream].period;
	return now >= s->start + (uint64_t)s->packet * span / (uint64_t)kinds[stream].packets;
}

/* vk_advance begins the next frame when its time has come. */
void vk_advance(struct vk_kinect *k, int stream, uint64_t now)
{
	struct vk_source *s = &k->source[stream];
	if (s->packet < kinds[stream].packets || !vk_due(k, stream, now))
		return;
	while (now >= s->start + kinds[stream].period)
		s->start += kinds[stream].period;
	s->partial = 0;
	begin(s);
	load(k, stream);
}

/* sent counts the packet as gone, and reports the frame after its last. */
static void sent(struct vk_kinect *k, int stream)
{
	struct vk_source *s = &k->source[stream];
	s->seq++;
	if (++s->packet == kinds[stream].packets)
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
	int payload = kinds[stream].packet - HEADER, at = s->packet * payload;
	int n = kinds[stream].frame - at < payload ? kinds[stream].frame - at : payload;
	uint32_t clock = s->packet == 0 ? 0 : stamp(k, s, stream);

	out[0] = 0x52;
	out[1] = 0x42;
	out[2] = 0;
	out[3] = (unsigned char)(kinds[stream].flag +
		 (s->packet == 0 ? 1 : s->packet == kinds[stream].packets - 1 ? 5 : 2));
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
