/* SPDX-License-Identifier: MIT */

#include "pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "message.h"
#include "status.h"
#include "text.h"

enum { IDENTITY_SIZE = 256 };

bool is_pidfile(const char *selector)
{
	return selector && *selector == '@';
}

static int open_file(const char *path)
{
	struct stat stat;

	if (lstat(path, &stat) < 0 || !S_ISREG(stat.st_mode))
		return -1;
	return open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/*
 * What the file says, for people to read: nothing follows from it. Return: its
 * length, at most @size, or -1 if it is no file that can be read
 */
static ssize_t look_into(const char *path, char *text, size_t size)
{
	PH_CLEANUP(ph_closep) int fd = open_file(path);

	return fd < 0 ? -1 : read(fd, text, size);
}

static pid_t number_in(int fd)
{
	char text[PH_PID_LINE_MAX + 1];
	ssize_t n = read(fd, text, sizeof(text));
	pid_t pid;

	return n > 0 && ph_parse_pid_line(text, (size_t)n, &pid) == 0 ? pid : 0;
}

pid_t pidfile_number(const char *path)
{
	PH_CLEANUP(ph_closep) int fd = open_file(path);

	return fd < 0 ? 0 : number_in(fd);
}

/* As ph_pidfile_write() has stored it: one or more of ph_id(), with a blank between two. */
static void read_identity(int fd, char identity[IDENTITY_SIZE])
{
	ssize_t n = fgetxattr(fd, "user.ph.handle", identity, IDENTITY_SIZE - 1);

	identity[n > 0 ? n : 0] = '\0';
}

bool pidfile_has_identity(const char *path)
{
	PH_CLEANUP(ph_closep) int fd = open_file(path);
	char identity[IDENTITY_SIZE] = "";

	if (fd >= 0)
		read_identity(fd, identity);
	return identity[0] != '\0';
}

static bool is_of(const char *id, pid_t pid)
{
	pid_t named;

	return ph_parse_pid_n(id, strcspn(id, ":"), &named) == 0 && named == pid;
}

/*
 * A number that nobody has proves nothing. The identity of a process of this boot
 * is the proof that there was one.
 */
static bool proves_end(const char *path)
{
	PH_CLEANUP(ph_closep) int fd = open_file(path);
	char identity[IDENTITY_SIZE];
	char *rest = NULL;
	pid_t pid;

	if (fd < 0)
		return false;
	pid = number_in(fd);
	read_identity(fd, identity);
	for (char *id = strtok_r(identity, " ", &rest); id; id = strtok_r(NULL, " ", &rest)) {
		PH_AUTO struct ph_process *process = NULL;

		if (is_of(id, pid) && ph_find_id(id, &process) == -ESRCH)
			return true;
	}
	return false;
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
	target->is_over = r == -ESRCH && proves_end(path);
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
