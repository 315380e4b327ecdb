/* SPDX-License-Identifier: MIT */

/*
 * What this kernel and this sandbox give, found out once, on first need, and
 * what the settings leave of it.
 */

#ifndef PH_SYS_SUPPORT_H
#define PH_SYS_SUPPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attrs.h"
#include "state/settings.h"

/* one bit, by the id of its setting, for each ability that is there */
extern _Atomic uint32_t ph_support;

/* the bit that says that those have been tried of which every handle makes use */
#define PH_SUPPORT_IS_KNOWN (UINT32_C(1) << 31)

/* the same for those of which only a spawn does, and for the seldom ones */
#define PH_SUPPORT_SPAWN_IS_KNOWN (UINT32_C(1) << 30)
#define PH_SUPPORT_SELDOM_IS_KNOWN (UINT32_C(1) << 29)

/* and for that one which a security module may have an eye on */
#define PH_SUPPORT_GETFD_IS_KNOWN (UINT32_C(1) << 28)

#define PH_BIT(ability) (UINT32_C(1) << (ability))

/* those that are files, and are looked for where they are needed */
#define PH_FILE_ABILITIES \
	(PH_BIT(PH_SETTING_PROC) | PH_BIT(PH_SETTING_CHILDREN) | PH_BIT(PH_SETTING_CGROUPKILL))

#define PH_SPAWN_ABILITIES                                                                 \
	(PH_BIT(PH_SETTING_VFORK) | PH_BIT(PH_SETTING_CLONE) | PH_BIT(PH_SETTING_CLONE3) | \
	 PH_BIT(PH_SETTING_CGROUP) | PH_BIT(PH_SETTING_CLOSE) | PH_BIT(PH_SETTING_AUTOKILL))

#define PH_SELDOM_ABILITIES \
	(PH_BIT(PH_SETTING_GROUP) | PH_BIT(PH_SETTING_HANDLE) | PH_BIT(PH_SETTING_PEER))

int ph_can_slowly(enum ph_setting_id ability);

/* It has been refused since it was tried: as if it had been then. */
static inline void ph_cannot(enum ph_setting_id ability)
{
	atomic_fetch_and_explicit(&ph_support, ~PH_BIT(ability), memory_order_relaxed);
}

/*
 * May this ability be used? Counts an event of its setting if that is why not:
 * ask where the answer makes a difference.
 * Return: 1, 0, or -errno when it could not be found out now (-EMFILE …)
 */
static inline int ph_can(enum ph_setting_id ability)
{
	uint32_t usable = atomic_load_explicit(&ph_support, memory_order_relaxed) &
			  atomic_load_explicit(&ph_settings_in_force, memory_order_relaxed);

	return PH_LIKELY(usable >> ability & 1) ? 1 : ph_can_slowly(ability);
}

/* The usual case, for several at once. Return: true if each may be used */
static inline bool ph_can_all(uint32_t abilities)
{
	uint32_t usable = atomic_load_explicit(&ph_support, memory_order_relaxed) &
			  atomic_load_explicit(&ph_settings_in_force, memory_order_relaxed);

	return PH_LIKELY((usable & abilities) == abilities);
}

/* The same for what has been found out already, and without counting. */
static inline int ph_has(enum ph_setting_id ability)
{
	return atomic_load_explicit(&ph_support, memory_order_relaxed) >> ability & 1;
}

/*
 * Finds out those that this bit is for, PH_SUPPORT_…IS_KNOWN. Return: the word to
 * be added to ph_support, without that bit if it is too early to tell, or -errno.
 * There are two of them: probe.c, and probe_none.c for a build without pidfds.
 */
int64_t ph_probe(uint32_t known);

/* Return: a set of the settings whose feature this build has code for */
uint32_t ph_built(void);

#endif
