/* SPDX-License-Identifier: MIT */

/* What a program wants to know of a run, which one exit status cannot tell. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "ends_print.h"
#include "json.h"
#include "message.h"
#include "run.h"
#include "status.h"

enum { FILE_MODE = 0666 };

/* Return: the descriptor in "fd:N", or -errno */
static int take_descriptor(const char *number)
{
	uint64_t fd;
	int flags;

	if (ph_parse_u64(number, &fd) < 0 || fd > INT_MAX)
		return -EINVAL;
	flags = fcntl((int)fd, F_GETFL);
	if (flags < 0)
		return -errno;
	if ((flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH))
		return -EBADF;
	/* the command has nothing to do with it, and would keep a pipe open */
	if (fd > STDERR_FILENO && fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	return (int)fd;
}

/* Before the command, which would otherwise run in vain; the report of another run is gone. */
static int open_file(const char *path)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOCTTY;
	int fd = open(path, flags, FILE_MODE);

	return fd < 0 ? -errno : fd;
}

int run_report_open(struct run *run)
{
	const char *where = run->options->report;
	int fd;

	if (!where)
		return STATUS_OK;
	fd = strncmp(where, "fd:", 3) == 0 ? take_descriptor(where + 3) : open_file(where);
	if (fd < 0) {
		message(run->call, "%s: %s", where, strerror(-fd));
		return STATUS_FAILED;
	}
	run->report = fdopen(fd, "w");
	if (run->report)
		return STATUS_OK;
	message(run->call, "%s: %s", where, strerror(errno));
	return STATUS_FAILED;
}

static struct json_object *usage_json(const struct ph_exit *how)
{
	struct json_object *object = json_object_new_object();

	json_add_int(object, "user_us", how->user_us);
	json_add_int(object, "sys_us", how->sys_us);
	json_add_int(object, "maxrss_kb", how->maxrss_kb);
	return object;
}

static void add_end(struct json_object *object, const struct run *run)
{
	json_add_text(object, "handle", run->handle);
	json_add_int(object, "pid", ph_pid(run->process));
	json_add_time(object, "start", &run->start);
	json_add_time(object, "end", &run->end);
	json_add_int(object, "after_ms", run->after_ms);
	json_add(object, "exit", exit_json(run->process, &run->how));
	json_add_bool(object, "timed_out", run->timed_out);
	json_add_bool(object, "escalated", run->escalated);
	json_add(object, "leftovers", leftovers_json(&run->leftovers));
	json_add(object, "containment", isolate_json(&run->isolate));
	if (run->how.flags & PH_HAS_USAGE)
		json_add(object, "rusage", usage_json(&run->how));
}

static const char *error_word(int status)
{
	if (status == STATUS_NOTFOUND)
		return "not_found";
	return status == STATUS_NOEXEC ? "not_executable" : "failed";
}

int run_report(struct run *run, int status, const char *error)
{
	struct json_object *object;

	if (!run->report)
		return status;
	object = json_line();
	json_add_texts(object, "argv", run->call->operands);
	json_add_int(object, "status", status);
	if (*error != '\0')
		json_add_error(object, error_word(status), error);
	else
		add_end(object, run);
	json_print(object, run->report);
	if (!ferror(run->report))
		return status;
	message(run->call, "%s: %s", run->options->report, strerror(errno));
	return STATUS_FAILED;
}
