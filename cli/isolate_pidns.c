/* SPDX-License-Identifier: MIT */

/*
 * A pid namespace of the command's own. ph stays outside, where numbers, /proc
 * and handles are those of everybody else, and the command is a child of ph as
 * ever: only the thread that starts it has the namespace for its children, and a
 * mount namespace in which /proc shows it. Its first process reaps orphans, hears
 * no signal, and goes when ph tells it to, or is gone; with it the kernel ends
 * everybody inside.
 */

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aside.h"
#include "base/cleanup.h"
#include "base/pipe.h"
#include "isolate.h"
#include "namespace.h"

/* what the thread is asked, and answers */
struct pidns {
	pthread_t thread;
	sem_t asked;
	sem_t answered;
	int result;

	/* first: the namespace */
	bool mounts_proc;
	bool has_proc;
	pid_t init;
	/**
	 * a byte tells the init to go when nobody is left, and comes back if somebody
	 * is; end of file tells it to go at once
	 */
	int socket;

	/* then: a command, unless it is to end */
	char *const *argv;
	const struct ph_spawn_options *options;
	struct ph_process *process;
};

/* ---- the first process inside ---- */

/* Return: is anybody left? */
static bool reap(void)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, WNOHANG);
	while (pid > 0);
	return pid == 0;
}

static void watch(int socket)
{
	struct pollfd polled[2] = { { .events = POLLIN }, { .fd = socket, .events = POLLIN } };
	struct signalfd_siginfo info;
	bool is_leaving = false;
	sigset_t set;
	char byte;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	polled[0].fd = signalfd(-1, &set, SFD_CLOEXEC);
	while (polled[0].fd >= 0) {
		if (!reap() && is_leaving)
			return;
		(void)poll(polled, 2, -1);
		if (polled[0].revents)
			(void)ph_read_some(polled[0].fd, &info, sizeof(info));
		if (!polled[1].revents)
			continue;
		if (ph_read_some(socket, &byte, 1) <= 0)
			return;
		is_leaving = true;
		if (reap())
			(void)ph_write_quietly(socket, &byte, 1);
	}
}

static void be_init(const struct pidns *pidns, int socket)
{
	char has_proc;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	aside_begin("ph-init", &socket, 1);
	has_proc = pidns->mounts_proc && namespace_hide_mounts() && namespace_mount_proc();
	if (ph_write_quietly(socket, &has_proc, 1) == 1)
		watch(socket);
}

/* ---- the thread ---- */

static int start_init(struct pidns *pidns)
{
	PH_CLEANUP(ph_closep) int other = -1;
	int sockets[2];
	char has_proc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		return -errno;
	pidns->socket = sockets[0];
	other = sockets[1];
	pidns->init = fork();
	if (pidns->init == 0) {
		be_init(pidns, other);
		_exit(0);
	}
	if (pidns->init < 0)
		return -errno;
	(void)close(ph_take_fd(&other));
	if (ph_read_some(pidns->socket, &has_proc, 1) != 1)
		return -ECANCELED;
	pidns->has_proc = has_proc;
	return 0;
}

static int enter(struct pidns *pidns)
{
	if (pidns->mounts_proc && unshare(CLONE_NEWPID | CLONE_NEWNS) == 0)
		return start_init(pidns);
	pidns->mounts_proc = false;
	if (unshare(CLONE_NEWPID) < 0)
		return -errno;
	return start_init(pidns);
}

static void wait_on(sem_t *semaphore)
{
	while (sem_wait(semaphore) < 0 && errno == EINTR)
		;
}

/* The signal of its death would reach the command when this thread ends. */
static void *start_inside(void *arg)
{
	struct pidns *pidns = arg;

	pidns->result = enter(pidns);
	(void)sem_post(&pidns->answered);
	for (;;) {
		wait_on(&pidns->asked);
		if (!pidns->argv)
			return NULL;
		pidns->result = ph_spawn(pidns->argv, pidns->options, &pidns->process);
		(void)sem_post(&pidns->answered);
	}
}

/* ---- what ph does ---- */

static bool may_make_namespaces(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capget, &header, data) == 0 && (data[0].effective & 1U << CAP_SYS_ADMIN);
}

/* Anybody may make one, in which he has the rights for the others; but for a thread. */
static int enter_user(struct isolate *isolate)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int r = 0;

	if (unshare(CLONE_NEWUSER) < 0)
		r = -errno;
	else
		r = namespace_map_ids(uid, uid, gid, gid);
	if (r < 0)
		return isolate_fail(isolate, r, "cannot make a user namespace: %s", strerror(-r));
	isolate->has_user = true;
	return 0;
}

/* A handle that compares numbers in /proc needs the same one for all threads. */
static bool are_handles_pinned(void)
{
	PH_AUTO struct ph_process *self = NULL;

	return ph_self(&self) == 0 && ph_guarantee(self) == PH_PINNED;
}

static int start_thread(struct pidns *pidns)
{
	int r;

	(void)sem_init(&pidns->asked, 0, 0);
	(void)sem_init(&pidns->answered, 0, 0);
	r = pthread_create(&pidns->thread, NULL, start_inside, pidns);
	if (r != 0)
		return -r;
	wait_on(&pidns->answered);
	return 0;
}

int isolate_pidns_begin(struct isolate *isolate)
{
	struct pidns *pidns;
	int r;

	if (!may_make_namespaces()) {
		r = enter_user(isolate);
		if (r < 0)
			return r;
	}
	pidns = calloc(1, sizeof(*pidns));
	if (!pidns)
		abort();
	pidns->socket = -1;
	pidns->mounts_proc = are_handles_pinned();
	r = start_thread(pidns);
	if (r < 0) {
		free(pidns);
		return isolate_fail(isolate, r, "cannot start a thread: %s", strerror(-r));
	}
	isolate->pidns = pidns;
	isolate->has_proc = pidns->has_proc;
	r = pidns->result;
	/* not reaped: the number is its own */
	if (r == 0)
		r = ph_find(pidns->init, &isolate->init);
	if (r < 0)
		return isolate_fail(isolate, r, "cannot make a pid namespace: %s", strerror(-r));
	return 0;
}

int isolate_pidns_spawn(struct isolate *isolate, char *const argv[],
			const struct ph_spawn_options *options, struct ph_process **ret_process)
{
	struct pidns *pidns = isolate->pidns;

	pidns->argv = argv;
	pidns->options = options;
	(void)sem_post(&pidns->asked);
	wait_on(&pidns->answered);
	*ret_process = pidns->process;
	return pidns->result;
}

bool isolate_pidns_leave(struct isolate *isolate)
{
	struct pollfd polled = { .fd = isolate->pidns->socket, .events = POLLIN };
	char byte;

	(void)ph_write_quietly(isolate->pidns->socket, "", 1);
	/* it answers, unless somebody has stopped it */
	return poll(&polled, 1, PH_STOP_KILL_MS) <= 0 ||
	       ph_read_some(isolate->pidns->socket, &byte, 1) > 0;
}

void isolate_pidns_end(struct isolate *isolate)
{
	struct pidns *pidns = isolate->pidns;

	if (!pidns)
		return;
	/* whoever is left inside ends with the init, and that with this */
	ph_closep(&pidns->socket);
	if (isolate->init)
		(void)ph_wait(isolate->init, PH_STOP_KILL_MS, NULL);
	isolate->init = ph_unref(isolate->init);
	pidns->argv = NULL;
	(void)sem_post(&pidns->asked);
	(void)pthread_join(pidns->thread, NULL);
	isolate->pidns = NULL;
	free(pidns);
}
