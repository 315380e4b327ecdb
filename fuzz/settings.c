/* SPDX-License-Identifier: MIT */

/* PHDEBUG: entries lie inside the text, one behind the other. */

#include "state/settings.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	const char *rest = text, *before = text;
	struct ph_setting_entry entry;

	while (ph_setting_next(&rest, &entry)) {
		MUST(entry.name >= before && rest > entry.name);
		MUST(entry.name[entry.name_length] == '=');
		MUST(entry.value == entry.name + entry.name_length + 1);
		MUST(!memchr(entry.name, '=', entry.name_length));
		MUST(!memchr(entry.name, ',', entry.name_length + 1 + entry.value_length));
		before = rest;
		(void)ph_setting_by_name(entry.name, entry.name_length);
		(void)ph_setting_parse(entry.value, entry.value_length);
	}
	MUST(rest == text + strlen(text));
	/* all or nothing, and no harm to what follows */
	(void)ph_settings_say_defaults(text);
	MUST(ph_settings_say_defaults("") == 0);
	free(text);
	return 0;
}
