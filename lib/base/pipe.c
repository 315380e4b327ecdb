/* SPDX-License-Identifier: MIT */

#include "base/pipe.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

static bool is_pending(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) > 0;
}

/*
 * Takes the signal away that a write has sent to this thread. One that was
 * pending for the thread before is the same one: then there is no second, and
 * it is put back. One that was pending for the process is another one, and the
 * thread's is taken first.
 */
static void take_signal(const sigset_t *set, bool was_pending)
{
	const struct timespec at_once = { 0 };
	int r;

	do
		r = sigtimedwait(set, NULL, &at_once);
	while (r < 0 && errno == EINTR);
	if (r == SIGPIPE && was_pending && !is_pending())
		(void)raise(SIGPIPE);
}

/*
 * The signal is blocked for the write only, not for as long as the pipe is in
 * use: what others send to this thread is not to wait for that.
 */
ssize_t ph_write_quietly(int fd, const void *data, size_t size)
{
	sigset_t set, before;
	bool was_pending;
	ssize_t n;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &set, &before);
	/* it can be pending only where it is blocked */
	was_pending = sigismember(&before, SIGPIPE) > 0 && is_pending();
	do
		n = write(fd, data, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		n = -errno;
	if (n == -EPIPE)
		take_signal(&set, was_pending);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n;
}

ssize_t ph_read_some(int fd, void *buffer, size_t size)
{
	ssize_t n;

	do
		n = read(fd, buffer, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}
