/* SPDX-License-Identifier: MIT */

#include "sys/ready.h"

#include <errno.h>

int ph_ready_new(void)
{
	return -ENOTSUP;
}

int ph_ready_add(int ready, int fd, uint64_t data)
{
	(void)ready;
	(void)fd;
	(void)data;
	return -ENOTSUP;
}

int ph_ready_take(int ready, uint64_t *ret_data, int max)
{
	(void)ready;
	(void)ret_data;
	(void)max;
	return 0;
}
