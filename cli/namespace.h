/* SPDX-License-Identifier: MIT */

/* Namespaces that ph makes for others: the ids inside, and /proc. */

#ifndef PH_CLI_NAMESPACE_H
#define PH_CLI_NAMESPACE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * In a user namespace that was just made: @uid and @gid of outside are
 * @inside_uid and @inside_gid, and nobody else is anybody. Return: 0 or -errno
 */
int namespace_map_ids(uid_t inside_uid, uid_t uid, gid_t inside_gid, gid_t gid);

/*
 * From here on mounts of this namespace appear in no other; those of the one that
 * it was made from still appear here. Return: may mounts be made?
 */
bool namespace_hide_mounts(void);

/* The /proc of the pid namespace that the caller is in. Return: is it there? */
bool namespace_mount_proc(void);

#endif
