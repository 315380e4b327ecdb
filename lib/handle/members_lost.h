/* SPDX-License-Identifier: MIT */

/*
 * Who may have been missed for good. What a process leaves behind when it ends
 * hangs elsewhere from then on, and nothing says that it belonged to a tree: so
 * it is noted since when nobody has looked below one that has ended, and once
 * everything has come to rest it is searched for processes that have been born
 * since and hang where orphans go.
 */

#ifndef PH_HANDLE_MEMBERS_LOST_H
#define PH_HANDLE_MEMBERS_LOST_H

#include "handle/members.h"

/* In a tree whose members leave others behind for somebody else, as long as one may start any. */
bool ph_lost_is_possible(const struct ph_members *members);

/*
 * What is started below the root after it ends goes to nobody but those above.
 * Before the first look. Return: 0, -EMFILE, -ENFILE, -ENOMEM
 */
int ph_lost_begin(struct ph_members *members);

/* A walk begins. Return: the same */
int ph_lost_begin_walk(struct ph_members *members);

/* The first walk has its table. Return: 0, or -ENOMEM */
int ph_lost_note_ended(struct ph_members *members, const struct ph_proc_table *table);

/* Had that one ended when the scope was looked at first? @start: in ticks; 0: not told */
bool ph_lost_had_ended(const struct ph_members *members, pid_t pid, uint64_t start);

/* A member has ended. */
void ph_lost_note_member(struct ph_members *members, const struct ph_member *member);

/* The root has, which is no member. */
void ph_lost_note_root(struct ph_members *members);

/*
 * Has its number been given away since it was last known to have it? It may be
 * somebody else's who was named by it then. Return: 1, 0, or a shortage
 */
int ph_lost_is_number_given_again(const struct ph_member *member);

/*
 * Somebody was named, and when a handle was to be had it was gone or elsewhere.
 * @start: in ticks; 0: not told
 */
void ph_lost_note_passer(struct ph_members *members, pid_t pid, uint64_t start);

/*
 * Nobody is new, and nobody has ended meanwhile: whoever is not in the list and
 * could be one of the tree is lost. Return: 1 there is somebody whom another walk
 * finds, 0, or -EMFILE, -ENFILE, -ENOMEM, -ENOTSUP
 */
int ph_lost_search(struct ph_members *members);

#endif
