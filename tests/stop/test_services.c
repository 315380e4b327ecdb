/* SPDX-License-Identifier: MIT */

/* What programs start in practice, stopped as a tree: nothing is left of it. */

#include "grove.h"

/*
 * A shell that starts a web server, which has workers, and waits for it. Each of
 * them says so on stdout, and ends by itself in case the test does not end it.
 */
static const char server[] =
	"import http.server, os, signal, socketserver\n"
	"s = socketserver.TCPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)\n"
	"for _ in range(3):\n"
	"    if os.fork() == 0:\n"
	"        break\n"
	"signal.alarm(100)\n"
	"os.write(1, b'.')\n"
	"s.serve_forever()\n";

/* A build of four jobs that take their time. */
static const char makefile[] = "all: a b c d\n"
			       "a b c d:\n"
			       "\t@printf . >&4; read x <&3 || exit 1\n";

static bool is_in_path(const char *program)
{
	char *const argv[] = { (char *)program, (char *)"--version", NULL };
	struct ph_output output = { 0 };
	int r = ph_run(argv, NULL, &output);

	ph_output_clear(&output);
	return r == 0;
}

/* They hold 3, which they read, 4, where they say that they are there, and 5, their life. */
static struct ph_process *start(struct grove *grove, char *const argv[])
{
	const struct ph_fd_map fds[] = { { .child = 3, .from = grove->leash[0] },
					 { .child = 4, .from = grove->ready[1] },
					 { .child = 5, .from = grove->life[1] } };
	const struct ph_spawn_options options = {
		.in = PH_NULL,
		.out = PH_FD(grove->ready[1]),
		.err = PH_NULL,
		.fds = fds,
		.fds_count = 3,
	};
	struct ph_process *process = NULL;

	ck_assert_int_eq(ph_spawn(argv, &options, &process), 0);
	must(close(grove->life[1]));
	return process;
}

static void expect_nothing_left(struct grove *grove, struct ph_process *process)
{
	ck_assert(!grove_is_empty(grove));
	ck_assert_int_eq(ph_stop(process, PH_TREE, NEVER_MS, NULL), 0);
	ck_assert(grove_is_empty(grove));
	grove_end(grove);
	process = ph_unref(process);
}

TEST(a_web_server_with_workers_is_stopped)
{
	char *const argv[] = {
		(char *)"sh",	   (char *)"-c", (char *)"\"$@\" &\nwait", (char *)"sh",
		(char *)"python3", (char *)"-c", (char *)server,	   NULL
	};
	struct ph_process *process;
	struct grove grove;

	need_members();
	if (!is_in_path("python3"))
		skip("no python3");
	grove_begin(&grove);
	process = start(&grove, argv);
	grove_await(&grove, 4);
	expect_nothing_left(&grove, process);
}

TEST(a_build_of_several_jobs_is_stopped)
{
	char path[] = "/tmp/prochandle-build.XXXXXX";
	char *const argv[] = { (char *)"make", (char *)"-j4", (char *)"-f", path, NULL };
	struct ph_process *process;
	struct grove grove;
	int fd;

	need_members();
	if (!is_in_path("make"))
		skip("no make");
	fd = must(mkstemp(path));
	ck_assert_int_eq(write(fd, makefile, sizeof(makefile) - 1), (ssize_t)sizeof(makefile) - 1);
	must(close(fd));
	grove_begin(&grove);
	process = start(&grove, argv);
	grove_await(&grove, 4);
	must(unlink(path));
	expect_nothing_left(&grove, process);
}
