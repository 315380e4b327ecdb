/* SPDX-License-Identifier: MIT */

/*
 * A pid does not tell a process from its forked child where both are the first
 * of their pid namespaces, and asking for it is a system call. So there is a
 * page that the kernel empties in the child (Linux 4.14): whoever finds it
 * empty is somebody new.
 */

#include "sys/home.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

/* where that which is not the mark begins: a cache line of its own */
enum { OWN = 128 };

enum { NO_ADVICE = -1 };

/* copied to the child, so that it goes on where its parent was */
static _Atomic uint64_t last_mark;
_Atomic(_Atomic uint64_t *) ph_home_mark;

/*
 * In the place of the page where there is none, and empty for ever: whoever has been
 * told by his pid is not to be told by a page later on.
 */
static _Atomic uint64_t no_page;

#ifdef MADV_WIPEONFORK

/* So do some emulators, also advice that there is not, and nothing comes of it. */
static bool takes_any_advice(void *address, size_t size)
{
	return madvise(address, size, NO_ADVICE) == 0;
}

static void *map_page(size_t size)
{
	void *address =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (address == MAP_FAILED)
		return NULL;
	if (madvise(address, size, MADV_WIPEONFORK) == 0 && !takes_any_advice(address, size))
		return address;
	(void)munmap(address, size);
	return NULL;
}
#else
static void *map_page(size_t size)
{
	(void)size;
	return NULL;
}
#endif

/* The first to come decides, for all threads and for as long as the process lives. */
static _Atomic uint64_t *decide(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	_Atomic uint64_t *page = map_page(size), *known = NULL;
	_Atomic uint64_t *mine = page ? page : &no_page;

	if (atomic_compare_exchange_strong(&ph_home_mark, &known, mine))
		return mine;
	if (page)
		(void)munmap((void *)page, size);
	return known;
}

/* Return: the page, or NULL where there is no such thing */
static _Atomic uint64_t *get_page(void)
{
	_Atomic uint64_t *known = atomic_load(&ph_home_mark);

	if (!known)
		known = decide();
	return known == &no_page ? NULL : known;
}

void *ph_home_own(void)
{
	_Atomic uint64_t *mark = get_page();

	return mark ? (char *)mark + OWN : NULL;
}

uint64_t ph_home_slowly(void)
{
	_Atomic uint64_t *mark = get_page();
	uint64_t found = 0;
	uint64_t fresh;

	/* the pid is the next best, and larger than any mark of a page */
	if (!mark)
		return (uint64_t)getpid() << 32;
	found = atomic_load(mark);
	if (found)
		return found;
	fresh = atomic_fetch_add(&last_mark, 1) + 1;
	return atomic_compare_exchange_strong(mark, &found, fresh) ? fresh : found;
}
