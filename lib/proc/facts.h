/* SPDX-License-Identifier: MIT */

/*
 * Facts that /proc has of a process, below a descriptor of its own directory or
 * of /proc itself. Whose they are, if it was a number that led there, is for
 * the caller to verify.
 */

#ifndef PH_PROC_FACTS_H
#define PH_PROC_FACTS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <prochandle.h>

/* the facts that stand in one file, stat */
#define PH_PROC_IN_STAT                                                                    \
	(PH_INFO_PID | PH_INFO_PARENT | PH_INFO_GROUP | PH_INFO_SESSION | PH_INFO_TTY |    \
	 PH_INFO_START | PH_INFO_STATE | PH_INFO_THREADS | PH_INFO_MEMORY | PH_INFO_TIME | \
	 PH_INFO_COMM)

/* those that /proc has at all */
#define PH_PROC_HAS (PH_PROC_IN_STAT | PH_INFO_USER | PH_INFO_REAL_USER)

struct ph_proc_place {
	int directory;
	/* "" or a number */
	const char *name;
};

/* the directory of a process itself */
static inline struct ph_proc_place ph_proc_place_of(int directory)
{
	return (struct ph_proc_place){ .directory = directory, .name = "" };
}

/* what makes times of ticks, for one walk or one look */
struct ph_proc_clock {
	int64_t tick_ns;
	int64_t page;
	/* the time since boot and since 1970, of one moment */
	int64_t boot_ns;
	int64_t utc_ns;
};

struct ph_proc_clock ph_proc_clock_now(void);

/* When that tick was, in nanoseconds since 1970. */
int64_t ph_proc_start_ns(const struct ph_proc_clock *clock, uint64_t ticks);

/*
 * Those of @want that are in /proc, added to @info and to its got. Nothing is
 * added on failure. Return: 0, -ESRCH it has been reaped, or as open(2) and
 * read(2)
 */
int ph_proc_facts(const struct ph_proc_place *place, uint64_t want,
		  const struct ph_proc_clock *clock, struct ph_info *info);

/*
 * One of its files, with one read: as much as fits. No NUL is added.
 * Return: bytes read, or as above
 */
ssize_t ph_proc_read_some(const struct ph_proc_place *place, const char *file, char *buffer,
			  size_t size);

/* Room for the path of a file of a process below /proc. */
enum { PH_PROC_PATH_SIZE = 32 };

/* Puts the path of a file, below the directory of the place, into @path. */
void ph_proc_path(const struct ph_proc_place *place, const char *file, char path[PH_PROC_PATH_SIZE]);

#endif
