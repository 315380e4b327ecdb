/* SPDX-License-Identifier: MIT */

/* ph_pidfile_write, _remove, _clear: whole files, and nobody else's. */

#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "pidfile.h"

TEST(a_written_file_is_the_number_and_names_the_process)
{
	struct place place = place_make();
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct stat stat_;

	ck_assert_int_eq(ph_pidfile_write(process, place.path), proof(&place));
	expect_pid(place.path, child.pid);
	must(stat(place.path, &stat_));
	ck_assert_uint_eq(stat_.st_mode & 07777, 0644);
	ck_assert_int_eq(place_count(&place), 1);
	expect_names(place.path, child.pid, proof(&place));
	/* again: it is its own */
	ck_assert_int_eq(ph_pidfile_write(process, place.path), proof(&place));
	ck_assert_int_eq(place_count(&place), 1);
	process = ph_unref(process);
	child_end(&child);
	place_end(&place);
}

TEST(the_mode_does_not_depend_on_the_umask)
{
	struct place place = place_make();
	struct ph_process *process = found(getpid());
	struct stat stat_;
	mode_t before = umask(0077);

	ck_assert_int_eq(ph_pidfile_write(process, place.path), proof(&place));
	must(stat(place.path, &stat_));
	ck_assert_uint_eq(stat_.st_mode & 07777, 0644);
	(void)umask(before);
	process = ph_unref(process);
	place_end(&place);
}

TEST(the_file_of_another_that_runs_is_not_replaced)
{
	struct place place = place_make();
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_process *self = found(getpid());

	ck_assert_int_eq(ph_pidfile_write(process, place.path), proof(&place));
	ck_assert_int_eq(ph_pidfile_write(self, place.path), -EBUSY);
	ck_assert_int_eq(ph_pidfile_clear(place.path), -EBUSY);
	ck_assert_int_eq(ph_pidfile_remove(self, place.path), -ESTALE);
	expect_pid(place.path, child.pid);
	/* after its end it is */
	child_end(&child);
	ck_assert_int_eq(ph_pidfile_write(self, place.path), proof(&place));
	expect_pid(place.path, getpid());
	ck_assert_int_eq(place_count(&place), 1);
	process = ph_unref(process);
	self = ph_unref(self);
	place_end(&place);
}

TEST(what_is_no_pid_file_is_left_alone)
{
	struct place place = place_make();
	struct ph_process *self = found(getpid());

	put_text(place.path, "root:x:0:0\n");
	ck_assert_int_eq(ph_pidfile_write(self, place.path), -EINVAL);
	ck_assert_int_eq(ph_pidfile_remove(self, place.path), -EINVAL);
	ck_assert_int_eq(ph_pidfile_clear(place.path), -EINVAL);
	expect_text(place.path, "root:x:0:0\n");
	must(unlink(place.path));
	must(mkfifo(place.path, 0600));
	ck_assert_int_eq(ph_pidfile_write(self, place.path), -EINVAL);
	ck_assert_int_eq(ph_pidfile_remove(self, place.path), -EINVAL);
	ck_assert_int_eq(ph_pidfile_clear(place.path), -EINVAL);
	ck_assert_int_eq(place_count(&place), 1);
	must(unlink(place.path));
	must(symlink("elsewhere", place.path));
	ck_assert_int_eq(ph_pidfile_write(self, place.path), -ELOOP);
	ck_assert_int_eq(ph_pidfile_remove(self, place.path), -ELOOP);
	ck_assert_int_eq(ph_pidfile_clear(place.path), -ELOOP);
	ck_assert_int_eq(ph_pidfile_write(self, place.directory), -EINVAL);
	ck_assert_int_eq(place_count(&place), 1);
	self = ph_unref(self);
	place_end(&place);
}

