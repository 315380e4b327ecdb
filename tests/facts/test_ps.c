/* SPDX-License-Identifier: MIT */

/*
 * Facts beside those of ps(1), which is read between two readings of ours: what
 * does not change is equal, and what grows lies between.
 */

#include <sys/stat.h>
#include <time.h>

#include "mix.h"
#include "ps.h"

/* a line of ps, or what stands behind the pid in it */
struct row {
	int pid, parent, group, session;
	unsigned uid, real_uid, gid, real_gid;
	char state;
	unsigned long threads, rss_kb, vsize_kb;
	long seconds;
	char tty[32];
	int64_t start;
};

#define COLUMNS "pid,ppid,pgid,sid,euid,ruid,egid,rgid,s,nlwp,rss,vsz,times,tty,lstart"

static int64_t parse_start(const char *text)
{
	struct tm time = { .tm_year = 0 };

	ck_assert_ptr_nonnull(strptime(text, "%a %b %d %H:%M:%S %Y", &time));
	return timegm(&time);
}

/* Return: whether there was a line; *text is behind it */
static bool next_row(char **text, struct row *row)
{
	int start = 0;

	if (**text == '\0')
		return false;
	ck_assert_int_eq(sscanf(*text, "%d %d %d %d %u %u %u %u %c %lu %lu %lu %ld %31s %n",
				&row->pid, &row->parent, &row->group, &row->session, &row->uid,
				&row->real_uid, &row->gid, &row->real_gid, &row->state,
				&row->threads, &row->rss_kb, &row->vsize_kb, &row->seconds,
				row->tty, &start),
			 14);
	row->start = parse_start(*text + start);
	*text += strcspn(*text, "\n");
	*text += **text == '\n';
	return true;
}

/* Of the two readings, for what only grows. */
static void expect_time(const struct ph_info *before, const struct row *row,
			const struct ph_info *after)
{
	ck_assert_int_le((before->user_us + before->sys_us) / 1000000, row->seconds);
	ck_assert_int_ge((after->user_us + after->sys_us) / 1000000, row->seconds);
	/* the clock may be set meanwhile */
	ck_assert_int_lt(llabs(before->start_ns / 1000000000 - row->start), 60);
}

static void expect_terminal(uint64_t device, const char *name)
{
	char path[64];
	struct stat st;

	ck_assert_int_eq(strcmp(name, "?") == 0, device == 0);
	(void)snprintf(path, sizeof(path), "/dev/%s", name);
	if (device != 0 && stat(path, &st) == 0)
		ck_assert_uint_eq(st.st_rdev, device);
}

