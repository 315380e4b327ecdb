/* SPDX-License-Identifier: MIT */

/*
 * A pid does not tell a process from its forked child where both are the first
 * of their pid namespaces, and asking for it is a system call. So there is a
 * page that the kernel empties in the child (Linux 4.14): whoever finds it
 * empty is somebody new.
 */

#include "sys/home.h"

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

/* where that which is not the mark begins: a cache line of its own */
enum { OWN = 128 };

/* copied to the child, so that it goes on where its parent was */
static _Atomic uint64_t last_mark;
_Atomic(_Atomic uint64_t *) ph_home_mark;

#ifdef MADV_WIPEONFORK
static void *map_page(size_t size)
{
	void *address =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (address == MAP_FAILED)
		return NULL;
	if (madvise(address, size, MADV_WIPEONFORK) == 0)
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

/* Return: the page, or NULL where there is no such thing */
static _Atomic uint64_t *get_page(void)
{
	_Atomic uint64_t *known = atomic_load(&ph_home_mark);
	_Atomic uint64_t *mine;
	size_t size;

	if (known)
		return known;
	size = (size_t)sysconf(_SC_PAGESIZE);
	mine = map_page(size);
	if (!mine)
		return NULL;
	if (atomic_compare_exchange_strong(&ph_home_mark, &known, mine))
		return mine;
	(void)munmap((void *)mine, size);
	return known;
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
