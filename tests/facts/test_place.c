/* SPDX-License-Identifier: MIT */

/*
 * The number is given to somebody else between the reading and the proof, and
 * between the find and the reading: a pid namespace of the test's own makes that
 * no matter of luck.
 */

#include <signal.h>
#include <sys/wait.h>

#include "facts.h"
#include "handle/place.h"
#include "namespace.h"

enum { NUMBER = 4242 };

struct swap {
	pid_t pid;
	bool is_before;
	int reads;
};

static void end(pid_t pid)
{
	must(kill(pid, SIGKILL));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void swap_owner(struct swap *swap)
{
	end(swap->pid);
	swap->pid = child_born_as(NUMBER);
}

static ssize_t read_and_swap(const struct ph_proc_place *place, void *arg)
{
	struct swap *swap = arg;
	char text[64];
	ssize_t n;

	swap->reads++;
	if (swap->is_before && swap->reads == 1)
		swap_owner(swap);
	n = ph_proc_read_some(place, "comm", text, sizeof(text));
	if (!swap->is_before && swap->reads == 1)
		swap_owner(swap);
	return n;
}

static void try_swap(void *arg)
{
	struct swap swap = { .pid = child_born_as(NUMBER), .is_before = arg };
	struct ph_process *process = found(swap.pid);

	ck_assert_int_eq(ph_place_read(process, read_and_swap, &swap), -ESRCH);
	ck_assert_int_eq(swap.reads, 1);
	/* nobody looks for the number again */
	ck_assert_int_eq(ph_place_read(process, read_and_swap, &swap), -ESRCH);
	end(swap.pid);
	process = ph_unref(process);
}

TEST(what_was_read_before_the_number_was_given_away_is_not_told)
{
	need_proc();
	in_own_pid_namespace(try_swap, NULL);
}

TEST(what_was_read_after_the_number_was_given_away_is_not_told)
{
	need_proc();
	in_own_pid_namespace(try_swap, "before");
}

static ssize_t count(const struct ph_proc_place *place, void *arg)
{
	(void)place;
	return ++*(int *)arg < 5 ? -ESRCH : 42;
}

/* as during the exec of another thread than the first */
TEST(who_is_there_after_all_is_read_again)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	int reads = 0;

	need_proc();
	ck_assert_int_eq(ph_place_read(process, count, &reads), 42);
	ck_assert_int_eq(reads, 5);
	process = ph_unref(process);
	child_end(&child);
}
