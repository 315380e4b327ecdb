/* SPDX-License-Identifier: MIT */

/*
 * Names of processes, operands and lists come from others. What would move the
 * cursor, colour the screen, end a line or turn the reading direction is shown
 * by its number.
 */

#include "text.h"

#include <string.h>

size_t text_decode(const char *text, uint32_t *ret_code)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *byte = (const unsigned char *)text;
	uint32_t code = byte[0];
	size_t length = 1;

	if (code >= 0xf0 && code <= 0xf4) {
		length = 4;
		code &= 0x07;
	} else if (code >= 0xe0 && code < 0xf0) {
		length = 3;
		code &= 0x0f;
	} else if (code >= 0xc2 && code < 0xe0) {
		length = 2;
		code &= 0x1f;
	} else if (code >= 0x80) {
		return 0;
	}
	/* a NUL is no continuation, so this does not read past the end */
	for (size_t i = 1; i < length; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (byte[i] & 0x3f);
	}
	if (length > 1 && code < smallest[length])
		return 0;
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_code = code;
	return length;
}

bool text_is_unsafe(uint32_t code)
{
	if (code < 0x20 || (code >= 0x7f && code <= 0x9f))
		return true;
	/* marks, embeddings, overrides, isolates; and the two line separators */
	return code == 0x061c || code == 0x200e || code == 0x200f ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* One character of @text as it is shown, into @piece; returns what it took. */
static size_t next_piece(const char *text, char piece[8])
{
	uint32_t code = 0;
	size_t length = text_decode(text, &code);

	if (length == 0) {
		(void)snprintf(piece, 8, "\\x%02x", (unsigned char)text[0]);
		return 1;
	}
	if (text_is_unsafe(code))
		(void)snprintf(piece, 8, code < 0x80 ? "\\x%02x" : "\\u%04x",
			       (unsigned)code & 0xffff);
	else
		(void)snprintf(piece, 8, "%.*s", (int)length, text);
	return length;
}

void text_print(FILE *out, const char *text)
{
	char piece[8];

	while (*text != '\0') {
		text += next_piece(text, piece);
		(void)fputs(piece, out);
	}
}

void text_escape(const char *text, char *buffer, size_t size)
{
	char piece[8];
	size_t used = 0;

	while (*text != '\0') {
		size_t length;

		text += next_piece(text, piece);
		length = strlen(piece);
		if (used + length >= size)
			break;
		memcpy(buffer + used, piece, length);
		used += length;
	}
	buffer[used] = '\0';
}

void text_cut(char *text, size_t columns)
{
	size_t used = 0;

	while (*text != '\0') {
		uint32_t code = 0;
		size_t length = text_decode(text, &code);

		/* above that there are wide ones; a locale that knows which need not be set */
		used += code < 0x1100 ? 1 : 2;
		if (length == 0 || used > columns)
			break;
		text += length;
	}
	*text = '\0';
}
