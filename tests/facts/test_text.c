/* SPDX-License-Identifier: MIT */

/* ph_text: names, arguments and paths, whatever is in them. */

#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "facts.h"
#include "namespace.h"

enum {
	ROOM = 8192,
	/* more than a page, and more than what is read at one go */
	LONG_ARGUMENT = 9000,
};

static char long_argument[LONG_ARGUMENT + 1];

static struct shell long_shell_start(void)
{
	char *const argv[] = { "sh", "-c", SHELL_SCRIPT, ")\n\xff", "", long_argument, NULL };

	memset(long_argument, 'x', LONG_ARGUMENT);
	return shell_start(argv);
}

/* The whole text, and how long it is. */
static int text_of(struct ph_process *process, int what, char text[ROOM])
{
	int length;

	memset(text, 'y', ROOM);
	length = ph_text(process, what, text, ROOM);
	if (length >= 0 && length < ROOM)
		ck_assert_int_eq(text[length], '\0');
	return length;
}

TEST(the_arguments_are_told_with_their_nuls)
{
	static const char head[] = "sh\0-c\0" SHELL_SCRIPT "\0)\n\xff\0";
	const int expected = (int)sizeof(head) - 1 + 1 + LONG_ARGUMENT + 1;
	char text[2 * ROOM], part[64];
	struct shell shell;

	need_proc();
	shell = long_shell_start();
	ck_assert_int_eq(ph_text(shell.process, PH_TEXT_CMDLINE, text, sizeof(text)), expected);
	ck_assert_mem_eq(text, head, sizeof(head) - 1);
	ck_assert_int_eq(text[sizeof(head) - 1], '\0');
	ck_assert_mem_eq(text + sizeof(head), long_argument, LONG_ARGUMENT + 1);
	ck_assert_int_eq(text[expected], '\0');

	/* cut anywhere, and counted in full */
	ck_assert_int_eq(ph_text(shell.process, PH_TEXT_CMDLINE, NULL, 0), expected);
	for (size_t size = 1; size <= sizeof(part); size++) {
		memset(part, 'y', sizeof(part));
		ck_assert_int_eq(ph_text(shell.process, PH_TEXT_CMDLINE, part, size), expected);
		ck_assert_mem_eq(part, text, size - 1);
		ck_assert_int_eq(part[size - 1], '\0');
		for (size_t i = size; i < sizeof(part); i++)
			ck_assert_int_eq(part[i], 'y');
	}
	shell_end(&shell);
}

TEST(the_program_and_the_directories_are_paths)
{
	char text[ROOM], expected[ROOM];
	struct shell shell;
	ssize_t n;

	need_proc();
	shell = long_shell_start();
	ck_assert_ptr_nonnull(realpath("/bin/sh", expected));
	ck_assert_int_eq(text_of(shell.process, PH_TEXT_EXE, text), (int)strlen(expected));
	ck_assert_str_eq(text, expected);
	n = must((int)readlink("/proc/self/cwd", expected, sizeof(expected) - 1));
	expected[n] = '\0';
	ck_assert_int_eq(text_of(shell.process, PH_TEXT_CWD, text), n);
	ck_assert_str_eq(text, expected);
	n = must((int)readlink("/proc/self/root", expected, sizeof(expected) - 1));
	expected[n] = '\0';
	ck_assert_int_eq(text_of(shell.process, PH_TEXT_ROOT, text), n);
	ck_assert_str_eq(text, expected);
	/* cut, and counted in full */
	memset(text, 'y', sizeof(text));
	ck_assert_int_eq(ph_text(shell.process, PH_TEXT_EXE, text, 3),
			 text_of(shell.process, PH_TEXT_EXE, expected));
	ck_assert_int_eq(strncmp(text, expected, 2), 0);
	ck_assert_int_eq(text[2], '\0');
	ck_assert_int_eq(text[3], 'y');
	shell_end(&shell);
}

static void take_name(void *arg)
{
	(void)prctl(PR_SET_NAME, arg);
}

TEST(the_name_is_told_as_it_is)
{
	static const char *const names[] = { "",	 ")",	     "a\nb",	"\n",
					     "\xff\xfe", "\x1b[31m", "(sd-pam)" };
	char text[ROOM];

	need_proc();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct child child = child_start_with(take_name, (void *)names[i]);
		struct ph_process *process = found(child.pid);

		ck_assert_int_eq(text_of(process, PH_TEXT_COMM, text), (int)strlen(names[i]));
		ck_assert_str_eq(text, names[i]);
		process = ph_unref(process);
		child_end(&child);
	}
}

TEST(the_kernel_cuts_a_name_at_15_bytes)
{
	struct child child = child_start_with(take_name, "0123456789abcdefgh");
	struct ph_process *process = found(child.pid);
	char text[ROOM];

	need_proc();
	ck_assert_int_eq(text_of(process, PH_TEXT_COMM, text), 15);
	ck_assert_str_eq(text, "0123456789abcde");
	process = ph_unref(process);
	child_end(&child);
}

TEST(a_zombie_has_a_name_and_no_program)
{
	struct child child = child_start_with(take_name, "was");
	struct ph_process *process = found(child.pid);
	char text[ROOM];

	need_proc();
	child_become_zombie(&child, 0);
	ck_assert_int_eq(text_of(process, PH_TEXT_COMM, text), 3);
	ck_assert_str_eq(text, "was");
	ck_assert_int_eq(text_of(process, PH_TEXT_CMDLINE, text), 0);
	ck_assert_int_eq(text_of(process, PH_TEXT_EXE, text), -ENODATA);
	ck_assert_int_eq(text_of(process, PH_TEXT_CWD, text), -ENODATA);
	(void)child_reap(&child);
	ck_assert_int_eq(text_of(process, PH_TEXT_COMM, text), -ESRCH);
	process = ph_unref(process);
}

