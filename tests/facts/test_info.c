/* SPDX-License-Identifier: MIT */

/* ph_info: each fact against /proc, of processes in a known state. */

#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "facts.h"
#include "namespace.h"

enum {
	SOME_USER = 4711,
	SOME_GROUP = 4712,
	OTHER_USER = 4713,
	OTHER_GROUP = 4714,
	MEMORY = 32 << 20,
};

/* What there is to be told of a process that runs, here. */
static uint64_t told_here(void)
{
	uint64_t told = PH_INFO_PID;

	if (asks_here())
		told |= BY_KERNEL;
	if (has(PH_FEATURE_PROC))
		told |= BY_PROC;
	if (has(PH_FEATURE_PROC) && cgroup_inode() != 0)
		told |= PH_INFO_CGROUP;
	if (has(PH_FEATURE_PIDFD | PH_FEATURE_INODE))
		told |= PH_INFO_INODE;
	return told;
}

/*
 * So much that it shows: the kernel counts on each processor by itself, and of a small
 * process that has just begun it may say that it has none.
 */
static void have_memory(void *arg)
{
	char *memory = malloc(MEMORY);

	(void)arg;
	if (!memory)
		_exit(EXIT_FAILURE);
	memset(memory, 1, MEMORY);
}

TEST(info_tells_what_proc_shows)
{
	struct child child = child_start_with(have_memory, NULL);
	struct ph_process *process = found(child.pid);
	struct ph_info info = info_of(process, PH_INFO_ALL);

	ck_assert_uint_eq(info.got, told_here());
	ck_assert_int_eq(info.pid, child.pid);
	if (info.got & PH_INFO_PARENT)
		ck_assert_int_eq(info.parent, getpid());
	if (info.got & PH_INFO_USER) {
		ck_assert_uint_eq(info.uid, geteuid());
		ck_assert_uint_eq(info.gid, getegid());
		ck_assert_uint_eq(info.real_uid, getuid());
		ck_assert_uint_eq(info.real_gid, getgid());
	}
	if (has(PH_FEATURE_PROC)) {
		ck_assert_int_eq(info.group, getpgrp());
		ck_assert_int_eq(info.session, getsid(0));
		ck_assert_uint_eq(info.start_ticks, (uint64_t)stat_field(child.pid, 22));
		ck_assert_uint_eq(info.threads, 1);
		ck_assert_uint_eq(info.flags, 0);
		ck_assert_uint_eq(info.vsize, (uint64_t)stat_field(child.pid, 23));
		ck_assert_uint_gt(info.rss, 0);
		ck_assert_int_ge(info.user_us, 0);
		ck_assert_int_ge(info.sys_us, 0);
	}
	/* what is not told is zero */
	ck_assert_int_eq(info.exit.how, PH_UNKNOWN);
	ck_assert_ptr_null(info.cmdline);
	if (!(info.got & PH_INFO_INODE))
		ck_assert_uint_eq(info.inode, 0);
	if (!(info.got & PH_INFO_CGROUP))
		ck_assert_uint_eq(info.cgroup, 0);
	process = ph_unref(process);
	child_end(&child);
}

TEST(info_tells_what_was_asked_for_and_no_more)
{
	struct ph_process *process = found(getpid());

	for (int bit = 0; bit < 64; bit++) {
		uint64_t want = UINT64_C(1) << bit;
		struct ph_info info = info_of(process, want);
		struct ph_info nothing;

		ck_assert_msg(info.got == (want & told_here()), "bit %d: %#llx", bit,
			      (unsigned long long)info.got);
		memset(&nothing, 0, sizeof(nothing));
		if (info.got == 0)
			ck_assert_mem_eq(&info, &nothing, sizeof(info));
	}
	process = ph_unref(process);
}

TEST(info_refuses_nonsense)
{
	struct ph_process *process = found(getpid());
	struct ph_info info = { .pid = 4711 };

	ck_assert_int_eq(ph_info(NULL, PH_INFO_PID, &info), -EINVAL);
	ck_assert_int_eq(ph_info_sized(process, PH_INFO_PID, NULL, sizeof(info)), -EINVAL);
	ck_assert_int_eq(ph_info(process, 0, &info), -EINVAL);
	ck_assert_int_eq(ph_info_sized(process, PH_INFO_PID, &info, sizeof(info) - 1), -EINVAL);
	ck_assert_int_eq(info.pid, 4711);
	process = ph_unref(process);
}

TEST(info_clears_what_a_program_of_tomorrow_knows)
{
	struct ph_process *process = found(getpid());
	struct {
		struct ph_info info;
		uint64_t later[2];
	} tomorrow;

	memset(&tomorrow, 0xff, sizeof(tomorrow));
	ck_assert_int_eq(ph_info_sized(process, PH_INFO_PID, &tomorrow.info, sizeof(tomorrow)), 0);
	ck_assert_int_eq(tomorrow.info.pid, getpid());
	ck_assert_uint_eq(tomorrow.later[0], 0);
	ck_assert_uint_eq(tomorrow.later[1], 0);
	process = ph_unref(process);
}

