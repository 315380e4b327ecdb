/* SPDX-License-Identifier: MIT */

/* Each end is reported once, whoever's it is and whenever it was. */

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "set.h"

enum { SOME = 20 };

TEST(an_empty_set_has_nothing_to_report)
{
	struct ph_set *set = made();

	expect_nobody(set, 0);
	expect_nobody(set, 20);
	ck_assert_int_eq(ph_set_count(set), 0);
	set = ph_set_unref(set);
	ck_assert_ptr_null(set);
}

TEST(a_child_is_reported_with_what_came_with_it_and_is_reaped)
{
	struct ph_set *set = made();
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_event event;
	int here;

	ck_assert_int_eq(ph_set_add(set, process, &here), 0);
	ck_assert_int_eq(ph_set_count(set), 1);
	expect_nobody(set, 0);
	child_exit(&child, 7);
	event = expect_one(set, -1);
	ck_assert_ptr_eq(event.process, process);
	ck_assert_ptr_eq(event.data, &here);
	expect_record(&event.exit, PH_EXITED, 7, PH_HAS_USAGE);
	ck_assert_int_eq(waitpid(child.pid, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	/* the same record stays in the handle */
	expect_end(process, 0, PH_EXITED, 7, PH_HAS_USAGE);
	ck_assert_int_eq(ph_set_count(set), 0);
	expect_nobody(set, 0);
	(void)ph_unref(event.process);
	process = ph_unref(process);
	set = ph_set_unref(set);
}

TEST(a_handle_that_the_set_alone_holds_comes_back_with_the_end)
{
	struct ph_set *set = made();
	struct child child = child_start();
	struct ph_process *process = give(set, child.pid, NULL);
	struct ph_event event;

	must(kill(child.pid, SIGTERM));
	event = expect_one(set, TEST_SECONDS * 1000);
	ck_assert_ptr_eq(event.process, process);
	expect_record(&event.exit, PH_SIGNALED, SIGTERM, PH_HAS_USAGE);
	expect_end(event.process, 0, PH_SIGNALED, SIGTERM, PH_HAS_USAGE);
	ck_assert_int_eq(ph_kill(event.process, 0, PH_ONE), -ESRCH);
	(void)ph_unref(event.process);
	set = ph_set_unref(set);
	child_forget(&child);
	ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), 0);
}

TEST(one_that_has_ended_before_is_reported)
{
	struct ph_set *set = made();
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_event event;

	child_become_zombie(&child, 3);
	ck_assert_int_eq(ph_set_add(set, process, NULL), 0);
	event = expect_one(set, 0);
	expect_record(&event.exit, PH_EXITED, 3, PH_HAS_USAGE);
	/* as often as its end was reported it may be added again */
	for (int i = 0; i < 3; i++) {
		(void)ph_unref(event.process);
		ck_assert_int_eq(ph_set_add(set, process, NULL), 0);
		ck_assert_int_eq(ph_set_add(set, process, NULL), -EEXIST);
		event = expect_one(set, 0);
		ck_assert_ptr_eq(event.process, process);
		expect_record(&event.exit, PH_EXITED, 3, PH_HAS_USAGE);
		expect_nobody(set, 0);
	}
	(void)ph_unref(event.process);
	process = ph_unref(process);
	set = ph_set_unref(set);
}

TEST(one_process_by_two_handles_is_reported_twice)
{
	struct ph_set *set = made();
	struct child child = child_start();
	struct ph_process *first = give(set, child.pid, NULL);
	struct ph_process *second = give(set, child.pid, NULL);
	struct ph_event events[2];

	child_exit(&child, 1);
	events[0] = expect_one(set, -1);
	events[1] = expect_one(set, -1);
	ck_assert_ptr_ne(first, second);
	ck_assert_ptr_ne(events[0].process, events[1].process);
	/* the first one reaped it */
	expect_record(&events[0].exit, PH_EXITED, 1, PH_HAS_USAGE);
	for (int i = 0; i < 2; i++)
		(void)ph_unref(events[i].process);
	expect_nobody(set, 0);
	set = ph_set_unref(set);
}

/* Those of somebody else, as ph_wait() has them, but at once. */
static void expect_foreign(const struct ph_exit *record, bool is_reaped, int code)
{
	bool is_known = is_reaped ? tells_after_reap() : has(PH_FEATURE_PROC);

	if (is_known)
		expect_record(record, PH_EXITED, code, PH_FOREIGN);
	else if (!is_reaped && has(PH_FEATURE_EXIT))
		expect_record(record, PH_UNKNOWN, 0, PH_FOREIGN | PH_PENDING);
	else
		expect_record(record, PH_UNKNOWN, 0, PH_FOREIGN);
}

