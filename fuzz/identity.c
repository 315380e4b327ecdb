/* SPDX-License-Identifier: MIT */

/* An identity that is taken reads the same when it is written. */

#include "handle/identity.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), again[PH_ID_SIZE];
	struct ph_writer writer = { .buffer = again, .size = sizeof(again) };
	struct ph_identity identity;

	if (ph_identity_parse(text, &identity) == 0) {
		MUST(identity.pid >= 0 && identity.value > 0);
		ph_identity_write(&identity, &writer);
		MUST(writer.length < sizeof(again));
		/* ":INODE" has no pid to write */
		MUST(strcmp(identity.pid == 0 ? again + 1 : again, text) == 0);
	}
	free(text);
	return 0;
}