TEST(start_is_told_in_ticks_and_in_utc)
{
	struct ph_process *process = found(getpid());
	int64_t tick = 1000000000 / sysconf(_SC_CLK_TCK);
	struct timespec boot, utc;
	struct ph_info info;
	int64_t expected;

	need_proc();
	info = info_of(process, PH_INFO_START);
	must(clock_gettime(CLOCK_BOOTTIME, &boot));
	must(clock_gettime(CLOCK_REALTIME, &utc));
	expected = ((int64_t)utc.tv_sec - boot.tv_sec) * 1000000000 + utc.tv_nsec - boot.tv_nsec +
		   (int64_t)info.start_ticks * tick;
	/* the two clocks are read at two moments, and one of them may be set between */
	ck_assert_int_lt(llabs(info.start_ns - expected), INT64_C(60000000000));
	process = ph_unref(process);
}

TEST(a_child_that_is_stopped_is_shown_so)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);

	need_proc();
	stop(child.pid);
	ck_assert_int_eq(info_of(process, PH_INFO_STATE).state, 'T');
	must(kill(child.pid, SIGCONT));
	process = ph_unref(process);
	child_end(&child);
}

TEST(a_zombie_has_everything_but_memory)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_info info;

	child_become_zombie(&child, 3);
	info = info_of(process, PH_INFO_ALL);
	ck_assert_uint_eq(info.got, told_here());
	if (has(PH_FEATURE_PROC)) {
		ck_assert_int_eq(info.state, 'Z');
		ck_assert_uint_eq(info.vsize, 0);
		ck_assert_uint_eq(info.rss, 0);
		ck_assert_int_eq(info.parent, getpid());
	}
	/* it is still there to be reaped */
	ck_assert_int_eq(WEXITSTATUS(child_reap(&child)), 3);
	process = ph_unref(process);
}

TEST(threads_are_counted)
{
	struct ph_process *process = found(getpid());
	struct idle_thread thread = idle_thread_start();

	need_proc();
	ck_assert_uint_eq(info_of(process, PH_INFO_THREADS).threads,
			  status_number(getpid(), "Threads:", 0));
	ck_assert_uint_ge(info_of(process, PH_INFO_THREADS).threads, 2);
	idle_thread_end(&thread);
	process = ph_unref(process);
}

static void become_others(void *arg)
{
	(void)arg;
	if (setregid(SOME_GROUP, OTHER_GROUP) < 0 || setreuid(SOME_USER, OTHER_USER) < 0)
		_exit(EXIT_FAILURE);
}

/* It may not be traced any more either: what is in its directory is root's. */
TEST(users_are_told_real_and_effective)
{
	struct ph_process *process;
	struct child child;
	struct ph_info info;

	if (!can_become(SOME_USER))
		skip("only root becomes somebody else");
	child = child_start_with(become_others, NULL);
	process = found(child.pid);
	for (int i = 0; i < 3; i++) {
		uint64_t want = (i & 1 ? 0 : PH_INFO_USER) | (i & 2 ? 0 : PH_INFO_REAL_USER);

		info = info_of(process, want);
		ck_assert_uint_eq(info.got, want & told_here());
		if (info.got & PH_INFO_USER) {
			ck_assert_uint_eq(info.uid, OTHER_USER);
			ck_assert_uint_eq(info.gid, OTHER_GROUP);
		}
		if (info.got & PH_INFO_REAL_USER) {
			ck_assert_uint_eq(info.real_uid, SOME_USER);
			ck_assert_uint_eq(info.real_gid, SOME_GROUP);
		}
	}
	process = ph_unref(process);
	child_end(&child);
}

static const char *const names[] = {
	"", ")", ") Z 1 2 3", "a b\nc", "\x1b[2J", "(", "\xff", "\xc3\xa9", "15 bytes of it.",
};

static void take_name(void *arg)
{
	(void)prctl(PR_SET_NAME, arg);
}

TEST(a_name_may_be_anything)
{
	need_proc();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct child child = child_start_with(take_name, (void *)names[i]);
		struct ph_process *process = found(child.pid);
		struct ph_info info = info_of(process, PH_INFO_COMM | PH_INFO_PARENT);

		ck_assert_str_eq(info.comm, names[i]);
		ck_assert_int_eq(info.parent, getpid());
		process = ph_unref(process);
		child_end(&child);
	}
}

/* Return: some thread of the kernel, or 0 */
static pid_t kernel_thread(void)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	pid_t found = 0;

	ck_assert_ptr_nonnull(proc);
	while (found == 0 && (entry = readdir(proc))) {
		pid_t pid = (pid_t)atoi(entry->d_name);

		/* the kernel's first two are there as long as anybody is */
		if (pid == 2 && stat_field(pid, 9) & 0x200000)
			found = pid;
	}
	must(closedir(proc));
	return found;
}