TEST(a_zombie_of_somebody_else_is_reported_at_once)
{
	struct ph_set *set = made();
	struct foster foster = foster_start();
	struct ph_event event;

	(void)give(set, foster.ward.pid, NULL);
	expect_nobody(set, 0);
	foster_let_exit(&foster, 7);
	if (!has_descriptors() && !has(PH_FEATURE_PROC)) {
		/* a number that can be signalled is all that is known of it */
		expect_nobody(set, 20);
	} else {
		event = expect_one(set, -1);
		expect_foreign(&event.exit, false, 7);
		(void)ph_unref(event.process);
	}
	ck_assert_int_eq(foster_reap(&foster), 7 << 8);
	set = ph_set_unref(set);
	foster_end(&foster);
}

TEST(one_that_somebody_else_reaped_is_reported_with_what_is_known)
{
	struct ph_set *set = made();
	struct foster foster = foster_start();
	struct ph_event event;

	(void)give(set, foster.ward.pid, NULL);
	foster_let_exit(&foster, 5);
	ck_assert_int_eq(foster_reap(&foster), 5 << 8);
	event = expect_one(set, -1);
	expect_foreign(&event.exit, true, 5);
	(void)ph_unref(event.process);
	set = ph_set_unref(set);
	foster_end(&foster);
}

TEST(a_child_that_somebody_else_reaped_was_stolen)
{
	struct ph_set *set = made();
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_event event;

	/* seen to be a child */
	expect_running(process, 0);
	ck_assert_int_eq(ph_set_add(set, process, NULL), 0);
	child_exit(&child, 9);
	must(waitpid(child.pid, NULL, 0));
	event = expect_one(set, -1);
	if (tells_after_reap())
		expect_record(&event.exit, PH_EXITED, 9, PH_STOLEN);
	else
		expect_record(&event.exit, PH_UNKNOWN, 0, PH_STOLEN);
	(void)ph_unref(event.process);
	process = ph_unref(process);
	set = ph_set_unref(set);
}

TEST(children_and_others_are_reported_together)
{
	struct ph_set *set = made();
	struct child children[SOME];
	struct foster foster = foster_start();
	bool seen[SOME + 1] = { false };
	struct ph_event events[4];

	for (intptr_t i = 0; i < SOME; i++) {
		children[i] = child_start();
		(void)give(set, children[i].pid, (void *)i);
	}
	(void)give(set, foster.ward.pid, (void *)(intptr_t)SOME);
	ck_assert_int_eq(ph_set_count(set), SOME + 1);
	for (int i = 0; i < SOME; i++)
		child_exit(&children[i], i);
	foster_let_exit(&foster, 77);
	ck_assert_int_eq(foster_reap(&foster), 77 << 8);
	for (int left = SOME + 1; left > 0;) {
		int count = ph_set_wait(set, -1, events, 4);

		ck_assert_int_ge(count, 1);
		ck_assert_int_le(count, 4);
		for (int i = 0; i < count; i++) {
			intptr_t index = (intptr_t)events[i].data;

			ck_assert(!seen[index]);
			seen[index] = true;
			if (index < SOME)
				expect_record(&events[i].exit, PH_EXITED, (int)index, PH_HAS_USAGE);
			else
				expect_foreign(&events[i].exit, true, 77);
			(void)ph_unref(events[i].process);
		}
		left -= count;
		ck_assert_int_eq(ph_set_count(set), left);
	}
	expect_nobody(set, 0);
	set = ph_set_unref(set);
	foster_end(&foster);
}

TEST(what_is_removed_is_not_reported)
{
	struct ph_set *set = made();
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_event event;

	ck_assert_int_eq(ph_set_remove(set, process), -ENOENT);
	ck_assert_int_eq(ph_set_add(set, process, NULL), 0);
	ck_assert_int_eq(ph_set_remove(set, process), 0);
	ck_assert_int_eq(ph_set_remove(set, process), -ENOENT);
	ck_assert_int_eq(ph_set_count(set), 0);
	ck_assert_int_eq(ph_set_add(set, process, NULL), 0);
	child_become_zombie(&child, 2);
	/* it has ended, and nobody has been told */
	ck_assert_int_eq(ph_set_remove(set, process), 0);
	expect_nobody(set, 0);
	expect_nobody(set, 5);
	ck_assert_int_eq(ph_set_add(set, process, &child), 0);
	event = expect_one(set, 0);
	ck_assert_ptr_eq(event.data, &child);
	ck_assert_int_eq(ph_set_remove(set, process), -ENOENT);
	(void)ph_unref(event.process);
	process = ph_unref(process);
	set = ph_set_unref(set);
}

