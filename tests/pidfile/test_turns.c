/* SPDX-License-Identifier: MIT */

/*
 * Two writers, in every order that there is: one is held at each system call
 * that it makes, before and after it, while the other does all that it has to.
 */

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "pidfile.h"

static _Noreturn void write_traced(struct ph_process *process, const char *path)
{
	int r;

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise(SIGSTOP) != 0)
		_exit(100);
	r = ph_pidfile_write(process, path);
	_exit(r >= 0 ? 0 : r == -EBUSY ? 1 : 101);
}

static int next_stop(pid_t pid, int request)
{
	int status;

	must((int)ptrace(request, pid, NULL, NULL));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

/*
 * The first is held at its stop number @at, the second writes, and the first
 * goes on. Return: true if the first was over before
 */
static bool take_turns(struct ph_process *first, struct ph_process *second, const char *path, int at)
{
	pid_t pid = must(fork_mortal());
	int status, wins, r;
	bool is_over;

	if (pid == 0)
		write_traced(first, path);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 100)
		skip("nothing can be traced here");
	for (int stop = 0; WIFSTOPPED(status) && stop < at; stop++)
		status = next_stop(pid, PTRACE_SYSCALL);
	is_over = WIFEXITED(status);
	r = ph_pidfile_write(second, path);
	if (!is_over)
		status = next_stop(pid, PTRACE_CONT);
	ck_assert(WIFEXITED(status));
	ck_assert_int_le(WEXITSTATUS(status), 1);
	wins = (WEXITSTATUS(status) == 0) + (r >= 0);
	ck_assert_msg(wins == 1, "held at %d: %d and %d", at, WEXITSTATUS(status), r);
	ck_assert(r >= 0 || r == -EBUSY);
	expect_pid(path, ph_pid(r >= 0 ? second : first));
	return is_over;
}

static void expect_one_winner(pid_t before)
{
	struct place place = place_make();
	struct child one = child_start(), two = child_start();
	struct ph_process *first = found(one.pid), *second = found(two.pid);
	bool is_over = false;

	not_in_valgrind("traces itself");
	probe_first();
	for (int at = 0; !is_over; at++) {
		(void)unlink(place.path);
		if (before)
			put_pid(place.path, before);
		is_over = take_turns(first, second, place.path, at);
		ck_assert_int_eq(place_count(&place), 1);
	}
	first = ph_unref(first);
	second = ph_unref(second);
	child_end(&one);
	child_end(&two);
	place_end(&place);
}

TEST(in_every_order_one_writer_makes_the_file)
{
	expect_one_winner(0);
}

TEST(in_every_order_one_writer_replaces_a_stale_file)
{
	expect_one_winner(missing_pid());
}
