/* SPDX-License-Identifier: MIT */

/* ph_spawn: descriptors that stand in the way of each other. */

#include <stdbool.h>
#include <sys/resource.h>

#include "spawn.h"

enum {
	TEXT = 4096,
	STREAMS = 3,
	COMBINATIONS = 8,
	ALL_STREAMS = 7,
};

static char text[TEXT];

static unsigned long inode_of(int fd)
{
	struct stat st;

	must(fstat(fd, &st));
	return (unsigned long)st.st_ino;
}

/* The lowest number that is not open. */
static int free_number(void)
{
	int fd = must(open("/dev/null", O_RDONLY | O_CLOEXEC));

	must(close(fd));
	return fd;
}

/* Without some of the standard streams, given as a set of bits. */
struct closed {
	int saved[STREAMS];
};

static struct closed close_streams(unsigned which)
{
	struct closed closed;

	for (int i = 0; i < STREAMS; i++) {
		closed.saved[i] = must(fcntl(i, F_DUPFD_CLOEXEC, 100));
		if (which >> i & 1)
			must(close(i));
	}
	return closed;
}

static void open_streams(const struct closed *closed)
{
	for (int i = 0; i < STREAMS; i++) {
		must(dup2(closed->saved[i], i));
		must(close(closed->saved[i]));
	}
}

/* A failure is looked at once the streams are there again. */
struct result {
	int r;
	struct ph_failure failure;
	char text[TEXT];
};

static struct result list(struct ph_spawn_options *options, int *ret_out)
{
	struct result result = { 0 };
	struct ph_process *process = NULL;

	options->failure = &result.failure;
	result.r = ph_spawn(SPAWNED("fds"), options, &process);
	if (result.r < 0)
		return result;
	(void)read_all(*ret_out, result.text, TEXT);
	(void)ph_wait(process, -1, NULL);
	process = ph_unref(process);
	return result;
}

static bool lists(const char *line, int fd)
{
	char start[16];
	size_t length = (size_t)snprintf(start, sizeof(start), "%d:", fd);

	if (strncmp(line, start, length) == 0)
		return true;
	(void)snprintf(start, sizeof(start), " %d:", fd);
	return strstr(line, start);
}

static void expect_listed(const struct result *result, int fd, unsigned long inode)
{
	char entry[64];
	const char *at;

	(void)snprintf(entry, sizeof(entry), "%d:%lu ", fd, inode);
	at = strstr(result->text, entry);
	ck_assert_msg(at && (at == result->text || at[-1] == ' '), "no %sin %s", entry,
		      result->text);
}

TEST(streams_arrive_whichever_of_the_callers_are_closed)
{
	int file = must(fcntl(must(open("/usr", O_PATH | O_CLOEXEC)), F_DUPFD_CLOEXEC, 50));
	struct ph_fd_map map[] = { { .child = 3, .from = file }, { .child = 4, .from = file } };

	must(close(free_number() - 1));
	for (unsigned which = 0; which < COMBINATIONS; which++) {
		struct ph_spawn_options options = { .fds = map, .fds_count = 2 };
		struct closed closed = close_streams(which);
		struct result result;
		int out = -1;

		options.in = PH_NULL;
		options.out = PH_PIPE(&out);
		options.err = PH_FILE("/dev/zero");
		result = list(&options, &out);
		open_streams(&closed);
		ck_assert_msg(result.r == 0, "%u: cannot %s (%d)", which,
			      ph_step_text(result.failure.step), result.failure.index);
		for (int fd = 0; fd < 5; fd++)
			ck_assert(lists(result.text, fd));
		ck_assert(!lists(result.text, 5));
		expect_listed(&result, 3, inode_of(file));
		expect_listed(&result, 4, inode_of(file));
	}
	must(close(file));
}

TEST(a_stream_that_is_closed_and_inherited_stays_closed)
{
	for (unsigned which = 0; which < COMBINATIONS; which++) {
		struct ph_spawn_options options = { 0 };
		struct closed closed = close_streams(which);
		struct result result;
		int out = -1;

		options.out = PH_PIPE(&out);
		result = list(&options, &out);
		open_streams(&closed);
		ck_assert_int_eq(result.r, 0);
		ck_assert_int_eq(lists(result.text, 0), !(which & 1));
		ck_assert(lists(result.text, 1));
		ck_assert_int_eq(lists(result.text, 2), !(which >> 2 & 1));
		ck_assert(!lists(result.text, 3));
	}
}

