/* SPDX-License-Identifier: MIT */

/*
 * The grammar of selectors. It is narrow on purpose: what is not exactly one of
 * the forms must end before anything is opened, because a guess here is a
 * signal to a stranger later.
 */

#include "selector.h"

#include <errno.h>
#include <string.h>

#include "base/parse.h"
#include "match.h"
#include "message.h"
#include "pidfile.h"
#include "status.h"

static int number_error(const struct call *call, const char *selector)
{
	const char *digits = selector + (*selector == '-');
	pid_t pid;
	int r = ph_parse_pid(selector, &pid);

	if (r == -ERANGE)
		return usage_error(call, selector, "larger than any PID (at most 2147483647)");
	if (strcmp(selector, "0") == 0 || (*selector == '-' && strspn(digits, "0123456789") > 0))
		return usage_error(call, selector, "not a process: PIDs start at 1");
	return usage_error(call, selector,
			   "not a PID (decimal, 1 to 2147483647) or a handle (PID:INODE)");
}

bool is_stdin(const char *selector)
{
	return strcmp(selector, STDIN_SELECTOR) == 0;
}

bool is_handle(const char *selector)
{
	return *selector != '\0' && strchr(":0123456789", *selector) && strchr(selector, ':');
}

int selector_check(const struct call *call, const char *selector)
{
	int status;
	pid_t pid;

	if (is_pidfile(selector) && selector[1] == '\0')
		return usage_error(call, selector, "the name of a file is missing");
	if (is_pidfile(selector))
		return STATUS_OK;
	if (is_pattern(selector))
		return match_check(call, selector);
	if (is_handle(selector))
		return STATUS_OK;
	if (ph_parse_pid(selector, &pid) == 0)
		return STATUS_OK;
	status = number_error(call, selector);
	if (strchr("-+.0123456789 \t", *selector) == NULL)
		hint(call, "names are not looked up; name:%s means processes with that name",
		     selector);
	return status;
}

int selector_open(const char *selector, struct ph_process **ret_process)
{
	pid_t pid;

	if (is_handle(selector))
		return ph_find_id(selector, ret_process);
	*ret_process = NULL;
	if (ph_parse_pid(selector, &pid) < 0)
		return -EINVAL;
	return ph_find(pid, ret_process);
}
