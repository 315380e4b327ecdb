/* SPDX-License-Identifier: MIT */

/*
 * Processes that go on for ever, as far as can be seen: what /proc says of them
 * is different each time, and after enough looks that is the answer.
 */

#include <poll.h>

#include "cgroup.h"
#include "scope.h"

#include "handle/late.h"
#include "handle/members_list.h"
#include "handle/members_walk.h"

ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
int __real_ph_members_look(struct ph_members *members);
int __wrap_ph_members_look(struct ph_members *members);

int __real_ph_proc_children(pid_t pid, struct ph_proc_pids *pids);
int __wrap_ph_proc_children(pid_t pid, struct ph_proc_pids *pids);
int __real_ph_proc_table_read(struct ph_proc_table *table, bool once);
int __wrap_ph_proc_table_read(struct ph_proc_table *table, bool once);

int __real_close(int fd);
int __wrap_close(int fd);
pid_t __real_getppid(void);
pid_t __wrap_getppid(void);

enum { NUMBER = 4242 };

/* as the header says */
enum { ROUNDS = 1000 };

static struct {
	/* a name of a file of /proc, and what is in it, by turns; NULL: nothing is shown */
	const char *file;
	char texts[2][32];
	int reads;
	/* the reads after so many fail, as those of a long path up to Linux 6.7; 0: none */
	int too_long_after;
	/* so many looks find one more, who is the root again; 0: as it is */
	int looks;
	/* happens once, before what is below a process or all of them are read */
	void (*before)(void);
	/* happens once, after all of them have been read */
	void (*after)(void);
	/* what is below a process is hidden */
	bool hides;
	/* the caller has come from outside its pid namespace */
	bool is_guest;
	/* descriptors that were closed and not open */
	int strays;
} show;

static bool is_shown(int fd)
{
	char link[32], path[128];
	const char *name;
	ssize_t n;

	if (!show.file)
		return false;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	name = strrchr(path, '/');
	return name && strcmp(name + 1, show.file) == 0;
}

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
	ssize_t n = __real_read(fd, buffer, size);
	const char *text;

	/* the end of the file stays one */
	if (n <= 0 || !is_shown(fd))
		return n;
	if (show.too_long_after > 0) {
		if (++show.reads <= show.too_long_after)
			return n;
		errno = ENAMETOOLONG;
		return -1;
	}
	text = show.texts[show.reads++ % 2];
	memcpy(buffer, text, strlen(text));
	return (ssize_t)strlen(text);
}

int __wrap_ph_members_look(struct ph_members *members)
{
	if (!members->has_begun || show.looks == 0)
		return __real_ph_members_look(members);
	show.looks--;
	ck_assert_int_eq(ph_members_add(members, ph_process_ref(members->root), 0), 0);
	return 1;
}

int __wrap_close(int fd)
{
	int r = __real_close(fd);

	show.strays += r < 0;
	return r;
}

pid_t __wrap_getppid(void)
{
	return show.is_guest ? 0 : __real_getppid();
}

static void let_happen(void)
{
	void (*before)(void) = show.before;

	show.before = NULL;
	if (before)
		before();
}

int __wrap_ph_proc_children(pid_t pid, struct ph_proc_pids *pids)
{
	let_happen();
	return show.hides ? -EACCES : __real_ph_proc_children(pid, pids);
}

int __wrap_ph_proc_table_read(struct ph_proc_table *table, bool once)
{
	void (*after)(void) = show.after;
	int r;

	let_happen();
	r = __real_ph_proc_table_read(table, once);
	show.after = NULL;
	if (after)
		after();
	return r;
}

static struct child child;
static struct ph_process *process;

static void begin(void)
{
	if (!finds_members())
		skip("members are found in /proc");
	child = child_start();
	process = found(child.pid);
}

static void finish(void)
{
	show.file = NULL;
	ck_assert(is_running(child.pid));
	process = ph_unref(process);
	child_end(&child);
}

TEST(who_is_joined_in_every_round_is_given_up)
{
	uint64_t before;

	begin();
	before = metric("/prochandle/signals/sent:signals");
	show.looks = ROUNDS - 1;
	ck_assert_int_eq(ph_kill(process, 0, PH_TREE), 0);
	ck_assert_int_eq(show.looks, 0);
	ck_assert_uint_eq(metric("/prochandle/signals/sent:signals") - before, ROUNDS);
	show.looks = ROUNDS;
	ck_assert_int_eq(ph_kill(process, 0, PH_TREE), -ELOOP);
	ck_assert_int_eq(show.looks, 0);
	ck_assert_uint_eq(metric("/prochandle/signals/sent:signals") - before, 2 * ROUNDS);
	finish();
}

