/* SPDX-License-Identifier: MIT */

/*
 * What the tests of running start. Each argument is one thing to do, in order:
 *
 *	out=N err=N	write so many bytes
 *	say=TEXT	write a text to stdout
 *	read		read stdin to its end
 *	copy		the same, and write it to stdout
 *	steal		read from the pipe that stdout is, until it is empty
 *	close=FD	close a descriptor
 *	type		say what stdin is: "null" or "pipe"
 *	stop		stop, as by SIGSTOP
 *	term		wait for SIGTERM, which is blocked
 *	wait		until the end of descriptor 3, for ever if it is not open
 *	flood		write to stdout until descriptor 3 is at its end
 *	leave		the rest is done by a child, while this one exits
 *	pair		make a child that waits, say so on descriptor 4, and take SIGTERM
 *	root		become the user that the file belongs to, for good
 *	exit=N
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GATE = 3, TOLD = 4 };

static char buffer[65536];

static void write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0)
			_exit(99);
		data += n;
		size -= (size_t)n;
	}
}

static void write_many(int fd, long count)
{
	memset(buffer, 'x', sizeof(buffer));
	for (size_t left = (size_t)count; left > 0;) {
		size_t size = left < sizeof(buffer) ? left : sizeof(buffer);

		write_all(fd, buffer, size);
		left -= size;
	}
}

static void read_all(int to)
{
	ssize_t n;

	while ((n = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0)
		if (to >= 0)
			write_all(to, buffer, (size_t)n);
	if (n < 0)
		_exit(98);
}

static void steal(void)
{
	int fd = open("/proc/self/fd/1", O_RDONLY | O_NONBLOCK);

	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
	(void)close(fd);
}

static void say_type(void)
{
	struct stat st;

	if (fstat(STDIN_FILENO, &st) < 0)
		write_all(STDOUT_FILENO, "none", 4);
	else if (S_ISFIFO(st.st_mode))
		write_all(STDOUT_FILENO, "pipe", 4);
	else if (S_ISCHR(st.st_mode))
		write_all(STDOUT_FILENO, "null", 4);
}

static void await_term(void)
{
	sigset_t set;
	int signo;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigwait(&set, &signo);
}

static void await_gate(void)
{
	char byte;

	while (read(GATE, &byte, 1) > 0)
		;
	if (errno == EBADF)
		for (;;)
			(void)pause();
}

static void become_owner(void)
{
	if (geteuid() == getuid() || setuid(geteuid()) < 0)
		_exit(96);
}

static void flood(void)
{
	struct pollfd gate = { .fd = GATE };

	(void)signal(SIGPIPE, SIG_IGN);
	while (poll(&gate, 1, 0) == 0)
		if (write(STDOUT_FILENO, buffer, sizeof(buffer)) < 0)
			(void)poll(&gate, 1, -1);
}

static void block_term(int how)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(how, &set, NULL);
}

/*
 * SIGTERM is blocked. If it is there by now, it may have come before there was
 * anybody else to get it: "early".
 */
static void make_pair(void)
{
	sigset_t pending;

	if (fork() == 0) {
		(void)close(TOLD);
		block_term(SIG_UNBLOCK);
		await_gate();
		_exit(0);
	}
	(void)sigpending(&pending);
	write_all(TOLD, sigismember(&pending, SIGTERM) ? "early" : "ready", 5);
	block_term(SIG_UNBLOCK);
}

static void act(const char *what)
{
	const char *value = strchr(what, '=');

	value = value ? value + 1 : "";
	if (strncmp(what, "out=", 4) == 0)
		write_many(STDOUT_FILENO, atol(value));
	else if (strncmp(what, "err=", 4) == 0)
		write_many(STDERR_FILENO, atol(value));
	else if (strncmp(what, "say=", 4) == 0)
		write_all(STDOUT_FILENO, value, strlen(value));
	else if (strncmp(what, "close=", 6) == 0)
		(void)close(atoi(value));
	else if (strncmp(what, "exit=", 5) == 0)
		_exit(atoi(value));
	else if (strcmp(what, "read") == 0)
		read_all(-1);
	else if (strcmp(what, "copy") == 0)
		read_all(STDOUT_FILENO);
	else if (strcmp(what, "steal") == 0)
		steal();
	else if (strcmp(what, "type") == 0)
		say_type();
	else if (strcmp(what, "stop") == 0)
		(void)raise(SIGSTOP);
	else if (strcmp(what, "term") == 0)
		await_term();
	else if (strcmp(what, "wait") == 0)
		await_gate();
	else if (strcmp(what, "root") == 0)
		become_owner();
	else if (strcmp(what, "flood") == 0)
		flood();
	else if (strcmp(what, "pair") == 0)
		make_pair();
	else if (strcmp(what, "leave") != 0)
		_exit(97);
	else if (fork() != 0)
		_exit(0);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		act(argv[i]);
	return 0;
}
