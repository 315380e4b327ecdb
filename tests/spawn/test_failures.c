/* SPDX-License-Identifier: MIT */

/* ph_spawn: what goes wrong is told, and leaves nothing behind. */

#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "namespace.h"
#include "spawn.h"

static char *const argv[] = { (char *)SPAWNED_PATH, NULL };

#define INVALID(...) \
	expect_failure(argv, &(struct ph_spawn_options){ __VA_ARGS__ }, -EINVAL, PH_STEP_OPTIONS, 0)

TEST(options_that_make_no_sense_are_refused)
{
	static const struct ph_fd_map negative = { .child = -1 }, from = { .from = -1 };
	static const struct ph_fd_map twice[] = { { .child = 5 }, { .child = 5 } };

	INVALID(.flags = PH_SPAWN_NO_RETRY << 1);
	INVALID(.flags = UINT64_C(1) << 63);
	INVALID(.namespaces = PH_NS_TIME << 1);
	INVALID(.in = { .kind = 99 });
	INVALID(.in = PH_TO_OUT);
	INVALID(.out = PH_TO_OUT);
	INVALID(.in = PH_APPEND("x"));
	INVALID(.in = PH_FILE(NULL));
	INVALID(.out = PH_PIPE(NULL));
	INVALID(.err = PH_FD(-1));
	INVALID(.fds = NULL, .fds_count = 1);
	INVALID(.fds = &negative, .fds_count = 1);
	INVALID(.fds = &from, .fds_count = 1);
	INVALID(.fds = twice, .fds_count = 2);
	INVALID(.flags = PH_SPAWN_DIRECTORY_FD, .directory_fd = -1);
	INVALID(.flags = PH_SPAWN_CGROUP, .cgroup = -1);
	INVALID(.flags = PH_SPAWN_TERMINAL);
	INVALID(.flags = PH_SPAWN_FOREGROUND, .terminal = -1);
	INVALID(.flags = PH_SPAWN_NEW_GROUP, .group = 1);
	INVALID(.flags = PH_SPAWN_NEW_SESSION, .group = 1);
	INVALID(.group = -1);
	INVALID(.pid = -1);
	INVALID(.groups_count = 1);
	INVALID(.flags = PH_SPAWN_GROUPS | PH_SPAWN_KEEP_GROUPS);
	INVALID(.limits_count = 1);
	INVALID(.cpus_count = 1);
	/* a word, as the kernel counts its bytes */
	INVALID(.cpus = &(uint64_t){ UINT64_MAX }, .cpus_count = UINT32_MAX / 8 + 2);
	INVALID(.flags = PH_SPAWN_UMASK, .umask = 01000);
	INVALID(.flags = PH_SPAWN_NICE, .nice = 20);
	INVALID(.flags = PH_SPAWN_OOM_SCORE, .oom_score = 1001);
	INVALID(.death_signal = 65);
	INVALID(.uid_map_count = 1);
	ck_assert_uint_eq(metric("/prochandle/spawns/failed/options:spawns"), 32);
}

TEST(arguments_that_are_missing_are_refused)
{
	struct ph_process *process = (struct ph_process *)argv;
	char *const none[] = { NULL };

	ck_assert_int_eq(ph_spawn(argv, NULL, NULL), -EINVAL);
	ck_assert_int_eq(ph_spawn(NULL, NULL, &process), -EINVAL);
	ck_assert_ptr_null(process);
	ck_assert_int_eq(ph_spawn(none, NULL, &process), -EINVAL);
	expect_failure((char *const[]){ (char *)"", NULL }, &(struct ph_spawn_options){ 0 },
		       -ENOENT, PH_STEP_EXEC, 0);
}

TEST(options_of_other_versions_are_told_by_their_size)
{
	struct {
		struct ph_spawn_options options;
		uint64_t newer;
	} newer = { .newer = 1 };
	struct ph_process *process = NULL;

	newer.options.directory = "/nowhere";
	ck_assert_int_eq(ph_spawn_sized(argv, &newer.options, sizeof(newer), &process), -E2BIG);
	newer.newer = 0;
	ck_assert_int_eq(ph_spawn_sized(argv, &newer.options, sizeof(newer), &process), -ENOENT);
	/* an older program does not know the directory */
	ck_assert_int_eq(ph_spawn_sized(argv, &newer.options, sizeof(uint64_t), &process), 0);
	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
}

