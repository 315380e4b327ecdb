/* SPDX-License-Identifier: MIT */

/* The writer is killed at every system call that it makes, before and after it. */

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "pidfile.h"

static _Noreturn void write_traced(struct ph_process *process, const char *path)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise(SIGSTOP) != 0)
		_exit(100);
	_exit(ph_pidfile_write(process, path) >= 0 ? 0 : 101);
}

/*
 * Kills the writer at its stop number @at, of which each call has two. Return:
 * true if it got as far as its end before
 */
static bool kill_at(struct ph_process *process, const char *path, int at, pid_t *ret_writer)
{
	pid_t pid = must(fork_mortal());
	int status;

	*ret_writer = pid;
	if (pid == 0)
		write_traced(process, path);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 100)
		skip("nothing can be traced here");
	for (int stop = 0; WIFSTOPPED(status); stop++) {
		if (stop > at) {
			must(kill(pid, SIGKILL));
			/* some kernels tell of one more stop before the end */
			do
				ck_assert_int_eq(waitpid(pid, &status, 0), pid);
			while (WIFSTOPPED(status));
			ck_assert(WIFSIGNALED(status));
			return false;
		}
		must((int)ptrace(PTRACE_SYSCALL, pid, NULL, NULL));
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	}
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	return true;
}

/* Nothing, or all of it: the number, and the identity if there is one. */
static bool expect_all_or_nothing(const struct place *place, pid_t pid, pid_t before)
{
	char text[16], old[16];
	char found[32] = "";
	int fd = open(place->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		ck_assert_int_eq(before, 0);
		return false;
	}
	ck_assert_int_gt(read(fd, found, sizeof(found) - 1), 0);
	must(close(fd));
	(void)snprintf(text, sizeof(text), "%d\n", (int)pid);
	(void)snprintf(old, sizeof(old), "%d\n", (int)before);
	if (before && strcmp(found, old) == 0)
		return false;
	ck_assert_str_eq(found, text);
	expect_names(place->path, pid, proof(place));
	return true;
}

/* Nothing but the file, or what its writer has begun beside it, which is removed. */
static bool expect_named_beside(const struct place *place, pid_t writer)
{
	DIR *directory = opendir(place->directory);
	const struct dirent *entry;
	bool is_there = false;
	char beginning[32];

	ck_assert_ptr_nonnull(directory);
	(void)snprintf(beginning, sizeof(beginning), ".ph.%d.", (int)writer);
	while ((entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    strcmp(entry->d_name, "x.pid") == 0)
			continue;
		ck_assert_msg(strncmp(entry->d_name, beginning, strlen(beginning)) == 0, "%s",
			      entry->d_name);
		must(unlinkat(dirfd(directory), entry->d_name, 0));
		is_there = true;
	}
	must(closedir(directory));
	return is_there;
}

static void expect_whole_through_crashes(pid_t before)
{
	struct place place = place_make();
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	bool is_over = false, was_there = false, was_not = false, was_beside = false;

	not_in_valgrind("traces itself");
	probe_first();
	for (int at = 0; !is_over; at++) {
		bool is_there;
		pid_t writer;

		(void)unlink(place.path);
		if (before)
			put_pid(place.path, before);
		is_over = kill_at(process, place.path, at, &writer);
		was_beside |= expect_named_beside(&place, writer);
		is_there = expect_all_or_nothing(&place, child.pid, before);
		was_there |= is_there && !is_over;
		was_not |= !is_there;
		if (is_over)
			ck_assert(is_there);
	}
	/* it was killed on both sides of the moment that counts */
	ck_assert(was_there && was_not && was_beside);
	process = ph_unref(process);
	child_end(&child);
	place_end(&place);
}

TEST(a_crash_leaves_a_new_file_whole_or_none)
{
	expect_whole_through_crashes(0);
}

TEST(a_crash_leaves_the_old_file_or_the_new_one)
{
	expect_whole_through_crashes(missing_pid());
}
