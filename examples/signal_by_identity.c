/* SPDX-License-Identifier: MIT */

/*
 * Terminate the process that a file names by identity, and nobody else: what `kill $(cat FILE)`
 * wants to do. The file holds one line, as `ph find PID` or ph_id() wrote it.
 *
 *	signal_by_identity FILE
 */

#include <prochandle.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static int read_line(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	if (!fgets(line, size, file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return 0;
}

int main(int argc, char **argv)
{
	struct ph_process *process;
	char id[PH_ID_SIZE];
	int r;

	if (argc != 2)
		return 2;
	r = read_line(argv[1], id, sizeof(id));
	if (r == 0)
		r = ph_find_id(id, &process);
	if (r == 0) {
		r = ph_kill(process, SIGTERM, PH_ONE);
		ph_unref(process);
	}
	if (r < 0) {
		fprintf(stderr, "%s: nothing sent: %s\n", argv[1], ph_strerror(r));
		return 1;
	}
	printf("%s: SIGTERM sent\n", id);
	return 0;
}
