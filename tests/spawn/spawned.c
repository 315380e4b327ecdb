/* SPDX-License-Identifier: MIT */

/* What the tests of spawning start: a program that tells what it was given. */

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

enum { DESCRIPTORS = 1024 };

/* "3:1234 " for each that is open: number and inode */
static void list_descriptors(void)
{
	char text[4096] = "";
	size_t length = 0;
	struct stat st;

	for (int fd = 0; fd < DESCRIPTORS && length < sizeof(text) - 64; fd++)
		if (fstat(fd, &st) == 0)
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%d:%lu ",
						   fd, (unsigned long)st.st_ino);
	printf("%s\n", text);
}

/* Until the other end of stdin is closed; a byte on stdout says that it waits. */
static void wait_for_end(void)
{
	char byte;

	printf(".");
	(void)fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	char directory[PATH_MAX];
	int signo = 0;

	if (strcmp(verb, "exit") == 0 && argc > 2)
		return atoi(argv[2]);
	if (strcmp(verb, "args") == 0)
		for (int i = 0; i < argc; i++)
			printf("%s\n", argv[i]);
	if (strcmp(verb, "env") == 0)
		for (char **entry = environ; *entry; entry++)
			printf("%s\n", *entry);
	if (strcmp(verb, "cwd") == 0)
		printf("%s\n", getcwd(directory, sizeof(directory)) ? directory : "none");
	if (strcmp(verb, "fds") == 0)
		list_descriptors();
	if (strcmp(verb, "wait") == 0)
		wait_for_end();
	if (strcmp(verb, "death") == 0) {
		(void)prctl(PR_GET_PDEATHSIG, &signo);
		printf("%d\n", signo);
	}
	if (strcmp(verb, "umask") == 0)
		printf("%o\n", (unsigned)umask(0));
	if (strcmp(verb, "copy") == 0)
		for (int c = getchar(); c != EOF; c = getchar())
			(void)putchar(c);
	if (strcmp(verb, "stderr") == 0)
		(void)fputs("err\n", stderr);
	if (strcmp(verb, "pid") == 0)
		printf("%ld\n", (long)getpid());
	return 0;
}
