/* SPDX-License-Identifier: MIT */

/*
 * Each call that the library makes fails once, with each error that it may
 * have, in each scenario, before and after the library knows its kernel. What
 * comes out is what the header lists, it is never a weaker handle because of a
 * shortage, EINTR never shows, and nothing is left behind.
 */

#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>

#include "../api/api.h"
#include "fault.h"
#include "left.h"
#include "pidfd.h"
#include "sys/support.h"

/* what a scenario works on */
struct stage {
	struct child child;
	struct child member;
	struct ph_process *process;
	int pidfd;
	char id[PH_ID_SIZE];
	/* what came out, to be checked once nothing fails any more */
	struct ph_process *made;
	struct ph_exit record;
};

static void start(struct stage *stage)
{
	*stage = (struct stage){ .pidfd = -1 };
	stage->child = child_start_leader();
	stage->member = child_start_member(stage->child.pid);
	stage->process = found(stage->child.pid);
	if (ph_id(stage->process, stage->id, sizeof(stage->id)) < 0)
		stage->id[0] = '\0';
	stage->pidfd = ph_fd(stage->process);
}

static void finish(struct stage *stage)
{
	stage->made = ph_unref(stage->made);
	if (stage->process)
		stage->process = ph_unref(stage->process);
	if (stage->child.pid > 0) {
		(void)kill(stage->child.pid, SIGKILL);
		(void)waitpid(stage->child.pid, NULL, 0);
	}
	child_forget(&stage->child);
	child_end(&stage->member);
}

static int act_find(struct stage *stage)
{
	return ph_find(stage->child.pid, &stage->made);
}

static int act_find_id(struct stage *stage)
{
	return stage->id[0] ? ph_find_id(stage->id, &stage->made) : 0;
}

static int act_find_inode(struct stage *stage)
{
	char inode[PH_ID_SIZE];

	if (!stage->id[0] || strchr(stage->id, 't'))
		return 0;
	(void)snprintf(inode, sizeof(inode), "%s", strchr(stage->id, ':'));
	inode[strcspn(inode, "@")] = '\0';
	return ph_find_id(inode, &stage->made);
}

static int act_from_fd(struct stage *stage)
{
	return stage->pidfd < 0 ? 0 : ph_from_fd(stage->pidfd, &stage->made);
}

static int act_self(struct stage *stage)
{
	return ph_self(&stage->made);
}

static int act_parent(struct stage *stage)
{
	return ph_parent(stage->process, &stage->made);
}

static int act_id(struct stage *stage)
{
	char id[PH_ID_SIZE];
	int r = ph_id(stage->process, id, sizeof(id));

	return r > 0 ? 0 : r;
}

static int act_same(struct stage *stage)
{
	int r = ph_same(stage->process, stage->process);

	return r == 1 ? 0 : r;
}

static int act_kill(struct stage *stage)
{
	return ph_kill(stage->process, 0, PH_ONE);
}

static int act_queue(struct stage *stage)
{
	return ph_queue(stage->process, 0, 0);
}

static int act_kill_group(struct stage *stage)
{
	return ph_kill(stage->process, 0, PH_GROUP);
}

static int act_continue_group(struct stage *stage)
{
	return ph_kill(stage->process, SIGCONT, PH_GROUP);
}

static int act_look(struct stage *stage)
{
	int r = ph_wait(stage->process, 0, NULL);

	return r == -ETIMEDOUT ? 0 : r;
}

static int act_wait(struct stage *stage)
{
	int r;

	(void)syscall(SYS_kill, stage->child.pid, SIGUSR1);
	r = ph_wait(stage->process, -1, &stage->record);
	if (r == 0)
		stage->child.pid = 0;
	return r;
}

static int act_exists(struct stage *stage)
{
	int r = ph_exists(stage->child.pid);

	return r == 1 ? 0 : r;
}

static int act_features(struct stage *stage)
{
	(void)stage;
	(void)ph_features();
	return 0;
}

