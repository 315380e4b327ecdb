/* SPDX-License-Identifier: MIT */

/*
 * Each call fails once while the members of a scope are found and signalled.
 * Either nobody gets the signal, or everybody who was found before; a shortage
 * is told, and never taken for somebody who is gone.
 */

#include "cgroup.h"
#include "fault.h"
#include "left.h"

enum { ROOT, CHILD, GRANDCHILD, ORPHAN, ALL };

/* whoever is found and signalled */
static struct ph_process *process;
static char cgroup[PATH_MAX];

static const struct {
	const char *name;
	int scope;
	/* whose */
	int of;
	/* how many they are */
	unsigned members;
	bool in_cgroup;
} scenarios[] = {
	{ "a session", PH_SESSION, ROOT, ALL, false },
	{ "the session of another leader", PH_SESSION, CHILD, ALL, false },
	{ "a tree", PH_TREE, ROOT, ALL, false },
	{ "what is below", PH_DESCENDANTS, ROOT, 2, false },
	{ "a cgroup", PH_CGROUP, ROOT, ALL, true },
	{ "the directory of a cgroup", -1, ROOT, 0, true },
};

enum { SCENARIOS = sizeof(scenarios) / sizeof(scenarios[0]) };

static const struct {
	enum fault_call call;
	int errors[4];
} faults[] = {
	{ FAULT_PIDFD_OPEN, { EMFILE, ENFILE, ENOMEM } },
	{ FAULT_MALLOC, { ENOMEM } },
	{ FAULT_REALLOC, { ENOMEM } },
	{ FAULT_STRDUP, { ENOMEM } },
	{ FAULT_OPEN, { EMFILE, ENFILE, ENOMEM, EINTR } },
	{ FAULT_OPENDIR, { EMFILE, ENFILE, ENOMEM } },
	{ FAULT_READDIR, { EMFILE, ENFILE, ENOMEM } },
	{ FAULT_READ, { EINTR } },
	{ FAULT_FCNTL, { EMFILE } },
	{ FAULT_READLINK, { ENOMEM } },
	{ FAULT_STAT, { ENOMEM } },
};

enum { FAULTS = sizeof(faults) / sizeof(faults[0]) };

static _Noreturn void grow(const struct tree *tree)
{
	(void)setsid();
	if (fork() == 0) {
		if (fork() == 0)
			stay(tree, GRANDCHILD);
		stay(tree, CHILD);
	}
	if (fork() == 0) {
		if (fork() == 0)
			stay(tree, ORPHAN);
		_exit(0);
	}
	(void)wait(NULL);
	stay(tree, ROOT);
}

static int act(int scenario)
{
	int r;

	if (scenarios[scenario].scope >= 0)
		return ph_kill(process, SIGCONT, scenarios[scenario].scope);
	r = ph_cgroup_fd(process);
	if (r < 0)
		return r;
	return close(r);
}

static uint64_t sent(void)
{
	return metric("/prochandle/signals/sent:signals");
}

/* One that has to be verified once more may miss the signal alone. */
static bool is_pinned(void)
{
	return ph_guarantee(process) == PH_PINNED && has(PH_FEATURE_SIGNAL);
}

static void strike(int scenario, int fault, int error, int nth)
{
	unsigned members = scenarios[scenario].members;
	int descriptors = left_count_descriptors();
	uint64_t before = sent();
	char where[128];
	bool was_hit;
	int r;

	(void)snprintf(where, sizeof(where), "%s, %s %d, %s", scenarios[scenario].name,
		       fault_names[faults[fault].call], nth, strerror(error));
	fault_arm(faults[fault].call, nth, error);
	r = act(scenario);
	was_hit = fault_disarm();
	before = sent() - before;
	ck_assert_msg(was_hit, "%s: is not reached", where);
	ck_assert_msg(r == 0 || (r == -error && error != EINTR), "%s: %d", where, r);
	ck_assert_msg(before == members || (r < 0 && before == 0) ||
			      (r < 0 && before == members - 1 && !is_pinned()),
		      "%s: %u of %u", where, (unsigned)before, members);
	ck_assert_msg(left_count_descriptors() == descriptors, "%s: a descriptor is left", where);
	ck_assert_msg(metric("/prochandle/handles/open:handles") == 1, "%s: a handle is left",
		      where);
}

