/* The control file which the test writes, and the log which it reads. */
#include "vk.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

pthread_mutex_t vk_lock = PTHREAD_MUTEX_INITIALIZER;
struct vk_kinect vk_kinects[VK_MAX_KINECTS];
int vk_count;

static int attached;

uint64_t vk_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

const char *vk_dir(void) { return getenv("VIRTUAL_KINECT"); }

/* vk_attach maps the pages of the control file, once in a process. Without one
 * there are no Kinects on the bus, and somebody should know. */
int vk_attach(void)
{
	char path[4096];
	struct stat st;
	unsigned char *map;
	int fd, i;

	if (attached)
		return 0;
	if (vk_dir() == NULL) {
		fprintf(stderr, "virtual Kinect: VIRTUAL_KINECT names no directory\n");
		return -1;
	}
	snprintf(path, sizeof path, "%s/control", vk_dir());
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size < VK_PAGE) {
		fprintf(stderr, "virtual Kinect: no control file %s\n", path);
		return -1;
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return -1;
	vk_count = (int)(st.st_size / VK_PAGE);
	if (vk_count > VK_MAX_KINECTS)
		vk_count = VK_MAX_KINECTS;
	for (i = 0; i < vk_count; i++) {
		struct vk_kinect *k = &vk_kinects[i];
		k->page = (struct vk_page *)(map + i * VK_PAGE);
		if (k->page->magic != VK_MAGIC) {
			fprintf(stderr, "virtual Kinect: the control file is of another version\n");
			return -1;
		}
		k->rng = k->page->seed * 2654435761u + 1;
		k->seen_generation = k->page->generation;
		for (int s = 0; s < VK_STREAMS; s++)
			k->source[s].mode = VK_OFF;
		vk_camera_powered(k);
		snprintf(path, sizeof path, "%s/log-%d", vk_dir(), i);
		k->log = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	}
	attached = 1;
	return 0;
}

/* vk_log appends one line of JSON; the format has what stands between the
 * braces after the time (Unix, in ns). */
void vk_log(struct vk_kinect *k, const char *format, ...)
{
	char line[512];
	struct timespec now;
	va_list args;
	int n;

	clock_gettime(CLOCK_REALTIME, &now);
	n = snprintf(line, sizeof line, "{\"t\":%lld,", (long long)now.tv_sec * 1000000000 + now.tv_nsec);

	va_start(args, format);
	n += vsnprintf(line + n, sizeof line - (size_t)n - 3, format, args);
	va_end(args);
	if (n > (int)sizeof line - 3)
		n = (int)sizeof line - 3;
	line[n++] = '}';
	line[n++] = '\n';
	if (write(k->log, line, (size_t)n) != n)
		fprintf(stderr, "virtual Kinect: log not written\n");
}

void vk_misuse(struct vk_kinect *k, const char *what)
{
	k->page->misuse++;
	vk_log(k, "\"event\":\"misuse\",\"what\":\"%s\"", what);
}

/* vk_refuse notes what the sensor was told to do and can't. */
void vk_refuse(struct vk_kinect *k, const char *what) { vk_log(k, "\"event\":\"refused\",\"what\":\"%s\"", what); }

/* vk_frames_file maps the frames which the test wants to be sent in a mode. */
int vk_frames_file(int kinect, int mode, long *size, unsigned char **map)
{
	char path[4096];
	struct stat st;
	int fd;

	snprintf(path, sizeof path, "%s/frames-%d-%s", vk_dir(), kinect, vk_mode_name(mode));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || st.st_size == 0) {
		close(fd);
		return -1;
	}
	*map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	*size = st.st_size;
	close(fd);
	return *map == MAP_FAILED ? -1 : 0;
}
