/* SPDX-License-Identifier: MIT */

/* For LD_PRELOAD: a program for which no time goes by, however slow the machine is. */

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *time)
{
	static struct timespec first;

	if (id != CLOCK_MONOTONIC)
		return (int)syscall(SYS_clock_gettime, id, time);
	if (first.tv_sec == 0)
		(void)syscall(SYS_clock_gettime, id, &first);
	*time = first;
	return 0;
}
