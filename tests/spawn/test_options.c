/* SPDX-License-Identifier: MIT */

/* ph_spawn: each option, seen from outside. */

#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "child.h"
#include "namespace.h"
#include "spawn.h"

enum { TEXT = 4096 };

static char text[TEXT];

TEST(a_group_of_its_own_or_of_another)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_NEW_GROUP };
	struct held leader = hold(&options), member;

	ck_assert_int_eq(must(getpgid(leader.pid)), leader.pid);
	options = (struct ph_spawn_options){ .group = leader.pid };
	member = hold(&options);
	ck_assert_int_eq(must(getpgid(member.pid)), leader.pid);
	ck_assert_int_eq(must(getsid(member.pid)), getsid(0));
	let_go(&member);
	let_go(&leader);
}

TEST(a_session_of_its_own)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_NEW_SESSION | PH_SPAWN_NEW_GROUP };
	struct held held = hold(&options);

	ck_assert_int_eq(must(getsid(held.pid)), held.pid);
	ck_assert_int_eq(must(getpgid(held.pid)), held.pid);
	let_go(&held);
}

TEST(a_terminal_and_its_foreground)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_NEW_SESSION | PH_SPAWN_TERMINAL |
						     PH_SPAWN_FOREGROUND };
	int master = must(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
	struct held held;
	int number, foreground;

	must(grantpt(master));
	must(unlockpt(master));
	options.terminal = must(open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC));
	held = hold(&options);
	(void)proc_file(held.pid, "stat", text, TEXT);
	/* pid (comm) state ppid pgrp session tty tpgid */
	ck_assert_int_eq(
		sscanf(strrchr(text, ')'), ") %*c %*d %*d %*d %d %d", &number, &foreground), 2);
	ck_assert_int_ne(number, 0);
	ck_assert_int_eq(foreground, held.pid);
	let_go(&held);
	must(close(options.terminal));
	must(close(master));
}

TEST(another_user)
{
	const uint32_t groups[] = { 7, 8 };
	struct ph_spawn_options options = { .flags = PH_SPAWN_UID | PH_SPAWN_GID,
					    .uid = 65534,
					    .gid = 65533 };
	struct held held;

	need_to_run_as_others();
	/* the caller has some that the child must not get */
	must(setgroups(1, (gid_t[]){ 42 }));
	held = hold(&options);
	ck_assert_str_eq(status_of(held.pid, "Uid", text, TEXT), "65534\t65534\t65534\t65534");
	ck_assert_str_eq(status_of(held.pid, "Gid", text, TEXT), "65533\t65533\t65533\t65533");
	ck_assert_uint_eq(strspn(status_of(held.pid, "Groups", text, TEXT), " "), strlen(text));
	let_go(&held);

	options.flags |= PH_SPAWN_KEEP_GROUPS;
	held = hold(&options);
	ck_assert_str_eq(status_of(held.pid, "Groups", text, TEXT), "42 ");
	let_go(&held);

	options.flags = PH_SPAWN_GROUPS;
	options.groups = groups;
	options.groups_count = 2;
	held = hold(&options);
	ck_assert_str_eq(status_of(held.pid, "Groups", text, TEXT), "7 8 ");
	ck_assert_str_eq(status_of(held.pid, "Uid", text, TEXT), "0\t0\t0\t0");
	let_go(&held);
	must(setgroups(0, NULL));
	/* what the child did to the memory that it shared has been undone */
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 1);
}

TEST(capabilities_of_an_ordinary_user)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_UID,
					    .uid = 65534,
					    .capabilities = UINT64_C(1) << CAP_NET_BIND_SERVICE };
	struct held held;

	need_to_run_as_others();
	held = hold(&options);
	ck_assert_uint_eq(signals_of(held.pid, "CapEff"), options.capabilities);
	ck_assert_uint_eq(signals_of(held.pid, "CapAmb"), options.capabilities);
	let_go(&held);
}

TEST(no_new_privileges)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_NO_NEW_PRIVS };
	struct held held = hold(&options);

	ck_assert_str_eq(status_of(held.pid, "NoNewPrivs", text, TEXT), "1");
	ck_assert_int_eq(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
			 getenv("PH_TEST_FILTER") && geteuid() != 0);
	let_go(&held);
}

