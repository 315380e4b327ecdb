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

static int (*const calls[])(void) = {
	find,	       find_id, find_inode, from_fd,	  find_peer, find_self,
	find_parent,   exists,	id,	    same,	  info,	     text,
	signal_scopes, each,	use_set,    use_pidfiles, make_set,  features,
};

static atomic_bool came_back;

static void *make_call(void *arg)
{
	int (*const *call)(void) = arg;

	(void)pthread_cancel(pthread_self());
	(void)(*call)();
	atomic_store(&came_back, true);
	/* a sanitizer does not like it */
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	return NULL;
}

TEST(who_is_cancelled_in_a_call_that_does_not_sleep_leaves_nothing)
{
	struct child child = child_start();

	stage.process = found(child.pid);
	ck_assert_int_eq(ph_self(&stage.self), 0);
	ck_assert_int_eq(ph_set_new(&stage.set), 0);
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stage.pair));
	(void)ph_id(stage.self, stage.id, sizeof(stage.id));
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int before = left_count_descriptors();
		pthread_t thread;

		atomic_store(&came_back, false);
		ck_assert_int_eq(pthread_create(&thread, NULL, make_call, (void *)&calls[i]), 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		ck_assert_msg(atomic_load(&came_back), "call %zu was cancelled", i);
		ck_assert_msg(left_count_descriptors() == before, "call %zu left a descriptor", i);
	}
	stage.set = ph_set_unref(stage.set);
	stage.process = ph_unref(stage.process);
	stage.self = ph_unref(stage.self);
	for (int i = 0; i < 2; i++)
		must(close(stage.pair[i]));
	child_end(&child);
}
