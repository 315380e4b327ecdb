/* SPDX-License-Identifier: MIT */

/* A build without pidfds has nothing to find out. */

#include "sys/support.h"

int64_t ph_probe(void)
{
	return PH_SUPPORT_IS_KNOWN;
}

int64_t ph_probe_spawn(void)
{
	return PH_SUPPORT_SPAWN_IS_KNOWN;
}

uint32_t ph_built(void)
{
	return PH_FILE_ABILITIES;
}
