/* SPDX-License-Identifier: MIT */

/* What a verb of ph is: a row for each option, and one function. */

#ifndef PH_CLI_VERB_H
#define PH_CLI_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct call;

/** enum option_kind - what an option takes, and the type of its field */
enum option_kind {
	/** nothing; bool */
	OPTION_FLAG,
	/** nothing, may be repeated; int */
	OPTION_COUNT,
	/** any text, not empty; const char *; the name of a file, unless spec.words offers others */
	OPTION_TEXT,
	/** the same, and nothing can be offered for it */
	OPTION_PATTERN,
	/** the same, and a user is meant */
	OPTION_USER,
	/** the same, and it is a selector */
	OPTION_SELECTOR,
	/** a signal; int, -1 if not given */
	OPTION_SIGNAL,
	/** a decimal number, at least spec.least; int */
	OPTION_NUMBER,
	/** a duration; int64_t milliseconds, -1 for ever */
	OPTION_DURATION,
	/** the same, and may be left out, which is for ever */
	OPTION_DURATION_OR_EVER,
	/** one of the words in spec.words; int, its index */
	OPTION_WORD,
};

/** A duration that was not given. */
#define NO_DURATION INT64_C(-2)

/** struct option_spec - parsing, --help and the completions all read this */
struct option_spec {
	/** 0: it has no short spelling */
	char letter;
	const char *name;
	/** what --help calls the value; NULL: it takes none */
	const char *value;
	const char *help;
	enum option_kind kind;
	/** offset of its field in the options of the verb */
	size_t field;
	/** OPTION_WORD: the words, with a blank between two; OPTION_TEXT: some that make sense */
	const char *words;
	/** OPTION_NUMBER: the smallest one allowed */
	int least;
	/** global options: the ability that a verb must have, 0: any */
	unsigned needs;
	/** --help shows it in the line of the one before, whose words are for both */
	bool joins;
};

/** enum operand_kind - what completion offers after the verb */
enum operand_kind {
	OPERAND_NONE,
	OPERAND_SELECTOR,
	OPERAND_SETTING,
	OPERAND_VERB,
	OPERAND_SHELL,
	OPERAND_COMMAND,
	/** what to do, a file, and a selector */
	OPERAND_PIDFILE,
};

/** The verb knows --json. */
#define VERB_JSON (1U << 0)
/** The verb knows --dry-run. */
#define VERB_DRY_RUN (1U << 1)
/** The verb sends something, and messages say when it did not. */
#define VERB_SENDS (1U << 2)
/** The operands are a command: the first one ends the options, and a wrong line is 125. */
#define VERB_COMMAND (1U << 3)

/** The verb opens pid files, and knows --require-verified. */
#define VERB_PIDFILES (1U << 8)

struct example {
	const char *command;
	const char *does;
};

struct verb {
	const char *name;
	/** as in "ph kill [OPTION...] OPERANDS" */
	const char *operands;
	/** a phrase for the list of verbs */
	const char *summary;
	/** more lines for --help, or NULL */
	const char *notes;
	struct example examples[3];
	/** ends with a row without a name; NULL: none */
	const struct option_spec *options;
	/** the options as they are before the command line is read */
	const void *defaults;
	size_t options_size;
	enum operand_kind operand_kind;
	unsigned abilities;
	/** takes a word such as -9: 1 taken, 0 not mine, negative: refused, message printed */
	int (*dash_word)(struct call *call, const char *word);
	int (*run)(struct call *call);
};

/** enum several - what to do with a pattern that names more than one process */
enum several {
	/** a verb that sends something refuses, any other one takes them all */
	SEVERAL_AS_THE_VERB,
	SEVERAL_ALL,
	SEVERAL_NEWEST,
	SEVERAL_OLDEST,
};

/** struct call - one run of ph */
struct call {
	/** NULL: before the verb is known */
	const struct verb *verb;
	/** the verb's own, verb->options_size bytes */
	void *options;
	/** what is neither the verb nor an option; ends with NULL */
	char **operands;
	size_t count;

	bool quiet;
	int verbose;
	bool json;
	bool dry_run;
	bool require_verified;
	bool help;
	bool version;
	/** index into "auto always never" */
	int color;
	const char *metrics;

	/* Of the verb's options, for those who open what its operands name: */

	enum several several;
	/** patterns name processes of all users, not just of the caller's */
	bool all_users;
};

/** NULL after the last one. */
extern const struct verb *const verbs[];

extern const struct verb verb_find;
extern const struct verb verb_info;
extern const struct verb verb_ls;
extern const struct verb verb_tree;
extern const struct verb verb_watch;
extern const struct verb verb_kill;
extern const struct verb verb_stop;
extern const struct verb verb_wait;
extern const struct verb verb_pidfile;
extern const struct verb verb_run;
extern const struct verb verb_settings;
extern const struct verb verb_metrics;
extern const struct verb verb_doctor;
extern const struct verb verb_demo;
extern const struct verb verb_help;
extern const struct verb verb_completion;

/* The verb of that name, or NULL. */
const struct verb *verb_by_name(const char *name);

#endif
