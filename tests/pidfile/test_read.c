/* SPDX-License-Identifier: MIT */

/* ph_find_pidfile: strict about what it says, and about whom it means. */

#include <signal.h>
#include <sys/wait.h>

#include "namespace.h"
#include "pidfile.h"

TEST(a_number_is_accepted_and_nothing_else)
{
	static const char *const texts[] = {
		"",	  "\n",	   "0\n",	   "-1\n",
		"+1\n",	  " 1\n",  "1 \n",	   "1\n\n",
		"1\n2\n", "1 2\n", "0x1\n",	   "01\n",
		"1\r\n",  "1.0\n", "2147483648\n", "99999999999999999999\n",
		"one\n"
	};
	struct place place = place_make();
	char text[70];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put_text(place.path, texts[i]);
		expect_refused(place.path, -EINVAL);
	}
	put_bytes(place.path, "1\0\n", 3);
	expect_refused(place.path, -EINVAL);
	memset(text, '1', sizeof(text));
	put_bytes(place.path, text, sizeof(text));
	expect_refused(place.path, -EINVAL);
	put_pid(place.path, getpid());
	expect_names(place.path, getpid(), PH_UNVERIFIED);
	(void)snprintf(text, sizeof(text), "%d", (int)getpid());
	put_text(place.path, text);
	expect_names(place.path, getpid(), PH_UNVERIFIED);
	place_end(&place);
}

TEST(what_is_no_file_is_refused_and_does_not_hang)
{
	struct place place = place_make();

	expect_refused(place.path, -ENOENT);
	expect_refused(place.directory, -EINVAL);
	expect_refused("/dev/null", -EINVAL);
	expect_refused("/dev/null/x.pid", -ENOTDIR);
	expect_refused("", -EINVAL);
	expect_refused(NULL, -EINVAL);
	ck_assert_int_eq(ph_find_pidfile(place.path, NULL), -EINVAL);
	must(mkfifo(place.path, 0600));
	expect_refused(place.path, -EINVAL);
	must(unlink(place.path));
	must(symlink("/dev/null", place.path));
	expect_refused(place.path, -ELOOP);
	must(unlink(place.path));
	/* a socket; bind(2) takes no path of any length */
	must(mknod(place.path, S_IFSOCK | 0600, 0));
	expect_refused(place.path, -EINVAL);
	place_end(&place);
}

TEST(a_process_that_is_gone_is_gone)
{
	struct place place = place_make();
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	put_pid(place.path, missing_pid());
	expect_refused(place.path, -ESRCH);
	must(unlink(place.path));
	ck_assert_int_eq(ph_pidfile_write(process, place.path), proof(&place));
	child_become_zombie(&child, 0);
	expect_names(place.path, child.pid, proof(&place));
	child_end(&child);
	expect_refused(place.path, -ESRCH);
	process = ph_unref(process);
	place_end(&place);
}

TEST(the_id_of_a_thread_is_stale)
{
	struct place place;
	struct idle_thread thread;

	if (!PH_HAVE_PIDFD && !has(PH_FEATURE_PROC))
		skip("another system could not tell a thread without /proc");
	place = place_make();
	thread = idle_thread_start();
	put_pid(place.path, thread.id);
	expect_refused(place.path, -ESTALE);
	idle_thread_end(&thread);
	place_end(&place);
}

TEST(a_file_from_before_the_start_is_stale)
{
	struct place place = place_make();
	struct child child = child_start();

	put_pid(place.path, child.pid);
	expect_names(place.path, child.pid, PH_UNVERIFIED);
	age_over_boot(place.path);
	expect_refused(place.path, -ESTALE);
	place_end(&place);
	child_end(&child);
}

TEST(a_process_that_started_after_the_file_is_not_meant)
{
	struct place place = place_make();
	struct timespec before = seconds_ago(5);
	struct child child = child_start();

	put_pid(place.path, child.pid);
	date(place.path, before);
	/* when it has started is told by /proc alone */
	if (has(PH_FEATURE_PROC))
		expect_refused(place.path, -ESTALE);
	else
		expect_names(place.path, child.pid, PH_UNVERIFIED);
	place_end(&place);
	child_end(&child);
}

