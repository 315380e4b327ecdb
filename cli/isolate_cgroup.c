/* SPDX-License-Identifier: MIT */

/*
 * A cgroup below that of ph. The keeper, a process that is neither a child of ph
 * nor in its session, ends and removes it once ph is done with it or is gone: a
 * ph that is killed cannot.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aside.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/pipe.h"
#include "facts.h"
#include "isolate.h"

enum { DIRECTORY_MODE = 0755 };

static int kill_members(int cgroup)
{
	PH_CLEANUP(ph_closep) int fd = openat(cgroup, "cgroup.kill", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, "1", 1) < 0 ? -errno : 0;
}

/* Somebody may be in uninterruptible sleep: that is worth waiting for. */
static void wait_until_empty(int cgroup)
{
	PH_CLEANUP(ph_closep) int fd = openat(cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd polled = { .fd = fd, .events = POLLPRI };
	char text[256];

	for (;;) {
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

		if (n <= 0)
			return;
		text[n] = '\0';
		if (!strstr(text, "populated 1"))
			return;
		(void)poll(&polled, 1, -1);
	}
}

/* The command may have made cgroups of its own. */
static void remove_below(int cgroup)
{
	int fd = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!directory) {
		ph_closep(&fd);
		return;
	}
	while ((entry = readdir(directory))) {
		PH_CLEANUP(ph_closep) int below = -1;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		below = openat(cgroup, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (below >= 0)
			remove_below(below);
		(void)unlinkat(cgroup, entry->d_name, AT_REMOVEDIR);
	}
	(void)closedir(directory);
}

static void end_cgroup(const struct isolate *isolate)
{
	int r;

	do {
		r = kill_members(isolate->cgroup);
		if (r == 0)
			wait_until_empty(isolate->cgroup);
		remove_below(isolate->cgroup);
		/* busy: somebody has just moved in */
	} while (unlinkat(isolate->parent, isolate->name, AT_REMOVEDIR) < 0 && errno == EBUSY &&
		 r == 0);
}

static void keep(const struct isolate *isolate, int socket)
{
	const int fds[] = { socket, isolate->parent, isolate->cgroup };
	char byte;

	aside_begin("ph-keeper", fds, sizeof(fds) / sizeof(fds[0]));
	while (ph_read_some(socket, &byte, 1) > 0)
		;
	end_cgroup(isolate);
}

/*
 * An orphan from its birth on, and nobody's that ph would stop: ph is no
 * subreaper yet. The first process of a namespace needs none, for the kernel
 * ends everybody with it; and would be the parent of all orphans.
 */
static int start_keeper(struct isolate *isolate)
{
	PH_CLEANUP(ph_closep) int other = -1;
	int sockets[2];
	int status = 0;
	pid_t pid;

	if (getpid() == 1)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		return -errno;
	isolate->keeper = sockets[0];
	other = sockets[1];
	pid = fork();
	if (pid == 0) {
		pid = fork();
		if (pid == 0)
			keep(isolate, other);
		_exit(pid < 0 ? errno : 0);
	}
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECANCELED;
}

/* "ph-run-PID-INODE": of one boot, no other has it */
static int choose_name(struct isolate *isolate, struct ph_process *self)
{
	char handle[PH_ID_SIZE];
	int r = handle_text(self, handle);

	if (r < 0)
		return r;
	*strchr(handle, ':') = '-';
	(void)snprintf(isolate->name, sizeof(isolate->name), "ph-run-%s", handle);
	return 0;
}

static void find_path(struct isolate *isolate)
{
	char link[64];
	ssize_t length;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", isolate->parent);
	length = readlink(link, isolate->path, sizeof(isolate->path) - 1);
	if (length < 0)
		length = 0;
	isolate->path[length] = '\0';
}

static int make_cgroup(struct isolate *isolate)
{
	size_t length;

	find_path(isolate);
	if (mkdirat(isolate->parent, isolate->name, DIRECTORY_MODE) < 0) {
		isolate->hint =
			"systemd-run --user --scope -p Delegate=yes gives a cgroup that may be used";
		return isolate_fail(isolate, -errno, "cannot make a cgroup in %s: %s",
				    isolate->path, strerror(errno));
	}
	length = strlen(isolate->path);
	(void)snprintf(isolate->path + length, sizeof(isolate->path) - length, "/%s", isolate->name);
	isolate->cgroup =
		openat(isolate->parent, isolate->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (isolate->cgroup < 0)
		return isolate_fail(isolate, -errno, "cannot use the cgroup %s: %s", isolate->path,
				    strerror(errno));
	if (faccessat(isolate->cgroup, "cgroup.kill", W_OK, AT_EACCESS) < 0)
		return isolate_fail(isolate, -errno, "cannot end the cgroup %s: %s", isolate->path,
				    errno == ENOENT ? "that needs Linux 5.14" : strerror(errno));
	return 0;
}

int isolate_cgroup_begin(struct isolate *isolate)
{
	PH_AUTO struct ph_process *self = NULL;
	int r = ph_self(&self);

	if (r == 0)
		r = choose_name(isolate, self);
	if (r == 0) {
		isolate->parent = ph_cgroup_fd(self);
		r = isolate->parent < 0 ? isolate->parent : 0;
	}
	if (r < 0)
		return isolate_fail(isolate, r, "cannot make a cgroup: %s",
				    r == -ENOTSUP ? "there is no cgroup v2 here" : ph_strerror(r));
	r = make_cgroup(isolate);
	if (r < 0)
		return r;
	r = start_keeper(isolate);
	if (r < 0)
		return isolate_fail(isolate, r, "cannot start a process: %s", strerror(-r));
	return 0;
}

/* Until the keeper has gone, or does not get anywhere. Return: 0 or -EBUSY */
static int wait_for_keeper(const struct isolate *isolate)
{
	struct pollfd polled = { .fd = isolate->keeper, .events = POLLIN };

	(void)shutdown(isolate->keeper, SHUT_WR);
	if (poll(&polled, 1, PH_STOP_KILL_MS) <= 0)
		return -EBUSY;
	/* nothing protects the keeper from being killed */
	if (faccessat(isolate->parent, isolate->name, F_OK, 0) == 0)
		end_cgroup(isolate);
	return 0;
}

int isolate_cgroup_end(struct isolate *isolate)
{
	int r = 0;

	if (isolate->keeper >= 0)
		r = wait_for_keeper(isolate);
	else if (isolate->cgroup >= 0)
		end_cgroup(isolate);
	ph_closep(&isolate->keeper);
	ph_closep(&isolate->cgroup);
	ph_closep(&isolate->parent);
	return r;
}
