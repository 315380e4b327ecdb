/* SPDX-License-Identifier: MIT */

/* A pattern, and behind its first newline what it is to match. */

#include "base/glob.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	char *name = strchr(text, '\n');

	if (name) {
		*name++ = '\0';
		/* a pattern without a special byte is a name */
		if (text[strcspn(text, "*?[\\")] == '\0')
			MUST(ph_glob_matches(text, name) == (strcmp(text, name) == 0));
		else
			(void)ph_glob_matches(text, name);
		MUST(ph_glob_matches("*", name));
	}
	free(text);
	return 0;
}
