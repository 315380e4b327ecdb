/* SPDX-License-Identifier: MIT */

/* The users of /proc/PID/status, cut anywhere. */

#include "proc/status.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct ph_proc_ids ids;

	if (ph_proc_status_parse(text, &ids) == 0)
		MUST(strstr(text, "Uid:") && strstr(text, "Gid:"));
	free(text);
	return 0;
}
