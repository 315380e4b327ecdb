/* SPDX-License-Identifier: MIT */

/* Our ends of the pipes of a run. None of these calls sleeps. */

#ifndef PH_HANDLE_RUN_PIPES_H
#define PH_HANDLE_RUN_PIPES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* what the child reads */
struct ph_feed {
	/* -1: none, or closed */
	int fd;
	const char *data;
	size_t left;
};

/* what the child writes */
struct ph_capture {
	/* -1: none, or at its end */
	int fd;
	/* room for as much, and for a NUL behind it; NULL: nothing is captured */
	char *data;
	size_t room;
	size_t size;
	/* bytes that are kept */
	size_t limit;
	bool is_truncated;
};

/* From now on a full or an empty pipe is -EAGAIN. For our end only. */
void ph_pipe_begin(int fd);

/* Gives the child what it takes; the pipe is closed after the last byte. */
void ph_feed_some(struct ph_feed *feed);

void ph_feed_end(struct ph_feed *feed);

/* Return: 0, or -ENOMEM */
int ph_capture_begin(struct ph_capture *capture, size_t limit);

/*
 * Takes what is there, once; at the end the pipe is closed.
 * Return: bytes, 0 nothing came, or -ENOMEM
 */
ssize_t ph_capture_some(struct ph_capture *capture);

/* It is at its end. */
void ph_capture_close(struct ph_capture *capture);

/* It is not, and no more is taken. */
void ph_capture_cut(struct ph_capture *capture);

/* Takes what is in the pipe now, and closes it. Return: was it at its end? */
bool ph_capture_rest(struct ph_capture *capture);

/* The text, which the caller frees. */
char *ph_capture_take(struct ph_capture *capture);

void ph_capture_end(struct ph_capture *capture);

#endif
