/* SPDX-License-Identifier: MIT */

/* Is the process that has the number the one that the file was written for? */

#include "handle/pidfile.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "handle/backend.h"
#include "handle/number.h"
#include "proc/facts.h"
#include "proc/read.h"

enum {
	/*
	 * Times of files and starts of processes are both rounded down, to 10 ms
	 * at most: a program that writes its own file at once may seem to do so
	 * before it has started.
	 */
	ROUNDING_MS = 20,
	/* the clock is set while the system starts */
	BOOT_ROUNDING_MS = 1000,
};

/* Whoever may write a file can set any time: one too far off is as good as the end of them. */
static int64_t in_ms(const struct timespec *time)
{
	const int64_t end = INT64_MAX / 4;

	if (time->tv_sec >= end / 1000)
		return end;
	if (time->tv_sec <= -end / 1000)
		return -end;
	return (int64_t)time->tv_sec * 1000 + time->tv_nsec / 1000000;
}

/*
 * A write changes both times, and the other one cannot be set: what was set to
 * the future was not written after that.
 */
static int64_t written_ms(const struct ph_pidfile *file)
{
	const int64_t written = in_ms(&file->stat.st_mtim);
	const int64_t changed = in_ms(&file->stat.st_ctim);

	return written < changed ? written : changed;
}

/* The moment so many ticks after the boot, by the clock as it is set now. */
static int64_t tick_ms(uint64_t ticks)
{
	const struct ph_proc_clock clock = ph_proc_clock_now();

	return ph_proc_start_ns(&clock, ticks) / 1000000;
}

static bool is_older_than_boot(const struct ph_pidfile *file)
{
	return written_ms(file) + BOOT_ROUNDING_MS < tick_ms(0);
}

/*
 * The n-th identity in the file, if it is one of this boot and of the number in
 * the file: a program that knows nothing of it may have written a new number
 * below the old identity. One that does not say of which boot it is, is of that
 * of the file: after each boot the inodes are the same. Return: 1, 0 it does not
 * apply, -ENODATA there are no more, or -errno
 */
static int identity_at(const struct ph_pidfile *file, int n, struct ph_identity *ret_identity)
{
	char text[PH_PIDFILE_IDENTITY_SIZE], boot[PH_BOOT_ID_SIZE];
	const char *at = file->identity;
	size_t length;
	int r;

	for (; n > 0 && *at != '\0'; n--) {
		at += strcspn(at, " ");
		at += strspn(at, " ");
	}
	if (*at == '\0')
		return -ENODATA;
	length = strcspn(at, " ");
	memcpy(text, at, length);
	text[length] = '\0';
	if (ph_identity_parse(text, ret_identity) < 0 || ret_identity->pid != file->pid)
		return 0;
	if (ret_identity->boot[0] == '\0')
		return !is_older_than_boot(file);
	r = ph_proc_read_boot_id(boot);
	if (r < 0)
		return r == -ENOTSUP ? 0 : r;
	return strcmp(boot, ret_identity->boot) == 0;
}

/*
 * Calls @try with each identity that applies, until one of them says something.
 * Return: what it said, or -ENODATA if none did
 */
static int try_identities(const struct ph_pidfile *file,
			  int (*try)(const struct ph_identity *identity, void *arg), void *arg)
{
	struct ph_identity identity;

	for (int n = 0;; n++) {
		int r = identity_at(file, n, &identity);

		if (r < 0)
			return r;
		if (r == 0)
			continue;
		r = try(&identity, arg);
		if (r != -ENOTSUP)
			return r;
	}
}

static int find(const struct ph_identity *identity, void *arg)
{
	return ph_identity_find(identity, arg);
}

/* Return: PH_UNVERIFIED, -ESTALE, or -errno */
static int compare_times(const struct ph_pidfile *file, struct ph_process *process)
{
	uint64_t start;
	int r;

	if (is_older_than_boot(file))
		return -ESTALE;
	r = ph_identity_start(process, &start);
	if (r == -ESRCH || ph_is_a_shortage(r))
		return r;
	/* then that cannot be told */
	if (r < 0)
		return PH_UNVERIFIED;
	return tick_ms(start) > written_ms(file) + ROUNDING_MS ? -ESTALE : PH_UNVERIFIED;
}

