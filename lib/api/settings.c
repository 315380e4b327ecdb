/* SPDX-License-Identifier: MIT */

/* Settings, as programs and people see them. */

#include <errno.h>
#include <string.h>

#include <prochandle.h>

#include "base/attrs.h"
#include "state/settings.h"

static const char *const source_names[] = {
	[PH_SOURCE_DEFAULT] = "default",
	[PH_SOURCE_PROGRAM] = "program",
	[PH_SOURCE_ENVIRONMENT] = "environment",
	[PH_SOURCE_CALL] = "call",
};

PH_EXPORT int ph_setting_get(const char *name, const char **ret_value)
{
	int id;

	if (!name || !ret_value)
		return -EINVAL;
	id = ph_setting_by_name(name, strlen(name));
	if (id < 0)
		return id;
	*ret_value = ph_setting_value((enum ph_setting_id)id, NULL);
	return 0;
}

PH_EXPORT int ph_setting_set(const char *name, const char *value)
{
	int id;

	if (!name)
		return -EINVAL;
	id = ph_setting_by_name(name, strlen(name));
	return id < 0 ? id : ph_setting_say((enum ph_setting_id)id, value);
}

PH_EXPORT int ph_settings_default(const char *text)
{
	return text ? ph_settings_say_defaults(text) : -EINVAL;
}

static void copy(char *to, size_t size, const char *from, size_t length)
{
	if (length >= size)
		length = size - 1;
	memcpy(to, from, length);
	to[length] = '\0';
}

/* The last entry of a name decides, also whether it is a valid one. */
static bool is_invalid_in_environment(enum ph_setting_id id, char *text, size_t size)
{
	const char *name = ph_setting_rows[id].name;
	const char *rest = ph_settings_environment();
	struct ph_setting_entry entry;
	bool is_invalid = false;

	if (!ph_setting_was_invalid(id))
		return false;
	while (rest && ph_setting_next(&rest, &entry)) {
		if (entry.name_length != strlen(name) ||
		    memcmp(entry.name, name, entry.name_length) != 0)
			continue;
		is_invalid = ph_setting_parse(entry.value, entry.value_length) < 0;
		copy(text, size, entry.value, entry.value_length);
	}
	return is_invalid;
}

enum { TEXT_SIZE = 256 };

static int show(enum ph_setting_id id, int (*callback)(const struct ph_setting *setting, void *arg),
		void *arg)
{
	const struct ph_setting_row *row = &ph_setting_rows[id];
	enum ph_setting_source source;
	char text[TEXT_SIZE];
	struct ph_setting setting = {
		.name = row->name,
		.value = ph_setting_value(id, &source),
		.initial = row->initial,
		.old = row->old,
		.changed = row->changed,
		.help = row->help,
		.events = atomic_load(&ph_setting_events[id]),
		.flags = row->opaque ? PH_SETTING_OPAQUE : 0,
	};

	setting.source = source_names[source];
	if (source == PH_SOURCE_ENVIRONMENT && is_invalid_in_environment(id, text, sizeof(text))) {
		setting.value = text;
		setting.flags |= PH_SETTING_INVALID;
	}
	return callback(&setting, arg);
}

static int show_unknown(int (*callback)(const struct ph_setting *setting, void *arg), void *arg)
{
	const char *rest = ph_settings_environment();
	struct ph_setting_entry entry;
	int r = 0;

	while (r == 0 && rest && ph_setting_next(&rest, &entry)) {
		char name[TEXT_SIZE], value[TEXT_SIZE];

		if (ph_setting_by_name(entry.name, entry.name_length) >= 0)
			continue;
		copy(name, sizeof(name), entry.name, entry.name_length);
		copy(value, sizeof(value), entry.value, entry.value_length);
		r = callback(
			&(struct ph_setting){
				.name = name,
				.value = value,
				.source = source_names[PH_SOURCE_ENVIRONMENT],
				.initial = "",
				.old = "",
				.changed = "",
				.help = "",
				.flags = PH_SETTING_UNKNOWN,
			},
			arg);
	}
	return r;
}

PH_EXPORT int ph_setting_each(int (*callback)(const struct ph_setting *setting, void *arg),
			      void *arg)
{
	int r = 0;

	if (!callback)
		return -EINVAL;
	for (int id = 0; r == 0 && id < PH_SETTING_COUNT; id++)
		r = show((enum ph_setting_id)id, callback, arg);
	return r ? r : show_unknown(callback, arg);
}
