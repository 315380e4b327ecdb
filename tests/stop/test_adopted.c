/* SPDX-License-Identifier: MIT */

/* What becomes a child of the caller while it stops others. */

#include "grove.h"

static void be_polite(void)
{
	(void)signal(SIGTERM, SIG_DFL);
}

static void have_zombie(struct grove *grove, void *arg)
{
	(void)arg;
	ignore_terms();
	have_child(grove, be_polite);
	grove_stay(grove);
}

/* The end of the one makes a hurry for the other. */
static int hurry_at_end(const struct ph_stop_report *report, void *arg)
{
	if (report->what == PH_STOP_ENDED)
		must((int)write(*(int *)arg, "", 1) - 1);
	return 0;
}

TEST(who_ended_before_its_parent_is_reaped_when_that_has_left_it)
{
	const struct ph_stop_step steps[] = { { .signo = SIGTERM, .wait_ms = -1 },
					      { .signo = SIGKILL, .wait_ms = NEVER_MS } };
	struct ph_process *process;
	struct grove grove;
	int hurry[2];

	need_members();
	must(prctl(PR_SET_CHILD_SUBREAPER, 1));
	must(pipe2(hurry, O_CLOEXEC));
	process = planted(&grove, have_zombie, NULL, 2);
	ck_assert_int_eq(ph_stop_all(&process, 1,
				     &(struct ph_stop_options){
					     .flags = PH_STOP_HURRY_FD,
					     .hurry_fd = hurry[0],
					     .scope = PH_TREE,
					     .steps = steps,
					     .steps_count = 2,
					     .report = hurry_at_end,
					     .arg = &hurry[1],
				     },
				     NULL),
			 0);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	must(close(hurry[0]));
	must(close(hurry[1]));
	grove_end(&grove);
	process = ph_unref(process);
	must(prctl(PR_SET_CHILD_SUBREAPER, 0));
}
