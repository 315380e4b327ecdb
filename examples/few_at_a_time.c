/* SPDX-License-Identifier: MIT */

/*
 * Run each line of standard input as a command, N of them at a time, and tell how each ended. The
 * exit status is 0 if all of them exited with 0, and else 1.
 *
 *	few_at_a_time N <commands
 */

#include <prochandle.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 16 };

/* The line is the set's until its command has ended. */
static int start(struct ph_set *set, char *line)
{
	char *argv[] = { "sh", "-c", line, NULL };
	struct ph_process *process;
	int r;

	r = ph_spawn(argv, NULL, &process);
	if (r < 0)
		return r;
	r = ph_set_add(set, process, line);
	ph_unref(process);
	return r;
}

/* How many of those that have ended did not succeed. */
static int collect(struct ph_set *set)
{
	struct ph_event events[AT_ONCE];
	int count = ph_set_wait(set, -1, events, AT_ONCE);
	int failed = 0;
	char words[64];

	for (int i = 0; i < count; i++) {
		ph_exit_text(&events[i].exit, words, sizeof(words));
		printf("%s: %s\n", (char *)events[i].data, words);
		failed += events[i].exit.how != PH_EXITED || events[i].exit.value != 0;
		free(events[i].data);
		ph_unref(events[i].process);
	}
	fflush(stdout);
	return count < 0 ? count : failed;
}

int main(int argc, char **argv)
{
	int most = argc == 2 ? atoi(argv[1]) : 0;
	char line[4096];
	struct ph_set *set;
	int failed = 0;
	int r;

	if (most < 1)
		return 2;
	r = ph_set_new(&set);
	while (r >= 0 && fgets(line, sizeof(line), stdin)) {
		char *command;

		line[strcspn(line, "\n")] = '\0';
		command = strdup(line);
		r = command ? start(set, command) : -ENOMEM;
		if (r < 0)
			free(command);
		while (r >= 0 && ph_set_count(set) >= most) {
			r = collect(set);
			failed += r > 0 ? r : 0;
		}
	}
	while (r >= 0 && ph_set_count(set) > 0) {
		r = collect(set);
		failed += r > 0 ? r : 0;
	}
	if (r < 0)
		fprintf(stderr, "few_at_a_time: %s\n", ph_strerror(r));
	ph_set_unref(set);
	return r < 0 || failed > 0;
}
