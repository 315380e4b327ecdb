/* SPDX-License-Identifier: MIT */

/* ph_spawn: what is refused, by whom, and that nothing weaker is done instead. */

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "filter.h"
#include "namespace.h"
#include "spawn.h"

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

static char *const argv[] = { (char *)SPAWNED_PATH, NULL };

static bool can_choose_pids(void)
{
	return has(PH_FEATURE_PIDFD | PH_FEATURE_VFORK | PH_FEATURE_CLONE3);
}

/* For the kernel it means: leave it as it is. A failed look-up gives it. */
TEST(nobody_is_no_user)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_UID | PH_SPAWN_KEEP_GROUPS,
					    .uid = UINT32_MAX };

	expect_failure(argv, &options, -EINVAL, PH_STEP_OPTIONS, 0);
	options.flags = PH_SPAWN_GID | PH_SPAWN_KEEP_GROUPS;
	options.gid = UINT32_MAX;
	expect_failure(argv, &options, -EINVAL, PH_STEP_OPTIONS, 0);
	/* without the flag it says nothing */
	options.flags = 0;
	(void)ph_unref(spawned(argv, &options));
	while (metric("/prochandle/spawns/late/left:processes") > 0)
		(void)ph_unref(spawned(argv, &options));
}

static void choose_without_rights(void *arg)
{
	struct ph_spawn_options options = { .pid = 4242 };

	(void)arg;
	become_nobody();
	expect_failure(argv, &options, can_choose_pids() ? -EPERM : -ENOTSUP, PH_STEP_CLONE, 0);
}

TEST(a_pid_is_not_chosen_without_rights)
{
	in_a_child(choose_without_rights, NULL);
}

static void choose_too_high(void *arg)
{
	struct ph_spawn_options options = { .pid = INT32_MAX };

	(void)arg;
	expect_failure(argv, &options, can_choose_pids() ? -EINVAL : -ENOTSUP, PH_STEP_CLONE, 0);
}

TEST(a_pid_is_not_chosen_beyond_the_highest)
{
	in_own_pid_namespace(choose_too_high, NULL);
}

TEST(a_failure_before_the_options_are_read_is_told_as_well)
{
	struct {
		struct ph_spawn_options options;
		uint64_t newer;
	} newer = { .newer = 1 };
	struct ph_failure failure = { 0 };
	struct ph_process *process = NULL;
	uint64_t before = metric("/prochandle/spawns/failed/options:spawns");

	newer.options.failure = &failure;
	ck_assert_int_eq(ph_spawn_sized(argv, &newer.options, sizeof(newer), &process), -E2BIG);
	ck_assert_int_eq(failure.err, -E2BIG);
	ck_assert_int_eq(failure.step, PH_STEP_OPTIONS);
	failure = (struct ph_failure){ 0 };
	ck_assert_int_eq(ph_spawn(argv, &newer.options, NULL), -EINVAL);
	ck_assert_int_eq(failure.err, -EINVAL);
	ck_assert_int_eq(failure.step, PH_STEP_OPTIONS);
	ck_assert_uint_eq(metric("/prochandle/spawns/failed/options:spawns"), before + 2);
}

/*
 * The first child there is its process 1. Whether there is one is told by /proc; ph_features()
 * would make the library try out everything, here and now.
 */
static void enter_empty_pid_namespace(void)
{
	const char *value = NULL;

	ck_assert_int_eq(ph_setting_get("procfs", &value), 0);
	if (strcmp(value, "0") == 0)
		(void)ph_features();
	if (unshare(CLONE_NEWPID) < 0)
		skip("no namespaces here");
}

/* Its children cannot see it: their parent is 0 there. */
static void be_tied_from_another_namespace(void *arg)
{
	struct ph_spawn_options options = { .death_signal = SIGTERM };
	char text[64], expected[16];

	(void)arg;
	enter_empty_pid_namespace();
	(void)snprintf(expected, sizeof(expected), "%d\n", SIGTERM);
	ck_assert_str_eq(output_of(SPAWNED("death"), &options, text, sizeof(text)), expected);
}

TEST(a_parent_that_cannot_be_seen_is_not_gone)
{
	need_root();
	in_a_child(be_tied_from_another_namespace, NULL);
}

static uint64_t fallbacks(void)
{
	return metric("/prochandle/fallbacks/clone3:events") +
	       metric("/prochandle/fallbacks/clonepidfd:events") +
	       metric("/prochandle/fallbacks/vfork:events");
}

/* One that a child can write to. */
static uint64_t *shared_count(void)
{
	void *count = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert(count != MAP_FAILED);
	return count;
}

static void spawn_for_the_first_time(void *arg)
{
	uint64_t *fell_back = arg;
	struct ph_process *process = spawned(argv, NULL);

	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
	*fell_back = fallbacks();
}

static void start_an_init(void *arg)
{
	struct ph_spawn_options options = { 0 };
	uint64_t *fell_back = arg;
	struct held init;
	uint64_t before;

	enter_empty_pid_namespace();
	init = hold(&options);
	before = fallbacks();
	spawn_for_the_first_time(fell_back);
	*fell_back -= before;
	let_go(&init);
}