TEST(limits)
{
	const struct ph_limit wanted[] = {
		{ .resource = RLIMIT_CORE, .soft = 0, .hard = 4096 },
		{ .resource = RLIMIT_NOFILE, .soft = 3, .hard = 5 },
		{ .resource = RLIMIT_CPU, .soft = 1000, .hard = PH_UNLIMITED },
	};
	struct ph_spawn_options options = { .limits = wanted, .limits_count = 3 };
	struct rlimit before, limit;
	struct held held;

	must(getrlimit(RLIMIT_CPU, &before));
	options.limits_count = before.rlim_max == RLIM_INFINITY ? 3 : 2;
	held = hold(&options);
	must(prlimit(held.pid, RLIMIT_CORE, NULL, &limit));
	ck_assert_uint_eq(limit.rlim_cur, 0);
	ck_assert_uint_eq(limit.rlim_max, 4096);
	must(prlimit(held.pid, RLIMIT_NOFILE, NULL, &limit));
	ck_assert_uint_eq(limit.rlim_cur, 3);
	ck_assert_uint_eq(limit.rlim_max, 5);
	must(prlimit(held.pid, RLIMIT_CPU, NULL, &limit));
	if (options.limits_count == 3) {
		ck_assert_uint_eq(limit.rlim_cur, 1000);
		ck_assert(limit.rlim_max == RLIM_INFINITY);
	}
	let_go(&held);
}

TEST(how_it_is_scheduled)
{
	const uint64_t cpus[] = { 1, 0 };
	struct ph_spawn_options options = { .flags = PH_SPAWN_NICE | PH_SPAWN_POLICY,
					    .nice = 7,
					    .policy = SCHED_BATCH,
					    .cpus = cpus,
					    .cpus_count = 2 };
	int own = getpriority(PRIO_PROCESS, 0);
	struct held held;
	cpu_set_t set;

	must(sched_getaffinity(0, sizeof(set), &set));
	if (!CPU_ISSET(0, &set))
		options.cpus_count = 0;
	/* anybody may be nicer than he is, and not everybody less nice */
	if (own >= options.nice)
		options.nice = own < 19 ? own + 1 : 19;
	held = hold(&options);
	ck_assert_int_eq(getpriority(PRIO_PROCESS, (id_t)held.pid), options.nice);
	ck_assert_int_eq(sched_getscheduler(held.pid), SCHED_BATCH);
	must(sched_getaffinity(held.pid, sizeof(set), &set));
	if (options.cpus_count > 0)
		ck_assert_int_eq(CPU_COUNT(&set), 1);
	let_go(&held);
}

TEST(which_bits_new_files_do_not_get)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_UMASK, .umask = 027 };

	ck_assert_str_eq(output_of(SPAWNED("umask"), &options, text, TEXT), "27\n");
	options.umask = 0;
	ck_assert_str_eq(output_of(SPAWNED("umask"), &options, text, TEXT), "0\n");
}

/* Downwards there is a right of its own to have; that of a user namespace is none. */
static bool may_be_spared(void)
{
	pid_t pid = fork_mortal();
	int status, fd;

	if (pid == 0) {
		fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
		_exit(fd >= 0 && write(fd, "-1000", 5) == 5 ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status == 0;
}

TEST(who_is_killed_first_when_memory_is_short)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_OOM_SCORE, .oom_score = 678 };
	char before[16], expected[16];
	struct held held;

	(void)proc_file(getpid(), "oom_score_adj", before, sizeof(before));
	if (atoi(before) > options.oom_score)
		options.oom_score = atoi(before);
	(void)snprintf(expected, sizeof(expected), "%d\n", options.oom_score);
	held = hold(&options);
	ck_assert_str_eq(proc_file(held.pid, "oom_score_adj", text, TEXT), expected);
	/* not that of the caller, though the memory was his */
	ck_assert_str_eq(proc_file(getpid(), "oom_score_adj", text, TEXT), before);
	let_go(&held);
	options.oom_score = -1000;
	if (!may_be_spared()) {
		options.in = options.out = PH_NULL;
		expect_failure(SPAWNED("wait"), &options, -EACCES, PH_STEP_OOM_SCORE, 0);
		return;
	}
	held = hold(&options);
	ck_assert_str_eq(proc_file(held.pid, "oom_score_adj", text, TEXT), "-1000\n");
	let_go(&held);
}

static void expect_apart(pid_t pid, const char *name, bool is_apart)
{
	char theirs[64], ours[64];

	(void)proc_link(pid, name, theirs, sizeof(theirs));
	(void)proc_link(getpid(), name, ours, sizeof(ours));
	ck_assert_msg((strcmp(theirs, ours) != 0) == is_apart, "%s: %s", name, theirs);
}

