/* SPDX-License-Identifier: MIT */

/* What the tests of pid files say often. */

#ifndef PIDFILE_H
#define PIDFILE_H

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "../api/api.h"

#define ATTRIBUTE "user.ph.handle"

/* A directory of the test's own, and a file in it that is not there yet. */
struct place {
	char directory[PATH_MAX - 16];
	char path[PATH_MAX];
};

static inline struct place place_make(void)
{
	struct place place;
	const char *above = getenv("TMPDIR");

	(void)snprintf(place.directory, sizeof(place.directory), "%s/ph-pidfile-XXXXXX",
		       above ? above : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(place.directory));
	(void)snprintf(place.path, sizeof(place.path), "%s/x.pid", place.directory);
	return place;
}

/* How many entries it has. */
static inline int place_count(const struct place *place)
{
	DIR *directory = opendir(place->directory);
	int count = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		count++;
	must(closedir(directory));
	return count - 2;
}

/* Removes it with what is in it. */
static inline void place_end(const struct place *place)
{
	DIR *directory = opendir(place->directory);
	const struct dirent *entry;

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			must(unlinkat(dirfd(directory), entry->d_name, 0));
	must(closedir(directory));
	must(rmdir(place->directory));
}

/* What another program writes. */
static inline void put_bytes(const char *path, const char *text, size_t length)
{
	int fd = must(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));

	ck_assert_int_eq(write(fd, text, length), (ssize_t)length);
	must(fchmod(fd, 0644));
	must(close(fd));
}

static inline void put_text(const char *path, const char *text)
{
	put_bytes(path, text, strlen(text));
}

static inline void put_pid(const char *path, pid_t pid)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d\n", (int)pid);
	put_text(path, text);
}

static inline void expect_text(const char *path, const char *expected)
{
	char text[64];
	int fd = must(open(path, O_RDONLY | O_CLOEXEC));
	ssize_t n = must((int)read(fd, text, sizeof(text) - 1));

	text[n] = '\0';
	ck_assert_str_eq(text, expected);
	must(close(fd));
}

static inline void expect_pid(const char *path, pid_t pid)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d\n", (int)pid);
	expect_text(path, text);
}

/* A moment so many seconds ago, by the clock that files go by. */
static inline struct timespec seconds_ago(int seconds)
{
	struct timespec moment;

	must(clock_gettime(CLOCK_REALTIME, &moment));
	moment.tv_sec -= seconds;
	return moment;
}

/* As if it had been written then. */
static inline void date(const char *path, struct timespec moment)
{
	const struct timespec times[] = { moment, moment };

	must(utimensat(AT_FDCWD, path, times, 0));
}

/* As if it had been written so long ago, or will be. */
static inline void age(const char *path, int seconds)
{
	date(path, seconds_ago(seconds));
}

/* As if it had been written before the boot. */
static inline void age_over_boot(const char *path)
{
	struct timespec up;

	must(clock_gettime(CLOCK_BOOTTIME, &up));
	age(path, (int)up.tv_sec + 60);
}

/* Can the identity be kept with a file in this place? */
static inline bool keeps_identity(const struct place *place)
{
	bool keeps;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/probe", place->directory);
	put_text(path, "");
	keeps = setxattr(path, ATTRIBUTE, "x", 1, 0) == 0;
	must(unlink(path));
	return keeps && (has(PH_FEATURE_INODE) || has(PH_FEATURE_PROC));
}

/* What a call about a file that the library wrote there returns. */
static inline int proof(const struct place *place)
{
	return keeps_identity(place) ? 0 : PH_UNVERIFIED;
}

static inline void expect_names(const char *path, pid_t pid, int expected)
{
	struct ph_process *process = NULL;

	ck_assert_int_eq(ph_find_pidfile(path, &process), expected);
	ck_assert_ptr_nonnull(process);
	ck_assert_int_eq(ph_pid(process), pid);
	process = ph_unref(process);
}

static inline void expect_refused(const char *path, int error)
{
	struct ph_process *process = (struct ph_process *)&process;

	ck_assert_int_eq(ph_find_pidfile(path, &process), error);
	ck_assert_ptr_null(process);
}

#endif