/* What the kernel may be wrong by: it counts on each processor by itself. */
static uint64_t slack_kb(void)
{
	uint64_t processors = (uint64_t)sysconf(_SC_NPROCESSORS_CONF);
	uint64_t batch = processors < 16 ? 32 : 2 * processors;

	return 4 * batch * processors * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static bool is_still(int state)
{
	return state == 'T' || state == 'Z';
}

static void expect_row(const struct ph_info *info, const struct row *row)
{
	ck_assert_int_eq(info->parent, row->parent);
	ck_assert_int_eq(info->group, row->group);
	ck_assert_int_eq(info->session, row->session);
	ck_assert_uint_eq(info->uid, row->uid);
	ck_assert_uint_eq(info->real_uid, row->real_uid);
	ck_assert_uint_eq(info->gid, row->gid);
	ck_assert_uint_eq(info->real_gid, row->real_gid);
	ck_assert_uint_eq(info->threads, row->threads);
	expect_terminal(info->tty, row->tty);
	/* who has been seen to run may have come to rest by now */
	ck_assert_int_eq(is_still(info->state), is_still(row->state));
	if (is_still(info->state))
		ck_assert_int_eq(info->state, row->state);
}

static void expect_memory(const struct ph_info *before, const struct row *row,
			  const struct ph_info *after)
{
	uint64_t least = before->rss < after->rss ? before->rss : after->rss;
	uint64_t most = before->rss < after->rss ? after->rss : before->rss;

	ck_assert_uint_le(before->vsize / 1024, row->vsize_kb);
	ck_assert_uint_ge(after->vsize / 1024, row->vsize_kb);
	ck_assert_uint_le(least / 1024, row->rss_kb + slack_kb());
	ck_assert_uint_ge(most / 1024 + slack_kb(), row->rss_kb);
}

TEST(facts_of_all_kinds_of_processes_are_those_of_ps)
{
	struct ph_info before[MIX_MOST];
	struct mix mix = { .count = 0 };
	int terminal, met = 0;
	struct row row;
	char *text, *at;

	need_ps(COLUMNS);
	mix_start(&mix);
	terminal = add_with_terminal(&mix);
	for (int i = 0; i < mix.count; i++)
		before[i] = info_of(mix.processes[i], BY_PROC);
	at = text = ps(COLUMNS, mix.pids);
	while (next_row(&at, &row))
		for (int i = 0; i < mix.count; i++) {
			struct ph_info after;

			if (ph_pid(mix.processes[i]) != row.pid)
				continue;
			after = info_of(mix.processes[i], BY_PROC);
			ck_assert_uint_eq(before[i].got, BY_PROC);
			expect_row(&before[i], &row);
			expect_row(&after, &row);
			expect_time(&before[i], &row, &after);
			expect_memory(&before[i], &row, &after);
			met++;
		}
	ck_assert_int_eq(met, mix.count);
	free(text);
	mix_end(&mix);
	if (terminal >= 0)
		must(close(terminal));
}

/* all that there are, by rising number */
struct reading {
	struct ph_info *list;
	size_t count;
	size_t room;
};

static int keep(const struct ph_info *info, void *arg)
{
	struct reading *reading = arg;

	if (reading->count == reading->room) {
		reading->room = reading->room > 0 ? 2 * reading->room : 1024;
		reading->list = reallocarray(reading->list, reading->room, sizeof(*info));
		if (!reading->list)
			return -ENOMEM;
	}
	reading->list[reading->count++] = *info;
	return 0;
}

static struct reading read_all(void)
{
	struct reading reading = { .list = NULL };
	const uint64_t want = PH_INFO_PARENT | PH_INFO_SESSION | PH_INFO_START | PH_INFO_TIME;

	ck_assert_int_eq(ph_list(NULL, want, keep, &reading), 0);
	return reading;
}

static int compare_pids(const void *a, const void *b)
{
	const struct ph_info *one = a, *two = b;

	return (one->pid > two->pid) - (one->pid < two->pid);
}

static const struct ph_info *look_up(const struct reading *reading, int pid)
{
	const struct ph_info key = { .pid = pid };

	return bsearch(&key, reading->list, reading->count, sizeof(key), compare_pids);
}

/* Strangers do what they like: what they cannot do and undo is compared. */
TEST(facts_of_everybody_are_those_of_ps)
{
	struct reading before, after;
	struct row row;
	char *text, *at;
	int met = 0;

	need_ps(COLUMNS);
	before = read_all();
	at = text = ps(COLUMNS, NULL);
	after = read_all();
	while (next_row(&at, &row)) {
		const struct ph_info *one = look_up(&before, row.pid);
		const struct ph_info *two = look_up(&after, row.pid);

		if (!one || !two || one->start_ticks != two->start_ticks)
			continue;
		if (one->parent == two->parent)
			ck_assert_int_eq(one->parent, row.parent);
		if (one->session == two->session)
			ck_assert_int_eq(one->session, row.session);
		expect_time(one, &row, two);
		met++;
	}
	/* this one at least was there all the while */
	ck_assert_int_gt(met, 0);
	free(text);
	free(before.list);
	free(after.list);
}

/* Calls @expect for each of the mix with what ps says in that column. */
static void compare_words(struct mix *mix, const char *column,
			  void (*expect)(struct ph_process *process, const char *words))
{
	char columns[32];
	char *text, *line;
	int met = 0;

	(void)snprintf(columns, sizeof(columns), "pid,%s", column);
	text = ps(columns, mix->pids);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		char *words;
		pid_t pid = (pid_t)strtol(line, &words, 10);

		for (int i = 0; i < mix->count; i++)
			if (ph_pid(mix->processes[i]) == pid) {
				expect(mix->processes[i], words + strspn(words, " "));
				met++;
			}
	}
	ck_assert_int_eq(met, mix->count);
	free(text);
}

static bool is_zombie(struct ph_process *process)
{
	return info_of(process, PH_INFO_STATE).state == 'Z';
}

/* Some versions say behind the name of a zombie that it is one. */
static void expect_words(struct ph_process *process, const char *words, const char *expected)
{
	size_t length = strlen(expected);

	if (is_zombie(process) && strncmp(words, expected, length) == 0)
		ck_assert(words[length] == '\0' || strcmp(words + length, " <defunct>") == 0);
	else
		ck_assert_str_eq(words, expected);
}

static void expect_name(struct ph_process *process, const char *words)
{
	struct ph_info info = info_of(process, PH_INFO_COMM);

	expect_words(process, words, info.comm);
}

static void expect_arguments(struct ph_process *process, const char *words)
{
	struct ph_info info = info_of(process, PH_INFO_COMM);
	char expected[4096];
	int length = ph_text(process, PH_TEXT_CMDLINE, expected, sizeof(expected));

	ck_assert_int_ge(length, 0);
	ck_assert_int_lt(length, (int)sizeof(expected));
	for (int i = 0; i < length - 1; i++)
		if (expected[i] == '\0')
			expected[i] = ' ';
	if (length == 0)
		(void)snprintf(expected, sizeof(expected), "[%s]", info.comm);
	expect_words(process, words, expected);
}

TEST(names_and_arguments_are_those_of_ps)
{
	struct mix mix = { .count = 0 };

	need_ps("pid,comm,args");
	mix_start(&mix);
	compare_words(&mix, "comm", expect_name);
	compare_words(&mix, "args", expect_arguments);
	mix_end(&mix);
}
