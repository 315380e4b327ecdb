/* SPDX-License-Identifier: MIT */

/* Where there are no pidfds there is nothing to watch together. */

#include "sys/ready.h"

#include <errno.h>

int ph_ready_new(void)
{
	return -ENOTSUP;
}

int ph_ready_add(int epoll, int fd, union ph_ready_what what)
{
	(void)epoll;
	(void)fd;
	(void)what;
	return -ENOTSUP;
}

int ph_ready_arm(int epoll, int fd, union ph_ready_what what)
{
	(void)epoll;
	(void)fd;
	(void)what;
	return -ENOTSUP;
}

void ph_ready_remove(int epoll, int fd)
{
	(void)epoll;
	(void)fd;
}

int ph_ready_keep_awake(int epoll)
{
	(void)epoll;
	return -ENOTSUP;
}

int ph_ready_take(int epoll, struct ph_ready *ready, int max)
{
	(void)epoll;
	(void)ready;
	(void)max;
	return 0;
}

int ph_ready_sleep(int epoll, int timeout_ms)
{
	(void)epoll;
	(void)timeout_ms;
	return -ENOTSUP;
}
