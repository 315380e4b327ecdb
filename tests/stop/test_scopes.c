/* SPDX-License-Identifier: MIT */

/* ph_stop of everybody in a scope. */

#include <sys/stat.h>

#include "grove.h"

static void nohup(void)
{
	(void)signal(SIGHUP, SIG_IGN);
}

static void have_orphan(struct grove *grove, void (*before)(void))
{
	pid_t between = fork();

	if (between == 0) {
		have_child(grove, before);
		_exit(0);
	}
	(void)waitpid(between, NULL, 0);
}

enum { FIVE = 5 };

static void have_five(struct grove *grove)
{
	have_child(grove, NULL);
	have_orphan(grove, NULL);
	have_child(grove, leave_session);
	have_child(grove, nohup);
	have_orphan(grove, ignore_terms);
}

static void have_five_and_stay(struct grove *grove, void *arg)
{
	(void)arg;
	have_five(grove);
	grove_stay(grove);
}

static void have_five_and_leave(struct grove *grove, void *arg)
{
	(void)arg;
	have_five(grove);
}

static int stop_all_below_us(const struct ph_stop_step *steps, uint32_t count)
{
	const struct ph_stop_options options = {
		.steps = steps,
		.steps_count = count,
		.scope = PH_DESCENDANTS,
	};
	struct ph_process *self;
	int r;

	ck_assert_int_eq(ph_self(&self), 0);
	r = ph_stop_all(&self, 1, &options, NULL);
	self = ph_unref(self);
	return r;
}

static void be_subreaper(int on)
{
	must(prctl(PR_SET_CHILD_SUBREAPER, on));
}

TEST(five_kinds_of_descendants_leave_no_survivor)
{
	struct grove grove;

	need_members();
	be_subreaper(1);
	grove_begin(&grove);
	(void)grove_plant(&grove, have_five_and_stay, NULL);
	grove_await(&grove, FIVE + 1);
	ck_assert_int_eq(stop_all_below_us(leftovers, 2), 0);
	ck_assert(grove_is_empty(&grove));
	grove_end(&grove);
	be_subreaper(0);
}

TEST(what_a_child_leaves_behind_is_stopped)
{
	struct grove grove;
	pid_t pid;

	need_members();
	be_subreaper(1);
	grove_begin(&grove);
	pid = grove_plant(&grove, have_five_and_leave, NULL);
	grove_await(&grove, FIVE);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(stop_all_below_us(leftovers, 2), 0);
	ck_assert(grove_is_empty(&grove));
	grove_end(&grove);
	be_subreaper(0);
}

TEST(a_stop_may_only_wait_until_nobody_is_left)
{
	const struct ph_stop_step wait = { .wait_ms = -1 };
	const struct ph_stop_step look = { .wait_ms = 0 };
	struct grove grove;

	need_members();
	be_subreaper(1);
	grove_begin(&grove);
	(void)grove_plant(&grove, have_five_and_leave, NULL);
	grove_await(&grove, FIVE);
	ck_assert_int_eq(stop_all_below_us(&look, 1), -ETIMEDOUT);
	ck_assert(!grove_is_empty(&grove));
	must(close(grove.leash[1]));
	ck_assert_int_eq(stop_all_below_us(&wait, 1), 0);
	ck_assert(grove_is_empty(&grove));
	grove.leash[1] = must(dup(grove.leash[0]));
	grove_end(&grove);
	be_subreaper(0);
}

TEST(nobody_below_is_a_stop_that_has_succeeded)
{
	struct ph_process *self;
	struct ph_exit how;

	need_members();
	ck_assert_int_eq(ph_self(&self), 0);
	ck_assert_int_eq(ph_stop(self, PH_DESCENDANTS, NEVER_MS, &how), 0);
	/* it has not ended itself */
	expect_record(&how, PH_UNKNOWN, 0, 0);
	self = ph_unref(self);
}

