/* SPDX-License-Identifier: MIT */

/*
 * Plays a corpus through a target without libFuzzer: each file whole, and cut
 * at every length. Prints TAP, one line for each file.
 */

#include <dirent.h>
#include <stdio.h>

#include "fuzz.h"

enum { LARGEST = 64 << 10 };

static int play(const char *directory, const char *name)
{
	static uint8_t data[LARGEST];
	char path[1024];
	size_t size;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "rb");
	if (!file)
		return -1;
	size = fread(data, 1, sizeof(data), file);
	(void)fclose(file);
	for (size_t length = 0; length <= size; length++)
		(void)LLVMFuzzerTestOneInput(data, length);
	return 0;
}

int main(int argc, char **argv)
{
	DIR *directory = argc == 2 ? opendir(argv[1]) : NULL;
	const struct dirent *entry;
	int count = 0, failed = 0;

	if (!directory) {
		fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
		return EXIT_FAILURE;
	}
	while ((entry = readdir(directory))) {
		int r;

		if (entry->d_name[0] == '.')
			continue;
		r = play(argv[1], entry->d_name);
		failed += r < 0;
		printf("%sok %d - %s\n", r < 0 ? "not " : "", ++count, entry->d_name);
		(void)fflush(stdout);
	}
	(void)closedir(directory);
	printf("1..%d\n", count);
	return count > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
