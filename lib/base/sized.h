/* SPDX-License-Identifier: MIT */

/* Structs that come with their size, from programs that know more or less of them than we do. */

#ifndef PH_BASE_SIZED_H
#define PH_BASE_SIZED_H

#include <errno.h>
#include <string.h>

/*
 * Copies @theirs, of which @size bytes are there, to @ours. What they do not
 * know is zero. Return: 0, or -E2BIG they ask for what we do not know
 */
static inline int ph_sized_read(void *ours, size_t our_size, const void *theirs, size_t size)
{
	const unsigned char *bytes = theirs;

	for (size_t i = our_size; i < size; i++)
		if (bytes[i] != 0)
			return -E2BIG;
	if (size > our_size)
		size = our_size;
	if (size > 0)
		memcpy(ours, theirs, size);
	memset((unsigned char *)ours + size, 0, our_size - size);
	return 0;
}

#endif
