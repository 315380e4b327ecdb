/* SPDX-License-Identifier: MIT */

/*
 * Each measurement is a process of its own, which starts its children, watches
 * them, and tells the time that its thread takes until all ends are seen, for
 * each. Somebody else kills them.
 */

#include "many.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <prochandle.h>

#include "report.h"
#include "watchers.h"

enum {
	/* descriptors for other things, and of each start */
	SPARE = 100,
	SPARSE = 300,
	SPREAD_US = 150,
	SPARSE_US = 3000,
	/* of those that are too many for more */
	LARGE = 5000,
	LARGE_ROUNDS = 3,
	MOST_ROUNDS = 31,
	/* the first and the last so many of those that are started */
	STARTS = 100,
	KILOBYTES_EACH = 160,
};

enum pattern {
	BURST,
	SPREAD,
	FEW,
	PATTERNS,
};

static const char *const pattern_names[PATTERNS] = { "burst", "spread", "sparse" };

static double now_ns(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void pause_for_good(pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent)
		(void)pause();
	_exit(1);
}

static bool start_all(pid_t *pids, int count)
{
	pid_t self = getpid();

	for (int i = 0; i < count; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			pause_for_good(self);
		if (pids[i] < 0)
			return false;
	}
	return true;
}

/* The same order in each run, and none in particular. */
static void shuffle(pid_t *pids, int count)
{
	unsigned state = 1;

	for (int i = count - 1; i > 0; i--) {
		pid_t other = pids[i];
		int j;

		state = state * 1103515245 + 12345;
		j = (int)((state >> 8) % (unsigned)(i + 1));
		pids[i] = pids[j];
		pids[j] = other;
	}
}

/* None of them is reaped before it is killed: the numbers are theirs. */
static _Noreturn void kill_all(const pid_t *pids, int count, enum pattern pattern, int go)
{
	struct timespec pause = { .tv_nsec = (pattern == FEW ? SPARSE_US : SPREAD_US) * 1000L };
	char byte;

	if (read(go, &byte, 1) != 1)
		_exit(1);
	for (int i = 0; i < count; i++) {
		(void)kill(pids[i], SIGKILL);
		if (pattern != BURST)
			(void)nanosleep(&pause, NULL);
	}
	_exit(0);
}

/* Return: nanoseconds for one end, or -1 */
static double measure_here(enum watcher watcher, enum pattern pattern, int count)
{
	const struct watcher_row *row = &watchers[watcher];
	int killed = pattern == FEW ? SPARSE : count;
	pid_t *pids = calloc((size_t)count, sizeof(*pids));
	double start, ns;
	int go[2];
	pid_t killer;

	if (!pids || pipe2(go, O_CLOEXEC) < 0 || !(row->start ? row->start : start_all)(pids, count))
		return -1;
	shuffle(pids, count);
	killer = fork();
	if (killer == 0)
		kill_all(pids, killed, pattern, go[0]);
	if (killer < 0 || !row->watch(pids, count) || write(go[1], "", 1) != 1)
		return -1;
	for (int i = 0; pattern == BURST && i < killed; i++) {
		siginfo_t info;

		(void)waitid(P_PID, (id_t)pids[i], &info, WEXITED | WNOWAIT);
	}
	start = now_ns(CLOCK_THREAD_CPUTIME_ID);
	if (!row->collect(killed))
		return -1;
	ns = (now_ns(CLOCK_THREAD_CPUTIME_ID) - start) / killed;
	(void)waitpid(killer, NULL, 0);
	for (int i = killed; i < count; i++)
		(void)kill(pids[i], SIGKILL);
	return ns;
}

static double start_by_library(struct ph_set *set)
{
	static char *const program[] = { (char *)PAUSED_PATH, NULL };
	double start = now_ns(CLOCK_MONOTONIC);
	struct ph_process *process;

	if (ph_spawn(program, NULL, &process) < 0 || ph_set_add(set, process, NULL) < 0)
		return -1;
	return now_ns(CLOCK_MONOTONIC) - start;
}

