/* SPDX-License-Identifier: MIT */

#include "handle/run_pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/pipe.h"

enum {
	FIRST_ROOM = 4095,
	/* what is dropped at once; threads may have small stacks */
	DROP_SIZE = 8192,
};

static void close_end(int *fd)
{
	int taken = ph_take_fd(fd);

	ph_closep(&taken);
}

/*
 * What poll(2) has seen, the child can undo before it is used: it can take from
 * its own pipe, or make it smaller.
 */
void ph_pipe_begin(int fd)
{
	if (fd >= 0)
		(void)fcntl(fd, F_SETFL, O_NONBLOCK);
}

void ph_feed_some(struct ph_feed *feed)
{
	ssize_t n = ph_write_quietly(feed->fd, feed->data, feed->left);

	if (n == -EAGAIN)
		return;
	if (n > 0) {
		feed->data += n;
		feed->left -= (size_t)n;
	}
	if (n < 0 || feed->left == 0)
		ph_feed_end(feed);
}

void ph_feed_end(struct ph_feed *feed)
{
	close_end(&feed->fd);
}

int ph_capture_begin(struct ph_capture *capture, size_t limit)
{
	capture->limit = limit;
	capture->room = limit < FIRST_ROOM ? limit : FIRST_ROOM;
	capture->data = malloc(capture->room + 1);
	return capture->data ? 0 : -ENOMEM;
}

/* Return: 0, or -ENOMEM; there is room then, or the limit has been reached */
static int grow(struct ph_capture *capture)
{
	size_t room = capture->room;
	char *data;

	if (capture->size < room || room == capture->limit)
		return 0;
	/* powers of two, with the NUL */
	room = room < capture->limit / 2 ? 2 * room + 1 : capture->limit;
	data = realloc(capture->data, room + 1);
	if (!data)
		return -ENOMEM;
	capture->data = data;
	capture->room = room;
	return 0;
}

ssize_t ph_capture_some(struct ph_capture *capture)
{
	char dropped[DROP_SIZE];
	bool is_full;
	ssize_t n;

	if (grow(capture) < 0)
		return -ENOMEM;
	is_full = capture->size == capture->room;
	if (is_full)
		n = ph_read_some(capture->fd, dropped, sizeof(dropped));
	else
		n = ph_read_some(capture->fd, capture->data + capture->size,
				 capture->room - capture->size);
	if (n == -EAGAIN)
		return 0;
	if (n <= 0) {
		close_end(&capture->fd);
		return 0;
	}
	if (is_full)
		capture->is_truncated = true;
	else
		capture->size += (size_t)n;
	return n;
}

void ph_capture_close(struct ph_capture *capture)
{
	close_end(&capture->fd);
}

void ph_capture_cut(struct ph_capture *capture)
{
	capture->is_truncated = true;
	close_end(&capture->fd);
}

/* A writer that goes on must not keep us: so much as there is, and one look more. */
bool ph_capture_rest(struct ph_capture *capture)
{
	bool was_at_end;
	int owed = 0;

	if (capture->fd < 0)
		return true;
	(void)ioctl(capture->fd, FIONREAD, &owed);
	for (ssize_t taken = 0, n; taken <= owed; taken += n) {
		n = ph_capture_some(capture);
		if (n < 0)
			capture->is_truncated = true;
		if (n <= 0)
			break;
	}
	was_at_end = capture->fd < 0;
	close_end(&capture->fd);
	return was_at_end;
}

char *ph_capture_take(struct ph_capture *capture)
{
	char *data = capture->data;

	if (data)
		data[capture->size] = '\0';
	capture->data = NULL;
	return data;
}

void ph_capture_end(struct ph_capture *capture)
{
	close_end(&capture->fd);
	free(capture->data);
	capture->data = NULL;
}