static int act_run(struct stage *stage)
{
	char *const argv[] = { (char *)"true", NULL };
	struct ph_spawn_options options = { 0 };
	struct ph_output output = { .timeout_ms = 60000 };
	int r;

	(void)stage;
	options.in = PH_FD(STDIN_FILENO);
	r = ph_run(argv, &options, &output);
	if (r == 0 && (output.exit.how != PH_EXITED || output.exit.value != 0 || output.flags))
		r = -EBADMSG;
	ph_output_clear(&output);
	return r;
}

/* What it takes is in the parent; the child has faults of its own elsewhere. */
static int act_spawn(struct stage *stage)
{
	char *const argv[] = { (char *)"true", NULL };
	char *const set[] = { (char *)"PH_TEST=1", NULL };
	/* so many that they need memory */
	static const struct ph_fd_map map[] = { { 3, 2 }, { 4, 2 }, { 5, 2 },
						{ 6, 2 }, { 7, 2 }, { 8, 2 } };
	struct ph_failure failure = { 0 };
	struct ph_spawn_options options = { .failure = &failure, .set = set };
	struct ph_process *process = NULL;
	int out = -1, r;

	(void)stage;
	options.fds = map;
	options.fds_count = sizeof(map) / sizeof(map[0]);
	options.in = PH_NULL;
	options.out = PH_PIPE(&out);
	r = ph_spawn(argv, &options, &process);
	(void)fault_disarm();
	if (r < 0) {
		ck_assert_int_eq(failure.err, r);
		ck_assert_int_ne(failure.step, 0);
		ck_assert(r != -ENOMEM || failure.step == PH_STEP_MEMORY ||
			  failure.step == PH_STEP_CLONE || failure.step == PH_STEP_HANDLE ||
			  failure.step == PH_STEP_STREAM);
		ck_assert_int_eq(out, -1);
		ck_assert_ptr_null(process);
		return r;
	}
	must(close(out));
	ck_assert_int_eq(ph_wait(process, -1, NULL), 0);
	process = ph_unref(process);
	return 0;
}

#define MAKING EMFILE, ENFILE, ENOMEM, EAGAIN
#define GROUP EPERM, ENOTSUP, EMFILE, ENFILE, ENOMEM

static const struct {
	const char *name;
	int (*act)(struct stage *stage);
	/* may be the first call of a program */
	bool is_first;
	/* what the header lists, of what can happen to a process that is there */
	int errors[10];
} scenarios[] = {
	{ "find", act_find, true, { MAKING } },
	{ "find_id", act_find_id, true, { MAKING, ENOTSUP } },
	{ "find_id of an inode", act_find_inode, true, { MAKING, ENOTSUP } },
	{ "from_fd", act_from_fd, true, { MAKING, ENOTSUP } },
	{ "self", act_self, true, { MAKING } },
	{ "parent", act_parent, false, { MAKING, ENOTSUP } },
	{ "id", act_id, false, { ENOTSUP, EMFILE, ENFILE, ENOMEM } },
	{ "same", act_same, false, { 0 } },
	{ "kill", act_kill, false, { EPERM, EMFILE, ENFILE, ENOMEM } },
	{ "queue", act_queue, false, { EPERM, EMFILE, ENFILE, ENOMEM, EAGAIN } },
	{ "kill of a group", act_kill_group, false, { GROUP } },
	{ "kill of a group with a signal", act_continue_group, false, { GROUP } },
	{ "a look", act_look, false, { EMFILE, ENFILE, ENOMEM } },
	{ "a wait", act_wait, false, { EMFILE, ENFILE, ENOMEM } },
	{ "exists", act_exists, true, { 0 } },
	{ "features", act_features, true, { 0 } },
	{ "a run", act_run, true, { MAKING } },
	{ "spawn", act_spawn, true, { MAKING, EACCES } },
};

enum { SCENARIOS = sizeof(scenarios) / sizeof(scenarios[0]) };