TEST(streams_are_swapped_whichever_of_the_others_are_closed)
{
	/* in and err trade places, and the third is a pipe */
	for (unsigned which = 0; which < COMBINATIONS; which += 2) {
		struct ph_spawn_options options = { 0 };
		unsigned long in = inode_of(STDIN_FILENO);
		struct closed closed = close_streams(which & 2);
		struct ph_fd_map map = { .child = 7, .from = STDIN_FILENO };
		struct result result;
		int out = -1;

		options.in = PH_FD(STDERR_FILENO);
		options.out = PH_PIPE(&out);
		options.err = PH_FD(STDIN_FILENO);
		options.fds = &map;
		options.fds_count = which >> 2;
		result = list(&options, &out);
		open_streams(&closed);
		ck_assert_int_eq(result.r, 0);
		expect_listed(&result, 0, inode_of(STDERR_FILENO));
		expect_listed(&result, 2, in);
		if (options.fds_count > 0)
			expect_listed(&result, 7, in);
	}
}

/* What the library itself opens is nobody's who names its number. */
TEST(a_number_that_is_free_is_no_descriptor)
{
	struct ph_spawn_options options = { 0 };
	int number = free_number(), out = -1;
	struct ph_fd_map map = { .child = 20, .from = number };

	for (int more = 0; more < 6; more++) {
		map.from = number + more;
		options = (struct ph_spawn_options){ .fds = &map, .fds_count = 1 };
		expect_failure(SPAWNED("fds"), &options, -EBADF, PH_STEP_DESCRIPTOR, 20);
		options.out = PH_PIPE(&out);
		expect_failure(SPAWNED("fds"), &options, -EBADF, PH_STEP_DESCRIPTOR, 20);
		options.in = PH_NULL;
		options.flags = PH_SPAWN_KEEP_FDS;
		expect_failure(SPAWNED("fds"), &options, -EBADF, PH_STEP_DESCRIPTOR, 20);
		options = (struct ph_spawn_options){ 0 };
		options.err = PH_FD(number + more);
		expect_failure(SPAWNED("fds"), &options, -EBADF, PH_STEP_DESCRIPTOR, 2);
		options.out = PH_PIPE(&out);
		expect_failure(SPAWNED("fds"), &options, -EBADF, PH_STEP_DESCRIPTOR, 2);
	}
}

TEST(err_cannot_go_where_an_out_goes_that_is_closed)
{
	struct ph_failure failure = { 0 };
	struct ph_spawn_options options = { .failure = &failure };
	struct ph_process *process = NULL;
	struct closed closed;
	int r;

	(void)ph_features();
	for (unsigned which = 2; which <= ALL_STREAMS; which++) {
		if (!(which & 2))
			continue;
		closed = close_streams(which);
		options.err = PH_TO_OUT;
		r = ph_spawn(SPAWNED("fds"), &options, &process);
		open_streams(&closed);
		ck_assert_int_eq(r, -EBADF);
		ck_assert_int_eq(failure.step, PH_STEP_DESCRIPTOR);
		ck_assert_int_eq(failure.index, 2);
	}
}

TEST(err_goes_where_a_map_has_out_go)
{
	int file = must(open("/usr", O_PATH | O_CLOEXEC)), out = -1;
	struct ph_fd_map map = { .child = STDOUT_FILENO };
	struct ph_spawn_options options = { .fds = &map, .fds_count = 1 };
	struct ph_process *process;
	int ends[2];

	must(pipe2(ends, O_CLOEXEC));
	map.from = ends[1];
	options.err = PH_TO_OUT;
	process = spawned(SPAWNED("stderr"), &options);
	must(close(ends[1]));
	ck_assert_str_eq(read_all(ends[0], text, TEXT), "err\n");
	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
	/* a map of something else changes nothing */
	map = (struct ph_fd_map){ .child = 9, .from = file };
	options.out = PH_PIPE(&out);
	process = spawned(SPAWNED("stderr"), &options);
	ck_assert_str_eq(read_all(out, text, TEXT), "err\n");
	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
	must(close(file));
}

TEST(a_directory_that_is_not_open_is_told_by_its_own_step)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_DIRECTORY_FD,
					    .directory_fd = free_number() + 20 };
	struct ph_fd_map map = { .child = options.directory_fd + 10, .from = STDIN_FILENO };

	expect_failure(SPAWNED("fds"), &options, -EBADF, PH_STEP_DIRECTORY, 0);
	options.fds = &map;
	options.fds_count = 1;
	expect_failure(SPAWNED("fds"), &options, -EBADF, PH_STEP_DIRECTORY, 0);
	map.child = options.directory_fd;
	expect_failure(SPAWNED("fds"), &options, -EBADF, PH_STEP_DIRECTORY, 0);
	/* nor is it one that the library opens */
	for (int more = 0; more < 6; more++) {
		options.directory_fd = free_number() + more;
		expect_failure(SPAWNED("fds"), &options, -EBADF, PH_STEP_DIRECTORY, 0);
	}
}

