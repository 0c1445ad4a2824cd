// Licensed under the Apache License, Version 2.0 (see LICENSE).
// This file is not part of upstream gousb; README.md says what it is for.

//go:build unix

#include "isostream.h"

#include <stdlib.h>
#include <unistd.h>

// A carrier is a transfer with the batch that it fills now.
struct carrier {
	struct gousb_iso *iso;
	struct gousb_iso_batch *batch;
	struct libusb_transfer *xfer;
	struct carrier *next; // that waits for the reader
	int flying;
};

enum { ALMOST = 3 }; // slots by which a transfer may miss its mark

// gousb_handle_events handles libusb's events until *stop is set. It does not go back
// to Go after each of them.
void gousb_handle_events(libusb_context *ctx, int *stop) {
	while (!__atomic_load_n(stop, __ATOMIC_ACQUIRE)) {
		struct timeval tv = {0, 100000};
		libusb_handle_events_timeout_completed(ctx, &tv, NULL);
	}
}

// signal wakes the reader, unless that was done and it has not looked yet.
static void signal_reader(struct gousb_iso *s) {
	if (__atomic_exchange_n(&s->signalled, 1, __ATOMIC_SEQ_CST) == 0) {
		ssize_t n = write(s->fd, "", 1); // a full pipe wakes it too
		(void)n;
	}
}

// slots is how many the next transfer is to have, so that one ends at the next mark, and
// the one before it shortly before.
static int slots(struct gousb_iso *s) {
	int64_t every = __atomic_load_n(&s->every, __ATOMIC_RELAXED), mark = __atomic_load_n(&s->mark, __ATOMIC_RELAXED);
	int64_t sent = s->sent << 8, way;
	if (every <= 0)
		return s->slots;
	if (mark <= sent)
		mark += ((sent - mark) / every + 1) * every;
	way = (mark - sent + 128) >> 8;
	if (way < ALMOST)
		way += every >> 8;
	if (way > s->tail + ALMOST)
		way -= s->tail;
	int64_t pieces = (way + s->slots - 1) / s->slots;
	return (int)((way + pieces - 1) / pieces);
}

static void submit(struct carrier *c) {
	struct gousb_iso *s = c->iso;
	int n = slots(s);

	c->batch->first = s->sent;
	c->xfer->buffer = c->batch->buffer;
	c->xfer->num_iso_packets = n;
	c->xfer->length = n * s->size;
	for (int i = 0; i < n; i++) {
		c->xfer->iso_packet_desc[i].length = (unsigned)s->size;
		c->xfer->iso_packet_desc[i].actual_length = 0;
		c->xfer->iso_packet_desc[i].status = LIBUSB_TRANSFER_COMPLETED;
	}
	int err = libusb_submit_transfer(c->xfer);
	if (err != 0) {
		if (s->error == 0)
			s->error = err;
		return;
	}
	s->sent += n;
	c->flying = 1;
	s->in_flight++;
}

// hand_over puts what the transfer brought into the ring and gives it an empty batch;
// not when the reader is so late that there is none.
static int hand_over(struct carrier *c) {
	struct gousb_iso *s = c->iso;
	struct gousb_iso_batch *full = c->batch;
	uint32_t made = s->made;

	if (made - __atomic_load_n(&s->taken, __ATOMIC_ACQUIRE) == s->room)
		return 0;
	full->slots = c->xfer->num_iso_packets;
	for (int i = 0; i < full->slots; i++) {
		const struct libusb_iso_packet_descriptor *d = &c->xfer->iso_packet_desc[i];
		full->lengths[i] = d->status == LIBUSB_TRANSFER_COMPLETED ? (int)d->actual_length : -1;
	}
	c->batch = s->ring[made % s->room];
	s->ring[made % s->room] = full;
	__atomic_store_n(&s->made, made + 1, __ATOMIC_SEQ_CST);
	return 1;
}

// go_on hands over what has come back, oldest first, and submits it anew. What can't be
// handed over stays where it is, and the device's packets find fewer transfers.
static void go_on(struct gousb_iso *s) {
	while (s->waiting != NULL && !s->stopping && s->error == 0) {
		struct carrier *c = s->waiting;
		if (!hand_over(c))
			break;
		s->waiting = c->next;
		submit(c);
	}
	__atomic_store_n(&s->late, s->waiting != NULL, __ATOMIC_SEQ_CST);
	if (s->in_flight == 0 && (s->waiting == NULL || s->stopping || s->error != 0))
		__atomic_store_n(&s->over, 1, __ATOMIC_SEQ_CST);
}

