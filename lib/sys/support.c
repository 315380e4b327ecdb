/* SPDX-License-Identifier: MIT */

#include "sys/support.h"

_Atomic uint32_t ph_support;

int ph_can_slowly(enum ph_setting_id ability)
{
	uint32_t support;
	bool is_for_spawn;

	/* a setting that forbids an ability forbids to try it out as well */
	if (!ph_setting_is_on(ability)) {
		ph_setting_count(ability);
		return 0;
	}

	/* Threads that come here together find the same and store the same. */
	is_for_spawn = PH_SPAWN_ABILITIES >> ability & 1;
	support = atomic_load(&ph_support);
	if (!(support & (is_for_spawn ? PH_SUPPORT_SPAWN_IS_KNOWN : PH_SUPPORT_IS_KNOWN))) {
		int64_t r = is_for_spawn ? ph_probe_spawn() : ph_probe();

		if (r < 0)
			return (int)r;
		support = atomic_fetch_or(&ph_support, (uint32_t)r) | (uint32_t)r;
	}
	return support >> ability & 1;
}
