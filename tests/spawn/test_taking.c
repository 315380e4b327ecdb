/* SPDX-License-Identifier: MIT */

/*
 * ph_spawn: descriptors of the caller that have high numbers. A child takes them
 * from him, or has a copy of his table: it gets the same in either way.
 */

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "filter.h"
#include "namespace.h"
#include "pidfd.h"
#include "spawn.h"

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

enum {
	TEXT = 4096,
	STREAMS = 3,
	COMBINATIONS = 8,
	/* numbers that nothing else in these tests has */
	HIGH = 600,
	HIGHEST = 900,
};

#define FALLBACKS "/prochandle/fallbacks/pidfdgetfd:events"
#define EVENTS "/prochandle/non-default-behavior/pidfdgetfd:events"

static char text[TEXT];

/* A child in our memory is asked for: with a copy of the table there is nothing to take. */
static bool could_take(void)
{
	return has(PH_FEATURE_PIDFD | PH_FEATURE_VFORK | PH_FEATURE_CLOSE);
}

static bool takes(void)
{
	return could_take() && has(PH_FEATURE_GETFD);
}

struct counts {
	uint64_t fallbacks;
	uint64_t events;
};

static struct counts counts(void)
{
	return (struct counts){ metric(FALLBACKS), metric(EVENTS) };
}

/* So many children were to take, and did so unless this configuration forbids it. */
static void expect_taken(struct counts before, unsigned children)
{
	bool is_off = expected_state(PH_FEATURE_GETFD) == PH_FEATURE_OFF;
	struct counts now = counts();

	if (!could_take() || takes())
		children = 0;
	ck_assert_uint_eq(now.fallbacks - before.fallbacks, is_off ? 0 : children);
	ck_assert_uint_eq(now.events - before.events, is_off ? children : 0);
}

/* So many children found out that they may not. */
static void expect_refused(struct counts before, unsigned children)
{
	if (takes())
		ck_assert_uint_eq(counts().fallbacks - before.fallbacks, children);
}

static void raise_limit(void)
{
	struct rlimit limit;

	must(getrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_max < HIGHEST + 100)
		skip("descriptors have no high numbers here");
	if (limit.rlim_cur < HIGHEST + 100)
		limit.rlim_cur = HIGHEST + 100;
	must(setrlimit(RLIMIT_NOFILE, &limit));
}

static struct rlimit set_limit(rlim_t soft)
{
	struct rlimit before, tight;

	must(getrlimit(RLIMIT_NOFILE, &before));
	tight = before;
	tight.rlim_cur = soft;
	must(setrlimit(RLIMIT_NOFILE, &tight));
	return before;
}

/* The same, high up; the lower one is closed. */
static int lift(int fd)
{
	int high;

	raise_limit();
	high = must(fcntl(fd, F_DUPFD_CLOEXEC, HIGH));
	must(close(fd));
	return high;
}

static int opened(const char *path)
{
	return lift(must(open(path, O_PATH | O_CLOEXEC)));
}

struct ends {
	int ours;
	int theirs;
};

/* What the child writes; or what it reads. */
static struct ends high_pipe(bool is_for_in)
{
	int ends[2];

	must(pipe2(ends, O_CLOEXEC));
	return (struct ends){ ends[is_for_in], lift(ends[!is_for_in]) };
}

static unsigned long inode_of(int fd)
{
	struct stat st;

	must(fstat(fd, &st));
	return (unsigned long)st.st_ino;
}

static int free_number(void)
{
	int fd = must(open("/dev/null", O_RDONLY | O_CLOEXEC));

	must(close(fd));
	return fd;
}

/* What the child has open, from 0 on: nothing more, and nothing less. */
static void expect_listing(const char *listing, const unsigned long *inodes, int count)
{
	char line[TEXT];
	int length = 0;

	for (int fd = 0; fd < count; fd++)
		length += snprintf(line + length, sizeof(line) - (size_t)length, "%s%d:%lu",
				   fd == 0 ? "" : " ", fd, inodes[fd]);
	ck_assert_msg(strncmp(listing, line, (size_t)length) == 0 &&
			      strspn(listing + length, " \n") == strlen(listing + length),
		      "%s instead of %s", listing, line);
}

/* Spawns "fds" whose out is this pipe, and closes it. Return: what it says */
static const char *listing(struct ph_spawn_options *options, struct ends *out)
{
	struct ph_process *process;

	options->out = PH_FD(out->theirs);
	process = spawned(SPAWNED("fds"), options);
	must(close(out->theirs));
	(void)read_all(out->ours, text, TEXT);
	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
	return text;
}

