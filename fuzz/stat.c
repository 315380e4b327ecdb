/* SPDX-License-Identifier: MIT */

/* /proc/PID/stat, with any name in it and cut anywhere. */

#include "proc/stat.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct ph_proc_stat stat, alive;

	if (ph_proc_stat_parse(text, &stat) == 0) {
		MUST(stat.pid > 0);
		MUST(stat.comm > text && stat.comm + stat.comm_size <= text + size);
		(void)ph_proc_stat_has_ended(&stat);
		MUST(ph_proc_stat_parse_alive(text, &alive) == 0);
		MUST(alive.start == stat.start && alive.comm_size == stat.comm_size);
	}
	free(text);
	return 0;
}