TEST(a_name_alone_is_below_the_working_directory)
{
	struct place place = place_make();
	struct ph_process *self = found(getpid());
	int before = must(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	must(chdir(place.directory));
	ck_assert_int_eq(ph_pidfile_write(self, "x.pid"), proof(&place));
	expect_names("x.pid", getpid(), proof(&place));
	expect_pid(place.path, getpid());
	ck_assert_int_eq(ph_pidfile_remove(self, "./x.pid"), 0);
	ck_assert_int_eq(place_count(&place), 0);
	must(fchdir(before));
	must(close(before));
	self = ph_unref(self);
	place_end(&place);
}

/* Bytes of any kind but slash and NUL, as many as there may be. */
TEST(a_name_may_be_anything)
{
	struct place place = place_make();
	struct ph_process *self = found(getpid());
	char path[PATH_MAX + 300], name[256];

	for (int i = 0; i < 255; i++)
		name[i] = (char)(i + 1 == '/' ? '.' : i + 1);
	name[255] = '\0';
	(void)snprintf(path, sizeof(path), "%s/%s", place.directory, name);
	ck_assert_int_eq(ph_pidfile_write(self, path), proof(&place));
	expect_names(path, getpid(), proof(&place));
	ck_assert_int_eq(ph_pidfile_remove(self, path), 0);
	ck_assert_int_eq(place_count(&place), 0);
	self = ph_unref(self);
	place_end(&place);
}

TEST(an_empty_file_is_replaced_and_cleared)
{
	struct place place = place_make();
	struct ph_process *self = found(getpid());

	put_text(place.path, "");
	ck_assert_int_eq(ph_pidfile_write(self, place.path), proof(&place));
	expect_pid(place.path, getpid());
	put_text(place.path, "");
	ck_assert_int_eq(ph_pidfile_remove(self, place.path), -ESTALE);
	ck_assert_int_eq(ph_pidfile_clear(place.path), 0);
	ck_assert_int_eq(place_count(&place), 0);
	self = ph_unref(self);
	place_end(&place);
}

TEST(a_file_is_removed_for_its_process_also_after_its_end)
{
	struct place place = place_make();
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	ck_assert_int_eq(ph_pidfile_write(process, place.path), proof(&place));
	ck_assert_int_eq(ph_pidfile_remove(process, place.path), 0);
	ck_assert_int_eq(ph_pidfile_remove(process, place.path), -ENOENT);
	ck_assert_int_eq(ph_pidfile_write(process, place.path), proof(&place));
	child_end(&child);
	ck_assert_int_eq(ph_pidfile_remove(process, place.path), 0);
	ck_assert_int_eq(place_count(&place), 0);
	process = ph_unref(process);
	place_end(&place);
}

TEST(the_file_of_a_process_that_is_gone_is_cleared)
{
	struct place place = place_make();

	ck_assert_int_eq(ph_pidfile_clear(place.path), -ENOENT);
	put_pid(place.path, missing_pid());
	ck_assert_int_eq(ph_pidfile_clear(place.path), 0);
	put_pid(place.path, getpid());
	age_over_boot(place.path);
	ck_assert_int_eq(ph_pidfile_clear(place.path), 0);
	put_pid(place.path, getpid());
	ck_assert_int_eq(ph_pidfile_clear(place.path), -EBUSY);
	ck_assert_int_eq(place_count(&place), 1);
	place_end(&place);
}

TEST(a_process_that_is_gone_gets_no_file)
{
	struct place place = place_make();
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	int r;

	child_end(&child);
	r = ph_pidfile_write(process, place.path);
	/* a bare number knows nothing of it */
	if (!is_bare_here())
		ck_assert_int_eq(r, -ESRCH);
	ck_assert_int_eq(place_count(&place), is_bare_here() ? 1 : 0);
	process = ph_unref(process);
	place_end(&place);
}

TEST(a_locked_file_is_held)
{
	struct place place = place_make();
	struct ph_process *self = found(getpid());
	int fd;

	put_pid(place.path, missing_pid());
	fd = must(open(place.path, O_RDONLY | O_CLOEXEC));
	must(flock(fd, LOCK_EX));
	ck_assert_int_eq(ph_pidfile_write(self, place.path), -EBUSY);
	ck_assert_int_eq(ph_pidfile_remove(self, place.path), -EBUSY);
	ck_assert_int_eq(ph_pidfile_clear(place.path), -EBUSY);
	must(close(fd));
	ck_assert_int_eq(ph_pidfile_clear(place.path), 0);
	self = ph_unref(self);
	place_end(&place);
}

TEST(calls_that_make_no_sense_are_refused)
{
	struct place place = place_make();
	struct ph_process *self = found(getpid());
	char path[PATH_MAX + 16];

	ck_assert_int_eq(ph_pidfile_write(NULL, place.path), -EINVAL);
	ck_assert_int_eq(ph_pidfile_write(self, NULL), -EINVAL);
	ck_assert_int_eq(ph_pidfile_remove(NULL, place.path), -EINVAL);
	ck_assert_int_eq(ph_pidfile_remove(self, NULL), -EINVAL);
	ck_assert_int_eq(ph_pidfile_clear(NULL), -EINVAL);
	ck_assert_int_eq(ph_pidfile_write(self, ""), -EINVAL);
	ck_assert_int_eq(ph_pidfile_write(self, "/"), -EINVAL);
	ck_assert_int_eq(ph_pidfile_write(self, ".."), -EINVAL);
	(void)snprintf(path, sizeof(path), "%s/missing/x.pid", place.directory);
	ck_assert_int_eq(ph_pidfile_write(self, path), -ENOENT);
	ck_assert_int_eq(ph_pidfile_write(self, "/dev/null/x.pid"), -ENOTDIR);
	/* in a directory that can be written to, wherever the test is run */
	(void)snprintf(path, sizeof(path), "%.1000s/%0400d", place.directory, 0);
	ck_assert_int_eq(ph_pidfile_write(self, path), -ENAMETOOLONG);
	self = ph_unref(self);
	place_end(&place);
}

/* no descriptor is left to open a file with */
TEST(a_full_table_of_descriptors_is_an_error)
{
	struct place place = place_make();
	struct ph_process *self = found(getpid());

	probe_first();
	for (int free = 0; free < 2; free++) {
		struct rlimit before = descriptors_leave(free);
		int written = ph_pidfile_write(self, place.path);

		descriptors_restore(before);
		ck_assert_int_eq(written, -EMFILE);
		ck_assert_int_eq(place_count(&place), 0);
	}
	self = ph_unref(self);
	place_end(&place);
}

enum { WRITERS = 8 };

struct race {
	const char *path;
	int answer;
	int go;
	int leave;
};

static _Noreturn void race(const struct race *race)
{
	struct ph_process *self = NULL;
	char byte = 0;
	int r = ph_self(&self);

	/* all of them at once, and nobody leaves before all have answered */
	if (write(race->answer, &byte, 1) != 1 || read(race->go, &byte, 1) != 1)
		_exit(100);
	if (r == 0)
		r = ph_pidfile_write(self, race->path);
	byte = r >= 0 ? 1 : r == -EBUSY ? 0 : 2;
	if (write(race->answer, &byte, 1) != 1 || read(race->leave, &byte, 1) != 1)
		_exit(100);
	_exit(0);
}

static void tell_all(int fd)
{
	static const char bytes[WRITERS];

	ck_assert_int_eq(write(fd, bytes, sizeof(bytes)), WRITERS);
}

/* Return: the sum of their answers, none of which may be a failure */
static int hear_all(int fd)
{
	int sum = 0;
	char byte = 2;

	for (int i = 0; i < WRITERS; i++) {
		ck_assert_int_eq(read(fd, &byte, 1), 1);
		ck_assert_int_le(byte, 1);
		sum += byte;
	}
	return sum;
}

static void expect_one_winner(const char *path)
{
	int answer[2], go[2], leave[2];
	pid_t writers[WRITERS];

	must(pipe(answer));
	must(pipe(go));
	must(pipe(leave));
	for (int i = 0; i < WRITERS; i++) {
		writers[i] = must(fork_mortal());
		if (writers[i] == 0)
			race(&(struct race){ path, answer[1], go[0], leave[0] });
	}
	/* with the writers in it nobody's end is waited for in vain */
	must(close(answer[1]));
	(void)hear_all(answer[0]);
	tell_all(go[1]);
	ck_assert_int_eq(hear_all(answer[0]), 1);
	tell_all(leave[1]);
	for (int i = 0; i < WRITERS; i++) {
		int status;

		ck_assert_int_eq(waitpid(writers[i], &status, 0), writers[i]);
		ck_assert_int_eq(status, 0);
	}
	must(close(answer[0]));
	for (int i = 0; i < 2; i++) {
		must(close(go[i]));
		must(close(leave[i]));
	}
}

TEST(of_several_writers_one_wins)
{
	struct place place = place_make();

	expect_one_winner(place.path);
	/* and again: what the last winner left is stale now */
	expect_one_winner(place.path);
	ck_assert_int_eq(place_count(&place), 1);
	put_text(place.path, "");
	expect_one_winner(place.path);
	ck_assert_int_eq(place_count(&place), 1);
	place_end(&place);
}