static int *open_of_ours(int *ret_count)
{
	static int open[HIGHEST + 100];

	*ret_count = 0;
	for (int fd = 0; fd < HIGHEST + 100; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			open[(*ret_count)++] = fd;
	return open;
}

TEST(streams_with_high_numbers_arrive_and_nothing_else)
{
	struct ends out = high_pipe(false);
	int in = opened("/usr"), err = opened("/dev");
	unsigned long inodes[STREAMS] = { inode_of(in), inode_of(out.theirs), inode_of(err) };
	struct ph_spawn_options options = { .in = PH_FD(in), .err = PH_FD(err) };
	int before[HIGHEST + 100], count, now;
	struct counts counted;

	(void)ph_features();
	counted = counts();
	memcpy(before, open_of_ours(&count), sizeof(before));
	expect_listing(listing(&options, &out), inodes, STREAMS);
	expect_taken(counted, 1);
	/* and the caller has what he had, but for the two that are closed */
	(void)open_of_ours(&now);
	ck_assert_int_eq(now, count - 2);
	ck_assert_int_eq(fcntl(in, F_GETFD), FD_CLOEXEC);
	must(close(in));
	must(close(err));
}

TEST(a_file_is_shared_with_the_child_not_opened_again)
{
	char path[] = "/tmp/ph-taking.XXXXXX";
	int file = must(mkostemp(path, O_CLOEXEC)), high;
	struct ph_spawn_options options = { 0 };
	struct ph_process *process;

	must(unlink(path));
	must(dprintf(file, "before "));
	high = lift(file);
	options.out = PH_FD(high);
	process = spawned(SPAWNED("cwd"), &options);
	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
	/* the offset went on where it was, and is now where the child left it */
	ck_assert_int_gt(lseek(high, 0, SEEK_CUR), 8);
	ck_assert_int_eq(pread(high, text, 8, 0), 8);
	ck_assert_int_eq(memcmp(text, "before /", 8), 0);
	must(close(high));
}

TEST(one_that_goes_to_many_places_is_taken_once)
{
	struct ends out = high_pipe(false);
	int file = opened("/usr");
	unsigned long usr = inode_of(file), pipe = inode_of(out.theirs);
	unsigned long inodes[] = { usr, pipe, pipe, usr, usr, pipe };
	struct ph_fd_map map[] = { { .child = 5, .from = out.theirs },
				   { .child = 3, .from = file },
				   { .child = 4, .from = file } };
	struct ph_spawn_options options = { .in = PH_FD(file),
					    .err = PH_TO_OUT,
					    .fds = map,
					    .fds_count = 3 };

	expect_listing(listing(&options, &out), inodes, 6);
	must(close(file));
}

TEST(they_arrive_whichever_streams_of_the_callers_are_closed)
{
	int low = must(open("/proc", O_PATH | O_CLOEXEC)), usr = opened("/usr"),
	    dev = opened("/dev");

	(void)ph_features();
	for (unsigned which = 0; which < COMBINATIONS; which++) {
		struct ends out = high_pipe(false);
		unsigned long inodes[] = { inode_of(usr), inode_of(out.theirs), inode_of(dev),
					   inode_of(low), inode_of(dev),	inode_of(usr) };
		struct ph_fd_map map[] = { { .child = 3, .from = low },
					   { .child = 4, .from = dev },
					   { .child = 5, .from = usr } };
		struct ph_spawn_options options = { .in = PH_FD(usr),
						    .err = PH_FD(dev),
						    .fds = map,
						    .fds_count = 3 };
		struct counts counted = counts();
		struct ph_process *process = NULL;
		int saved[STREAMS], r;

		/* what is looked at is looked at once the streams are there again */
		options.out = PH_FD(out.theirs);
		for (int i = 0; i < STREAMS; i++) {
			saved[i] = must(fcntl(i, F_DUPFD_CLOEXEC, 100));
			if (which >> i & 1)
				must(close(i));
		}
		r = ph_spawn(SPAWNED("fds"), &options, &process);
		(void)close(out.theirs);
		(void)read_all(out.ours, text, TEXT);
		(void)ph_wait(process, -1, NULL);
		process = ph_unref(process);
		for (int i = 0; i < STREAMS; i++) {
			must(dup2(saved[i], i));
			must(close(saved[i]));
		}
		ck_assert_int_eq(r, 0);
		expect_listing(text, inodes, 6);
		expect_taken(counted, 1);
	}
	must(close(low));
	must(close(usr));
	must(close(dev));
}

TEST(low_ones_are_swapped_while_a_high_one_is_taken)
{
	struct ends out = high_pipe(false);
	int usr = must(open("/usr", O_PATH | O_CLOEXEC)),
	    dev = must(open("/dev", O_PATH | O_CLOEXEC));
	unsigned long inodes[] = { inode_of(STDERR_FILENO), inode_of(out.theirs),
				   inode_of(STDIN_FILENO) };
	struct ph_fd_map map[] = { { .child = usr, .from = dev }, { .child = dev, .from = usr } };
	struct ph_spawn_options options = { .in = PH_FD(STDERR_FILENO),
					    .err = PH_FD(STDIN_FILENO),
					    .fds = map,
					    .fds_count = 2 };
	char entry[64];

	(void)listing(&options, &out);
	(void)snprintf(entry, sizeof(entry), "0:%lu 1:%lu 2:%lu", inodes[0], inodes[1], inodes[2]);
	ck_assert_msg(strncmp(text, entry, strlen(entry)) == 0, "%s instead of %s", text, entry);
	(void)snprintf(entry, sizeof(entry), " %d:%lu", usr, inode_of(dev));
	ck_assert_ptr_nonnull(strstr(text, entry));
	(void)snprintf(entry, sizeof(entry), " %d:%lu", dev, inode_of(usr));
	ck_assert_ptr_nonnull(strstr(text, entry));
	must(close(usr));
	must(close(dev));
}

TEST(more_than_are_taken_arrive_as_well)
{
	enum { MANY = 40 };
	struct ends out = high_pipe(false);
	unsigned long inodes[STREAMS + MANY];
	struct ph_fd_map map[MANY];
	struct ph_spawn_options options = { .fds = map };
	int null = must(open("/dev/null", O_RDWR | O_CLOEXEC));

	options.in = PH_FD(null);
	options.err = PH_FD(null);
	inodes[0] = inodes[2] = inode_of(null);
	inodes[1] = inode_of(out.theirs);
	for (int i = 0; i < MANY; i++) {
		map[i] = (struct ph_fd_map){ .child = STREAMS + i,
					     .from = opened(i % 2 ? "/usr" : "/dev") };
		inodes[STREAMS + i] = inode_of(map[i].from);
	}
	for (unsigned count = MANY; count > 0; count /= 2) {
		struct ends again = high_pipe(false);

		inodes[1] = inode_of(again.theirs);
		options.fds_count = count;
		expect_listing(listing(&options, &again), inodes, STREAMS + (int)count);
	}
	for (int i = 0; i < MANY; i++)
		must(close(map[i].from));
	must(close(out.ours));
	must(close(out.theirs));
	must(close(null));
}

TEST(one_that_stays_where_it_is_arrives_there)
{
	struct ends out = high_pipe(false);
	int usr = opened("/usr");
	struct ph_fd_map map = { .child = usr, .from = usr };
	struct ph_spawn_options options = { .in = PH_FD(usr), .fds = &map, .fds_count = 1 };
	char entry[64];
	struct rlimit before;

	(void)ph_features();
	/* also where nothing could be put there any more, if it is left alone */
	before = set_limit(HIGH / 2);
	(void)listing(&options, &out);
	must(setrlimit(RLIMIT_NOFILE, &before));
	(void)snprintf(entry, sizeof(entry), " %d:%lu", usr, inode_of(usr));
	ck_assert_ptr_nonnull(strstr(text, entry));
	must(close(usr));
}

TEST(a_high_number_that_is_not_open_is_told_in_its_turn)
{
	int usr = opened("/usr");
	struct ph_fd_map map = { .child = 20, .from = HIGHEST };
	struct ph_spawn_options options = { .in = PH_FD(usr), .fds = &map, .fds_count = 1 };

	expect_failure(SPAWNED("fds"), &options, -EBADF, PH_STEP_DESCRIPTOR, 20);
	map.from = INT_MAX;
	expect_failure(SPAWNED("fds"), &options, -EBADF, PH_STEP_DESCRIPTOR, 20);
	/* the first one of them, be it a low one */
	options.err = PH_FD(HIGH / 4);
	expect_failure(SPAWNED("fds"), &options, -EBADF, PH_STEP_DESCRIPTOR, 2);
	options.out = PH_FD(HIGHEST);
	expect_failure(SPAWNED("fds"), &options, -EBADF, PH_STEP_DESCRIPTOR, 1);
	must(close(usr));
}

/* The child opens the parent, and has what it takes, at numbers that were free. */
TEST(a_low_number_that_is_free_is_no_descriptor_of_the_childs)
{
	int usr = opened("/usr"), number = free_number(), out = -1;
	struct ph_fd_map map = { .child = 20 };

	for (int more = 0; more < 8; more++) {
		struct ph_spawn_options options = { .in = PH_FD(usr),
						    .err = PH_FD(usr),
						    .fds = &map,
						    .fds_count = 1 };

		if (fcntl(number + more, F_GETFD) >= 0)
			continue;
		map.from = number + more;
		expect_failure(SPAWNED("fds"), &options, -EBADF, PH_STEP_DESCRIPTOR, 20);
		options.out = PH_PIPE(&out);
		expect_failure(SPAWNED("fds"), &options, -EBADF, PH_STEP_DESCRIPTOR, 20);
		options.fds_count = 0;
		options.flags = PH_SPAWN_DIRECTORY_FD;
		options.directory_fd = number + more;
		expect_failure(SPAWNED("fds"), &options, -EBADF, PH_STEP_DIRECTORY, 0);
	}
	must(close(usr));
}

TEST(what_the_child_needs_on_its_way_is_taken_too)
{
	struct ends out = high_pipe(false);
	int master = must(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
	struct ph_spawn_options options = {
		.flags = PH_SPAWN_DIRECTORY_FD | PH_SPAWN_NEW_SESSION | PH_SPAWN_TERMINAL,
		.directory_fd = lift(must(open("/usr", O_PATH | O_DIRECTORY | O_CLOEXEC))),
	};
	struct counts counted;
	struct ph_process *process;

	must(grantpt(master));
	must(unlockpt(master));
	options.terminal = lift(must(open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC)));
	(void)ph_features();
	counted = counts();
	options.out = PH_FD(out.theirs);
	process = spawned(SPAWNED("cwd"), &options);
	must(close(out.theirs));
	ck_assert_str_eq(read_all(out.ours, text, TEXT), "/usr\n");
	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
	expect_taken(counted, 1);
	/* each is told by its own step */
	options.directory_fd = HIGHEST;
	expect_failure(SPAWNED("cwd"), &options, -EBADF, PH_STEP_DIRECTORY, 0);
	options.flags &= ~PH_SPAWN_DIRECTORY_FD;
	must(close(options.terminal));
	options.terminal = HIGHEST;
	options.out = (struct ph_stream){ 0 };
	expect_failure(SPAWNED("cwd"), &options, -EBADF, PH_STEP_TERMINAL, 0);
	must(close(master));
	for (int fd = HIGH; fd < HIGHEST; fd++)
		(void)close(fd);
}

TEST(what_fails_after_they_were_taken_is_told_by_its_step)
{
	int usr = opened("/usr");
	struct ph_spawn_options options = { .in = PH_FD(usr), .out = PH_FD(usr) };

	expect_failure((char *const[]){ (char *)"/nowhere/at/all", NULL }, &options, -ENOENT,
		       PH_STEP_EXEC, 0);
	options.directory = "/nowhere";
	expect_failure(SPAWNED("cwd"), &options, -ENOENT, PH_STEP_DIRECTORY, 0);
	must(close(usr));
}

/* In the table of the caller there is one free number: that of the pidfd. */
TEST(nothing_is_opened_in_the_table_of_the_caller)
{
	struct ends out = high_pipe(false);
	int usr = opened("/usr"), last = usr;
	unsigned long inodes[] = { inode_of(usr), inode_of(out.theirs), inode_of(usr) };
	struct ph_spawn_options options = { .in = PH_FD(usr), .err = PH_FD(usr) };
	struct counts counted;
	struct rlimit before;

	if (!takes() || !has(PH_FEATURE_CLONE))
		skip("nothing is taken here, or more is opened");
	(void)ph_features();
	before = set_limit((rlim_t)usr + 20);
	while (last < usr + 18) {
		last = must(fcntl(usr, F_DUPFD_CLOEXEC, 0));
		ck_assert_int_ne(last, usr + 19);
	}
	counted = counts();
	expect_listing(listing(&options, &out), inodes, STREAMS);
	must(setrlimit(RLIMIT_NOFILE, &before));
	expect_taken(counted, 1);
	for (int fd = STREAMS; fd < usr + 20; fd++)
		if (fcntl(fd, F_GETFD) == FD_CLOEXEC)
			(void)close(fd);
}

/* Where nothing can be taken for want of numbers there is the copy, this once. */
TEST(a_limit_below_all_of_them_is_no_hindrance)
{
	struct ends out = high_pipe(false), again = high_pipe(false);
	int usr = opened("/usr");
	unsigned long inodes[] = { inode_of(usr), inode_of(out.theirs), inode_of(usr) };
	struct ph_spawn_options options = { .in = PH_FD(usr), .err = PH_FD(usr) };
	struct ph_process *process = NULL;
	struct counts counted;
	struct rlimit before;
	int saved, r;

	(void)ph_features();
	if (!takes() || !has(PH_FEATURE_CLONE3))
		skip("nothing is taken here");
	counted = counts();
	before = set_limit(STREAMS);
	options.out = PH_FD(out.theirs);
	r = ph_spawn(SPAWNED("fds"), &options, &process);
	must(setrlimit(RLIMIT_NOFILE, &before));
	/* the pidfd itself has no room: that is told, as without streams */
	ck_assert_int_eq(r, -EMFILE);
	ck_assert_ptr_null(process);

	/* now there is room for that one in ours, and for one only in the child's */
	saved = lift(must(dup(STDIN_FILENO)));
	must(close(STDIN_FILENO));
	before = set_limit(STREAMS);
	r = ph_spawn(SPAWNED("fds"), &options, &process);
	must(setrlimit(RLIMIT_NOFILE, &before));
	(void)close(out.theirs);
	(void)read_all(out.ours, text, TEXT);
	(void)ph_wait(process, -1, NULL);
	process = ph_unref(process);
	must(dup2(saved, STDIN_FILENO));
	must(close(saved));
	ck_assert_int_eq(r, 0);
	expect_listing(text, inodes, STREAMS);
	expect_refused(counted, 1);

	inodes[1] = inode_of(again.theirs);
	expect_listing(listing(&options, &again), inodes, STREAMS);
	expect_refused(counted, 1);
	ck_assert_uint_eq(ph_features(), expected_features());
	must(close(usr));
}

/* A call that is refused when it is too late for a copy: the child is made again. */
struct refusal {
	struct filter_rule rule;
	bool is_for_good;
};

static void spawn_refused(void *arg)
{
	const struct refusal *refusal = arg;
	struct ends out = high_pipe(false), again = high_pipe(false);
	int usr = opened("/usr");
	unsigned long inodes[] = { inode_of(usr), inode_of(out.theirs), inode_of(usr) };
	struct filter_rule rule = refusal->rule;
	struct ph_spawn_options options = { .in = PH_FD(usr), .err = PH_FD(usr) };
	struct counts counted;

	(void)ph_features();
	counted = counts();
	/* the second one, that is */
	if (rule.call == SYS_pidfd_getfd) {
		rule.argument = 1;
		rule.mask = UINT32_MAX;
		rule.value = (uint32_t)out.theirs;
	}
	if (filter_install(&rule, 1) < 0)
		skip("no seccomp filters here");
	expect_listing(listing(&options, &out), inodes, STREAMS);
	expect_refused(counted, 1);
	/* forbidden once, it is not tried any more: that has its count as well */
	inodes[1] = inode_of(again.theirs);
	expect_listing(listing(&options, &again), inodes, STREAMS);
	if (takes()) {
		bool is_tried = ph_features() & PH_FEATURE_GETFD;

		ck_assert_int_eq(is_tried, !refusal->is_for_good);
		expect_refused(counted,
			       refusal->is_for_good || rule.call != SYS_pidfd_getfd ? 2 : 1);
	}
	must(close(usr));
}

static void try_refusal(long call, int error, int argument, uint32_t value, bool is_for_good)
{
	struct refusal refusal = {
		.rule = { .call = call,
			  .action = FILTER_ERRNO((uint32_t)error),
			  .argument = argument,
			  .mask = value == 0 ? 0 : UINT32_MAX,
			  .value = value },
		.is_for_good = is_for_good,
	};

	in_a_child(spawn_refused, &refusal);
}

TEST(a_refusal_in_the_middle_makes_another_child)
{
	static const int forbidden[] = { EPERM, EACCES, ENOSYS, EINVAL, ESRCH };
	static const int shortages[] = { EMFILE, ENFILE, ENOMEM };

	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
		try_refusal(SYS_pidfd_getfd, forbidden[i], 0, 0, true);
		try_refusal(SYS_pidfd_open, forbidden[i], 1, RAW_PIDFD_THREAD, true);
	}
	for (size_t i = 0; i < sizeof(shortages) / sizeof(shortages[0]); i++) {
		try_refusal(SYS_pidfd_getfd, shortages[i], 0, 0, false);
		try_refusal(SYS_pidfd_open, shortages[i], 1, RAW_PIDFD_THREAD, false);
	}
}

