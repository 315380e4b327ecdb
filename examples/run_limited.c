/* SPDX-License-Identifier: MIT */

/*
 * Run a command for a minute, a second of processor time and a kilobyte of output at most.
 *
 *	run_limited COMMAND [ARGUMENT...]
 */

#include <prochandle.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

int main(int argc, char **argv)
{
	struct ph_limit cpu = { .resource = RLIMIT_CPU, .soft = 1, .hard = 1 };
	struct ph_spawn_options options = { .err = PH_TO_OUT, .limits = &cpu, .limits_count = 1 };
	struct ph_output output = { .timeout_ms = 60000, .limit = 1024 };
	char how[64];
	int r = argc > 1 ? ph_run(argv + 1, &options, &output) : -EINVAL;

	if (r == 0 || r == -ETIMEDOUT) {
		ph_exit_text(&output.exit, how, sizeof(how));
		printf("%s%s\n", output.out, how);
	} else {
		fprintf(stderr, "%s: %s\n", argv[argc > 1], strerror(-r));
	}
	ph_output_clear(&output);
	return r != 0;
}
