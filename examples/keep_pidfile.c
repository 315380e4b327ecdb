/* SPDX-License-Identifier: MIT */

/*
 * A daemon that writes its pid file, and is the only one of its kind: `kill $(cat FILE)` finds it as
 * ever, and `ph kill @FILE` finds it or nobody. It stands by until its standard input ends.
 *
 *	keep_pidfile FILE
 */

#include <prochandle.h>

#include <errno.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct ph_process *self;
	int r;

	if (argc != 2)
		return 2;
	r = ph_self(&self);
	if (r == 0)
		r = ph_pidfile_write(self, argv[1]);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", argv[1],
			r == -EBUSY ? "another one runs" : ph_strerror(r));
		ph_unref(self);
		return 1;
	}
	if (r == PH_UNVERIFIED)
		fprintf(stderr, "%s: no identity can be kept with this file\n", argv[1]);
	printf("ready\n");
	fflush(stdout);

	while (getchar() != EOF)
		;

	r = ph_pidfile_remove(self, argv[1]);
	if (r < 0)
		fprintf(stderr, "%s: not removed: %s\n", argv[1], ph_strerror(r));
	ph_unref(self);
	return r < 0;
}
