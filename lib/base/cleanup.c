/* SPDX-License-Identifier: MIT */

#include "base/cleanup.h"

PH_COLD void ph_close_uncancelled(int fd)
{
	PH_UNCANCELLED;

	(void)close(fd);
}
