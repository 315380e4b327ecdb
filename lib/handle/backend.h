/* SPDX-License-Identifier: MIT */

/*
 * The kernel interface that a handle rests on. Two of them: pidfd, and a
 * portable one that needs POSIX only, with /proc where there is one. A handle
 * keeps the one that made it.
 */

#ifndef PH_HANDLE_BACKEND_H
#define PH_HANDLE_BACKEND_H

#include "base/deadline.h"
#include "handle/process.h"

struct ph_backend {
	/* Return: 0, or as ph_find() */
	int (*find)(pid_t pid, struct ph_process **ret_process);

	/*
	 * Is the number still this process's, zombies included, as the caller
	 * counts? The answer is about this moment. Return: 0 it is, -ESRCH the
	 * process is gone, -EREMOTE the caller is in another pid namespace
	 * now, -EPERM or -ENOTSUP it cannot be told, or -errno
	 */
	int (*prove)(struct ph_process *process);

	/* Return: as ph_kill() with PH_ONE; signals and their number are valid */
	int (*kill)(struct ph_process *process, int signo);

	/* Return: as ph_queue() */
	int (*queue)(struct ph_process *process, int signo, int value);

	/*
	 * For handles that signal by descriptor only: signals the group that
	 * the process behind it leads, alive or reaped, without its number.
	 * Return: 0, -ESRCH it leads none, -ENOTSUP cannot, or -errno
	 */
	int (*kill_led)(int fd, int signo);

	/* Return: a descriptor for kill_led, -ESRCH, -ENOTSUP, or -errno */
	int (*open_leader)(pid_t group);

	/* Return: as ph_wait(); no record has been published */
	int (*wait)(struct ph_process *process, struct ph_deadline deadline,
		    struct ph_exit *ret_exit);

	/* Reaps a zombie that has become a child after its end was seen, if it has. */
	void (*reap)(struct ph_process *process);

	/*
	 * For handles with a pollable descriptor, which has been readable: says
	 * how the process ended, without waiting for anything. @is_reaped: it
	 * has hung up. @is_sole: nobody else uses the handle. Return: 0, or
	 * -errno there was nothing left to look with
	 */
	int (*tell)(struct ph_process *process, bool is_reaped, bool is_sole,
		    struct ph_exit *ret_exit);

	/* Return: 0 and the number of the parent, 0 for none, or -errno */
	int (*parent)(struct ph_process *process, pid_t *ret_parent);

	/*
	 * What the kernel tells through the handle itself. Return: 0 and the
	 * process was there, or an error, which proves nothing
	 */
	int (*ask)(struct ph_process *process, struct ph_told *ret_told);

	/* Return: 0, -ENOTSUP processes have no inodes here, or -errno */
	int (*inode)(struct ph_process *process, uint64_t *ret_inode);

	/* Return: 0, -ENOTSUP it cannot be told, -ESRCH gone, or -errno */
	int (*start)(struct ph_process *process, uint64_t *ret_start);

	/* the descriptor whose POLLIN means the end, or -ENOTSUP */
	int (*pollable)(const struct ph_process *process);
};

extern const struct ph_backend ph_backend_portable;

/* The best handle that is to be had here on the process with that pid. */
int ph_backend_find(pid_t pid, struct ph_process **ret_process);

/* The same where no pidfd is to be had. */
int ph_backend_find_number(pid_t pid, struct ph_process **ret_process);

/* what the kernel tells through a handle, if it tells anything */
#define PH_BACKEND_TELLS \
	(PH_INFO_PID | PH_INFO_PARENT | PH_INFO_USER | PH_INFO_REAL_USER | PH_INFO_CGROUP)

/*
 * The same as ask, of whoever has that pid now, without a handle. Return: 0,
 * -ENOTSUP the kernel does not tell, -ESRCH there is none, or a shortage
 */
int ph_backend_ask(pid_t pid, struct ph_told *ret_told);

/* Does ph_backend_ask() work here? Return: 1, 0, or -errno it cannot be told now */
int ph_backend_asks(void);

/* Return: as ph_exists(); @pid is positive */
int ph_backend_exists(pid_t pid);

/* Return: 0, -ESRCH, -ENOTSUP (no inodes here), or as ph_find() */
int ph_backend_find_inode(uint64_t inode, struct ph_process **ret_process);

/* Return: as ph_find_peer() */
int ph_backend_find_peer(int socket, struct ph_process **ret_process);

/* Return: as ph_from_fd() */
int ph_backend_adopt(int pidfd, struct ph_process **ret_process);

#endif
