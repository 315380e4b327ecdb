/* SPDX-License-Identifier: MIT */

#include "handle/choice.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "base/glob.h"
#include "base/io.h"
#include "handle/number.h"
#include "proc/cgroup.h"
#include "proc/read.h"

enum {
	/* what the kernel keeps of a name */
	COMM_KEPT = 15,
	/* of the ancestors; each but the first is there because one of them has ended */
	READINGS = 1000,
	FLAGS = PH_FILTER_UID | PH_FILTER_OWN | PH_FILTER_NOT_SELF | PH_FILTER_NO_KERNEL,
};

#define NS_PER_MS INT64_C(1000000)

static bool is_sane(const struct ph_filter *filter)
{
	return !(filter->flags & ~(uint64_t)FLAGS) && filter->unused == 0 && filter->group >= 0 &&
	       filter->session >= 0 && filter->min_age_ms >= 0 && filter->max_age_ms >= 0 &&
	       (filter->exe_inode != 0 || filter->exe_device == 0);
}

static uint64_t needs_of(const struct ph_filter *filter)
{
	uint64_t needs = 0;

	if (filter->parent || filter->ancestor)
		needs |= PH_INFO_PARENT;
	if (filter->group > 0)
		needs |= PH_INFO_GROUP;
	if (filter->session > 0)
		needs |= PH_INFO_SESSION;
	if (filter->flags & (PH_FILTER_UID | PH_FILTER_OWN))
		needs |= PH_INFO_USER;
	if (filter->states || filter->flags & PH_FILTER_NO_KERNEL)
		needs |= PH_INFO_STATE;
	if (filter->comm || filter->comm_glob)
		needs |= PH_INFO_COMM;
	if (filter->min_age_ms > 0 || filter->max_age_ms > 0)
		needs |= PH_INFO_START;
	return needs;
}

/* Return: the number of the parent, 0 if there is none or that cannot be told, or a shortage */
static int parent_of(int proc, pid_t pid)
{
	struct ph_proc_place place = { .directory = proc };
	struct ph_proc_clock unused = { .page = 0 };
	struct ph_info info = { .got = 0 };
	char name[16];
	int r;

	(void)snprintf(name, sizeof(name), "%d", (int)pid);
	place.name = name;
	r = ph_proc_facts(&place, PH_INFO_PARENT, &unused, &info);
	return r < 0 && ph_is_a_shortage(r) ? r : info.parent;
}

static int add_own(struct ph_choice *choice, pid_t pid)
{
	size_t size = (choice->own_count + 1) * sizeof(*choice->own);
	pid_t *longer = realloc(choice->own, size);

	if (!longer)
		return -ENOMEM;
	choice->own = longer;
	choice->own[choice->own_count++] = pid;
	return 0;
}

bool ph_choice_excludes(const struct ph_choice *choice, pid_t pid)
{
	for (size_t i = 0; i < choice->own_count; i++)
		if (choice->own[i] == pid)
			return true;
	return false;
}

/* Up from the caller, until there is no more, or it goes round. Return: 0, or a shortage */
static int read_own(struct ph_choice *choice, int proc)
{
	int pid = getpid();
	int r = 0;

	choice->own_count = 0;
	while (r == 0 && pid > 0 && !ph_choice_excludes(choice, pid)) {
		r = add_own(choice, pid);
		pid = parent_of(proc, pid);
	}
	return r < 0 || pid > 0 ? r : pid;
}

/* Return: 1 each has the next one for its parent still, 0 not so, or a shortage */
static int are_own(const struct ph_choice *choice, int proc)
{
	for (size_t i = 0; i < choice->own_count; i++) {
		pid_t next = i + 1 < choice->own_count ? choice->own[i + 1] : 0;
		int parent = parent_of(proc, choice->own[i]);

		if (parent != next)
			return parent < 0 ? parent : 0;
	}
	return 1;
}

/*
 * Who ends cannot be asked for his parent any more; but before that his child has
 * got another, so they are read again then.
 */
static int find_own(struct ph_choice *choice)
{
	PH_CLEANUP(ph_closep) int proc = -1;
	int r;

	/* where there is none, the walk will say so */
	r = ph_proc_is_there();
	if (r <= 0)
		return r;
	do
		proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (proc < 0 && errno == EINTR);
	if (proc < 0)
		return ph_is_a_shortage(-errno) ? -errno : -ENOTSUP;
	r = 0;
	for (int i = 0; r == 0 && i < READINGS; i++) {
		r = read_own(choice, proc);
		if (r == 0)
			r = are_own(choice, proc);
	}
	return r < 0 ? r : 0;
}