static void LIBUSB_CALL done(struct libusb_transfer *xfer) {
	struct carrier *c = xfer->user_data, **end;
	struct gousb_iso *s = c->iso;

	pthread_mutex_lock(&s->lock);
	c->flying = 0;
	s->in_flight--;
	if (xfer->status == LIBUSB_TRANSFER_NO_DEVICE && s->error == 0)
		s->error = LIBUSB_ERROR_NO_DEVICE;
	for (end = &s->waiting; *end != NULL; end = &(*end)->next)
		;
	*end = c;
	c->next = NULL;
	go_on(s);
	signal_reader(s);
	pthread_mutex_unlock(&s->lock); // the reader takes it before it frees anything
}

// gousb_iso_go_on is called when late is set and the reader has taken something.
void gousb_iso_go_on(struct gousb_iso *s) {
	pthread_mutex_lock(&s->lock);
	go_on(s);
	pthread_mutex_unlock(&s->lock);
}

void gousb_iso_free(struct gousb_iso *s) {
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	pthread_mutex_unlock(&s->lock);
	for (int i = 0; s->carriers != NULL && i < s->count; i++)
		if (s->carriers[i].xfer != NULL)
			libusb_free_transfer(s->carriers[i].xfer);
	for (int i = 0; s->batches != NULL && i < s->count + (int)s->room; i++)
		free(s->batches[i]);
	pthread_mutex_destroy(&s->lock);
	free(s->carriers);
	free(s->batches);
	free(s->ring);
	free(s);
}

// gousb_iso_new makes everything that a stream needs, but for the buffer, which has room
// for count + spare transfers; nothing is in flight yet.
struct gousb_iso *gousb_iso_new(libusb_device_handle *dev, unsigned char endpoint, unsigned char *buffer, int size, int slots, int count, int spare, int fd) {
	struct gousb_iso *s = calloc(1, sizeof *s);
	if (s == NULL)
		return NULL;
	pthread_mutex_init(&s->lock, NULL);
	s->size = size;
	s->slots = slots;
	s->count = count;
	s->room = (uint32_t)spare;
	s->fd = fd;
	s->carriers = calloc((size_t)count, sizeof *s->carriers);
	s->batches = calloc((size_t)(count + spare), sizeof *s->batches);
	s->ring = calloc((size_t)spare, sizeof *s->ring);
	int ok = s->carriers != NULL && s->batches != NULL && s->ring != NULL;
	for (int i = 0; ok && i < count + spare; i++) {
		struct gousb_iso_batch *b = malloc(sizeof *b + (size_t)slots * sizeof b->lengths[0]);
		s->batches[i] = b;
		if ((ok = b != NULL))
			b->buffer = buffer + (size_t)i * (size_t)slots * (size_t)size;
	}
	for (int i = 0; ok && i < count; i++) {
		struct carrier *c = &s->carriers[i];
		c->iso = s;
		c->batch = s->batches[i];
		if ((ok = (c->xfer = libusb_alloc_transfer(slots)) != NULL))
			libusb_fill_iso_transfer(c->xfer, dev, endpoint, c->batch->buffer, slots * size, slots, done, c, 0);
	}
	for (int i = 0; ok && i < spare; i++)
		s->ring[i] = s->batches[count + i];
	if (ok)
		return s;
	gousb_iso_free(s);
	return NULL;
}

// gousb_iso_start submits everything, or says why it could not; the stream is then over
// as soon as nothing is in flight.
int gousb_iso_start(struct gousb_iso *s) {
	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < s->count && s->error == 0; i++)
		submit(&s->carriers[i]);
	if (s->error != 0)
		for (int i = 0; i < s->count; i++)
			if (s->carriers[i].flying)
				libusb_cancel_transfer(s->carriers[i].xfer);
	int err = s->error;
	go_on(s);
	pthread_mutex_unlock(&s->lock);
	return err;
}

void gousb_iso_stop(struct gousb_iso *s) {
	pthread_mutex_lock(&s->lock);
	s->stopping = 1;
	for (int i = 0; i < s->count; i++)
		if (s->carriers[i].flying)
			libusb_cancel_transfer(s->carriers[i].xfer); // one that has just finished comes all the same
	go_on(s);
	signal_reader(s);
	pthread_mutex_unlock(&s->lock);
}
