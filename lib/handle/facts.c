/* SPDX-License-Identifier: MIT */

#include "handle/facts.h"

#include <errno.h>

#include "base/errors.h"
#include "handle/backend.h"
#include "handle/mounts.h"
#include "handle/number.h"
#include "handle/place.h"
#include "handle/record.h"

struct request {
	uint64_t want;
	struct ph_proc_clock clock;
	struct ph_info *info;
};

static ssize_t read_facts(const struct ph_proc_place *place, void *arg)
{
	struct request *request = arg;

	return ph_proc_facts(place, request->want, &request->clock, request->info);
}

/* Return: 0 and the process was there, or as ph_place_read() */
static int read_rest(struct ph_process *process, uint64_t rest, struct ph_info *info)
{
	/* the start comes along, and is kept for when the process is gone */
	struct request request = {
		.want = rest | PH_INFO_START,
		.clock = ph_proc_clock_now(),
		.info = info,
	};
	ssize_t r;

	r = ph_place_read(process, read_facts, &request);
	if (r < 0)
		return (int)r;
	atomic_store(&process->start, info->start_ticks + 1);
	if (!(rest & PH_INFO_START)) {
		info->start_ticks = 0;
		info->start_ns = 0;
		info->got &= ~PH_INFO_START;
	}
	return 0;
}

/*
 * What there is without reading anything: there is no /proc, or there is no need.
 * Whether the process is there the handle knows.
 */
static int ask_handle(struct ph_process *process, uint64_t want, struct ph_info *info)
{
	int r = ph_prove(process);

	/* it is there, and its number cannot be told */
	if (r == -ENOTSUP)
		return 0;
	/* a bare number proves nothing, but that somebody has it */
	if (r == 0 && process->guarantee == PH_UNCHECKED && ph_backend_exists(process->pid) == 0)
		return -ESRCH;
	if (r == 0 && want & PH_INFO_PID) {
		info->pid = process->pid;
		info->got |= PH_INFO_PID;
	}
	return r;
}

void ph_facts_add(const struct ph_told *told, uint64_t want, struct ph_info *info)
{
	const uint64_t got = want & told->got;

	if (got & PH_INFO_PID)
		info->pid = told->pid;
	if (got & PH_INFO_PARENT)
		info->parent = told->parent;
	if (got & PH_INFO_USER) {
		info->uid = told->uid;
		info->gid = told->gid;
	}
	if (got & PH_INFO_REAL_USER) {
		info->real_uid = told->real_uid;
		info->real_gid = told->real_gid;
	}
	if (got & PH_INFO_CGROUP)
		info->cgroup = told->cgroup;
	info->got |= got;
}

/* What is told of a process that is there. Return: as ph_info() */
static int tell(struct ph_process *process, uint64_t want, struct ph_info *info)
{
	struct ph_told told;
	uint64_t rest;
	int r = -ENOTSUP;

	if (want & PH_BACKEND_TELLS)
		r = process->backend->ask(process, &told);
	if (r == 0)
		ph_facts_add(&told, want, info);
	rest = want & ~info->got & PH_PROC_HAS;
	if (r == 0 && rest == 0)
		return 0;
	r = rest != 0 ? read_rest(process, rest, info) : -ENOTSUP;
	if (r == 0 || r == -ESRCH || r == -EREMOTE || r == -EPERM || ph_is_a_shortage(r))
		return r;
	return ask_handle(process, want & ~info->got, info);
}

struct cgroup_request {
	struct ph_mounts mounts;
	uint64_t inode;
};

static ssize_t read_cgroup(const struct ph_proc_place *place, void *arg)
{
	struct cgroup_request *request = arg;

	return ph_mounts_tell(&request->mounts, place, &request->inode);
}

static void end_request(const struct cgroup_request *request)
{
	ph_mounts_end(&request->mounts);
}

/* What the kernel has not told of one that is there. Return: 0, -ESRCH, or a shortage */
static int tell_cgroup(struct ph_process *process, struct ph_info *info)
{
	PH_CLEANUP(end_request) struct cgroup_request request;
	int r = ph_mounts_read(&request.mounts);

	if (r == 0)
		r = (int)ph_place_read(process, read_cgroup, &request);
	if (r == 0) {
		info->cgroup = request.inode;
		info->got |= PH_INFO_CGROUP;
	}
	return r == -ESRCH || ph_is_a_shortage(r) ? r : 0;
}

/*
 * It has been reaped, so there is nothing to wait for and nobody to be reaped by
 * this. Return: 0, or -ESRCH how it ended is not known
 */
static int tell_end(struct ph_process *process, uint64_t want, struct ph_info *info)
{
	uint64_t start = atomic_load(&process->start);
	struct ph_proc_clock clock;
	struct ph_exit end;

	if (!(want & PH_INFO_EXIT) ||
	    process->backend->wait(process, ph_deadline_after(0), &end) < 0 ||
	    end.how == PH_UNKNOWN)
		return -ESRCH;
	*info = (struct ph_info){ .got = PH_INFO_EXIT, .exit = end };
	if (want & PH_INFO_PID) {
		info->pid = process->pid;
		info->got |= PH_INFO_PID;
	}
	if (want & PH_INFO_START && start > 0) {
		clock = ph_proc_clock_now();
		info->start_ticks = start - 1;
		info->start_ns = ph_proc_start_ns(&clock, start - 1);
		info->got |= PH_INFO_START;
	}
	return 0;
}

int ph_facts_of(struct ph_process *process, uint64_t want, struct ph_info *info)
{
	const uint64_t kept = PH_INFO_INODE | PH_INFO_EXIT;
	int r;

	*info = (struct ph_info){ .got = 0 };
	r = tell(process, want & ~kept, info);
	if (r == 0 && want & ~info->got & PH_INFO_CGROUP)
		r = tell_cgroup(process, info);
	if (r == -ESRCH)
		r = tell_end(process, want, info);
	/* these two do not depend on where the caller is */
	if (r == -EREMOTE && !(want & ~kept))
		r = 0;
	if (r < 0)
		return r;
	if (want & PH_INFO_EXIT && ph_record_read(process, &info->exit) &&
	    info->exit.how != PH_UNKNOWN)
		info->got |= PH_INFO_EXIT;
	else if (!(info->got & PH_INFO_EXIT))
		info->exit = (struct ph_exit){ .how = PH_UNKNOWN };
	if (want & PH_INFO_INODE && process->backend->inode(process, &info->inode) == 0)
		info->got |= PH_INFO_INODE;
	return 0;
}
