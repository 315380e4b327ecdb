/* SPDX-License-Identifier: MIT */

/*
 * Run a command for so many milliseconds at most: then SIGTERM, a second later SIGKILL. It gets 60
 * seconds of processor time; a megabyte of what it writes is handed on when it has ended.
 *
 *	run_with_deadline MILLISECONDS COMMAND [ARGUMENT...]
 */

#include <prochandle.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

int main(int argc, char **argv)
{
	struct ph_limit limit = { .resource = RLIMIT_CPU, .soft = 60, .hard = 61 };
	struct ph_failure failure = { 0 };
	struct ph_spawn_options options = {
		.in = PH_FD(0),
		.err = PH_TO_OUT,
		.limits = &limit,
		.limits_count = 1,
		.failure = &failure,
	};
	struct ph_output output = { .limit = 1 << 20, .grace_ms = 1000 };
	char words[64];
	int r, status;

	if (argc < 3)
		return 2;
	output.timeout_ms = atol(argv[1]);
	r = ph_run(argv + 2, &options, &output);
	if (r < 0 && r != -ETIMEDOUT) {
		fprintf(stderr, "%s: cannot %s: %s\n", argv[2], ph_step_text(failure.step),
			strerror(-r));
		return 125;
	}
	ph_exit_text(&output.exit, words, sizeof(words));
	fwrite(output.out, 1, output.out_size, stdout);
	printf("%s: %s\n", argv[2], words);
	status = r == 0 && output.exit.how == PH_EXITED ? output.exit.value : 124;
	ph_output_clear(&output);
	return status;
}
