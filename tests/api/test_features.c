/* SPDX-License-Identifier: MIT */

/* ph_features: what is in use, and finding it out without hurting the host. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "api.h"
#include "filter.h"

TEST(the_features_are_those_of_this_configuration)
{
	ck_assert_uint_eq(ph_features(), expected_features());
	/* the same answer again, and after use */
	ck_assert_uint_eq(ph_features(), expected_features());
	(void)ph_unref(found(getpid()));
	ck_assert_uint_eq(ph_features(), expected_features());
}

struct walk {
	unsigned bits;
	int count;
	int stop_at;
	int release;
};

static int check(const struct ph_feature *feature, void *arg)
{
	struct walk *walk = arg;
	const char *value = NULL;
	int major = 0, minor = 0;

	/* one bit, and one row for it */
	ck_assert_uint_ne(feature->bit, 0);
	ck_assert_uint_eq(feature->bit & (feature->bit - 1), 0);
	ck_assert_uint_eq(walk->bits & feature->bit, 0);
	walk->bits |= feature->bit;
	ck_assert_msg(feature->state == expected_state(feature->bit), "%s: %d instead of %d",
		      feature->name, feature->state, expected_state(feature->bit));
	/* the setting that switches it off */
	ck_assert_int_eq(ph_setting_get(feature->name, &value), 0);
	/* oldest kernel first */
	ck_assert_int_eq(sscanf(feature->kernel, "%d.%d", &major, &minor), 2);
	ck_assert_int_ge(major * 1000 + minor, walk->release);
	walk->release = major * 1000 + minor;
	ck_assert_uint_gt(strlen(feature->gives), 0);
	ck_assert_uint_gt(strlen(feature->instead), 0);
	walk->count++;
	return walk->count == walk->stop_at ? 4711 : 0;
}

TEST(every_feature_is_walked_over_with_its_state)
{
	struct walk walk = { .stop_at = -1 };

	ck_assert_int_eq(ph_feature_each(check, &walk), 0);
	ck_assert_uint_eq(walk.bits, PH_FEATURE_PIDFD | PH_FEATURE_SIGNAL | PH_FEATURE_WAIT |
					     PH_FEATURE_GROUP | PH_FEATURE_INODE | PH_FEATURE_INFO |
					     PH_FEATURE_HANDLE | PH_FEATURE_EXIT | PH_FEATURE_PROC |
					     PH_FEATURE_VFORK | PH_FEATURE_CLONE |
					     PH_FEATURE_CLONE3 | PH_FEATURE_CGROUP |
					     PH_FEATURE_CLOSE | PH_FEATURE_AUTOKILL |
					     PH_FEATURE_CHILDREN | PH_FEATURE_CGROUPKILL |
					     PH_FEATURE_PEER | PH_FEATURE_GETFD);
	ck_assert_int_eq(walk.count, 19);
}

TEST(the_walk_ends_when_it_is_told_to)
{
	struct walk walk = { .stop_at = 4 };

	ck_assert_int_eq(ph_feature_each(check, &walk), 4711);
	ck_assert_int_eq(walk.count, 4);
	ck_assert_int_eq(ph_feature_each(NULL, NULL), -EINVAL);
}

static const struct {
	const char *name;
	unsigned bits;
} switches[] = {
	{ "exitinfo", PH_FEATURE_EXIT },	 { "pidfdgroup", PH_FEATURE_GROUP },
	{ "pidfdinfo", PH_FEATURE_INFO },	 { "pidfdsignal", PH_FEATURE_SIGNAL },
	{ "pidfdwait", PH_FEATURE_WAIT },	 { "pidfs", PH_FEATURE_INODE },
	{ "pidfshandle", PH_FEATURE_HANDLE },	 { "procfs", FILE_FEATURES },
	{ "vfork", PH_FEATURE_VFORK },		 { "clonepidfd", PH_FEATURE_CLONE },
	{ "clone3", PH_FEATURE_CLONE3 },	 { "cgroupbirth", PH_FEATURE_CGROUP },
	{ "closerange", PH_FEATURE_CLOSE },	 { "autokill", PH_FEATURE_AUTOKILL },
	{ "procchildren", PH_FEATURE_CHILDREN }, { "cgroupkill", PH_FEATURE_CGROUPKILL },
	{ "peerpidfd", PH_FEATURE_PEER },	 { "pidfdgetfd", PH_FEATURE_GETFD },
};

TEST(a_setting_switches_its_feature_off_and_on)
{
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		set(switches[i].name, "0");
		ck_assert_uint_eq(ph_features(), expected_features() & ~switches[i].bits);
		set(switches[i].name, NULL);
		ck_assert_uint_eq(ph_features(), expected_features());
	}
}

TEST(without_pidfds_there_is_nothing_for_the_others_to_work_on)
{
	set("pidfd", "0");
	ck_assert_uint_eq(ph_features(), expected_features() & (FILE_FEATURES | PH_FEATURE_CLOSE));
	set("pidfd", NULL);
	ck_assert_uint_eq(ph_features(), expected_features());
}

static volatile sig_atomic_t signals;

static void count(int signo)
{
	(void)signo;
	signals++;
}

