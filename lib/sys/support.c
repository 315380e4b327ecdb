/* SPDX-License-Identifier: MIT */

#include "sys/support.h"

_Atomic uint32_t ph_support;

/* Which bit says that it has been tried? */
static uint32_t known_bit(enum ph_setting_id ability)
{
	if (PH_SPAWN_ABILITIES >> ability & 1)
		return PH_SUPPORT_SPAWN_IS_KNOWN;
	if (ability == PH_SETTING_GETFD)
		return PH_SUPPORT_GETFD_IS_KNOWN;
	return PH_SELDOM_ABILITIES >> ability & 1 ? PH_SUPPORT_SELDOM_IS_KNOWN
						  : PH_SUPPORT_IS_KNOWN;
}

int ph_can_slowly(enum ph_setting_id ability)
{
	uint32_t known = known_bit(ability);
	uint32_t support;

	/* a setting that forbids an ability forbids to try it out as well */
	if (!ph_setting_is_on(ability)) {
		ph_setting_count(ability);
		return 0;
	}

	/* Threads that come here together find the same and store the same. */
	support = atomic_load(&ph_support);
	if (!(support & known)) {
		int64_t r = ph_probe(known);

		if (r < 0)
			return (int)r;
		support = atomic_fetch_or(&ph_support, (uint32_t)r) | (uint32_t)r;
	}
	return support >> ability & 1;
}
