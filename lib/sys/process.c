/* SPDX-License-Identifier: MIT */

#include "sys/process.h"

#include <errno.h>
#include <signal.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <prochandle.h>

#include "base/errors.h"
#include "sys/uapi.h"

/* children without SIGCHLD are children too */
#ifdef __WALL
enum { WAIT_ALL = __WALL, WAIT_OTHERS = (int)__WCLONE };
#else
enum { WAIT_ALL = 0, WAIT_OTHERS = 0 };
#endif

int ph_sys_kill(pid_t pid, int signo)
{
	return kill(pid, signo) < 0 ? ph_refusal(-errno) : 0;
}

int ph_sys_sigqueue(pid_t pid, int signo, int value)
{
	return sigqueue(pid, signo, (union sigval){ .sival_int = value }) < 0 ? ph_refusal(-errno)
									      : 0;
}

int ph_sys_getpgid(pid_t pid)
{
	pid_t group = getpgid(pid);

	return group < 0 ? ph_refusal(-errno) : group;
}

int ph_sys_getsid(pid_t pid)
{
	pid_t session = getsid(pid);

	return session < 0 ? ph_refusal(-errno) : session;
}

#ifdef PR_SET_CHILD_SUBREAPER

int ph_sys_subreaper(int on)
{
	int before = 0;

	if (prctl(PR_GET_CHILD_SUBREAPER, &before, 0, 0, 0) < 0 ||
	    (on >= 0 && prctl(PR_SET_CHILD_SUBREAPER, on, 0, 0, 0) < 0))
		return -ENOTSUP;
	return before != 0;
}

#else

int ph_sys_subreaper(int on)
{
	(void)on;
	return -ENOTSUP;
}

#endif

int ph_sys_peek(pid_t pid, int block)
{
	/* waitid() leaves it alone when there is nothing to say */
	siginfo_t info = { .si_pid = 0 };
	int options = WEXITED | WNOWAIT | WAIT_ALL | (block ? 0 : WNOHANG);
	struct ph_status status;

	if (waitid(P_PID, (id_t)pid, &info, options) < 0)
		return ph_is_refused(-errno) ? -EACCES : -errno;
	if (info.si_pid == 0)
		return PH_LOOK_RUNS;
	return ph_status_from_child(info.si_code, info.si_status, &status) ? PH_LOOK_ENDED
									   : PH_LOOK_STOPPED;
}

static bool is_a_change(const siginfo_t *info, struct ph_status *ret_status)
{
	bool is_a_stop = info->si_code == CLD_STOPPED || info->si_code == CLD_TRAPPED;

	if (!is_a_stop && info->si_code != CLD_CONTINUED)
		return false;
	*ret_status = (struct ph_status){
		.how = is_a_stop ? PH_STOPPED : PH_CONTINUED,
		/* ptrace says more in the bits above */
		.value = info->si_status & 0x7f,
	};
	return true;
}

int ph_sys_change(int pidfd, pid_t pid, unsigned changes, bool take, bool block,
		  struct ph_status *ret_status)
{
	int options = WAIT_ALL | (block ? 0 : WNOHANG) | (take ? 0 : WEXITED | WNOWAIT);
	int type = pidfd >= 0 ? PH_P_PIDFD : P_PID;
	int id = pidfd >= 0 ? pidfd : pid;
	siginfo_t info = { .si_pid = 0 };

	options |= changes & PH_CHANGE_STOPPED ? WSTOPPED : 0;
	options |= changes & PH_CHANGE_CONTINUED ? WCONTINUED : 0;
	if (waitid((idtype_t)type, (id_t)id, &info, options) < 0)
		return ph_is_refused(-errno) ? -EACCES : -errno;
	if (info.si_pid == 0)
		return PH_LOOK_RUNS;
	return is_a_change(&info, ret_status) ? PH_LOOK_STOPPED : PH_LOOK_ENDED;
}

int ph_sys_reap(pid_t pid, struct ph_status *ret_status)
{
	struct rusage usage;
	int wait_status;
	pid_t r;

	do
		r = wait4(pid, &wait_status, WNOHANG | WAIT_ALL, &usage);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return ph_is_refused(-errno) ? -EACCES : -errno;
	if (r == 0 || ph_status_from_wait(wait_status, ret_status) < 0)
		return 0;

	ret_status->user_us = ph_microseconds(usage.ru_utime.tv_sec, usage.ru_utime.tv_usec);
	ret_status->sys_us = ph_microseconds(usage.ru_stime.tv_sec, usage.ru_stime.tv_usec);
	ret_status->maxrss_kb = usage.ru_maxrss;
	return 1;
}

bool ph_sys_has_not_executed(pid_t pid)
{
	const int options = WEXITED | WNOWAIT | WNOHANG | WAIT_OTHERS;
	siginfo_t info;

	return WAIT_OTHERS != 0 && waitid(P_PID, (id_t)pid, &info, options) == 0;
}

int ph_status_from_wait(int wait_status, struct ph_status *ret_status)
{
	if (WIFEXITED(wait_status)) {
		*ret_status = (struct ph_status){
			.how = PH_EXITED,
			.value = WEXITSTATUS(wait_status),
		};
		return 0;
	}
	if (WIFSIGNALED(wait_status)) {
		*ret_status = (struct ph_status){
			.how = PH_SIGNALED,
			.value = WTERMSIG(wait_status),
			.flags = WCOREDUMP(wait_status) ? PH_CORE : 0,
		};
		return 0;
	}
	return -EINVAL;
}
