/* The audio function of the models without a motor of their own: with firmware it
 * moves them, lights them and says how they lie, over two bulk endpoints. */
#include "vk.h"

#include <string.h>

enum { COMMAND_MAGIC = 0x06022009, REPLY_MAGIC = 0x0a6fe000, STATE_BYTES = 104, TILT_MAX = 31 };

static uint32_t get32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

/* queue makes room for an answer of some length, which a read will fetch. */
static unsigned char *queue(struct vk_kinect *k, int len)
{
	struct vk_audio *a = &k->audio;
	int i = (a->first + a->count) % VK_ANSWERS;

	if (a->count == VK_ANSWERS) {
		vk_misuse(k, "answers of the audio function were never fetched");
		i = a->first;
	} else {
		a->count++;
	}
	a->length[i] = len;
	memset(a->answer[i], 0, sizeof a->answer[i]);
	return a->answer[i];
}

static void status(struct vk_kinect *k, uint32_t tag, uint32_t bad)
{
	unsigned char *out = queue(k, 12);
	put32(out, REPLY_MAGIC);
	put32(out + 4, tag);
	put32(out + 8, bad);
}

/* state is the answer about acceleration and tilt; a status follows it. */
static void state(struct vk_kinect *k)
{
	unsigned char *out = queue(k, STATE_BYTES);
	for (int i = 0; i < 3; i++)
		put32(out + 16 + 4 * i, (uint32_t)(int32_t)(int16_t)k->page->accel[i]);
	put32(out + 28, (uint32_t)((int32_t)k->page->tilt / 2));
}

/* led shows a light; the page has it in the numbers of the 1414. */
static uint32_t led(struct vk_kinect *k, uint32_t value)
{
	static const uint32_t lights[] = {[1] = 0, [2] = 4, [3] = 1, [4] = 2};
	if (value < 1 || value > 4) {
		vk_misuse(k, "unknown LED");
		return 1;
	}
	k->page->led = lights[value];
	vk_log(k, "\"event\":\"led\",\"value\":%u", lights[value]);
	return 0;
}

static uint32_t tilt(struct vk_kinect *k, int32_t degrees)
{
	if (degrees < -TILT_MAX || degrees > TILT_MAX) {
		vk_misuse(k, "tilt beyond the stop");
		return 1;
	}
	k->page->tilt = (uint32_t)(2 * degrees);
	vk_log(k, "\"event\":\"tilt\",\"value\":%d", 2 * degrees);
	return 0;
}

/* write carries out a command. A boot loader, which has another language, keeps
 * silent. */
static void write_command(struct vk_kinect *k, const unsigned char *in, int len)
{
	uint32_t tag, command, argument, bad = 1;

	if (!k->page->firmware)
		return;
	if (len < 16 || get32(in) != COMMAND_MAGIC) {
		vk_misuse(k, "malformed command to the audio function");
		return;
	}
	tag = get32(in + 4);
	command = get32(in + 12);
	argument = len >= 20 ? get32(in + 16) : 0;
	if (command == 0x8032 && len == 16 && get32(in + 8) == STATE_BYTES) {
		state(k);
		bad = 0;
	} else if (command == 0x10 && len == 20) {
		bad = led(k, argument);
	} else if (command == 0x803b && len == 20) {
		bad = tilt(k, (int32_t)argument);
	} else {
		vk_misuse(k, "unknown command to the audio function");
	}
	status(k, tag, bad);
}

/* fetch gives the oldest answer to a read; 0 is none. */
static int fetch(struct vk_kinect *k, unsigned char *out, int len)
{
	struct vk_audio *a = &k->audio;
	int n = a->length[a->first];

	if (a->count == 0)
		return 0;
	if (n > len)
		n = len;
	memcpy(out, a->answer[a->first], (size_t)n);
	a->first = (a->first + 1) % VK_ANSWERS;
	a->count--;
	return n;
}

/* fresh forgets what an audio function said that has been pulled since. */
static void fresh(struct vk_kinect *k)
{
	if (k->audio.generation == k->page->generation)
		return;
	k->audio.generation = k->page->generation;
	k->audio.count = 0;
}

/* vk_bulk does a transfer of the audio function; 0 says that there is nothing to read
 * yet. */
int vk_bulk(struct vk_kinect *k, unsigned char endpoint, unsigned char *data, int len)
{
	fresh(k);
	if (endpoint == 0x81)
		return fetch(k, data, len);
	write_command(k, data, len);
	return len;
}

/* vk_bulk_sweep ends the waiting reads whose time has come. */
void vk_bulk_sweep(struct vk_kinect *k, uint64_t now)
{
	struct vk_transfer **p = &k->reads;

	while (*p != NULL) {
		struct vk_transfer *x = *p;
		int status = -1;
		if (vk_gone(x->t.dev_handle->dev))
			status = LIBUSB_TRANSFER_NO_DEVICE;
		else if (x->cancelled)
			status = LIBUSB_TRANSFER_CANCELLED;
		else if ((x->actual = vk_bulk(k, 0x81, x->t.buffer, x->t.length)) > 0)
			status = LIBUSB_TRANSFER_COMPLETED;
		else if (x->deadline != 0 && now >= x->deadline)
			status = LIBUSB_TRANSFER_TIMED_OUT;
		if (status < 0) {
			p = &x->next;
			continue;
		}
		*p = x->next;
		vk_complete(x, (enum libusb_transfer_status)status);
	}
}
