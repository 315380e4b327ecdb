/* SPDX-License-Identifier: MIT */

/*
 * Walks in which a call fails: what has run out is told, by the name that it has,
 * whichever call it was; nobody is left out because of it, and nothing is left
 * behind.
 */

#include <stdatomic.h>
#include <sys/stat.h>

#include "../api/api.h"
#include "fault.h"
#include "filter.h"
#include "left.h"
#include "namespace.h"
#include "sys/support.h"

static void need_proc(void)
{
	if (!has(PH_FEATURE_PROC))
		skip("walks are over /proc");
}

static struct child child;
static struct ph_process *self;

static void begin(void)
{
	child = child_start();
	self = found(getpid());
	probe_first();
}

static void finish(void)
{
	self = ph_unref(self);
	child_end(&child);
}

/* has the walk met the child? */
static bool is_met;

static int meet(struct ph_process *process, void *arg)
{
	(void)arg;
	is_met |= ph_pid(process) == child.pid;
	return 0;
}

static int note(const struct ph_info *info, void *arg)
{
	(void)arg;
	is_met |= info->pid == child.pid;
	return 0;
}

static int walk_all(void)
{
	return ph_each(NULL, meet, NULL);
}

static int walk_children(void)
{
	return ph_each(&(struct ph_filter){ .parent = self, .comm_glob = "*" }, meet, NULL);
}

static int walk_descendants(void)
{
	return ph_each(&(struct ph_filter){ .ancestor = self, .cgroup = "/" }, meet, NULL);
}

static int walk_others(void)
{
	return ph_each(&(struct ph_filter){ .flags = PH_FILTER_NOT_SELF | PH_FILTER_OWN }, meet,
		       NULL);
}

static int list_all(void)
{
	return ph_list(NULL, PH_INFO_ALL & ~PH_INFO_EXIT, note, NULL);
}

static int list_light(void)
{
	return ph_list(NULL, PH_INFO_PID | PH_INFO_PARENT | PH_INFO_REAL_USER | PH_INFO_COMM, note,
		       NULL);
}

static int walk_program(void)
{
	struct ph_filter filter = { .parent = self };
	struct stat st;

	must(stat("/proc/self/exe", &st));
	filter.exe_device = st.st_dev;
	filter.exe_inode = st.st_ino;
	return ph_each(&filter, meet, NULL);
}

static const struct {
	const char *name;
	int (*act)(void);
} walks[] = {
	{ "all", walk_all },
	{ "children", walk_children },
	{ "descendants", walk_descendants },
	{ "others", walk_others },
	{ "a program", walk_program },
	{ "a list", list_all },
	{ "a light list", list_light },
};

/* what runs out, and what is only interrupted */
static const struct {
	enum fault_call call;
	int errors[4];
} faults[] = {
	{ FAULT_OPENDIR, { EMFILE, ENFILE, ENOMEM } },
	{ FAULT_PIDFD_OPEN, { EMFILE, ENFILE, ENOMEM } },
	{ FAULT_OPEN, { EMFILE, ENFILE, ENOMEM, EINTR } },
	{ FAULT_READ, { EINTR } },
	/* the kernel needs a page for them */
	{ FAULT_READLINK, { ENOMEM } },
	{ FAULT_STAT, { ENOMEM } },
	{ FAULT_MALLOC, { ENOMEM } },
	{ FAULT_REALLOC, { ENOMEM } },
};

/* There are few processes, and each call in a walk over them has its turn. */
enum { MOST = 200 };

static int strike(size_t walk, size_t fault, int error, int nth)
{
	int before = left_count_descriptors();
	int r;

	is_met = false;
	fault_arm(faults[fault].call, nth, error);
	r = walks[walk].act();
	ck_assert_msg(fault_disarm(), "%s, %s %d, %s: %d", walks[walk].name,
		      fault_names[faults[fault].call], nth, strerror(error), r);
	/* once may be no matter: it is tried again, or done without */
	ck_assert_msg(r == 0 ? is_met : r == -error && error != EINTR, "%s, %s %d, %s: %d, %d",
		      walks[walk].name, fault_names[faults[fault].call], nth, strerror(error), r,
		      is_met);
	ck_assert_int_eq(left_count_descriptors(), before);
	ck_assert_uint_eq(metric("/prochandle/handles/open:handles"), 1);
	return r;
}

/* Return: a set of the errors that came out, as if they were bits */
static uint64_t strike_walk(size_t walk)
{
	int calls[FAULT_CALLS];
	uint64_t told = 0;
	int r;

	is_met = false;
	fault_count(calls);
	r = walks[walk].act();
	(void)fault_disarm();
	ck_assert_int_eq(r, 0);
	ck_assert(is_met);
	for (size_t fault = 0; fault < sizeof(faults) / sizeof(faults[0]); fault++)
		for (int i = 0; i < 4 && faults[fault].errors[i]; i++) {
			int error = faults[fault].errors[i];
			int count = calls[faults[fault].call];

			for (int nth = 1; nth <= count && nth <= MOST; nth++)
				told |= UINT64_C(1) << -strike(walk, fault, error, nth);
			if (count > 0 && error != EINTR)
				told |= UINT64_C(1) << -strike(walk, fault, error, FAULT_EVERY);
		}
	return told & ~UINT64_C(1);
}

static void strike_walks(void *arg)
{
	(void)arg;
	begin();
	for (size_t walk = 0; walk < sizeof(walks) / sizeof(walks[0]); walk++)
		ck_assert_uint_eq(strike_walk(walk), UINT64_C(1) << EMFILE | UINT64_C(1) << ENFILE |
							     UINT64_C(1) << ENOMEM);
	finish();
}

/* Where nobody comes and goes, so that each walk makes the same calls. */
TEST(what_runs_out_in_a_walk_is_told)
{
	need_proc();
	in_own_pid_namespace(strike_walks, NULL);
}

/* Under a filter a child finds out what that allows, and there is no room for one. */
TEST(a_walk_for_which_the_kernel_cannot_be_found_out_is_an_error)
{
	int r;

	need_proc();
	if (!has(PH_FEATURE_PIDFD))
		skip("nothing is found out here");
	begin();
	filter_call("handles", FILTER_ERRNO(EPERM));
	for (size_t walk = 0; walk < sizeof(walks) / sizeof(walks[0]); walk++) {
		atomic_store(&ph_support, 0);
		fault_arm(FAULT_CLONE, FAULT_EVERY, EAGAIN);
		r = walks[walk].act();
		ck_assert(fault_disarm());
		ck_assert_int_eq(r, -EAGAIN);
	}
	is_met = false;
	ck_assert_int_eq(walk_all(), 0);
	ck_assert(is_met);
	finish();
}
