/* SPDX-License-Identifier: MIT */

/* ph_spawn: the program, its arguments, environment and directory. */

#include <limits.h>

#include "spawn.h"

enum { TEXT = 4096 };

static char text[TEXT];

TEST(a_program_runs_and_its_end_is_told)
{
	struct ph_process *process = spawned(SPAWNED("exit", "7"), NULL);

	ck_assert_int_gt(ph_pid(process), 0);
	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	expect_exit(process, PH_EXITED, 7);
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), -ESRCH);
	process = ph_unref(process);
	ck_assert_uint_eq(metric("/prochandle/spawns/made:spawns"), 1);
}

TEST(the_way_is_the_one_of_this_configuration)
{
	uint64_t clone3, clone, close, vfork;

	(void)ph_unref(spawned(SPAWNED("exit", "0"), NULL));
	while (metric("/prochandle/spawns/late/left:processes") > 0)
		(void)ph_unref(spawned(SPAWNED("exit", "0"), NULL));
	clone3 = metric("/prochandle/fallbacks/clone3:events");
	clone = metric("/prochandle/fallbacks/clonepidfd:events");
	close = metric("/prochandle/fallbacks/closerange:events");
	vfork = metric("/prochandle/fallbacks/vfork:events");
	if (!getenv("PH_TEST_FILTER")) {
		ck_assert_uint_eq(clone3 + clone + vfork, 0);
		return;
	}
	if (!has(PH_FEATURE_PIDFD))
		return;
	ck_assert_int_eq(vfork > 0, !has(PH_FEATURE_VFORK));
	ck_assert_int_eq(clone3 > 0, !has(PH_FEATURE_CLONE3) && has(PH_FEATURE_VFORK));
	ck_assert_int_eq(clone > 0, 0);
	ck_assert_int_eq(close > 0, !has(PH_FEATURE_CLOSE));
}

TEST(arguments_arrive_as_they_are)
{
	struct ph_spawn_options options = { .executable = SPAWNED_PATH };
	char *argv[] = { (char *)"",	(char *)"args",	  (char *)"",
			 (char *)"a b", (char *)"$HOME*", NULL };

	ck_assert_str_eq(output_of(argv, &options, text, TEXT), "\nargs\n\na b\n$HOME*\n");
}

TEST(the_environment_is_the_callers)
{
	struct ph_spawn_options options = { 0 };

	must(setenv("PH_TEST_HERE", "there", 1));
	ck_assert_ptr_nonnull(
		strstr(output_of(SPAWNED("env"), &options, text, TEXT), "PH_TEST_HERE=there\n"));
}

TEST(the_environment_can_be_another_one)
{
	char *const environment[] = { (char *)"A=1", (char *)"B=2", NULL };
	struct ph_spawn_options options = { .environment = environment };

	ck_assert_str_eq(output_of(SPAWNED("env"), &options, text, TEXT), "A=1\nB=2\n");
}

TEST(the_environment_can_be_changed_in_places)
{
	char *const environment[] = { (char *)"A=1", (char *)"B=2", (char *)"AB=3", NULL };
	char *const changes[] = { (char *)"A",	(char *)"C=4",	(char *)"B=5", (char *)"C=6",
				  (char *)"E=", (char *)"NONE", NULL };
	struct ph_spawn_options options = { .environment = environment, .set = changes };

	ck_assert_str_eq(output_of(SPAWNED("env"), &options, text, TEXT), "AB=3\nB=5\nC=6\nE=\n");
}

TEST(the_environment_can_be_empty)
{
	char *const changes[] = { (char *)"ONE=1", NULL };
	struct ph_spawn_options options = { .flags = PH_SPAWN_CLEAR_ENV };

	ck_assert_str_eq(output_of(SPAWNED("env"), &options, text, TEXT), "");
	options.set = changes;
	ck_assert_str_eq(output_of(SPAWNED("env"), &options, text, TEXT), "ONE=1\n");
}

static void make_file(const char *path, const char *content, mode_t mode)
{
	int fd = must(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));

	ck_assert_int_eq(write(fd, content, strlen(content)), strlen(content));
	must(fchmod(fd, mode));
	must(close(fd));
}

