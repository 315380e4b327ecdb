/* SPDX-License-Identifier: MIT */

/*
 * Seccomp filters: kernels and sandboxes that lack a call, made to order. What
 * is behind a pointer cannot be seen by one.
 */

#ifndef FILTER_H
#define FILTER_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* what a rule does, instead of letting the call through */
#define FILTER_ERRNO(error) (SECCOMP_RET_ERRNO | (error))
#define FILTER_TRAP SECCOMP_RET_TRAP
#define FILTER_KILL SECCOMP_RET_KILL_PROCESS

struct filter_rule {
	long call;
	uint32_t action;
	/* only if the argument has this value under this mask, which may be 0 */
	int argument;
	uint32_t mask;
	uint32_t value;
};

/*
 * One of the calls of pidfds by name: pidfd_open, pidfd_send_signal, waitid
 * (of a pidfd only), ioctl (those of pidfds), handles (by inode), clone3,
 * clonepidfd and vfork (by clone), close_range, pidfd_getfd, peerpidfd (by
 * getsockopt).
 * Return: false if there is no such name
 */
bool filter_rule_for(const char *name, uint32_t action, struct filter_rule rules[2]);

/* For the calling thread and its children, for good. Return: 0 or -errno */
int filter_install(const struct filter_rule *rules, size_t count);

/* The same for one name; skips the test if filters are not to be had. */
void filter_call(const char *name, uint32_t action);

#endif
