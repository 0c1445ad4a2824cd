/* The libusb functions about open devices. */
#include "vk.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INTERFACES = 2 };

static struct vk_kinect *kinect_of(const libusb_device_handle *h) { return &vk_kinects[h->dev->kinect]; }

int LIBUSB_CALL libusb_open(libusb_device *dev, libusb_device_handle **out)
{
	struct vk_device *d = (struct vk_device *)dev;
	struct vk_kinect *k = &vk_kinects[d->kinect];
	libusb_device_handle *h;
	int err = 0;

	pthread_mutex_lock(&vk_lock);
	if (vk_gone(d))
		err = LIBUSB_ERROR_NO_DEVICE;
	else if (k->page->denied)
		err = LIBUSB_ERROR_ACCESS;
	if (err == 0) {
		h = calloc(1, sizeof *h);
		h->dev = d;
		d->refs++;
		d->ctx->open_handles++;
		k->page->opens++;
		*out = h;
	}
	pthread_mutex_unlock(&vk_lock);
	return err;
}

/* let_go is the release of a claimed interface. */
static void let_go(libusb_device_handle *h, int number)
{
	struct vk_kinect *k = kinect_of(h);

	if (h->inflight > 0)
		vk_misuse(k, "interface released with transfers in flight");
	h->claimed &= ~(1 << number);
	if (h->dev->function != VK_CAMERA)
		return;
	if (h->auto_detach && k->page->kernel_driver == 2)
		k->page->kernel_driver = 1;
	k->claimed_ns = 0;
	vk_camera_released(k);
}

void LIBUSB_CALL libusb_close(libusb_device_handle *h)
{
	libusb_device *dev = (libusb_device *)h->dev;

	pthread_mutex_lock(&vk_lock);
	if (h->inflight > 0)
		vk_misuse(kinect_of(h), "device closed with transfers in flight");
	for (int i = 0; i < INTERFACES; i++)
		if (h->claimed & 1 << i)
			let_go(h, i);
	h->dev->ctx->open_handles--;
	pthread_mutex_unlock(&vk_lock);
	libusb_unref_device(dev);
	free(h);
}

libusb_device *LIBUSB_CALL libusb_get_device(libusb_device_handle *h) { return (libusb_device *)h->dev; }

libusb_device_handle *LIBUSB_CALL libusb_open_device_with_vid_pid(libusb_context *ctx, uint16_t vid, uint16_t pid)
{
	libusb_device **list;
	libusb_device_handle *h = NULL;
	libusb_get_device_list(ctx, &list);
	for (int i = 0; list[i] != NULL && h == NULL; i++) {
		struct libusb_device_descriptor d;
		libusb_get_device_descriptor(list[i], &d);
		if (d.idVendor == vid && d.idProduct == pid)
			libusb_open(list[i], &h);
	}
	libusb_free_device_list(list, 1);
	return h;
}

/* owned says whether another living process, or another handle of this one, has
 * claimed the camera. */
static int owned(struct vk_kinect *k)
{
	pid_t owner = (pid_t)k->page->owner;
	return owner != 0 && (kill(owner, 0) == 0 || errno != ESRCH);
}

/* claim_camera returns why the camera can't be claimed, or 0. */
static int claim_camera(libusb_device_handle *h, struct vk_kinect *k)
{
	if (k->page->lost_claims > 0) {
		k->page->lost_claims--;
		return LIBUSB_ERROR_NOT_FOUND;
	}
	if (h->auto_detach && k->page->kernel_driver == 1)
		k->page->kernel_driver = 2;
	if (k->page->busy || k->page->kernel_driver == 1 || owned(k))
		return LIBUSB_ERROR_BUSY;
	vk_plugged(k);
	k->page->owner = (uint32_t)getpid();
	k->claimed_ns = vk_now();
	return 0;
}

