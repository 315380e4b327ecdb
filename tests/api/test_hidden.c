/* SPDX-License-Identifier: MIT */

/*
 * /proc that hides (hidepid): a child that executes a set-user-ID program is
 * no longer shown to its own parent, and is neither gone nor somebody else's.
 */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "api.h"
#include "namespace.h"

/* in the mount namespace of the test: a place for programs that is not nosuid */
#define PLACE "/mnt"
#define PROGRAM PLACE "/cat"

static void make_set_user_id_program(void)
{
	pid_t pid;
	int status;

	if (mount("none", PLACE, "tmpfs", 0, "mode=755") < 0)
		skip("nothing can be mounted on " PLACE ": %s", strerror(errno));
	pid = fork_mortal();
	if (pid == 0) {
		(void)execl("/bin/cp", "cp", "/bin/cat", PROGRAM, (char *)NULL);
		_exit(EXIT_FAILURE);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (status != 0)
		skip("no program to be copied here");
	must(chmod(PROGRAM, S_ISUID | 0755));
}

/* Starts when a byte comes; what comes then, it says. */
static pid_t start_program(int in, int out)
{
	pid_t pid = fork_mortal();
	char byte;

	if (pid != 0)
		return pid;
	(void)dup2(in, STDIN_FILENO);
	(void)dup2(out, STDOUT_FILENO);
	if (read(STDIN_FILENO, &byte, 1) == 1)
		(void)execl(PROGRAM, "cat", (char *)NULL);
	_exit(EXIT_FAILURE);
}

static int meet_nobody(struct ph_process *process, void *arg)
{
	(void)process;
	(void)arg;
	return 0;
}

/* What would have to be proved of what is hidden. */
static void ask_for_facts(struct ph_process *process)
{
	struct ph_filter children = { .parent = process }, below = { .ancestor = process };
	bool is_proved = has(PH_FEATURE_PIDFD) || is_bare_here();
	struct ph_info info;
	char text[64];

	if (is_proved)
		return;
	ck_assert_int_eq(ph_info(process, PH_INFO_COMM, &info), -EPERM);
	ck_assert_int_eq(ph_text(process, PH_TEXT_COMM, text, sizeof(text)), -EPERM);
	ck_assert_int_eq(ph_each(&children, meet_nobody, NULL), -EPERM);
	ck_assert_int_eq(ph_each(&below, meet_nobody, NULL), -EPERM);
}

static void hold_program(void *arg)
{
	struct ph_process *process;
	int in[2], out[2];
	char byte;
	pid_t pid;

	(void)arg;
	become_nobody();
	must(pipe2(in, O_CLOEXEC));
	must(pipe2(out, O_CLOEXEC));
	pid = start_program(in[0], out[1]);
	process = found(pid);
	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	/* seen to be a child */
	expect_running(process, 0);
	ck_assert_int_eq(write(in[1], "ab", 2), 2);
	ck_assert_int_eq(read(out[0], &byte, 1), 1);
	ck_assert_int_eq(byte, 'b');

	/* that the number is its own cannot be proved without a pidfd */
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE),
			 has(PH_FEATURE_PIDFD) || is_bare_here() ? 0 : -EPERM);
	ask_for_facts(process);
	expect_running(process, 0);
	expect_running(process, 5);
	must(close(in[1]));
	expect_end(process, TEST_SECONDS * 1000, PH_EXITED, 0, PH_HAS_USAGE);
	ck_assert_int_eq(ph_kill(process, 0, PH_ONE), -ESRCH);
	process = ph_unref(process);
	must(close(in[0]));
	must(close(out[0]));
	must(close(out[1]));
}

static void hide_with(void *arg)
{
	must(mount("none", "/proc", "proc", 0, arg));
	make_set_user_id_program();
	in_a_child(hold_program, NULL);
}

TEST(a_child_that_proc_does_not_show_any_more_is_held_and_reaped)
{
	with_hidden_processes(hide_with, "hidepid=2");
}

TEST(a_child_that_proc_does_not_open_any_more_is_held_and_reaped)
{
	with_hidden_processes(hide_with, "hidepid=1");
}
