/* SPDX-License-Identifier: MIT */

/*
 * A sandbox that closes a door after the library has looked: programs give up
 * what they do not need any more once they have started. Filters say so in one
 * way, security modules in another, and what they say may mean something else
 * where the call is there. What comes out is right, or says that it is refused.
 */

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "api.h"
#include "filter.h"

/* the call that is refused from now on, and how */
struct refusal {
	const char *call;
	int error;
};

static const char *const calls[] = { "pidfd_open", "pidfd_send_signal", "waitid", "ioctl",
				     "handles" };

static const int errors[] = { EPERM, EACCES, ENOSYS, EINVAL };

static void refuse_each(void (*body)(void *arg))
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		for (size_t j = 0; j < sizeof(errors) / sizeof(errors[0]); j++)
			in_a_child(body, &(struct refusal){ calls[i], errors[j] });
}

static void refuse(const struct refusal *refusal)
{
	filter_call(refusal->call, FILTER_ERRNO((unsigned)refusal->error));
}

/* Is it a call that the handle depends on? */
static bool is_refused(const struct refusal *refusal, const char *call, unsigned feature)
{
	return strcmp(refusal->call, call) == 0 && has(PH_FEATURE_PIDFD | feature);
}

static int is_this(struct ph_process *process, void *arg)
{
	return ph_pid(process) == *(pid_t *)arg;
}

static void find_those(void *arg)
{
	const struct refusal *refusal = arg;
	struct child child = child_start();
	struct idle_thread thread = idle_thread_start();
	struct ph_process *process = found(child.pid), *other = NULL;
	char id[PH_ID_SIZE] = "";
	int r;

	probe_first();
	(void)ph_id(process, id, sizeof(id));
	refuse(refusal);
	other = found(child.pid);
	if (has(PH_FEATURE_PIDFD | PH_FEATURE_PROC))
		ck_assert_int_ge(ph_guarantee(other), PH_CHECKED);
	if (has(PH_FEATURE_PROC))
		ck_assert_int_eq(ph_same(process, other), 1);
	other = ph_unref(other);
	expect_not_found(missing_pid(), -ESRCH);
	if (has(PH_FEATURE_PIDFD) || has(PH_FEATURE_PROC))
		expect_not_found(thread.id, -ENOENT);
	ck_assert_int_eq(ph_exists(child.pid), 1);
	ck_assert_int_eq(ph_exists(missing_pid()), 0);
	if (has(PH_FEATURE_PROC))
		ck_assert_int_eq(ph_each(NULL, is_this, &child.pid), 1);
	if (id[0] != '\0') {
		r = ph_find_id(id, &other);
		ck_assert_msg(r == 0 || r == -ENOTSUP, "%s: %d", id, r);
		other = ph_unref(other);
	}
	if (strchr(id, '@') && !strchr(id, 't')) {
		*strchr(id, '@') = '\0';
		r = ph_find_id(strchr(id, ':'), &other);
		ck_assert_msg(r == 0 || r == -ENOTSUP, "%s: %d", strchr(id, ':'), r);
		other = ph_unref(other);
	}
	process = ph_unref(process);
	idle_thread_end(&thread);
	child_end(&child);
}

TEST(finds_are_right_under_a_filter_that_comes_later)
{
	refuse_each(find_those);
}

static void signal_those(void *arg)
{
	const struct refusal *refusal = arg;
	struct child child = child_start_leader();
	struct ph_process *process = found(child.pid);
	int expected = is_refused(refusal, "pidfd_send_signal", PH_FEATURE_SIGNAL) ? -EPERM : 0;
	int r;

	probe_first();
	refuse(refusal);
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), expected);
	ck_assert_int_eq(ph_queue(process, 0, 0), expected);
	r = ph_kill(process, 0, PH_GROUP);
	ck_assert_msg(r == 0 || r == -EPERM || (r == -ENOTSUP && !has(PH_FEATURE_PROC)),
		      "group: %d", r);
	ck_assert_int_eq(ph_kill(process, SIGUSR1, PH_ONE), expected);
	if (expected != 0)
		must(kill(child.pid, SIGUSR1));
	ck_assert_int_eq(WTERMSIG(child_reap(&child)), SIGUSR1);
	/* it is gone, and where that cannot be asked it is not told either */
	r = ph_kill(process, 0, PH_ONE);
	ck_assert_msg(r == -ESRCH || r == expected, "%d", r);
	process = ph_unref(process);
}

TEST(signals_are_right_or_refused_under_a_filter_that_comes_later)
{
	refuse_each(signal_those);
}

