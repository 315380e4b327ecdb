/* SPDX-License-Identifier: MIT */

/* A stop, when what it needs fails: calls that fail on demand. */

#include <poll.h>
#include <sys/epoll.h>

#include "handle/backend.h"
#include "handle/members.h"

#include "grove.h"

static struct {
	/* happens before the second look for members */
	void (*before_second)(void);
	int looks;
	/* the looks for members from that one on fail with look_error; 0: none */
	int look;
	int look_error;
	/* after that many times that members have been named, counted down from when it is set */
	int namings;
	void (*after_naming)(void);
	bool has_no_memory;
	/* every second sleep is interrupted */
	bool interrupts;
	int poll_error;
	/* from here on, and those that failed */
	int create_error;
	int add_error;
	int failures;
} fault;

int __real_ph_members_look(struct ph_members *members);
int __wrap_ph_members_look(struct ph_members *members);

int __wrap_ph_members_look(struct ph_members *members)
{
	if (++fault.looks == 2 && fault.before_second)
		fault.before_second();
	if (fault.look == 0 || --fault.look > 0)
		return __real_ph_members_look(members);
	fault.look = 1;
	return fault.look_error;
}

static void note_naming(void)
{
	if (fault.namings > 0 && --fault.namings == 0)
		fault.after_naming();
}

int __real_ph_proc_children(pid_t pid, struct ph_proc_pids *pids);
int __wrap_ph_proc_children(pid_t pid, struct ph_proc_pids *pids);

int __wrap_ph_proc_children(pid_t pid, struct ph_proc_pids *pids)
{
	int r = __real_ph_proc_children(pid, pids);

	note_naming();
	return r;
}

int __real_ph_proc_table_read(struct ph_proc_table *table, bool once);
int __wrap_ph_proc_table_read(struct ph_proc_table *table, bool once);

int __wrap_ph_proc_table_read(struct ph_proc_table *table, bool once)
{
	int r = __real_ph_proc_table_read(table, once);

	note_naming();
	return r;
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return fault.has_no_memory ? NULL : __real_calloc(count, size);
}

int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	static bool was_interrupted;

	/* those of a wait are about one */
	if (count == 2 && fault.poll_error) {
		errno = fault.poll_error;
		return -1;
	}
	was_interrupted = count == 2 && fault.interrupts && !was_interrupted;
	if (!was_interrupted)
		return __real_poll(fds, count, timeout);
	errno = EINTR;
	return -1;
}

int __real_epoll_create1(int flags);
int __wrap_epoll_create1(int flags);

int __wrap_epoll_create1(int flags)
{
	if (!fault.create_error)
		return __real_epoll_create1(flags);
	fault.failures++;
	errno = fault.create_error;
	return -1;
}

int __real_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);

int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	if (!fault.add_error)
		return __real_epoll_ctl(epoll, operation, fd, event);
	fault.failures++;
	errno = fault.add_error;
	return -1;
}

enum { THREE = 3 };

struct three {
	struct child children[THREE];
	struct ph_process *targets[THREE];
};

static struct three three_start(void)
{
	struct three three;

	for (int i = 0; i < THREE; i++) {
		three.children[i] = child_start();
		three.targets[i] = found(three.children[i].pid);
	}
	return three;
}

static void three_end(struct three *three)
{
	for (int i = 0; i < THREE; i++) {
		ck_assert_int_eq(ph_stop(three->targets[i], PH_ONE, 0, NULL), 0);
		child_forget(&three->children[i]);
		three->targets[i] = ph_unref(three->targets[i]);
	}
}

static void expect_stopped(struct three *three)
{
	ck_assert_int_eq(ph_stop_all(three->targets, THREE, NULL, NULL), 0);
	for (int i = 0; i < THREE; i++)
		expect_end(three->targets[i], 0, PH_SIGNALED, SIGTERM, PH_HAS_USAGE);
}

TEST(without_memory_nobody_is_signalled)
{
	struct three three = three_start();

	fault.has_no_memory = true;
	ck_assert_int_eq(ph_stop_all(three.targets, THREE, NULL, NULL), -ENOMEM);
	fault.has_no_memory = false;
	expect_running(three.targets[0], 0);
	three_end(&three);
}