static void strike_scenario(int scenario)
{
	int calls[FAULT_CALLS];
	int r;

	/* the first time takes more */
	ck_assert_int_eq(act(scenario), 0);
	fault_count(calls);
	r = act(scenario);
	(void)fault_disarm();
	ck_assert_int_eq(r, 0);
	ck_assert_int_gt(calls[FAULT_OPEN], 0);
	ck_assert_int_gt(calls[FAULT_REALLOC], 0);
	for (int fault = 0; fault < FAULTS; fault++)
		for (int i = 0; i < 4 && faults[fault].errors[i]; i++)
			for (int nth = 1; nth <= calls[faults[fault].call]; nth++)
				strike(scenario, fault, faults[fault].errors[i], nth);
}

static void strike_all(void *arg)
{
	bool in_cgroup = *(const bool *)arg;
	struct tree tree = tree_new();
	pid_t root = must(fork());

	if (root == 0)
		grow(&tree);
	tree_await(&tree, ALL);
	for (int i = 0; in_cgroup && i < ALL; i++)
		enter(cgroup, tree.pids[i]);
	probe_first();
	for (int scenario = 0; scenario < SCENARIOS; scenario++)
		if (scenarios[scenario].in_cgroup == in_cgroup) {
			process = found(tree.pids[scenarios[scenario].of]);
			strike_scenario(scenario);
			process = ph_unref(process);
		}
	tree_end(&tree, ROLES);
}

TEST(a_shortage_is_told_and_reaches_all_of_a_tree_or_nobody)
{
	if (!finds_members())
		skip("members are found in /proc");
	in_own_pid_namespace(strike_all, &(bool){ false });
}

/* Kernels of the years do not show a path that is longer than they take. */
static void signal_in_the_deep(void *arg)
{
	struct tree tree = tree_new();
	pid_t root = must(fork());
	uint64_t before;
	int r;

	(void)arg;
	if (root == 0)
		grow(&tree);
	tree_await(&tree, ALL);
	for (int i = 0; i < ALL; i++)
		enter(cgroup, tree.pids[i]);
	process = found(tree.pids[ROOT]);
	probe_first();
	/* two reads each: twice of the process itself, then of the others */
	for (int nth = 5; nth < 5 + 2 * (ALL - 1); nth++) {
		before = sent();
		fault_arm(FAULT_READ_CGROUP, nth, ENAMETOOLONG);
		r = ph_kill(process, SIGCONT, PH_CGROUP);
		ck_assert_msg(fault_disarm(), "%d is not reached", nth);
		ck_assert_msg(r == 0, "%d: %d", nth, r);
		ck_assert_uint_eq(sent() - before, ALL);
	}
	fault_arm(FAULT_READ_CGROUP, 1, ENAMETOOLONG);
	ck_assert_int_eq(ph_kill(process, SIGCONT, PH_CGROUP), -ENOTSUP);
	ck_assert(fault_disarm());
	process = ph_unref(process);
	tree_end(&tree, ROLES);
}

TEST(a_member_is_one_however_deep_it_is)
{
	if (!finds_members())
		skip("members are found in /proc");
	find_cgroups(cgroup);
	in_own_pid_namespace(signal_in_the_deep, NULL);
	remove_cgroup(cgroup);
}

TEST(a_shortage_is_told_and_reaches_all_of_a_cgroup_or_nobody)
{
	if (!finds_members())
		skip("members are found in /proc");
	find_cgroups(cgroup);
	in_own_pid_namespace(strike_all, &(bool){ true });
	remove_cgroup(cgroup);
}