/* what each call can really fail with, here or in a sandbox */
static const struct {
	enum fault_call call;
	int errors[8];
} faults[] = {
	{ FAULT_PIDFD_OPEN, { EMFILE, ENFILE, ENOMEM, ENOSYS, EPERM, EINVAL } },
	{ FAULT_IOCTL, { ESRCH, EINVAL, ENOTTY, EPERM, ENOSYS } },
	{ FAULT_OPEN_BY_HANDLE, { EMFILE, ENFILE, ENOMEM, EPERM, EOPNOTSUPP, EBADF } },
	{ FAULT_CLONE, { EAGAIN, ENOMEM } },
	{ FAULT_SYS_WAIT4, { EINTR } },
	{ FAULT_WAITID_PIDFD, { EINTR } },
	{ FAULT_MALLOC, { ENOMEM } },
	{ FAULT_OPEN, { EMFILE, ENFILE, ENOMEM, EACCES, EINTR } },
	{ FAULT_READ, { EINTR } },
	{ FAULT_READLINK, { ENOMEM } },
	{ FAULT_STAT, { ENOMEM } },
	{ FAULT_POLL, { EINTR } },
	{ FAULT_FCNTL, { EMFILE } },
	{ FAULT_WAITID, { EINTR } },
	{ FAULT_PIPE, { EMFILE, ENFILE } },
	{ FAULT_SOCKETPAIR, { EMFILE, ENFILE, ENOMEM } },
	{ FAULT_OPENDIR, { EMFILE, ENFILE, ENOMEM, EACCES } },
};

enum { FAULTS = sizeof(faults) / sizeof(faults[0]) };

static bool is_listed(int scenario, int error)
{
	for (int i = 0; i < 10 && scenarios[scenario].errors[i]; i++)
		if (scenarios[scenario].errors[i] == error)
			return true;
	return false;
}

static bool is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM;
}

static char where[160];

/* Everything that was wrong, so that one fault does not hide another. */
static char complaints[4096];

__attribute__((__format__(__printf__, 1, 2))) static void complain(const char *what, ...)
{
	size_t length = strlen(complaints);
	va_list args;

	length += (size_t)snprintf(complaints + length, sizeof(complaints) - length, "%s: ", where);
	if (length >= sizeof(complaints))
		return;
	va_start(args, what);
	length += (size_t)vsnprintf(complaints + length, sizeof(complaints) - length, what, args);
	va_end(args);
	if (length < sizeof(complaints) - 1)
		(void)strcat(complaints, "\n");
}

static void expect_no_complaint(void)
{
	ck_assert_msg(complaints[0] == '\0', "%s", complaints);
}

/* @usual: what comes out when nothing fails */
static void check(int scenario, const struct stage *stage, int error, int r, int usual)
{
	if (stage->made && r < 0)
		complain("a handle with an error");
	if (stage->child.pid == 0 &&
	    (stage->record.how != PH_SIGNALED || stage->record.flags != PH_HAS_USAGE)) {
		complain("how %d with flags %u", stage->record.how, stage->record.flags);
		/* it may be a zombie still */
		(void)waitpid(stage->process ? ph_pid(stage->process) : -1, NULL, WNOHANG);
	}
	if (r == usual && r < 0)
		return;
	if (r < 0 && !is_listed(scenario, -r))
		complain("%s is not listed", strerror(-r));
	if (error == EINTR && r != usual)
		complain("%s shows", strerror(-r));
	if (is_shortage(error) && r < 0 && r != -error)
		complain("%s instead", strerror(-r));
	if (is_shortage(error) && stage->made && ph_guarantee(stage->made) != expected_guarantee())
		complain("a weaker handle");
}

/*
 * What comes out when nothing fails, and how many calls of each kind it took:
 * those are the ones that can fail.
 */
struct usual {
	int result;
	int calls[FAULT_CALLS];
};

static void know_the_kernel(bool is_known)
{
	atomic_store(&ph_support, 0);
	if (is_known)
		(void)ph_features();
}

