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

/* real, effective, and two more */
static int take_two(const char *text, const char *name, uint32_t *ret_real, uint32_t *ret_effective)
{
	const char *at = ph_proc_field_find(text, name);

	if (!at || take_id(&at, ret_real) < 0 || take_id(&at, ret_effective) < 0)
		return -EBADMSG;
	return 0;
}

int ph_proc_status_parse(const char *text, struct ph_proc_ids *ret_ids)
{
	struct ph_proc_ids ids = { .uid = 0 };

	if (take_two(text, "Uid:", &ids.real_uid, &ids.uid) < 0 ||
	    take_two(text, "Gid:", &ids.real_gid, &ids.gid) < 0)
		return -EBADMSG;
	*ret_ids = ids;
	return 0;
}
