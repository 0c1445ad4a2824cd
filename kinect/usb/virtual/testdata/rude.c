/* A program that uses libusb as no program should: at random, wrongly, with whatever
 * bytes. The virtual Kinect must survive it, and say what was wrong. Arguments: the
 * seed, and for how many seconds. It ends properly. */
#include <libusb.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HANDLES = 4, TRANSFERS = 24, BUFFER = 32 * 1920 };

static libusb_context *ctx;
static libusb_device_handle *handles[HANDLES];
static struct {
	struct libusb_transfer *t;
	int flying;
} transfers[TRANSFERS];
static uint64_t seed;

static uint32_t roll(uint32_t sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 11) % sides;
}

static void fill(unsigned char *p, int n)
{
	while (n-- > 0)
		*p++ = (unsigned char)roll(256);
}

static libusb_device_handle *any(void) { return handles[roll(HANDLES)]; }

/* open_some opens what is on the bus now in a place that is free. */
static void open_some(void)
{
	libusb_device **list;
	ssize_t n = libusb_get_device_list(ctx, &list);
	int place = (int)roll(HANDLES);

	if (n > 0 && handles[place] == NULL) {
		libusb_device *d = list[roll((uint32_t)n)];
		struct libusb_device_descriptor desc;
		struct libusb_config_descriptor *config;
		uint8_t ports[8];
		libusb_get_device_descriptor(d, &desc);
		if (libusb_get_config_descriptor(d, (uint8_t)roll(2), &config) == 0)
			libusb_free_config_descriptor(config);
		libusb_get_port_numbers(d, ports, (int)roll(8));
		libusb_get_max_iso_packet_size(d, (unsigned char)roll(256));
		if (libusb_open(d, &handles[place]) != 0)
			handles[place] = NULL;
		else if (roll(4) > 0)
			libusb_claim_interface(handles[place], 0);
	}
	libusb_free_device_list(list, 1);
}

/* camera_command is a request that is nearly right, or not. */
static void camera_command(libusb_device_handle *h)
{
	static const uint16_t commands[] = {0x02, 0x03, 0x04, 0x16, 0x95, 0x17}, registers[] = {0x05, 0x06, 0x0c, 0x0d, 0x0e, 0x12, 0x19, 0x1a, 0x17, 0x47};
	unsigned char data[0x400];
	int words = (int)roll(8), len;

	fill(data, sizeof data);
	if (roll(8) > 0) {
		uint16_t command = commands[roll(6)];
		if (command == 0x03 && roll(4) > 0)
			words = 2;
		memcpy(data, "GM", 2);
		data[2] = (unsigned char)words;
		data[3] = 0;
		memcpy(data + 4, &command, 2);
		if (words == 2 && roll(4) > 0) {
			memcpy(data + 8, &registers[roll(10)], 2);
			data[10] = (unsigned char)roll(4);
			data[11] = 0;
		}
	}
	len = roll(8) > 0 ? 8 + 2 * words : (int)roll(sizeof data);
	libusb_control_transfer(h, 0x40, 0, 0, 0, data, (uint16_t)len, 10);
	for (int i = (int)roll(5); i > 0; i--)
		libusb_control_transfer(h, 0xc0, 0, 0, 0, data, roll(4) > 0 ? 0x200 : (uint16_t)roll(0x400), 10);
}

static void write_register(libusb_device_handle *h, unsigned reg, unsigned value)
{
	unsigned char data[0x200] = {'G', 'M', 2, 0, 3, 0, 0, 0, (unsigned char)reg, (unsigned char)(reg >> 8), (unsigned char)value};
	libusb_control_transfer(h, 0x40, 0, 0, 0, data, 12, 10);
	for (int i = 0; i < 6 && libusb_control_transfer(h, 0xc0, 0, 0, 0, data, 0x200, 10) == 0; i++)
		;
}

/* start switches a stream on, off, or to another mode, as it should be done. */
static void start(libusb_device_handle *h)
{
	static const unsigned char modes[][4] = {{0x0c, 0, 1, 30}, {0x0c, 0, 2, 15}, {0x0c, 5, 1, 15}, {0x19, 0, 1, 30}, {0x19, 0, 2, 15}, {0x12, 3, 1, 30}, {0x12, 2, 1, 30}};
	const unsigned char *m = modes[roll(7)];
	unsigned on = m[0] == 0x12 ? 6 : 5;

	write_register(h, 0x17 + roll(2) * 0x30, roll(2));
	if (roll(4) > 0)
		write_register(h, on, 0);
	for (unsigned i = 0; i < 3; i++)
		write_register(h, m[0] + i, m[1 + i]);
	write_register(h, on, m[0] == 0x12 ? 2 : m[0] == 0x19 ? 3 : 1);
}

