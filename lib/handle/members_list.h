/* SPDX-License-Identifier: MIT */

/* The list of the members of a scope, without how they are found. */

#ifndef PH_HANDLE_MEMBERS_LIST_H
#define PH_HANDLE_MEMBERS_LIST_H

#include "handle/members.h"

/* no index */
#define PH_NOBODY SIZE_MAX

/* Return: the index of the last member that was added with that number, or PH_NOBODY */
size_t ph_members_find(const struct ph_members *members, pid_t pid);

/* Takes the reference, unless it fails. Return: 0, or -ENOMEM */
int ph_members_add(struct ph_members *members, struct ph_process *process, pid_t parent);

/* Drops all from that index on. */
void ph_members_cut(struct ph_members *members, size_t count);

/* The number is not this member's any more: it is not found by it. */
void ph_members_forget(struct ph_members *members, size_t index);

/* Parents before children, among those from that index on. */
void ph_members_order(struct ph_members *members, size_t first);

#endif
