/* SPDX-License-Identifier: MIT */

/* Facts about the process behind a handle that are text. */

#ifndef PH_HANDLE_TEXT_H
#define PH_HANDLE_TEXT_H

#include <stddef.h>

#include "handle/process.h"

/* Return: as ph_text(); the buffer is sound */
int ph_text_of(struct ph_process *process, int what, char *buffer, size_t size);

#endif
