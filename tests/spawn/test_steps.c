/* SPDX-License-Identifier: MIT */

/*
 * ph_spawn: every step of enum ph_step fails once, on every rung. A step that is
 * added without a way to make it fail does not compile here.
 */

#include <limits.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "filter.h"
#include "namespace.h"
#include "spawn.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

/* on some 32-bit machines the plain calls have ids of 16 bits */
#ifdef SYS_setresuid32
#define SET_UIDS SYS_setresuid32
#define SET_GIDS SYS_setresgid32
#define SET_GROUPS SYS_setgroups32
#else
#define SET_UIDS SYS_setresuid
#define SET_GIDS SYS_setresgid
#define SET_GROUPS SYS_setgroups
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { HAS_SANITIZER = 1 };
#else
enum { HAS_SANITIZER = 0 };
#endif

static char *const argv[] = { (char *)SPAWNED_PATH, NULL };

static bool is_in_memory(void)
{
	return has(PH_FEATURE_PIDFD | PH_FEATURE_VFORK);
}

/* The rung on which the child opens its own pidfd. */
static bool opens_its_pidfd(void)
{
	return is_in_memory() && !has(PH_FEATURE_CLONE3) && !has(PH_FEATURE_CLONE);
}

/* A sandbox that is closed once the library knows its kernel. */
static void refuse(const struct filter_rule *rules, size_t count)
{
	int r;

	(void)ph_features();
	r = filter_install(rules, count);
	if (r < 0)
		skip("no seccomp filters here: %s", strerror(-r));
}

static void refuse_call(long call, int error)
{
	refuse(&(struct filter_rule){ .call = call, .action = FILTER_ERRNO((uint32_t)error) }, 1);
}

/* Only if the argument with this index has this value. */
static void refuse_value(long call, int error, int argument, uint32_t value)
{
	const struct filter_rule rule = { .call = call,
					  .action = FILTER_ERRNO((uint32_t)error),
					  .argument = argument,
					  .mask = UINT32_MAX,
					  .value = value };

	refuse(&rule, 1);
}

#define FAILS(error, step, index, ...) \
	expect_failure(argv, &(struct ph_spawn_options){ __VA_ARGS__ }, -(error), step, index)

static void expect_success(void)
{
	struct ph_process *process = spawned(argv, NULL);

	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
}

static void force_OPTIONS(void)
{
	FAILS(EINVAL, PH_STEP_OPTIONS, 0, .flags = UINT64_C(1) << 63);
}

static void force_MEMORY(void)
{
	static const struct ph_fd_map map;
	struct rlimit before, tight;

	if (HAS_SANITIZER || getenv("PH_TEST_VALGRIND"))
		skip("memory is not limited with a sanitizer");
	must(getrlimit(RLIMIT_AS, &before));
	tight = before;
	tight.rlim_cur = 1 << 30;
	must(setrlimit(RLIMIT_AS, &tight));
	FAILS(ENOMEM, PH_STEP_MEMORY, 0, .fds = &map, .fds_count = INT_MAX / 2);
	must(setrlimit(RLIMIT_AS, &before));
}

static void force_STREAM(void)
{
	FAILS(ENOENT, PH_STEP_STREAM, 1, .out = PH_FILE("/nowhere/at/all"));
}

/* Whoever may make no process at all gets none in another way either. */
static void force_CLONE(void)
{
	struct rlimit before, tight;

	(void)ph_features();
	become_nobody();
	must(getrlimit(RLIMIT_NPROC, &before));
	tight = before;
	tight.rlim_cur = 0;
	must(setrlimit(RLIMIT_NPROC, &tight));
	FAILS(EAGAIN, PH_STEP_CLONE, 0, .flags = 0);
	must(setrlimit(RLIMIT_NPROC, &before));
}

static void force_HANDLE(void)
{
	if (is_in_memory() && !opens_its_pidfd()) {
		refuse_call(SYS_pidfd_open, EMFILE);
		expect_success();
		return;
	}
	if (has(PH_FEATURE_PIDFD))
		refuse_call(SYS_pidfd_open, EMFILE);
	else if (has(PH_FEATURE_PROC))
		refuse_call(SYS_openat, EMFILE);
	else
		skip("a bare number is always to be had");
	FAILS(EMFILE, PH_STEP_HANDLE, 0, .flags = 0);
}

