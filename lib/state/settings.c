/* SPDX-License-Identifier: MIT */

#include "state/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct ph_setting_row ph_setting_rows[PH_SETTING_COUNT] = {
#define SETTING(id, key, ...) \
	[PH_SETTING_##id] = { .name = key, .changed = "", .opaque = false, __VA_ARGS__ },
#include "state/settings.def"
#undef SETTING
};

_Atomic uint64_t ph_setting_events[PH_SETTING_COUNT];
_Atomic uint32_t ph_settings_in_force;

/*
 * What each source says, as two words: which settings it speaks of, and the
 * values of those. One 64-bit word keeps the two together for a reader.
 */
static _Atomic uint64_t said[PH_SOURCE_CALL + 1];

static _Atomic uint32_t invalid_in_environment;

_Static_assert(PH_SETTING_COUNT <= 28, "bits 28 to 31 say what is known");

static uint64_t with(uint64_t word, unsigned id, int value)
{
	uint64_t known = UINT64_C(1) << (id + 32);
	uint64_t bit = UINT64_C(1) << id;

	word &= ~(known | bit);
	if (value >= 0)
		word |= known | (value ? bit : 0);
	return word;
}

static bool says(uint64_t word, unsigned id)
{
	return word >> (id + 32) & 1;
}

int ph_setting_parse(const char *text, size_t length)
{
	if (length != 1 || (text[0] != '0' && text[0] != '1'))
		return -EINVAL;
	return text[0] - '0';
}

static uint64_t library_defaults(void)
{
	uint64_t word = 0;

	for (unsigned id = 0; id < PH_SETTING_COUNT; id++)
		word = with(word, id, ph_setting_rows[id].initial[0] - '0');
	return word;
}

/*
 * The highest source that speaks of a setting decides. Each word is loaded
 * once: that it speaks, and what it says, are to be of one moment.
 * Return: 0 or 1
 */
static int value_of(unsigned id, enum ph_setting_source *ret_source)
{
	int source = PH_SOURCE_CALL + 1;
	uint64_t word;

	do
		word = atomic_load(&said[--source]);
	while (!says(word, id) && source > PH_SOURCE_DEFAULT);
	*ret_source = (enum ph_setting_source)source;
	return word >> id & 1;
}

static uint32_t compute(void)
{
	uint32_t in_force = PH_SETTINGS_ARE_READ;
	enum ph_setting_source source;

	for (unsigned id = 0; id < PH_SETTING_COUNT; id++)
		in_force |= (uint32_t)value_of(id, &source) << id;
	return in_force;
}

/*
 * Publishes what follows from the sources. Two writers at once: the one that
 * computed from older words sees the other's result at the exchange and
 * computes again, so the last word published is one of the last words said.
 */
static uint32_t publish(void)
{
	uint32_t before = atomic_load(&ph_settings_in_force);
	uint32_t now;

	do
		now = compute();
	while (!atomic_compare_exchange_strong(&ph_settings_in_force, &before, now) ||
	       now != compute());
	return now;
}

bool ph_setting_next(const char **text, struct ph_setting_entry *ret_entry)
{
	while (**text != '\0') {
		const char *entry = *text;
		size_t length = strcspn(entry, ",");
		const char *equals = memchr(entry, '=', length);

		*text = entry + length + (entry[length] == ',');
		if (!equals)
			continue;
		*ret_entry = (struct ph_setting_entry){
			.name = entry,
			.name_length = (size_t)(equals - entry),
			.value = equals + 1,
			.value_length = (size_t)(entry + length - equals - 1),
		};
		return true;
	}
	return false;
}

const char *ph_settings_environment(void)
{
	return secure_getenv("PHDEBUG");
}

/*
 * A value that the setting does not know masks what stands before it, and the
 * lower sources with it: the library's default is then in force.
 */
static uint64_t read_environment(void)
{
	const char *text = ph_settings_environment();
	struct ph_setting_entry entry;
	uint32_t invalid = 0;
	uint64_t word = 0;

	if (!text)
		return 0;
	while (ph_setting_next(&text, &entry)) {
		int id = ph_setting_by_name(entry.name, entry.name_length);
		int value;

		if (id < 0)
			continue;
		value = ph_setting_parse(entry.value, entry.value_length);
		invalid &= ~(UINT32_C(1) << id);
		if (value < 0) {
			invalid |= UINT32_C(1) << id;
			value = ph_setting_rows[id].initial[0] - '0';
		}
		word = with(word, (unsigned)id, value);
	}
	atomic_store(&invalid_in_environment, invalid);
	return word;
}

/* Threads that come here together read the same and store the same. */
uint32_t ph_settings_read(void)
{
	if (!atomic_load(&ph_settings_in_force)) {
		atomic_store(&said[PH_SOURCE_DEFAULT], library_defaults());
		atomic_store(&said[PH_SOURCE_ENVIRONMENT], read_environment());
	}
	return publish();
}

int ph_setting_by_name(const char *name, size_t length)
{
	for (int id = 0; id < PH_SETTING_COUNT; id++)
		if (strlen(ph_setting_rows[id].name) == length &&
		    memcmp(ph_setting_rows[id].name, name, length) == 0)
			return id;
	return -ENOENT;
}

const char *ph_setting_value(enum ph_setting_id id, enum ph_setting_source *ret_source)
{
	enum ph_setting_source source;
	int value;

	if (!atomic_load(&ph_settings_in_force))
		(void)ph_settings_read();
	value = value_of(id, &source);
	if (ret_source)
		*ret_source = source;
	return value ? "1" : "0";
}

bool ph_setting_was_invalid(enum ph_setting_id id)
{
	return atomic_load(&invalid_in_environment) >> id & 1;
}

int ph_setting_say(enum ph_setting_id id, const char *value)
{
	uint64_t before = atomic_load(&said[PH_SOURCE_CALL]);
	int number = -1;

	if (value) {
		number = ph_setting_parse(value, strlen(value));
		if (number < 0)
			return number;
	}
	(void)ph_setting_is_on(id);
	while (!atomic_compare_exchange_weak(&said[PH_SOURCE_CALL], &before,
					     with(before, id, number)))
		;
	(void)publish();
	return 0;
}

int ph_settings_say_defaults(const char *text)
{
	struct ph_setting_entry entry;
	uint64_t word = 0;

	while (ph_setting_next(&text, &entry)) {
		int id = ph_setting_by_name(entry.name, entry.name_length);
		int value;

		if (id < 0)
			return id;
		value = ph_setting_parse(entry.value, entry.value_length);
		if (value < 0)
			return value;
		word = with(word, (unsigned)id, value);
	}
	(void)ph_setting_is_on(0);
	atomic_store(&said[PH_SOURCE_PROGRAM], word);
	(void)publish();
	return 0;
}