int LIBUSB_CALL libusb_claim_interface(libusb_device_handle *h, int number)
{
	struct vk_kinect *k = kinect_of(h);
	int interfaces = h->dev->function == VK_AUDIO && k->page->firmware ? 2 : 1, err = 0;

	pthread_mutex_lock(&vk_lock);
	if (vk_gone(h->dev))
		err = LIBUSB_ERROR_NO_DEVICE;
	else if (number < 0 || number >= interfaces)
		err = LIBUSB_ERROR_NOT_FOUND;
	else if (!h->claimed && h->dev->function == VK_CAMERA)
		err = claim_camera(h, k);
	if (err == 0)
		h->claimed |= 1 << number;
	pthread_mutex_unlock(&vk_lock);
	return err;
}

int LIBUSB_CALL libusb_release_interface(libusb_device_handle *h, int number)
{
	int err = 0;

	pthread_mutex_lock(&vk_lock);
	if (number < 0 || number >= INTERFACES || !(h->claimed & 1 << number))
		err = LIBUSB_ERROR_NOT_FOUND;
	else
		let_go(h, number);
	if (err == 0 && vk_gone(h->dev))
		err = LIBUSB_ERROR_NO_DEVICE;
	pthread_mutex_unlock(&vk_lock);
	return err;
}

int LIBUSB_CALL libusb_set_interface_alt_setting(libusb_device_handle *h, int number, int alt)
{
	int windows = kinect_of(h)->page->model == VK_WINDOWS && h->dev->function == VK_CAMERA, err = 0;

	pthread_mutex_lock(&vk_lock);
	if (vk_gone(h->dev)) {
		err = LIBUSB_ERROR_NO_DEVICE;
	} else if (number < 0 || number >= INTERFACES || !(h->claimed & 1 << number)) {
		vk_misuse(kinect_of(h), "alternate setting without a claim");
		err = LIBUSB_ERROR_NOT_FOUND;
	} else if (alt != 0 && !(alt == 1 && windows)) {
		err = LIBUSB_ERROR_NOT_FOUND;
	} else {
		h->alternate = alt;
	}
	pthread_mutex_unlock(&vk_lock);
	return err;
}

int LIBUSB_CALL libusb_kernel_driver_active(libusb_device_handle *h, int number)
{
	(void)number;
	return h->dev->function == VK_CAMERA && kinect_of(h)->page->kernel_driver == 1;
}

int LIBUSB_CALL libusb_detach_kernel_driver(libusb_device_handle *h, int number)
{
	struct vk_page *p = kinect_of(h)->page;
	if (vk_gone(h->dev))
		return LIBUSB_ERROR_NO_DEVICE;
	if (!libusb_kernel_driver_active(h, number))
		return LIBUSB_ERROR_NOT_FOUND;
	p->kernel_driver = 2;
	return 0;
}

int LIBUSB_CALL libusb_attach_kernel_driver(libusb_device_handle *h, int number)
{
	struct vk_page *p = kinect_of(h)->page;
	(void)number;
	if (h->dev->function != VK_CAMERA || p->kernel_driver != 2)
		return LIBUSB_ERROR_NOT_FOUND;
	p->kernel_driver = 1;
	return 0;
}

int LIBUSB_CALL libusb_set_auto_detach_kernel_driver(libusb_device_handle *h, int enable)
{
	h->auto_detach = enable;
	return 0;
}

int LIBUSB_CALL libusb_get_configuration(libusb_device_handle *h, int *config)
{
	if (vk_gone(h->dev))
		return LIBUSB_ERROR_NO_DEVICE;
	*config = 1;
	return 0;
}

int LIBUSB_CALL libusb_set_configuration(libusb_device_handle *h, int config)
{
	if (vk_gone(h->dev))
		return LIBUSB_ERROR_NO_DEVICE;
	return config == 1 ? 0 : LIBUSB_ERROR_NOT_FOUND;
}