TEST(interruptions_do_not_show)
{
	struct three three = three_start();

	fault.interrupts = true;
	expect_stopped(&three);
	fault.interrupts = false;
	three_end(&three);
}

TEST(who_cannot_sleep_ends_the_stop)
{
	struct three three = three_start();
	int results[THREE];

	fault.poll_error = ENOMEM;
	ck_assert_int_eq(ph_stop_all(three.targets, THREE, NULL, results), -ENOMEM);
	fault.poll_error = 0;
	for (int i = 0; i < THREE; i++)
		ck_assert_int_eq(results[i], -ECANCELED);
	three_end(&three);
}

TEST(who_cannot_be_watched_is_looked_at)
{
	struct three three = three_start();

	fault.create_error = EMFILE;
	expect_stopped(&three);
	fault.create_error = 0;
	three_end(&three);
	three = three_start();
	fault.add_error = ENOSPC;
	expect_stopped(&three);
	fault.add_error = 0;
	/* where there is something to be watched */
	ck_assert(fault.failures > 0 || ph_fd(three.targets[0]) < 0);
	three_end(&three);
}

/* What the first look says is the result, and nobody is signalled. */
TEST(what_cannot_be_looked_at_is_left_alone)
{
	const int errors[] = { -EDEADLK, -EREMOTE, -ENOTSUP, -EPERM, -EMFILE, -ENFILE, -ENOMEM };
	struct three three = three_start();

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fault.look_error = errors[i];
		fault.look = 1;
		ck_assert_int_eq(ph_stop(three.targets[0], PH_TREE, 0, NULL), errors[i]);
		fault.look = 0;
		expect_running(three.targets[0], 0);
	}
	three_end(&three);
}

/* What a later one says is the result too, and who is known is stopped. */
TEST(who_is_known_is_stopped_whatever_later_looks_say)
{
	const int errors[] = { -EREMOTE, -ENOTSUP, -EMFILE, -ENFILE, -ENOMEM };

	need_members();
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct three three = three_start();

		fault.look_error = errors[i];
		fault.look = 2;
		ck_assert_int_eq(ph_stop(three.targets[0], PH_TREE, 0, NULL), errors[i]);
		fault.look = 0;
		expect_end(three.targets[0], 0, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
		three_end(&three);
	}
}

TEST(who_appears_for_ever_is_given_up)
{
	const struct ph_stop_step step = { .signo = SIGKILL, .wait_ms = SHORT_MS };
	const struct ph_stop_options options = {
		.steps = &step,
		.steps_count = 1,
		.scope = PH_TREE,
	};
	struct three three;

	need_members();
	three = three_start();
	child_become_zombie(&three.children[0], 0);
	fault.look_error = -ELOOP;
	fault.look = 2;
	ck_assert_int_eq(ph_stop_all(three.targets, 1, &options, NULL), -ELOOP);
	fault.look = 0;
	three_end(&three);
}

/* The caller has come into the scope: nobody gets a signal any more. */
TEST(a_scope_that_has_become_forbidden_is_left_alone)
{
	struct three three;

	need_members();
	three = three_start();
	fault.look_error = -EDEADLK;
	fault.look = 2;
	ck_assert_int_eq(ph_stop(three.targets[0], PH_TREE, NEVER_MS, NULL), -EDEADLK);
	fault.look = 0;
	three_end(&three);
}

static void have_stubborn_chain(struct grove *grove, void *arg)
{
	ignore_terms();
	have_chain(grove, arg);
}

/* of the handle that refuses */
static const struct ph_backend *backend;

static int refuse_sigterm(struct ph_process *process, int signo)
{
	return signo == SIGTERM ? -EPERM : backend->kill(process, signo);
}

