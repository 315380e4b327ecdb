/* SPDX-License-Identifier: MIT */

/* Where there are no pidfds there is nothing to watch together. */

#include "sys/watch.h"

#include <errno.h>

int ph_epoll_new(void)
{
	return -ENOTSUP;
}

int ph_epoll_arm(int epoll, int fd, void *what)
{
	(void)epoll;
	(void)fd;
	(void)what;
	return -ENOTSUP;
}

void ph_epoll_remove(int epoll, int fd)
{
	(void)epoll;
	(void)fd;
}

int ph_epoll_keep_awake(int epoll)
{
	(void)epoll;
	return -ENOTSUP;
}

int ph_epoll_take(int epoll, struct ph_ready *ready, int max)
{
	(void)epoll;
	(void)ready;
	(void)max;
	return 0;
}

int ph_epoll_sleep(int epoll, int timeout_ms)
{
	(void)epoll;
	(void)timeout_ms;
	return -ENOTSUP;
}