/* The first child there is its process 1, and with that one everything ends. */
TEST(nothing_is_tried_out_in_an_empty_pid_namespace)
{
	uint64_t *elsewhere = shared_count(), *there = shared_count();

	need_root();
	in_a_child(spawn_for_the_first_time, elsewhere);
	in_a_child(start_an_init, there);
	ck_assert_uint_eq(*there, *elsewhere);
}

/* The first spawn finds out what the kernel can do; but not while there is no room. */
TEST(a_shortage_at_the_first_spawn_is_no_lack)
{
	struct ph_process *process = NULL;
	uint64_t *fell_back = shared_count();
	struct rlimit limit, tight;
	uint64_t before;
	int lowest;

	if (getenv("PH_TEST_VALGRIND"))
		skip("valgrind keeps descriptors of its own");
	in_a_child(spawn_for_the_first_time, fell_back);
	/* what every handle needs is known before */
	ck_assert_int_eq(ph_self(&process), 0);
	process = ph_unref(process);
	lowest = must(dup(STDERR_FILENO));
	must(close(lowest));
	must(getrlimit(RLIMIT_NOFILE, &limit));
	tight = limit;
	tight.rlim_cur = (rlim_t)lowest;
	must(setrlimit(RLIMIT_NOFILE, &tight));
	ck_assert_int_eq(ph_spawn(argv, NULL, &process), -EMFILE);
	must(setrlimit(RLIMIT_NOFILE, &limit));
	before = fallbacks();
	spawn_for_the_first_time(&(uint64_t){ 0 });
	ck_assert_uint_eq(fallbacks() - before, *fell_back);
	must(munmap(fell_back, sizeof(*fell_back)));
}

static void be_short(void *arg)
{
	uint32_t error = *(const uint32_t *)arg;
	const struct filter_rule rules[] = {
		{ .call = SYS_clone3, .action = FILTER_ERRNO(error) },
		{ .call = SYS_clone, .action = FILTER_ERRNO(error) },
	};
	struct ph_spawn_options options = { 0 };
	uint64_t before;
	int out = -1;

	/* what is missing for good is counted each time */
	expect_failure(argv, &(struct ph_spawn_options){ .directory = "/nowhere" }, -ENOENT,
		       PH_STEP_DIRECTORY, 0);
	before = fallbacks();
	expect_failure(argv, &(struct ph_spawn_options){ .directory = "/nowhere" }, -ENOENT,
		       PH_STEP_DIRECTORY, 0);
	before = fallbacks() + (fallbacks() - before);
	if (filter_install(rules, 2) < 0)
		skip("no seccomp filters here");
	options.out = PH_PIPE(&out);
	expect_failure(argv, &options, -(int)error, PH_STEP_CLONE, 0);
	ck_assert_uint_eq(fallbacks(), before);
	ck_assert_int_eq(out, -1);
}

TEST(a_shortage_is_no_reason_for_another_way)
{
	static const uint32_t errors[] = { EMFILE, ENFILE, ENOMEM, EAGAIN, ENOSPC, EUSERS };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		in_a_child(be_short, (void *)&errors[i]);
}

static void have_no_pipes(void *arg)
{
	const struct filter_rule rule = { .call = SYS_pipe2, .action = FILTER_ERRNO(ENFILE) };
	struct ph_spawn_options options = { 0 };
	int out = -1;

	(void)arg;
	(void)ph_features();
	if (filter_install(&rule, 1) < 0)
		skip("no seccomp filters here");
	options.in = PH_NULL;
	options.out = PH_PIPE(&out);
	expect_failure(argv, &options, -ENFILE, PH_STEP_STREAM, 1);
}

TEST(a_system_without_a_pipe_to_spare_is_told)
{
	in_a_child(have_no_pipes, NULL);
}

static _Atomic int caught;

static void catch (int signo)
{
	(void)signo;
	caught++;
}

struct fifo {
	pthread_t reader;
	const char *path;
};

/* Interrupts the open of the other end, and then lets it succeed. */
static void *interrupt_and_open(void *arg)
{
	struct fifo *fifo = arg;
	int fd;

	while (caught < 100) {
		int before = caught;

		ck_assert_int_eq(pthread_kill(fifo->reader, SIGUSR1), 0);
		while (caught == before)
			(void)sched_yield();
	}
	do
		fd = open(fifo->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	while (fd < 0 && errno == ENXIO);
	must(close(must(fd)));
	return NULL;
}

TEST(a_signal_does_not_keep_a_stream_from_being_opened)
{
	char directory[] = "/tmp/ph-spawn-XXXXXX", path[64];
	struct fifo fifo = { .reader = pthread_self(), .path = path };
	struct ph_spawn_options options = { 0 };
	struct ph_process *process;
	pthread_t thread;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/fifo", directory);
	must(mkfifo(path, 0600));
	/* no SA_RESTART */
	must(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = catch }, NULL));
	ck_assert_int_eq(pthread_create(&thread, NULL, interrupt_and_open, &fifo), 0);
	options.in = PH_FILE(path);
	process = spawned(SPAWNED("copy"), &options);
	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	must(sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL));
	must(unlink(path));
	must(rmdir(directory));
}