TEST(who_is_refused_in_one_step_and_signalled_in_the_next_is_stopped)
{
	struct ph_backend refusing;
	struct ph_process *process;
	struct kept kept = { 0 };
	const struct ph_stop_options options = {
		.scope = PH_TREE,
		.steps = leftovers,
		.steps_count = 2,
		.report = keep,
		.arg = &kept,
	};
	struct grove grove;
	int depth = 2;

	need_members();
	process = planted(&grove, have_stubborn_chain, &depth, 2);
	backend = process->backend;
	refusing = *backend;
	refusing.kill = refuse_sigterm;
	process->backend = &refusing;
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), 0);
	process->backend = backend;
	expect_kept(&kept, 1, PH_STOP_REFUSED, SIGTERM, -EPERM);
	ck_assert_int_eq(kept_count(&kept, PH_STOP_REFUSED), 1);
	ck_assert_int_eq(kept_count(&kept, PH_STOP_SENT), 3);
	ck_assert_int_eq(kept_count(&kept, PH_STOP_ENDED), 2);
	ck_assert(grove_is_empty(&grove));
	grove_end(&grove);
	process = ph_unref(process);
}

/* In the middle of a stop it has a child, and ends. */
static struct {
	struct grove grove;
	pid_t root;
	int go[2];
	bool leads;
	bool leaves;
} leaver;

static void leave_one_behind(struct grove *grove, void *arg)
{
	char byte;

	(void)arg;
	if (leaver.leads)
		leave_session();
	grove_ready(grove);
	if (read(leaver.go[0], &byte, 1) == 1)
		have_child(grove, leaver.leaves ? leave_session : NULL);
	_exit(0);
}

static void let_it_leave(void)
{
	siginfo_t info;

	must((int)write(leaver.go[1], "", 1) - 1);
	grove_await(&leaver.grove, 1);
	must(waitid(P_PID, (id_t)leaver.root, &info, WEXITED | WNOWAIT));
}

static int stop_slowly(struct ph_process *process)
{
	/* nothing but the end of the root comes between two looks */
	const struct ph_stop_step steps[] = { { .signo = 0, .wait_ms = SHORT_MS },
					      { .signo = SIGKILL, .wait_ms = NEVER_MS } };
	const struct ph_stop_options options = {
		.steps = steps,
		.steps_count = 2,
		.scope = PH_TREE,
	};

	return ph_stop_all(&process, 1, &options, NULL);
}

static int stop_leaver(bool *ret_is_empty)
{
	struct ph_process *process;
	int r;

	must(pipe2(leaver.go, O_CLOEXEC));
	process = planted(&leaver.grove, leave_one_behind, NULL, 1);
	leaver.root = ph_pid(process);
	fault.looks = 0;
	fault.before_second = let_it_leave;
	r = stop_slowly(process);
	fault.before_second = NULL;
	*ret_is_empty = grove_is_empty(&leaver.grove);
	expect_end(process, 0, PH_EXITED, 0, PH_HAS_USAGE);
	must(close(leaver.go[0]));
	must(close(leaver.go[1]));
	grove_cut(&leaver.grove);
	process = ph_unref(process);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return r;
}

static void expect_one_lost(void *arg)
{
	bool is_empty;

	(void)arg;
	ck_assert_int_eq(stop_leaver(&is_empty), -ENOTSUP);
	ck_assert(!is_empty);
}

static void expect_one_lost_to_first(void *arg)
{
	in_a_child(expect_one_lost, arg);
	while (waitpid(-1, NULL, 0) > 0)
		;
	expect_one_lost(arg);
}

TEST(who_is_left_behind_by_a_root_that_leads_nothing_is_told)
{
	need_members();
	leaver.leads = leaver.leaves = false;
	in_own_pid_namespace(expect_one_lost_to_first, NULL);
}

TEST(who_leaves_the_session_and_is_left_behind_is_told)
{
	need_members();
	leaver.leads = leaver.leaves = true;
	in_own_pid_namespace(expect_one_lost_to_first, NULL);
}

static void expect_nobody_lost(void *arg)
{
	bool is_empty;

	(void)arg;
	ck_assert_int_eq(stop_leaver(&is_empty), 0);
	ck_assert(is_empty);
}

/* The number is kept for that. */
TEST(who_is_left_behind_in_the_session_of_the_root_is_stopped)
{
	need_members();
	leaver.leads = true;
	leaver.leaves = false;
	in_own_pid_namespace(expect_nobody_lost, NULL);
}

static int ward[2];

