/* SPDX-License-Identifier: MIT */

/*
 * The number in the file is given to somebody else. In a pid namespace of its
 * own a test chooses who is born with which number; the innocent lives.
 */

#include <signal.h>
#include <sys/wait.h>

#include "namespace.h"
#include "pidfile.h"

enum { NUMBER = 4242 };

static void end(pid_t pid)
{
	must(kill(pid, SIGKILL));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

/* The daemon dies, an innocent process gets the number, and the file is stale. */
static void reuse_after_write(void *arg)
{
	const struct place *place = arg;
	struct ph_process *daemon = found(child_born_as(NUMBER));
	pid_t innocent;
	int proof_ = proof(place);

	if (proof_ != 0)
		skip("no identity can be kept here");
	ck_assert_int_eq(ph_pidfile_write(daemon, place->path), 0);
	/* not by its time */
	age(place->path, -60);
	end(NUMBER);
	expect_refused(place->path, -ESRCH);
	innocent = child_born_as(NUMBER);
	/* by ticks the two are one, if they were born in the same */
	if (has(PH_FEATURE_INODE)) {
		expect_refused(place->path, -ESTALE);
		ck_assert_int_eq(ph_pidfile_remove(daemon, place->path), 0);
		ck_assert_int_eq(ph_pidfile_write(daemon, place->path), -ESRCH);
	}
	ck_assert(is_running(innocent));
	end(innocent);
	daemon = ph_unref(daemon);
}

TEST(a_stale_file_with_an_identity_spares_the_innocent)
{
	struct place place = place_make();

	in_own_pid_namespace(reuse_after_write, &place);
	place_end(&place);
}

/* The same with a file that another program wrote, as long ago as it takes. */
static void reuse_after_echo(void *arg)
{
	const struct place *place = arg;
	pid_t daemon = child_born_as(NUMBER);
	pid_t innocent;

	put_pid(place->path, daemon);
	expect_names(place->path, daemon, PH_UNVERIFIED);
	end(daemon);
	age(place->path, 5);
	innocent = child_born_as(NUMBER);
	if (has(PH_FEATURE_PROC))
		expect_refused(place->path, -ESTALE);
	ck_assert(is_running(innocent));
	/* it is the innocent's to lose, and is not */
	ck_assert_int_eq(ph_pidfile_clear(place->path), has(PH_FEATURE_PROC) ? 0 : -EBUSY);
	ck_assert(is_running(innocent));
	end(innocent);
}

TEST(a_stale_file_of_another_program_spares_the_innocent)
{
	struct place place = place_make();

	in_own_pid_namespace(reuse_after_echo, &place);
	place_end(&place);
}

/* The target ends on SIGTERM, and its number is taken before SIGKILL is sent. */
static void reuse_between_signals(void *arg)
{
	const struct place *place = arg;
	struct ph_process *target = NULL;
	pid_t daemon = child_born_as(NUMBER);
	pid_t innocent;

	put_pid(place->path, daemon);
	ck_assert_int_ge(ph_find_pidfile(place->path, &target), 0);
	ck_assert_int_eq(ph_kill(target, SIGTERM, PH_ONE), 0);
	ck_assert_int_eq(waitpid(daemon, NULL, 0), daemon);
	innocent = child_born_as(NUMBER);
	if (!is_bare_here())
		ck_assert_int_eq(ph_kill(target, SIGKILL, PH_ONE), -ESRCH);
	ck_assert(is_running(innocent));
	end(innocent);
	target = ph_unref(target);
}

TEST(a_number_reused_between_two_signals_spares_the_innocent)
{
	struct place place = place_make();

	in_own_pid_namespace(reuse_between_signals, &place);
	place_end(&place);
}

/* A file without identity, whose process is gone and whose number is taken. */
static void reuse_before_remove(void *arg)
{
	const struct place *place = arg;
	struct ph_process *daemon = found(child_born_as(NUMBER));
	pid_t innocent;

	if (is_bare_here())
		skip("a bare number is whoever has it");
	end(NUMBER);
	innocent = child_born_as(NUMBER);
	put_pid(place->path, innocent);
	ck_assert_int_eq(ph_pidfile_remove(daemon, place->path), -ESTALE);
	expect_pid(place->path, innocent);
	end(innocent);
	daemon = ph_unref(daemon);
}

TEST(the_file_of_the_successor_stays)
{
	struct place place = place_make();

	in_own_pid_namespace(reuse_before_remove, &place);
	place_end(&place);
}
