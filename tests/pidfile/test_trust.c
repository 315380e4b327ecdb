/* SPDX-License-Identifier: MIT */

/* A pid file names only what everybody who can write it may signal. */

#include <signal.h>

#include "namespace.h"
#include "pidfile.h"

TEST(a_file_that_others_can_write_is_not_trusted)
{
	static const mode_t modes[] = { 0664, 0646, 0666, 0777 };
	struct place place = place_make();
	struct ph_process *self = found(getpid());

	put_pid(place.path, getpid());
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		must(chmod(place.path, modes[i]));
		expect_refused(place.path, -EKEYREJECTED);
		ck_assert_int_eq(ph_pidfile_clear(place.path), -EKEYREJECTED);
		ck_assert_int_eq(ph_pidfile_write(self, place.path), -EKEYREJECTED);
	}
	expect_pid(place.path, getpid());
	must(chmod(place.path, 0600));
	expect_names(place.path, getpid(), PH_UNVERIFIED);
	self = ph_unref(self);
	place_end(&place);
}

TEST(a_file_that_others_can_replace_is_not_trusted)
{
	struct place place = place_make();

	put_pid(place.path, getpid());
	must(chmod(place.directory, 0777));
	expect_refused(place.path, -EKEYREJECTED);
	must(chmod(place.directory, 01777));
	expect_names(place.path, getpid(), PH_UNVERIFIED);
	must(chmod(place.directory, 0700));
	place_end(&place);
}

static void become_another(void *arg)
{
	(void)arg;
	must(setresuid(NOBODY, NOBODY, NOBODY));
}

TEST(the_file_of_a_user_names_what_runs_as_that_user)
{
	struct place place = place_make();
	struct child child;

	if (!can_become(NOBODY))
		skip("only root can give a file away");
	child = child_start_with(become_another, NULL);
	put_pid(place.path, child.pid);
	must(chown(place.path, NOBODY, NOBODY));
	/* as whom it runs is told by /proc alone */
	if (has(PH_FEATURE_PROC))
		expect_names(place.path, child.pid, PH_UNVERIFIED);
	else
		expect_refused(place.path, -EKEYREJECTED);
	must(chown(place.path, 1, 1));
	expect_refused(place.path, -EKEYREJECTED);
	put_pid(place.path, getpid());
	must(chown(place.path, NOBODY, NOBODY));
	expect_refused(place.path, -EKEYREJECTED);
	must(chown(place.path, 0, 0));
	expect_names(place.path, getpid(), PH_UNVERIFIED);
	child_end(&child);
	place_end(&place);
}

static void as_nobody(void *arg)
{
	const char *path = arg;
	struct ph_process *self;

	become_nobody();
	self = found(getpid());
	expect_refused(path, -EACCES);
	ck_assert_int_eq(ph_pidfile_clear(path), -EACCES);
	ck_assert_int_eq(ph_pidfile_remove(self, path), -EACCES);
	ck_assert_int_eq(ph_pidfile_write(self, path), -EACCES);
	self = ph_unref(self);
}

TEST(a_directory_that_is_closed_is_an_error)
{
	struct place place = place_make();

	if (geteuid() != 0)
		skip("only root can become another user");
	put_pid(place.path, getpid());
	in_a_child(as_nobody, place.path);
	place_end(&place);
}
