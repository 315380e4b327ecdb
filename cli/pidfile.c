/* SPDX-License-Identifier: MIT */

#include "pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "hold.h"
#include "message.h"
#include "status.h"
#include "text.h"

enum { IDENTITY_SIZE = 256, REASON_SIZE = 1024 };

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

static void malformed_reason(const char *path, char reason[REASON_SIZE])
{
	char text[PH_PID_LINE_MAX + 1], shown[8 * sizeof(text)];
	ssize_t n = look_into(path, text, sizeof(text) - 1);

	if (*path == '\0')
		(void)snprintf(reason, REASON_SIZE, "the name of a file is missing");
	else if (n < 0)
		(void)snprintf(reason, REASON_SIZE, "not a file");
	else if (n == 0)
		(void)snprintf(reason, REASON_SIZE, "the file is empty");
	else {
		quote(text, (size_t)n, shown, sizeof(shown));
		(void)snprintf(reason, REASON_SIZE,
			       "not a pid file: it holds \"%s\" instead of one PID", shown);
	}
}

int pidfile_write(struct ph_process *process, const char *path)
{
	sigset_t blocked;
	int r;

	hold_signals(&blocked);
	r = ph_pidfile_write(process, path);
	release_signals(&blocked);
	return r;
}

int pidfile_clear(const char *path)
{
	sigset_t blocked;
	int r;

	hold_signals(&blocked);
	r = ph_pidfile_clear(path);
	release_signals(&blocked);
	return r;
}

int pidfile_directory(const char *path)
{
	PH_CLEANUP(ph_freep) char *copy = strdup(path);

	if (!copy)
		abort();
	return faccessat(AT_FDCWD, dirname(copy), W_OK | X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

static const char *refusal_of(const char *path, int error)
{
	bool is_of_directory = (error == -ENOENT || error == -EACCES) &&
			       pidfile_directory(path) == error;

	if (error == -ELOOP)
		return "refused: a symbolic link";
	if (error == -EKEYREJECTED)
		return "refused: somebody may have written it who may not signal the process";
	if (is_of_directory)
		return error == -ENOENT ? "there is no such directory"
					: "not permitted to write in its directory";
	return pidfile_reason(error) ? pidfile_reason(error) : ph_strerror(error);
}

/* The selector says "@" and the path, where there is one. */
static void fail_in_json(const char *selector, const char *path, int error, const char *reason)
{
	struct json_object *object = json_line();

	json_add_text(object, "selector", selector);
	if (!selector)
		json_add_text(object, "file", path);
	json_add_error(object, error == -ENOENT ? "missing" : status_word(error), reason);
	json_end(object);
}

static int fail(const struct call *call, const char *selector, const char *path, int error,
		const char *reason)
{
	int status = status_of(error);

	if (call->json)
		fail_in_json(selector, path, error, reason);
	else if (status == STATUS_USAGE)
		return usage_error(call, *path != '\0' ? path : "@", "%s", reason);
	/* the command of ph run may exit so itself */
	else if (!call->quiet || !STATUS_SPEAKS(status) || call->verb->abilities & VERB_COMMAND)
		message(call, "%s: %s", path, reason);
	return status;
}

static int refuse(const struct call *call, const char *selector, const char *path, int error)
{
	char reason[REASON_SIZE];
	int status;

	if (error == -EINVAL)
		malformed_reason(path, reason);
	else
		(void)snprintf(reason, sizeof(reason), "%s", refusal_of(path, error));
	status = fail(call, selector, path, error, reason);
	if (error == -EKEYREJECTED && !call->json)
		hint(call, "who can write to it, or into its directory, and whose is the process?");
	return status;
}

int pidfile_refuse(const struct call *call, const char *path, int error)
{
	return refuse(call, NULL, path, error);
}

int pidfile_fail(const struct call *call, const char *path, int error, const char *reason)
{
	return fail(call, NULL, path, error, reason);
}

int pidfile_is_held(const struct call *call, const char *path)
{
	char reason[64] = "already held";
	pid_t pid = pidfile_number(path);

	if (pid > 0)
		(void)snprintf(reason, sizeof(reason), "already held by PID %d", (int)pid);
	return pidfile_fail(call, path, -EBUSY, reason);
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

/* Nothing but the number, and the age of the file. Return: STATUS_OK, or STATUS_REFUSED */
static int take_unverified(const struct call *call, const struct target *target)
{
	const char *path = target->selector + 1;
	char reason[REASON_SIZE];
	const char *kind = call->require_verified ? "refused" : "unverified";

	(void)snprintf(reason, sizeof(reason),
		       "%s: nothing proves that PID %d is the process that was meant", kind,
		       (int)ph_pid(target->process));
	if (call->require_verified)
		return fail(call, target->selector, path, -EDEADLK, reason);
	if (call->verbose > 0)
		message(call, "%s: %s", path, reason);
	return STATUS_OK;
}

int pidfile_open(const struct call *call, struct target *target)
{
	const char *path = target->selector + 1;
	int r = ph_find_pidfile(path, &target->process);

	if (r == -EINVAL || r == -ELOOP || r == -EKEYREJECTED)
		return refuse(call, target->selector, path, r);
	target->error = r < 0 ? r : 0;
	target->is_over = r == -ESRCH && proves_end(path);
	target->is_unverified = r == PH_UNVERIFIED;
	return target->is_unverified ? take_unverified(call, target) : STATUS_OK;
}