TEST(the_holder_of_a_lock_is_meant)
{
	struct place place = place_make();
	struct timespec before = seconds_ago(5);
	struct child child;
	int ask[2], answer[2];
	pid_t pid;
	char byte = 0;

	must(pipe(ask));
	must(pipe(answer));
	pid = must(fork_mortal());
	if (pid == 0) {
		struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
		int fd;

		put_pid(place.path, getpid());
		fd = open(place.path, O_RDWR | O_CLOEXEC);
		if (fcntl(fd, F_SETLK, &lock) < 0 || write(answer[1], &byte, 1) != 1 ||
		    read(ask[0], &byte, 1) != 1)
			_exit(100);
		_exit(0);
	}
	ck_assert_int_eq(read(answer[0], &byte, 1), 1);
	date(place.path, before);
	expect_names(place.path, pid, 0);
	ck_assert_int_eq(ph_pidfile_clear(place.path), -EBUSY);
	/* a lock proves nothing about others */
	child = child_start();
	{
		char text[16];
		int fd = must(open(place.path, O_WRONLY | O_CLOEXEC));
		int length = snprintf(text, sizeof(text), "%d\n", (int)child.pid);

		must(ftruncate(fd, 0));
		ck_assert_int_eq(write(fd, text, (size_t)length), length);
		must(close(fd));
	}
	expect_names(place.path, child.pid, PH_UNVERIFIED);
	child_end(&child);
	ck_assert_int_eq(write(ask[1], &byte, 1), 1);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	for (int i = 0; i < 2; i++) {
		must(close(ask[i]));
		must(close(answer[i]));
	}
	place_end(&place);
}

/* a program that knows nothing of it writes a new number below the old identity */
TEST(an_identity_of_another_number_or_boot_does_not_count)
{
	struct place place = place_make();
	char text[128];

	put_pid(place.path, getpid());
	if (setxattr(place.path, ATTRIBUTE, "1:2", 3, 0) < 0)
		skip("no extended attributes here");
	expect_names(place.path, getpid(), PH_UNVERIFIED);
	(void)snprintf(text, sizeof(text), "%d:2@00000000-0000-4000-8000-000000000000",
		       (int)getpid());
	must(setxattr(place.path, ATTRIBUTE, text, strlen(text), 0));
	expect_names(place.path, getpid(), PH_UNVERIFIED);
	must(setxattr(place.path, ATTRIBUTE, "rubbish \xff", 9, 0));
	expect_names(place.path, getpid(), PH_UNVERIFIED);
	place_end(&place);
}

/* After each boot inodes begin where they began before: they do not tell it apart. */
TEST(an_identity_without_a_boot_is_no_older_than_the_boot)
{
	struct place place = place_make();
	struct ph_process *self = found(getpid());
	char text[PH_ID_SIZE];

	if (ph_id(self, text, sizeof(text)) < 0)
		skip("nothing tells processes apart here");
	text[strcspn(text, "@")] = '\0';
	put_pid(place.path, getpid());
	if (setxattr(place.path, ATTRIBUTE, text, strlen(text), 0) < 0)
		skip("no extended attributes here");
	expect_names(place.path, getpid(), 0);
	age_over_boot(place.path);
	expect_refused(place.path, -ESTALE);
	self = ph_unref(self);
	place_end(&place);
}

TEST(an_identity_that_is_another_is_stale)
{
	struct place place = place_make();
	char text[128];

	put_pid(place.path, getpid());
	(void)snprintf(text, sizeof(text), "%d:2", (int)getpid());
	if (setxattr(place.path, ATTRIBUTE, text, strlen(text), 0) < 0)
		skip("no extended attributes here");
	if (has(PH_FEATURE_INODE))
		expect_refused(place.path, -ESTALE);
	else
		expect_names(place.path, getpid(), PH_UNVERIFIED);
	place_end(&place);
}

TEST(a_full_table_of_descriptors_is_an_error)
{
	struct place place = place_make();
	struct ph_process *process = NULL;

	probe_first();
	put_pid(place.path, getpid());
	for (int free = 0; free < 2; free++) {
		struct rlimit before = descriptors_leave(free);
		int r = ph_find_pidfile(place.path, &process);

		descriptors_restore(before);
		ck_assert_int_eq(r, -EMFILE);
		ck_assert_ptr_null(process);
	}
	place_end(&place);
}
