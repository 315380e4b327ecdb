/* SPDX-License-Identifier: MIT */

#include "watchers.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <prochandle.h>

#if HAVE_LIBUV
#include <uv.h>
#endif
#if HAVE_GLIB
#include <glib.h>
#endif
#if HAVE_SD_EVENT
#include <systemd/sd-event.h>
#endif

enum {
	BATCH = 256,
	P_BY_PIDFD = 3,
};

static int epoll = -1;
static struct ph_set *set;

static bool floor_add(pid_t pid)
{
	struct epoll_event event = { .events = EPOLLIN };

	event.data.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	return event.data.fd >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event) == 0;
}

static bool floor_watch(const pid_t *pids, int count)
{
	if (epoll < 0)
		epoll = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < count; i++)
		if (!floor_add(pids[i]))
			return false;
	return true;
}

static int floor_take(int max)
{
	struct epoll_event events[BATCH];
	int count = epoll_wait(epoll, events, max < BATCH ? max : BATCH, -1);

	for (int i = 0; i < count; i++) {
		siginfo_t info;

		if (waitid((idtype_t)P_BY_PIDFD, (id_t)events[i].data.fd, &info, WEXITED) < 0 ||
		    close(events[i].data.fd) < 0)
			return -1;
	}
	return count;
}

static bool floor_collect(int count)
{
	while (count > 0) {
		int taken = floor_take(count);

		if (taken < 0)
			return false;
		count -= taken;
	}
	return true;
}

static bool library_watch(const pid_t *pids, int count)
{
	if (!set && ph_set_new(&set) < 0)
		return false;
	for (int i = 0; i < count; i++) {
		struct ph_process *process;

		if (ph_find(pids[i], &process) < 0 || ph_set_add(set, process, NULL) < 0)
			return false;
		ph_unref(process);
	}
	return true;
}

static int library_take(int max)
{
	struct ph_event events[BATCH];
	int count = ph_set_wait(set, -1, events, max < BATCH ? max : BATCH);

	for (int i = 0; i < count; i++)
		ph_unref(events[i].process);
	return count;
}

static bool library_collect(int count)
{
	while (count > 0) {
		int taken = library_take(count);

		if (taken < 0)
			return false;
		count -= taken;
	}
	return true;
}

#if HAVE_SD_EVENT
static sd_event *loop_sd;
static int seen_sd;

static int note_sd(sd_event_source *source, const siginfo_t *info, void *data)
{
	(void)info;
	(void)data;
	seen_sd++;
	sd_event_source_unref(source);
	return 0;
}

static bool sd_watch(const pid_t *pids, int count)
{
	sigset_t mask;

	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &mask, NULL);
	if (sd_event_new(&loop_sd) < 0)
		return false;
	for (int i = 0; i < count; i++) {
		sd_event_source *source;

		if (sd_event_add_child(loop_sd, &source, pids[i], WEXITED, note_sd, NULL) < 0)
			return false;
	}
	return true;
}

static bool sd_collect(int count)
{
	for (seen_sd = 0; seen_sd < count;)
		if (sd_event_run(loop_sd, UINT64_MAX) < 0)
			return false;
	return true;
}
#endif

#if HAVE_GLIB
static int seen_glib;

static void note_glib(GPid pid, gint status, gpointer data)
{
	(void)pid;
	(void)status;
	(void)data;
	seen_glib++;
}

static bool glib_watch(const pid_t *pids, int count)
{
	for (int i = 0; i < count; i++)
		(void)g_child_watch_add(pids[i], note_glib, NULL);
	return true;
}

static bool glib_collect(int count)
{
	for (seen_glib = 0; seen_glib < count;)
		(void)g_main_context_iteration(NULL, TRUE);
	return true;
}
#endif

#if HAVE_LIBUV
static uv_loop_t loop_uv;
static int seen_uv;

static void free_uv(uv_handle_t *handle)
{
	free(handle);
}

