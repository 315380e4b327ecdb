/* SPDX-License-Identifier: MIT */

/*
 * Patterns of the shell, byte by byte: fnmatch(3) asks the locale what a
 * character is, and a name may be none.
 */

#ifndef PH_BASE_GLOB_H
#define PH_BASE_GLOB_H

#include <stdbool.h>

/*
 * * any bytes, ? one, [a-z] one of these, [!a-z] one but these, \ the next one as
 * it is. A [ without its ] stands for itself.
 */
bool ph_glob_matches(const char *pattern, const char *text);

#endif
