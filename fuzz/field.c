/* SPDX-License-Identifier: MIT */

/* /proc/PID/status and fdinfo: lines of names and values. */

#include <errno.h>

#include "fuzz.h"
#include "proc/field.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	pid_t value = -4711;
	int r;

	r = ph_proc_field_parse(text, "Pid:", &value);
	MUST(r == 0 || r == -ENODATA || r == -EBADMSG);
	MUST(r == 0 || value == -4711);
	(void)ph_proc_field_parse(text, "Tgid:", &value);
	free(text);
	return 0;
}