static void note_uv(uv_process_t *process, int64_t status, int signo)
{
	(void)status;
	(void)signo;
	seen_uv++;
	uv_close((uv_handle_t *)process, free_uv);
}

/* It watches only what it has started. */
static bool uv_start(pid_t *pids, int count)
{
	static char *const program[] = { (char *)PAUSED_PATH, NULL };
	uv_process_options_t options = {
		.exit_cb = note_uv,
		.file = program[0],
		.args = (char **)program,
	};

	if (uv_loop_init(&loop_uv) != 0)
		return false;
	for (int i = 0; i < count; i++) {
		uv_process_t *process = malloc(sizeof(*process));

		if (!process || uv_spawn(&loop_uv, process, &options) != 0)
			return false;
		pids[i] = process->pid;
	}
	return true;
}

static bool uv_watch(const pid_t *pids, int count)
{
	return pids && count > 0;
}

static bool uv_collect(int count)
{
	for (seen_uv = 0; seen_uv < count;)
		(void)uv_run(&loop_uv, UV_RUN_ONCE);
	return true;
}
#endif

const struct watcher_row watchers[WATCHERS] = {
	[WATCH_FLOOR] = { "floor", NULL, floor_watch, floor_collect },
	[WATCH_LIBRARY] = { "library", NULL, library_watch, library_collect },
#if HAVE_SD_EVENT
	[WATCH_SD_EVENT] = { "sd-event", NULL, sd_watch, sd_collect },
#else
	[WATCH_SD_EVENT] = { "sd-event", NULL, NULL, NULL },
#endif
#if HAVE_GLIB
	[WATCH_GLIB] = { "GLib", NULL, glib_watch, glib_collect },
#else
	[WATCH_GLIB] = { "GLib", NULL, NULL, NULL },
#endif
#if HAVE_LIBUV
	[WATCH_LIBUV] = { "libuv", uv_start, uv_watch, uv_collect },
#else
	[WATCH_LIBUV] = { "libuv", NULL, NULL, NULL },
#endif
};

#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
static size_t bytes_in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}
#else
static size_t bytes_in_use(void)
{
	return 0;
}
#endif

double watchers_bytes(void)
{
	/* one more than what a table of half the size takes */
	enum { COUNT = 385 };
	struct ph_process *handles[COUNT];
	struct ph_set *watching;
	size_t before, after;
	bool is_right = true;

	for (int i = 0; i < COUNT; i++)
		if (ph_find(getpid(), &handles[i]) < 0)
			return -1;
	before = bytes_in_use();
	if (ph_set_new(&watching) < 0)
		return -1;
	for (int i = 0; i < COUNT; i++)
		is_right = ph_set_add(watching, handles[i], NULL) == 0 && is_right;
	after = bytes_in_use();
	ph_set_unref(watching);
	for (int i = 0; i < COUNT; i++)
		ph_unref(handles[i]);
	return is_right && before > 0 ? (double)(after - before) / COUNT : -1;
}

/* Children that have ended, and that are watched. */
static bool stock(bool (*watch)(const pid_t *pids, int count))
{
	enum { STOCK = 26 * ENDS_AT_ONCE };
	static pid_t pids[STOCK];
	struct rlimit limit;

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < STOCK; i++) {
		siginfo_t info;

		pids[i] = fork();
		if (pids[i] == 0)
			_exit(0);
		if (pids[i] < 0 || waitid(P_PID, (id_t)pids[i], &info, WEXITED | WNOWAIT) < 0)
			return false;
	}
	if (!watch(pids, STOCK))
		return false;
	return true;
}

static bool take(bool (*watch)(const pid_t *pids, int count), int (*take_some)(int max))
{
	static int left;

	if (left == 0) {
		if (!stock(watch))
			return false;
		left = 26;
	}
	left--;
	return take_some(ENDS_AT_ONCE) == ENDS_AT_ONCE;
}

bool ends_by_floor(void)
{
	return take(floor_watch, floor_take);
}

bool ends_by_library(void)
{
	return take(library_watch, library_take);
}
