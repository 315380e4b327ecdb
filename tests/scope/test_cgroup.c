/* SPDX-License-Identifier: MIT */

/* Everybody in a cgroup, and the directory that it is. */

#include <sys/mount.h>

#include "cgroup.h"

static void await_killed(struct child *child, int signo)
{
	int status = child_reap(child);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), signo);
}

TEST(a_cgroup_is_signalled_with_those_below_it_and_nobody_else)
{
	static const int signals[] = { SIGKILL, SIGTERM };
	char path[PATH_MAX], below[PATH_MAX];

	for (size_t i = 0; i < 2; i++) {
		struct child stranger = child_start(), one, other;
		struct ph_process *process;

		find_cgroups(path);
		(void)snprintf(below, sizeof(below), "%.3900s/below it", path);
		must(mkdir(below, 0755));
		one = child_start();
		other = child_start();
		enter(path, one.pid);
		enter(below, other.pid);
		process = found(one.pid);
		if (finds_members()) {
			ck_assert_int_eq(ph_kill(process, signals[i], PH_CGROUP), 0);
			await_killed(&one, signals[i]);
			await_killed(&other, signals[i]);
			ck_assert_int_eq(ph_kill(process, SIGKILL, PH_CGROUP), -ESRCH);
		} else {
			ck_assert_int_eq(ph_kill(process, signals[i], PH_CGROUP), -ENOTSUP);
			child_end(&one);
			child_end(&other);
		}
		ck_assert(is_running(stranger.pid));
		child_end(&stranger);
		process = ph_unref(process);
		remove_cgroup(below);
		remove_cgroup(path);
	}
}

enum { LEVELS = 20, LEVEL_NAME = 250 };

static const char *level_name(void)
{
	static char name[LEVEL_NAME + 1];

	memset(name, 'd', LEVEL_NAME);
	return name;
}