/* They are named, and gone when they are asked: there may always be another one. */
TEST(who_is_always_gone_already_is_given_up)
{
	uint64_t before;

	begin();
	if (!has(PH_FEATURE_CHILDREN)) {
		finish();
		skip("nothing names the children of a process here");
	}
	before = metric("/prochandle/signals/sent:signals");
	/* of the caller, who has a child: an empty file would be at its end */
	process = (ph_unref(process), found(getpid()));
	for (int i = 0; i < 2; i++)
		(void)snprintf(show.texts[i], sizeof(show.texts[i]), "%d ", (int)missing_pid());
	show.file = "children";
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_DESCENDANTS), -ELOOP);
	ck_assert_int_ge(show.reads, ROUNDS);
	ck_assert_uint_eq(metric("/prochandle/signals/sent:signals"), before);
	finish();
}

/* As if the number had been a child's, and were another's by now. */
TEST(who_is_named_and_is_no_child_is_left_alone)
{
	struct foster foster = foster_start();

	begin();
	process = (ph_unref(process), found(getpid()));
	for (int i = 0; i < 2; i++)
		(void)snprintf(show.texts[i], sizeof(show.texts[i]), "%d ", (int)foster.ward.pid);
	show.file = "children";
	if (has(PH_FEATURE_CHILDREN)) {
		ck_assert_int_eq(ph_kill(process, SIGKILL, PH_DESCENDANTS), -ELOOP);
		ck_assert_int_gt(show.reads, 0);
	}
	ck_assert(runs(foster.ward.pid));
	finish();
	foster_end(&foster);
}

TEST(who_moves_from_cgroup_to_cgroup_for_ever_is_followed_so_far)
{
	begin();
	(void)snprintf(show.texts[0], sizeof(show.texts[0]), "0::/here\n");
	(void)snprintf(show.texts[1], sizeof(show.texts[1]), "0::/there\n");
	show.file = "cgroup";
	ck_assert_int_eq(ph_cgroup_fd(process), -ELOOP);
	ck_assert_int_eq(show.reads, ROUNDS + 1);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_CGROUP), -ELOOP);
	finish();
}

/* By the time that it is closed again it may be another thread's. */
TEST(who_moves_for_ever_has_no_directory_closed_twice)
{
	int fd;

	begin();
	(void)snprintf(show.texts[0], sizeof(show.texts[0]), "0::/\n");
	(void)snprintf(show.texts[1], sizeof(show.texts[1]), "0::/\n");
	show.file = "cgroup";
	fd = ph_cgroup_fd(process);
	if (fd < 0) {
		finish();
		skip("no cgroups of version 2 here");
	}
	must(close(fd));
	/* the same by another name */
	(void)snprintf(show.texts[1], sizeof(show.texts[1]), "0::/.\n");
	show.strays = 0;
	ck_assert_int_eq(ph_cgroup_fd(process), -ELOOP);
	ck_assert_int_eq(show.strays, 0);
	finish();
}

/* The directory that was found is that of where it was. */
TEST(the_cgroup_of_who_moves_meanwhile_is_not_told)
{
	struct ph_info info;

	begin();
	(void)snprintf(show.texts[0], sizeof(show.texts[0]), "0::/\n");
	(void)snprintf(show.texts[1], sizeof(show.texts[1]), "0::/there\n");
	show.file = "cgroup";
	ck_assert_int_eq(ph_info(process, PH_INFO_CGROUP, &info), 0);
	if (has(PH_FEATURE_PIDFD | PH_FEATURE_INFO))
		ck_assert_int_eq(show.reads, 0);
	else
		ck_assert_uint_eq(info.got, 0);
	finish();
}

static void end(pid_t pid)
{
	must(kill(pid, SIGKILL));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static int answer[2];
static pid_t below;

/* The number is a stranger's, who has a child. */
static void pass_number_to_parent(void)
{
	end(NUMBER);
	ck_assert_int_eq(foster_born_as(NUMBER, answer[1]), NUMBER);
	ck_assert_int_eq(read(answer[0], &below, sizeof(below)), sizeof(below));
}

static void lose_parent(void *arg)
{
	(void)arg;
	must(pipe2(answer, O_CLOEXEC));
	ck_assert_int_eq(child_born_as(NUMBER), NUMBER);
	process = found(NUMBER);
	show.before = pass_number_to_parent;
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_DESCENDANTS), -ESRCH);
	ck_assert(!show.before);
	ck_assert(runs(NUMBER));
	ck_assert(runs(below));
	end(NUMBER);
	end(below);
	must(close(answer[0]));
	must(close(answer[1]));
	process = ph_unref(process);
}

TEST(the_children_of_a_stranger_with_the_number_are_left_alone)
{
	if (!finds_members())
		skip("members are found in /proc");
	in_own_pid_namespace(lose_parent, NULL);
}

/* The number is a stranger's, who leads a group with another member. */
static void pass_number_to_leader(void)
{
	end(NUMBER);
	ck_assert_int_eq(child_born_as(NUMBER), NUMBER);
	must(setpgid(NUMBER, NUMBER));
	child = child_start_member(NUMBER);
}

