/* SPDX-License-Identifier: MIT */

/* ph_spawn: standard streams, and other descriptors. */

#include <sys/resource.h>

#include "spawn.h"

enum { TEXT = 4096 };

static char text[TEXT];

static unsigned long inode_of(int fd)
{
	struct stat st;

	must(fstat(fd, &st));
	return (unsigned long)st.st_ino;
}

TEST(what_goes_in_comes_out)
{
	struct ph_spawn_options options = { 0 };
	struct ph_process *process;
	int in = -1, out = -1;

	options.in = PH_PIPE(&in);
	options.out = PH_PIPE(&out);
	process = spawned(SPAWNED("copy"), &options);
	ck_assert_int_eq(fcntl(in, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(out, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(write(in, "hello", 5), 5);
	must(close(in));
	ck_assert_str_eq(read_all(out, text, TEXT), "hello");
	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
}

TEST(err_goes_where_out_goes)
{
	struct ph_spawn_options options = { 0 };

	options.err = PH_TO_OUT;
	ck_assert_str_eq(output_of(SPAWNED("stderr"), &options, text, TEXT), "err\n");
}

TEST(err_can_be_a_pipe_of_its_own)
{
	struct ph_spawn_options options = { 0 };
	struct ph_process *process;
	int err = -1;

	options.out = PH_NULL;
	options.err = PH_PIPE(&err);
	process = spawned(SPAWNED("stderr"), &options);
	ck_assert_str_eq(read_all(err, text, TEXT), "err\n");
	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
}

static void run(struct ph_spawn_options *options, const char *verb)
{
	struct ph_process *process = spawned(SPAWNED((char *)verb), options);

	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
}

static void expect_content(const char *path, const char *content)
{
	int fd = must(open(path, O_RDONLY | O_CLOEXEC));

	ck_assert_str_eq(read_all(fd, text, TEXT), content);
}

TEST(files_are_emptied_or_added_to)
{
	char path[] = "/tmp/ph-spawn-XXXXXX";
	struct ph_spawn_options options = { 0 };

	must(close(must(mkstemp(path))));
	options.err = PH_FILE(path);
	run(&options, "stderr");
	run(&options, "stderr");
	expect_content(path, "err\n");
	options.err = PH_APPEND(path);
	run(&options, "stderr");
	expect_content(path, "err\nerr\n");
	options.err = PH_INHERIT;
	options.in = PH_FILE(path);
	ck_assert_str_eq(output_of(SPAWNED("copy"), &options, text, TEXT), "err\nerr\n");
	must(unlink(path));
}

TEST(null_gives_nothing_and_takes_everything)
{
	struct ph_spawn_options options = { 0 };

	options.in = PH_NULL;
	options.err = PH_NULL;
	ck_assert_str_eq(output_of(SPAWNED("copy"), &options, text, TEXT), "");
	options.out = PH_INHERIT;
	run(&options, "stderr");
}

TEST(a_descriptor_stays_the_callers)
{
	struct ph_spawn_options options = { 0 };
	int ends[2];

	must(pipe2(ends, O_CLOEXEC));
	options.err = PH_FD(ends[1]);
	run(&options, "stderr");
	must(close(ends[1]));
	ck_assert_str_eq(read_all(ends[0], text, TEXT), "err\n");
}

/* What the child has above the streams, as "3:inode 5:inode ". */
static char *others(struct ph_spawn_options *options)
{
	char *at;

	(void)output_of(SPAWNED("fds"), options, text, TEXT);
	text[strcspn(text, "\n")] = '\0';
	for (at = text; *at >= '0' && *at <= '2' && at[1] == ':'; at += strcspn(at, " ") + 1)
		;
	return at;
}

TEST(other_descriptors_are_closed)
{
	struct ph_spawn_options options = { 0 };
	int low = must(dup(STDIN_FILENO)), high = must(fcntl(STDIN_FILENO, F_DUPFD, 700));

	ck_assert_str_eq(others(&options), "");
	must(close(low));
	must(close(high));
}

TEST(other_descriptors_can_be_kept)
{
	struct ph_spawn_options options = { .flags = PH_SPAWN_KEEP_FDS };
	int high = must(fcntl(STDIN_FILENO, F_DUPFD, 700));
	int gone = must(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 701));
	char expected[64];

	(void)snprintf(expected, sizeof(expected), "700:%lu ", inode_of(high));
	ck_assert_ptr_nonnull(strstr(others(&options), expected));
	ck_assert_ptr_null(strstr(others(&options), "701:"));
	must(close(high));
	must(close(gone));
}

struct files {
	int fd[3];
	unsigned long inode[3];
};

static struct files make_files(int first)
{
	struct files files;

	for (int i = 0; i < 3; i++) {
		int ends[2];

		must(pipe2(ends, O_CLOEXEC));
		files.fd[i] = must(fcntl(ends[0], F_DUPFD_CLOEXEC, first + i));
		ck_assert_int_eq(files.fd[i], first + i);
		must(close(ends[0]));
		must(close(ends[1]));
		files.inode[i] = inode_of(files.fd[i]);
	}
	return files;
}

static void close_files(const struct files *files)
{
	for (int i = 0; i < 3; i++)
		must(close(files->fd[i]));
}

TEST(descriptors_move_all_at_once)
{
	struct files files = make_files(20);
	/* a swap, and a chain that ends beyond them */
	struct ph_fd_map map[] = { { .child = 21, .from = 20 },
				   { .child = 20, .from = 21 },
				   { .child = 30, .from = 22 },
				   { .child = 22, .from = 20 } };
	struct ph_spawn_options options = { .fds = map, .fds_count = 4 };
	char expected[256];

	(void)snprintf(expected, sizeof(expected), "20:%lu 21:%lu 22:%lu 30:%lu ", files.inode[1],
		       files.inode[0], files.inode[0], files.inode[2]);
	ck_assert_str_eq(others(&options), expected);
	close_files(&files);
}

TEST(a_descriptor_can_stay_where_it_is)
{
	struct files files = make_files(20);
	struct ph_fd_map map[] = { { .child = 21, .from = 21 } };
	struct ph_spawn_options options = { .fds = map, .fds_count = 1 };
	char expected[64];

	(void)snprintf(expected, sizeof(expected), "21:%lu ", files.inode[1]);
	ck_assert_str_eq(others(&options), expected);
	/* the caller's is close-on-exec as it was */
	ck_assert_int_eq(fcntl(files.fd[1], F_GETFD), FD_CLOEXEC);
	close_files(&files);
}

TEST(many_descriptors_are_many)
{
	enum { MANY = 200 };
	static struct ph_fd_map map[MANY];
	struct files files = make_files(20);
	struct ph_spawn_options options = { .fds = map, .fds_count = MANY };
	char expected[64];

	/* backwards, over everything that there is */
	for (int i = 0; i < MANY; i++)
		map[i] = (struct ph_fd_map){ .child = 3 + MANY - i, .from = 20 + i % 3 };
	(void)others(&options);
	(void)snprintf(expected, sizeof(expected), " %d:%lu ", 3 + MANY, files.inode[0]);
	ck_assert_ptr_nonnull(strstr(text, expected));
	(void)snprintf(expected, sizeof(expected), " %d:%lu ", 4, files.inode[(MANY - 1) % 3]);
	ck_assert_ptr_nonnull(strstr(text, expected));
	close_files(&files);
}

TEST(the_streams_of_the_caller_may_be_closed)
{
	struct ph_spawn_options options = { 0 };
	int saved[3];

	for (int i = 0; i < 3; i++) {
		saved[i] = must(fcntl(i, F_DUPFD_CLOEXEC, 10));
		must(close(i));
	}
	/* the pipes take their numbers */
	options.err = PH_TO_OUT;
	(void)output_of(SPAWNED("stderr"), &options, text, TEXT);
	for (int i = 0; i < 3; i++) {
		must(dup2(saved[i], i));
		must(close(saved[i]));
	}
	ck_assert_str_eq(text, "err\n");
}

TEST(streams_can_be_swapped)
{
	struct ph_spawn_options options = { 0 };
	struct ph_process *process;
	int ends[2], saved = must(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10));

	must(pipe2(ends, O_CLOEXEC));
	must(dup3(ends[1], STDOUT_FILENO, 0));
	/* what the child says on err arrives on our out */
	options.out = PH_FD(STDERR_FILENO);
	options.err = PH_FD(STDOUT_FILENO);
	process = spawned(SPAWNED("stderr"), &options);
	must(dup2(saved, STDOUT_FILENO));
	must(close(saved));
	must(close(ends[1]));
	ck_assert_str_eq(read_all(ends[0], text, TEXT), "err\n");
	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
}

TEST(a_spare_descriptor_may_stand_where_another_goes)
{
	int usr = must(open("/usr", O_PATH | O_DIRECTORY | O_CLOEXEC));
	struct ph_fd_map map[] = { { .child = usr, .from = STDIN_FILENO } };
	struct ph_spawn_options options = { .fds = map,
					    .fds_count = 1,
					    .directory_fd = usr,
					    .flags = PH_SPAWN_DIRECTORY_FD };
	char expected[64];

	(void)snprintf(expected, sizeof(expected), "%d:%lu ", usr, inode_of(STDIN_FILENO));
	ck_assert_str_eq(output_of(SPAWNED("cwd"), &options, text, TEXT), "/usr\n");
	ck_assert_str_eq(others(&options), expected);
	must(close(usr));
}

TEST(the_limit_may_be_below_what_is_open)
{
	struct ph_spawn_options options = { 0 };
	struct rlimit before, tight;
	int high = must(fcntl(STDIN_FILENO, F_DUPFD, 800));

	must(getrlimit(RLIMIT_NOFILE, &before));
	tight = before;
	tight.rlim_cur = 64;
	must(setrlimit(RLIMIT_NOFILE, &tight));
	(void)others(&options);
	must(setrlimit(RLIMIT_NOFILE, &before));
	ck_assert_ptr_null(strstr(text, "800:"));
	must(close(high));
}
