/* SPDX-License-Identifier: MIT */

/* ph_find_peer: who made the connection, alive or not. */

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "../api/api.h"
#include "namespace.h"
#include "pidfd.h"

static int told(void)
{
	return has(PH_FEATURE_PEER) ? 0 : PH_UNVERIFIED;
}

static void expect_refused(int socket, int error)
{
	struct ph_process *process = (struct ph_process *)&process;

	ck_assert_int_eq(ph_find_peer(socket, &process), error);
	ck_assert_ptr_null(process);
}

static void expect_peer(int socket, pid_t pid)
{
	struct ph_process *process = NULL;

	ck_assert_int_eq(ph_find_peer(socket, &process), told());
	ck_assert_int_eq(ph_pid(process), pid);
	ck_assert_int_eq(ph_guarantee(process), expected_guarantee());
	process = ph_unref(process);
}

TEST(the_peer_of_a_pair_is_who_made_it)
{
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	expect_peer(pair[0], getpid());
	must(close(pair[1]));
	expect_peer(pair[0], getpid());
	must(close(pair[0]));
}

struct meeting {
	struct sockaddr_un address;
	socklen_t size;
};

static void connect_to(void *arg)
{
	const struct meeting *meeting = arg;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&meeting->address, meeting->size) < 0)
		_exit(100);
}

/* A listener without a name in any file. */
static int listen_at(struct meeting *meeting)
{
	int fd = must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

	meeting->address.sun_family = AF_UNIX;
	must(bind(fd, (const struct sockaddr *)&meeting->address, sizeof(sa_family_t)));
	meeting->size = sizeof(meeting->address);
	must(getsockname(fd, (struct sockaddr *)&meeting->address, &meeting->size));
	must(listen(fd, 8));
	return fd;
}

/* Return: the end of a connection that a child has made */
static int connected(struct child *ret_child)
{
	struct meeting meeting = { .size = 0 };
	int listener = listen_at(&meeting);
	int fd;

	*ret_child = child_start_with(connect_to, &meeting);
	fd = must(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
	must(close(listener));
	return fd;
}

TEST(the_peer_is_who_has_connected)
{
	struct child child;
	struct ph_process *process = NULL;
	int fd = connected(&child);

	expect_peer(fd, child.pid);
	ck_assert_int_eq(ph_find_peer(fd, &process), told());
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_ONE), 0);
	expect_end(process, -1, PH_SIGNALED, SIGKILL, PH_HAS_USAGE);
	process = ph_unref(process);
	child_forget(&child);
	must(close(fd));
}

TEST(the_peer_of_who_connects_is_who_listens)
{
	struct meeting meeting = { .size = 0 };
	int listener = listen_at(&meeting);
	int fd = must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

	must(connect(fd, (const struct sockaddr *)&meeting.address, meeting.size));
	expect_peer(fd, getpid());
	must(close(fd));
	must(close(listener));
}

TEST(a_peer_that_has_ended_is_there_until_it_is_reaped)
{
	struct child child;
	int fd = connected(&child);

	child_become_zombie(&child, 7);
	expect_peer(fd, child.pid);
	child_end(&child);
	must(close(fd));
}

/* Does this kernel give a pidfd on who has been reaped? */
static bool kernel_tells_of_the_dead(int socket)
{
	int pidfd = -1;
	socklen_t size = sizeof(pidfd);

	if (!has(PH_FEATURE_PEER) ||
	    getsockopt(socket, SOL_SOCKET, RAW_SO_PEERPIDFD, &pidfd, &size) < 0)
		return false;
	must(close(pidfd));
	return true;
}

TEST(a_peer_that_has_been_reaped_is_known_if_the_kernel_knows_it)
{
	struct child child;
	struct ph_process *process = NULL;
	int fd = connected(&child);
	pid_t pid = child.pid;

	child_exit(&child, 7);
	(void)child_reap(&child);
	if (!kernel_tells_of_the_dead(fd)) {
		expect_refused(fd, -ESRCH);
		must(close(fd));
		return;
	}
	ck_assert_int_eq(ph_find_peer(fd, &process), 0);
	ck_assert_int_eq(ph_pid(process), pid);
	ck_assert_int_eq(ph_kill(process, SIGKILL, PH_ONE), -ESRCH);
	if (tells_after_reap())
		expect_end(process, 0, PH_EXITED, 7, PH_FOREIGN);
	else
		expect_end(process, 0, PH_UNKNOWN, 0, PH_FOREIGN);
	process = ph_unref(process);
	must(close(fd));
}

TEST(what_has_no_peer_is_an_error)
{
	int lonely = must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	int inet = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int null = must(open("/dev/null", O_RDONLY | O_CLOEXEC));

	expect_refused(lonely, -ENODATA);
	expect_refused(null, -ENOTSOCK);
	expect_refused(-1, -EBADF);
	must(close(lonely));
	expect_refused(lonely, -EBADF);
	must(close(null));
	if (inet >= 0) {
		expect_refused(inet, -ENODATA);
		must(close(inet));
	}
	ck_assert_int_eq(ph_find_peer(0, NULL), -EINVAL);
}

TEST(a_full_table_of_descriptors_is_an_error)
{
	struct ph_process *process = NULL;
	struct rlimit before;
	int pair[2], r;

	/* a bare number needs none */
	if (is_bare_here())
		skip("nothing is held open here");
	probe_first();
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	before = descriptors_leave(0);
	r = ph_find_peer(pair[0], &process);
	descriptors_restore(before);
	ck_assert_int_eq(r, -EMFILE);
	ck_assert_ptr_null(process);
	must(close(pair[0]));
	must(close(pair[1]));
}

static void look_from_inside(void *arg)
{
	expect_refused(*(int *)arg, -EREMOTE);
}

TEST(a_peer_outside_the_namespace_is_remote)
{
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	in_own_pid_namespace(look_from_inside, pair);
	must(close(pair[0]));
	must(close(pair[1]));
}