TEST(streams_that_cannot_be_opened_are_told)
{
	struct ph_spawn_options options = { 0 };

	options.in = PH_FILE("/nowhere/at/all");
	expect_failure(argv, &options, -ENOENT, PH_STEP_STREAM, 0);
	options.in = PH_NULL;
	options.out = PH_FILE("/usr");
	expect_failure(argv, &options, -EISDIR, PH_STEP_STREAM, 1);
	options.out = PH_NULL;
	options.err = PH_APPEND("/nowhere/at/all");
	expect_failure(argv, &options, -ENOENT, PH_STEP_STREAM, 2);
}

TEST(variables_for_pipes_are_left_alone)
{
	struct ph_spawn_options options = { .directory = "/nowhere" };
	int in = 4711, out = 4712, err = 4713;

	options.in = PH_PIPE(&in);
	options.out = PH_PIPE(&out);
	options.err = PH_PIPE(&err);
	expect_failure(argv, &options, -ENOENT, PH_STEP_DIRECTORY, 0);
	ck_assert_int_eq(in, 4711);
	ck_assert_int_eq(out, 4712);
	ck_assert_int_eq(err, 4713);
}

TEST(descriptors_that_are_not_open_are_told)
{
	struct ph_fd_map map[] = { { .child = 3, .from = 0 }, { .child = 40, .from = 999 } };
	struct ph_spawn_options options = { .fds = map, .fds_count = 2 };

	expect_failure(argv, &options, -EBADF, PH_STEP_DESCRIPTOR, 40);
	options.fds_count = 0;
	options.err = PH_FD(999);
	expect_failure(argv, &options, -EBADF, PH_STEP_DESCRIPTOR, 2);
	options.err = PH_INHERIT;
	options.flags = PH_SPAWN_DIRECTORY_FD;
	options.directory_fd = 999;
	expect_failure(argv, &options, -EBADF, PH_STEP_DIRECTORY, 0);
}

TEST(steps_that_fail_say_which_they_are)
{
	static const struct ph_limit limits[] = { { .resource = RLIMIT_CORE },
						  { .resource = 4711 } };
	static const uint64_t no_cpu[16];
	struct ph_spawn_options options = { .group = 4711471 };

	expect_failure(argv, &options, -EPERM, PH_STEP_GROUP, 0);
	options = (struct ph_spawn_options){ .limits = limits, .limits_count = 2 };
	expect_failure(argv, &options, -EINVAL, PH_STEP_LIMIT, 1);
	options = (struct ph_spawn_options){ .flags = PH_SPAWN_POLICY, .policy = 4711 };
	expect_failure(argv, &options, -EINVAL, PH_STEP_POLICY, 0);
	options = (struct ph_spawn_options){ .cpus = no_cpu, .cpus_count = 16 };
	expect_failure(argv, &options, -EINVAL, PH_STEP_CPUS, 0);
	options = (struct ph_spawn_options){ .root = "/nowhere" };
	if (geteuid() == 0)
		expect_failure(argv, &options, -ENOENT, PH_STEP_ROOT, 0);
	options = (struct ph_spawn_options){ .flags = PH_SPAWN_NEW_SESSION | PH_SPAWN_TERMINAL,
					     .terminal = STDIN_FILENO };
	options.in = PH_NULL;
	if (!isatty(STDIN_FILENO))
		expect_failure(argv, &options, -ENOTTY, PH_STEP_TERMINAL, 0);
	options = (struct ph_spawn_options){ .flags = PH_SPAWN_FOREGROUND };
	if (!isatty(STDIN_FILENO))
		expect_failure(argv, &options, -ENOTTY, PH_STEP_FOREGROUND, 0);
	options = (struct ph_spawn_options){ .capabilities = UINT64_C(1) << 63 };
	expect_failure(argv, &options, -EINVAL, PH_STEP_CAPABILITY, 63);
	options = (struct ph_spawn_options){ .flags = PH_SPAWN_CGROUP,
					     .cgroup = must(open("/usr", O_PATH | O_CLOEXEC)) };
	expect_failure(
		argv, &options,
		has(PH_FEATURE_CGROUP | PH_FEATURE_CLONE3 | PH_FEATURE_VFORK) ? -EBADF : -ENOENT,
		has(PH_FEATURE_CGROUP | PH_FEATURE_CLONE3 | PH_FEATURE_VFORK) ? PH_STEP_CLONE
									      : PH_STEP_CGROUP,
		0);
	must(close(options.cgroup));
}

