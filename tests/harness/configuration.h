/* SPDX-License-Identifier: MIT */

/*
 * What the library should find in this run, worked out without it: from the
 * kernel, tried with bare calls; from the filter in PH_TEST_FILTER; from the
 * settings in PHDEBUG; and from the way it was built. What a test expects
 * follows from these, exactly, in each configuration.
 */

#ifndef CONFIGURATION_H
#define CONFIGURATION_H

#include <stdbool.h>

#include <prochandle.h>

/* Tries the kernel, then puts the process under the filter that is asked for. */
void configuration_begin(void);

/* Those that are files of the kernel: pidfds have nothing to do with them, /proc has. */
#define FILE_FEATURES ((unsigned)(PH_FEATURE_PROC | PH_FEATURE_CHILDREN | PH_FEATURE_CGROUPKILL))

/* The features that this kernel has, whatever stands in the way. */
unsigned kernel_features(void);

/* PH_FEATURE_USED, _OFF, _MISSING or _UNBUILT of one feature at the start. */
int expected_state(unsigned bit);

/* What ph_features() should say at the start. */
unsigned expected_features(void);

static inline bool has(unsigned features)
{
	return (expected_features() & features) == features;
}

/* What ph_guarantee() should say of a handle that is found. */
int expected_guarantee(void);

static inline bool is_pinned_here(void)
{
	return expected_guarantee() == PH_PINNED;
}

static inline bool is_bare_here(void)
{
	return expected_guarantee() == PH_UNCHECKED;
}

/* Is the exit status told of a process that somebody else has reaped? */
bool tells_after_reap(void);

/* Does a zombie of somebody else show in /proc how it ended? */
bool tells_zombies(void);

#endif
