/* SPDX-License-Identifier: MIT */

/* A parent that dies while it is asked for, and a number that goes round. */

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../api/api.h"
#include "namespace.h"

enum { NUMBER = 4242 };

static atomic_bool is_over;

static int rounds(int many)
{
	return is_slow() ? many / 20 + 1 : many;
}

struct lineage {
	struct ph_process *ward;
	pid_t self;
};

/* The parent is the foster, or who took over: nobody else. */
static void *ask(void *arg)
{
	struct lineage *lineage = arg;

	while (!atomic_load(&is_over)) {
		struct ph_process *parent = NULL;
		int r = ph_parent(lineage->ward, &parent);

		ck_assert(r == 0 || r == -ESRCH);
		if (r == 0)
			ck_assert(ph_pid(parent) == NUMBER || ph_pid(parent) == lineage->self);
		parent = ph_unref(parent);
	}
	return NULL;
}

static void orphan_and_recycle(void *arg)
{
	int answer[2];

	(void)arg;
	must(prctl(PR_SET_CHILD_SUBREAPER, 1));
	must(pipe2(answer, O_CLOEXEC));
	for (int round = 0; round < rounds(30); round++) {
		struct lineage lineage = { .self = getpid() };
		pid_t foster = foster_born_as(NUMBER, answer[1]);
		pthread_t thread;
		pid_t ward;

		ck_assert_int_eq(read(answer[0], &ward, sizeof(ward)), sizeof(ward));
		lineage.ward = found(ward);
		atomic_store(&is_over, false);
		ck_assert_int_eq(pthread_create(&thread, NULL, ask, &lineage), 0);
		must(kill(foster, SIGKILL));
		ck_assert_int_eq(waitpid(foster, NULL, 0), foster);
		/* the number of the old parent belongs to its brother now */
		foster = child_born_as(NUMBER);
		must(kill(foster, SIGKILL));
		ck_assert_int_eq(waitpid(foster, NULL, 0), foster);
		atomic_store(&is_over, true);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		must(kill(ward, SIGKILL));
		ck_assert_int_eq(waitpid(ward, NULL, 0), ward);
		lineage.ward = ph_unref(lineage.ward);
	}
	must(prctl(PR_SET_CHILD_SUBREAPER, 0));
	must(close(answer[0]));
	must(close(answer[1]));
}

TEST(the_parent_is_the_parent_while_parents_die)
{
	if (!has(PH_FEATURE_PROC) && !has(PH_FEATURE_PIDFD | PH_FEATURE_INFO))
		skip("the parent cannot be told in this configuration");
	in_own_pid_namespace(orphan_and_recycle, NULL);
}
