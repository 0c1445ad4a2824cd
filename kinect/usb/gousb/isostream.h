// Licensed under the Apache License, Version 2.0 (see LICENSE).
// This file is not part of upstream gousb; README.md says what it is for.

#ifndef GOUSB_ISOSTREAM_H
#define GOUSB_ISOSTREAM_H

#include <libusb.h>
#include <pthread.h>
#include <stdint.h>

// A batch is what one transfer brought: slots of equal size in the buffer, and what
// came in each of them, -1 for a packet that failed.
struct gousb_iso_batch {
	int64_t first; // the number of its first slot since the stream began
	unsigned char *buffer;
	int32_t slots;
	int32_t lengths[];
};

// A gousb_iso is the transfers of one endpoint. The thread that handles libusb's events
// submits each anew at once, with another buffer, and puts the full ones into a ring,
// from which one reader takes them; while the ring is full they wait.
struct gousb_iso {
	uint32_t made, taken; // batches ever put into the ring, and taken from it
	uint32_t signalled;   // a byte was written to fd since the reader last looked
	uint32_t over;        // nothing is in flight and nothing will be
	uint32_t late;        // transfers wait for room in the ring
	int64_t mark, every;  // where transfers are to end, in 1/256 slots
	int tail;             // slots of the transfer that ends there
	struct gousb_iso_batch **ring;

	uint32_t room; // of the ring; positions that are not full hold empty batches
	int size, slots, count, fd;
	int64_t sent; // slots
	struct gousb_iso_batch **batches;
	struct carrier *carriers;

	pthread_mutex_t lock; // of what follows
	struct carrier *waiting; // came back, and not yet handed over
	int in_flight, stopping, error;
};

struct gousb_iso *gousb_iso_new(libusb_device_handle *dev, unsigned char endpoint, unsigned char *buffer, int size, int slots, int count, int spare, int fd);
int gousb_iso_start(struct gousb_iso *s);
void gousb_iso_go_on(struct gousb_iso *s);
void gousb_iso_stop(struct gousb_iso *s);
void gousb_iso_free(struct gousb_iso *s);
void gousb_handle_events(libusb_context *ctx, int *stop);

#endif