static void be_undumpable(void *arg)
{
	struct ends out = high_pipe(false);
	int usr = opened("/usr");
	unsigned long inodes[] = { inode_of(usr), inode_of(out.theirs), inode_of(usr) };
	struct ph_spawn_options options = { .in = PH_FD(usr), .err = PH_FD(usr) };
	struct counts counted;

	(void)ph_features();
	counted = counts();
	/* as after the exec of a set-user-ID program; and nobody may trace it any more */
	if (arg)
		become_nobody();
	must(prctl(PR_SET_DUMPABLE, 0));
	expect_listing(listing(&options, &out), inodes, STREAMS);
	if (arg)
		expect_refused(counted, 1);
	must(prctl(PR_SET_DUMPABLE, 1));
	must(close(usr));
}

TEST(a_caller_that_may_not_be_traced_is_served_with_a_copy)
{
	in_a_child(be_undumpable, NULL);
	need_to_run_as_others();
	in_a_child(be_undumpable, text);
}

/* Threads need not share their table: it is that of the caller that counts. */
struct apart {
	int number;
	bool is_alone;
};

static void *spawn_apart(void *arg)
{
	const struct apart *apart = arg;
	struct ends out;
	unsigned long inodes[STREAMS];
	struct ph_spawn_options options = { .in = PH_FD(apart->number),
					    .err = PH_FD(apart->number) };
	struct counts counted = counts();
	int dev;

	if (apart->is_alone) {
		must(unshare(CLONE_FILES));
		dev = must(open("/dev", O_PATH | O_CLOEXEC));
		must(dup3(dev, apart->number, O_CLOEXEC));
		must(close(dev));
	}
	out = high_pipe(false);
	inodes[0] = inodes[2] = inode_of(apart->number);
	inodes[1] = inode_of(out.theirs);
	expect_listing(listing(&options, &out), inodes, STREAMS);
	expect_taken(counted, 1);
	return NULL;
}

