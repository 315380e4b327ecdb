/* SPDX-License-Identifier: MIT */

/* ps(1), for what it says beside us. */

#ifndef PS_H
#define PS_H

#include "facts.h"

/* Its output is to be freed. @pids: those that are meant, or NULL for all */
static inline char *ps(const char *columns, const char *pids)
{
	char *argv[] = {
		"ps",	      "-ww", "--no-headers", "-o", (char *)columns, pids ? "-p" : "-e",
		(char *)pids, NULL
	};
	char *const set[] = { "LC_ALL=C", "TZ=UTC", NULL };
	struct ph_spawn_options options = { .set = set };
	struct ph_output output = { .limit = SIZE_MAX };
	int r = ph_run(argv, &options, &output);
	char *text = output.out;

	if (r == -ENOENT)
		skip("ps is not installed");
	ck_assert_msg(r == 0, "ps: %d", r);
	if (output.exit.value != 0)
		skip("ps does not know %s: %s", columns, output.err);
	output.out = NULL;
	ph_output_clear(&output);
	return text;
}

/* Before anybody is started who would be left behind. */
static inline void need_ps(const char *columns)
{
	char pid[16];

	need_proc();
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	free(ps(columns, pid));
}

#endif
