/* SPDX-License-Identifier: MIT */

/*
 * Stop a process and everything below it, and tell what happens: SIGTERM, after so many
 * milliseconds SIGKILL, and 0 only if nobody is left.
 *
 *	stop_tree PID [MILLISECONDS]
 */

#include <prochandle.h>

#include <stdio.h>
#include <stdlib.h>

static int tell(const struct ph_stop_report *report, void *arg)
{
	int pid = (int)ph_pid(report->process);
	char words[64];

	(void)arg;
	switch (report->what) {
	case PH_STOP_SENT:
		printf("%d: signal %d\n", pid, (int)report->signo);
		break;
	case PH_STOP_REFUSED:
		printf("%d: %s\n", pid, ph_strerror((int)report->value));
		break;
	case PH_STOP_ENDED:
		ph_exit_text(&report->exit, words, sizeof(words));
		printf("%d: %s\n", pid, words);
		break;
	case PH_STOP_LEFT:
		printf("%d: still there\n", pid);
		break;
	default:
		break;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct ph_stop_options options = { .scope = PH_TREE, .report = tell };
	struct ph_process *process;
	int r;

	if (argc < 2)
		return 2;
	if (argc > 2)
		options.grace_ms = atol(argv[2]);
	r = ph_find(atoi(argv[1]), &process);
	if (r == 0)
		r = ph_stop_all(&process, 1, &options, NULL);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[1], ph_strerror(r));
	ph_unref(process);
	return r < 0;
}