static double start_by_posix_spawn(int epoll)
{
	static char *const program[] = { (char *)PAUSED_PATH, NULL };
	struct epoll_event event = { .events = EPOLLIN };
	double start = now_ns(CLOCK_MONOTONIC);
	pid_t pid;
	int fd;

	if (posix_spawn(&pid, program[0], NULL, NULL, program, environ) != 0)
		return -1;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		return -1;
	return now_ns(CLOCK_MONOTONIC) - start;
}

/* of posix_spawn, and of the library */
struct starts {
	double first[2];
	double last[2];
};

static void end_all_children(void)
{
	/* those that do not know that they are to end with their parent */
	(void)signal(SIGTERM, SIG_IGN);
	if (getpgrp() == getpid())
		(void)kill(0, SIGTERM);
}

/*
 * The medians of the first and of the last that are started: by both in turn, so
 * that they have the same number of descriptors and the same neighbours.
 */
static bool measure_starts_here(int count, struct starts *starts)
{
	const int each = count / 2;
	double *ns = calloc((size_t)each * 2, sizeof(*ns));
	struct ph_set *set = NULL;
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	bool is_right = ns && epoll >= 0 && ph_set_new(&set) == 0;

	for (int i = 0; is_right && i < each; i++) {
		ns[i] = start_by_posix_spawn(epoll);
		ns[each + i] = start_by_library(set);
		is_right = ns[i] >= 0 && ns[each + i] >= 0;
	}
	for (int who = 0; is_right && who < 2; who++) {
		const double *first = &ns[who * each], *last = &first[each - STARTS];

		starts->first[who] = report_compare(first, STARTS, last, STARTS, STARTS).median_ns;
		starts->last[who] = report_compare(last, STARTS, first, STARTS, STARTS).median_ns;
	}
	end_all_children();
	return is_right;
}

struct job {
	enum watcher watcher;
	enum pattern pattern;
	int count;
	bool is_starts;
};

static bool work(const struct job *job, struct starts *ret)
{
	if (job->is_starts)
		return measure_starts_here(job->count, ret);
	ret->first[0] = measure_here(job->watcher, job->pattern, job->count);
	return ret->first[0] >= 0;
}

/* In a process of its own, in a group of its own. */
static bool in_a_worker(const struct job *job, struct starts *ret)
{
	int answer[2];
	bool is_right;
	pid_t pid;

	if (pipe2(answer, O_CLOEXEC) < 0)
		return false;
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		(void)setpgid(0, 0);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		is_right = work(job, ret) &&
			   write(answer[1], ret, sizeof(*ret)) == (ssize_t)sizeof(*ret);
		_exit(is_right ? 0 : 1);
	}
	(void)close(answer[1]);
	is_right = pid > 0 && read(answer[0], ret, sizeof(*ret)) == (ssize_t)sizeof(*ret);
	(void)close(answer[0]);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	return is_right;
}

static long megabytes_free(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	long kilobytes = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %ld", &kilobytes) == 1)
			break;
	if (file)
		(void)fclose(file);
	return kilobytes / 1024;
}

/* As many as this machine allows. */
static int affordable(long most)
{
	struct rlimit limit;

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < (rlim_t)(most + SPARE))
		most = (long)limit.rlim_cur - SPARE;
	(void)getrlimit(RLIMIT_NPROC, &limit);
	if (limit.rlim_cur < (rlim_t)(most + SPARE))
		most = (long)limit.rlim_cur - SPARE;
	/* half of what is free is for others */
	if (megabytes_free() * 1024 / 2 / KILOBYTES_EACH < most)
		most = megabytes_free() * 1024 / 2 / KILOBYTES_EACH;
	return (int)most;
}

