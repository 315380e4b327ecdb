/* SPDX-License-Identifier: MIT */

/* The standard descriptors, --color and --metrics. */

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <prochandle.h>

#include "base/cleanup.h"
#include "hold.h"
#include "message.h"
#include "status.h"

/*
 * A descriptor that was closed by the caller stays unusable: O_PATH refuses
 * reads and writes with EBADF, as the closed one would have. What ph starts finds
 * it closed.
 */
void output_begin(void)
{
	int fd;

	do
		fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

/* why stdout cannot be written to, if it is known */
static int write_error;

void output_flush(void)
{
	if (fflush(stdout) != 0 && write_error == 0)
		write_error = errno;
}

/* what metrics there are, allocated */
static char *metrics_text(size_t *ret_length)
{
	/* values may grow between the two calls */
	size_t size = (size_t)ph_metrics_text(NULL, 0) + 4096;
	char *text = malloc(size);

	if (text)
		*ret_length = (size_t)ph_metrics_text(text, size);
	return text;
}

static int write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, text, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		length -= (size_t)n;
	}
	return 0;
}

/* A device or a pipe is written to; it must not be replaced by a file. */
static int write_in_place(const char *path, const char *text, size_t length)
{
	PH_CLEANUP(ph_closep) int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	return write_all(fd, text, length);
}

static int write_beside_and_rename(const char *path, const char *text, size_t length)
{
	PH_CLEANUP(ph_freep) char *temporary = NULL;
	PH_CLEANUP(ph_closep) int fd = -1;
	mode_t mask;
	int r;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	mask = umask(0);
	(void)umask(mask);
	r = write_all(fd, text, length);
	if (r == 0 && fchmod(fd, 0666 & ~mask) < 0)
		r = -errno;
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(temporary);
	return r;
}

/* A collector that reads the file at any moment sees it whole or not at all. */
static int write_and_rename(const char *path, const char *text, size_t length)
{
	sigset_t blocked;
	int r;

	hold_signals(&blocked);
	r = write_beside_and_rename(path, text, length);
	release_signals(&blocked);
	return r;
}

/* /dev/stdout, or the name of where it goes. Return: the descriptor, or -1 */
static int own_stream(const struct stat *file)
{
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
		struct stat own;

		if (fstat(fd, &own) == 0 && own.st_dev == file->st_dev && own.st_ino == file->st_ino)
			return fd;
	}
	return -1;
}

static int write_metrics(const char *path)
{
	PH_CLEANUP(ph_freep) char *text = NULL;
	PH_CLEANUP(ph_freep) char *real = NULL;
	size_t length;
	struct stat st;

	text = metrics_text(&length);
	if (!text)
		return -ENOMEM;
	if (stat(path, &st) < 0)
		return write_and_rename(path, text, length);
	if (!S_ISREG(st.st_mode))
		return write_in_place(path, text, length);
	if (own_stream(&st) >= 0) {
		output_flush();
		return write_all(own_stream(&st), text, length);
	}
	/* the file is to be replaced, not a link to it */
	real = realpath(path, NULL);
	return real ? write_and_rename(real, text, length) : -errno;
}

int output_end(const struct call *call, int status)
{
	int r;

	if (call->metrics) {
		r = write_metrics(call->metrics);
		if (r < 0) {
			message(call, "%s: %s", call->metrics, strerror(-r));
			status = status_worse(status, STATUS_FAILED);
		}
	}
	output_flush();
	if (write_error != 0) {
		message(call, "cannot write to stdout: %s", strerror(write_error));
		return STATUS_FAILED;
	}
	/* nothing is left to be written, and to fail again with its reason */
	if (ferror(stdout)) {
		message(call, "cannot write to stdout");
		return STATUS_FAILED;
	}
	return status;
}

bool has_colors(const struct call *call)
{
	enum { AUTO, ALWAYS, NEVER };
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (call->color != AUTO)
		return call->color == ALWAYS;
	if (no_color && *no_color != '\0')
		return false;
	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

const char *paint_code(enum paint paint)
{
	static const char *const codes[] = {
		[PAINT_GOOD] = "\033[32m",
		[PAINT_BAD] = "\033[1;31m",
		[PAINT_WEAK] = "\033[33m",
	};

	return codes[paint];
}

const char *paint(const struct call *call, enum paint paint, const char *text)
{
	static char painted[256];

	if (!has_colors(call))
		return text;
	(void)snprintf(painted, sizeof(painted), "%s%s\033[0m", paint_code(paint), text);
	return painted;
}
