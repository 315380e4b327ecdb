/* SPDX-License-Identifier: MIT */

/* ph: the verbs, and what happens before and after each of them. */

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <prochandle.h>

#include "help.h"
#include "message.h"
#include "options.h"
#include "output.h"
#include "status.h"
#include "verb.h"

const struct verb *const verbs[] = {
	&verb_run,    &verb_find, &verb_info, &verb_ls,		&verb_tree,	&verb_watch,
	&verb_kill,   &verb_stop, &verb_wait, &verb_pidfile,	&verb_settings, &verb_metrics,
	&verb_doctor, &verb_demo, &verb_help, &verb_completion, NULL,
};

const struct verb *verb_by_name(const char *name)
{
	for (size_t i = 0; verbs[i]; i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	return NULL;
}

static int run(struct call *call)
{
	if (call->version) {
		(void)printf("ph %d.%d.%d (libprochandle %s)\n", PH_VERSION_MAJOR, PH_VERSION_MINOR,
			     PH_VERSION_PATCH, ph_version());
		return STATUS_OK;
	}
	if (call->help) {
		if (call->verb)
			help_verb(call->verb, stdout);
		else
			help_overview(stdout);
		return STATUS_OK;
	}
	if (!call->verb) {
		help_usage(stderr);
		return STATUS_USAGE;
	}
	return call->verb->run(call);
}

int main(int argc, char **argv)
{
	struct call call = { 0 };
	int status;

	output_begin();
	(void)setlocale(LC_CTYPE, "");
	status = options_parse(&call, argc, argv);
	if (status == STATUS_OK)
		status = run(&call);
	else if (call.verb && (call.verb->abilities & VERB_COMMAND))
		/* 2 would be taken for the command's */
		status = STATUS_FAILED;
	status = output_end(&call, status);
	free(call.options);
	free(call.operands);
	return status;
}