/* Each has a successor, and exits, until the test is gone. */
static void run_away(struct grove *grove, void *arg)
{
	struct pollfd leash = { .fd = grove->leash[0] };

	(void)arg;
	grove_ready(grove);
	while (poll(&leash, 1, 0) == 0)
		if (fork() > 0)
			_exit(0);
}

TEST(a_storm_leaves_no_survivor)
{
	struct grove grove;

	need_members();
	if (is_slow())
		skip("would not be caught up with");
	be_subreaper(1);
	grove_begin(&grove);
	(void)grove_plant(&grove, run_away, NULL);
	grove_await(&grove, 1);
	ck_assert_int_eq(stop_all_below_us(leftovers, 2), 0);
	ck_assert(grove_is_empty(&grove));
	grove_end(&grove);
	be_subreaper(0);
}

TEST(a_tree_is_stopped_to_its_last_leaf)
{
	struct ph_process *process;
	struct grove grove;
	struct ph_exit how;
	int depth = 6;

	need_members();
	process = planted(&grove, have_chain, &depth, 6);
	ck_assert_int_eq(ph_stop(process, PH_TREE, NEVER_MS, &how), 0);
	expect_record(&how, PH_SIGNALED, SIGTERM, PH_HAS_USAGE);
	ck_assert(grove_is_empty(&grove));
	grove_end(&grove);
	process = ph_unref(process);
}

static void have_five_in_a_session(struct grove *grove, void *arg)
{
	leave_session();
	have_child(grove, NULL);
	have_orphan(grove, NULL);
	have_child(grove, leave_session);
	have_child(grove, nohup);
	have_orphan(grove, ignore_terms);
	(void)arg;
	grove_stay(grove);
}

/* also those that hang elsewhere by now */
TEST(a_tree_whose_root_leads_a_session_is_stopped_with_it)
{
	struct ph_process *process;
	struct grove grove;

	need_members();
	process = planted(&grove, have_five_in_a_session, NULL, FIVE + 1);
	ck_assert_int_eq(stop_firmly(process, PH_TREE), 0);
	ck_assert(grove_is_empty(&grove));
	grove_end(&grove);
	process = ph_unref(process);
}

static void lead(struct grove *grove, void *arg)
{
	leave_session();
	have_child(grove, NULL);
	have_orphan(grove, ignore_terms);
	(void)arg;
	grove_stay(grove);
}

TEST(a_group_and_a_session_are_stopped)
{
	const int scopes[] = { PH_GROUP, PH_SESSION };

	need_members();
	for (int i = 0; i < 2; i++) {
		struct grove grove;
		struct ph_process *process = planted(&grove, lead, NULL, 3);

		ck_assert_int_eq(stop_firmly(process, scopes[i]), 0);
		ck_assert(grove_is_empty(&grove));
		grove_end(&grove);
		process = ph_unref(process);
	}
}

static struct grove *answers_with;

/* In a child that was made in a handler: it ends when it is asked to. */
static void be_answer(void)
{
	sigset_t set;

	(void)signal(SIGTERM, SIG_DFL);
	(void)sigemptyset(&set);
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
	grove_stay(answers_with);
}

/* Asked to end, it has a child, and ends when that has. */
static void answer_with_a_child(int signo)
{
	pid_t pid = fork();

	(void)signo;
	if (pid == 0)
		be_answer();
	(void)waitpid(pid, NULL, 0);
	_exit(0);
}

static void be_answering(struct grove *grove, void *arg)
{
	(void)arg;
	answers_with = grove;
	(void)signal(SIGTERM, answer_with_a_child);
	grove_stay(grove);
}

TEST(who_appears_during_a_step_gets_its_signal)
{
	struct ph_process *process;
	struct grove grove;

	need_members();
	process = planted(&grove, be_answering, NULL, 1);
	ck_assert_int_eq(ph_stop(process, PH_TREE, -1, NULL), 0);
	ck_assert(grove_is_empty(&grove));
	grove_end(&grove);
	process = ph_unref(process);
}

