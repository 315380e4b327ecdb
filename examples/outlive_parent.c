/* SPDX-License-Identifier: MIT */

/*
 * Notice the end of one's parent, whatever ended it: no signal, and no look at getppid() now and then.
 * "watching" is printed once nothing can be missed any more.
 *
 *	outlive_parent
 */

#include <prochandle.h>

#include <stdio.h>

int main(void)
{
	PH_AUTO struct ph_process *self = NULL;
	PH_AUTO struct ph_process *parent = NULL;
	struct ph_exit how;
	char words[64];
	int r;

	r = ph_self(&self);
	if (r == 0)
		r = ph_parent(self, &parent);
	if (r < 0) {
		fprintf(stderr, "no parent to watch: %s\n", ph_strerror(r));
		return 1;
	}
	printf("watching %d\n", (int)ph_pid(parent));
	fflush(stdout);

	r = ph_wait(parent, -1, &how);
	if (r < 0)
		return 1;
	ph_exit_text(&how, words, sizeof(words));
	printf("parent %d: %s\n", (int)ph_pid(parent), words);
	return 0;
}
