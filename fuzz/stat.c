/* SPDX-License-Identifier: MIT */

/* /proc/PID/stat, with any name in it and cut anywhere. */

#include <prochandle.h>

#include "fuzz.h"
#include "proc/stat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct ph_proc_stat stat, less;

	if (ph_proc_stat_parse(text, PH_INFO_ALL, &stat) == 0) {
		MUST(stat.pid > 0);
		MUST(stat.comm > text && stat.comm + stat.comm_size <= text + size);
		(void)ph_proc_stat_has_ended(&stat);
		MUST(ph_proc_stat_parse(text, PH_INFO_PARENT | PH_INFO_START, &less) == 0);
		MUST(less.parent == stat.parent && less.start == stat.start);
		MUST(less.comm == stat.comm && less.comm_size == stat.comm_size);
	}
	free(text);
	return 0;
}
