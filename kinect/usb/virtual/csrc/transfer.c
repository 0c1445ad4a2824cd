/* The libusb functions about asynchronous transfers and their events. */
#include "vk.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct vk_transfer *vk_of(struct libusb_transfer *t)
{
	return (struct vk_transfer *)((char *)t - offsetof(struct vk_transfer, t));
}

struct libusb_transfer *LIBUSB_CALL libusb_alloc_transfer(int packets)
{
	struct vk_transfer *x =
		calloc(1, sizeof *x + (size_t)packets * sizeof(struct libusb_iso_packet_descriptor));
	x->t.num_iso_packets = packets;
	return &x->t;
}

void LIBUSB_CALL libusb_free_transfer(struct libusb_transfer *t)
{
	struct vk_transfer *x;

	if (t == NULL)
		return;
	x = vk_of(t);
	pthread_mutex_lock(&vk_lock);
	if (x->state != VK_IDLE) {
		vk_misuse(&vk_kinects[0], "transfer freed in flight");
		pthread_mutex_unlock(&vk_lock);
		return; /* leaked on purpose: the engine still has it */
	}
	pthread_mutex_unlock(&vk_lock);
	if (t->flags & LIBUSB_TRANSFER_FREE_BUFFER)
		free(t->buffer);
	free(x);
}

/* refuse returns why a transfer can't be submitted, or 0. */
static int refuse(struct vk_kinect *k, struct libusb_transfer *t)
{
	struct vk_device *d = t->dev_handle->dev;
	long sum = 0;

	if (vk_of(t)->state != VK_IDLE) {
		vk_misuse(k, "transfer submitted twice");
		return LIBUSB_ERROR_BUSY;
	}
	if (vk_gone(d)) {
		int answering = k->page->unplug_style == VK_PROTO && k->gone_ns != 0 && vk_now() - k->gone_ns < 50000000;
		return answering ? 0 : LIBUSB_ERROR_NO_DEVICE;
	}
	if (!t->dev_handle->claimed) {
		vk_misuse(k, "transfer submitted without a claim");
		return LIBUSB_ERROR_NOT_FOUND;
	}
	for (int i = 0; i < t->num_iso_packets; i++)
		sum += t->iso_packet_desc[i].length;
	if (t->type != LIBUSB_TRANSFER_TYPE_ISOCHRONOUS || d->function != VK_CAMERA || vk_endpoint(t) < 0 ||
	    t->num_iso_packets < 1 || sum > t->length) {
		vk_misuse(k, "a transfer that fits no endpoint");
		return LIBUSB_ERROR_INVALID_PARAM;
	}
	return 0;
}

int LIBUSB_CALL libusb_submit_transfer(struct libusb_transfer *t)
{
	struct vk_transfer *x = vk_of(t);
	struct vk_kinect *k = &vk_kinects[t->dev_handle->dev->kinect];
	struct vk_source *s;
	int err;

	pthread_mutex_lock(&vk_lock);
	err = refuse(k, t);
	if (err == 0) {
		s = &k->source[vk_endpoint(t)];
		x->ctx = t->dev_handle->dev->ctx;
		x->state = VK_INFLIGHT;
		x->cancelled = x->packet = x->offset = 0;
		x->next = NULL;
		if (s->tail != NULL)
			s->tail->next = x;
		else
			s->head = x;
		s->tail = x;
		s->queued += t->num_iso_packets;
		s->wanted = 1;
		t->dev_handle->inflight++;
		pthread_cond_broadcast(&vk_engine_wake);
	}
	pthread_mutex_unlock(&vk_lock);
	return err;
}

/* libusb_cancel_transfer only asks: the engine ends the transfer later. */
int LIBUSB_CALL libusb_cancel_transfer(struct libusb_transfer *t)
{
	struct vk_transfer *x = vk_of(t);
	int err = 0;

	pthread_mutex_lock(&vk_lock);
	if (x->state != VK_INFLIGHT || x->cancelled)
		err = LIBUSB_ERROR_NOT_FOUND;
	else
		x->cancelled = 1;
	pthread_mutex_unlock(&vk_lock);
	return err;
}

/* next_done takes the oldest completed transfer, waiting up to the deadline on
 * the condition's (real-time) clock. */
static struct vk_transfer *next_done(libusb_context *ctx, const struct timespec *deadline)
{
	struct vk_transfer *x;

	while (ctx->done_head == NULL)
		if (deadline == NULL || pthread_cond_timedwait(&ctx->wake, &vk_lock, deadline) == ETIMEDOUT)
			break;
	x = ctx->done_head;
	if (x != NULL) {
		ctx->done_head = x->next;
		if (ctx->done_head == NULL)
			ctx->done_tail = NULL;
		x->next = NULL;
		x->state = VK_IDLE;
		x->t.status = x->final;
		x->t.actual_length = 0;
		x->t.dev_handle->inflight--;
	}
	return x;
}

static int handle(libusb_context *ctx, const struct timeval *tv)
{
	struct timespec deadline;
	struct vk_transfer *x;
	int first = 1;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += tv->tv_sec;
	deadline.tv_nsec += tv->tv_usec * 1000;
	if (deadline.tv_nsec >= 1000000000) {
		deadline.tv_sec++;
		deadline.tv_nsec -= 1000000000;
	}
	for (;;) {
		pthread_mutex_lock(&vk_lock);
		x = next_done(ctx, first ? &deadline : NULL);
		pthread_mutex_unlock(&vk_lock);
		if (x == NULL)
			return 0;
		first = 0;
		x->t.callback(&x->t);
	}
}

int LIBUSB_CALL libusb_handle_events_timeout_completed(libusb_context *ctx, struct timeval *tv, int *completed)
{
	(void)completed;
	return handle(ctx, tv);
}

int LIBUSB_CALL libusb_handle_events_timeout(libusb_context *ctx, struct timeval *tv) { return handle(ctx, tv); }

int LIBUSB_CALL libusb_handle_events(libusb_context *ctx)
{
	struct timeval tv = {60, 0};
	return handle(ctx, &tv);
}

int LIBUSB_CALL libusb_handle_events_completed(libusb_context *ctx, int *completed)
{
	(void)completed;
	return libusb_handle_events(ctx);
}
