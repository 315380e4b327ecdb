/* SPDX-License-Identifier: MIT */

/*
 * listener [SIGNAL[=STATUS]]...: says on descriptor 8 what it hears, each signal in a line, and leaves
 * when it is told so on descriptor 7, where a line is its exit status; or with the signal that has one.
 * The line "parent" is answered by a SIGTERM to its parent. A shell cannot do this: a signal that comes
 * just before its read(2) waits until the next line.
 */

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/signals.h"

#ifdef __SANITIZE_ADDRESS__
/* Its look for leaks stops the process, and waits for ever if a SIGCONT comes at that moment. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

enum { TOLD = 7, HEARD = 8, HIGHEST = 64 };

static const char *names[HIGHEST + 1];

static void hear(int fd)
{
	struct signalfd_siginfo info;
	const char *status;

	if (read(fd, &info, sizeof(info)) != sizeof(info) || info.ssi_signo > HIGHEST)
		exit(99);
	status = strchr(names[info.ssi_signo], '=');
	if (status)
		exit((int)strtol(status + 1, NULL, 10));
	(void)dprintf(HEARD, "%s\n", names[info.ssi_signo]);
}

static void listen_to_words(void)
{
	char line[32];
	size_t length = 0;

	/* byte by byte, for what follows may be somebody else's */
	while (length < sizeof(line) - 1 && read(TOLD, line + length, 1) == 1 &&
	       line[length] != '\n')
		length++;
	line[length] = '\0';
	if (strcmp(line, "parent") != 0)
		exit((int)strtol(line, NULL, 10));
	(void)kill(getppid(), SIGTERM);
}

int main(int argc, char **argv)
{
	struct pollfd polled[2] = { { .events = POLLIN }, { .fd = TOLD, .events = POLLIN } };
	sigset_t set;

	(void)sigemptyset(&set);
	for (int i = 1; i < argc; i++) {
		char name[32];
		int signo;

		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(argv[i], "="), argv[i]);
		signo = ph_signal_from_name(name);
		if (signo <= 0 || signo > HIGHEST)
			return 99;
		names[signo] = argv[i];
		(void)sigaddset(&set, signo);
	}
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return 99;
	polled[0].fd = signalfd(-1, &set, SFD_CLOEXEC);
	(void)dprintf(HEARD, "ready %d\n", (int)getpid());
	for (;;) {
		if (poll(polled, 2, -1) < 0)
			continue;
		if (polled[0].revents)
			hear(polled[0].fd);
		else
			listen_to_words();
	}
}
