/* SPDX-License-Identifier: MIT */

/*
 * The five processes that use most memory, with the beginning of their arguments. These are anybody's
 * words: what would steer a terminal is not printed as it is.
 *
 *	most_memory
 */

#include <prochandle.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = 5, WIDTH = 60 };

struct row {
	int64_t pid;
	uint64_t rss;
	uint64_t size;
	char words[WIDTH];
};

/* Largest first; what is pushed out of the table was smaller than five others. */
static int insert(const struct ph_info *info, void *arg)
{
	struct row *rows = arg;
	int place = SHOWN;

	while (place > 0 && info->rss > rows[place - 1].rss)
		place--;
	if (place == SHOWN)
		return 0;
	memmove(&rows[place + 1], &rows[place], (SHOWN - 1 - place) * sizeof(*rows));
	rows[place] = (struct row){ .pid = info->pid, .rss = info->rss };
	/* no arguments are left to a zombie, and a thread of the kernel has none */
	rows[place].size = info->cmdline_size < WIDTH ? info->cmdline_size : WIDTH;
	if (rows[place].size > 0)
		memcpy(rows[place].words, info->cmdline, rows[place].size);
	return 0;
}

static void print_words(const struct row *row)
{
	for (uint64_t i = 0; i < row->size; i++) {
		unsigned char byte = (unsigned char)row->words[i];

		if (byte == '\0')
			putchar(' ');
		else if (isprint(byte) && byte != '\\')
			putchar(byte);
		else
			printf("\\x%02x", byte);
	}
	putchar('\n');
}

int main(void)
{
	struct row rows[SHOWN] = { { 0 } };
	int r = ph_list(NULL, PH_INFO_MEMORY | PH_INFO_CMDLINE, insert, rows);

	if (r < 0) {
		fprintf(stderr, "most_memory: %s\n", ph_strerror(r));
		return 1;
	}
	for (int i = 0; i < SHOWN && rows[i].pid > 0; i++) {
		printf("%7lld %8llu KiB  ", (long long)rows[i].pid,
		       (unsigned long long)(rows[i].rss / 1024));
		print_words(&rows[i]);
	}
	return 0;
}
