/* SPDX-License-Identifier: MIT */

#include "proc/status.h"

#include <errno.h>
#include <string.h>

#include "base/parse.h"
#include "proc/field.h"

/* The number, and *text behind it and the blank that follows. */
static int take_id(const char **text, uint32_t *ret_id)
{
	size_t length = strcspn(*text, " \t\n");
	uint64_t value;

	if (ph_parse_u64_n(*text, length, &value) < 0 || value > UINT32_MAX)
		return -EBADMSG;
	*text += length;
	*text += strspn(*text, " \t");
	*ret_id = (uint32_t)value;
	return 0;
}

/* Of the line: real, effective, saved, and that of file systems. */
static int take_ids(const char *text, const char *name, uint32_t ids[3])
{
	const char *at = ph_proc_field_find(text, name);

	if (!at)
		return -EBADMSG;
	for (int i = 0; i < 3; i++)
		if (take_id(&at, &ids[i]) < 0)
			return -EBADMSG;
	return 0;
}

int ph_proc_status_parse(const char *text, struct ph_proc_ids *ret_ids)
{
	uint32_t users[3], groups[3];

	if (take_ids(text, "Uid:", users) < 0 || take_ids(text, "Gid:", groups) < 0)
		return -EBADMSG;
	*ret_ids = (struct ph_proc_ids){
		.real_uid = users[0],
		.uid = users[1],
		.saved_uid = users[2],
		.real_gid = groups[0],
		.gid = groups[1],
	};
	return 0;
}
