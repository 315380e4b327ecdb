/* SPDX-License-Identifier: MIT */

/* A line with a pid that is taken reads the same when it is written. */

#include <stdio.h>

#include "base/parse.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), again[16];
	pid_t pid;

	/* with its NULs: the length of the file counts, not that of the text */
	if (ph_parse_pid_line(text, size, &pid) == 0) {
		int length = snprintf(again, sizeof(again), "%d\n", (int)pid);

		MUST(pid > 0);
		MUST((size_t)length == size || (size_t)length == size + 1);
		MUST(memcmp(again, text, size) == 0);
	}
	free(text);
	return 0;
}