TEST(namespaces_of_its_own)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} kinds[] = {
		{ PH_NS_PID, "ns/pid" },   { PH_NS_MOUNT, "ns/mnt" }, { PH_NS_NET, "ns/net" },
		{ PH_NS_IPC, "ns/ipc" },   { PH_NS_UTS, "ns/uts" },   { PH_NS_CGROUP, "ns/cgroup" },
		{ PH_NS_TIME, "ns/time" },
	};
	struct ph_process *process = NULL;
	struct ph_spawn_options options = { .namespaces = PH_NS_NET };

	need_root();
	if (ph_spawn(SPAWNED("exit", "0"), &options, &process) == -EPERM)
		skip("no namespaces here");
	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct held held;

		options = (struct ph_spawn_options){ .namespaces = kinds[i].bit };
		held = hold(&options);
		for (size_t j = 0; j < sizeof(kinds) / sizeof(kinds[0]); j++)
			expect_apart(held.pid, kinds[j].name, i == j);
		let_go(&held);
	}
	options = (struct ph_spawn_options){ .namespaces = PH_NS_PID, .death_signal = SIGTERM };
	ck_assert_str_eq(output_of(SPAWNED("pid"), &options, text, TEXT), "1\n");
}

static void map_ids(void *arg)
{
	struct ph_id_map one = { .inside = 0, .count = 1 };
	struct ph_id_map group = { .inside = 0, .count = 1 };
	struct ph_spawn_options options = { .namespaces = PH_NS_USER | PH_NS_PID,
					    .uid_map = &one,
					    .uid_map_count = 1,
					    .gid_map = &group,
					    .gid_map_count = 1 };
	const struct ph_id_map wrong = { .inside = 0, .outside = 1, .count = 5 };
	unsigned long inside, outside, count;
	struct held held;

	if (arg)
		become_nobody();
	one.outside = geteuid();
	group.outside = getegid();
	held = hold(&options);
	(void)proc_file(held.pid, "uid_map", text, TEXT);
	ck_assert_int_eq(sscanf(text, "%lu %lu %lu", &inside, &outside, &count), 3);
	ck_assert_uint_eq(inside, 0);
	ck_assert_uint_eq(outside, geteuid());
	ck_assert_uint_eq(count, 1);
	expect_apart(held.pid, "ns/user", true);
	let_go(&held);

	options = (struct ph_spawn_options){ .namespaces = PH_NS_USER };
	held = hold(&options);
	(void)proc_file(held.pid, "gid_map", text, TEXT);
	ck_assert_int_eq(sscanf(text, "%lu %lu %lu", &inside, &outside, &count), 3);
	ck_assert_uint_eq(inside, getegid());
	let_go(&held);
	if (!arg)
		return;
	options.uid_map = &wrong;
	options.uid_map_count = 1;
	expect_failure(SPAWNED("exit", "0"), &options, -EPERM, PH_STEP_ID_MAP, 0);
}

TEST(users_of_its_own)
{
	int pid = (int)fork();
	int status = 0;

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER) == 0 ? 0 : 1);
	must(waitpid(pid, &status, 0));
	if (status != 0)
		skip("no user namespaces here");
	map_ids(NULL);
	if (geteuid() != 0)
		return;
	need_to_run_as_others();
	in_a_child(map_ids, text);
}

static void choose_pid(void *arg)
{
	struct ph_spawn_options options = { .pid = 4242 };
	bool can = has(PH_FEATURE_PIDFD | PH_FEATURE_VFORK | PH_FEATURE_CLONE3);

	(void)arg;
	if (!can) {
		expect_failure(SPAWNED("pid"), &options, -ENOTSUP, PH_STEP_CLONE, 0);
		return;
	}
	ck_assert_str_eq(output_of(SPAWNED("pid"), &options, text, TEXT), "4242\n");
	options = (struct ph_spawn_options){ .pid = getpid() };
	expect_failure(SPAWNED("pid"), &options, -EEXIST, PH_STEP_CLONE, 0);
}

TEST(a_pid_that_was_chosen)
{
	in_own_pid_namespace(choose_pid, NULL);
}

/* Where cgroups of version 2 are mounted, with the name of a new one there. */
static bool find_cgroups(char *path, size_t size)
{
	FILE *file = fopen("/proc/self/mounts", "re");
	char line[1024], mount[256], type[64];
	bool is_found = false;

	while (file && !is_found && fgets(line, sizeof(line), file))
		is_found = sscanf(line, "%*s %255s %63s", mount, type) == 2 &&
			   strcmp(type, "cgroup2") == 0;
	if (file)
		(void)fclose(file);
	(void)snprintf(path, size, "%s/ph-test-%ld", is_found ? mount : "", (long)getpid());
	return is_found;
}

TEST(a_cgroup_to_be_born_in)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_CGROUP };
	char path[512];
	struct held held;

	if (!find_cgroups(path, sizeof(path)) || mkdir(path, 0755) < 0)
		skip("no cgroup that could be written to");
	options.cgroup = must(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
	held = hold(&options);
	ck_assert_ptr_nonnull(strstr(proc_file(held.pid, "cgroup", text, TEXT), strrchr(path, '/')));
	let_go(&held);
	must(close(options.cgroup));
	must(rmdir(path));
}
