/* SPDX-License-Identifier: MIT */

/* Text into a caller's buffer, cut where it is full, counted in full. */

#ifndef PH_BASE_WRITER_H
#define PH_BASE_WRITER_H

#include <stddef.h>

#include "base/attrs.h"

struct ph_writer {
	/* where to write; NULL only if size is 0 */
	char *buffer;
	size_t size;
	/* length of the whole text so far, whether it fitted or not */
	size_t length;
};

PH_PRINTF(2, 3) void ph_write(struct ph_writer *writer, const char *format, ...);

#endif