enum { SLOW_MS = 500, LATER_MS = 50, PATIENT_MS = 5000 };

static int slow_go[2];

/* Asked to end, it has a child, and another one some time after the first has been signalled. */
static void answer_slowly(int signo)
{
	int status = 0;
	char byte;

	(void)signo;
	for (int i = 0; i < 2; i++) {
		pid_t pid;

		if (i == 1 && read(slow_go[0], &byte, 1) == 1)
			(void)poll(NULL, 0, LATER_MS);
		pid = fork();
		if (pid == 0)
			be_answer();
		(void)waitpid(pid, &status, 0);
	}
	_exit(WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void be_slow(struct grove *grove, void *arg)
{
	(void)arg;
	answers_with = grove;
	(void)signal(SIGTERM, answer_slowly);
	grove_stay(grove);
}

/* What it takes the time for is nothing that the stop does. */
static int report_slowly(const struct ph_stop_report *report, void *arg)
{
	int *sent = arg;

	if (report->what == PH_STOP_SENT && ++*sent == 2) {
		must(poll(NULL, 0, SLOW_MS));
		must((int)write(slow_go[1], "", 1) - 1);
	}
	return 0;
}

TEST(who_appears_after_a_slow_report_gets_the_signal_of_the_step)
{
	const struct ph_stop_step steps[] = { { .signo = SIGTERM, .wait_ms = PATIENT_MS },
					      { .signo = SIGKILL, .wait_ms = NEVER_MS } };
	struct ph_process *process;
	struct grove grove;
	int sent = 0;
	const struct ph_stop_options options = {
		.steps = steps,
		.steps_count = 2,
		.scope = PH_TREE,
		.report = report_slowly,
		.arg = &sent,
	};

	need_members();
	must(pipe2(slow_go, O_CLOEXEC));
	process = planted(&grove, be_slow, NULL, 1);
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), 0);
	ck_assert_int_eq(sent, 3);
	expect_end(process, 0, PH_EXITED, SIGTERM, PH_HAS_USAGE);
	grove_end(&grove);
	must(close(slow_go[0]));
	must(close(slow_go[1]));
	process = ph_unref(process);
}

/* As fast as it can, and so do its children; a limit is all that holds them. */
static void explode(struct grove *grove, void *arg)
{
	struct pollfd leash = { .fd = grove->leash[0] };
	const struct rlimit limit = { 30, 30 };
	/* nobody else has that one */
	uid_t user = 0x10000000 + (uid_t)getpid();

	(void)arg;
	leave_session();
	if (setrlimit(RLIMIT_NPROC, &limit) < 0 || setresuid(user, user, user) < 0)
		_exit(1);
	grove_ready(grove);
	while (poll(&leash, 1, 0) == 0)
		(void)fork();
}

static void need_root(void)
{
	need_user(0x10000000);
}

TEST(a_bomb_is_stopped)
{
	struct ph_process *process;
	struct grove grove;

	need_members();
	need_root();
	process = planted(&grove, explode, NULL, 1);
	ck_assert_int_eq(stop_firmly(process, PH_TREE), 0);
	ck_assert(grove_is_empty(&grove));
	grove_end(&grove);
	process = ph_unref(process);
}

