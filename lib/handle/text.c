/* SPDX-License-Identifier: MIT */

#include "handle/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "base/io.h"
#include "handle/backend.h"
#include "handle/place.h"
#include "proc/cgroup.h"

/* a text on its way into the caller's buffer */
struct copy {
	const char *file;
	char *buffer;
	size_t size;
};

/* What fits of the bytes, and a NUL; the rest is counted only. */
static ssize_t put(const struct copy *copy, const char *bytes, size_t length)
{
	size_t fits = length < copy->size ? length : copy->size - 1;

	if (copy->size == 0)
		return (ssize_t)length;
	memcpy(copy->buffer, bytes, fits);
	copy->buffer[fits] = '\0';
	return (ssize_t)length;
}

/* a name, or that of a function, on a line of its own; both have a bound */
static ssize_t read_line(const struct ph_proc_place *place, void *arg)
{
	const struct copy *copy = arg;
	char text[256];
	ssize_t n = ph_proc_read_some(place, copy->file, text, sizeof(text));

	if (n < 0)
		return n;
	if (n > 0 && text[n - 1] == '\n')
		n--;
	/* that is how it says that it does not tell */
	if (n == 1 && text[0] == '0' && strcmp(copy->file, "wchan") == 0)
		n = 0;
	return put(copy, text, (size_t)n);
}

/* The arguments may be megabytes: what does not fit is counted, not kept. */
static ssize_t read_long(const struct ph_proc_place *place, void *arg)
{
	const struct copy *copy = arg;
	PH_CLEANUP(ph_closep) int fd = -1;
	char path[PH_PROC_PATH_SIZE], rest[4096];
	size_t room = copy->size > 0 ? copy->size - 1 : 0;
	size_t length = 0;

	ph_proc_path(place, copy->file, path);
	fd = ph_open_to_read(place->directory, path);
	if (fd < 0)
		return fd == -ENOENT ? -ESRCH : fd;
	while (length <= INT_MAX) {
		bool fits = length < room;
		ssize_t n = fits ? read(fd, copy->buffer + length, room - length)
				 : read(fd, rest, sizeof(rest));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		length += (size_t)n;
	}
	if (copy->size > 0)
		copy->buffer[length < room ? length : room] = '\0';
	return (ssize_t)length;
}

static ssize_t read_link(const struct ph_proc_place *place, void *arg)
{
	const struct copy *copy = arg;
	char path[PH_PROC_PATH_SIZE], text[PATH_MAX + 1];
	ssize_t n;

	ph_proc_path(place, copy->file, path);
	n = readlinkat(place->directory, path, text, sizeof(text));
	if (n >= 0)
		return put(copy, text, (size_t)n);
	/* of a process that is there, and proved to be: it has none */
	return errno == ENOENT ? -ENODATA : -errno;
}

static ssize_t read_cgroup(const struct ph_proc_place *place, void *arg)
{
	PH_CLEANUP(ph_freep) char *text = NULL;
	const struct copy *copy = arg;
	char file[PH_PROC_PATH_SIZE];
	const char *path;
	int r;

	ph_proc_path(place, copy->file, file);
	r = ph_read_whole(place->directory, file, &text);
	if (r == -ENOENT)
		/* with its process, or from a kernel without cgroups */
		return -ENODATA;
	if (r < 0)
		return r;
	path = ph_proc_cgroup_parse(text);
	if (!path)
		return -ENODATA;
	/* of a longer one the kernel shows the beginning */
	return strlen(path) < PATH_MAX - 1 ? put(copy, path, strlen(path)) : -ENAMETOOLONG;
}

static const struct kind {
	const char *file;
	ph_reader *reader;
} kinds[] = {
	[PH_TEXT_COMM] = { "comm", read_line },	  [PH_TEXT_CMDLINE] = { "cmdline", read_long },
	[PH_TEXT_EXE] = { "exe", read_link },	  [PH_TEXT_CWD] = { "cwd", read_link },
	[PH_TEXT_ROOT] = { "root", read_link },	  [PH_TEXT_CGROUP] = { "cgroup", read_cgroup },
	[PH_TEXT_WCHAN] = { "wchan", read_line },
};

/* What open(2) and readlink(2) say, in the words of ph_text(). */
static int explain(int r)
{
	switch (r) {
	case -ESRCH:
	case -EREMOTE:
	case -EPERM:
	case -ENODATA:
	case -EACCES:
	case -ENAMETOOLONG:
		return r;
	default:
		return ph_is_a_shortage(r) ? r : -ENOTSUP;
	}
}

int ph_text_of(struct ph_process *process, int what, char *buffer, size_t size)
{
	struct copy copy = { .buffer = buffer, .size = size };
	ssize_t r;

	if (what <= 0 || (size_t)what >= sizeof(kinds) / sizeof(kinds[0]))
		return -EINVAL;
	copy.file = kinds[what].file;
	r = ph_place_read(process, kinds[what].reader, &copy);
	if (r < 0)
		r = explain((int)r);
	/* a bare number proves nothing, but that somebody has it */
	if (r == -ENOTSUP && process->guarantee == PH_UNCHECKED &&
	    ph_backend_exists(process->pid) == 0)
		return -ESRCH;
	if (r < 0)
		return (int)r;
	return r > INT_MAX ? INT_MAX : (int)r;
}