/* Its child is the one that has a child and ends, and is reaped. */
static void be_foster(struct grove *grove, void *arg)
{
	pid_t pid = fork();

	if (pid == 0)
		leave_one_behind(grove, arg);
	(void)!write(ward[1], &pid, sizeof(pid));
	(void)waitpid(pid, NULL, 0);
	grove_stay(grove);
}

static void let_it_leave_and_be_reaped(void)
{
	must((int)write(leaver.go[1], "", 1) - 1);
	grove_await(&leaver.grove, 2);
}

/* Nobody who proves the number of the session is known any more. */
static void lose_number(void *arg)
{
	struct ph_process *foster, *process;
	pid_t pid;

	(void)arg;
	must(pipe2(leaver.go, O_CLOEXEC));
	must(pipe2(ward, O_CLOEXEC));
	foster = planted(&leaver.grove, be_foster, NULL, 1);
	ck_assert_int_eq(read(ward[0], &pid, sizeof(pid)), sizeof(pid));
	process = found(pid);
	fault.looks = 0;
	fault.before_second = let_it_leave_and_be_reaped;
	ck_assert_int_eq(stop_slowly(process), -ENOTSUP);
	fault.before_second = NULL;
	ck_assert(!grove_is_empty(&leaver.grove));
	foster = ph_unref(foster);
	process = ph_unref(process);
	for (int i = 0; i < 2; i++) {
		must(close(leaver.go[i]));
		must(close(ward[i]));
	}
	grove_cut(&leaver.grove);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

TEST(who_is_in_a_session_of_which_nobody_is_known_any_more_is_told)
{
	need_members();
	leaver.leads = true;
	leaver.leaves = false;
	in_own_pid_namespace(lose_number, NULL);
}

/* A child that obeys, and a root that does not, and reaps it when it is told to. */
static struct {
	struct grove grove;
	int go[2];
} reaper;

static void have_obedient_child(struct grove *grove, void *arg)
{
	pid_t pid;
	char byte;

	(void)arg;
	ignore_terms();
	pid = fork();
	if (pid == 0) {
		(void)signal(SIGTERM, SIG_DFL);
		grove_stay(grove);
	}
	child_await_end(pid);
	grove_ready(grove);
	(void)!read(reaper.go[0], &byte, 1);
	(void)waitpid(pid, NULL, 0);
	grove_stay(grove);
}

static void let_it_reap(void)
{
	must((int)write(reaper.go[1], "", 1) - 1);
	grove_await(&reaper.grove, 1);
}

/* The child is a zombie, and somebody else begins a session: then the members are looked for twice. */
static int begin_another(const struct ph_stop_report *report, void *arg)
{
	struct grove *others = arg;
	pid_t pid;

	if (report->what != PH_STOP_SENT || report->signo != SIGTERM ||
	    ph_pid(report->process) == leaver.root)
		return 0;
	grove_await(&reaper.grove, 1);
	pid = must(fork());
	if (pid == 0) {
		if (must(fork()) > 0)
			_exit(0);
		must(setsid());
		must(close(others->leash[1]));
		grove_stay(others);
	}
	must(waitpid(pid, NULL, 0));
	grove_await(others, 1);
	fault.after_naming = let_it_reap;
	fault.namings = 2;
	return 0;
}

static void reap_what_was_named(void *arg)
{
	struct grove others;
	const struct ph_stop_options options = {
		.scope = PH_TREE,
		.steps = leftovers,
		.steps_count = 2,
		.report = begin_another,
		.arg = &others,
	};
	struct ph_process *process;

	(void)arg;
	must(pipe2(reaper.go, O_CLOEXEC));
	grove_begin(&others);
	process = planted(&reaper.grove, have_obedient_child, NULL, 1);
	leaver.root = ph_pid(process);
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), 0);
	ck_assert_int_eq(fault.namings, 0);
	ck_assert(grove_is_empty(&reaper.grove));
	grove_end(&reaper.grove);
	process = ph_unref(process);
	must(close(reaper.go[0]));
	must(close(reaper.go[1]));
	must(close(others.life[1]));
	grove_cut(&others);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

TEST(who_has_obeyed_and_is_reaped_once_it_has_been_named_has_left_nobody)
{
	need_members();
	in_own_pid_namespace(reap_what_was_named, NULL);
}
