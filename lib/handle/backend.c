/* SPDX-License-Identifier: MIT */

/* Which backend serves a call: the first of the ladder that can. */

#include "handle/backend.h"

#include <errno.h>

#include "base/cleanup.h"
#include "proc/read.h"
#include "state/metrics.h"
#include "sys/peer.h"
#include "sys/support.h"

#if PH_HAVE_PIDFD

#include "handle/backend_pidfd.h"
#include "sys/pidfd.h"

static PH_COLD int find_slowly(pid_t pid, struct ph_process **ret_process)
{
	int r = ph_can(PH_SETTING_PIDFD);

	if (r > 0)
		return ph_pidfd_backend_find(pid, ret_process);
	return r < 0 ? r : ph_backend_find_number(pid, ret_process);
}

int ph_backend_find(pid_t pid, struct ph_process **ret_process)
{
	if (PH_LIKELY(ph_can_all(PH_PINNING_ABILITIES)))
		return ph_pidfd_backend_find_pinned(pid, ret_process);
	return find_slowly(pid, ret_process);
}

int ph_backend_find_inode(uint64_t inode, struct ph_process **ret_process)
{
	int r = ph_can(PH_SETTING_PIDFD);

	if (r > 0)
		return ph_pidfd_backend_find_inode(inode, ret_process);
	return r < 0 ? r : -ENOTSUP;
}

int ph_backend_adopt(int pidfd, struct ph_process **ret_process)
{
	int r = ph_can(PH_SETTING_PIDFD);

	if (r > 0)
		return ph_pidfd_backend_adopt(pidfd, ret_process);
	return r < 0 ? r : -ENOTSUP;
}

static int find_peer_pinned(int socket, struct ph_process **ret_process)
{
	int r = ph_can(PH_SETTING_PIDFD);

	if (r > 0)
		r = ph_can(PH_SETTING_PEER);
	if (r <= 0)
		return r < 0 ? r : -ENOTSUP;
	return ph_pidfd_backend_find_peer(socket, ret_process);
}

int ph_backend_asks(void)
{
	int r = ph_can(PH_SETTING_PIDFD);

	return r > 0 ? ph_can(PH_SETTING_INFO) : r;
}

int ph_backend_ask(pid_t pid, struct ph_told *ret_told)
{
	return ph_pidfd_backend_ask_number(pid, ret_told);
}

/* a process that begins between the two questions, and ends before the next one */
enum { THREAD_ROUNDS = 16 };

/*
 * Linux has one call that needs no descriptor and no /proc. What it does not
 * know, and kill(2) does, is a thread, or has begun since: so it is asked again.
 */
int ph_backend_exists(pid_t pid)
{
	for (int round = 0; round < THREAD_ROUNDS; round++) {
		int r;

		if (ph_sys_leads_a_process(pid) == 0)
			return 1;
		r = ph_sys_kill(pid, 0);
		if (r < 0 && r != -EPERM)
			return 0;
	}
	return -ENOENT;
}

#else

int ph_backend_find(pid_t pid, struct ph_process **ret_process)
{
	return ph_backend_find_number(pid, ret_process);
}

int ph_backend_find_inode(uint64_t inode, struct ph_process **ret_process)
{
	(void)inode;
	(void)ret_process;
	return -ENOTSUP;
}

int ph_backend_adopt(int pidfd, struct ph_process **ret_process)
{
	(void)pidfd;
	(void)ret_process;
	return -ENOTSUP;
}

static int find_peer_pinned(int socket, struct ph_process **ret_process)
{
	(void)socket;
	(void)ret_process;
	return -ENOTSUP;
}

int ph_backend_asks(void)
{
	return 0;
}

int ph_backend_ask(pid_t pid, struct ph_told *ret_told)
{
	(void)pid;
	(void)ret_told;
	return -ENOTSUP;
}

int ph_backend_exists(pid_t pid)
{
	PH_UNCANCELLED;
	PH_CLEANUP(ph_closep) int directory = -1;
	pid_t leader;

	if (ph_sys_kill(pid, 0) == -ESRCH)
		return 0;
	/* without a descriptor to spare or /proc: what the kernel said */
	directory = ph_proc_open(pid);
	if (directory >= 0 && ph_proc_read_tgid(directory, &leader) == 0 && leader != pid)
		return -ENOENT;
	return 1;
}

#endif

int ph_backend_find_number(pid_t pid, struct ph_process **ret_process)
{
	PH_UNCANCELLED;

	if (ph_setting_is_on(PH_SETTING_PIDFD))
		ph_count(PH_METRIC_FALLBACKS_PIDFD);
	return ph_backend_portable.find(pid, ret_process);
}

int ph_backend_find_peer(int socket, struct ph_process **ret_process)
{
	int r = find_peer_pinned(socket, ret_process);
	pid_t pid;

	if (r != -ENOTSUP)
		return r;
	r = ph_sys_peer_pid(socket, &pid);
	if (r < 0)
		return r == -ENOPROTOOPT ? -ENOTSUP : r;
	r = ph_backend_find(pid, ret_process);
	if (r < 0)
		/* the number is a thread's now */
		return r == -ENOENT ? -ESRCH : r;
	/* it may have been given away since the two were connected */
	return PH_UNVERIFIED;
}