TEST(a_bare_number_that_nobody_has_is_gone)
{
	struct ph_process *process = NULL;
	char text[ROOM];

	set("osfinderr", "0");
	ck_assert_int_eq(ph_find(missing_pid(), &process), 0);
	ck_assert_int_eq(ph_guarantee(process), PH_UNCHECKED);
	for (int what = PH_TEXT_COMM; what <= PH_TEXT_WCHAN; what++)
		ck_assert_int_eq(text_of(process, what, text), -ESRCH);
	process = ph_unref(process);
}

TEST(the_cgroup_is_the_path_of_version_2)
{
	struct ph_process *process = found(getpid());
	char text[ROOM], file[ROOM];
	char *line;
	int length;

	need_proc();
	(void)read_proc(getpid(), "cgroup", file, sizeof(file));
	length = text_of(process, PH_TEXT_CGROUP, text);
	line = strstr(file, "\n0::");
	line = line ? line + 1 : file;
	if (strncmp(line, "0::", 3) != 0) {
		ck_assert_int_eq(length, -ENODATA);
	} else {
		line += 3;
		line[strcspn(line, "\n")] = '\0';
		ck_assert_int_eq(length, (int)strlen(line));
		ck_assert_str_eq(text, line);
	}
	process = ph_unref(process);
}

TEST(where_it_sleeps_is_a_word_or_nothing)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	char text[ROOM];
	int length;

	need_proc();
	length = text_of(process, PH_TEXT_WCHAN, text);
	/* this kernel may have no such file */
	if (length != -ENOTSUP) {
		ck_assert_int_ge(length, 0);
		ck_assert_str_ne(text, "0");
		ck_assert_ptr_null(strpbrk(text, " \n"));
	}
	process = ph_unref(process);
	child_end(&child);
}

TEST(text_refuses_nonsense)
{
	struct ph_process *process = found(getpid());
	char text[16];

	ck_assert_int_eq(ph_text(NULL, PH_TEXT_COMM, text, sizeof(text)), -EINVAL);
	ck_assert_int_eq(ph_text(process, PH_TEXT_COMM, NULL, 1), -EINVAL);
	ck_assert_int_eq(ph_text(process, 0, text, sizeof(text)), -EINVAL);
	ck_assert_int_eq(ph_text(process, -1, text, sizeof(text)), -EINVAL);
	ck_assert_int_eq(ph_text(process, PH_TEXT_WCHAN + 1, text, sizeof(text)), -EINVAL);
	ck_assert_int_eq(ph_text(process, INT_MAX, text, sizeof(text)), -EINVAL);
	process = ph_unref(process);
}

TEST(without_proc_there_is_no_text)
{
	struct ph_process *process = found(getpid());
	char text[16];

	if (has(PH_FEATURE_PROC))
		skip("there is /proc");
	for (int what = PH_TEXT_COMM; what <= PH_TEXT_WCHAN; what++)
		ck_assert_int_eq(ph_text(process, what, text, sizeof(text)), -ENOTSUP);
	process = ph_unref(process);
}

static void ask_root(void *arg)
{
	struct ph_process *process = arg;
	char text[ROOM];

	become_nobody();
	ck_assert_int_eq(text_of(process, PH_TEXT_EXE, text), -EACCES);
	ck_assert_int_eq(text_of(process, PH_TEXT_CWD, text), -EACCES);
	ck_assert_int_eq(text_of(process, PH_TEXT_ROOT, text), -EACCES);
	ck_assert_int_ge(text_of(process, PH_TEXT_COMM, text), 0);
}

TEST(who_may_not_trace_a_process_is_not_told_its_paths)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	need_proc();
	in_a_child(ask_root, process);
	process = ph_unref(process);
	child_end(&child);
}

enum { LEVELS = 25 };

/* Goes down to where the path is longer than the kernel tells. */
static void go_down(void *arg)
{
	char name[201];

	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	if (chdir(arg) < 0)
		_exit(EXIT_FAILURE);
	for (int i = 0; i < LEVELS; i++)
		if (mkdir(name, 0700) < 0 || chdir(name) < 0)
			_exit(EXIT_FAILURE);
}

static void remove_levels(const char *top)
{
	int fds[LEVELS + 1];
	char name[201];

	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	fds[0] = must(open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	for (int i = 0; i < LEVELS; i++)
		fds[i + 1] = must(openat(fds[i], name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	for (int i = LEVELS; i > 0; i--) {
		must(unlinkat(fds[i - 1], name, AT_REMOVEDIR));
		must(close(fds[i]));
	}
	must(close(fds[0]));
	must(rmdir(top));
}

TEST(a_path_of_5000_bytes_is_too_long)
{
	char top[] = "/tmp/ph-text-XXXXXX", text[ROOM];
	struct ph_process *process;
	struct child child;

	need_proc();
	ck_assert_ptr_nonnull(mkdtemp(top));
	child = child_start_with(go_down, top);
	process = found(child.pid);
	ck_assert_int_eq(text_of(process, PH_TEXT_CWD, text), -ENAMETOOLONG);
	process = ph_unref(process);
	child_end(&child);
	remove_levels(top);
}
