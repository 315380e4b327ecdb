/* SPDX-License-Identifier: MIT */

/*
 * getopt_long(3) takes abbreviations, reads POSIXLY_CORRECT and knows no types;
 * here a row of a table says all, and the same row writes --help and the
 * completions.
 */

#include "options.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/signals.h"
#include "duration.h"
#include "message.h"
#include "status.h"

#define FIELD(name) offsetof(struct call, name)

const struct option_spec global_options[] = {
	{ 'n', "dry-run", NULL, "Say what would be done, and do nothing", OPTION_FLAG,
	  FIELD(dry_run), .needs = VERB_DRY_RUN },
	{ 'q', "quiet", NULL, "No messages that the exit status says already", OPTION_FLAG,
	  FIELD(quiet) },
	{ 'v', "verbose", NULL, "Say more", OPTION_COUNT, FIELD(verbose) },
	{ 0, "require-verified", NULL, "Refuse what a pid file names without proof", OPTION_FLAG,
	  FIELD(require_verified), .needs = VERB_PIDFILES },
	{ 0, "json", NULL, "One JSON object a line", OPTION_FLAG, FIELD(json), .needs = VERB_JSON },
	{ 0, "color", "WHEN", "auto, always or never", OPTION_WORD, FIELD(color),
	  .words = "auto always never" },
	{ 0, "metrics", "FILE", "Write the metrics of this run to FILE at the end", OPTION_TEXT,
	  FIELD(metrics) },
	{ 'h', "help", NULL, "Show this help, or the version", OPTION_FLAG, FIELD(help) },
	{ 0, "version", NULL, "Show the version", OPTION_FLAG, FIELD(version), .joins = true },
	{ 0 },
};

/* an option that was found, with the structure that its field is in */
struct found {
	const struct option_spec *spec;
	char *base;
	/** as it was written, for messages */
	char shown[64];
};

bool option_applies(const struct option_spec *spec, const struct verb *verb)
{
	if (!spec->needs)
		return true;
	return !verb || (verb->abilities & spec->needs);
}

static bool matches(const struct option_spec *spec, char letter, const char *name, size_t length)
{
	if (letter)
		return spec->letter == letter;
	return strlen(spec->name) == length && memcmp(spec->name, name, length) == 0;
}

static bool find_option(struct call *call, char letter, const char *name, size_t length,
			struct found *ret)
{
	const struct option_spec *own = call->verb ? call->verb->options : NULL;

	for (; own && own->name; own++)
		if (matches(own, letter, name, length)) {
			ret->spec = own;
			ret->base = call->options;
			return true;
		}
	for (const struct option_spec *spec = global_options; spec->name; spec++)
		if (matches(spec, letter, name, length) && option_applies(spec, call->verb)) {
			ret->spec = spec;
			ret->base = (char *)call;
			return true;
		}
	return false;
}

/* Why the verb does not have this global option. */
static const char *why_not(const struct verb *verb, const struct option_spec *spec)
{
	if (spec->needs == VERB_PIDFILES)
		return "only for verbs that take @FILE";
	if (verb->abilities & VERB_COMMAND)
		return spec->needs == VERB_JSON
			       ? "stdout is for the command; --report=FILE says how it went"
			       : "nobody knows what a command would do";
	return spec->needs == VERB_JSON ? "this verb has no such output"
					: "this verb changes nothing";
}

/* What is not found may be an option of other verbs. */
static int no_such_option(const struct call *call, const char *word, char letter, const char *name,
			  size_t length)
{
	for (const struct option_spec *spec = global_options; spec->name; spec++)
		if (call->verb && matches(spec, letter, name, length))
			return usage_error(call, word, "%s", why_not(call->verb, spec));
	return usage_error(call, word, "no such option (see ph %s%s--help)",
			   call->verb ? call->verb->name : "", call->verb ? " " : "");
}

int options_signal(const struct call *call, const char *text, int *ret_signo)
{
	int signo = ph_signal_from_name(text);
	const char *nearest;

	if (signo >= 0) {
		*ret_signo = signo;
		return STATUS_OK;
	}
	nearest = ph_signal_nearest(text);
	if (nearest)
		return usage_error(call, text, "no such signal; did you mean %s?", nearest);
	return usage_error(call, text, "no such signal (see ph kill -l)");
}

static int set_signal(const struct call *call, const char *text, int *field)
{
	int signo = -1;
	int status = options_signal(call, text, &signo);

	if (status != STATUS_OK)
		return status;
	if (*field >= 0 && *field != signo)
		return usage_error(call, text, "a second signal; one at a time");
	*field = signo;
	return STATUS_OK;
}

static int set_number(const struct call *call, const struct found *found, const char *text,
		      int *field)
{
	uint64_t value;

	if (ph_parse_u64(text, &value) < 0 || value > INT_MAX || (int)value < found->spec->least)
		return usage_error(call, text, "%s takes a number from %d to %d", found->shown,
				   found->spec->least, INT_MAX);
	*field = (int)value;
	return STATUS_OK;
}

static int set_word(const struct call *call, const struct found *found, const char *text, int *field)
{
	const char *word = found->spec->words;
	size_t length = strlen(text);

	for (int i = 0; *word != '\0'; i++) {
		size_t end = strcspn(word, " ");

		if (end == length && memcmp(word, text, length) == 0) {
			*field = i;
			return STATUS_OK;
		}
		word += end + (word[end] == ' ');
	}
	return usage_error(call, text, "%s takes one of: %s", found->shown, found->spec->words);
}

