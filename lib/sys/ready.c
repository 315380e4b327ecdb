/* SPDX-License-Identifier: MIT */

#include "sys/ready.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/errors.h"

int ph_ready_new(void)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll >= 0)
		return epoll;
	/* a sandbox that refuses it leaves the set without */
	return ph_is_a_shortage(-errno) ? -errno : -ENOTSUP;
}

static int control(int epoll, int operation, int fd, union ph_ready_what what)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT, .data.u64 = what.number };

	return epoll_ctl(epoll, operation, fd, &event) < 0 ? -errno : 0;
}

int ph_ready_add(int epoll, int fd, union ph_ready_what what)
{
	return control(epoll, EPOLL_CTL_ADD, fd, what);
}

int ph_ready_arm(int epoll, int fd, union ph_ready_what what)
{
	int r = ph_ready_add(epoll, fd, what);

	return r == -EEXIST ? control(epoll, EPOLL_CTL_MOD, fd, what) : r;
}

void ph_ready_remove(int epoll, int fd)
{
	/* kernels before 2.6.9 want one */
	struct epoll_event event = { .events = 0 };

	(void)epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &event);
}

int ph_ready_keep_awake(int epoll)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	int r;

	if (fd < 0)
		return -errno;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0)
		return fd;
	r = -errno;
	(void)close(fd);
	return r;
}

int ph_ready_take(int epoll, struct ph_ready *ready, int max)
{
	struct epoll_event events[PH_READY_BATCH];
	int count = epoll_wait(epoll, events, max < PH_READY_BATCH ? max : PH_READY_BATCH, 0);

	if (count < 0)
		/* a signal that is due interrupts even what does not sleep */
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < count; i++)
		ready[i] = (struct ph_ready){
			.what.number = events[i].data.u64,
			.has_hung_up = events[i].events & EPOLLHUP,
		};
	return count;
}

int ph_ready_sleep(int epoll, int timeout_ms)
{
	struct pollfd fd = { .fd = epoll, .events = POLLIN };

	if (poll(&fd, 1, timeout_ms) >= 0)
		return 0;
	/* that is how poll(2) says that the limit on descriptors is 0 */
	return errno == EINVAL ? -EMFILE : -errno;
}
