/* SPDX-License-Identifier: MIT */

#include "sys/ready.h"

#include <errno.h>
#include <sys/epoll.h>

enum { AT_ONCE = 64 };

int ph_ready_new(void)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int ph_ready_add(int ready, int fd, uint64_t data)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT, .data.u64 = data };

	return epoll_ctl(ready, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int ph_ready_take(int ready, uint64_t *ret_data, int max)
{
	struct epoll_event events[AT_ONCE];
	int count = epoll_wait(ready, events, max < AT_ONCE ? max : AT_ONCE, 0);

	for (int i = 0; i < count; i++)
		ret_data[i] = events[i].data.u64;
	return count < 0 ? 0 : count;
}
