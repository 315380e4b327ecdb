/* SPDX-License-Identifier: MIT */

/* /proc/PID/task/TID/children, cut anywhere. */

#include "proc/children.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	const char *at = text;
	pid_t pid = -1;

	while (ph_proc_pids_next(&at, &pid) > 0)
		MUST(pid >= 0);
	free(text);
	return 0;
}
