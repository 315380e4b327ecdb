/* SPDX-License-Identifier: MIT */

/* Text from others, made harmless for a terminal and a log. */

#ifndef PH_CLI_TEXT_H
#define PH_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Enough for the comm of a process with every byte escaped, and its NUL. */
#define COMM_TEXT_SIZE 64

/* Bytes of the UTF-8 sequence at @text, or 0 if there is none. */
size_t text_decode(const char *text, uint32_t *ret_code);

/* Would it steer the terminal, or turn the reading direction? */
bool text_is_unsafe(uint32_t code);

/* Prints @text with everything unsafe as \x1b or \u202e. */
void text_print(FILE *out, const char *text);

/* The same into a buffer, cut at a whole character where it is full. */
void text_escape(const char *text, char *buffer, size_t size);

/* Cuts what is escaped already, so that it takes at most @columns of a terminal. */
void text_cut(char *text, size_t columns);

#endif
