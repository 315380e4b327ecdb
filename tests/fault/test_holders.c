/* SPDX-License-Identifier: MIT */

/*
 * A thread of the host forks in the middle of a spawn by fork(2). Its child has
 * all that was open then, and does not execute anything: the spawn is not to
 * wait for that one.
 */

#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../spawn/spawn.h"
#include "child.h"

static bool is_armed;
static struct child holder;

int __real_socketpair(int domain, int type, int protocol, int ends[2]);
int __wrap_socketpair(int domain, int type, int protocol, int ends[2]);

int __wrap_socketpair(int domain, int type, int protocol, int ends[2])
{
	int r = __real_socketpair(domain, type, protocol, ends);

	if (r == 0 && is_armed)
		holder = child_start();
	return r;
}

static char *const argv[] = { (char *)"true", NULL };

static void spawn_with_holder(struct ph_spawn_options *options, int error, int step)
{
	struct ph_process *process = NULL;

	is_armed = true;
	if (error == 0) {
		process = spawned(argv, options);
		expect_exit(process, PH_EXITED, 0);
		process = ph_unref(process);
	} else {
		expect_failure(argv, options, error, step, 0);
	}
	is_armed = false;
	child_end(&holder);
}

TEST(who_holds_everything_holds_up_no_program)
{
	ck_assert_int_eq(ph_setting_set("vfork", "0"), 0);
	spawn_with_holder(&(struct ph_spawn_options){ 0 }, 0, 0);
}

TEST(who_holds_everything_holds_up_no_failure)
{
	struct ph_spawn_options options = { .directory = "/nowhere" };

	ck_assert_int_eq(ph_setting_set("vfork", "0"), 0);
	spawn_with_holder(&options, -ENOENT, PH_STEP_DIRECTORY);
}

TEST(who_holds_everything_holds_up_nobody_who_is_given_up)
{
	static const struct ph_id_map nobody = { .count = 0 };
	struct ph_spawn_options options = { .namespaces = PH_NS_USER,
					    .uid_map = &nobody,
					    .uid_map_count = 1 };
	int status = 0;
	pid_t pid = must(fork());

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER) == 0 ? 0 : 1);
	must(waitpid(pid, &status, 0));
	if (status != 0)
		skip("no user namespaces here");
	spawn_with_holder(&options, -EINVAL, PH_STEP_ID_MAP);
}
