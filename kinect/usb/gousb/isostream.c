// Licensed under the Apache License, Version 2.0 (see LICENSE).
// This file is not part of upstream gousb; README.md says what it is for.

#include <libusb.h>
#include <stdint.h>
#include <stdlib.h>

void gousbIsoDone(struct libusb_transfer *xfer);

struct libusb_transfer *gousb_iso_alloc(libusb_device_handle *dev, unsigned char endpoint, int packets, int size, uintptr_t id) {
	struct libusb_transfer *xfer = libusb_alloc_transfer(packets);
	unsigned char *buffer = malloc((size_t)packets * (size_t)size);
	if (xfer == NULL || buffer == NULL) {
		free(buffer);
		libusb_free_transfer(xfer);
		return NULL;
	}
	libusb_fill_iso_transfer(xfer, dev, endpoint, buffer, packets * size, packets, gousbIsoDone, (void *)id, 0);
	return xfer;
}

// The packets' descriptors follow the struct, where Go can't name them.
struct libusb_iso_packet_descriptor *gousb_iso_packets(struct libusb_transfer *xfer) {
	return xfer->iso_packet_desc;
}

void gousb_iso_free(struct libusb_transfer *xfer) {
	free(xfer->buffer);
	libusb_free_transfer(xfer);
}