static void force_DESCRIPTOR(void)
{
	static const struct ph_fd_map map[] = { { .child = 3, .from = 0 },
						{ .child = 40, .from = 999 } };

	FAILS(EBADF, PH_STEP_DESCRIPTOR, 40, .fds = map, .fds_count = 2);
}

static void force_CLOSE(void)
{
	const struct filter_rule rules[] = {
		{ .call = SYS_close_range, .action = FILTER_ERRNO(EPERM) },
		{ .call = SYS_unshare,
		  .action = FILTER_ERRNO(EPERM),
		  .mask = UINT32_MAX,
		  .value = CLONE_FILES },
	};

	refuse(rules, 2);
	if (has(PH_FEATURE_CLOSE) || opens_its_pidfd())
		FAILS(EPERM, PH_STEP_CLOSE, 0, .flags = 0);
	else
		expect_success();
}

static void force_SIGNAL(void)
{
	refuse_value(SYS_rt_sigaction, EPERM, 0, SIGUSR1);
	FAILS(EPERM, PH_STEP_SIGNAL, SIGUSR1, .ignored = PH_SIGNAL_BIT(SIGUSR1));
}

static void force_CGROUP(void)
{
	bool is_born_there = is_in_memory() && has(PH_FEATURE_CLONE3 | PH_FEATURE_CGROUP);
	int fd = must(open("/usr", O_PATH | O_CLOEXEC));

	if (is_born_there)
		FAILS(EBADF, PH_STEP_CLONE, 0, .flags = PH_SPAWN_CGROUP, .cgroup = fd);
	else
		FAILS(ENOENT, PH_STEP_CGROUP, 0, .flags = PH_SPAWN_CGROUP, .cgroup = fd);
	must(close(fd));
}

static void force_SESSION(void)
{
	refuse_call(SYS_setsid, EPERM);
	FAILS(EPERM, PH_STEP_SESSION, 0, .flags = PH_SPAWN_NEW_SESSION);
}

static void force_GROUP(void)
{
	FAILS(EPERM, PH_STEP_GROUP, 0, .group = 4711471);
}

static void force_TERMINAL(void)
{
	int fd = must(open("/dev/null", O_RDWR | O_CLOEXEC));

	FAILS(ENOTTY, PH_STEP_TERMINAL, 0, .terminal = fd,
	      .flags = PH_SPAWN_NEW_SESSION | PH_SPAWN_TERMINAL);
	must(close(fd));
}

static void force_FOREGROUND(void)
{
	int fd = must(open("/dev/null", O_RDWR | O_CLOEXEC));

	FAILS(ENOTTY, PH_STEP_FOREGROUND, 0, .terminal = fd, .flags = PH_SPAWN_FOREGROUND);
	must(close(fd));
}

static void force_NAMESPACE(void)
{
	refuse_value(SYS_unshare, EPERM, 0, CLONE_NEWTIME);
	FAILS(EPERM, PH_STEP_NAMESPACE, 0, .namespaces = PH_NS_TIME);
}

static void force_ID_MAP(void)
{
	static const struct ph_id_map nobody = { .count = 0 };
	pid_t pid = must(fork());
	int status = 0;

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER) == 0 ? 0 : 1);
	must(waitpid(pid, &status, 0));
	if (status != 0)
		skip("no user namespaces here");
	FAILS(EINVAL, PH_STEP_ID_MAP, 0, .namespaces = PH_NS_USER, .uid_map = &nobody,
	      .uid_map_count = 1);
	FAILS(EINVAL, PH_STEP_ID_MAP, 1, .namespaces = PH_NS_USER, .gid_map = &nobody,
	      .gid_map_count = 1);
}

static void force_OOM_SCORE(void)
{
	refuse_value(SYS_openat, EACCES, 2, O_WRONLY | O_CLOEXEC);
	FAILS(EACCES, PH_STEP_OOM_SCORE, 0, .flags = PH_SPAWN_OOM_SCORE, .oom_score = 1000);
}

static void force_LIMIT(void)
{
	static const struct ph_limit limits[] = { { .resource = RLIMIT_CORE },
						  { .resource = 4711 } };

	FAILS(EINVAL, PH_STEP_LIMIT, 1, .limits = limits, .limits_count = 2);
}

static void force_NICE(void)
{
	refuse_call(SYS_setpriority, EACCES);
	FAILS(EACCES, PH_STEP_NICE, 0, .flags = PH_SPAWN_NICE, .nice = 5);
}

