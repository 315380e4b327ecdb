/* SPDX-License-Identifier: MIT */

/* Files of /proc that are lines of "Name:<tab>value". */

#ifndef PH_PROC_FIELD_H
#define PH_PROC_FIELD_H

#include <stddef.h>
#include <sys/types.h>

/* Return: what stands in the line @name (with its colon), up to its end; or NULL */
const char *ph_proc_field_find(const char *text, const char *name);

/*
 * The first number of the line @name (with its colon).
 * Return: 0, -ENODATA there is no such line, -EBADMSG it holds no number
 */
int ph_proc_field_parse(const char *text, const char *name, pid_t *ret_value);

/* How many words the line holds: 0 if there is no such line. */
size_t ph_proc_field_count(const char *text, const char *name);

#endif