static void control(libusb_device_handle *h)
{
	unsigned char data[0x400];
	fill(data, sizeof data);
	libusb_control_transfer(h, roll(2) ? 0x40 : 0xc0, (uint8_t)(roll(2) ? roll(256) : roll(2) ? 0x31 : 0x32), (uint16_t)roll(65536), 0,
				data, (uint16_t)roll(sizeof data), 10);
}

static void audio(libusb_device_handle *h)
{
	static const uint32_t commands[] = {0x10, 0x803b, 0x8032, 0x77};
	unsigned char data[512];
	uint32_t words[5] = {0x06022009, roll(100), roll(2) ? 0x68 : 0, commands[roll(4)], roll(70) - 35};
	int len = (int)roll(64), done;

	fill(data, sizeof data);
	if (roll(4) > 0) {
		memcpy(data, words, sizeof words);
		len = roll(3) > 0 ? 20 : 16;
	}
	libusb_bulk_transfer(h, 0x01, data, len, &done, 10);
	for (int i = (int)roll(3); i > 0; i--)
		libusb_bulk_transfer(h, roll(8) > 0 ? 0x81 : (unsigned char)roll(256), data, (int)roll(sizeof data), &done, 10);
}

static void LIBUSB_CALL done(struct libusb_transfer *t)
{
	int *flying = t->user_data;
	*flying = 0;
}

/* submit sends a transfer off: of a random shape, if it is not under way already. */
static void submit(libusb_device_handle *h)
{
	int i = (int)roll(TRANSFERS);
	struct libusb_transfer *t = transfers[i].t;

	if (transfers[i].flying) {
		if (roll(2))
			libusb_cancel_transfer(t);
		else
			libusb_submit_transfer(t); /* twice */
		return;
	}
	libusb_fill_iso_transfer(t, h, roll(8) > 0 ? (unsigned char)(0x81 + roll(2)) : (unsigned char)roll(256), t->buffer, BUFFER,
				 (int)roll(33), done, &transfers[i].flying, 100);
	libusb_set_iso_packet_lengths(t, roll(4) > 0 ? 1920 : roll(2500));
	if (roll(6) == 0) {
		t->type = LIBUSB_TRANSFER_TYPE_BULK;
		t->endpoint = roll(2) ? 0x81 : 0x01;
		t->length = (int)roll(600);
		t->timeout = roll(40);
	}
	transfers[i].flying = 1;
	if (libusb_submit_transfer(t) != 0)
		transfers[i].flying = 0;
}

static void events(int ms)
{
	struct timeval tv = {0, ms * 1000};
	libusb_handle_events_timeout(ctx, &tv);
}

static int flying(void)
{
	int n = 0;
	for (int i = 0; i < TRANSFERS; i++)
		n += transfers[i].flying;
	return n;
}

/* land cancels all transfers and waits until they have ended. */
static void land(void)
{
	while (flying() > 0) {
		for (int i = 0; i < TRANSFERS; i++)
			if (transfers[i].flying)
				libusb_cancel_transfer(transfers[i].t);
		events(5);
	}
}

static void act(void)
{
	libusb_device_handle *h = any();
	unsigned char text[64];

	if (h == NULL) {
		open_some();
		return;
	}
	switch (roll(14)) {
	case 0: libusb_claim_interface(h, (int)roll(4) - 1); break;
	case 1: if (roll(8) == 0) libusb_release_interface(h, (int)roll(4) - 1); break;
	case 2: libusb_set_interface_alt_setting(h, (int)roll(3), (int)roll(3)); break;
	case 3: libusb_get_string_descriptor_ascii(h, (uint8_t)roll(6), text, (int)roll(sizeof text)); break;
	case 4: case 5: camera_command(h); break;
	case 6: if (roll(2) == 0) start(h); else control(h); break;
	case 7: audio(h); break;
	case 8: libusb_detach_kernel_driver(h, (int)roll(3)); break;
	case 9: libusb_reset_device(h); break;
	case 10: events((int)roll(5)); break;
	case 11:
		if (roll(20) == 0) {
			land(); /* a transfer needs its handle */
			for (int i = 0; i < HANDLES; i++)
				if (handles[i] == h) {
					libusb_close(h);
					handles[i] = NULL;
				}
		}
		break;
	default: submit(h); break;
	}
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 2 ? atoi(argv[2]) : 1);

	seed = argc > 1 ? strtoull(argv[1], NULL, 10) * 2654435761u + 1 : 1;
	if (libusb_init(&ctx) != 0)
		return 1;
	for (int i = 0; i < TRANSFERS; i++) {
		transfers[i].t = libusb_alloc_transfer(32);
		transfers[i].t->buffer = malloc(BUFFER);
	}
	while (time(NULL) <= end)
		act();
	land();
	for (int i = 0; i < HANDLES; i++)
		if (handles[i] != NULL)
			libusb_close(handles[i]);
	for (int i = 0; i < TRANSFERS; i++) {
		free(transfers[i].t->buffer);
		libusb_free_transfer(transfers[i].t);
	}
	libusb_exit(ctx);
	return 0;
}
