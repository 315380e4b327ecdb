/* SPDX-License-Identifier: MIT */

#include "pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "message.h"
#include "status.h"
#include "text.h"

bool is_pidfile(const char *selector)
{
	return *selector == '@';
}

/*
 * What the file says, for people to read: nothing follows from it. Return: its
 * length, at most @size, or -1 if it is no file that can be read
 */
static ssize_t look_into(const char *path, char *text, size_t size)
{
	PH_CLEANUP(ph_closep) int fd = -1;
	struct stat stat;

	if (lstat(path, &stat) < 0 || !S_ISREG(stat.st_mode))
		return -1;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -1 : read(fd, text, size);
}

pid_t pidfile_number(const char *path)
{
	char text[PH_PID_LINE_MAX + 1];
	ssize_t n = look_into(path, text, sizeof(text));
	pid_t pid;

	return n > 0 && ph_parse_pid_line(text, (size_t)n, &pid) == 0 ? pid : 0;
}

/* a NUL would end the text, and a newline the message */
static void quote(const char *bytes, size_t length, char *buffer, size_t size)
{
	char text[PH_PID_LINE_MAX + 1];

	for (size_t i = 0; i < length; i++)
		text[i] = bytes[i];
	text[length] = '\0';
	if (strlen(text) < length)
		(void)snprintf(buffer, size, "a NUL byte");
	else if (length > PH_PID_LINE_MAX - 1)
		(void)snprintf(buffer, size, "more than %d bytes", PH_PID_LINE_MAX);
	else
		text_escape(text, buffer, size);
}

static int malformed(const struct call *call, const char *path)
{
	char text[PH_PID_LINE_MAX + 1], shown[8 * sizeof(text)];
	ssize_t n = look_into(path, text, sizeof(text) - 1);

	if (*path == '\0')
		return usage_error(call, "@", "the name of a file is missing");
	if (n < 0)
		return usage_error(call, path, "not a file");
	if (n == 0)
		return usage_error(call, path, "the file is empty");
	quote(text, (size_t)n, shown, sizeof(shown));
	return usage_error(call, path, "not a pid file: it holds \"%s\" instead of one PID", shown);
}

int pidfile_refuse(const struct call *call, const char *path, int error)
{
	switch (error) {
	case -EINVAL:
		return malformed(call, path);
	case -ELOOP:
		message(call, "%s: refused: a symbolic link", path);
		break;
	case -EKEYREJECTED:
		message(call,
			"%s: refused: somebody may have written it who may not signal the process",
			path);
		hint(call, "who can write to it, or into its directory, and whose is the process?");
		break;
	default:
		message(call, "%s: %s", path,
			pidfile_reason(error) ? pidfile_reason(error) : ph_strerror(error));
		break;
	}
	return status_of(error);
}

const char *pidfile_reason(int error)
{
	switch (error) {
	case -ENOENT:
		return "no such file";
	case -EACCES:
		return "the file may not be read";
	case -ESRCH:
		return "the process that it names is gone";
	default:
		return NULL;
	}
}

int pidfile_open(const struct call *call, struct target *target)
{
	const char *path = target->selector + 1;
	int r = ph_find_pidfile(path, &target->process);

	if (r == -EINVAL || r == -ELOOP || r == -EKEYREJECTED)
		return pidfile_refuse(call, path, r);
	target->error = r < 0 ? r : 0;
	target->is_unverified = r == PH_UNVERIFIED;
	if (r != PH_UNVERIFIED)
		return STATUS_OK;
	if (call->require_verified) {
		message(call,
			"%s: refused: nothing proves that PID %d is the process that was meant",
			path, (int)ph_pid(target->process));
		return STATUS_REFUSED;
	}
	if (call->verbose > 0)
		message(call,
			"%s: unverified: nothing proves that PID %d is the process that was meant",
			path, (int)ph_pid(target->process));
	return STATUS_OK;
}
