/* SPDX-License-Identifier: MIT */

/* PHDEBUG is not for set-user-ID programs: who starts one is not to be trusted. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include "api.h"
#include "namespace.h"

static char directory[] = "/tmp/ph-secure-XXXXXX";
static char program[64];

static void remove_copy(void)
{
	(void)unlink(program);
	(void)rmdir(directory);
}

static void copy_program(mode_t mode)
{
	struct stat st;
	int from = must(open(SECURE_PROGRAM, O_RDONLY | O_CLOEXEC)), to;
	off_t done = 0;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	must(chmod(directory, 0755));
	(void)snprintf(program, sizeof(program), "%s/program", directory);
	must(fstat(from, &st));
	to = must(open(program, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700));
	while (done < st.st_size)
		must(sendfile(to, from, &done, (size_t)(st.st_size - done)));
	must(fchmod(to, mode));
	must(close(from));
	must(close(to));
}

/* Runs the copy as nobody, with a setting in the environment. */
static void run_copy(char *line, int size)
{
	int output[2];
	FILE *file;
	pid_t pid;

	must(pipe2(output, O_CLOEXEC));
	pid = fork_mortal();
	if (pid == 0) {
		become_nobody();
		must(setenv("PHDEBUG", "osfinderr=0,nosuch=1", 1));
		must(dup2(output[1], STDOUT_FILENO));
		(void)execl(program, program, (char *)NULL);
		_exit(EXIT_FAILURE);
	}
	must(close(output[1]));
	file = fdopen(output[0], "r");
	ck_assert_ptr_nonnull(file);
	line[0] = '\0';
	(void)!fgets(line, size, file);
	must(fclose(file));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void run_with_mode(mode_t mode, char *line, int size)
{
	struct statvfs fs;

	if (!can_become(NOBODY))
		skip("needs root, to make a program set-user-ID that another one runs");
	must(statvfs("/tmp", &fs));
	if (fs.f_flag & (ST_NOSUID | ST_NOEXEC))
		skip("/tmp takes no set-user-ID programs");
	copy_program(mode);
	run_copy(line, size);
	remove_copy();
}

TEST(a_program_hears_the_environment)
{
	char line[1024];

	run_with_mode(0755, line, sizeof(line));
	ck_assert_ptr_nonnull(strstr(line, "secure=0"));
	ck_assert_ptr_nonnull(strstr(line, " osfinderr=0"));
	ck_assert_ptr_nonnull(strstr(line, " nosuch=1"));
}

TEST(a_set_user_id_program_does_not_hear_the_environment)
{
	char line[1024];

	run_with_mode(04755, line, sizeof(line));
	if (strstr(line, "secure=0"))
		skip("set-user-ID has no effect here");
	ck_assert_ptr_nonnull(strstr(line, "secure=1"));
	ck_assert_ptr_nonnull(strstr(line, " osfinderr=1"));
	/* not even the names in it */
	ck_assert_ptr_null(strstr(line, "nosuch"));
}
