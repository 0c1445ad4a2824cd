/* libfreenect as a program: it opens the first Kinect in a depth and a video format,
 * takes frames until it has enough or the time is up, says on standard output what
 * came, and keeps the first of them in files when it is told where. */
#include <libfreenect.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct stream {
	char name; /* 'd' or 'v' */
	int bytes, came, wanted;
};

static struct stream depth = {.name = 'd'}, video = {.name = 'v'};
static const char *folder; /* NULL keeps nothing */

/* take counts a frame, and writes it to FOLDER/NAME-NUMBER. */
static void take(struct stream *s, const void *pixels, uint32_t clock)
{
	char path[4096];
	FILE *f;

	if (folder != NULL && s->came < s->wanted) {
		snprintf(path, sizeof path, "%s/%c-%d", folder, s->name, s->came);
		f = fopen(path, "wb");
		if (f == NULL || fwrite(pixels, 1, (size_t)s->bytes, f) != (size_t)s->bytes || fclose(f) != 0) {
			perror(path);
			exit(1);
		}
		printf("%c %u\n", s->name, clock);
	}
	s->came++;
}

static void on_depth(freenect_device *dev, void *pixels, uint32_t clock)
{
	(void)dev;
	take(&depth, pixels, clock);
}

static void on_video(freenect_device *dev, void *pixels, uint32_t clock)
{
	(void)dev;
	take(&video, pixels, clock);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* start sets the formats (negative is off) and starts the streams. */
static int start(freenect_device *dev, int depth_format, int video_format, int resolution)
{
	if (video_format >= 0) {
		freenect_frame_mode m = freenect_find_video_mode((freenect_resolution)resolution, (freenect_video_format)video_format);
		video.bytes = m.bytes;
		freenect_set_video_callback(dev, on_video);
		if (!m.is_valid || freenect_set_video_mode(dev, m) < 0 || freenect_start_video(dev) < 0)
			return -1;
	}
	if (depth_format >= 0) {
		freenect_frame_mode m = freenect_find_depth_mode(FREENECT_RESOLUTION_MEDIUM, (freenect_depth_format)depth_format);
		depth.bytes = m.bytes;
		freenect_set_depth_callback(dev, on_depth);
		if (!m.is_valid || freenect_set_depth_mode(dev, m) < 0 || freenect_start_depth(dev) < 0)
			return -1;
	}
	return 0;
}

/* Arguments: the formats of depth and video as libfreenect numbers them, the video's
 * resolution likewise, 1 to mirror both, how many frames of each stream are wanted,
 * the seconds after which to end in any case, and the folder for frames, or none. */
int main(int argc, char **argv)
{
	freenect_context *ctx;
	freenect_device *dev;
	double end;

	if (argc < 7)
		return 2;
	depth.wanted = atoi(argv[1]) < 0 ? 0 : atoi(argv[5]);
	video.wanted = atoi(argv[2]) < 0 ? 0 : atoi(argv[5]);
	folder = argc > 7 ? argv[7] : NULL;
	if (freenect_init(&ctx, NULL) < 0)
		return 1;
	freenect_select_subdevices(ctx, FREENECT_DEVICE_CAMERA);
	if (freenect_open_device(ctx, &dev, 0) < 0 || start(dev, atoi(argv[1]), atoi(argv[2]), atoi(argv[3])) < 0)
		return 1;
	if (atoi(argv[4]) != 0) {
		freenect_set_flag(dev, FREENECT_MIRROR_DEPTH, FREENECT_ON);
		freenect_set_flag(dev, FREENECT_MIRROR_VIDEO, FREENECT_ON);
	}
	end = now() + atof(argv[6]);
	while ((depth.came < depth.wanted || video.came < video.wanted) && now() < end)
		if (freenect_process_events(ctx) < 0)
			return 1;
	freenect_stop_depth(dev);
	freenect_stop_video(dev);
	freenect_close_device(dev);
	freenect_shutdown(ctx);
	printf("end %d %d\n", depth.came, video.came);
	return 0;
}
