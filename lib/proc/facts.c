/* SPDX-License-Identifier: MIT */

#include "proc/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "proc/stat.h"
#include "proc/status.h"

enum {
	/* 52 numbers of at most 20 digits, and a name of at most 63 bytes */
	STAT_SIZE = 2048,
	/* the ids stand before the list of groups, which may be long */
	STATUS_SIZE = 1024,
	/* what passes for one moment, and how often it is tried to have one */
	MOMENT_NS = 1000000,
	CLOCK_ROUNDS = 100,
};

#define NS_PER_S INT64_C(1000000000)

static int64_t read_clock(clockid_t id)
{
	struct timespec now = { .tv_sec = 0 };

	(void)clock_gettime(id, &now);
	return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Both at one moment: whoever has been interrupted between them reads them again. */
struct ph_proc_clock ph_proc_clock_now(void)
{
	struct ph_proc_clock clock = {
		.tick_ns = NS_PER_S / sysconf(_SC_CLK_TCK),
		.page = sysconf(_SC_PAGESIZE),
	};
	int round = 0;

	do {
		clock.boot_ns = read_clock(CLOCK_BOOTTIME);
		clock.utc_ns = read_clock(CLOCK_REALTIME);
	} while (read_clock(CLOCK_BOOTTIME) - clock.boot_ns > MOMENT_NS && ++round < CLOCK_ROUNDS);
	return clock;
}

int64_t ph_proc_start_ns(const struct ph_proc_clock *clock, uint64_t ticks)
{
	return clock->utc_ns - clock->boot_ns + (int64_t)(ticks * (uint64_t)clock->tick_ns);
}

void ph_proc_path(const struct ph_proc_place *place, const char *file, char path[PH_PROC_PATH_SIZE])
{
	size_t length = strlen(place->name);

	/* a number and one of our own names: there is room */
	memcpy(path, place->name, length);
	if (length > 0)
		path[length++] = '/';
	memcpy(path + length, file, strlen(file) + 1);
}

/* What vanishes below an open directory has gone with its process. */
static int explain(int error)
{
	return error == ENOENT ? -ESRCH : -error;
}

ssize_t ph_proc_read_some(const struct ph_proc_place *place, const char *file, char *buffer,
			  size_t size)
{
	PH_CLEANUP(ph_closep) int fd = -1;
	char path[PH_PROC_PATH_SIZE];
	ssize_t n;

	ph_proc_path(place, file, path);
	fd = ph_open_to_read(place->directory, path);
	if (fd < 0)
		return explain(-fd);
	do
		n = read(fd, buffer, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? explain(errno) : n;
}

/* As st_rdev has it; the kernel packs the two in its own way. */
static uint64_t unpack_device(uint32_t device)
{
	return makedev(device >> 8 & 0xfff, (device & 0xff) | (device >> 12 & 0xfff00));
}

static void copy_comm(const struct ph_proc_stat *stat, char comm[PH_COMM_SIZE])
{
	size_t size = stat->comm_size < PH_COMM_SIZE ? stat->comm_size : PH_COMM_SIZE - 1;

	memcpy(comm, stat->comm, size);
	comm[size] = '\0';
}

static int64_t microseconds(uint64_t ticks, const struct ph_proc_clock *clock)
{
	return (int64_t)(ticks * (uint64_t)(clock->tick_ns / 1000));
}

static void take_numbers(const struct ph_proc_stat *stat, uint64_t want, struct ph_info *info)
{
	if (want & PH_INFO_PID)
		info->pid = stat->pid;
	if (want & PH_INFO_PARENT)
		info->parent = stat->parent;
	if (want & PH_INFO_GROUP)
		info->group = stat->group > 0 ? stat->group : 0;
	if (want & PH_INFO_SESSION)
		info->session = stat->session > 0 ? stat->session : 0;
	if (want & PH_INFO_TTY)
		info->tty = unpack_device(stat->tty);
}

static void take_from_stat(const struct ph_proc_stat *stat, uint64_t want,
			   const struct ph_proc_clock *clock, struct ph_info *info)
{
	take_numbers(stat, want, info);
	if (want & PH_INFO_START) {
		info->start_ticks = stat->start;
		info->start_ns = ph_proc_start_ns(clock, stat->start);
	}
	if (want & PH_INFO_STATE) {
		info->state = (unsigned char)stat->state;
		info->flags = ph_proc_stat_is_kernel(stat) ? PH_IS_KERNEL : 0;
	}
	if (want & PH_INFO_THREADS)
		info->threads = stat->threads > 0 ? (uint64_t)stat->threads : 0;
	if (want & PH_INFO_MEMORY) {
		info->vsize = stat->vsize;
		info->rss = stat->rss > 0 ? (uint64_t)(stat->rss * clock->page) : 0;
	}
	if (want & PH_INFO_TIME) {
		info->user_us = microseconds(stat->user, clock);
		info->sys_us = microseconds(stat->sys, clock);
	}
	if (want & PH_INFO_COMM)
		copy_comm(stat, info->comm);
	info->got |= want & PH_PROC_IN_STAT;
}

/* Return: bytes before the NUL, or -errno */
static ssize_t read_text(const struct ph_proc_place *place, const char *file, char *buffer,
			 size_t size)
{
	ssize_t n = ph_proc_read_some(place, file, buffer, size - 1);

	if (n >= 0)
		buffer[n] = '\0';
	return n;
}

static int read_stat(const struct ph_proc_place *place, uint64_t want, char text[STAT_SIZE],
		     struct ph_proc_stat *ret_stat)
{
	ssize_t n = read_text(place, "stat", text, STAT_SIZE);

	return n < 0 ? (int)n : ph_proc_stat_parse(text, want & PH_PROC_IN_STAT, ret_stat);
}

static int read_ids(const struct ph_proc_place *place, struct ph_proc_ids *ret_ids)
{
	char text[STATUS_SIZE];
	ssize_t n = read_text(place, "status", text, sizeof(text));

	return n < 0 ? (int)n : ph_proc_status_parse(text, ret_ids);
}

/*
 * The owner of the directory is the effective user, of any process: only what is
 * in it belongs to root if the process may not be traced. This is a third of the
 * price of the status.
 */
static int ask_owner(const struct ph_proc_place *place, struct ph_proc_ids *ret_ids)
{
	const char *path = place->name[0] == '\0' ? "." : place->name;
	struct stat st;

	if (fstatat(place->directory, path, &st, 0) < 0)
		return explain(errno);
	*ret_ids = (struct ph_proc_ids){ .uid = st.st_uid, .gid = st.st_gid };
	return 0;
}

static void take_ids(const struct ph_proc_ids *ids, uint64_t want, struct ph_info *info)
{
	if (want & PH_INFO_USER) {
		info->uid = ids->uid;
		info->gid = ids->gid;
	}
	if (want & PH_INFO_REAL_USER) {
		info->real_uid = ids->real_uid;
		info->real_gid = ids->real_gid;
	}
	info->got |= want & (PH_INFO_USER | PH_INFO_REAL_USER);
}

int ph_proc_facts(const struct ph_proc_place *place, uint64_t want,
		  const struct ph_proc_clock *clock, struct ph_info *info)
{
	struct ph_proc_ids ids = { .uid = 0 };
	struct ph_proc_stat stat;
	char text[STAT_SIZE];
	int r = 0;

	if (want & PH_INFO_REAL_USER)
		r = read_ids(place, &ids);
	else if (want & PH_INFO_USER)
		r = ask_owner(place, &ids);
	if (r < 0)
		return r;
	/*
	 * Last: the owner of one that goes just then would be root. Who has a
	 * stat afterwards was there.
	 */
	if (want & (PH_PROC_IN_STAT | PH_INFO_USER)) {
		r = read_stat(place, want, text, &stat);
		if (r < 0)
			return r;
		take_from_stat(&stat, want, clock, info);
	}
	take_ids(&ids, want, info);
	return 0;
}
