/* SPDX-License-Identifier: MIT */

/* Handles that hold a pidfd. */

#include "handle/backend_pidfd.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "handle/number.h"
#include "proc/read.h"
#include "state/metrics.h"
#include "sys/peer.h"
#include "sys/pidfd.h"
#include "sys/support.h"
#include "sys/uapi.h"

/* a process in the middle of its end is so for microseconds */
enum { MIDDLE_ROUNDS = 1000 };

/* Only who signals and reaps through the descriptor can forget the number. */
static PH_COLD void begin_weaker(struct ph_process *process, pid_t pid, int fd)
{
	bool signals = ph_can(PH_SETTING_SIGNAL) > 0;
	bool waits = ph_can(PH_SETTING_WAIT) > 0;

	ph_process_begin(process, &ph_backend_pidfd, signals && waits ? PH_PINNED : PH_CHECKED, pid,
			 fd);
	process->signals_by_fd = signals;
	process->waits_by_fd = waits;
	if (!signals && !ph_has(PH_SETTING_SIGNAL))
		ph_count(PH_METRIC_FALLBACKS_PIDFDSIGNAL);
}

void ph_pidfd_backend_begin(struct ph_process *process, pid_t pid, int fd)
{
	if (ph_can_all(PH_PINNING_ABILITIES))
		ph_pidfd_backend_begin_pinned(process, pid, fd);
	else
		begin_weaker(process, pid, fd);
}

static PH_COLD struct ph_process *new_weaker(pid_t pid, int fd)
{
	struct ph_process *process = malloc(sizeof(*process));

	if (process)
		begin_weaker(process, pid, fd);
	return process;
}

static inline struct ph_process *new_pinned(pid_t pid, int fd)
{
	struct ph_process *process = malloc(sizeof(*process));

	if (process)
		ph_pidfd_backend_begin_pinned(process, pid, fd);
	return process;
}

static inline int hand_out(struct ph_process *process, int *fd, struct ph_process **ret_process)
{
	if (!process)
		return -ENOMEM;
	(void)ph_take_fd(fd);
	*ret_process = process;
	return 0;
}

static int make(pid_t pid, int *fd, struct ph_process **ret_process)
{
	bool is_pinned = ph_can_all(PH_PINNING_ABILITIES);

	return hand_out(is_pinned ? new_pinned(pid, *fd) : new_weaker(pid, *fd), fd, ret_process);
}

/* Does pidfd_open(2) say EINVAL of whoever is there? */
static bool is_refused_for_all(void)
{
	PH_CLEANUP(ph_closep) int self = ph_pidfd_open(getpid());

	return self == -EINVAL;
}

/*
 * The kernel has answered with one of the rarer errors. Before Linux 6.16 it
 * says EINVAL for the id of a thread, and for a process that is just being
 * reaped. Return: as open_process()
 */
static PH_COLD int open_again(pid_t pid)
{
	for (int round = 0; round < MIDDLE_ROUNDS; round++) {
		int r = ph_pidfd_open(pid);

		if (r >= 0 || r == -ESRCH || r == -ENOENT || ph_is_a_shortage(r))
			return r;
		/* a sandbox that was closed after the probing */
		if (r != -EINVAL)
			return -ENOTSUP;
		r = ph_backend_exists(pid);
		if (r <= 0)
			return r < 0 ? r : -ESRCH;
		if (round == 0 && is_refused_for_all())
			return -ENOTSUP;
		(void)sched_yield();
	}
	return -ESRCH;
}

/* Return: a pidfd, or as ph_find(); -ENOTSUP if pidfds are refused now */
static inline int open_process(pid_t pid)
{
	int r = ph_pidfd_open(pid);

	return PH_LIKELY(r >= 0) || r == -ESRCH ? r : open_again(pid);
}

int ph_pidfd_backend_find(pid_t pid, struct ph_process **ret_process)
{
	PH_CLEANUP(ph_closep) int fd = open_process(pid);

	if (fd >= 0)
		return make(pid, &fd, ret_process);
	return fd == -ENOTSUP ? ph_backend_find_number(pid, ret_process) : fd;
}

int ph_pidfd_backend_find_pinned(pid_t pid, struct ph_process **ret_process)
{
	PH_CLEANUP(ph_closep) int fd = open_process(pid);

	if (PH_LIKELY(fd >= 0))
		return hand_out(new_pinned(pid, fd), &fd, ret_process);
	return fd == -ENOTSUP ? ph_backend_find_number(pid, ret_process) : fd;
}

/*
 * The signal is a valid one: what the kernel minds is the namespace, and the
 * descriptor before that. Where this does not matter it is not the kernel who
 * answers.
 */
static PH_COLD int explain_refusal(int r, unsigned flags)
{
	if (r == -EINVAL && ph_pidfd_kill(-1, 0, flags) == -EBADF)
		return -EREMOTE;
	return ph_is_refused(r) ? -EPERM : r;
}

static inline int explain_kill(int r, unsigned flags)
{
	return PH_LIKELY(r == 0) || r == -ESRCH ? r : explain_refusal(r, flags);
}

