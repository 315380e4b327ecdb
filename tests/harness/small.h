/* SPDX-License-Identifier: MIT */

/* A thread with the smallest stack that glibc gives, and nothing mapped below it. */

#ifndef SMALL_H
#define SMALL_H

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

enum {
	/* on most machines; other libraries allow less than one path takes */
	SMALL_SIZE = 16 * 1024,
	SMALL_BELOW = 1024 * 1024,
};

/* Runs @body in it, and waits for that. */
static inline void in_a_small_thread(void *(*body)(void *arg), void *arg)
{
	long asked = sysconf(_SC_THREAD_STACK_MIN);
	size_t size = asked > SMALL_SIZE ? (size_t)asked : SMALL_SIZE;
	char *memory =
		mmap(NULL, SMALL_BELOW + size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t attributes;
	pthread_t thread;

	ck_assert(memory != MAP_FAILED);
	must(mprotect(memory + SMALL_BELOW, size, PROT_READ | PROT_WRITE));
	ck_assert_int_eq(pthread_attr_init(&attributes), 0);
	ck_assert_int_eq(pthread_attr_setstack(&attributes, memory + SMALL_BELOW, size), 0);
	ck_assert_int_eq(pthread_create(&thread, &attributes, body, arg), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	(void)pthread_attr_destroy(&attributes);
	must(munmap(memory, SMALL_BELOW + size));
}

#endif