int LIBUSB_CALL libusb_reset_device(libusb_device_handle *h)
{
	int err = 0;

	pthread_mutex_lock(&vk_lock);
	kinect_of(h)->page->resets++;
	if (vk_gone(h->dev))
		err = LIBUSB_ERROR_NO_DEVICE;
	else if (h->dev->function == VK_AUDIO)
		kinect_of(h)->audio.count = 0;
	pthread_mutex_unlock(&vk_lock);
	return err;
}

int LIBUSB_CALL libusb_clear_halt(libusb_device_handle *h, unsigned char endpoint)
{
	(void)endpoint;
	return vk_gone(h->dev) ? LIBUSB_ERROR_NO_DEVICE : 0;
}

int LIBUSB_CALL libusb_get_string_descriptor_ascii(libusb_device_handle *h, uint8_t index, unsigned char *out, int len)
{
	const struct vk_page *p = kinect_of(h)->page;
	const char *text = NULL;
	int n;

	if (vk_gone(h->dev))
		return LIBUSB_ERROR_NO_DEVICE;
	if (index == 1)
		text = h->dev->function == VK_CAMERA ? "Xbox NUI Camera" : h->dev->function == VK_MOTOR ? "Xbox NUI Motor" : "Xbox NUI Audio";
	else if (index == 2)
		text = "Microsoft";
	else if (index == 3 && h->dev->function == VK_AUDIO)
		text = p->audio_serial;
	else if (index == 3 && h->dev->function == VK_CAMERA)
		text = p->model == VK_1414 ? p->serial : "0000000000000000";
	if (text == NULL)
		return LIBUSB_ERROR_PIPE;
	n = (int)strlen(text);
	if (n > len)
		n = len;
	memcpy(out, text, (size_t)n);
	if (n < len)
		out[n] = 0;
	return n;
}

int LIBUSB_CALL libusb_control_transfer(libusb_device_handle *h, uint8_t type, uint8_t request, uint16_t value,
					uint16_t index, unsigned char *data, uint16_t len, unsigned int timeout)
{
	struct vk_kinect *k = kinect_of(h);
	int n = LIBUSB_ERROR_PIPE;

	(void)index;
	(void)timeout;
	pthread_mutex_lock(&vk_lock);
	vk_vanish(k);
	if (vk_gone(h->dev))
		n = LIBUSB_ERROR_NO_DEVICE;
	else if (h->dev->function == VK_CAMERA)
		n = vk_camera_control(k, type, request, data, len);
	else if (h->dev->function == VK_MOTOR)
		n = vk_motor_control(k, type, request, value, data, len);
	pthread_mutex_unlock(&vk_lock);
	return n;
}

int LIBUSB_CALL libusb_bulk_transfer(libusb_device_handle *h, unsigned char endpoint, unsigned char *data, int len,
				     int *done, unsigned int timeout)
{
	struct vk_kinect *k = kinect_of(h);
	int n = 0, err = 0;

	(void)timeout; /* what there is to read is there at once */
	pthread_mutex_lock(&vk_lock);
	if (vk_gone(h->dev)) {
		err = LIBUSB_ERROR_NO_DEVICE;
	} else if (h->dev->function != VK_AUDIO || (endpoint != 0x01 && endpoint != 0x81)) {
		err = LIBUSB_ERROR_NOT_FOUND;
	} else if (!h->claimed) {
		vk_misuse(k, "bulk transfer without a claim");
		err = LIBUSB_ERROR_NOT_FOUND;
	} else {
		n = vk_bulk(k, endpoint, data, len);
		err = n == 0 && endpoint == 0x81 ? LIBUSB_ERROR_TIMEOUT : 0;
	}
	pthread_mutex_unlock(&vk_lock);
	if (done != NULL)
		*done = n;
	return err;
}

int LIBUSB_CALL libusb_interrupt_transfer(libusb_device_handle *h, unsigned char endpoint, unsigned char *data, int len,
					  int *done, unsigned int timeout)
{
	return libusb_bulk_transfer(h, endpoint, data, len, done, timeout);
}
