/* SPDX-License-Identifier: MIT */

/* A signal that is taken has a name, and its name is taken for it. */

#include "base/signals.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), name[16];
	int signo = ph_signal_from_name(text);

	(void)ph_signal_nearest(text);
	if (signo >= 0) {
		MUST(ph_signal_is_valid(signo));
		(void)ph_signal_name(signo, name, sizeof(name));
		MUST(ph_signal_from_name(name) == signo);
	}
	free(text);
	return 0;
}