/* Makes the stage ready for another round. */
static void again(struct stage *stage)
{
	stage->made = ph_unref(stage->made);
	if (stage->child.pid == 0) {
		finish(stage);
		start(stage);
	}
}

static struct usual act_usually(int scenario, struct stage *stage, bool is_cold)
{
	struct usual usual;

	know_the_kernel(!is_cold);
	fault_count(usual.calls);
	usual.result = scenarios[scenario].act(stage);
	(void)fault_disarm();
	again(stage);
	return usual;
}

/* A fault in the nth call of a kind. */
static void strike(int scenario, struct stage *stage, int fault, int error, int nth, bool is_cold,
		   int usual)
{
	int r, before;

	(void)snprintf(where, sizeof(where), "%s, %s, %s %d, %s", scenarios[scenario].name,
		       is_cold ? "cold" : "warm", fault_names[faults[fault].call], nth,
		       strerror(error));
	know_the_kernel(!is_cold);
	before = left_count_descriptors();
	fault_arm(faults[fault].call, nth, error);
	r = scenarios[scenario].act(stage);
	(void)fault_disarm();
	check(scenario, stage, error, r, usual);
	if (left_count_descriptors() - before !=
	    (stage->made && ph_guarantee(stage->made) != PH_UNCHECKED))
		complain("a descriptor is left");
	if (metric("/prochandle/handles/open:handles") != 1 + (stage->made != NULL))
		complain("a handle is left");
	again(stage);
}

/* A search through /proc opens a lot: so many are enough. */
enum { MOST = 12 };

static int strike_scenario(int scenario, bool is_cold)
{
	struct stage stage;
	struct usual usual;
	int hits = 0;

	start(&stage);
	usual = act_usually(scenario, &stage, is_cold);
	for (int fault = 0; fault < FAULTS; fault++)
		for (int i = 0; faults[fault].errors[i]; i++)
			for (int nth = 1; nth <= usual.calls[faults[fault].call] && nth <= MOST;
			     nth++) {
				strike(scenario, &stage, fault, faults[fault].errors[i], nth,
				       is_cold, usual.result);
				hits++;
			}
	/* what was found out under a fault is not kept */
	know_the_kernel(false);
	finish(&stage);
	return hits;
}

static void strike_everywhere(bool is_cold)
{
	int hits = 0;

	for (int scenario = 0; scenario < SCENARIOS; scenario++)
		if (!is_cold || scenarios[scenario].is_first)
			hits += strike_scenario(scenario, is_cold);
	/* it was not all for nothing */
	ck_assert_int_gt(hits, 0);
	expect_no_complaint();
}

TEST(every_call_may_fail_once_the_kernel_is_known)
{
	strike_everywhere(false);
}

TEST(every_call_may_fail_while_the_kernel_is_found_out)
{
	strike_everywhere(true);
}

enum { ROOM = 10 };

static void act_in_a_tight_table(int scenario, struct stage *stage, bool is_cold, int room)
{
	int usual = act_usually(scenario, stage, is_cold).result;
	struct rlimit limit;
	int r;

	(void)snprintf(where, sizeof(where), "%s, %s, room for %d", scenarios[scenario].name,
		       is_cold ? "cold" : "warm", room);
	know_the_kernel(!is_cold);
	limit = descriptors_leave(room);
	r = scenarios[scenario].act(stage);
	descriptors_restore(limit);
	check(scenario, stage, EMFILE, r, usual);
	/* more than that is never needed */
	if (room == ROOM && r != usual)
		complain("%s, with room enough", strerror(-r));
	again(stage);
}

TEST(a_full_descriptor_table_is_told_at_every_call)
{
	struct stage stage;

	start(&stage);
	for (int scenario = 0; scenario < SCENARIOS; scenario++)
		for (int room = 0; room <= ROOM; room++) {
			act_in_a_tight_table(scenario, &stage, false, room);
			if (scenarios[scenario].is_first)
				act_in_a_tight_table(scenario, &stage, true, room);
		}
	finish(&stage);
	expect_no_complaint();
}

