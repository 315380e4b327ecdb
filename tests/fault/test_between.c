/* SPDX-License-Identifier: MIT */

/*
 * Between two system calls of one call of the library the number that it is
 * about is given away, or comes to be somebody's. The program is linked with
 * --wrap for those calls, so that it happens there and nowhere else.
 */

#include <signal.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../pidfile/pidfile.h"
#include "namespace.h"

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
int __real_kill(pid_t pid, int signo);
int __wrap_kill(pid_t pid, int signo);
pid_t __real_getpgid(pid_t pid);
pid_t __wrap_getpgid(pid_t pid);
int __real_waitid(idtype_t type, id_t id, siginfo_t *info, int options);
int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options);
ssize_t __real_fgetxattr(int fd, const char *name, void *value, size_t size);
ssize_t __wrap_fgetxattr(int fd, const char *name, void *value, size_t size);
int __real_unlinkat(int directory, const char *name, int flags);
int __wrap_unlinkat(int directory, const char *name, int flags);
int __real_renameat2(int from, const char *name, int to, const char *other, unsigned flags);
int __wrap_renameat2(int from, const char *name, int to, const char *other, unsigned flags);

enum { NUMBER = 4242, OTHER = 4243 };

/* what happens before the next call of a kind, once or each time */
static struct {
	void (*before_kill)(void);
	void (*before_group_signal)(void);
	void (*after_group_kill)(void);
	void (*before_fgetxattr)(void);
	/* the first that changes a directory, on a file system that may know little */
	void (*before_removal)(void);
	bool cannot_rename;
	/* of what is not only looked at */
	void (*before_take)(void);
	/* of the member */
	void (*before_getpgid)(int nth);
	int nth;
} moment;

static struct child member;

static void let_happen(void (**before)(void))
{
	void (*happens)(void) = *before;

	*before = NULL;
	if (happens)
		happens();
}

static void await_effect(bool is_group_kill)
{
	int error = errno;

	if (is_group_kill)
		let_happen(&moment.after_group_kill);
	errno = error;
}

long __wrap_syscall(long number, ...)
{
	long a[6], r;
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (number == SYS_pidfd_send_signal && a[3] != 0)
		let_happen(&moment.before_group_signal);
	r = __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	await_effect(number == SYS_pidfd_send_signal && a[3] != 0 && a[1] == SIGKILL);
	return r;
}

int __wrap_kill(pid_t pid, int signo)
{
	int r;

	let_happen(&moment.before_kill);
	r = __real_kill(pid, signo);
	await_effect(pid < 0 && signo == SIGKILL);
	return r;
}

pid_t __wrap_getpgid(pid_t pid)
{
	if (moment.before_getpgid && pid == member.pid)
		moment.before_getpgid(++moment.nth);
	return __real_getpgid(pid);
}

int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	if (!(options & WNOWAIT))
		let_happen(&moment.before_take);
	return __real_waitid(type, id, info, options);
}

ssize_t __wrap_fgetxattr(int fd, const char *name, void *value, size_t size)
{
	let_happen(&moment.before_fgetxattr);
	return __real_fgetxattr(fd, name, value, size);
}

int __wrap_unlinkat(int directory, const char *name, int flags)
{
	let_happen(&moment.before_removal);
	return __real_unlinkat(directory, name, flags);
}

int __wrap_renameat2(int from, const char *name, int to, const char *other, unsigned flags)
{
	let_happen(&moment.before_removal);
	if (moment.cannot_rename) {
		errno = EINVAL;
		return -1;
	}
	return __real_renameat2(from, name, to, other, flags);
}

static void end(pid_t pid)
{
	must(__real_kill(pid, SIGKILL));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void be_born(void)
{
	ck_assert_int_eq(child_born_as(NUMBER), NUMBER);
}

static void ask_who_is_being_born(void *arg)
{
	(void)arg;
	probe_first();
	moment.before_kill = be_born;
	ck_assert_int_eq(ph_exists(NUMBER), 1);
	ck_assert(!moment.before_kill);
	end(NUMBER);
	ck_assert_int_eq(ph_exists(NUMBER), 0);
}

TEST(a_process_that_begins_is_not_taken_for_a_thread)
{
	in_own_pid_namespace(ask_who_is_being_born, NULL);
}

static void need_group_signals(void)
{
	if (!is_pinned_here() || !has(PH_FEATURE_GROUP))
		skip("groups are signalled by number here");
}

static void lead(pid_t pid)
{
	must(setpgid(pid, pid));
}

/* The number is a stranger's, who leads a group as well. */
static void pass_number_on(void)
{
	end(NUMBER);
	be_born();
	lead(NUMBER);
}

static void signal_leader(void *arg)
{
	struct ph_process *process;

	(void)arg;
	be_born();
	lead(NUMBER);
	process = found(NUMBER);
	moment.before_group_signal = pass_number_on;
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_GROUP), -ESRCH);
	ck_assert(!moment.before_group_signal);
	ck_assert(is_running(NUMBER));
	end(NUMBER);
	process = ph_unref(process);
}

TEST(the_group_of_the_next_owner_of_the_number_is_spared)
{
	need_group_signals();
	in_own_pid_namespace(signal_leader, NULL);
}

/* without it the process is asked once more, after those above the caller */
static const int forces[] = { 0, PH_FORCE };

/* The member leaves, the group ends, and a stranger leads one of that number. */
static void pass_group_on(int nth)
{
	if (nth != 2)
		return;
	lead(member.pid);
	pass_number_on();
}