/* What a call that is answered with a signal takes away. */
static unsigned lost_by(const char *call)
{
	if (strcmp(call, "pidfd_open") == 0)
		return ~(FILE_FEATURES | PH_FEATURE_CLOSE);
	if (strcmp(call, "pidfd_send_signal") == 0)
		return PH_FEATURE_SIGNAL | PH_FEATURE_GROUP | PH_FEATURE_EXIT;
	if (strcmp(call, "waitid") == 0)
		return PH_FEATURE_WAIT;
	if (strcmp(call, "ioctl") == 0)
		return PH_FEATURE_INFO | PH_FEATURE_EXIT;
	if (strcmp(call, "clone3") == 0)
		return PH_FEATURE_CLONE3 | PH_FEATURE_CGROUP | PH_FEATURE_AUTOKILL;
	if (strcmp(call, "close_range") == 0)
		return PH_FEATURE_CLOSE;
	if (strcmp(call, "pidfd_getfd") == 0)
		return PH_FEATURE_GETFD;
	return PH_FEATURE_HANDLE;
}

struct sandbox {
	const char *call;
	uint32_t action;
};

static void live_in_sandbox(void *arg)
{
	const struct sandbox *sandbox = arg;
	unsigned expected = expected_features() & ~lost_by(sandbox->call);
	struct ph_process *process;
	struct child child;

	/* a host that minds every signal */
	must(sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = count }, NULL));
	must(sigaction(SIGSYS, &(struct sigaction){ .sa_handler = count }, NULL));
	filter_call(sandbox->call, sandbox->action);
	signals = 0;
	/* the process is its own child reaper in nothing of this */
	process = found(getpid());
	ck_assert_uint_eq(ph_features(), expected);
	ck_assert_int_eq(signals, 0);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), 0);
	process = ph_unref(process);

	/* and life goes on */
	child = child_start();
	process = found(child.pid);
	child_exit(&child, 5);
	expect_end(process, -1, PH_EXITED, 5, PH_HAS_USAGE);
	process = ph_unref(process);
	ck_assert_int_eq(signals, 1);
	must(sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL));
	must(sigaction(SIGSYS, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL));
}

static void try_sandboxes(uint32_t action)
{
	static const char *const calls[] = { "pidfd_open",  "pidfd_send_signal", "waitid",
					     "ioctl",	    "handles",		 "clone3",
					     "close_range", "pidfd_getfd" };

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct sandbox sandbox = { .call = calls[i], .action = action };

		in_a_child(live_in_sandbox, &sandbox);
	}
}

TEST(a_filter_that_answers_with_a_signal_does_not_kill_the_host)
{
	try_sandboxes(FILTER_TRAP);
}

TEST(a_filter_that_kills_does_not_kill_the_host)
{
	try_sandboxes(FILTER_KILL);
}

static void use_nothing(void *arg)
{
	struct filter_rule rules[10];
	size_t length = 0;
	struct ph_process *process;

	(void)arg;
	ck_assert(filter_rule_for("pidfd_open", FILTER_KILL, &rules[length]));
	length += 2;
	ck_assert(filter_rule_for("pidfd_send_signal", FILTER_KILL, &rules[length]));
	length += 2;
	ck_assert(filter_rule_for("waitid", FILTER_KILL, &rules[length]));
	length += 2;
	if (filter_install(rules, length) < 0)
		skip("no seccomp filters here");
	set("pidfd", "0");
	process = found(getpid());
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), 0);
	ck_assert_int_eq(ph_wait(process, 0, NULL), -ETIMEDOUT);
	ck_assert_int_eq(ph_exists(getpid()), 1);
	process = ph_unref(process);
}

TEST(pidfd_0_does_not_even_try)
{
	in_a_child(use_nothing, NULL);
}

static void be_restored(void *arg)
{
	sigset_t before, after;

	(void)arg;
	sigemptyset(&before);
	sigaddset(&before, SIGUSR1);
	sigaddset(&before, SIGCHLD);
	must(sigprocmask(SIG_SETMASK, &before, NULL));
	filter_call("handles", FILTER_ERRNO(EPERM));
	(void)ph_features();
	(void)ph_unref(found(getpid()));
	must(sigprocmask(SIG_BLOCK, NULL, &after));
	for (int signo = 1; signo < SIGRTMIN; signo++)
		ck_assert_int_eq(sigismember(&after, signo), sigismember(&before, signo));
	sigemptyset(&before);
	must(sigprocmask(SIG_SETMASK, &before, NULL));
	/* nothing came while it was blocked */
	must(sigpending(&after));
	ck_assert_int_eq(sigismember(&after, SIGCHLD), 0);
}

TEST(the_signal_mask_of_the_host_is_put_back)
{
	in_a_child(be_restored, NULL);
}

static void ignore_children(void *arg)
{
	(void)arg;
	must(sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL));
	filter_call("handles", FILTER_ERRNO(EPERM));
	(void)ph_unref(found(getpid()));
	ck_assert_uint_eq(ph_features(), expected_features() & ~PH_FEATURE_HANDLE);
	must(sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL));
}

TEST(a_host_that_ignores_its_children_gets_the_same_answer)
{
	in_a_child(ignore_children, NULL);
}
