/* The libusb functions about contexts, devices and descriptors. */
#include "descriptors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static libusb_context *default_context;
static int default_users;

static struct vk_device *device_of(libusb_device *d) { return (struct vk_device *)d; }
static struct vk_page *page_of(const struct vk_device *d) { return vk_kinects[d->kinect].page; }

/* vk_gone says whether the device this object stands for has left the bus. */
int vk_gone(const struct vk_device *d)
{
	const struct vk_page *p = page_of(d);
	if (d->function == VK_HUB)
		return 0;
	return !(p->present & (uint32_t)d->function) || p->generation != d->generation;
}

int LIBUSB_CALL libusb_init(libusb_context **out)
{
	libusb_context *ctx;
	int err;

	pthread_mutex_lock(&vk_lock);
	if (out == NULL && default_context != NULL) {
		default_users++;
		pthread_mutex_unlock(&vk_lock);
		return 0;
	}
	vk_attach();
	ctx = calloc(1, sizeof *ctx);
	pthread_cond_init(&ctx->wake, NULL);
	err = vk_engine_start();
	if (out != NULL) {
		*out = ctx;
	} else {
		default_context = ctx;
		default_users = 1;
	}
	pthread_mutex_unlock(&vk_lock);
	return err;
}

void LIBUSB_CALL libusb_exit(libusb_context *ctx)
{
	pthread_mutex_lock(&vk_lock);
	if (ctx == NULL) {
		ctx = default_context;
		if (ctx == NULL || --default_users > 0) {
			pthread_mutex_unlock(&vk_lock);
			return;
		}
		default_context = NULL;
	}
	if (vk_count > 0 && ctx->open_handles > 0)
		vk_misuse(&vk_kinects[0], "exit with devices open");
	if (vk_count > 0 && ctx->devices != NULL)
		vk_misuse(&vk_kinects[0], "exit with device references held");
	vk_engine_stop();
	pthread_mutex_unlock(&vk_lock);
	while (ctx->devices != NULL) {
		struct vk_device *d = ctx->devices;
		ctx->devices = d->next;
		free(d);
	}
	pthread_cond_destroy(&ctx->wake);
	free(ctx);
}

/* find returns the object of a function as it is plugged in now, or makes it. */
static struct vk_device *find(libusb_context *ctx, int kinect, int function)
{
	uint32_t generation = vk_kinects[kinect].page->generation;
	struct vk_device *d;

	for (d = ctx->devices; d != NULL; d = d->next)
		if (d->kinect == kinect && d->function == function && d->generation == generation)
			return d;
	d = calloc(1, sizeof *d);
	d->ctx = ctx;
	d->kinect = kinect;
	d->function = function;
	d->generation = generation;
	d->next = ctx->devices;
	ctx->devices = d;
	return d;
}

ssize_t LIBUSB_CALL libusb_get_device_list(libusb_context *ctx, libusb_device ***list)
{
	static const int functions[] = {VK_HUB, VK_MOTOR, VK_AUDIO, VK_CAMERA};
	libusb_device **out = calloc(VK_MAX_KINECTS * 4 + 1, sizeof *out);
	ssize_t n = 0;

	pthread_mutex_lock(&vk_lock);
	if (ctx == NULL)
		ctx = default_context;
	for (int k = 0; k < vk_count; k++) {
		uint32_t present = vk_kinects[k].page->present;
		for (int i = 0; present != 0 && i < 4; i++) {
			int f = functions[i];
			struct vk_device *d;
			if (f != VK_HUB && (!(present & (uint32_t)f) || vk_product(vk_kinects[k].page, f) == 0))
				continue;
			d = find(ctx, k, f);
			d->refs++;
			out[n++] = (libusb_device *)d;
		}
	}
	pthread_mutex_unlock(&vk_lock);
	*list = out;
	return n;
}

libusb_device *LIBUSB_CALL libusb_ref_device(libusb_device *dev)
{
	pthread_mutex_lock(&vk_lock);
	device_of(dev)->refs++;
	pthread_mutex_unlock(&vk_lock);
	return dev;
}

static void unref(struct vk_device *d)
{
	struct vk_device **p = &d->ctx->devices;
	if (--d->refs > 0)
		return;
	while (*p != d)
		p = &(*p)->next;
	*p = d->next;
	free(d);
}

void LIBUSB_CALL libusb_unref_device(libusb_device *dev)
{
	pthread_mutex_lock(&vk_lock);
	unref(device_of(dev));
	pthread_mutex_unlock(&vk_lock);
}

void LIBUSB_CALL libusb_free_device_list(libusb_device **list, int unref_devices)
{
	for (int i = 0; unref_devices && list[i] != NULL; i++)
		libusb_unref_device(list[i]);
	free(list);
}

/* libusb_get_parent: the hub, which the list that the caller still holds keeps
 * alive. */
libusb_device *LIBUSB_CALL libusb_get_parent(libusb_device *dev)
{
	struct vk_device *d = device_of(dev), *hub = NULL;
	if (d->function == VK_HUB)
		return NULL;
	pthread_mutex_lock(&vk_lock);
	for (struct vk_device *i = d->ctx->devices; i != NULL; i = i->next)
		if (i->kinect == d->kinect && i->function == VK_HUB)
			hub = i;
	pthread_mutex_unlock(&vk_lock);
	return (libusb_device *)hub;
}

