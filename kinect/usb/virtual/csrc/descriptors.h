#ifndef VK_DESCRIPTORS_H
#define VK_DESCRIPTORS_H

#include "vk.h"

unsigned vk_product(const struct vk_page *p, int function);
void vk_device_descriptor(const struct vk_page *p, int function, struct libusb_device_descriptor *d);
const struct libusb_config_descriptor *vk_config_descriptor(const struct vk_page *p, int function);

#endif
