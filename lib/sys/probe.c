/* SPDX-License-Identifier: MIT */

/*
 * Finds out what the kernel gives by trying it, each ability by itself:
 * emulators and backports have them in any order, and version numbers lie.
 * ENOSYS, EPERM, EACCES and EINVAL all mean "not here".
 *
 * A seccomp filter may answer with a signal instead of an error, and that
 * would end the host program. So where there is a filter the calls are tried
 * in a throw-away child. It has no exit signal, so that a host program which
 * counts SIGCHLD does not see it, and its own memory, because a core dump
 * before Linux 5.16 kills all that share theirs.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <prochandle.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "base/io.h"
#include "sys/clone.h"
#include "sys/peer.h"
#include "sys/pidfd.h"
#include "sys/raw.h"
#include "sys/support.h"
#include "sys/uapi.h"

static int try_signal(int self)
{
	(void)self;
	/* the arguments are looked at only where the call is there */
	return ph_pidfd_kill(-1, 0, 0) == -EBADF;
}

static int try_wait(int self)
{
	struct ph_status status;

	return ph_pidfd_look(self, false, false, &status) == -ECHILD;
}

static int try_group(int self)
{
	(void)self;
	return ph_pidfd_kill(-1, 0, PH_PIDFD_SIGNAL_PROCESS_GROUP) == -EBADF;
}

static int try_inode(int self)
{
	return ph_pidfd_has_inode(self);
}

static int try_info(int self)
{
	pid_t pid, parent;

	return ph_pidfd_info(self, &pid, &parent) == 0;
}

static int try_handle(int self)
{
	PH_CLEANUP(ph_closep) int other = -1;
	uint64_t inode;

	if (ph_pidfd_inode(self, &inode) < 0)
		return 0;
	other = ph_pidfd_open_inode(self, inode);
	return ph_is_a_shortage(other) ? other : other >= 0;
}

static int try_peer(int self)
{
	(void)self;
	return ph_sys_knows_peers();
}

/*
 * Only a reaped process has an exit status to show, so another novelty of the
 * same release is tried in its stead. This decides how long ph_wait waits for
 * a reap; what it gets then, it asks for in any case.
 */
static int try_exit(int self)
{
	(void)self;
	return ph_pidfd_kill(PH_PIDFD_SELF, 0, 0) == 0;
}

/*
 * Yama lets nobody trace his parent but who may trace anybody, and what it refuses
 * it writes to the log of the kernel. So it is asked first.
 */
static int yama_permits(void)
{
	char scope[2];
	ssize_t n;

	if (!ph_setting_is_on(PH_SETTING_PROC))
		return 1;
	n = ph_read_file(AT_FDCWD, "/proc/sys/kernel/yama/ptrace_scope", scope, sizeof(scope));
	if (n < 0)
		return ph_is_a_shortage((int)n) ? (int)n : 1;
	return scope[0] == '0';
}

enum family {
	/* they are in another pid namespace */
	FAMILY_IS_ELSEWHERE,
	FAMILY_IS_HERE,
	/*
	 * The next child is the process 1 of a pid namespace, and the last one in it if it
	 * ends. Who begins to be born there and is not ends it as well.
	 */
	FAMILY_HAS_NO_INIT,
};

static enum family family(void)
{
	struct stat own, theirs;

	if (!ph_setting_is_on(PH_SETTING_PROC) || stat("/proc/self/ns/pid", &own) < 0)
		return FAMILY_IS_HERE;
	if (stat("/proc/self/ns/pid_for_children", &theirs) < 0)
		return errno == ENOENT ? FAMILY_HAS_NO_INIT : FAMILY_IS_HERE;
	return theirs.st_ino == own.st_ino ? FAMILY_IS_HERE : FAMILY_IS_ELSEWHERE;
}

static int try_getfd(int host)
{
	int r;

	/* there is none such: what is not known is refused before it is looked for */
	if (PH_RAW(SYS_pidfd_open, INT_MAX, PH_PIDFD_THREAD) != -ESRCH || family() != FAMILY_IS_HERE)
		return 0;
	r = yama_permits();
	if (r <= 0)
		return r;
	/* here first: a filter that answers with a signal is not to meet a child in our memory */
	return PH_RAW(SYS_pidfd_getfd, -1, -1, 0) == -EBADF ? ph_sys_try_take(host) : 0;
}

/* try returns 1, 0, or what has run out; NULL: the one that all others need */
struct attempt {
	enum ph_setting_id ability;
	int (*try)(int self);
};

