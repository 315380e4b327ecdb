/* SPDX-License-Identifier: MIT */

/* Nothing here allocates: the process may have been forked beside a thread. */

#include "aside.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void close_range_of(unsigned first, unsigned last)
{
#ifdef SYS_close_range
	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
#endif
	/* before Linux 5.9; above its limit ph has opened nothing */
	for (long fd = first; fd <= (long)last && fd < sysconf(_SC_OPEN_MAX); fd++)
		(void)close((int)fd);
}

static bool is_next(int fd, unsigned from, int best)
{
	return fd >= 0 && (unsigned)fd >= from && (best < 0 || fd < best);
}

static void close_all_but(const int *fds, size_t count)
{
	unsigned from = 0;

	for (;;) {
		int next = -1;

		for (size_t i = 0; i < count; i++)
			if (is_next(fds[i], from, next))
				next = fds[i];
		if (next < 0)
			break;
		if ((unsigned)next > from)
			close_range_of(from, (unsigned)next - 1);
		from = (unsigned)next + 1;
	}
	close_range_of(from, ~0U);
}

void aside_begin(const char *name, const int *fds, size_t count)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)prctl(PR_SET_NAME, name);
	(void)setsid();
	(void)chdir("/");
	close_all_but(fds, count);
}