/* A directory with a link to the program, and the caller in it. */
static void enter(char directory[64])
{
	(void)strcpy(directory, "/tmp/ph-spawn-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	must(chdir(directory));
	must(mkdir("bin", 0700));
	must(symlink(SPAWNED_PATH, "bin/there"));
}

static void leave(const char *directory)
{
	char command[128];

	must(chdir("/"));
	(void)snprintf(command, sizeof(command), "/bin/rm -rf %s", directory);
	ck_assert_int_eq(system(command), 0);
}

TEST(path_is_that_of_the_child)
{
	char directory[64], path[256];
	char *const changes[] = { path, NULL };
	struct ph_spawn_options options = { .set = changes };
	char *const argv[] = { (char *)"there", (char *)"args", NULL };

	enter(directory);
	(void)snprintf(path, sizeof(path), "PATH=/nowhere::%s/bin", directory);
	ck_assert_str_eq(output_of(argv, &options, text, TEXT), "there\nargs\n");
	/* and not that of the caller */
	must(setenv("PATH", strchr(path, '=') + 1, 1));
	(void)strcpy(path, "PATH=/nowhere");
	expect_failure(argv, &options, -ENOENT, PH_STEP_EXEC, 0);
	/* relative ones are from where the child is */
	(void)strcpy(path, "PATH=bin");
	options.directory = directory;
	must(chdir("/"));
	ck_assert_str_eq(output_of(argv, &options, text, TEXT), "there\nargs\n");
	leave(directory);
}

TEST(what_cannot_be_executed_does_not_hide_what_can)
{
	char directory[64], path[256];
	char *const changes[] = { path, NULL };
	struct ph_spawn_options options = { .set = changes };
	char *const argv[] = { (char *)"there", (char *)"args", NULL };

	enter(directory);
	must(mkdir("first", 0700));
	make_file("first/there", "no", 0600);
	(void)snprintf(path, sizeof(path), "PATH=%s/first:%s/bin", directory, directory);
	ck_assert_str_eq(output_of(argv, &options, text, TEXT), "there\nargs\n");
	/* but it is told if there is nothing else */
	(void)snprintf(path, sizeof(path), "PATH=%s/first:/nowhere", directory);
	expect_failure(argv, &options, -EACCES, PH_STEP_EXEC, 0);
	leave(directory);
}

TEST(a_name_with_a_slash_is_relative_to_the_caller)
{
	char directory[64];
	char *const argv[] = { (char *)"bin/there", (char *)"cwd", NULL };
	struct ph_spawn_options options = { 0 };

	enter(directory);
	(void)output_of(argv, &options, text, TEXT);
	text[strlen(text) - 1] = '\0';
	ck_assert_str_eq(text, directory);
	/* also if the child is elsewhere */
	options.directory = "/usr";
	ck_assert_str_eq(output_of(argv, &options, text, TEXT), "/usr\n");
	leave(directory);
}

TEST(the_directory_is_a_path_or_a_descriptor_or_both)
{
	int usr = must(open("/usr", O_PATH | O_DIRECTORY | O_CLOEXEC));
	struct ph_spawn_options options = { .directory = "/usr/bin" };

	ck_assert_str_eq(output_of(SPAWNED("cwd"), &options, text, TEXT), "/usr/bin\n");
	options.directory = NULL;
	options.directory_fd = usr;
	options.flags = PH_SPAWN_DIRECTORY_FD;
	ck_assert_str_eq(output_of(SPAWNED("cwd"), &options, text, TEXT), "/usr\n");
	options.directory = "bin";
	ck_assert_str_eq(output_of(SPAWNED("cwd"), &options, text, TEXT), "/usr/bin\n");
	must(close(usr));
}

TEST(the_root_can_be_another_one)
{
	char directory[64];
	struct ph_spawn_options options = { 0 };
	char *const argv[] = { (char *)"./spawned", (char *)"cwd", NULL };
	char command[PATH_MAX * 2];

	need_root();
	if (!SPAWNED_IS_STATIC)
		skip("no static programs here");
	enter(directory);
	(void)snprintf(command, sizeof(command), "cp %s .", SPAWNED_PATH);
	ck_assert_int_eq(system(command), 0);
	options.root = directory;
	ck_assert_str_eq(output_of(argv, &options, text, TEXT), "/\n");
	leave(directory);
}

static void expect_exit_0(char *const argv[])
{
	struct ph_process *process = spawned(argv, NULL);

	expect_exit(process, PH_EXITED, 0);
	process = ph_unref(process);
}

TEST(what_is_missing_is_told_apart)
{
	char directory[64];
	struct ph_spawn_options options = { 0 };
	char *const argv[] = { (char *)"./script", NULL };

	enter(directory);
	expect_failure(argv, &options, -ENOENT, PH_STEP_EXEC, 0);
	make_file("script", "#!/nowhere/at/all\n", 0700);
	/* valgrind does not live on after an exec that fails */
	if (!getenv("PH_TEST_SLOW"))
		expect_failure(argv, &options, -ENOENT, PH_STEP_INTERPRETER, 0);
	options.directory = "/nowhere";
	expect_failure(argv, &options, -ENOENT, PH_STEP_DIRECTORY, 0);
	options.directory = NULL;
	/* no shell guesses what it might be */
	make_file("script", "exit 0\n", 0700);
	if (!getenv("PH_TEST_SLOW"))
		expect_failure(argv, &options, -ENOEXEC, PH_STEP_EXEC, 0);
	make_file("script", "#!/bin/sh\nexit 0\n", 0600);
	expect_failure(argv, &options, -EACCES, PH_STEP_EXEC, 0);
	must(chmod("script", 0700));
	expect_exit_0(argv);
	leave(directory);
}

TEST(a_program_that_is_being_written_is_tried_again)
{
	char directory[64];
	struct ph_spawn_options options = { .flags = PH_SPAWN_NO_RETRY };
	char *const argv[] = { (char *)"./program", NULL };
	int fd;

	if (getenv("PH_TEST_SLOW"))
		skip("valgrind does not live on after an exec that fails");
	enter(directory);
	ck_assert_int_eq(system("cp -L bin/there program"), 0);
	fd = must(open("program", O_WRONLY | O_CLOEXEC));
	expect_failure(argv, &options, -ETXTBSY, PH_STEP_EXEC, 0);
	options.flags = 0;
	expect_failure(argv, &options, -ETXTBSY, PH_STEP_EXEC, 0);
	must(close(fd));
	(void)output_of(argv, &options, text, TEXT);
	leave(directory);
}
