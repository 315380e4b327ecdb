/* SPDX-License-Identifier: MIT */

#include "sys/peer.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/errors.h"

/* Linux 6.5 (but on parisc and sparc, whose headers know it) */
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

int ph_sys_peer_pidfd(int socket)
{
	socklen_t size = sizeof(int);
	int pidfd = -1;

	if (getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) < 0)
		return -errno;
	return pidfd;
}

/* One that is not connected: what knows the option sees that there is no peer. */
int ph_sys_knows_peers(void)
{
	PH_CLEANUP(ph_closep) int lonely = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (lonely < 0)
		return ph_is_a_shortage(-errno) ? -errno : 0;
	return ph_sys_peer_pidfd(lonely) == -ENODATA;
}

int ph_sys_peer_pid(int socket, pid_t *ret_pid)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;
	if (peer.pid > 0) {
		*ret_pid = peer.pid;
		return 0;
	}
	return peer.uid == (uid_t)-1 ? -ENODATA : -EREMOTE;
}
