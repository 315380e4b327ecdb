/* SPDX-License-Identifier: MIT */

/* The backend of handles that hold a pidfd: what its files share. */

#ifndef PH_HANDLE_BACKEND_PIDFD_H
#define PH_HANDLE_BACKEND_PIDFD_H

#include "handle/backend.h"
#include "sys/support.h"

extern const struct ph_backend ph_backend_pidfd;

/* Return: as ph_find() */
int ph_pidfd_backend_find(pid_t pid, struct ph_process **ret_process);

/* who signals and reaps through the descriptor can forget the number */
#define PH_PINNING_ABILITIES \
	(PH_BIT(PH_SETTING_PIDFD) | PH_BIT(PH_SETTING_SIGNAL) | PH_BIT(PH_SETTING_WAIT))

/* The same where all of these may be used. */
int ph_pidfd_backend_find_pinned(pid_t pid, struct ph_process **ret_process);

/* Makes a handle in memory that is there; owns the descriptor. */
void ph_pidfd_backend_begin(struct ph_process *process, pid_t pid, int fd);

/* The same where all of these may be used. */
static inline void ph_pidfd_backend_begin_pinned(struct ph_process *process, pid_t pid, int fd)
{
	ph_process_begin(process, &ph_backend_pidfd, PH_PINNED, pid, fd);
	process->signals_by_fd = process->waits_by_fd = true;
}

int ph_pidfd_backend_wait(struct ph_process *process, struct ph_deadline deadline,
			  struct ph_exit *ret_exit);

int ph_pidfd_backend_tell(struct ph_process *process, bool is_reaped, bool is_sole,
			  struct ph_exit *ret_exit);

/* Return: as ph_backend_ask() */
int ph_pidfd_backend_ask_number(pid_t pid, struct ph_told *ret_told);

/* Return: as ph_backend_adopt() */
int ph_pidfd_backend_adopt(int pidfd, struct ph_process **ret_process);

/* Return: as ph_backend_find_inode() */
int ph_pidfd_backend_find_inode(uint64_t inode, struct ph_process **ret_process);

/* Return: as ph_find_peer(); -ENOTSUP if it is refused now */
int ph_pidfd_backend_find_peer(int socket, struct ph_process **ret_process);

#endif
