/* The engine: one thread that is the host controller and the device's clock. */
#include "vk.h"

#include <errno.h>
#include <string.h>
#include <time.h>

pthread_cond_t vk_engine_wake = PTHREAD_COND_INITIALIZER;

enum {
	ON_TIME = 16,   /* microframes: up to here a wake-up is not late */
	RESERVE = 32,   /* slots that catching up leaves in a queue */
	EPROTO_NS = 50000000, /* how long a pulled device answers with errors */
};

static pthread_t thread;
static int running, users;
static uint64_t microframe = 1000000; /* the device's time, counted from anywhere */

uint64_t vk_ticks(void) { return microframe * VK_UF_TICKS; }

int vk_endpoint(const struct libusb_transfer *t)
{
	return t->endpoint == 0x81 ? VK_VIDEO : t->endpoint == 0x82 ? VK_DEPTH : -1;
}

/* vk_complete hands a transfer to the next call of handle_events. */
void vk_complete(struct vk_transfer *x, enum libusb_transfer_status status)
{
	libusb_context *ctx = x->ctx;

	x->state = VK_DONE;
	x->final = status;
	x->next = NULL;
	if (ctx->done_tail != NULL)
		ctx->done_tail->next = x;
	else
		ctx->done_head = x;
	ctx->done_tail = x;
	pthread_cond_broadcast(&ctx->wake);
}

/* give_up ends a transfer early: the packets that were not reached have failed. */
static void give_up(struct vk_source *s, struct vk_transfer *x, enum libusb_transfer_status status)
{
	s->queued -= x->t.num_iso_packets - x->packet;
	for (int i = x->packet; i < x->t.num_iso_packets; i++) {
		x->t.iso_packet_desc[i].status = LIBUSB_TRANSFER_ERROR;
		x->t.iso_packet_desc[i].actual_length = 0;
	}
	vk_complete(x, status);
}

/* sweep takes the cancelled transfers out of a queue. */
static void sweep(struct vk_source *s)
{
	struct vk_transfer **p = &s->head, *last = NULL;
	while (*p != NULL) {
		struct vk_transfer *x = *p;
		if (x->cancelled) {
			*p = x->next;
			give_up(s, x, LIBUSB_TRANSFER_CANCELLED);
		} else {
			last = x;
			p = &x->next;
		}
	}
	s->tail = last;
}

/* slot fills the next slot at the head of the queue. */
static void slot(struct vk_kinect *k, int stream, int due, int failed)
{
	struct vk_source *s = &k->source[stream];
	struct vk_transfer *x = s->head;
	struct libusb_iso_packet_descriptor *d = &x->t.iso_packet_desc[x->packet];
	int status = failed ? LIBUSB_TRANSFER_ERROR : LIBUSB_TRANSFER_COMPLETED, n = 0;

	if (due && !failed)
		n = vk_packet(k, stream, x->t.buffer + x->offset, (int)d->length, &status);
	d->status = (enum libusb_transfer_status)status;
	d->actual_length = (unsigned)n;
	x->offset += (int)d->length;
	s->queued--;
	if (++x->packet == x->t.num_iso_packets) {
		s->head = x->next;
		if (s->head == NULL)
			s->tail = NULL;
		vk_complete(x, LIBUSB_TRANSFER_COMPLETED);
	}
}

/* drain ends all transfers of a device that has gone. */
static void drain(struct vk_source *s, uint32_t style)
{
	while (s->head != NULL) {
		struct vk_transfer *x = s->head;
		s->head = x->next;
		if (style == VK_STALE) {
			s->queued -= x->t.num_iso_packets - x->packet;
			vk_complete(x, LIBUSB_TRANSFER_NO_DEVICE);
		} else {
			give_up(s, x, LIBUSB_TRANSFER_NO_DEVICE);
		}
	}
	s->tail = NULL;
}

/* vk_plugged: somebody claims a camera; if it was plugged in anew, what is left of
 * the old one ends, and the new one is silent. */
void vk_plugged(struct vk_kinect *k)
{
	if (k->page->generation == k->seen_generation)
		return;
	for (int i = 0; i < VK_STREAMS; i++) {
		vk_stream_switch(k, i, VK_OFF);
		drain(&k->source[i], VK_REAPED);
	}
	k->seen_generation = k->page->generation;
	k->gone_ns = 0;
	vk_camera_powered(k);
}

/* vk_vanish takes a camera off the bus which has been claimed for as long as the test
 * wants it to last. */
void vk_vanish(struct vk_kinect *k)
{
	uint32_t after = k->page->vanish_ms;
	if (after == 0 || k->claimed_ns == 0 || vk_now() - k->claimed_ns < (uint64_t)after * 1000000u)
		return;
	k->claimed_ns = 0;
	k->page->present &= ~(uint32_t)VK_CAMERA;
}

