/* What the functions of a Kinect say they are. */
#include "descriptors.h"

#include <string.h>

static const struct libusb_endpoint_descriptor camera_endpoints[] = {
	{.bLength = 7, .bDescriptorType = LIBUSB_DT_ENDPOINT, .bEndpointAddress = 0x81, .bmAttributes = 1, .wMaxPacketSize = 0x0bc0, .bInterval = 1},
	{.bLength = 7, .bDescriptorType = LIBUSB_DT_ENDPOINT, .bEndpointAddress = 0x82, .bmAttributes = 1, .wMaxPacketSize = 0x0bc0, .bInterval = 1},
};

static const struct libusb_endpoint_descriptor audio_endpoints[] = {
	{.bLength = 7, .bDescriptorType = LIBUSB_DT_ENDPOINT, .bEndpointAddress = 0x81, .bmAttributes = 2, .wMaxPacketSize = 512},
	{.bLength = 7, .bDescriptorType = LIBUSB_DT_ENDPOINT, .bEndpointAddress = 0x01, .bmAttributes = 2, .wMaxPacketSize = 512},
	{.bLength = 7, .bDescriptorType = LIBUSB_DT_ENDPOINT, .bEndpointAddress = 0x82, .bmAttributes = 5, .wMaxPacketSize = 524, .bInterval = 5},
	{.bLength = 7, .bDescriptorType = LIBUSB_DT_ENDPOINT, .bEndpointAddress = 0x02, .bmAttributes = 5, .wMaxPacketSize = 72, .bInterval = 5},
};

#define SETTING(number, alt, n, e) \
	{.bLength = 9, .bDescriptorType = LIBUSB_DT_INTERFACE, .bInterfaceNumber = number, .bAlternateSetting = alt, .bNumEndpoints = n, \
	 .bInterfaceClass = 0xff, .bInterfaceSubClass = 0xff, .bInterfaceProtocol = 0xff, .endpoint = e}

/* Setting 0 of a Kinect for Windows has no endpoints here: no source has its
 * descriptors, and hosts must choose setting 1. */
static const struct libusb_interface_descriptor camera_settings[] = {SETTING(0, 0, 2, camera_endpoints)};
static const struct libusb_interface_descriptor windows_settings[] = {SETTING(0, 0, 0, NULL), SETTING(0, 1, 2, camera_endpoints)};
static const struct libusb_interface_descriptor motor_settings[] = {SETTING(0, 0, 0, NULL)};
static const struct libusb_interface_descriptor audio_settings[] = {SETTING(0, 0, 4, audio_endpoints)};
static const struct libusb_interface_descriptor bulk_settings[] = {SETTING(0, 0, 2, audio_endpoints)};
static const struct libusb_interface_descriptor sound_settings[] = {SETTING(1, 0, 2, audio_endpoints + 2)};

static const struct libusb_interface camera_interface = {camera_settings, 1};
static const struct libusb_interface windows_interface = {windows_settings, 2};
static const struct libusb_interface motor_interface = {motor_settings, 1};
static const struct libusb_interface audio_interface = {audio_settings, 1};
static const struct libusb_interface firmware_interfaces[] = {{bulk_settings, 1}, {sound_settings, 1}};

#define CONFIG(n, i, ma) \
	{.bLength = 9, .bDescriptorType = LIBUSB_DT_CONFIG, .wTotalLength = 32, .bNumInterfaces = n, \
	 .bConfigurationValue = 1, .bmAttributes = 0xc0, .MaxPower = (ma) / 2, .interface = i}

static const struct libusb_config_descriptor camera_config = CONFIG(1, &camera_interface, 16);
static const struct libusb_config_descriptor windows_config = CONFIG(1, &windows_interface, 16);
static const struct libusb_config_descriptor motor_config = CONFIG(1, &motor_interface, 100);
static const struct libusb_config_descriptor audio_config = CONFIG(1, &audio_interface, 16);
static const struct libusb_config_descriptor firmware_config = CONFIG(2, firmware_interfaces, 16);

/* The ids of each model's functions; a zero has no such function. With firmware the
 * audio function of a Kinect for Windows comes back under another id. */
static const struct {
	uint16_t camera, bcd, motor, audio, firmware;
} models[] = {
	[VK_1414] = {0x02ae, 0x010b, 0x02b0, 0x02ad, 0x02ad},
	[VK_1473] = {0x02ae, 0x0205, 0x0000, 0x02ad, 0x02ad},
	[VK_WINDOWS] = {0x02bf, 0x0205, 0x0000, 0x02be, 0x02c3},
};

unsigned vk_product(const struct vk_page *p, int function)
{
	switch (function) {
	case VK_CAMERA: return models[p->model].camera;
	case VK_MOTOR: return models[p->model].motor;
	case VK_AUDIO: return p->firmware ? models[p->model].firmware : models[p->model].audio;
	}
	return p->model == VK_1414 ? 0x005a : 0x02c2;
}

void vk_device_descriptor(const struct vk_page *p, int function, struct libusb_device_descriptor *d)
{
	memset(d, 0, sizeof *d);
	d->bLength = 18;
	d->bDescriptorType = LIBUSB_DT_DEVICE;
	d->bcdUSB = 0x0200;
	d->bMaxPacketSize0 = 64;
	d->idVendor = function == VK_HUB && p->model == VK_1414 ? 0x0409 : 0x045e; /* NEC's hub is in a 1414 */
	d->idProduct = (uint16_t)vk_product(p, function);
	d->bcdDevice = function == VK_CAMERA ? models[p->model].bcd : 0x0100;
	d->bNumConfigurations = function == VK_HUB ? 0 : 1;
	if (function == VK_HUB) {
		d->bDeviceClass = LIBUSB_CLASS_HUB;
		return;
	}
	d->iManufacturer = 2;
	d->iProduct = 1;
	d->iSerialNumber = function == VK_MOTOR ? 0 : 3;
}

const struct libusb_config_descriptor *vk_config_descriptor(const struct vk_page *p, int function)
{
	switch (function) {
	case VK_CAMERA: return p->model == VK_WINDOWS ? &windows_config : &camera_config;
	case VK_MOTOR: return &motor_config;
	case VK_AUDIO: return p->firmware ? &firmware_config : &audio_config;
	}
	return NULL;
}