uint8_t LIBUSB_CALL libusb_get_bus_number(libusb_device *dev) { return (uint8_t)(1 + device_of(dev)->kinect); }

uint8_t LIBUSB_CALL libusb_get_device_address(libusb_device *dev)
{
	struct vk_device *d = device_of(dev);
	int place = d->function == VK_HUB ? 0 : d->function == VK_MOTOR ? 1 : d->function == VK_AUDIO ? 2 : 3;
	return (uint8_t)(2 + (d->generation % 30) * 4 + (uint32_t)place);
}

int LIBUSB_CALL libusb_get_device_speed(libusb_device *dev)
{
	return device_of(dev)->function == VK_MOTOR ? LIBUSB_SPEED_FULL : LIBUSB_SPEED_HIGH;
}

uint8_t LIBUSB_CALL libusb_get_port_number(libusb_device *dev)
{
	int f = device_of(dev)->function;
	return f == VK_CAMERA ? 2 : f == VK_AUDIO ? 3 : 1;
}

int LIBUSB_CALL libusb_get_port_numbers(libusb_device *dev, uint8_t *ports, int len)
{
	if (len < 2)
		return LIBUSB_ERROR_OVERFLOW;
	ports[0] = 1;
	ports[1] = libusb_get_port_number(dev);
	return device_of(dev)->function == VK_HUB ? 1 : 2;
}

int LIBUSB_CALL libusb_get_device_descriptor(libusb_device *dev, struct libusb_device_descriptor *desc)
{
	struct vk_device *d = device_of(dev);
	vk_device_descriptor(page_of(d), d->function, desc);
	return 0;
}

int LIBUSB_CALL libusb_get_config_descriptor(libusb_device *dev, uint8_t index, struct libusb_config_descriptor **out)
{
	struct vk_device *d = device_of(dev);
	const struct libusb_config_descriptor *c = vk_config_descriptor(page_of(d), d->function);
	if (index != 0 || c == NULL)
		return LIBUSB_ERROR_NOT_FOUND;
	*out = (struct libusb_config_descriptor *)(uintptr_t)c; /* nobody writes to it */
	return 0;
}

int LIBUSB_CALL libusb_get_active_config_descriptor(libusb_device *dev, struct libusb_config_descriptor **out)
{
	return libusb_get_config_descriptor(dev, 0, out);
}

int LIBUSB_CALL libusb_get_config_descriptor_by_value(libusb_device *dev, uint8_t value, struct libusb_config_descriptor **out)
{
	return libusb_get_config_descriptor(dev, (uint8_t)(value - 1), out);
}

void LIBUSB_CALL libusb_free_config_descriptor(struct libusb_config_descriptor *c) { (void)c; }

int LIBUSB_CALL libusb_get_max_packet_size(libusb_device *dev, unsigned char endpoint)
{
	struct vk_device *d = device_of(dev);
	const struct libusb_config_descriptor *c = vk_config_descriptor(page_of(d), d->function);
	for (int i = 0; c != NULL && i < c->bNumInterfaces; i++)
		for (int j = 0; j < c->interface[i].num_altsetting; j++) {
			const struct libusb_interface_descriptor *s = &c->interface[i].altsetting[j];
			for (int e = 0; e < s->bNumEndpoints; e++)
				if (s->endpoint[e].bEndpointAddress == endpoint)
					return s->endpoint[e].wMaxPacketSize;
		}
	return LIBUSB_ERROR_NOT_FOUND;
}

int LIBUSB_CALL libusb_get_max_iso_packet_size(libusb_device *dev, unsigned char endpoint)
{
	int w = libusb_get_max_packet_size(dev, endpoint);
	return w < 0 ? w : (w & 0x7ff) * (1 + (w >> 11 & 3));
}

int LIBUSB_CALL libusb_set_option(libusb_context *ctx, enum libusb_option option, ...)
{
	(void)ctx;
	(void)option;
	return 0;
}

void LIBUSB_CALL libusb_set_debug(libusb_context *ctx, int level)
{
	(void)ctx;
	(void)level;
}

int LIBUSB_CALL libusb_has_capability(uint32_t capability) { return capability == LIBUSB_CAP_HAS_CAPABILITY; }

const struct libusb_version *LIBUSB_CALL libusb_get_version(void)
{
	static const struct libusb_version v = {1, 0, 26, 11724, "", "virtual Kinect"};
	return &v;
}

const char *LIBUSB_CALL libusb_error_name(int code)
{
	switch (code) {
	case LIBUSB_SUCCESS: return "LIBUSB_SUCCESS";
	case LIBUSB_ERROR_IO: return "LIBUSB_ERROR_IO";
	case LIBUSB_ERROR_ACCESS: return "LIBUSB_ERROR_ACCESS";
	case LIBUSB_ERROR_NO_DEVICE: return "LIBUSB_ERROR_NO_DEVICE";
	case LIBUSB_ERROR_NOT_FOUND: return "LIBUSB_ERROR_NOT_FOUND";
	case LIBUSB_ERROR_BUSY: return "LIBUSB_ERROR_BUSY";
	case LIBUSB_ERROR_PIPE: return "LIBUSB_ERROR_PIPE";
	}
	return "LIBUSB_ERROR_OTHER";
}

const char *LIBUSB_CALL libusb_strerror(int code) { return libusb_error_name(code); }
