/* SPDX-License-Identifier: MIT */

/* Pid files where there is no room for them, where nothing may change, and from another namespace. */

#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "pidfile.h"

#include "filter.h"
#include "namespace.h"

enum { PAGES = 4 };

/* A file system of its own on the directory; it goes with the namespace. */
static void mount_on(const struct place *place, unsigned long flags)
{
	char size[32];

	(void)snprintf(size, sizeof(size), "mode=0755,size=%ld", PAGES * sysconf(_SC_PAGESIZE));
	if (mount("none", place->directory, "tmpfs", flags, size) < 0)
		skip("nothing can be mounted here: %s", strerror(errno));
}

static void write_where_nothing_may_change(void *arg)
{
	const struct place *place = arg;
	struct ph_process *self = found(getpid());

	mount_on(place, 0);
	put_pid(place->path, missing_pid());
	must(mount("none", place->directory, NULL, MS_REMOUNT | MS_RDONLY, NULL));
	ck_assert_int_eq(ph_pidfile_write(self, place->path), -EROFS);
	ck_assert_int_eq(ph_pidfile_clear(place->path), -EROFS);
	must(mount("none", place->directory, NULL, MS_REMOUNT, NULL));
	put_text(place->path, "");
	ck_assert_int_eq(ph_pidfile_write(self, place->path), proof(place));
	must(mount("none", place->directory, NULL, MS_REMOUNT | MS_RDONLY, NULL));
	ck_assert_int_eq(ph_pidfile_remove(self, place->path), -EROFS);
	/* as readable as ever */
	expect_pid(place->path, getpid());
	ck_assert_int_eq(place_count(place), 1);
	self = ph_unref(self);
}

TEST(on_a_file_system_for_reading_files_stay_as_they_are)
{
	struct place place = place_make();

	in_own_pid_namespace(write_where_nothing_may_change, &place);
	place_end(&place);
}

/* Return: the file that has taken all the room */
static int fill_up(const struct place *place)
{
	char path[PATH_MAX + 8], page[4096] = "";
	int fd;

	(void)snprintf(path, sizeof(path), "%s/ballast", place->directory);
	fd = must(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	while (write(fd, page, sizeof(page)) > 0)
		;
	ck_assert_int_eq(errno, ENOSPC);
	return fd;
}

static void write_where_there_is_no_room(void *arg)
{
	const struct place *place = arg;
	struct ph_process *self = found(getpid());
	int proved, ballast;

	mount_on(place, 0);
	proved = proof(place);
	ballast = fill_up(place);
	ck_assert_int_eq(ph_pidfile_write(self, place->path), -ENOSPC);
	/* neither the file nor the one beside */
	ck_assert_int_eq(place_count(place), 1);
	must(ftruncate(ballast, 0));
	ck_assert_int_eq(ph_pidfile_write(self, place->path), proved);
	/* what is there is not lost for want of room either */
	must(lseek(ballast, 0, SEEK_SET));
	must(close(fill_up(place)));
	ck_assert_int_eq(ph_pidfile_write(self, place->path), -ENOSPC);
	expect_names(place->path, getpid(), proved);
	ck_assert_int_eq(place_count(place), 2);
	must(close(ballast));
	self = ph_unref(self);
}

TEST(where_there_is_no_room_no_part_of_a_file_appears)
{
	struct place place = place_make();

	in_own_pid_namespace(write_where_there_is_no_room, &place);
	place_end(&place);
}

struct outsider {
	const struct place *place;
	struct ph_process *process;
};

static void write_from_inside(void *arg)
{
	const struct outsider *outsider = arg;

	ck_assert_int_eq(ph_pidfile_write(outsider->process, outsider->place->path), -EREMOTE);
	ck_assert_int_eq(place_count(outsider->place), 0);
}

TEST(a_process_outside_the_namespace_gets_no_file)
{
	struct place place = place_make();
	struct child child = child_start();
	struct outsider outsider = { &place, found(child.pid) };

	if (ph_guarantee(outsider.process) == PH_PINNED)
		in_own_pid_namespace(write_from_inside, &outsider);
	outsider.process = ph_unref(outsider.process);
	child_end(&child);
	place_end(&place);
}

/* As on a system that does not tell who is at the other end at all. */
static void ask_without_credentials(void *arg)
{
	const struct filter_rule rules[] = {
		{ SYS_getsockopt, FILTER_ERRNO(ENOPROTOOPT), 0, 0, 0 },
	};
	struct ph_process *process = NULL;
	int r = filter_install(rules, 1);

	if (r < 0)
		skip("no seccomp filters here: %s", strerror(-r));
	ck_assert_int_eq(ph_find_peer(*(int *)arg, &process), -ENOTSUP);
	ck_assert_ptr_null(process);
}

TEST(a_peer_whose_number_is_not_told_cannot_be_had)
{
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	in_a_child(ask_without_credentials, pair);
	must(close(pair[0]));
	must(close(pair[1]));
}
