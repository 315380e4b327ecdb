/* SPDX-License-Identifier: MIT */

#include "places.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	MEGABYTE = 1024 * 1024,
	/* as many as the budget was set for */
	MANY_FDS = 19000,
	STREAMS = 3,
	THREADS = 2,
};

const struct place_row places[PLACES] = {
	[PLACE_SMALL] = { .name = "small", .threads = 1 },
	[PLACE_1_GB] = { .name = "1 GB", .megabytes = 1024, .threads = 1 },
	[PLACE_8_GB] = { .name = "8 GB", .megabytes = 8192, .threads = 1 },
	[PLACE_1000_FDS] = { .name = "1000 fds", .descriptors = 1000, .threads = 1 },
	[PLACE_MANY_FDS] = { .name = "19000 fds", .descriptors = MANY_FDS, .threads = 1 },
	[PLACE_MANY_REDIRECTED] = { .name = "19000, redirected",
				    .descriptors = MANY_FDS,
				    .is_redirected = true,
				    .threads = 1 },
	[PLACE_TWO_THREADS] = { .name = "two threads", .threads = THREADS },
};

/* what the benchmark asks, and one thread does */
struct order {
	enum starter starter;
	int times;
	const int *streams;
	bool is_right;
};

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

/* Pages of the smallest size, as an old heap has them. */
static bool fill_memory(long megabytes)
{
	size_t size = (size_t)megabytes * MEGABYTE;
	void *memory;

	if (megabytes == 0)
		return true;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return false;
	(void)madvise(memory, size, MADV_NOHUGEPAGE);
	memset(memory, 1, size);
	return true;
}

static bool fill_table(int descriptors)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	while (fd >= 0 && fd < descriptors - 1)
		fd = fcntl(fd, F_DUPFD_CLOEXEC, fd + 1);
	return fd >= 0;
}

static bool open_streams(int streams[STREAMS])
{
	for (int i = 0; i < STREAMS; i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC) < 0)
			return false;
		streams[i] = ends[i == 0 ? 0 : 1];
	}
	return true;
}

static void *obey(void *arg)
{
	struct order *order = arg;
	int done = 0;

	while (done < order->times && starters[order->starter].once(order->streams))
		done++;
	order->is_right = done == order->times;
	return NULL;
}

static double now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double time_order(const struct order *order, int threads)
{
	struct order orders[THREADS] = { *order, *order };
	pthread_t others[THREADS];
	double start = now_ns();
	bool is_right;

	for (int i = 1; i < threads; i++)
		if (pthread_create(&others[i], NULL, obey, &orders[i]) != 0)
			return -1;
	(void)obey(&orders[0]);
	is_right = orders[0].is_right;
	for (int i = 1; i < threads; i++) {
		(void)pthread_join(others[i], NULL);
		is_right = is_right && orders[i].is_right;
	}
	return is_right ? (now_ns() - start) / order->times / threads : -1;
}

static _Noreturn void work(const struct place_row *place, int line)
{
	int streams[STREAMS];
	struct order order = { .streams = place->is_redirected ? streams : NULL };
	bool is_ready;
	double ns;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	is_ready = fill_memory(place->megabytes) && fill_table(place->descriptors) &&
		   (!place->is_redirected || open_streams(streams));
	ns = is_ready ? 0 : -1;
	while (write(line, &ns, sizeof(ns)) == sizeof(ns) &&
	       read(line, &order, sizeof(order)) == sizeof(order)) {
		order.streams = place->is_redirected ? streams : NULL;
		ns = time_order(&order, place->threads);
	}
	_exit(0);
}

/* Return: what is lacking, or NULL */
static const char *find_lack(const struct place_row *place)
{
	struct rlimit limit;

	/* and the tables of pages, twice, and something for the others */
	if (place->megabytes > 0 && megabytes_free() < place->megabytes * 5 / 4 + 512)
		return "not enough memory";
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    (place->descriptors > 0 && limit.rlim_max < (rlim_t)place->descriptors + 100))
		return "not enough descriptors";
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return "not enough descriptors";
	return NULL;
}

bool worker_start(enum place place, struct worker *ret_worker)
{
	int ends[2];
	double ns;
	pid_t pid;

	*ret_worker = (struct worker){ .line = -1, .missing = find_lack(&places[place]) };
	if (ret_worker->missing)
		return true;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	pid = fork();
	if (pid == 0) {
		(void)close(ends[0]);
		work(&places[place], ends[1]);
	}
	(void)close(ends[1]);
	ret_worker->line = ends[0];
	ret_worker->pid = pid;
	return pid > 0 && read(ends[0], &ns, sizeof(ns)) == sizeof(ns) && ns == 0;
}

double worker_time(const struct worker *worker, enum starter starter, int times)
{
	struct order order = { .starter = starter, .times = times };
	double ns;

	if (write(worker->line, &order, sizeof(order)) != sizeof(order) ||
	    read(worker->line, &ns, sizeof(ns)) != sizeof(ns))
		return -1;
	return ns;
}

void worker_stop(struct worker *worker)
{
	if (worker->line < 0)
		return;
	(void)close(worker->line);
	while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR)
		;
	worker->line = -1;
}
