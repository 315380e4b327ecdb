/* SPDX-License-Identifier: MIT */

#include "handle/watch.h"

#include <errno.h>
#include <pthread.h>

#include "base/cleanup.h"
#include "sys/ready.h"

void ph_watch_begin(struct ph_watch *watch, int apart)
{
	*watch = (struct ph_watch){
		.events = {
			[PH_WATCH_APART] = { .fd = apart, .events = POLLIN },
			[PH_WATCH_MANY] = { .fd = -1, .events = POLLIN },
		},
		.ready = -1,
	};
}

void ph_watch_end(struct ph_watch *watch)
{
	if (watch->ready >= 0)
		ph_close(watch->ready);
	watch->ready = -1;
}

static int add(int ready, int fd, uint64_t data)
{
	return ph_ready_add(ready, fd, (union ph_ready_what){ .number = data });
}

/* The one that is watched becomes one of many. Return: 0, or -errno */
static int become_many(struct ph_watch *watch)
{
	struct pollfd *many = &watch->events[PH_WATCH_MANY];
	int ready = ph_ready_new();
	int r;

	if (ready < 0)
		return ready;
	r = add(ready, many->fd, watch->data);
	if (r < 0) {
		ph_close(ready);
		return r;
	}
	watch->ready = many->fd = ready;
	return 0;
}

int ph_watch_add(struct ph_watch *watch, int fd, uint64_t data)
{
	struct pollfd *many = &watch->events[PH_WATCH_MANY];
	int r = 0;

	if (many->fd < 0) {
		many->fd = fd;
		watch->data = data;
		return 0;
	}
	if (watch->ready < 0)
		r = become_many(watch);
	return r < 0 ? r : add(watch->ready, fd, data);
}

int ph_watch_sleep(struct ph_watch *watch, int timeout_ms, int cancel_state,
		   void (*abandon)(void *arg), void *arg)
{
	int state, r;

	pthread_cleanup_push(abandon, arg);
	(void)pthread_setcancelstate(cancel_state, NULL);
	r = poll(watch->events, PH_WATCH_EVENTS, timeout_ms);
	if (r < 0)
		/* that is how poll(2) says that the limit on descriptors is too low */
		r = errno == EINVAL ? -EMFILE : -errno;
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pthread_cleanup_pop(0);
	if (r < 0)
		watch->events[PH_WATCH_APART].revents = watch->events[PH_WATCH_MANY].revents = 0;
	return r < 0 && r != -EINTR ? r : 0;
}

static int take_many(const struct ph_watch *watch, uint64_t *ret_data, int max)
{
	struct ph_ready ready[PH_READY_BATCH];
	int count = ph_ready_take(watch->ready, ready, max);

	for (int i = 0; i < count; i++)
		ret_data[i] = ready[i].what.number;
	return count;
}

int ph_watch_take(struct ph_watch *watch, uint64_t *ret_data, int max)
{
	struct pollfd *many = &watch->events[PH_WATCH_MANY];

	if (!many->revents)
		return 0;
	if (watch->ready >= 0)
		return take_many(watch, ret_data, max);
	many->fd = -1;
	many->revents = 0;
	*ret_data = watch->data;
	return 1;
}

bool ph_watch_took_apart(struct ph_watch *watch)
{
	struct pollfd *apart = &watch->events[PH_WATCH_APART];

	if (!apart->revents)
		return false;
	/* a descriptor that has been closed meanwhile says nothing */
	apart->fd = -1;
	return !(apart->revents & POLLNVAL);
}
