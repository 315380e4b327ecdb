/* SPDX-License-Identifier: MIT */

/*
 * ph_spawn: a program that somebody has open for writing. The pauses of the child
 * are seen through a filter that hands them to a thread: nothing here goes by time.
 */

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "child.h"
#include "spawn.h"

#ifdef SECCOMP_FILTER_FLAG_NEW_LISTENER

/* the pauses grow: 1, 2, 4, 8, 16, 32 ms */
enum { PAUSES = 6 };

struct program {
	char path[32];
	/* who has it open for writing */
	struct child writer;
};

static int fd_of_writer = -1;

static void hold_it(void *arg)
{
	(void)arg;
}

static struct program make_program(void)
{
	struct program program = { .path = "/tmp/ph-spawn-XXXXXX" };
	int from = must(open(SPAWNED_PATH, O_RDONLY | O_CLOEXEC));
	char buffer[16384];
	ssize_t n;

	if (getenv("PH_TEST_VALGRIND"))
		skip("valgrind does not live on after an exec that fails");
	fd_of_writer = must(mkostemp(program.path, O_CLOEXEC));
	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		ck_assert_int_eq(write(fd_of_writer, buffer, (size_t)n), n);
	must(fchmod(fd_of_writer, 0700));
	must(close(from));
	program.writer = child_start_with(hold_it, NULL);
	must(close(fd_of_writer));
	return program;
}

/* For this process and its children, from now on. */
static int listen_to_pauses(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_nanosleep, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .filter = code, .len = sizeof(code) / sizeof(code[0]) };
	long fd = -1;

	(void)ph_features();
	if (geteuid() == 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			     &program);
	if (fd < 0)
		skip("nobody can listen to a filter here: %s", strerror(errno));
	return (int)fd;
}

struct listener {
	pthread_t thread;
	int fd;
	int pauses;
	/* lets go of the program when that many pauses have been seen */
	struct child *writer;
	int patience;
};

static void *answer(void *arg)
{
	struct listener *listener = arg;

	for (;;) {
		struct seccomp_notif pause;
		struct seccomp_notif_resp over;

		memset(&pause, 0, sizeof(pause));
		memset(&over, 0, sizeof(over));
		must(ioctl(listener->fd, SECCOMP_IOCTL_NOTIF_RECV, &pause));
		over.id = pause.id;
		/* the call of the test itself, which ends this */
		if (pause.pid == (uint32_t)getpid()) {
			must(ioctl(listener->fd, SECCOMP_IOCTL_NOTIF_SEND, &over));
			return NULL;
		}
		if (++listener->pauses == listener->patience) {
			child_exit(listener->writer, 0);
			(void)child_reap(listener->writer);
		}
		must(ioctl(listener->fd, SECCOMP_IOCTL_NOTIF_SEND, &over));
	}
}

static struct listener start_listening(struct program *program, int patience)
{
	struct listener listener = { .writer = &program->writer, .patience = patience };

	listener.fd = listen_to_pauses();
	return listener;
}

/* Return: how many pauses there were */
static int stop_listening(struct listener *listener)
{
	(void)syscall(SYS_nanosleep, NULL, NULL);
	ck_assert_int_eq(pthread_join(listener->thread, NULL), 0);
	must(close(listener->fd));
	return listener->pauses;
}

static void do_not_let_go(void *arg)
{
	uint64_t flags = *(const uint64_t *)arg;
	struct program program = make_program();
	char *const argv[] = { program.path, (char *)"exit", (char *)"7", NULL };
	struct ph_spawn_options options = { .flags = flags };
	struct listener listener = start_listening(&program, -1);

	ck_assert_int_eq(pthread_create(&listener.thread, NULL, answer, &listener), 0);
	expect_failure(argv, &options, -ETXTBSY, PH_STEP_EXEC, 0);
	ck_assert_int_eq(stop_listening(&listener), flags & PH_SPAWN_NO_RETRY ? 0 : PAUSES);
	child_end(&program.writer);
	must(unlink(program.path));
}

TEST(who_does_not_let_go_is_waited_for_no_longer_than_that)
{
	uint64_t flags = 0;

	in_a_child(do_not_let_go, &flags);
}

TEST(who_does_not_want_to_wait_is_told_at_once)
{
	uint64_t flags = PH_SPAWN_NO_RETRY;

	in_a_child(do_not_let_go, &flags);
}

static void let_go_in_time(void *arg)
{
	int patience = *(const int *)arg;
	struct program program = make_program();
	char *const argv[] = { program.path, (char *)"exit", (char *)"7", NULL };
	struct listener listener = start_listening(&program, patience);
	struct ph_process *process;

	ck_assert_int_eq(pthread_create(&listener.thread, NULL, answer, &listener), 0);
	process = spawned(argv, NULL);
	expect_exit(process, PH_EXITED, 7);
	process = ph_unref(process);
	ck_assert_int_eq(stop_listening(&listener), patience);
	must(unlink(program.path));
}

TEST(who_lets_go_in_time_is_outlasted)
{
	int first = 1, last = PAUSES;

	in_a_child(let_go_in_time, &first);
	in_a_child(let_go_in_time, &last);
}

#else

TEST(a_program_that_is_open_for_writing_is_tried_again)
{
	skip("nobody can listen to a filter here");
}

#endif