static void force_POLICY(void)
{
	FAILS(EINVAL, PH_STEP_POLICY, 0, .flags = PH_SPAWN_POLICY, .policy = 4711);
	FAILS(EINVAL, PH_STEP_POLICY, 0, .flags = PH_SPAWN_POLICY, .priority = 1);
}

static void force_CPUS(void)
{
	static const uint64_t none[16];

	FAILS(EINVAL, PH_STEP_CPUS, 0, .cpus = none, .cpus_count = 16);
}

static void force_ROOT(void)
{
	refuse_call(SYS_chroot, EPERM);
	FAILS(EPERM, PH_STEP_ROOT, 0, .root = "/");
}

static void force_GROUPS(void)
{
	refuse_call(SET_GROUPS, EPERM);
	FAILS(EPERM, PH_STEP_GROUPS, 0, .flags = PH_SPAWN_GROUPS);
	FAILS(EPERM, PH_STEP_GROUPS, 0, .flags = PH_SPAWN_UID, .uid = getuid());
}

static void force_GID(void)
{
	refuse_call(SET_GIDS, EPERM);
	FAILS(EPERM, PH_STEP_GID, 0, .flags = PH_SPAWN_GID | PH_SPAWN_KEEP_GROUPS);
}

static void force_UID(void)
{
	refuse_call(SET_UIDS, EAGAIN);
	FAILS(EAGAIN, PH_STEP_UID, 0, .flags = PH_SPAWN_UID | PH_SPAWN_KEEP_GROUPS);
}

static void force_CAPABILITY(void)
{
	FAILS(EINVAL, PH_STEP_CAPABILITY, 63, .capabilities = UINT64_C(1) << 63);
	refuse_call(SYS_capset, EPERM);
	FAILS(EPERM, PH_STEP_CAPABILITY, -1, .capabilities = 1);
}

static void force_DIRECTORY(void)
{
	int file = must(open("/proc/self/stat", O_RDONLY | O_CLOEXEC));

	FAILS(ENOENT, PH_STEP_DIRECTORY, 0, .directory = "/nowhere");
	FAILS(ENOTDIR, PH_STEP_DIRECTORY, 0, .flags = PH_SPAWN_DIRECTORY_FD, .directory_fd = file);
	must(close(file));
}

static void force_NO_NEW_PRIVS(void)
{
	refuse_value(SYS_prctl, EINVAL, 0, PR_SET_NO_NEW_PRIVS);
	FAILS(EINVAL, PH_STEP_NO_NEW_PRIVS, 0, .flags = PH_SPAWN_NO_NEW_PRIVS);
}

static void force_DEATH_SIGNAL(void)
{
	/* as if the parent were gone */
	refuse_call(SYS_getppid, EPERM);
	FAILS(ESRCH, PH_STEP_DEATH_SIGNAL, 0, .death_signal = SIGTERM);
	refuse_value(SYS_prctl, EINVAL, 0, PR_SET_PDEATHSIG);
	FAILS(EINVAL, PH_STEP_DEATH_SIGNAL, 0, .death_signal = SIGTERM);
}

static void force_TRACE(void)
{
	refuse_call(SYS_ptrace, EPERM);
	FAILS(EPERM, PH_STEP_TRACE, 0, .flags = PH_SPAWN_TRACED);
}

static void force_EXEC(void)
{
	FAILS(ENOENT, PH_STEP_EXEC, 0, .executable = "/nowhere/at/all");
	FAILS(EACCES, PH_STEP_EXEC, 0, .executable = "/proc/self/stat");
}

static void force_INTERPRETER(void)
{
	char path[] = "/tmp/ph-spawn-XXXXXX";
	int fd;

	if (getenv("PH_TEST_VALGRIND"))
		skip("valgrind does not live on after an exec that fails");
	fd = must(mkstemp(path));
	ck_assert_int_eq(write(fd, "#!/nowhere\n", 11), 11);
	must(fchmod(fd, 0700));
	must(close(fd));
	FAILS(ENOENT, PH_STEP_INTERPRETER, 0, .executable = path);
	must(unlink(path));
}

static void force(void *arg)
{
	void (*const *body)(void) = arg;

	(*body)();
}

#define STEP(id, text)                                        \
	TEST(nothing_is_left_if_it_cannot_##id)               \
	{                                                     \
		static void (*const body)(void) = force_##id; \
		in_a_child(force, (void *)&body);             \
	}
#include "../../lib/state/steps.def"
#undef STEP
