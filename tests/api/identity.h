/* SPDX-License-Identifier: MIT */

/* What the tests of identities share. */

#ifndef IDENTITY_H
#define IDENTITY_H

#include <string.h>

#include "api.h"

static inline bool has_inodes(void)
{
	return has(PH_FEATURE_PIDFD | PH_FEATURE_INODE);
}

static inline bool has_identity(void)
{
	return has_inodes() || has(PH_FEATURE_PROC);
}

/* Skips where there is nothing that tells processes apart. */
static inline void need_identity(void)
{
	if (!has_identity())
		skip("there is no identity without inodes and without /proc");
}

static inline void read_id(struct ph_process *process, char id[PH_ID_SIZE])
{
	int r = ph_id(process, id, PH_ID_SIZE);

	ck_assert_int_gt(r, 0);
	ck_assert_int_lt(r, PH_ID_SIZE);
	ck_assert_uint_eq(strlen(id), r);
}

static inline void expect_id_not_found(const char *id, int error)
{
	struct ph_process *process = (struct ph_process *)&process;
	int r = ph_find_id(id, &process);

	ck_assert_msg(r == error, "\"%s\": %d instead of %d", id ? id : "(null)", r, error);
	ck_assert_ptr_null(process);
}

/* An inode can be looked up by the kernel, or searched for in /proc. */
static inline bool has_lookup(void)
{
	return has_inodes() && (has(PH_FEATURE_HANDLE) || has(PH_FEATURE_PROC));
}

static inline void inode_alone(struct ph_process *process, char id[PH_ID_SIZE])
{
	char whole[PH_ID_SIZE];

	read_id(process, whole);
	whole[strcspn(whole, "@")] = '\0';
	(void)strcpy(id, strchr(whole, ':'));
}

#endif
