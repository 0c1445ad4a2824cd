/* What the mirror registers do to a frame; Go's twin is Mode.Mirror. */
#include "vk.h"

enum { WIDTH_MAX = 1280 };

static const struct {
	int width, height, bits;
} shapes[VK_MODES] = {
	[VK_BAYER] = {640, 480, 8},
	[VK_UYVY] = {640, 480, 16},
	[VK_IR] = {640, 488, 10},
	[VK_BAYER_SXGA] = {1280, 1024, 8},
	[VK_IR_SXGA] = {1280, 1024, 10},
	[VK_DEPTH_11] = {640, 480, 11},
	[VK_DEPTH_10] = {640, 480, 10},
};

static void unpack(const unsigned char *in, uint16_t *out, int n, int bits)
{
	uint32_t have = 0;
	int count = 0;
	for (int i = 0; i < n; i++) {
		for (; count < bits; count += 8)
			have = have << 8 | *in++;
		count -= bits;
		out[i] = (uint16_t)(have >> count & ((1u << bits) - 1));
	}
}

static void pack(const uint16_t *in, unsigned char *out, int n, int bits)
{
	uint32_t have = 0;
	int count = 0;
	for (int i = 0; i < n; i++) {
		have = have << bits | in[i];
		for (count += bits; count >= 8; count -= 8)
			*out++ = (unsigned char)(have >> (count - 8));
	}
}

/* turn is pixel x of a mirrored row. Bayer and UYVY go in pairs of pixels, which
 * keeps their pattern; the light of UYVY, its lower byte, goes alone. */
static uint16_t turn(const uint16_t *row, int x, int width, int mode)
{
	int other = width - 1 - x, paired = other ^ 1;
	switch (mode) {
	case VK_BAYER:
	case VK_BAYER_SXGA:
		return row[paired];
	case VK_UYVY:
		return (uint16_t)((row[paired] & 0xff00) | (row[other] & 0xff));
	}
	return row[other];
}

/* vk_mirror turns every row around. The rows of all modes end on a byte. */
void vk_mirror(unsigned char *frame, int mode)
{
	uint16_t row[WIDTH_MAX], turned[WIDTH_MAX];
	int width = shapes[mode].width, bits = shapes[mode].bits;

	for (int y = 0; y < shapes[mode].height; y++, frame += width * bits / 8) {
		unpack(frame, row, width, bits);
		for (int x = 0; x < width; x++)
			turned[x] = turn(row, x, width, mode);
		pack(turned, frame, width, bits);
	}
}
