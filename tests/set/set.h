/* SPDX-License-Identifier: MIT */

/* What the tests of sets say often. */

#ifndef SET_H
#define SET_H

#include "../api/api.h"

/* What is watched by descriptor? */
static inline bool has_descriptors(void)
{
	return has(PH_FEATURE_PIDFD);
}

static inline struct ph_set *made(void)
{
	struct ph_set *set = NULL;

	ck_assert_int_eq(ph_set_new(&set), 0);
	ck_assert_ptr_nonnull(set);
	return set;
}

/* Adds a handle that the set alone holds from then on. */
static inline struct ph_process *give(struct ph_set *set, pid_t pid, void *data)
{
	struct ph_process *process = found(pid);

	ck_assert_int_eq(ph_set_add(set, process, data), 0);
	(void)ph_unref(process);
	return process;
}

/* A setting, where "set" is a variable. */
static inline void change(const char *setting, const char *value)
{
	set(setting, value);
}

static inline void expect_nobody(struct ph_set *set, int64_t timeout_ms)
{
	struct ph_event event = { .data = set };

	ck_assert_int_eq(ph_set_wait(set, timeout_ms, &event, 1), -ETIMEDOUT);
	ck_assert_ptr_eq(event.data, set);
}

/* One has ended; the reference is the caller's. */
static inline struct ph_event expect_one(struct ph_set *set, int64_t timeout_ms)
{
	struct ph_event event;

	ck_assert_int_eq(ph_set_wait(set, timeout_ms, &event, 1), 1);
	ck_assert_ptr_nonnull(event.process);
	return event;
}

/* By number, and with nothing but the files of /proc to prove that it is its own. */
static inline void leave_proc_only(void)
{
	if (has_descriptors() && !has(PH_FEATURE_PROC))
		skip("there is neither /proc nor PIDFD_GET_INFO to prove anything with");
	set("pidfdwait", "0");
	set("pidfdinfo", "0");
}

#endif