TEST(what_the_child_needs_on_its_way_may_be_in_the_way)
{
	int master = must(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
	int usr = must(open("/usr", O_PATH | O_DIRECTORY | O_CLOEXEC));
	struct ph_fd_map map[3];
	struct ph_spawn_options options = {
		.flags = PH_SPAWN_DIRECTORY_FD | PH_SPAWN_NEW_SESSION | PH_SPAWN_TERMINAL,
		.fds = map,
		.fds_count = 3,
		.directory_fd = usr,
	};
	struct result result;
	unsigned long terminal;
	int out = -1;

	must(grantpt(master));
	must(unlockpt(master));
	options.terminal = must(open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC));
	terminal = inode_of(options.terminal);
	/* in a circle */
	map[0] = (struct ph_fd_map){ .child = usr, .from = options.terminal };
	map[1] = (struct ph_fd_map){ .child = options.terminal, .from = master };
	map[2] = (struct ph_fd_map){ .child = master, .from = usr };
	options.out = PH_PIPE(&out);
	result = list(&options, &out);
	ck_assert_msg(result.r == 0, "cannot %s (%d)", ph_step_text(result.failure.step),
		      result.failure.index);
	expect_listed(&result, usr, terminal);
	expect_listed(&result, options.terminal, inode_of(master));
	expect_listed(&result, master, inode_of(usr));
	options.failure = NULL;
	ck_assert_str_eq(output_of(SPAWNED("cwd"), &options, text, TEXT), "/usr\n");
	must(close(options.terminal));
	must(close(master));
	must(close(usr));
}

TEST(one_descriptor_can_go_to_many_places_its_own_among_them)
{
	enum { PLACES = 20 };
	int file = must(fcntl(must(open("/usr", O_PATH | O_CLOEXEC)), F_DUPFD_CLOEXEC, 30));
	struct ph_fd_map map[PLACES];
	struct ph_spawn_options options = { .fds = map, .fds_count = PLACES };
	struct result result;
	int out = -1;

	must(close(free_number() - 1));
	for (int i = 0; i < PLACES; i++)
		map[i] = (struct ph_fd_map){ .child = 20 + i, .from = file };
	options.out = PH_PIPE(&out);
	result = list(&options, &out);
	ck_assert_int_eq(result.r, 0);
	for (int i = 0; i < PLACES; i++)
		expect_listed(&result, 20 + i, inode_of(file));
	/* the caller's is close-on-exec as it was */
	ck_assert_int_eq(fcntl(file, F_GETFD), FD_CLOEXEC);
	must(close(file));
}

/* There is no number above them to move things out of the way to. */
TEST(descriptors_are_swapped_at_the_limit_as_well)
{
	enum { LIMIT = 64 };
	struct ph_fd_map map[] = { { .child = LIMIT - 1, .from = LIMIT - 2 },
				   { .child = LIMIT - 2, .from = LIMIT - 3 },
				   { .child = LIMIT - 3, .from = LIMIT - 1 } };
	struct ph_spawn_options options = { .fds = map,
					    .fds_count = 3,
					    .directory_fd = LIMIT - 1,
					    .flags = PH_SPAWN_DIRECTORY_FD };
	struct rlimit before, tight;
	unsigned long inodes[3];
	struct result result;
	int out = -1;

	must(getrlimit(RLIMIT_NOFILE, &before));
	for (int i = 0; i < 3; i++) {
		static const char *const paths[] = { "/usr", "/dev", "/" };
		int fd = must(open(paths[i], O_PATH | O_CLOEXEC));

		inodes[i] = inode_of(fd);
		must(dup3(fd, LIMIT - 1 - i, O_CLOEXEC));
		must(close(fd));
	}
	tight = before;
	tight.rlim_cur = LIMIT;
	must(setrlimit(RLIMIT_NOFILE, &tight));
	options.out = PH_PIPE(&out);
	result = list(&options, &out);
	must(setrlimit(RLIMIT_NOFILE, &before));
	ck_assert_msg(result.r == 0, "%d: cannot %s (%d)", result.r,
		      ph_step_text(result.failure.step), result.failure.index);
	expect_listed(&result, LIMIT - 1, inodes[1]);
	expect_listed(&result, LIMIT - 2, inodes[2]);
	expect_listed(&result, LIMIT - 3, inodes[0]);
	for (int i = 0; i < 3; i++)
		must(close(LIMIT - 1 - i));
}

TEST(a_place_beyond_the_limit_is_told)
{
	struct rlimit limit;
	struct ph_fd_map map = { .from = STDIN_FILENO };
	struct ph_spawn_options options = { .fds = &map, .fds_count = 1 };
	struct ph_failure failure = { 0 };
	struct ph_process *process = NULL;
	int r;

	must(getrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_cur > INT32_MAX)
		skip("there is no such number");
	map.child = (int)limit.rlim_cur;
	options.failure = &failure;
	r = ph_spawn(SPAWNED("fds"), &options, &process);
	ck_assert(r == -EBADF || r == -EMFILE);
	ck_assert_int_eq(failure.err, r);
}