int ph_choice_begin(struct ph_choice *choice, const struct ph_filter *filter)
{
	int r = 0;

	*choice = (struct ph_choice){ .filter = *filter };
	if (!is_sane(filter))
		return -EINVAL;
	choice->needs = needs_of(filter);
	choice->clock = ph_proc_clock_now();
	choice->uid = geteuid();
	if (filter->parent)
		r = ph_prove(filter->parent);
	if (r == 0 && filter->ancestor)
		r = ph_prove(filter->ancestor);
	if (r == 0 && filter->flags & PH_FILTER_NOT_SELF)
		r = find_own(choice);
	return r;
}

void ph_choice_end(const struct ph_choice *choice)
{
	free(choice->own);
	free(choice->passed);
}

static int compare_passed(const void *a, const void *b)
{
	const struct ph_passed *left = a, *right = b;

	return (left->pid > right->pid) - (left->pid < right->pid);
}

static int pass(struct ph_choice *choice, pid_t pid, bool is_below)
{
	if (choice->passed_count == choice->passed_room) {
		size_t room = choice->passed_room > 0 ? choice->passed_room * 2 : 256;
		struct ph_passed *longer = realloc(choice->passed, room * sizeof(*longer));

		if (!longer)
			return -ENOMEM;
		choice->passed = longer;
		choice->passed_room = room;
	}
	choice->passed[choice->passed_count++] =
		(struct ph_passed){ .pid = pid, .is_below = is_below };
	return 0;
}

/* a line of ancestors, as far as two of them have to be compared */
struct line {
	size_t length;
	uint64_t sum;
};

/*
 * Goes up from a process whose parent that is. Return: 1 and *line is what lies
 * between, 0 the root is not above it, or a shortage
 */
static int climb(int proc, pid_t root, pid_t parent, struct line *ret_line)
{
	struct line line = { .sum = UINT64_C(14695981039346656037) };

	/* it goes round only if numbers are given away while we climb */
	while (parent > 0 && parent != root && line.length < INT_MAX / 1024) {
		line.sum = (line.sum ^ (uint64_t)parent) * UINT64_C(1099511628211);
		line.length++;
		parent = parent_of(proc, parent);
	}
	*ret_line = line;
	return parent < 0 ? parent : parent == root;
}

/* Those below are known already if their parent is, which mostly comes first. */
static int is_below(struct ph_choice *choice, int proc, const struct ph_info *info)
{
	const struct ph_passed key = { .pid = info->parent };
	pid_t root = choice->filter.ancestor->pid;
	const struct ph_passed *known = NULL;
	struct line line;
	int r, added;

	if (choice->passed_count > 0)
		known = bsearch(&key, choice->passed, choice->passed_count, sizeof(key),
				compare_passed);
	if (info->parent == root)
		r = 1;
	else
		r = known ? known->is_below : climb(proc, root, info->parent, &line);
	if (r < 0)
		return r;
	added = pass(choice, info->pid, r > 0);
	return added < 0 ? added : r;
}

/* Return: 1, 0 it is gone, or -errno that cannot be told */
static int has_its_number(struct ph_process *process)
{
	int r = ph_prove(process);

	return r == -ESRCH ? 0 : r < 0 ? r : 1;
}

/*
 * The same way twice: then each was the child of the next all the while, for who
 * loses his parent gets another.
 */
static int is_proved_below(const struct ph_choice *choice, int proc, const struct ph_info *info)
{
	pid_t root = choice->filter.ancestor->pid;
	struct line first, second;
	int r;

	r = climb(proc, root, info->parent, &first);
	if (r > 0)
		r = climb(proc, root, parent_of(proc, info->pid), &second);
	if (r <= 0)
		return r;
	if (first.length != second.length || first.sum != second.sum)
		return 0;
	return has_its_number(choice->filter.ancestor);
}

static bool is_of_age(const struct ph_choice *choice, const struct ph_info *info)
{
	const struct ph_filter *filter = &choice->filter;
	int64_t start = (int64_t)(info->start_ticks * (uint64_t)choice->clock.tick_ns);
	int64_t age_ms = (choice->clock.boot_ns - start) / NS_PER_MS;

	return age_ms >= filter->min_age_ms &&
	       (filter->max_age_ms == 0 || age_ms <= filter->max_age_ms);
}