/*
 * The number of the process behind a pidfd, as the caller counts.
 * Return: 0, -ESRCH, -EREMOTE, -ENOENT it is a thread, -ENOTSUP it cannot be
 * told, or -EMFILE, -ENFILE, -ENOMEM
 */
static int number_of(int fd, pid_t *ret_pid)
{
	pid_t parent;
	int r;

	r = ph_can(PH_SETTING_INFO) > 0 ? ph_pidfd_info(fd, ret_pid, &parent) : -ENOTSUP;
	if (r == 0 || r == -ENOENT)
		return r;
	/* of its other errors none says what is the matter on all kernels */
	r = ph_proc_read_pidfd(fd, ret_pid);
	if (r == 0) {
		r = ph_backend_exists(*ret_pid);
		return r > 0 ? 0 : r < 0 ? r : -ESRCH;
	}
	if (r != -ENOTSUP || ph_can(PH_SETTING_SIGNAL) <= 0)
		return r;
	r = explain_kill(ph_pidfd_kill(fd, 0, 0), 0);
	return r == -ESRCH || r == -EREMOTE ? r : -ENOTSUP;
}

/*
 * It is still there; but is its number here what it was? An inherited handle
 * may have come along into another pid namespace, where the number is another
 * process's.
 */
static int pidfd_prove(struct ph_process *process)
{
	pid_t pid;
	int r;

	if (process->signals_by_fd) {
		r = ph_pidfd_kill(process->fd, 0, 0);
		if (r == -ESRCH)
			return r;
	} else {
		r = ph_pidfd_poll(process->fd, /* until_reaped= */ false, 0);
		if (r < 0)
			return r;
		if (r & POLLHUP)
			return -ESRCH;
	}
	r = number_of(process->fd, &pid);
	if (r < 0)
		return r;
	return pid == process->pid ? 0 : -EREMOTE;
}

static int pidfd_kill(struct ph_process *process, int signo)
{
	if (!PH_LIKELY(process->signals_by_fd))
		return ph_number_kill(process, signo);
	return explain_kill(ph_pidfd_kill(process->fd, signo, 0), 0);
}

static int pidfd_queue(struct ph_process *process, int signo, int value)
{
	if (!process->signals_by_fd)
		return ph_number_queue(process, signo, value);
	return explain_kill(ph_pidfd_queue(process->fd, signo, value), 0);
}

static int pidfd_kill_led(int fd, int signo)
{
	int r = ph_can(PH_SETTING_GROUP);

	if (r <= 0)
		return r < 0 ? r : -ENOTSUP;
	r = ph_pidfd_kill(fd, signo, PH_PIDFD_SIGNAL_PROCESS_GROUP);
	return explain_kill(r, PH_PIDFD_SIGNAL_PROCESS_GROUP);
}

static int pidfd_open_leader(pid_t group)
{
	int r = ph_can(PH_SETTING_GROUP);

	if (r <= 0)
		return r < 0 ? r : -ENOTSUP;
	r = open_process(group);
	return r == -ENOENT ? -ESRCH : r;
}

/* What /proc says of it: read, and then proved that it was its own. */
static int read_stat(struct ph_process *process, struct ph_proc_stat *ret_stat)
{
	PH_CLEANUP(ph_closep) int directory = ph_proc_open(process->pid);
	int read = directory < 0 ? directory : ph_proc_read_stat(directory, ret_stat);
	int proved = ph_prove(process);

	if (proved < 0)
		return proved;
	return read == 0 || ph_is_a_shortage(read) ? read : -ENOTSUP;
}

static int pidfd_parent(struct ph_process *process, pid_t *ret_parent)
{
	struct ph_proc_stat stat;
	pid_t pid;
	int r;

	if (ph_can(PH_SETTING_INFO) > 0 && ph_pidfd_info(process->fd, &pid, ret_parent) == 0)
		return 0;
	r = read_stat(process, &stat);
	if (r == 0)
		*ret_parent = stat.parent;
	return r;
}

static int pidfd_ask(struct ph_process *process, struct ph_told *ret_told)
{
	if (ph_can(PH_SETTING_INFO) <= 0)
		return -ENOTSUP;
	return ph_pidfd_tell(process->fd, ret_told);
}

int ph_pidfd_backend_ask_number(pid_t pid, struct ph_told *ret_told)
{
	PH_CLEANUP(ph_closep) int fd = open_process(pid);
	int r;

	if (fd < 0)
		return fd == -ENOENT ? -ESRCH : fd;
	r = ph_pidfd_tell(fd, ret_told);
	return r == -ESRCH ? r : r < 0 ? -ENOTSUP : 0;
}

static int pidfd_inode(struct ph_process *process, uint64_t *ret_inode)
{
	if (ph_can(PH_SETTING_INODE) <= 0)
		return -ENOTSUP;
	return ph_pidfd_inode(process->fd, ret_inode);
}

static int pidfd_start(struct ph_process *process, uint64_t *ret_start)
{
	struct ph_proc_stat stat;
	int r = read_stat(process, &stat);

	if (r == 0)
		*ret_start = stat.start;
	return r == -EREMOTE ? -ENOTSUP : r;
}

