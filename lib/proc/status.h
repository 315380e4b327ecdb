/* SPDX-License-Identifier: MIT */

/* The users in /proc/PID/status. */

#ifndef PH_PROC_STATUS_H
#define PH_PROC_STATUS_H

#include <stdint.h>

struct ph_proc_ids {
	uint32_t real_uid;
	uint32_t uid;
	uint32_t real_gid;
	uint32_t gid;
};

/* Return: 0, -EBADMSG they are not there */
int ph_proc_status_parse(const char *text, struct ph_proc_ids *ret_ids);

#endif
