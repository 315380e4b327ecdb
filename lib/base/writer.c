/* SPDX-License-Identifier: MIT */

#include "base/writer.h"

#include <stdarg.h>
#include <stdio.h>

void ph_write(struct ph_writer *writer, const char *format, ...)
{
	size_t used = writer->length < writer->size ? writer->length : writer->size;
	va_list args;
	int r;

	va_start(args, format);
	r = vsnprintf(writer->size ? writer->buffer + used : NULL, writer->size - used, format,
		      args);
	va_end(args);
	if (r > 0)
		writer->length += (size_t)r;
}
