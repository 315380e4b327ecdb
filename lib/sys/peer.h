/* SPDX-License-Identifier: MIT */

/* Who is at the other end of a socket, as the kernel has it. -errno, never errno. */

#ifndef PH_SYS_PEER_H
#define PH_SYS_PEER_H

#include <sys/types.h>

/* Return: 1 SO_PEERPIDFD is known here, 0 it is not, or what has run out */
int ph_sys_knows_peers(void);

/*
 * Return: a pidfd, close-on-exec; -ENODATA there is no peer; -EINVAL or -ESRCH it has been
 * reaped and the kernel gives no more pidfds on it; or another -errno
 */
int ph_sys_peer_pidfd(int socket);

/*
 * The number that the peer had when it connected, as the caller counts.
 * Return: 0, -ENODATA there is no peer, -EREMOTE it has no number here, or -errno
 */
int ph_sys_peer_pid(int socket, pid_t *ret_pid);

#endif