static void lose_leader(void *arg)
{
	(void)arg;
	ck_assert_int_eq(child_born_as(NUMBER), NUMBER);
	must(setpgid(NUMBER, NUMBER));
	process = found(NUMBER);
	show.before = pass_number_to_leader;
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_TREE), -ESRCH);
	ck_assert(!show.before);
	ck_assert(runs(NUMBER));
	ck_assert(is_running(child.pid));
	process = ph_unref(process);
	child_end(&child);
	end(NUMBER);
}

TEST(the_group_of_a_stranger_with_the_number_is_left_alone)
{
	if (!finds_members())
		skip("members are found in /proc");
	in_own_pid_namespace(lose_leader, NULL);
}

static void ask_as_guest(void *arg)
{
	struct ph_process *first = found(1);

	(void)arg;
	/* in no session with the first one, and below nobody that it sees */
	must(setsid());
	show.is_guest = true;
	ck_assert_int_eq(ph_kill(first, 0, PH_SESSION), -EDEADLK);
	ck_assert_int_eq(ph_kill(first, 0, PH_SESSION | PH_FORCE), 0);
	first = ph_unref(first);
}

static void be_first(void *arg)
{
	must(setsid());
	in_a_child(ask_as_guest, arg);
}

TEST(process_1_is_refused_to_a_guest_as_well)
{
	if (!finds_members())
		skip("members are found in /proc");
	in_own_pid_namespace(be_first, NULL);
}

/* A set-user-ID program, with hidepid: what is below it can be anything. */
TEST(who_is_hidden_is_not_taken_for_nobody)
{
	begin();
	if (!has(PH_FEATURE_CHILDREN)) {
		finish();
		skip("nothing names the children of a process here");
	}
	show.hides = true;
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_TREE), -EPERM);
	ck_assert_int_eq(ph_stop(process, PH_TREE, 0, NULL), -EPERM);
	show.hides = false;
	finish();
}

static struct tree session;
static int order[2];

/* The member leaves the session that it has just been seen in. */
static void leave_session(void)
{
	ck_assert_int_eq(write(order[1], "", 1), 1);
	tree_await(&session, 1);
}

static void have_one_who_leaves(void)
{
	char byte;

	(void)setsid();
	if (fork() == 0) {
		(void)write(session.ready[1], "", 1);
		if (read(order[0], &byte, 1) == 1)
			(void)setsid();
		stay(&session, 1);
	}
	stay(&session, 0);
}

/* Younger than a tick of the clock it might be another. Return: what a stop of the session says */
static int stop_left_session(bool is_old)
{
	struct ph_process *leader;
	pid_t root;
	int r;

	session = tree_new();
	must(pipe2(order, O_CLOEXEC));
	root = must(fork());
	if (root == 0)
		have_one_who_leaves();
	tree_await(&session, 2);
	leader = found(root);
	/* its age is what is tested: the clock is all that there is to wait for */
	if (is_old)
		(void)poll(NULL, 0, 50);
	show.after = leave_session;
	r = ph_stop(leader, PH_SESSION, 0, NULL);
	ck_assert(!show.after);
	ck_assert_int_eq(runs(session.pids[1]), r != 0);
	leader = ph_unref(leader);
	tree_end(&session, 2);
	must(close(order[0]));
	must(close(order[1]));
	return r;
}

static void expect_left_stopped(void *arg)
{
	int r;

	(void)arg;
	ck_assert_int_eq(stop_left_session(true), 0);
	r = stop_left_session(false);
	ck_assert(r == 0 || r == -ENOTSUP);
}

TEST(who_leaves_the_session_between_a_look_and_a_handle_is_stopped_or_told)
{
	if (!finds_members())
		skip("members are found in /proc");
	in_own_pid_namespace(expect_left_stopped, NULL);
}

TEST(a_member_whose_cgroup_is_too_long_to_be_told_is_signalled)
{
	char path[PATH_MAX];
	struct child other;
	uint64_t before;

	find_cgroups(path);
	begin();
	other = child_start();
	enter(path, child.pid);
	enter(path, other.pid);
	/* the directory is that of the process: that takes two */
	show.file = "cgroup";
	show.too_long_after = 2;
	before = metric("/prochandle/signals/sent:signals");
	ck_assert_int_eq(ph_kill(process, SIGCONT, PH_CGROUP), 0);
	ck_assert_uint_eq(metric("/prochandle/signals/sent:signals") - before, 2);
	ck_assert_int_gt(show.reads, 2);
	ck_assert_int_eq(ph_kill(process, SIGCONT, PH_CGROUP), -ENOTSUP);
	ck_assert_int_eq(ph_cgroup_fd(process), -ENOTSUP);
	show.too_long_after = 0;
	ck_assert(is_running(other.pid));
	child_end(&other);
	finish();
	remove_cgroup(path);
}
