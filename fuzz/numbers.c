/* SPDX-License-Identifier: MIT */

/* A number that is taken reads the same when it is written. */

#include <inttypes.h>
#include <stdio.h>

#include "base/parse.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), again[32];
	uint64_t value;
	pid_t pid;

	if (ph_parse_u64(text, &value) == 0) {
		(void)snprintf(again, sizeof(again), "%" PRIu64, value);
		MUST(strcmp(again, text) == 0);
	}
	if (ph_parse_pid(text, &pid) == 0) {
		MUST(pid > 0);
		(void)snprintf(again, sizeof(again), "%d", (int)pid);
		MUST(strcmp(again, text) == 0);
	}
	free(text);
	return 0;
}