static const struct attempt attempts[] = {
	{ PH_SETTING_PIDFD, NULL },    { PH_SETTING_SIGNAL, try_signal },
	{ PH_SETTING_WAIT, try_wait }, { PH_SETTING_INODE, try_inode },
	{ PH_SETTING_INFO, try_info }, { PH_SETTING_EXIT, try_exit },
};

static const struct attempt seldom_attempts[] = {
	{ PH_SETTING_PIDFD, NULL },
	{ PH_SETTING_GROUP, try_group },
	{ PH_SETTING_HANDLE, try_handle },
	{ PH_SETTING_PEER, try_peer },
};

static const struct attempt getfd_attempts[] = {
	{ PH_SETTING_PIDFD, NULL },
	{ PH_SETTING_GETFD, try_getfd },
};

static int try_vfork(int none)
{
	(void)none;
	return ph_sys_try_clone(0);
}

static int try_clone(int none)
{
	(void)none;
	return ph_sys_try_clone(PH_CLONE_PIDFD);
}

static int try_clone3(int none)
{
	(void)none;
	return ph_sys_try_clone3(PH_CLONE_PIDFD | PH_CLONE_CLEAR_SIGHAND);
}

static int try_cgroup(int none)
{
	struct ph_uapi_clone args = { .flags = PH_CLONE_INTO_CGROUP, .cgroup = INT_MAX };

	(void)none;
	/* no child: the descriptor is looked at only where the flag is known */
	return PH_RAW(SYS_clone3, &args, sizeof(args)) == -EBADF;
}

static int try_close(int none)
{
	(void)none;
	return PH_RAW(SYS_close_range, UINT_MAX, UINT_MAX, PH_CLOSE_RANGE_CLOEXEC) == 0;
}

static int try_autokill(int none)
{
	(void)none;
	return ph_sys_try_clone3(PH_CLONE_PIDFD | PH_CLONE_AUTOREAP | PH_CLONE_NNP |
				 PH_CLONE_AUTOKILL);
}

static const struct attempt spawn_attempts[] = {
	{ PH_SETTING_VFORK, try_vfork },   { PH_SETTING_CLONE, try_clone },
	{ PH_SETTING_CLONE3, try_clone3 }, { PH_SETTING_CGROUP, try_cgroup },
	{ PH_SETTING_CLOSE, try_close },   { PH_SETTING_AUTOKILL, try_autokill },
};

/* a set of attempts that one child can make */
struct trial {
	/* says that they have been made */
	uint32_t known;
	const struct attempt *attempts;
	int count;
	/* of which the first is what the others work on: …; without, they make children */
	bool needs_self;
	/* … the host program, whoever tries */
	bool is_about_host;
};

#define ATTEMPTS(list) list, sizeof(list) / sizeof(list[0])

static const struct trial trials[] = {
	{ PH_SUPPORT_IS_KNOWN, ATTEMPTS(attempts), .needs_self = true },
	{ PH_SUPPORT_SELDOM_IS_KNOWN, ATTEMPTS(seldom_attempts), .needs_self = true },
	{ PH_SUPPORT_GETFD_IS_KNOWN, ATTEMPTS(getfd_attempts), .needs_self = true,
	  .is_about_host = true },
	{ PH_SUPPORT_SPAWN_IS_KNOWN, ATTEMPTS(spawn_attempts) },
};

static int everything(const struct trial *trial)
{
	return (1 << trial->count) - 1;
}

/* Return: those bits of @which that are there, by index, or -errno */
static int try_here(const struct trial *trial, int which, pid_t subject)
{
	PH_CLEANUP(ph_closep) int self = -1;
	int found = 0;

	if (trial->needs_self) {
		self = ph_pidfd_open(subject);
		if (self < 0)
			return ph_is_a_shortage(self) ? self : 0;
		found = 1;
	}
	for (int i = found; i < trial->count; i++) {
		int r = which >> i & 1 ? trial->attempts[i].try(self) : 0;

		if (r < 0)
			return r;
		found |= r << i;
	}
	return found;
}

/*
 * In memory that parent and child share, since somebody else may reap the
 * child: bits, or -errno.
 */
enum { UNANSWERED = INT_MIN };

