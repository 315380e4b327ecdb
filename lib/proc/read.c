/* SPDX-License-Identifier: MIT */

#include "proc/read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <prochandle.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "base/io.h"
#include "base/parse.h"
#include "proc/field.h"
#include "sys/support.h"

enum {
	/* 52 numbers of at most 20 digits, and a name of at most 63 bytes */
	STAT_SIZE = 2048,
	/* NSpid stands behind the list of groups, which may be long */
	STATUS_SIZE = 4096,
};

static bool is_allowed(void)
{
	if (ph_setting_is_on(PH_SETTING_PROC))
		return true;
	ph_setting_count(PH_SETTING_PROC);
	return false;
}

/* Return: 1 the link "self" of some /proc is our number, 0 it is not, or a shortage */
static int is_self(int directory, const char *path)
{
	char self[16];
	ssize_t n = readlinkat(directory, path, self, sizeof(self));
	pid_t pid;

	if (n < 0 && ph_is_a_shortage(-errno))
		return -errno;
	return n > 0 && ph_parse_pid_n(self, (size_t)n, &pid) == 0 && pid == getpid();
}

int ph_proc_counts_as_we_do(int directory)
{
	return is_self(directory, "../self");
}

/*
 * Each has its number in a pid namespace, and in those above it up to that of
 * this /proc (from Linux 4.1 on). Return: how many these are, 0 it does not say,
 * or a shortage
 */
static int count_numbers(void)
{
	static const char path[] = "/proc/self/status";
	PH_CLEANUP(ph_freep) char *whole = NULL;
	char text[STATUS_SIZE];
	ssize_t n = ph_read_file(AT_FDCWD, path, text, sizeof(text));

	/* whoever is in many groups has a longer one */
	if (n == STATUS_SIZE - 1)
		n = ph_read_whole(AT_FDCWD, path, &whole);
	if (n < 0)
		return ph_is_a_shortage((int)n) ? (int)n : 0;
	return (int)ph_proc_field_count(whole ? whole : text, "NSpid:");
}

/*
 * Is it there, and does it count as we do? In a pid namespace of our own the
 * old /proc may still be mounted, and a number means somebody else there. Even
 * ours may be the same in both; then there are two of them.
 * Return: 1, 0, or a shortage
 */
static int is_ours(void)
{
	int r = is_self(AT_FDCWD, "/proc/self");

	if (r <= 0)
		return r;
	r = count_numbers();
	return r < 0 ? r : r <= 1;
}

int ph_proc_is_there(void)
{
	return ph_setting_is_on(PH_SETTING_PROC) ? is_ours() : 0;
}

int ph_proc_check(void)
{
	int r = is_allowed() ? is_ours() : 0;

	if (r == 0)
		return -ENOTSUP;
	return r < 0 ? r : 0;
}

int ph_proc_open(pid_t pid)
{
	char path[32];
	int fd, r;

	r = ph_proc_check();
	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	do
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd >= 0)
		return fd;
	return ph_is_a_shortage(-errno) ? -errno : -ENOENT;
}

/* A file that vanishes below an open directory has gone with its process. */
static int read_below(int directory, const char *name, char *buffer, size_t size)
{
	ssize_t n = ph_read_file(directory, name, buffer, size);

	if (n == -ENOENT)
		return -ESRCH;
	return n < 0 ? (int)n : 0;
}

/* The text is the caller's, who does not keep it. */
static int parse_stat(const char *text, struct ph_proc_stat *ret_stat)
{
	int r = ph_proc_stat_parse(text, PH_INFO_ALL, ret_stat);

	if (r == 0)
		ret_stat->comm = NULL;
	return r;
}

int ph_proc_read_stat(int directory, struct ph_proc_stat *ret_stat)
{
	char text[STAT_SIZE];
	int r;

	r = read_below(directory, "stat", text, sizeof(text));
	return r < 0 ? r : parse_stat(text, ret_stat);
}

int ph_proc_read_stat_of(pid_t pid, struct ph_proc_stat *ret_stat)
{
	char path[32], text[STAT_SIZE];
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	r = read_below(AT_FDCWD, path, text, sizeof(text));
	return r < 0 ? r : parse_stat(text, ret_stat);
}