/* What stands in the struct, but for names and relations. */
static bool has_facts(const struct ph_choice *choice, const struct ph_info *info)
{
	const struct ph_filter *filter = &choice->filter;

	if ((info->got & choice->needs) != choice->needs)
		return false;
	if (filter->parent && info->parent != filter->parent->pid)
		return false;
	if (filter->group > 0 && info->group != filter->group)
		return false;
	if (filter->session > 0 && info->session != filter->session)
		return false;
	if (filter->flags & PH_FILTER_UID && info->uid != filter->uid)
		return false;
	if (filter->flags & PH_FILTER_OWN && info->uid != choice->uid)
		return false;
	if (filter->flags & PH_FILTER_NO_KERNEL && info->flags & PH_IS_KERNEL)
		return false;
	if (filter->states && !strchr(filter->states, info->state))
		return false;
	return !(choice->needs & PH_INFO_START) || is_of_age(choice, info);
}

static bool is_named(const struct ph_filter *filter, const char *name)
{
	if (filter->comm && strcmp(filter->comm, name) != 0)
		return false;
	return !filter->comm_glob || ph_glob_matches(filter->comm_glob, name);
}

/* Is it the base name of the path, the name that was cut, and asked for? */
static bool is_long_name(const struct ph_filter *filter, const char *path, const char *comm)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;

	return strncmp(base, comm, COMM_KEPT) == 0 && is_named(filter, base);
}

/* Return: 1, 0, or a shortage */
static int has_name(const struct ph_choice *choice, const struct ph_proc_place *place,
		    const struct ph_info *info)
{
	const struct ph_filter *filter = &choice->filter;
	char path[PH_PROC_PATH_SIZE], text[PATH_MAX + 1];
	ssize_t n;

	if (is_named(filter, info->comm))
		return 1;
	if (strlen(info->comm) != COMM_KEPT)
		return 0;
	ph_proc_path(place, "exe", path);
	n = readlinkat(place->directory, path, text, sizeof(text) - 1);
	if (n < 0 && ph_is_a_shortage(-errno))
		return -errno;
	if (n > 0) {
		text[n] = '\0';
		if (is_long_name(filter, text, info->comm))
			return 1;
	}
	n = ph_proc_read_some(place, "cmdline", text, sizeof(text) - 1);
	if (n <= 0)
		return ph_is_a_shortage((int)n) ? (int)n : 0;
	text[n] = '\0';
	return is_long_name(filter, text, info->comm);
}

/* Return: 1, 0, or a shortage */
static int has_program(const struct ph_choice *choice, const struct ph_proc_place *place)
{
	char path[PH_PROC_PATH_SIZE];
	struct stat st;

	ph_proc_path(place, "exe", path);
	if (fstatat(place->directory, path, &st, 0) < 0)
		return ph_is_a_shortage(-errno) ? -errno : 0;
	return st.st_dev == choice->filter.exe_device && st.st_ino == choice->filter.exe_inode;
}

/* Return: 1, 0, or a shortage */
static int has_cgroup(const struct ph_choice *choice, const struct ph_proc_place *place)
{
	PH_CLEANUP(ph_freep) char *text = NULL;
	char path[PH_PROC_PATH_SIZE];
	const char *cgroup;
	int r;

	ph_proc_path(place, "cgroup", path);
	r = ph_read_whole(place->directory, path, &text);
	if (r < 0)
		return ph_is_a_shortage(r) ? r : 0;
	cgroup = ph_proc_cgroup_parse(text);
	return cgroup && ph_proc_cgroup_contains(choice->filter.cgroup, cgroup);
}

/* All but where it descends from. Return: 1, 0, or a shortage */
static int fits(const struct ph_choice *choice, const struct ph_proc_place *place,
		const struct ph_info *info)
{
	int r = has_facts(choice, info);

	if (r > 0 && choice->needs & PH_INFO_COMM)
		r = has_name(choice, place, info);
	if (r > 0 && choice->filter.exe_inode != 0)
		r = has_program(choice, place);
	if (r > 0 && choice->filter.cgroup)
		r = has_cgroup(choice, place);
	return r;
}

int ph_choice_sees(struct ph_choice *choice, const struct ph_proc_place *place,
		   const struct ph_info *info)
{
	int r = 1;

	/* first, so that those which come after it find it */
	if (choice->filter.ancestor)
		r = is_below(choice, place->directory, info);
	return r > 0 ? fits(choice, place, info) : r;
}

int ph_choice_takes(const struct ph_choice *choice, const struct ph_proc_place *place,
		    const struct ph_info *info)
{
	int r = fits(choice, place, info);

	if (r > 0 && choice->filter.ancestor)
		r = is_proved_below(choice, place->directory, info);
	/* while the parent is there, its number is nobody else's */
	if (r > 0 && choice->filter.parent)
		r = has_its_number(choice->filter.parent);
	return r;
}