static void signal_member(void *arg)
{
	struct ph_process *process;

	be_born();
	lead(NUMBER);
	member = child_start_member(NUMBER);
	process = found(member.pid);
	moment.before_getpgid = pass_group_on;
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_GROUP | *(const int *)arg), 0);
	moment.before_getpgid = NULL;
	expect_end(process, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	ck_assert(is_running(NUMBER));
	end(NUMBER);
	child_forget(&member);
	process = ph_unref(process);
}

TEST(the_group_that_the_process_has_moved_to_is_signalled)
{
	need_group_signals();
	for (size_t i = 0; i < sizeof(forces) / sizeof(forces[0]); i++)
		in_own_pid_namespace(signal_member, (void *)&forces[i]);
}

static void move_on(int nth)
{
	must(setpgid(member.pid, nth / 2 % 2 == 0 ? NUMBER : OTHER));
}

static void signal_restless(void *arg)
{
	struct ph_process *process;

	be_born();
	lead(NUMBER);
	ck_assert_int_eq(child_born_as(OTHER), OTHER);
	lead(OTHER);
	member = child_start_member(NUMBER);
	process = found(member.pid);
	moment.before_getpgid = move_on;
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_GROUP | *(const int *)arg), -ELOOP);
	moment.before_getpgid = NULL;
	/* twice in each of the rounds */
	ck_assert_int_eq(moment.nth, 2 * 1000);
	ck_assert(is_running(NUMBER) && is_running(OTHER) && is_running(member.pid));
	end(NUMBER);
	end(OTHER);
	child_end(&member);
	process = ph_unref(process);
}

TEST(who_moves_from_group_to_group_for_ever_is_followed_so_far)
{
	need_group_signals();
	for (size_t i = 0; i < sizeof(forces) / sizeof(forces[0]); i++)
		in_own_pid_namespace(signal_restless, (void *)&forces[i]);
}

static struct place place;
static struct child daemon_;

/* The daemon is started again, and writes its number into the file that is there. */
static void restart(void)
{
	daemon_ = child_start();
	put_pid(place.path, daemon_.pid);
}

static void put_old_file(void)
{
	put_pid(place.path, missing_pid());
	age(place.path, 5);
	moment.before_fgetxattr = restart;
}

TEST(a_file_that_is_written_while_it_is_read_is_not_stale)
{
	struct ph_process *process = NULL;

	place = place_make();
	put_old_file();
	ck_assert_int_eq(ph_find_pidfile(place.path, &process), PH_UNVERIFIED);
	ck_assert_int_eq(ph_pid(process), daemon_.pid);
	process = ph_unref(process);
	child_end(&daemon_);
	put_old_file();
	ck_assert_int_eq(ph_pidfile_clear(place.path), -EBUSY);
	expect_pid(place.path, daemon_.pid);
	child_end(&daemon_);
	place_end(&place);
}

/* Another program writes whole files, and knows nothing of locks. */
static void replace(void)
{
	char beside[PATH_MAX];

	(void)snprintf(beside, sizeof(beside), "%s/beside", place.directory);
	put_pid(beside, daemon_.pid);
	must(rename(beside, place.path));
}

static void overwrite(void)
{
	put_pid(place.path, daemon_.pid);
}

static void expect_spared(void (*writer)(void), bool is_stale)
{
	struct ph_process *self = found(getpid());
	int r;

	if (is_stale) {
		put_pid(place.path, missing_pid());
		moment.before_removal = writer;
		r = ph_pidfile_clear(place.path);
	} else {
		(void)unlink(place.path);
		ck_assert_int_ge(ph_pidfile_write(self, place.path), 0);
		moment.before_removal = writer;
		r = ph_pidfile_remove(self, place.path);
	}
	ck_assert(!moment.before_removal);
	ck_assert_int_eq(r, -EBUSY);
	expect_pid(place.path, daemon_.pid);
	ck_assert_int_eq(place_count(&place), 1);
	self = ph_unref(self);
}

TEST(what_another_writes_just_before_the_removal_is_spared)
{
	place = place_make();
	daemon_ = child_start();
	for (int round = 0; round < 2; round++) {
		moment.cannot_rename = round == 1;
		expect_spared(replace, false);
		expect_spared(replace, true);
		expect_spared(overwrite, false);
		expect_spared(overwrite, true);
	}
	child_end(&daemon_);
	place_end(&place);
}

static void kill_what_is_stopped(void)
{
	child_kill(&member, SIGKILL);
}

TEST(a_stopped_child_that_is_killed_before_the_stop_is_told_is_a_child)
{
	struct ph_process *process;
	struct ph_exit how;
	siginfo_t info;

	member = child_start();
	process = found(member.pid);
	must(__real_kill(member.pid, SIGSTOP));
	must(__real_waitid(P_PID, (id_t)member.pid, &info, WSTOPPED | WNOWAIT));
	moment.before_take = kill_what_is_stopped;
	ck_assert_int_eq(ph_wait_state(process, PH_WAIT_STOPPED, -1, &how), 0);
	ck_assert(!moment.before_take);
	ck_assert_int_eq(how.how, PH_SIGNALED);
	ck_assert_int_eq(how.value, SIGKILL);
	child_forget(&member);
	process = ph_unref(process);
}

/* They are reaped as they end, as by a parent that is quick. */
static void await_all(void)
{
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

TEST(who_was_killed_with_the_group_and_has_been_reaped_has_got_it)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;
	struct ph_process *process;

	member = child_start_leader();
	process = found(member.pid);
	must(sigaction(SIGCHLD, &ignore, &before));
	moment.after_group_kill = await_all;
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_TREE), 0);
	ck_assert(!moment.after_group_kill);
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), -ESRCH);
	must(sigaction(SIGCHLD, &before, NULL));
	child_forget(&member);
	process = ph_unref(process);
}