TEST(a_successor_is_added_while_an_end_is_handled)
{
	enum { GENERATIONS = 10 };
	struct ph_set *set = made();
	struct child child = child_start();

	(void)give(set, child.pid, NULL);
	child_exit(&child, 0);
	for (int i = 1; i <= GENERATIONS; i++) {
		struct ph_event event = expect_one(set, -1);

		expect_record(&event.exit, PH_EXITED, i - 1, PH_HAS_USAGE);
		if (i < GENERATIONS) {
			child = child_start();
			(void)give(set, child.pid, NULL);
			child_exit(&child, i);
		}
		(void)ph_unref(event.process);
	}
	expect_nobody(set, 0);
	set = ph_set_unref(set);
}

struct late {
	struct ph_set *set;
	struct child child;
};

static void *add_late(void *arg)
{
	struct late *late = arg;

	(void)give(late->set, late->child.pid, late);
	child_exit(&late->child, 4);
	return NULL;
}

TEST(a_waiter_on_an_empty_set_sees_what_is_added)
{
	struct late late = { .set = made(), .child = child_start() };
	struct ph_event event;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, add_late, &late), 0);
	event = expect_one(late.set, -1);
	ck_assert_ptr_eq(event.data, &late);
	expect_record(&event.exit, PH_EXITED, 4, PH_HAS_USAGE);
	(void)ph_unref(event.process);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	late.set = ph_set_unref(late.set);
}

TEST(a_set_that_is_released_lets_go_of_what_is_in_it)
{
	struct ph_set *set = made();
	struct child child = child_start();

	(void)give(set, child.pid, NULL);
	ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), 1);
	ck_assert_ptr_eq(ph_set_ref(set), set);
	ck_assert_ptr_null(ph_set_unref(set));
	ck_assert_int_eq(ph_set_count(set), 1);
	set = ph_set_unref(set);
	ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), 0);
	child_end(&child);
}

TEST(stops_are_not_the_end)
{
	struct ph_set *set = made();
	struct child child = child_start();
	struct ph_event event;
	siginfo_t info;

	(void)give(set, child.pid, NULL);
	must(kill(child.pid, SIGSTOP));
	must(waitid(P_PID, (id_t)child.pid, &info, WSTOPPED));
	expect_nobody(set, 5);
	must(kill(child.pid, SIGCONT));
	must(waitid(P_PID, (id_t)child.pid, &info, WCONTINUED));
	expect_nobody(set, 5);
	child_exit(&child, 0);
	event = expect_one(set, -1);
	expect_record(&event.exit, PH_EXITED, 0, PH_HAS_USAGE);
	(void)ph_unref(event.process);
	set = ph_set_unref(set);
}

TEST(stops_of_a_traced_child_are_not_the_end)
{
	struct ph_set *set = made();
	struct child child = child_start();
	struct ph_event event;
	siginfo_t info;

	not_in_valgrind("does not trace");
	if (ptrace(PTRACE_SEIZE, child.pid, NULL, NULL) < 0)
		skip("a child cannot be traced here");
	(void)give(set, child.pid, NULL);
	must((int)ptrace(PTRACE_INTERRUPT, child.pid, NULL, NULL));
	must(waitid(P_PID, (id_t)child.pid, &info, WSTOPPED | WNOWAIT));
	expect_nobody(set, 5);
	must((int)ptrace(PTRACE_DETACH, child.pid, NULL, NULL));
	child_exit(&child, 6);
	event = expect_one(set, -1);
	expect_record(&event.exit, PH_EXITED, 6, PH_HAS_USAGE);
	(void)ph_unref(event.process);
	set = ph_set_unref(set);
}

struct survivor {
	int go;
	int told;
};

static void *outlive(void *arg)
{
	struct survivor *survivor = arg;
	char byte = 0;

	(void)!write(survivor->told, &byte, 1);
	(void)!read(survivor->go, &byte, 1);
	_exit(8);
}

/* Its first thread is gone, which looks like a zombie, and it runs. */
static void lose_the_first_thread(void *arg)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, outlive, arg) != 0)
		_exit(99);
	pthread_exit(NULL);
}

TEST(a_process_whose_first_thread_is_gone_has_not_ended)
{
	struct ph_set *set = made();
	int go[2], told[2];
	struct survivor survivor;
	struct ph_event event;
	char byte = 0;
	pid_t pid;

	must(pipe2(go, O_CLOEXEC));
	must(pipe2(told, O_CLOEXEC));
	survivor = (struct survivor){ .go = go[0], .told = told[1] };
	pid = fork_mortal();
	if (pid == 0) {
		(void)close(go[1]);
		lose_the_first_thread(&survivor);
	}
	must(pid);
	ck_assert_int_eq(read(told[0], &byte, 1), 1);
	(void)give(set, pid, NULL);
	expect_nobody(set, 5);
	must(write(go[1], &byte, 1));
	event = expect_one(set, -1);
	expect_record(&event.exit, PH_EXITED, 8, PH_HAS_USAGE);
	(void)ph_unref(event.process);
	for (int i = 0; i < 2; i++) {
		must(close(go[i]));
		must(close(told[i]));
	}
	set = ph_set_unref(set);
}