/* each watcher in turn, and another one begins each round */
struct table {
	double *ns[WATCHERS];
	bool is_missing[WATCHERS];
	int rounds;
};

static void measure_round(struct table *table, enum pattern pattern, int count, int round)
{
	for (int i = 0; i < WATCHERS; i++) {
		enum watcher watcher = (enum watcher)((i + round) % WATCHERS);
		struct job job = { .watcher = watcher, .pattern = pattern, .count = count };
		struct starts result;

		if (table->is_missing[watcher])
			continue;
		if (in_a_worker(&job, &result))
			table->ns[watcher][round] = result.first[0];
		else
			table->is_missing[watcher] = true;
	}
}

/* Return: the median of the library, or 0 */
static double report_pattern(struct table *table, enum pattern pattern, int count)
{
	double library = 0;

	for (enum watcher watcher = WATCH_FLOOR; watcher < WATCHERS; watcher++) {
		struct pairs pairs;

		if (!watchers[watcher].watch || table->is_missing[watcher])
			continue;
		pairs = report_compare(table->ns[watcher], table->rounds, table->ns[WATCH_FLOOR],
				       table->rounds, table->rounds);
		if (watcher == WATCH_LIBRARY)
			library = pairs.median_ns;
		report_many(pattern_names[pattern], count, watchers[watcher].name, &pairs,
			    watcher != WATCH_LIBRARY || pattern == BURST ? 0
			    : pattern == SPREAD				 ? 1.12
									 : 1.15);
	}
	return library;
}

static double measure_pattern(enum pattern pattern, int count, int rounds)
{
	struct table table = { .rounds = count > LARGE && rounds > LARGE_ROUNDS ? LARGE_ROUNDS
										: rounds };
	double library;

	if (table.rounds > MOST_ROUNDS)
		table.rounds = MOST_ROUNDS;
	for (int i = 0; i < WATCHERS; i++) {
		table.ns[i] = calloc((size_t)table.rounds, sizeof(double));
		table.is_missing[i] = !watchers[i].watch;
		if (!table.ns[i])
			abort();
	}
	for (int round = 0; round < table.rounds; round++)
		measure_round(&table, pattern, count, round);
	library = table.is_missing[WATCH_FLOOR] ? 0 : report_pattern(&table, pattern, count);
	for (int i = 0; i < WATCHERS; i++)
		free(table.ns[i]);
	return library;
}

static bool measure_starts(int count)
{
	struct job job = { .is_starts = true, .count = count };
	struct starts starts = { .first = { 0 } };

	if (!in_a_worker(&job, &starts))
		return false;
	report_ratio("", "start and watch, last, us", starts.last[1] / 1e3, 0);
	report_ratio("", "posix_spawn, pidfd, last, us", starts.last[0] / 1e3, 0);
	report_ratio("P11", "start and watch, last / first", starts.last[1] / starts.first[1], 1.25);
	report_ratio("", "posix_spawn, pidfd, last / first", starts.last[0] / starts.first[0], 0);
	report_ratio("P11", "library / posix_spawn, last", starts.last[1] / starts.last[0], 0.2);
	return true;
}

bool many_measure(int rounds, int most)
{
	int many = affordable(most);
	const int counts[] = { 1000, 10000, many };
	double spread[3] = { 0 };

	report_many_title();
	for (int i = 0; i < 3; i++) {
		if (counts[i] > many || (i == 2 && many <= counts[1]))
			continue;
		for (enum pattern pattern = BURST; pattern < PATTERNS; pattern++) {
			double library = measure_pattern(pattern, counts[i], rounds);

			if (library <= 0)
				return false;
			if (pattern == SPREAD)
				spread[i] = library;
		}
	}
	if (spread[1] > 0)
		report_ratio("P9", "spread, cost at the most / at 1000",
			     (spread[2] > 0 ? spread[2] : spread[1]) / spread[0], 1.4);
	return measure_starts(many);
}