int ph_pidfd_backend_adopt(int pidfd, struct ph_process **ret_process)
{
	PH_CLEANUP(ph_closep) int fd = -1;
	struct ph_status status;
	pid_t pid;
	int r;

	/*
	 * A directory of /proc takes signals as well, but is no pidfd. Where
	 * this cannot be asked, that it has no number says so below.
	 */
	if (ph_setting_is_on(PH_SETTING_WAIT) && ph_has(PH_SETTING_WAIT) &&
	    ph_pidfd_look(pidfd, /* reap= */ false, /* block= */ false, &status) == -EBADF)
		return -EBADF;
	if (ph_pidfd_is_thread(pidfd))
		return -ENOENT;
	fd = ph_pidfd_duplicate(pidfd);
	if (fd < 0)
		return fd;
	r = number_of(fd, &pid);
	return r < 0 ? r : make(pid, &fd, ret_process);
}

/* Return: a pidfd, -ESRCH, -ENOTSUP it is refused now, or as ph_find() */
static int open_by_handle(uint64_t inode)
{
	PH_CLEANUP(ph_closep) int any = -1;
	int r = ph_pidfd_open_inode(PH_PIDFS_ROOT, inode);

	if (r == -EBADF) {
		any = ph_pidfd_open(getpid());
		if (any < 0)
			return ph_is_a_shortage(any) ? any : -ENOTSUP;
		r = ph_pidfd_open_inode(any, inode);
	}
	if (r == -ESTALE)
		return -ESRCH;
	return r >= 0 || ph_is_a_shortage(r) ? r : -ENOTSUP;
}

struct search {
	uint64_t inode;
	int fd;
};

/* Return: 1 found, 0 not this one, -errno cannot go on */
static int compare(pid_t pid, void *arg)
{
	PH_CLEANUP(ph_closep) int fd = open_process(pid);
	struct search *search = arg;
	uint64_t inode;

	if (fd == -ESRCH || fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	if (ph_pidfd_inode(fd, &inode) < 0 || inode != search->inode)
		return 0;
	search->fd = ph_take_fd(&fd);
	return 1;
}

static int open_by_search(uint64_t inode)
{
	struct search search = { .inode = inode, .fd = -1 };
	int r = ph_proc_each(compare, &search);

	if (r < 0)
		return r;
	return r == 0 ? -ESRCH : search.fd;
}

int ph_pidfd_backend_find_inode(uint64_t inode, struct ph_process **ret_process)
{
	PH_CLEANUP(ph_closep) int fd = -1;
	pid_t pid;
	int r;

	r = ph_can(PH_SETTING_INODE);
	if (r <= 0)
		return r < 0 ? r : -ENOTSUP;
	r = ph_can(PH_SETTING_HANDLE);
	if (r < 0)
		return r;
	fd = r > 0 ? open_by_handle(inode) : -ENOTSUP;
	if (fd == -ENOTSUP)
		fd = open_by_search(inode);
	if (fd < 0)
		return fd;
	r = number_of(fd, &pid);
	if (r < 0)
		/* the inode of a thread */
		return r == -ENOENT ? -ESRCH : r;
	return make(pid, &fd, ret_process);
}

static void pidfd_reap(struct ph_process *process)
{
	struct ph_status status;

	if (process->waits_by_fd)
		(void)ph_pidfd_look(process->fd, /* reap= */ true, /* block= */ false, &status);
	else
		ph_number_reap_again(process);
}

int ph_pidfd_backend_find_peer(int socket, struct ph_process **ret_process)
{
	PH_CLEANUP(ph_closep) int fd = ph_sys_peer_pidfd(socket);
	pid_t pid;
	int r;

	switch (fd) {
	case -ESRCH:
		return -ESRCH;
	case -EINVAL:
		/* it has been reaped, before Linux 6.16, or nothing is told any more */
		r = ph_sys_knows_peers();
		return r < 0 ? r : r > 0 ? -ESRCH : -ENOTSUP;
	case -ENOPROTOOPT:
	case -ENOSYS:
	case -EPERM:
	case -EACCES:
		return -ENOTSUP;
	default:
		break;
	}
	if (fd < 0)
		return fd;
	r = number_of(fd, &pid);
	/* a name for what is held already, be it that of somebody else by now */
	if (r == -ESRCH || r == -ENOTSUP)
		r = ph_sys_peer_pid(socket, &pid);
	return r < 0 ? r : make(pid, &fd, ret_process);
}

static int pidfd_pollable(const struct ph_process *process)
{
	return process->fd;
}

const struct ph_backend ph_backend_pidfd = {
	.find = ph_pidfd_backend_find,
	.prove = pidfd_prove,
	.kill = pidfd_kill,
	.queue = pidfd_queue,
	.kill_led = pidfd_kill_led,
	.open_leader = pidfd_open_leader,
	.wait = ph_pidfd_backend_wait,
	.reap = pidfd_reap,
	.tell = ph_pidfd_backend_tell,
	.parent = pidfd_parent,
	.ask = pidfd_ask,
	.inode = pidfd_inode,
	.start = pidfd_start,
	.pollable = pidfd_pollable,
};