/* Never returns: nothing of the host program may run in this process. */
static _Noreturn void child(const struct trial *trial, int which, _Atomic int *answer)
{
	pid_t subject = trial->is_about_host ? getppid() : getpid();

	/* no core file for an answer with SIGSYS */
	(void)syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* the table is a copy: there is room for two in ours */
	(void)syscall(SYS_close, STDIN_FILENO);
	(void)syscall(SYS_close, STDOUT_FILENO);
	atomic_store(answer, try_here(trial, which, subject));
	for (;;)
		(void)syscall(SYS_exit_group, 0);
}

/* A fork without exit signal, without the handlers of pthread_atfork(3). */
static long bare_fork(void)
{
	/* all zero: the order of the arguments, which differs, does not matter */
	return syscall(SYS_clone, 0L, 0L, 0L, 0L, 0L);
}

/*
 * Only children without SIGCHLD, which are ours: if the host program waits for
 * everybody, and its next child has the number, that one is left alone.
 * Return: 0 and it is gone, or -errno
 */
static int reap(pid_t pid)
{
	siginfo_t info;
	long r;

	do
		r = syscall(SYS_wait4, pid, NULL, __WCLONE, NULL);
	while (r < 0 && errno == EINTR);
	/* the filter may know only one of the two */
	while (r < 0 && errno != ECHILD) {
		r = syscall(SYS_waitid, P_PID, pid, &info, WEXITED | __WCLONE, NULL);
		if (r < 0 && errno != EINTR && errno != ECHILD)
			return -errno;
	}
	return 0;
}

/* Return: what a child found, UNANSWERED if it died, or -errno */
static int ask_child(const struct trial *trial, int which, _Atomic int *answer)
{
	sigset_t all, before;
	long pid;
	int r;

	/* no handler of the host program may run in the child */
	sigfillset(&all);
	r = pthread_sigmask(SIG_SETMASK, &all, &before);
	if (r > 0)
		return -r;
	atomic_store(answer, UNANSWERED);
	pid = bare_fork();
	if (pid == 0)
		child(trial, which, answer);
	r = pid < 0 ? -errno : 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r == 0)
		r = reap((pid_t)pid);
	return r < 0 ? r : atomic_load(answer);
}

/* One child for all; if it dies, one for each. Return: bits, or -errno */
static int try_in_children(const struct trial *trial, _Atomic int *answer)
{
	int r = ask_child(trial, everything(trial), answer);
	int found = 0;

	if (r != UNANSWERED)
		return r;
	for (int i = 0; i < trial->count; i++) {
		r = ask_child(trial, 1 << i, answer);
		/* without the first there are no others */
		if (r == UNANSWERED && i == 0 && trial->needs_self)
			return 0;
		if (r == UNANSWERED)
			continue;
		if (r < 0)
			return r;
		found |= r;
	}
	return found;
}

static int try_safely(const struct trial *trial)
{
	_Atomic int *answer = mmap(NULL, sizeof(*answer), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r;

	if (answer == MAP_FAILED)
		return -ENOMEM;
	r = try_in_children(trial, answer);
	(void)munmap((void *)answer, sizeof(*answer));
	/* who may not make a process cannot find out, and goes without */
	return r < 0 && r != -EAGAIN && !ph_is_a_shortage(r) ? 0 : r;
}

/* A kernel without seccomp says EINVAL; whoever refuses to say has a filter. */
static bool has_a_filter(void)
{
	long r = syscall(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0);

	return r < 0 ? errno != EINVAL : r != PH_SECCOMP_MODE_DISABLED;
}

int64_t ph_probe(uint32_t known)
{
	const struct trial *trial = trials;
	uint32_t support = known;
	bool is_filtered = has_a_filter();
	int found;

	while (trial->known != known)
		trial++;
	/* the child that is wanted does without, and the next one asks again */
	if ((is_filtered || !trial->needs_self) && family() == FAMILY_HAS_NO_INIT)
		return 0;
	found = is_filtered ? try_safely(trial) : try_here(trial, everything(trial), getpid());
	if (found < 0)
		return found;
	for (int i = 0; i < trial->count; i++)
		if (found >> i & 1)
			support |= PH_BIT(trial->attempts[i].ability);
	/* it is told by the same call */
	if (!(support & PH_BIT(PH_SETTING_INFO)))
		support &= ~PH_BIT(PH_SETTING_EXIT);
	return support;
}

uint32_t ph_built(void)
{
	uint32_t built = PH_FILE_ABILITIES;

	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		for (int j = 0; j < trials[i].count; j++)
			built |= PH_BIT(trials[i].attempts[j].ability);
	return built;
}