TEST(a_wait_that_failed_has_lost_nothing)
{
	struct stage stage;
	struct rlimit limit;
	int r;

	start(&stage);
	must(kill(stage.child.pid, SIGUSR2));
	child_await_end(stage.child.pid);
	limit = descriptors_leave(0);
	r = ph_wait(stage.process, -1, NULL);
	descriptors_restore(limit);
	ck_assert(r == 0 || r == -EMFILE);
	expect_end(stage.process, -1, PH_SIGNALED, SIGUSR2, PH_HAS_USAGE);
	stage.child.pid = 0;
	child_forget(&stage.child);
	finish(&stage);
}

/* Return: whether there was such a call */
static bool look_at_zombie(pid_t pid, int nth, int error)
{
	struct ph_process *process = found(pid);
	struct ph_exit how = { 0 };
	bool was_hit;
	int r;

	fault_arm(FAULT_OPEN, nth, error);
	r = ph_wait(process, 0, &how);
	was_hit = fault_disarm();
	ck_assert_msg(r == (was_hit ? -error : 0) || (r == 0 && how.how == PH_EXITED),
		      "open %d, %s: %d, how %d", nth, strerror(error), r, how.how);
	/* no matter what it was, it is none the wiser for ever */
	expect_end(process, 0, PH_EXITED, 7, PH_FOREIGN);
	process = ph_unref(process);
	return was_hit;
}

TEST(a_zombie_that_could_not_be_looked_at_has_not_ended_for_unknown_reasons)
{
	static const int errors[] = { EMFILE, ENFILE, ENOMEM };
	struct ph_process *process;
	struct foster foster;
	struct ph_exit how;

	if (is_bare_here())
		skip("a zombie is not told from a process that runs");
	foster = foster_start();
	process = found(foster.ward.pid);
	foster_let_exit(&foster, 7);
	ck_assert_int_eq(ph_wait(process, 0, &how), 0);
	process = ph_unref(process);
	if (how.how == PH_UNKNOWN) {
		foster_end(&foster);
		skip("how a zombie ended is not shown here");
	}
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		for (int nth = 1; look_at_zombie(foster.ward.pid, nth, errors[i]);)
			nth++;
	foster_end(&foster);
}

/* "A seccomp filter": a closed door after the library has looked. */
TEST(pidfds_that_are_refused_later_are_done_without)
{
	static const int errors[] = { EPERM, ENOSYS, EACCES };
	struct stage stage;

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		start(&stage);
		(void)ph_features();
		fault_arm(FAULT_PIDFD_OPEN, FAULT_EVERY, errors[i]);
		ck_assert_int_eq(ph_find(stage.child.pid, &stage.made), 0);
		if (fault_disarm())
			ck_assert_int_eq(ph_guarantee(stage.made),
					 has(PH_FEATURE_PROC) ? PH_CHECKED : PH_UNCHECKED);
		finish(&stage);
	}
}

/*
 * Before Linux 6.16 pidfd_open(2) says EINVAL for a process in the middle of
 * its end, and for a thread; afterwards it says what is the matter.
 */
TEST(einval_is_explained)
{
	struct idle_thread thread = idle_thread_start();
	struct child child = child_start();
	struct ph_process *process = NULL;
	pid_t missing = missing_pid();

	(void)ph_features();
	/* there after all: tried again */
	fault_arm(FAULT_PIDFD_OPEN, 1, EINVAL);
	ck_assert_int_eq(ph_find(child.pid, &process), 0);
	(void)fault_disarm();
	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	process = ph_unref(process);
	fault_arm(FAULT_PIDFD_OPEN, 1, EINVAL);
	expect_not_found(missing, -ESRCH);
	(void)fault_disarm();
	if (has(PH_FEATURE_PIDFD) || has(PH_FEATURE_PROC)) {
		fault_arm(FAULT_PIDFD_OPEN, 1, EINVAL);
		expect_not_found(thread.id, -ENOENT);
		(void)fault_disarm();
	}
	child_end(&child);
	idle_thread_end(&thread);
}
