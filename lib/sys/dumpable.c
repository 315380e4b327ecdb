/* SPDX-License-Identifier: MIT */

#include "sys/dumpable.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#include "sys/home.h"
#include "sys/raw.h"

/*
 * The lock keeps a child from being made while the last one puts the memory
 * right, and is held for that long only. A forked child has another one, and
 * none of the children. All zero is PTHREAD_MUTEX_INITIALIZER on Linux.
 */
struct dumpable {
	pthread_mutex_t lock;
	unsigned children;
	bool was;
	struct ids {
		uid_t users[3];
		gid_t groups[3];
	} ids;
};

_Static_assert(sizeof(struct dumpable) <= PH_HOME_OWN, "it has to fit");

static struct ids own_ids(void)
{
	struct ids ids;

	(void)getresuid(&ids.users[0], &ids.users[1], &ids.users[2]);
	(void)getresgid(&ids.groups[0], &ids.groups[1], &ids.groups[2]);
	return ids;
}

/* Who became somebody else meanwhile is undumpable for that. */
static bool are_ids(const struct ids *before)
{
	struct ids now = own_ids();

	return memcmp(&now, before, sizeof(now)) == 0;
}

bool ph_dumpable_begin(void)
{
	struct dumpable *dumpable = ph_home_own();

	if (!dumpable)
		return false;
	(void)pthread_mutex_lock(&dumpable->lock);
	/* while there are others it is not to be seen how it was */
	if (dumpable->children++ == 0) {
		dumpable->was = prctl(PR_GET_DUMPABLE) == 1;
		dumpable->ids = own_ids();
	}
	(void)pthread_mutex_unlock(&dumpable->lock);
	return true;
}

/*
 * Libc changes the ids of this thread in the handler of a signal: not between
 * the look and the call, but after it, which makes the memory undumpable again.
 */
static void put_right(const struct dumpable *dumpable)
{
	static const uint64_t all = UINT64_MAX;
	uint64_t before;

	(void)PH_RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof(all));
	if (are_ids(&dumpable->ids))
		(void)prctl(PR_SET_DUMPABLE, 1);
	(void)PH_RAW(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof(before));
}

void ph_dumpable_end(void)
{
	struct dumpable *dumpable = ph_home_own();

	(void)pthread_mutex_lock(&dumpable->lock);
	if (--dumpable->children == 0 && dumpable->was)
		put_right(dumpable);
	(void)pthread_mutex_unlock(&dumpable->lock);
}
