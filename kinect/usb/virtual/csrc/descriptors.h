#ifndef VK_DESCRIPTORS_H
#define VK_DESCRIPTORS_H

#include "vk.h"

unsigned vk_product(unsigned model, int function);
void vk_device_descriptor(unsigned model, int function, struct libusb_device_descriptor *d);
const struct libusb_config_descriptor *vk_config_descriptor(unsigned model, int function);

#endif