/* Each below the one before it, the first below @levels[0]. */
static void make_levels(int levels[LEVELS + 1], const char *path)
{
	levels[0] = must(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	for (int i = 0; i < LEVELS; i++) {
		must(mkdirat(levels[i], level_name(), 0755));
		levels[i + 1] =
			must(openat(levels[i], level_name(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	}
}

static void remove_levels(int levels[LEVELS + 1])
{
	for (int i = LEVELS; i > 0; i--) {
		must(close(levels[i]));
		must(unlinkat(levels[i - 1], level_name(), AT_REMOVEDIR));
	}
	must(close(levels[0]));
}

/* Whoever is in it could hide there from who stops it. */
TEST(a_cgroup_whose_paths_are_too_long_is_signalled_to_its_end)
{
	char path[PATH_MAX], lowest[64];
	int levels[LEVELS + 1];

	for (int i = 0; i < 2; i++) {
		const int signo = i == 0 ? SIGTERM : SIGKILL;
		struct child one = child_start(), deep = child_start();
		struct ph_process *process;

		find_cgroups(path);
		make_levels(levels, path);
		enter(path, one.pid);
		(void)snprintf(lowest, sizeof(lowest), "/proc/self/fd/%d", levels[LEVELS]);
		enter(lowest, deep.pid);
		process = found(deep.pid);
		if (finds_members()) {
			ck_assert_int_eq(ph_text(process, PH_TEXT_CGROUP, NULL, 0), -ENAMETOOLONG);
			ck_assert_int_eq(ph_cgroup_fd(process), -ENOTSUP);
			ck_assert_int_eq(ph_kill(process, signo, PH_CGROUP), -ENOTSUP);
		}
		process = (ph_unref(process), found(one.pid));
		if (finds_members()) {
			ck_assert_int_eq(ph_kill(process, signo, PH_CGROUP), 0);
			await_killed(&one, signo);
			await_killed(&deep, signo);
		} else {
			child_end(&one);
			child_end(&deep);
		}
		process = ph_unref(process);
		await_empty(path);
		remove_levels(levels);
		remove_cgroup(path);
	}
}

TEST(a_setting_keeps_cgroup_kill_from_being_used)
{
	char path[PATH_MAX];
	struct child child;
	struct ph_process *process;

	if (!finds_members())
		skip("members are found in /proc");
	find_cgroups(path);
	child = child_start();
	enter(path, child.pid);
	process = found(child.pid);
	set("cgroupkill", "0");
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_CGROUP), 0);
	ck_assert_uint_eq(events("cgroupkill"), 1);
	await_killed(&child, SIGKILL);
	process = ph_unref(process);
	remove_cgroup(path);
}

static void kill_own(void *arg)
{
	struct ph_process *self = found(getpid());
	struct child child = child_start();
	int *const r = arg;

	enter(point, getpid());
	enter(point, child.pid);
	*r = ph_kill(self, SIGKILL, PH_CGROUP);
	if (*r == -EDEADLK && is_running(child.pid))
		(void)ph_kill(self, SIGKILL, PH_CGROUP | PH_FORCE);
	_exit(0);
}

/* Process 1 of the namespace is not in it, and reaps who is. */
static void watch_own(void *arg)
{
	int *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t caller = must(fork());
	int status;

	(void)arg;
	if (caller == 0)
		kill_own(r);
	ck_assert_int_eq(waitpid(caller, &status, 0), caller);
	(void)reap_all();
	if (finds_members()) {
		ck_assert_int_eq(*r, -EDEADLK);
		ck_assert(WIFSIGNALED(status));
	} else {
		ck_assert_int_eq(*r, -ENOTSUP);
	}
	(void)munmap(r, sizeof(*r));
}

TEST(the_own_cgroup_is_refused_unless_forced)
{
	char path[PATH_MAX];

	find_cgroups(path);
	(void)snprintf(point, sizeof(point), "%s", path);
	in_own_pid_namespace(watch_own, NULL);
	remove_cgroup(path);
}

TEST(a_cgroup_that_was_removed_has_nobody_but_the_zombie)
{
	struct ph_process *process;
	char path[PATH_MAX];
	struct child child;
	int fd;

	find_cgroups(path);
	child = child_start();
	enter(path, child.pid);
	process = found(child.pid);
	fd = ph_cgroup_fd(process);
	if (finds_members()) {
		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
		ck_assert_int_eq(faccessat(fd, "cgroup.procs", R_OK, 0), 0);
		must(close(fd));
	} else {
		ck_assert_int_eq(fd, -ENOTSUP);
	}
	child_kill(&child, SIGKILL);
	remove_cgroup(path);
	if (finds_members()) {
		ck_assert_int_eq(ph_kill(process, SIGKILL, PH_CGROUP), 0);
		ck_assert_int_eq(ph_cgroup_fd(process), -ENOENT);
		(void)child_reap(&child);
		ck_assert_int_eq(ph_kill(process, SIGKILL, PH_CGROUP), -ESRCH);
		ck_assert_int_eq(ph_cgroup_fd(process), -ESRCH);
	} else {
		(void)child_reap(&child);
	}
	process = ph_unref(process);
}

TEST(a_threaded_cgroup_is_not_signalled)
{
	char path[PATH_MAX], below[PATH_MAX], text[16];
	struct ph_process *process;
	struct child child;

	find_cgroups(path);
	(void)snprintf(below, sizeof(below), "%.3900s/below", path);
	must(mkdir(below, 0755));
	child = child_start();
	(void)snprintf(text, sizeof(text), "%d", (int)child.pid);
	if (!write_to(below, "cgroup.type", "threaded") || !write_to(path, "cgroup.procs", text) ||
	    !write_to(below, "cgroup.threads", text)) {
		child_end(&child);
		(void)rmdir(below);
		(void)rmdir(path);
		skip("no cgroup can be threaded here");
	}
	process = found(child.pid);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_CGROUP), -ENOTSUP);
	ck_assert(is_running(child.pid));
	process = ph_unref(process);
	child_end(&child);
	remove_cgroup(below);
	remove_cgroup(path);
}

TEST(no_descriptor_is_left_for_the_cgroup_and_its_files)
{
	struct ph_process *process = found(getpid());
	int r = -EMFILE;

	if (!finds_members())
		skip("cgroups are found in /proc");
	for (int free = 0; r == -EMFILE; free++) {
		struct rlimit before = descriptors_leave(free);

		r = ph_cgroup_fd(process);
		descriptors_restore(before);
		ck_assert_int_lt(free, 10);
		if (free == 0)
			ck_assert_int_eq(r, -EMFILE);
	}
	if (r >= 0)
		must(close(r));
	else
		ck_assert_int_eq(r, -ENOTSUP);
	process = ph_unref(process);
}