/*
 * Whoever has the lock is alive; and so has been the process, if it is now.
 * Return: 1, 0 there is no such proof, or a shortage
 */
static int is_proved_by_lock(const struct ph_pidfile *file, struct ph_process *process)
{
	int r = ph_pidfile_is_locked_by(file, file->pid);

	if (r <= 0)
		return r;
	r = ph_prove(process);
	return ph_is_a_shortage(r) ? r : r == 0;
}

static int find_by_number(const struct ph_pidfile *file, struct ph_process **ret_process)
{
	struct ph_process *process = NULL;
	int r;

	r = ph_backend_find(file->pid, &process);
	if (r < 0)
		/* the number is a thread's now */
		return r == -ENOENT ? -ESTALE : r;
	r = is_proved_by_lock(file, process);
	if (r >= 0)
		r = r > 0 ? 0 : compare_times(file, process);
	if (r < 0)
		ph_process_free(process);
	else
		*ret_process = process;
	return r;
}

/* Who else than its owner can make the file say something else? */
static bool is_anybodys(const struct ph_pidfile *file)
{
	struct stat directory;

	if (file->stat.st_mode & (S_IWGRP | S_IWOTH))
		return true;
	if (fstat(file->directory, &directory) < 0)
		return true;
	return directory.st_mode & S_IWOTH && !(directory.st_mode & S_ISVTX);
}

/* Return: 0 the owner of the file may signal the process, -EKEYREJECTED, or -errno */
static int trust_owner(const struct ph_pidfile *file, struct ph_process *process)
{
	PH_CLEANUP(ph_closep) int directory = -1;
	const uid_t owner = file->stat.st_uid;
	struct ph_proc_ids ids = { .uid = 0 };
	int r, proved;

	if (owner == 0 || owner == geteuid())
		return 0;
	directory = ph_proc_open(process->pid);
	r = directory < 0 ? directory : ph_proc_read_ids(directory, &ids);
	/* was what was read its own? */
	proved = ph_prove(process);
	if (proved == -ESRCH || ph_is_a_shortage(proved))
		return proved;
	if (ph_is_a_shortage(r))
		return r;
	if (r < 0 || proved < 0 || ph_guarantee(process) == PH_UNCHECKED)
		return -EKEYREJECTED;
	return ids.real_uid == owner || ids.saved_uid == owner ? 0 : -EKEYREJECTED;
}

int ph_pidfile_find(const struct ph_pidfile *file, struct ph_process **ret_process)
{
	struct ph_process *process = NULL;
	int verdict, r;

	if (file->pid == 0)
		return -EINVAL;
	if (is_anybodys(file))
		return -EKEYREJECTED;
	verdict = try_identities(file, find, &process);
	if (verdict == -ENODATA)
		verdict = find_by_number(file, &process);
	if (verdict < 0)
		return verdict;
	r = trust_owner(file, process);
	if (r < 0) {
		ph_process_free(process);
		return r;
	}
	*ret_process = process;
	return verdict;
}

static int compare(const struct ph_identity *identity, void *arg)
{
	int r = ph_identity_compare(arg, identity);

	/* it has ended, and its start was not read before: that does not tell */
	return r == -ESRCH ? -ENOTSUP : r;
}

int ph_pidfile_names(const struct ph_pidfile *file, struct ph_process *process)
{
	int r;

	if (file->pid != process->pid)
		return -ESTALE;
	r = try_identities(file, compare, process);
	if (r != -ENODATA)
		return r;
	/* a number has one owner at a time: it, or after its end nobody */
	r = ph_prove(process);
	if (r == 0 || ph_is_a_shortage(r))
		return r;
	return r == -ESRCH && ph_backend_exists(file->pid) == 0 ? 0 : -ESTALE;
}
