/* SPDX-License-Identifier: MIT */

/* stdin, stdout and stderr: there at the start, intact at the end. */

#ifndef PH_CLI_OUTPUT_H
#define PH_CLI_OUTPUT_H

#include "verb.h"

/* Fills the descriptors 0 to 2, so that no handle lands on one of them. */
void output_begin(void);

/* Writes what is there for stdout now. If it cannot be, output_end() says why. */
void output_flush(void);

/*
 * Checks that all of stdout was written, writes the file of --metrics, and
 * returns @status, or STATUS_FAILED if one of them failed.
 */
int output_end(const struct call *call, int status);

enum paint { PAINT_GOOD, PAINT_BAD, PAINT_WEAK };

/* Are colours wanted on stdout? */
bool has_colors(const struct call *call);

/* What switches the terminal to that colour; valid for ever. */
const char *paint_code(enum paint paint);

/* @text for stdout, coloured if colours are wanted; valid until the next call */
const char *paint(const struct call *call, enum paint paint, const char *text);

#endif
