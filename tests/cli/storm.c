/* SPDX-License-Identifier: MIT */

/*
 * storm COUNT: a process that forks its successor and exits, as that does, COUNT times. It minds no
 * SIGTERM, and says on descriptor 8 when it is under way.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { HEARD = 8, UNDER_WAY = 16 };

int main(int argc, char **argv)
{
	long count = argc > 1 ? strtol(argv[1], NULL, 10) : 0;

	(void)signal(SIGTERM, SIG_IGN);
	for (long i = 0; i < count; i++) {
		if (i == UNDER_WAY)
			(void)dprintf(HEARD, "storm\n");
		if (fork() != 0)
			_exit(0);
	}
	return 0;
}
