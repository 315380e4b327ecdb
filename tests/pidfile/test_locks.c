/* SPDX-License-Identifier: MIT */

/* Locks of fcntl(2) on a pid file: whom they prove, and whom they keep away. */

#include <signal.h>

#include "namespace.h"
#include "pidfile.h"

struct lock {
	const char *path;
	short type;
};

/* It lasts as long as the process. */
static void take_lock(void *arg)
{
	const struct lock *lock = arg;
	struct flock taken = { .l_type = lock->type, .l_whence = SEEK_SET };
	int fd = open(lock->path, O_RDWR | O_CLOEXEC);

	if (fcntl(fd, F_SETLK, &taken) < 0)
		_exit(100);
}

/* A file that looks stale names a process that holds this lock on it. */
static struct child locked(const char *path, short type)
{
	struct lock lock = { path, type };
	/* however long the start takes, it is not as old as that */
	struct timespec before = seconds_ago(5);
	struct child child;

	put_text(path, "");
	child = child_start_with(take_lock, &lock);
	put_pid(path, child.pid);
	date(path, before);
	return child;
}

TEST(a_lock_for_writing_proves_its_holder)
{
	struct place place = place_make();
	struct child child = locked(place.path, F_WRLCK);

	expect_names(place.path, child.pid, 0);
	ck_assert_int_eq(ph_pidfile_clear(place.path), -EBUSY);
	child_end(&child);
	place_end(&place);
}

/* Who may read a file can have a lock for reading: anybody could claim a number. */
TEST(a_lock_for_reading_proves_nothing)
{
	struct place place = place_make();
	struct child child = locked(place.path, F_RDLCK);

	if (has(PH_FEATURE_PROC))
		expect_refused(place.path, -ESTALE);
	else
		expect_names(place.path, child.pid, PH_UNVERIFIED);
	/* but somebody holds it */
	ck_assert_int_eq(ph_pidfile_clear(place.path), -EBUSY);
	child_end(&child);
	place_end(&place);
}

static void clear_what_is_locked_outside(void *arg)
{
	const struct place *place = arg;
	struct ph_process *self = found(getpid());

	ck_assert_int_eq(ph_pidfile_clear(place->path), -EBUSY);
	ck_assert_int_eq(ph_pidfile_write(self, place->path), -EBUSY);
	ck_assert_int_eq(ph_pidfile_remove(self, place->path), -EBUSY);
	self = ph_unref(self);
}

TEST(the_holder_of_a_lock_may_be_outside_the_namespace)
{
	struct place place = place_make();
	struct child child = locked(place.path, F_WRLCK);

	put_pid(place.path, missing_pid());
	in_own_pid_namespace(clear_what_is_locked_outside, &place);
	child_end(&child);
	place_end(&place);
}

/* Of these two kinds the calls leave the caller's own alone. */
TEST(a_lock_of_an_open_file_holds_it_and_outlasts_a_look)
{
	struct place place = place_make();
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct ph_process *process = NULL;
	int fd;

	put_pid(place.path, getpid());
	fd = must(open(place.path, O_RDWR | O_CLOEXEC));
	must(fcntl(fd, F_OFD_SETLK, &lock));
	/* it has no number, and proves none */
	for (int look = 0; look < 2; look++) {
		ck_assert_int_eq(ph_find_pidfile(place.path, &process), PH_UNVERIFIED);
		ck_assert_int_eq(ph_pidfile_clear(place.path), -EBUSY);
		ck_assert_int_eq(ph_pidfile_write(process, place.path), -EBUSY);
		ck_assert_int_eq(ph_pidfile_remove(process, place.path), -EBUSY);
		process = ph_unref(process);
	}
	must(close(fd));
	expect_pid(place.path, getpid());
	place_end(&place);
}
