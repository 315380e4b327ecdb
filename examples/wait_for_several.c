/* SPDX-License-Identifier: MIT */

/*
 * Wait for many processes in one poll(2), children or not, and tell how each ended. "waiting" is
 * printed once all of them are held: from then on the end of none is missed.
 *
 *	wait_for_several PID...
 */

#include <prochandle.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { MANY = 64 };

/* Whether it has ended: a descriptor may wake its waiter for nothing. */
static int tell_end(struct ph_process *process)
{
	struct ph_exit how;
	char words[64];

	if (ph_wait(process, 0, &how) < 0)
		return 0;
	ph_exit_text(&how, words, sizeof(words));
	printf("%d %s\n", (int)ph_pid(process), words);
	fflush(stdout);
	return 1;
}

int main(int argc, char **argv)
{
	struct ph_process *processes[MANY];
	struct pollfd ends[MANY];
	int count = argc - 1;
	int r;

	if (count < 1 || count > MANY)
		return 2;
	for (int i = 0; i < count; i++) {
		r = ph_find(atoi(argv[i + 1]), &processes[i]);
		if (r == 0)
			r = ph_fd(processes[i]);
		if (r < 0) {
			fprintf(stderr, "%s: %s\n", argv[i + 1], ph_strerror(r));
			return 1;
		}
		ends[i] = (struct pollfd){ .fd = r, .events = POLLIN };
	}
	printf("waiting for %d\n", count);
	fflush(stdout);
	for (int left = count; left > 0;) {
		poll(ends, (nfds_t)count, -1);
		for (int i = 0; i < count; i++) {
			if (ends[i].fd < 0 || !ends[i].revents || !tell_end(processes[i]))
				continue;
			/* It stays readable for ever: poll(2) skips what is negative. */
			ends[i].fd = -1;
			ph_unref(processes[i]);
			left--;
		}
	}
	return 0;
}
