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

/* refuse_camera returns why the camera can't take a transfer, or 0. */
static int refuse_camera(struct vk_kinect *k, struct libusb_transfer *t)
{
	long sum = 0;

	for (int i = 0; i < t->num_iso_packets; i++)
		sum += t->iso_packet_desc[i].length;
	if (t->type != LIBUSB_TRANSFER_TYPE_ISOCHRONOUS || vk_endpoint(t) < 0 || t->num_iso_packets < 1 || sum > t->length) {
		vk_misuse(k, "a transfer that fits no endpoint");
		return LIBUSB_ERROR_INVALID_PARAM;
	}
	if (k->page->model == VK_WINDOWS && t->dev_handle->alternate != 1) {
		vk_misuse(k, "a transfer in an alternate setting that has no endpoints");
		return LIBUSB_ERROR_NOT_FOUND;
	}
	return k->page->stream[vk_endpoint(t)].crowded ? LIBUSB_ERROR_IO : 0;
}

/* refuse_bulk returns why the audio function can't take a transfer, or 0. */
static int refuse_bulk(struct vk_kinect *k, struct libusb_transfer *t)
{
	if (t->dev_handle->dev->function == VK_AUDIO && t->type == LIBUSB_TRANSFER_TYPE_BULK &&
	    (t->endpoint == 0x01 || t->endpoint == 0x81))
		return 0;
	vk_misuse(k, "a transfer that fits no endpoint");
	return LIBUSB_ERROR_INVALID_PARAM;
}

/* refuse returns why a transfer can't be submitted, or 0. */
static int refuse(struct vk_kinect *k, struct libusb_transfer *t)
{
	struct vk_device *d = t->dev_handle->dev;
	int answering;

	if (vk_of(t)->state != VK_IDLE) {
		vk_misuse(k, "transfer submitted twice");
		return LIBUSB_ERROR_BUSY;
	}
	vk_vanish(k);
	/* A camera pulled so that packets fail first still takes transfers for a while. */
	answering = d->function == VK_CAMERA && k->page->unplug_style == VK_PROTO && k->gone_ns != 0 && vk_now() - k->gone_ns < 50000000;
	if (vk_gone(d) && !answering)
		return LIBUSB_ERROR_NO_DEVICE;
	if (!t->dev_handle->claimed) {
		vk_misuse(k, "transfer submitted without a claim");
		return LIBUSB_ERROR_NOT_FOUND;
	}
	return d->function == VK_CAMERA ? refuse_camera(k, t) : refuse_bulk(k, t);
}

static void submit_iso(struct vk_source *s, struct vk_transfer *x)
{
	if (s->tail != NULL)
		s->tail->next = x;
	else
		s->head = x;
	s->tail = x;
	s->queued += x->t.num_iso_packets;
	s->wanted = 1;
}

/* submit_bulk does what can be done at once; a read may have to wait. */
static void submit_bulk(struct vk_kinect *k, struct vk_transfer *x)
{
	struct vk_transfer **p = &k->reads;

	x->deadline = x->t.timeout == 0 ? 0 : vk_now() + (uint64_t)x->t.timeout * 1000000u;
	if (x->t.endpoint == 0x01) {
		x->actual = vk_bulk(k, 0x01, x->t.buffer, x->t.length);
		vk_complete(x, LIBUSB_TRANSFER_COMPLETED);
		return;
	}
	while (*p != NULL)
		p = &(*p)->next;
	*p = x;
}

int LIBUSB_CALL libusb_submit_transfer(struct libusb_transfer *t)
{
	struct vk_transfer *x = vk_of(t);
	struct vk_kinect *k = &vk_kinects[t->dev_handle->dev->kinect];
	int err;

	pthread_mutex_lock(&vk_lock);
	err = refuse(k, t);
	if (err == 0) {
		x->ctx = t->dev_handle->dev->ctx;
		x->state = VK_INFLIGHT;
		x->cancelled = x->packet = x->offset = x->actual = 0;
		x->next = NULL;
		t->dev_handle->inflight++;
		if (t->type == LIBUSB_TRANSFER_TYPE_BULK)
			submit_bulk(k, x);
		else
			submit_iso(&k->source[vk_endpoint(t)], x);
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
		x->t.actual_length = x->actual;
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