/* unplugged shows a pulled device in the style that was ordered. */
static void unplugged(struct vk_kinect *k, uint64_t now)
{
	uint32_t style = k->page->unplug_style;
	if (k->gone_ns == 0) {
		k->gone_ns = now;
		for (int i = 0; i < VK_STREAMS; i++)
			vk_stream_switch(k, i, VK_OFF);
	}
	for (int i = 0; i < VK_STREAMS; i++) {
		struct vk_source *s = &k->source[i];
		if (style == VK_PROTO && now - k->gone_ns < EPROTO_NS) {
			if (s->head != NULL)
				slot(k, i, 0, 1);
			continue;
		}
		drain(s, style);
	}
}

/* starved says that the next microframe has a packet and no slot for it, and that
 * the host is still within the patience which the test has set: the device's clock
 * then waits. */
static int starved(struct vk_kinect *k, uint64_t now)
{
	for (int i = 0; i < VK_STREAMS; i++) {
		struct vk_source *s = &k->source[i];
		if (!s->wanted || s->head != NULL || !vk_due(k, i, vk_ticks() + VK_UF_TICKS)) {
			s->waiting_since = s->head != NULL ? 0 : s->waiting_since;
			continue;
		}
		if (s->waiting_since == 0)
			s->waiting_since = now;
		if (now - s->waiting_since < (uint64_t)k->page->patience_ms * 1000000u)
			return 1;
	}
	return 0;
}

/* camera_present: the camera is on the bus and is the one that was there. */
static int camera_present(const struct vk_kinect *k)
{
	return k->page->present & VK_CAMERA && k->page->generation == k->seen_generation;
}

/* serve gives each endpoint of a Kinect its slot of one microframe. */
static void serve(struct vk_kinect *k, uint64_t now)
{
	vk_vanish(k);
	if (!camera_present(k)) {
		unplugged(k, now);
		return;
	}
	if (k->page->freeze)
		vk_freeze(k);
	for (int i = 0; i < VK_STREAMS; i++) {
		int due;
		vk_advance(k, i, vk_ticks());
		due = vk_due(k, i, vk_ticks());
		if (k->source[i].head != NULL)
			slot(k, i, due, 0);
		else if (due)
			vk_lose(k, i);
	}
}

/* low says that catching up would drain a queue which the host, no more on time
 * than we are, had no chance to fill. */
static int low(const struct vk_kinect *k)
{
	for (int i = 0; i < VK_STREAMS; i++)
		if (k->source[i].wanted && k->source[i].mode != VK_OFF && k->source[i].queued < RESERVE)
			return 1;
	return 0;
}

/* run_for serves n microframes; the device's clock stops early when it would
 * lose data through no fault of the host's. */
static void run_for(uint64_t n, uint64_t now)
{
	for (uint64_t i = 0; i < n; i++) {
		for (int k = 0; k < vk_count; k++) {
			if (i >= ON_TIME && low(&vk_kinects[k])) {
				vk_kinects[k].page->paused_uf += (uint32_t)(n - i);
				return;
			}
			if (starved(&vk_kinects[k], now)) {
				vk_kinects[k].page->waited_uf += (uint32_t)(n - i);
				return;
			}
		}
		microframe++;
		for (int k = 0; k < vk_count; k++)
			serve(&vk_kinects[k], now);
	}
}

static int busy(void)
{
	for (int k = 0; k < vk_count; k++) {
		if (vk_kinects[k].reads != NULL)
			return 1;
		for (int i = 0; i < VK_STREAMS; i++)
			if (vk_kinects[k].source[i].mode != VK_OFF || vk_kinects[k].source[i].head != NULL)
				return 1;
	}
	return 0;
}

/* account tells the test how much processor time is ours and not the driver's. */
static void account(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	vk_kinects[0].page->engine_us = (uint32_t)(t.tv_sec * 1000000 + t.tv_nsec / 1000);
}

static void *engine(void *unused)
{
	uint64_t served = vk_now();

	(void)unused;
	pthread_mutex_lock(&vk_lock);
	while (running) {
		struct timespec ms = {0, 1000000};
		uint64_t now, n;

		if (!busy()) {
			pthread_cond_wait(&vk_engine_wake, &vk_lock);
			served = vk_now();
			continue;
		}
		pthread_mutex_unlock(&vk_lock);
		nanosleep(&ms, NULL);
		pthread_mutex_lock(&vk_lock);
		now = vk_now();
		for (int k = 0; k < vk_count; k++) {
			vk_bulk_sweep(&vk_kinects[k], now);
			for (int i = 0; i < VK_STREAMS; i++)
				sweep(&vk_kinects[k].source[i]);
		}
		n = (now - served) / VK_UF_NS;
		served += n * VK_UF_NS;
		run_for(n, now);
		account();
	}
	pthread_mutex_unlock(&vk_lock);
	return NULL;
}

/* vk_engine_start and vk_engine_stop count the contexts; with vk_lock held. */
int vk_engine_start(void)
{
	if (users++ > 0)
		return 0;
	running = 1;
	return pthread_create(&thread, NULL, engine, NULL) == 0 ? 0 : LIBUSB_ERROR_OTHER;
}

void vk_engine_stop(void)
{
	if (--users > 0)
		return;
	running = 0;
	pthread_cond_broadcast(&vk_engine_wake);
	pthread_mutex_unlock(&vk_lock);
	pthread_join(thread, NULL);
	pthread_mutex_lock(&vk_lock);
}
