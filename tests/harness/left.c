/* SPDX-License-Identifier: MIT */

#include "left.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <prochandle.h>

#include "harness.h"

/*
 * Not from /proc, which a test may have unmounted. poll(2) tells in one call
 * which descriptors are not open.
 */
static void look_at_descriptors(unsigned char flags[LEFT_DESCRIPTORS])
{
	struct pollfd all[LEFT_DESCRIPTORS];
	struct rlimit limit;
	nfds_t count = LEFT_DESCRIPTORS;

	must(getrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_cur < count)
		count = (nfds_t)limit.rlim_cur;
	for (nfds_t i = 0; i < count; i++)
		all[i] = (struct pollfd){ .fd = (int)i };
	must(poll(all, count, 0));
	memset(flags, 0, LEFT_DESCRIPTORS);
	for (nfds_t i = 0; i < count; i++)
		if (!(all[i].revents & POLLNVAL))
			flags[i] = (unsigned char)(1 + must(fcntl((int)i, F_GETFD)));
}

static uint64_t count_handles(void)
{
	uint64_t handles = 0;

	ck_assert_int_eq(ph_metric_read("/prochandle/handles/open:handles", &handles), 0);
	return handles;
}

void left_remember(struct left *left)
{
	memset(left, 0, sizeof(*left));
	look_at_descriptors(left->descriptors);
	must(sigprocmask(SIG_BLOCK, NULL, &left->mask));
	for (int i = 0; i < LEFT_SIGNALS; i++)
		(void)sigaction(i + 1, NULL, &left->actions[i]);
	for (int i = 0; i < (int)RLIM_NLIMITS; i++)
		must(getrlimit((__rlimit_resource_t)i, &left->limits[i]));
	left->dumpable = must(prctl(PR_GET_DUMPABLE));
	must(prctl(PR_GET_CHILD_SUBREAPER, &left->subreaper));
	left->handles = count_handles();
}

/* What a program says, without what libc adds. */
static int flags_of(const struct sigaction *action)
{
	return action->sa_flags & (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK |
				   SA_RESTART | SA_NODEFER | (int)SA_RESETHAND);
}

static void compare_signals(const struct left *before, const struct left *now)
{
	for (int i = 0; i < LEFT_SIGNALS; i++) {
		ck_assert_msg(sigismember(&before->mask, i + 1) == sigismember(&now->mask, i + 1),
			      "whether signal %d is blocked has changed", i + 1);
		ck_assert_msg(before->actions[i].sa_handler == now->actions[i].sa_handler &&
				      flags_of(&before->actions[i]) == flags_of(&now->actions[i]),
			      "the action for signal %d has changed", i + 1);
	}
}

static void expect_no_child(void)
{
	siginfo_t info = { .si_pid = 0 };
	int r = waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL);

	ck_assert_msg(r < 0 && errno == ECHILD, "a child is left: %d", (int)info.si_pid);
}

void left_compare(const struct left *before)
{
	struct left now;

	left_remember(&now);
	for (int i = 0; i < LEFT_DESCRIPTORS; i++)
		ck_assert_msg(before->descriptors[i] == now.descriptors[i],
			      "descriptor %d was %s and is %s", i,
			      before->descriptors[i] ? "open" : "closed",
			      now.descriptors[i] ? "open" : "closed");
	expect_no_child();
	compare_signals(before, &now);
	for (int i = 0; i < (int)RLIM_NLIMITS; i++)
		ck_assert_msg(before->limits[i].rlim_cur == now.limits[i].rlim_cur,
			      "limit %d has changed", i);
	ck_assert_int_eq(now.dumpable, before->dumpable);
	ck_assert_int_eq(now.subreaper, before->subreaper);
	ck_assert_uint_eq(now.handles, before->handles);
}

int left_count_descriptors(void)
{
	unsigned char flags[LEFT_DESCRIPTORS];
	int open = 0;

	look_at_descriptors(flags);
	for (int i = 0; i < LEFT_DESCRIPTORS; i++)
		open += flags[i] != 0;
	return open;
}
