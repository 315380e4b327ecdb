/* SPDX-License-Identifier: MIT */

/* A build without pidfds has nothing to find out. */

#include "sys/support.h"

int64_t ph_probe(uint32_t known)
{
	return known;
}

uint32_t ph_built(void)
{
	return PH_FILE_ABILITIES;
}
