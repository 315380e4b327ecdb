/* SPDX-License-Identifier: MIT */

/*
 * A thread that has been cancelled makes the calls that do not sleep: each of
 * them comes back, and what it held open is closed. Those that sleep have tests
 * of their own.
 */

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "api.h"
#include "left.h"

static struct {
	struct ph_process *process;
	struct ph_process *self;
	/* a zombie of somebody else, and one of this process */
	struct ph_process *ended;
	struct ph_process *own;
	struct ph_set *set;
	char id[PH_ID_SIZE];
	int pair[2];
} stage;

/* Lets go of what a call has made. Return: what it returned */
static int drop(struct ph_process *process, int r)
{
	(void)ph_unref(process);
	return r;
}

static int find(void)
{
	struct ph_process *process = NULL;
	int r = ph_find(ph_pid(stage.process), &process);

	return drop(process, r);
}

static int find_id(void)
{
	struct ph_process *process = NULL;
	int r = ph_find_id(stage.id, &process);

	return drop(process, r);
}

static int find_inode(void)
{
	const char *inode = strchr(stage.id, ':');
	struct ph_process *process = NULL;
	int r = inode ? ph_find_id(inode, &process) : -ENOTSUP;

	return drop(process, r);
}

static int from_fd(void)
{
	struct ph_process *process = NULL;
	int r = ph_from_fd(ph_fd(stage.process), &process);

	return drop(process, r);
}

static int find_peer(void)
{
	struct ph_process *process = NULL;
	int r = ph_find_peer(stage.pair[0], &process);

	return drop(process, r);
}

static int find_self(void)
{
	struct ph_process *process = NULL;
	int r = ph_self(&process);

	return drop(process, r);
}

static int find_parent(void)
{
	struct ph_process *process = NULL;
	int r = ph_parent(stage.process, &process);

	return drop(process, r);
}

static int exists(void)
{
	return ph_exists(ph_pid(stage.process));
}

static int id(void)
{
	return ph_id(stage.process, NULL, 0);
}

static int same(void)
{
	return ph_same(stage.process, stage.self);
}

static int info(void)
{
	struct ph_info facts;

	return ph_info(stage.process, PH_INFO_ALL, &facts);
}

static int text(void)
{
	int r = 0;

	for (int what = PH_TEXT_COMM; what <= PH_TEXT_WCHAN; what++)
		r = ph_text(stage.process, what, NULL, 0);
	return r;
}

static int pass(struct ph_process *process, void *arg)
{
	(void)process;
	(void)arg;
	return 0;
}

static int each(void)
{
	const struct ph_filter filter = { .parent = stage.self };

	return ph_each(&filter, pass, NULL);
}

static int signal_scopes(void)
{
	int r = ph_queue(stage.process, 0, 0);

	for (int scope = PH_ONE; scope <= PH_CGROUP; scope++)
		r = ph_kill(stage.process, 0, scope | PH_FORCE);
	return r;
}

static int use_set(void)
{
	int r = ph_set_add(stage.set, stage.process, NULL);

	if (r == 0)
		r = ph_set_count(stage.set);
	return r == 1 ? ph_set_remove(stage.set, stage.process) : r;
}

static int make_set(void)
{
	struct ph_set *set = NULL;
	int r = ph_set_new(&set);

	(void)ph_set_unref(set);
	return r;
}

static int use_pidfiles(void)
{
	struct ph_process *process = NULL;
	int r = ph_find_pidfile("/proc/self/stat", &process);

	(void)ph_pidfile_clear("/nonexistent/x.pid");
	return drop(process, r);
}

static int features(void)
{
	return (int)ph_features();
}

/* A look does not sleep, be it at one that runs or at one that has ended. */
static int look(void)
{
	struct ph_exit how;

	(void)ph_wait(stage.ended, 0, &how);
	return ph_wait(stage.process, 0, &how);
}

static int look_and_reap(void)
{
	struct ph_exit how;

	return ph_wait(stage.own, 0, &how);
}

