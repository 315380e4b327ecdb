/* SPDX-License-Identifier: MIT */

/*
 * The settings of PHDEBUG. Every one is a switch, so that what is in force
 * fits into one word that a hot path can read with one load.
 */

#ifndef PH_STATE_SETTINGS_H
#define PH_STATE_SETTINGS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attrs.h"

enum ph_setting_id {
#define SETTING(id, ...) PH_SETTING_##id,
#include "state/settings.def"
#undef SETTING
	PH_SETTING_COUNT,
};

struct ph_setting_row {
	const char *name;
	const char *initial;
	const char *old;
	const char *changed;
	bool opaque;
	const char *help;
};

extern const struct ph_setting_row ph_setting_rows[PH_SETTING_COUNT];

extern _Atomic uint64_t ph_setting_events[PH_SETTING_COUNT];

/* one bit for each setting that is on; 0 until the environment has been read */
extern _Atomic uint32_t ph_settings_in_force;

/* the bit that says that it has been */
#define PH_SETTINGS_ARE_READ (UINT32_C(1) << 31)

/* Reads the environment, once. Return: what is in force */
uint32_t ph_settings_read(void);

static inline bool ph_setting_is_on(enum ph_setting_id id)
{
	uint32_t in_force = atomic_load_explicit(&ph_settings_in_force, memory_order_relaxed);

	if (!PH_LIKELY(in_force))
		in_force = ph_settings_read();
	return in_force >> id & 1;
}

/* For hot paths. Return: false if it is off, or nobody has asked yet */
static inline bool ph_setting_is_known_on(enum ph_setting_id id)
{
	return atomic_load_explicit(&ph_settings_in_force, memory_order_relaxed) >> id & 1;
}

/* The setting made a difference. */
static inline void ph_setting_count(enum ph_setting_id id)
{
	atomic_fetch_add_explicit(&ph_setting_events[id], 1, memory_order_relaxed);
}

enum ph_setting_source {
	PH_SOURCE_DEFAULT,
	PH_SOURCE_PROGRAM,
	PH_SOURCE_ENVIRONMENT,
	PH_SOURCE_CALL,
};

/* Return: the id, or -ENOENT */
int ph_setting_by_name(const char *name, size_t length);

/* Return: the value in force, "0" or "1" */
const char *ph_setting_value(enum ph_setting_id id, enum ph_setting_source *ret_source);

/* The environment gave it a value that it does not know, when it was read. */
bool ph_setting_was_invalid(enum ph_setting_id id);

/* @value NULL: take back. Return: 0, or -EINVAL */
int ph_setting_say(enum ph_setting_id id, const char *value);

/* Return: 0, -EINVAL, or -ENOENT, and then nothing has changed */
int ph_settings_say_defaults(const char *text);

struct ph_setting_entry {
	const char *name;
	size_t name_length;
	const char *value;
	size_t value_length;
};

/*
 * Takes the next entry that has a "=" off the front of *text. Return: false at
 * the end. A pure function.
 */
bool ph_setting_next(const char **text, struct ph_setting_entry *ret_entry);

/* "0" and "1" are the values of a switch. Return: 0, 1, or -EINVAL */
int ph_setting_parse(const char *text, size_t length);

/* PHDEBUG as it reads now; NULL if unset or not to be trusted (set-user-ID). */
const char *ph_settings_environment(void);

#endif