static void wait_for_a_child(void *arg)
{
	const struct refusal *refusal = arg;
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_exit how;
	int expected = is_refused(refusal, "waitid", PH_FEATURE_WAIT) ? -EPERM : 0;

	probe_first();
	refuse(refusal);
	expect_running(process, 0);
	expect_running(process, 5);
	must(kill(child.pid, SIGSTOP));
	ck_assert_int_eq(ph_wait_state(process, PH_WAIT_STOPPED, -1, &how), expected);
	if (expected == 0)
		ck_assert_int_eq(how.how, PH_STOPPED);
	must(kill(child.pid, SIGKILL));
	child_await_end(child.pid);
	ck_assert_int_eq(ph_wait(process, -1, &how), expected);
	ck_assert_int_eq(ph_wait(process, 0, &how), expected);
	if (expected == 0) {
		expect_record(&how, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
		child_forget(&child);
	} else {
		/* it has not been lost */
		ck_assert_int_eq(WTERMSIG(child_reap(&child)), SIGKILL);
	}
	process = ph_unref(process);
}

TEST(waits_for_a_child_are_right_or_refused_under_a_filter_that_comes_later)
{
	refuse_each(wait_for_a_child);
}

static void refuse_all_waits(int error)
{
	const struct filter_rule rules[] = {
		{ .call = SYS_waitid, .action = FILTER_ERRNO((unsigned)error) },
		{ .call = SYS_wait4, .action = FILTER_ERRNO((unsigned)error) },
	};

	if (filter_install(rules, sizeof(rules) / sizeof(rules[0])) < 0)
		_exit(EXIT_SUCCESS);
}

/* Return: 0, or the number of what went wrong */
static int wait_for_what_cannot_be_reaped(int error)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_exit how;

	probe_first();
	refuse_all_waits(error);
	if (ph_wait(process, 0, NULL) != -ETIMEDOUT)
		return 1;
	if (ph_wait_state(process, PH_WAIT_STOPPED, -1, &how) != -EPERM)
		return 2;
	must(kill(child.pid, SIGKILL));
	if (ph_wait(process, -1, &how) != -EPERM)
		return 3;
	return ph_wait(process, 0, &how) == -EPERM ? 0 : 4;
}

TEST(who_may_not_wait_at_all_is_told_and_does_not_wait_for_ever)
{
	int status;

	if (is_bare_here())
		skip("a zombie is not told from a process that runs");
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		pid_t pid = must(fork_mortal());

		/* who may not wait may not clean up either, and is left to others */
		if (pid == 0)
			_exit(wait_for_what_cannot_be_reaped(errors[i]));
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_msg(status == 0, "%s: %d", strerror(errors[i]), WEXITSTATUS(status));
	}
}

/* Security modules refuse a signal to this one or that in their own words. */
static void refuse_signals(void *arg)
{
	const struct filter_rule rules[] = {
		{ .call = SYS_kill, .action = FILTER_ERRNO(EACCES) },
		{ .call = SYS_tgkill, .action = FILTER_ERRNO(EACCES) },
		{ .call = SYS_rt_sigqueueinfo, .action = FILTER_ERRNO(EACCES) },
		{ .call = SYS_getpgid, .action = FILTER_ERRNO(EACCES) },
	};
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	int expected = has(PH_FEATURE_PIDFD | PH_FEATURE_SIGNAL) ? 0 : -EPERM;

	(void)arg;
	probe_first();
	if (filter_install(rules, sizeof(rules) / sizeof(rules[0])) < 0)
		skip("no seccomp filters here");
	ck_assert_int_eq(ph_exists(child.pid), 1);
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), expected);
	ck_assert_int_eq(ph_queue(process, 0, 0), expected);
	ck_assert_int_eq(ph_kill(process, 0, PH_GROUP | PH_FORCE), -EPERM);
	process = ph_unref(process);
	child_exit(&child, 0);
	(void)child_reap(&child);
}

TEST(who_may_not_be_signalled_is_there_whatever_the_refusal_is_called)
{
	in_a_child(refuse_signals, NULL);
}

static void wait_for_another(void *arg)
{
	const struct refusal *refusal = arg;
	struct foster foster = foster_start();
	struct ph_process *process = found(foster.ward.pid);
	struct ph_exit how = { 0 };

	probe_first();
	refuse(refusal);
	expect_running(process, 0);
	foster_let_exit(&foster, 7);
	(void)foster_reap(&foster);
	ck_assert_int_eq(ph_wait(process, -1, &how), 0);
	ck_assert_uint_eq(how.flags, PH_FOREIGN);
	ck_assert(how.how == PH_UNKNOWN || (how.how == PH_EXITED && how.value == 7));
	process = ph_unref(process);
	foster_end(&foster);
}

TEST(waits_for_others_are_right_under_a_filter_that_comes_later)
{
	refuse_each(wait_for_another);
}