static int look_at_state(void)
{
	struct ph_exit how;

	(void)ph_wait_state(stage.ended, PH_WAIT_STOPPED, 0, &how);
	return ph_wait_state(stage.process, PH_WAIT_STOPPED, 0, &how);
}

static int look_at_set(void)
{
	struct ph_event event;
	int r = ph_set_add(stage.set, stage.process, NULL);

	if (r == 0)
		r = ph_set_wait(stage.set, 0, &event, 1);
	(void)ph_set_remove(stage.set, stage.process);
	return r;
}

static int signal_one(void)
{
	(void)ph_queue(stage.process, 0, 0);
	(void)ph_kill(stage.ended, 0, PH_ONE);
	return ph_kill(stage.process, 0, PH_ONE);
}

static int cgroup(void)
{
	int fd = ph_cgroup_fd(stage.process);
	int state;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	if (fd >= 0)
		must(close(fd));
	(void)pthread_setcancelstate(state, NULL);
	return fd;
}

typedef int call(void);

static call *const calls[] = {
	find,	     find_id,	    find_inode,	  from_fd,  find_peer, find_self,
	find_parent, exists,	    id,		  same,	    info,      text,
	signal_one,  signal_scopes, each,	  use_set,  look,      look_at_state,
	look_at_set, look_and_reap, use_pidfiles, make_set, features,  cgroup,
};

static atomic_bool came_back;

static void *make_call(void *arg)
{
	call *const *made = arg;

	(void)pthread_cancel(pthread_self());
	(void)(*made)();
	atomic_store(&came_back, true);
	/* a sanitizer does not like it */
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	return NULL;
}

static void make_calls(call *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int before = left_count_descriptors();
		pthread_t thread;

		atomic_store(&came_back, false);
		ck_assert_int_eq(pthread_create(&thread, NULL, make_call, (void *)&list[i]), 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		ck_assert_msg(atomic_load(&came_back), "call %zu was cancelled", i);
		ck_assert_msg(left_count_descriptors() == before, "call %zu left a descriptor", i);
	}
}

static void make_all_calls(void *arg)
{
	(void)arg;
	make_calls(calls, sizeof(calls) / sizeof(calls[0]));
}

/* Makes the calls with handles of this process, here or in a forked child. */
static void with_a_stage(void (*where)(void (*body)(void *arg), void *arg))
{
	struct child child = child_start(), own = child_start();
	struct foster foster = foster_start();

	stage.process = found(child.pid);
	stage.ended = found(foster.ward.pid);
	stage.own = found(own.pid);
	ck_assert_int_eq(ph_self(&stage.self), 0);
	ck_assert_int_eq(ph_set_new(&stage.set), 0);
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stage.pair));
	(void)ph_id(stage.self, stage.id, sizeof(stage.id));
	child_become_zombie(&own, 31);
	foster_let_exit(&foster, 7);
	where(make_all_calls, NULL);
	/* whoever looked, this process has what its child left */
	expect_end(stage.own, 0, PH_EXITED, 31, PH_HAS_USAGE);
	stage.set = ph_set_unref(stage.set);
	stage.own = ph_unref(stage.own);
	stage.ended = ph_unref(stage.ended);
	stage.process = ph_unref(stage.process);
	stage.self = ph_unref(stage.self);
	for (int i = 0; i < 2; i++)
		must(close(stage.pair[i]));
	foster_end(&foster);
	child_forget(&own);
	child_end(&child);
}

static void here(void (*body)(void *arg), void *arg)
{
	body(arg);
}

TEST(who_is_cancelled_in_a_call_that_does_not_sleep_leaves_nothing)
{
	with_a_stage(here);
}

TEST(with_inherited_handles_it_is_the_same)
{
	with_a_stage(in_a_child);
}

/* Also while the library finds out what the kernel can do. */
TEST(in_the_first_call_it_is_the_same)
{
	static call *const first[] = { find_self, make_set, features };

	make_calls(first, sizeof(first) / sizeof(first[0]));
}