/* Return: a descriptor of a new one, or -1; the path is to remove it */
static int cgroup_begin(char *path, size_t size)
{
	FILE *file = fopen("/proc/self/mounts", "re");
	char line[1024], mount[256], type[64];
	bool is_found = false;

	while (file && !is_found && fgets(line, sizeof(line), file))
		is_found = sscanf(line, "%*s %255s %63s", mount, type) == 2 &&
			   strcmp(type, "cgroup2") == 0;
	if (file)
		(void)fclose(file);
	(void)snprintf(path, size, "%s/ph-stop-%ld", is_found ? mount : "", (long)getpid());
	if (!is_found || mkdir(path, 0755) < 0)
		return -1;
	return must(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

struct confined {
	int cgroup;
	void (*body)(struct grove *grove, void *arg);
};

static void move_and_go(struct grove *grove, void *arg)
{
	const struct confined *confined = arg;
	int file = openat(confined->cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);

	if (file < 0 || write(file, "0", 1) != 1)
		_exit(1);
	(void)close(file);
	confined->body(grove, NULL);
}

/* Some kernels take the dead out of it after they are seen to be dead. */
static void await_unpopulated(int cgroup)
{
	struct pollfd events = {
		.fd = must(openat(cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC)),
		.events = POLLPRI,
	};
	char text[256];

	for (;;) {
		ssize_t n = must((int)pread(events.fd, text, sizeof(text) - 1, 0));

		text[n] = '\0';
		if (strstr(text, "populated 0"))
			break;
		must(poll(&events, 1, -1));
	}
	must(close(events.fd));
}

static void expect_cgroup_stopped(void (*body)(struct grove *grove, void *arg), int count)
{
	struct confined confined = { .body = body };
	struct ph_process *process;
	struct grove grove;
	char path[512];

	confined.cgroup = cgroup_begin(path, sizeof(path));
	if (confined.cgroup < 0)
		skip("no cgroup that could be written to");
	process = planted(&grove, move_and_go, &confined, count);
	ck_assert_int_eq(stop_firmly(process, PH_CGROUP), 0);
	ck_assert(grove_is_empty(&grove));
	grove_end(&grove);
	await_unpopulated(confined.cgroup);
	must(close(confined.cgroup));
	must(rmdir(path));
	process = ph_unref(process);
}

TEST(a_cgroup_is_stopped)
{
	need_members();
	expect_cgroup_stopped(have_five_and_stay, FIVE + 1);
}

TEST(a_bomb_in_a_cgroup_is_stopped)
{
	need_members();
	need_root();
	expect_cgroup_stopped(explode, 1);
}

static void only_stay(struct grove *grove, void *arg)
{
	(void)arg;
	grove_stay(grove);
}

static int end_at_once(const struct ph_stop_report *report, void *arg)
{
	(void)arg;
	return report->what;
}

TEST(a_report_that_ends_the_stop_spares_a_cgroup)
{
	const struct ph_stop_options options = {
		.report = end_at_once,
		.scope = PH_CGROUP,
		.grace_ms = -1,
	};
	struct confined confined = { .body = only_stay };
	struct ph_process *process;
	struct ph_exit how;
	struct grove grove;
	char path[512];

	need_members();
	confined.cgroup = cgroup_begin(path, sizeof(path));
	if (confined.cgroup < 0)
		skip("no cgroup that could be written to");
	process = planted(&grove, move_and_go, &confined, 1);
	ck_assert_int_eq(ph_stop_all(&process, 1, &options, NULL), PH_STOP_STEP);
	ck_assert_int_eq(ph_stop(process, PH_CGROUP, NEVER_MS, &how), 0);
	/* nothing else came before */
	ck_assert_int_eq(how.value, SIGTERM);
	grove_end(&grove);
	await_unpopulated(confined.cgroup);
	must(close(confined.cgroup));
	must(rmdir(path));
	process = ph_unref(process);
}

TEST(without_proc_no_members_are_found)
{
	const int scopes[] = { PH_GROUP, PH_SESSION, PH_TREE, PH_CGROUP };
	struct ph_process *process;
	struct child child;

	if (!is_bare_here() && has(PH_FEATURE_PROC))
		skip("they are here");
	child = child_start_leader();
	process = found(child.pid);
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
		ck_assert_int_eq(ph_stop(process, scopes[i], 0, NULL), -ENOTSUP);
	expect_running(process, 0);
	child_end(&child);
	process = ph_unref(process);
}