static void have_no_rights(void *arg)
{
	static const struct ph_limit limit = { .resource = RLIMIT_NOFILE,
					       .soft = PH_UNLIMITED,
					       .hard = PH_UNLIMITED };
	struct ph_spawn_options options = { .flags = PH_SPAWN_UID | PH_SPAWN_KEEP_GROUPS };

	(void)arg;
	become_nobody();
	expect_failure(argv, &options, -EPERM, PH_STEP_UID, 0);
	options.flags = PH_SPAWN_GID | PH_SPAWN_KEEP_GROUPS;
	expect_failure(argv, &options, -EPERM, PH_STEP_GID, 0);
	options.flags = PH_SPAWN_GID;
	expect_failure(argv, &options, -EPERM, PH_STEP_GROUPS, 0);
	options.flags = PH_SPAWN_NICE;
	options.nice = -5;
	expect_failure(argv, &options, -EACCES, PH_STEP_NICE, 0);
	options.flags = PH_SPAWN_OOM_SCORE;
	options.oom_score = -1000;
	expect_failure(argv, &options, -EACCES, PH_STEP_OOM_SCORE, 0);
	options.flags = 0;
	options.root = "/";
	expect_failure(argv, &options, -EPERM, PH_STEP_ROOT, 0);
	options.root = NULL;
	options.limits = &limit;
	options.limits_count = 1;
	expect_failure(argv, &options, -EPERM, PH_STEP_LIMIT, 0);
	options.limits_count = 0;
	options.namespaces = PH_NS_NET;
	expect_failure(argv, &options, -EPERM, PH_STEP_CLONE, 0);
}

TEST(who_has_no_rights_is_told_where_they_end)
{
	in_a_child(have_no_rights, NULL);
}

TEST(a_table_that_is_full_is_told_before_there_is_a_child)
{
	struct ph_spawn_options options = { 0 };
	struct rlimit before, tight;
	int out = 4711, free;

	(void)ph_features();
	free = must(dup(STDIN_FILENO));
	must(close(free));
	must(getrlimit(RLIMIT_NOFILE, &before));
	for (int room = 0; room < 3; room++) {
		struct ph_process *process = NULL;
		struct ph_failure failure = { 0 };
		int r;

		tight = before;
		tight.rlim_cur = (rlim_t)(free + room);
		must(setrlimit(RLIMIT_NOFILE, &tight));
		options.failure = &failure;
		options.out = PH_PIPE(&out);
		r = ph_spawn(argv, &options, &process);
		must(setrlimit(RLIMIT_NOFILE, &before));
		ck_assert_int_eq(r, -EMFILE);
		ck_assert_int_eq(failure.step, room < 2 ? PH_STEP_STREAM : failure.step);
		ck_assert_int_eq(out, 4711);
	}
}

TEST(failures_do_not_add_up)
{
	struct ph_spawn_options options = { .directory = "/nowhere" };
	sigset_t before, after;
	int rounds = getenv("PHDEBUG") || getenv("PH_TEST_FILTER") ? 100 : 10000;
	int out = -1;

	if (getenv("PH_TEST_SLOW"))
		rounds = 20;
	must(sigprocmask(SIG_BLOCK, NULL, &before));
	options.out = PH_PIPE(&out);
	for (int i = 0; i < rounds; i++) {
		struct ph_process *process = NULL;

		ck_assert_int_eq(ph_spawn(argv, &options, &process), -ENOENT);
	}
	must(sigprocmask(SIG_BLOCK, NULL, &after));
	for (int signo = 1; signo < SIGRTMIN; signo++)
		ck_assert_int_eq(sigismember(&before, signo), sigismember(&after, signo));
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	ck_assert_uint_eq(metric("/prochandle/spawns/failed/directory:spawns"), rounds);
}

TEST(steps_have_words)
{
	ck_assert_str_eq(ph_step_text(PH_STEP_DIRECTORY), "change the directory");
	ck_assert_str_eq(ph_step_text(0), "unknown step");
	ck_assert_str_eq(ph_step_text(-1), "unknown step");
	ck_assert_str_eq(ph_step_text(PH_STEP_INTERPRETER + 1), "unknown step");
	for (int step = 1; step <= PH_STEP_INTERPRETER; step++)
		ck_assert_str_ne(ph_step_text(step), "unknown step");
}