TEST(the_table_of_the_calling_thread_is_taken_from)
{
	struct apart apart = { .number = opened("/usr") };
	pthread_t thread;

	(void)ph_features();
	for (int round = 0; round < 2; round++) {
		apart.is_alone = round == 1;
		ck_assert_int_eq(pthread_create(&thread, NULL, spawn_apart, &apart), 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
	}
	must(close(apart.number));
}

static void *outlive_the_first(void *arg)
{
	(void)pthread_join(*(pthread_t *)arg, NULL);
	(void)spawn_apart(&(struct apart){ .number = opened("/usr") });
	_exit(0);
}

/* The process is a zombie by its number, and has no table there. */
TEST(a_thread_spawns_after_the_first_one_has_ended)
{
	static pthread_t first, thread;
	int status = 0;
	pid_t pid;

	(void)ph_features();
	raise_limit();
	pid = must(fork());
	if (pid == 0) {
		first = pthread_self();
		if (pthread_create(&thread, NULL, outlive_the_first, &first) != 0)
			_exit(1);
		pthread_exit(NULL);
	}
	must(waitpid(pid, &status, 0));
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x", (unsigned)status);
}

static void spawn_out_of_sight(void *arg)
{
	struct ends out = high_pipe(false);
	int usr = opened("/usr");
	unsigned long inodes[] = { inode_of(usr), inode_of(out.theirs), inode_of(usr) };
	struct ph_spawn_options options = { .in = PH_FD(usr), .err = PH_FD(usr) };
	struct counts counted;

	(void)ph_features();
	counted = counts();
	if (arg)
		options.namespaces = PH_NS_PID;
	else
		must(unshare(CLONE_NEWPID));
	expect_listing(listing(&options, &out), inodes, STREAMS);
	expect_refused(counted, 0);
	must(close(usr));
}

/* By the number of the parent somebody else is known there, or nobody. */
TEST(a_child_that_cannot_see_its_parent_takes_from_nobody)
{
	need_root();
	in_a_child(spawn_out_of_sight, text);
	in_a_child(spawn_out_of_sight, NULL);
}