int ph_proc_read_tgid(int directory, pid_t *ret_pid)
{
	char text[STATUS_SIZE];
	pid_t pid;
	int r;

	r = read_below(directory, "status", text, sizeof(text));
	if (r < 0)
		return r;
	r = ph_proc_field_parse(text, "Tgid:", &pid);
	if (r < 0)
		return r;
	/* what is being reaped is no longer of any process */
	if (pid == 0)
		return -ESRCH;
	*ret_pid = pid;
	return 0;
}

int ph_proc_read_ids(int directory, struct ph_proc_ids *ret_ids)
{
	char text[STATUS_SIZE];
	int r;

	r = read_below(directory, "status", text, sizeof(text));
	return r < 0 ? r : ph_proc_status_parse(text, ret_ids);
}

int ph_proc_read_exit(int directory, struct ph_status *ret_status)
{
	struct ph_proc_stat stat;
	char text[256];
	int r;

	r = ph_proc_read_stat(directory, &stat);
	if (r < 0)
		return r;
	if (!ph_proc_stat_has_ended(&stat))
		return -EAGAIN;
	/*
	 * The kernel writes 0 for those who may not trace the process, and for
	 * a process that exited with 0. Another file with the same condition
	 * tells the two apart.
	 */
	if (stat.exit_code == 0)
		r = read_below(directory, "io", text, sizeof(text));
	if (r < 0)
		return ph_is_a_shortage(r) ? r : -EACCES;
	return ph_status_from_wait(stat.exit_code, ret_status);
}

int ph_proc_read_pidfd(int pidfd, pid_t *ret_pid)
{
	char path[48], text[STATUS_SIZE];
	pid_t pid;
	ssize_t n;
	int r;

	r = ph_proc_check();
	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d", pidfd);
	n = ph_read_file(AT_FDCWD, path, text, sizeof(text));
	if (n < 0)
		return ph_is_a_shortage((int)n) ? (int)n : -ENOTSUP;
	r = ph_proc_field_parse(text, "Pid:", &pid);
	if (r < 0)
		return -EBADF;
	if (pid < 0)
		return -ESRCH;
	if (pid == 0)
		return -EREMOTE;
	*ret_pid = pid;
	return 0;
}

int ph_proc_read_boot_id(char buffer[PH_BOOT_ID_SIZE])
{
	ssize_t n;

	if (!is_allowed())
		return -ENOTSUP;
	n = ph_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", buffer, PH_BOOT_ID_SIZE);
	if (n < 0)
		return ph_is_a_shortage((int)n) ? (int)n : -ENOTSUP;
	return n == PH_BOOT_ID_SIZE - 1 && !strchr(buffer, '\n') ? 0 : -ENOTSUP;
}

int ph_proc_last_pid(pid_t *ret_pid)
{
	/* the former is not to be had from every kernel, and the latter says more */
	static const char *const paths[] = { "/proc/sys/kernel/ns_last_pid", "/proc/loadavg" };

	*ret_pid = 0;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char text[128];
		ssize_t n = ph_read_file(AT_FDCWD, paths[i], text, sizeof(text));
		const char *last;

		if (ph_is_a_shortage((int)n))
			return (int)n;
		if (n <= 0)
			continue;
		last = strrchr(text, ' ');
		last = last ? last + 1 : text;
		if (ph_parse_pid_n(last, strcspn(last, "\n"), ret_pid) == 0)
			return 0;
		*ret_pid = 0;
	}
	return 0;
}

int ph_proc_walk(int (*callback)(int proc, const char *name, pid_t pid, void *arg), void *arg)
{
	PH_CLEANUP(ph_closedirp) DIR *directory = NULL;
	const struct dirent *entry;
	pid_t pid;
	int r;

	r = ph_proc_check();
	if (r < 0)
		return r;
	directory = opendir("/proc");
	if (!directory)
		return ph_is_a_shortage(-errno) ? -errno : -ENOTSUP;
	while (r == 0) {
		errno = 0;
		entry = readdir(directory);
		if (!entry)
			return -errno;
		if (ph_parse_pid(entry->d_name, &pid) == 0)
			r = callback(dirfd(directory), entry->d_name, pid, arg);
	}
	return r;
}

struct each {
	int (*callback)(pid_t pid, void *arg);
	void *arg;
};

static int call_with_pid(int proc, const char *name, pid_t pid, void *arg)
{
	const struct each *each = arg;

	(void)proc;
	(void)name;
	return each->callback(pid, each->arg);
}

int ph_proc_each(int (*callback)(pid_t pid, void *arg), void *arg)
{
	struct each each = { .callback = callback, .arg = arg };

	return ph_proc_walk(call_with_pid, &each);
}
