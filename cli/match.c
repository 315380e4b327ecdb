/* SPDX-License-Identifier: MIT */

/*
 * What names several processes. The library does the looking, through a handle
 * on each; only a regular expression is for us to try, on what the handle tells.
 */

#include "match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/errors.h"
#include "base/parse.h"
#include "command.h"
#include "message.h"
#include "status.h"

enum form { FORM_NAME, FORM_EXE, FORM_CMD, FORM_GROUP, FORM_SESSION, FORM_CGROUP, FORMS };

static const char *const prefixes[FORMS] = { "name:", "exe:", "cmd:", "pg:", "sid:", "cgroup:" };

/* Return: FORMS if it is none */
static enum form form_of(const char *selector, const char **ret_value)
{
	enum form form = 0;

	while (form < FORMS && strncmp(selector, prefixes[form], strlen(prefixes[form])) != 0)
		form++;
	if (form < FORMS)
		*ret_value = selector + strlen(prefixes[form]);
	return form;
}

bool is_pattern(const char *selector)
{
	const char *value;

	return form_of(selector, &value) < FORMS;
}

static int check_regex(const struct call *call, const char *shown, const char *regex)
{
	struct match match = { .has_command = false };
	char reason[128];
	int r = regcomp(&match.command, regex, REG_EXTENDED | REG_NOSUB);

	if (r == 0) {
		regfree(&match.command);
		return STATUS_OK;
	}
	(void)regerror(r, &match.command, reason, sizeof(reason));
	return usage_error(call, shown, "not a regular expression: %s", reason);
}

int match_check(const struct call *call, const char *selector)
{
	const char *value = "";
	enum form form = form_of(selector, &value);
	pid_t number;

	if (*value == '\0')
		return usage_error(call, selector, "something has to stand behind the colon");
	if ((form == FORM_GROUP || form == FORM_SESSION) && ph_parse_pid(value, &number) < 0)
		return usage_error(call, selector, "not a number (decimal, 1 to 2147483647)");
	if (form == FORM_CGROUP && *value != '/')
		return usage_error(call, selector,
				   "the path of a cgroup starts with /, as in /proc/PID/cgroup");
	return form == FORM_CMD ? check_regex(call, selector, value) : STATUS_OK;
}

int match_program(struct match *match, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR ? -ESRCH : -errno;
	match->filter.exe_device = st.st_dev;
	match->filter.exe_inode = st.st_ino;
	return 0;
}

int match_command(const struct call *call, struct match *match, const char *regex)
{
	int status = check_regex(call, regex, regex);

	if (status == STATUS_OK)
		match->has_command = regcomp(&match->command, regex, REG_EXTENDED | REG_NOSUB) == 0;
	return status;
}

void match_carefully(struct match *match, bool all_users)
{
	match->filter.flags |= PH_FILTER_NOT_SELF | PH_FILTER_NO_KERNEL;
	if (!all_users && geteuid() != 0)
		match->filter.flags |= PH_FILTER_OWN;
}

int match_begin(const char *selector, bool all_users, struct match *ret_match)
{
	struct match match = { .has_command = false };
	const char *value = "";
	enum form form = form_of(selector, &value);
	pid_t number = 0;
	int r = 0;

	if (form <= FORM_CMD)
		match_carefully(&match, all_users);
	if (form == FORM_GROUP || form == FORM_SESSION)
		r = ph_parse_pid(value, &number);
	if (form == FORM_NAME)
		match.filter.comm_glob = value;
	else if (form == FORM_EXE)
		r = match_program(&match, value);
	else if (form == FORM_GROUP)
		match.filter.group = number;
	else if (form == FORM_SESSION)
		match.filter.session = number;
	else if (form == FORM_CGROUP)
		match.filter.cgroup = value;
	else if (regcomp(&match.command, value, REG_EXTENDED | REG_NOSUB) == 0)
		match.has_command = true;
	else
		r = -EINVAL;
	if (r == 0)
		*ret_match = match;
	return r;
}

void match_end(struct match *match)
{
	if (match->has_command)
		regfree(&match->command);
	match->has_command = false;
}

struct each {
	const struct match *match;
	int (*callback)(struct ph_process *process, void *arg);
	void *arg;
	struct command command;
};

static int try_command(struct ph_process *process, void *arg)
{
	struct each *each = arg;
	int r = command_read(process, &each->command);

	if (r < 0)
		return ph_is_a_shortage(r) ? r : 0;
	command_join(&each->command);
	if (r == 0 || regexec(&each->match->command, each->command.text, 0, NULL, 0) != 0)
		return 0;
	return each->callback(process, each->arg);
}

int match_each(const struct match *match, int (*callback)(struct ph_process *process, void *arg),
	       void *arg)
{
	struct each each = { .match = match, .callback = callback, .arg = arg };
	int r;

	if (!match->has_command)
		return ph_each(&match->filter, callback, arg);
	r = ph_each(&match->filter, try_command, &each);
	free(each.command.text);
	return r;
}
