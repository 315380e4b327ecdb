/* SPDX-License-Identifier: MIT */

/* The library itself, and the kernel below it. */

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <prochandle.h>

#include "base/cancel.h"
#include "handle/cgroup.h"
#include "proc/children.h"
#include "proc/read.h"
#include "sys/support.h"

static const struct feature_row {
	enum ph_setting_id setting;
	struct ph_feature feature;
} features[] = {
#define FEATURE(id, name_, kernel_, gives_, instead_) \
	{ PH_SETTING_##id,                            \
	  { .bit = PH_FEATURE_##id,                   \
	    .name = name_,                            \
	    .kernel = kernel_,                        \
	    .gives = gives_,                          \
	    .instead = instead_ } },
#include "sys/features.def"
#undef FEATURE
};

enum { FEATURES = sizeof(features) / sizeof(features[0]) };

static bool is_built(enum ph_setting_id setting)
{
	return ph_built() >> setting & 1;
}

/* To ask is not to use: nothing is counted here. */
static enum ph_feature_state state_of(enum ph_setting_id setting)
{
	if (!is_built(setting))
		return PH_FEATURE_UNBUILT;
	if (!ph_setting_is_on(setting))
		return PH_FEATURE_OFF;
	if (setting == PH_SETTING_PROC)
		return ph_proc_is_there() > 0 ? PH_FEATURE_USED : PH_FEATURE_MISSING;
	/* nor are there files without /proc */
	if (PH_FILE_ABILITIES >> setting & 1 && !ph_setting_is_on(PH_SETTING_PROC))
		return PH_FEATURE_OFF;
	if (setting == PH_SETTING_CHILDREN)
		return ph_proc_has_children() ? PH_FEATURE_USED : PH_FEATURE_MISSING;
	if (setting == PH_SETTING_CGROUPKILL)
		return ph_cgroup_can_kill() ? PH_FEATURE_USED : PH_FEATURE_MISSING;
	/* without pidfds there is nothing for the others to work on, but for one */
	if (!ph_setting_is_on(PH_SETTING_PIDFD) && setting != PH_SETTING_CLOSE)
		return PH_FEATURE_OFF;
	if (setting != PH_SETTING_CLOSE && ph_can(PH_SETTING_PIDFD) <= 0)
		return PH_FEATURE_MISSING;
	return ph_can(setting) > 0 ? PH_FEATURE_USED : PH_FEATURE_MISSING;
}

PH_EXPORT unsigned ph_features(void)
{
	PH_UNCANCELLED;
	unsigned bits = 0;

	for (size_t i = 0; i < FEATURES; i++)
		if (state_of(features[i].setting) == PH_FEATURE_USED)
			bits |= features[i].feature.bit;
	return bits;
}

PH_EXPORT int ph_feature_each(int (*callback)(const struct ph_feature *feature, void *arg),
			      void *arg)
{
	PH_UNCANCELLED;
	int r = 0;

	if (!callback)
		return -EINVAL;
	for (size_t i = 0; r == 0 && i < FEATURES; i++) {
		struct ph_feature feature = features[i].feature;

		feature.state = (int)state_of(features[i].setting);
		r = callback(&feature, arg);
	}
	return r;
}

PH_EXPORT const char *ph_version(void)
{
	return PH_VERSION;
}

/* What libc calls it, not translated where libc can do without. */
#if PH_HAVE_STRERRORDESC_NP

static const char *describe(int error)
{
	const char *text = strerrordesc_np(error);

	return text ? text : "unknown error";
}

#else

static const char *describe(int error)
{
	return strerror(error);
}

#endif

PH_EXPORT const char *ph_strerror(int error)
{
	/* there is an integer whose opposite is none */
	unsigned number = error < 0 ? -(unsigned)error : (unsigned)error;

	switch (number) {
	case 0:
		return "success";
	case ESRCH:
		return "no such process";
	case ESTALE:
		return "another process has that pid now";
	case ENOENT:
		return "no such file, setting or metric (or a thread, not a process)";
	case EINVAL:
		return "invalid argument";
	case EPERM:
		return "not permitted";
	case EDEADLK:
		return "the caller, or one above it, would be signalled";
	case ELOOP:
		return "new processes appear without end";
	case EREMOTE:
		return "outside the caller's pid namespace";
	case ENOTSUP:
		return "not supported here";
	case ENODATA:
		return "no parent, or no peer, to be seen from here";
	case ETIMEDOUT:
		return "still running";
	case EAGAIN:
		return "no resources for it now";
	case EMFILE:
		return "too many open files in this process";
	case ENFILE:
		return "too many open files in the system";
	case ENOMEM:
		return "out of memory";
	case EBADF:
		return "not a pidfd";
	case EBUSY:
		return "held by another process";
	case EKEYREJECTED:
		return "a pid file that may not be trusted";
	default:
		return describe((int)number);
	}
}