TEST(a_thread_of_the_kernel_is_shown_so)
{
	pid_t pid = kernel_thread();
	struct ph_process *process;
	struct ph_info info;

	need_proc();
	if (pid == 0)
		skip("no thread of the kernel is to be seen from here");
	process = found(pid);
	info = info_of(process, PH_INFO_ALL);
	ck_assert_uint_eq(info.flags, PH_IS_KERNEL);
	ck_assert_int_eq(info.group, 0);
	ck_assert_uint_eq(info.vsize, 0);
	ck_assert_str_eq(info.comm, "kthreadd");
	process = ph_unref(process);
}

static void open_terminal(void *arg)
{
	int terminal;

	(void)setsid();
	/* the first one that a leader opens is its controlling terminal */
	terminal = open(arg, O_RDWR);
	if (terminal < 0)
		_exit(EXIT_FAILURE);
}

TEST(the_controlling_terminal_is_told_as_stat_has_it)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct ph_process *process;
	struct ph_info info;
	struct child child;
	struct stat st;
	char name[64];

	need_proc();
	if (terminal < 0 || grantpt(terminal) < 0 || unlockpt(terminal) < 0)
		skip("no terminals here: %s", strerror(errno));
	ck_assert_int_eq(ptsname_r(terminal, name, sizeof(name)), 0);
	if (stat(name, &st) < 0)
		skip("no terminals here: %s", strerror(errno));
	child = child_start_with(open_terminal, name);
	process = found(child.pid);
	info = info_of(process, PH_INFO_TTY | PH_INFO_SESSION);
	ck_assert_uint_eq(info.tty, st.st_rdev);
	ck_assert_int_eq(info.session, child.pid);
	process = ph_unref(process);
	child_end(&child);
	must(close(terminal));
}

TEST(the_cgroup_is_the_inode_of_its_directory)
{
	struct ph_process *process = found(getpid());
	struct ph_info info = info_of(process, PH_INFO_CGROUP);

	if (!(info.got & PH_INFO_CGROUP))
		skip("neither this kernel tells, nor a mount");
	ck_assert_uint_gt(info.cgroup, 0);
	if (cgroup_inode() != 0)
		ck_assert_uint_eq(info.cgroup, cgroup_inode());
	process = ph_unref(process);
}

TEST(the_inode_is_that_of_the_id)
{
	struct ph_process *process = found(getpid());
	struct ph_info info = info_of(process, PH_INFO_INODE);
	char id[PH_ID_SIZE], expected[PH_ID_SIZE];

	if (!has(PH_FEATURE_PIDFD | PH_FEATURE_INODE))
		skip("no inodes here");
	ck_assert_int_gt(ph_id(process, id, sizeof(id)), 0);
	(void)snprintf(expected, sizeof(expected), "%d:%llu", (int)getpid(),
		       (unsigned long long)info.inode);
	ck_assert_int_eq(strncmp(id, expected, strlen(expected)), 0);
	process = ph_unref(process);
}

TEST(the_end_is_told_once_it_is_known)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_info info;

	ck_assert_uint_eq(info_of(process, PH_INFO_EXIT).got, 0);
	(void)info_of(process, PH_INFO_PID);
	child_exit(&child, 7);
	expect_end(process, -1, PH_EXITED, 7, PH_HAS_USAGE);
	info = info_of(process, PH_INFO_EXIT | PH_INFO_PID | PH_INFO_COMM | PH_INFO_PARENT);
	ck_assert_uint_eq(info.got, PH_INFO_EXIT | PH_INFO_PID);
	ck_assert_int_eq(info.pid, child.pid);
	expect_record(&info.exit, PH_EXITED, 7, PH_HAS_USAGE);
	ck_assert_int_eq(ph_info(process, PH_INFO_PID, &info), -ESRCH);
	ck_assert_int_eq(ph_info(process, PH_INFO_INODE, &info), -ESRCH);
	process = ph_unref(process);
	child_forget(&child);
}

TEST(of_who_is_gone_the_end_is_told_if_the_kernel_does)
{
	struct child child = child_start();
	struct ph_process *process = found(child.pid);
	struct ph_info info = { .pid = 4711 };

	child_kill(&child, SIGKILL);
	(void)child_reap(&child);
	ck_assert_int_eq(ph_info(process, PH_INFO_ALL & ~PH_INFO_EXIT, &info), -ESRCH);
	ck_assert_int_eq(info.pid, 4711);
	if (tells_after_reap()) {
		info = info_of(process, PH_INFO_ALL);
		ck_assert_uint_eq(info.got & (PH_INFO_EXIT | PH_INFO_PID),
				  PH_INFO_EXIT | PH_INFO_PID);
		expect_record(&info.exit, PH_SIGNALED, SIGKILL, PH_FOREIGN);
	} else {
		ck_assert_int_eq(ph_info(process, PH_INFO_ALL, &info), -ESRCH);
	}
	process = ph_unref(process);
}