struct place {
	const char *path;
	pid_t pid;
};

/* Those that the machine has itself, perhaps several. */
static bool cover_mounts(int count)
{
	while (count-- > 0)
		if (!find_point(count) || mount("none", point, "tmpfs", 0, NULL) < 0)
			return false;
	return true;
}

/* Another mount shows only the cgroup, at a place with a blank in its name. */
static void mount_elsewhere(void *arg)
{
	const struct place *place = arg;
	struct ph_process *process = found(getpid());
	char elsewhere[] = "/tmp/ph scope\\XXXXXX";
	int count = 0, fd;

	ck_assert_ptr_nonnull(mkdtemp(elsewhere));
	while (find_point(count))
		count++;
	if (mount(place->path, elsewhere, NULL, MS_BIND, NULL) < 0 || !cover_mounts(count)) {
		(void)umount(elsewhere);
		(void)rmdir(elsewhere);
		skip("nothing can be mounted here");
	}
	enter(elsewhere, getpid());
	fd = ph_cgroup_fd(process);
	if (finds_members())
		ck_assert_int_ge(fd, 0);
	else
		ck_assert_int_eq(fd, -ENOTSUP);
	if (fd >= 0)
		must(close(fd));
	must(umount(elsewhere));
	must(rmdir(elsewhere));
	/* what is mounted over it does not pass for one */
	ck_assert_int_eq(ph_cgroup_fd(process), -ENOTSUP);
	ck_assert_int_eq(ph_kill(process, 0, PH_CGROUP | PH_FORCE), -ENOTSUP);
	process = ph_unref(process);
}

TEST(the_cgroup_is_found_through_the_mount_table)
{
	struct place place;
	char path[PATH_MAX];

	if (geteuid() != 0)
		skip("needs root");
	find_cgroups(path);
	place.path = path;
	in_own_pid_namespace(mount_elsewhere, &place);
	remove_cgroup(path);
}

static void ask_with_members_outside(void *arg)
{
	struct ph_process *self = found(getpid());

	(void)arg;
	/* it is in the cgroup of who waits for it */
	ck_assert_int_eq(ph_kill(self, 0, PH_CGROUP | PH_FORCE),
			 finds_members() ? -EREMOTE : -ENOTSUP);
	self = ph_unref(self);
}

static void enter_and_ask(void *arg)
{
	enter(arg, getpid());
	in_own_pid_namespace(ask_with_members_outside, NULL);
}

TEST(a_cgroup_with_members_outside_the_namespace_is_not_signalled)
{
	char path[PATH_MAX];

	find_cgroups(path);
	in_a_child(enter_and_ask, path);
	remove_cgroup(path);
}

static void ask_for_closed(void *arg)
{
	struct ph_process *process = arg;

	probe_first();
	become_nobody();
	ck_assert_int_eq(ph_cgroup_fd(process), finds_members() ? -EACCES : -ENOTSUP);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_CGROUP), finds_members() ? -EPERM : -ENOTSUP);
}

TEST(a_cgroup_that_may_not_be_read_says_so)
{
	struct ph_process *process;
	char path[PATH_MAX];
	struct child child;

	if (geteuid() != 0)
		skip("needs root");
	find_cgroups(path);
	child = child_start();
	enter(path, child.pid);
	must(chmod(path, 0700));
	process = found(child.pid);
	in_a_child(ask_for_closed, process);
	ck_assert(is_running(child.pid));
	process = ph_unref(process);
	child_end(&child);
	remove_cgroup(path);
}

static void ask_for_hidden(void *arg)
{
	pid_t pid = must(fork());
	struct ph_process *process;

	(void)arg;
	if (pid == 0)
		for (;;)
			pause();
	process = found(pid);
	in_a_child(ask_for_closed, process);
	ck_assert(is_running(pid));
	process = ph_unref(process);
	must(kill(pid, SIGKILL));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

TEST(the_cgroup_of_a_hidden_process_may_not_be_read)
{
	with_hidden_processes(ask_for_hidden, NULL);
}
