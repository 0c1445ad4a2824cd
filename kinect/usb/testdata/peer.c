/* The peer of BenchmarkDriver: libfreenect, taking what our driver gives: unpacked
 * 11-bit depth and Bayer. Ends after the number of depth frames it is told. */
#include <libfreenect.h>

#include <stdio.h>
#include <stdlib.h>

static int left;

static void depth(freenect_device *dev, void *codes, uint32_t clock)
{
	(void)dev;
	(void)codes;
	(void)clock;
	left--;
}

static void video(freenect_device *dev, void *pixels, uint32_t clock)
{
	(void)dev;
	(void)pixels;
	(void)clock;
}

int main(int argc, char **argv)
{
	freenect_context *ctx;
	freenect_device *dev;

	left = argc > 1 ? atoi(argv[1]) : 0;
	if (freenect_init(&ctx, NULL) < 0)
		return 1;
	freenect_select_subdevices(ctx, FREENECT_DEVICE_CAMERA);
	if (freenect_open_device(ctx, &dev, 0) < 0)
		return 1;
	freenect_set_depth_mode(dev, freenect_find_depth_mode(FREENECT_RESOLUTION_MEDIUM, FREENECT_DEPTH_11BIT));
	freenect_set_video_mode(dev, freenect_find_video_mode(FREENECT_RESOLUTION_MEDIUM, FREENECT_VIDEO_BAYER));
	freenect_set_depth_callback(dev, depth);
	freenect_set_video_callback(dev, video);
	freenect_start_depth(dev);
	freenect_start_video(dev);
	while (left > 0 && freenect_process_events(ctx) >= 0)
		;
	freenect_stop_depth(dev);
	freenect_stop_video(dev);
	freenect_close_device(dev);
	freenect_shutdown(ctx);
	return left > 0;
}