static int set_value(const struct call *call, const struct found *found, const char *text)
{
	void *field = found->base + found->spec->field;

	switch (found->spec->kind) {
	case OPTION_SIGNAL:
		return set_signal(call, text, field);
	case OPTION_NUMBER:
		return set_number(call, found, text, field);
	case OPTION_WORD:
		return set_word(call, found, text, field);
	case OPTION_DURATION:
	case OPTION_DURATION_OR_EVER:
		if (duration_parse(text, field) == 0)
			return STATUS_OK;
		return usage_error(call, text, "%s takes a duration: 5, 1.5s, 200ms, 1m30s, inf",
				   found->shown);
	case OPTION_TEXT:
	case OPTION_PATTERN:
	case OPTION_USER:
	case OPTION_SELECTOR:
		if (*text == '\0')
			return usage_error(call, text, "%s takes a value that is not empty",
					   found->shown);
		*(const char **)field = text;
		return STATUS_OK;
	case OPTION_FLAG:
	case OPTION_COUNT:
		break;
	}
	return usage_error(call, text, "%s takes no value", found->shown);
}

/* An option without its value: a flag, or one whose value may be left out. */
static bool set_bare(const struct found *found)
{
	void *field = found->base + found->spec->field;

	switch (found->spec->kind) {
	case OPTION_FLAG:
		*(bool *)field = true;
		return true;
	case OPTION_COUNT:
		(*(int *)field)++;
		return true;
	case OPTION_DURATION_OR_EVER:
		*(int64_t *)field = -1;
		return true;
	default:
		return false;
	}
}

/* the words that are left, and where we are */
struct words {
	char **next;
	char **end;
};

static int set_from_next(const struct call *call, const struct found *found, struct words *words)
{
	if (words->next == words->end)
		return usage_error(call, found->shown, "needs a value: %s", found->spec->value);
	return set_value(call, found, *words->next++);
}

static int take_long(struct call *call, const char *word, struct words *words)
{
	size_t length = strcspn(word + 2, "=");
	const char *value = word[2 + length] == '=' ? word + 2 + length + 1 : NULL;
	struct found found;

	if (!find_option(call, 0, word + 2, length, &found))
		return no_such_option(call, word, 0, word + 2, length);
	(void)snprintf(found.shown, sizeof(found.shown), "--%s", found.spec->name);
	if (value)
		return set_value(call, &found, value);
	if (set_bare(&found))
		return STATUS_OK;
	return set_from_next(call, &found, words);
}

/* "-qv", "-s9", "-s 9", "-w5s", "-w=5s" */
static int take_letters(struct call *call, const char *word, struct words *words)
{
	for (const char *at = word + 1; *at != '\0'; at++) {
		struct found found;

		if (!find_option(call, *at, NULL, 0, &found))
			return no_such_option(call, word, *at, NULL, 0);
		(void)snprintf(found.shown, sizeof(found.shown), "-%c", *at);
		if (found.spec->value && at[1] != '\0')
			return set_value(call, &found, at + 1 + (at[1] == '='));
		if (set_bare(&found))
			continue;
		return set_from_next(call, &found, words);
	}
	return STATUS_OK;
}

static int take_option(struct call *call, const char *word, struct words *words)
{
	if (word[1] == '-')
		return take_long(call, word, words);
	if (call->verb && call->verb->dash_word) {
		int r = call->verb->dash_word(call, word);

		if (r != 0)
			return r > 0 ? STATUS_OK : STATUS_USAGE;
	}
	return take_letters(call, word, words);
}

static int take_verb(struct call *call, const char *word)
{
	const struct verb *verb = verb_by_name(word);

	if (!verb)
		return usage_error(call, word, "no such verb (see ph --help)");
	call->verb = verb;
	if (verb->options_size == 0)
		return STATUS_OK;
	call->options = malloc(verb->options_size);
	if (!call->options)
		abort();
	memcpy(call->options, verb->defaults, verb->options_size);
	return STATUS_OK;
}

/* Do only operands follow? */
static bool take_operand(struct call *call, char *word)
{
	call->operands[call->count++] = word;
	return call->verb->abilities & VERB_COMMAND;
}

static bool is_set(const struct call *call, const struct option_spec *spec)
{
	return spec->kind == OPTION_FLAG && *(const bool *)((const char *)call + spec->field);
}

/* A global option may stand before a verb that does not have it. */
static int check_globals(const struct call *call)
{
	if (!call->verb || call->help || call->version)
		return STATUS_OK;
	for (const struct option_spec *spec = global_options; spec->name; spec++) {
		char shown[64];

		if (!is_set(call, spec) || option_applies(spec, call->verb))
			continue;
		(void)snprintf(shown, sizeof(shown), "--%s", spec->name);
		return no_such_option(call, shown, 0, spec->name, strlen(spec->name));
	}
	return STATUS_OK;
}

int options_parse(struct call *call, int argc, char **argv)
{
	struct words words = { argv + (argc > 0), argv + argc };
	bool only_operands = false;

	call->operands = calloc((size_t)argc + 1, sizeof(*call->operands));
	if (!call->operands)
		abort();
	while (words.next < words.end) {
		char *word = *words.next++;
		int status = STATUS_OK;

		if (only_operands || word[0] != '-' || word[1] == '\0') {
			if (call->verb)
				only_operands = take_operand(call, word) || only_operands;
			else
				status = take_verb(call, word);
		} else if (strcmp(word, "--") == 0) {
			only_operands = true;
		} else {
			status = take_option(call, word, &words);
		}
		if (status != STATUS_OK)
			return status;
	}
	return check_globals(call);
}
