/* SPDX-License-Identifier: MIT */

/* ph demo: a number that is re-used, a kill(1) that hits a stranger, a ph that does not. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "demo.h"
#include "json.h"
#include "message.h"
#include "status.h"

int demo_fail(const struct demo *demo, int error, const char *format, ...)
{
	char text[sizeof(demo->facts->failure)];
	va_list args;

	/* the text may quote the reason that it replaces */
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	memcpy(demo->facts->failure, text, sizeof(text));
	return error;
}

static int make_directory(struct demo *demo)
{
	const char *const parents[] = { getenv("TMPDIR"), "/tmp", "/var/tmp", "/dev/shm", "/run" };

	for (size_t i = 0; i < LENGTH(parents); i++) {
		int length;

		if (!parents[i] || parents[i][0] != '/')
			continue;
		length = snprintf(demo->directory, sizeof(demo->directory), "%s/ph-demo.XXXXXX",
				  parents[i]);
		if (length < (int)sizeof(demo->directory) && mkdtemp(demo->directory))
			return 0;
	}
	return demo_fail(demo, -EACCES, "no directory for a temporary file");
}

/*
 * The link is read before there is a namespace. In a new one, inside a chroot,
 * it would name a path outside, and the loader would look for libraries there.
 */
static void find_program(struct demo *demo)
{
	static const char exe[] = "/proc/self/exe";
	ssize_t length = readlink(exe, demo->program, sizeof(demo->program) - 1);

	demo->program[length > 0 ? length : 0] = '\0';
	if (access(demo->program, X_OK) < 0)
		memcpy(demo->program, exe, sizeof(exe));
}

/* The stages, from the quickest to the one that needs nothing but patience. */
static int play(struct demo *demo)
{
	static const enum demo_stage stages[] = { DEMO_ROOT, DEMO_USER, DEMO_HOST };
	int r = -ENOTSUP;

	for (size_t i = 0; i < LENGTH(stages); i++) {
		if (stages[i] == DEMO_ROOT && geteuid() != 0)
			continue;
		r = demo_on_stage(demo, stages[i]);
		/* a play that had begun is not begun again elsewhere */
		if (r == 0 || demo->facts->pid > 0 || demo->signo > 0)
			break;
	}
	return r;
}

static int report(const struct call *call, const struct demo *demo, int r)
{
	struct json_object *object;

	if (r == 0) {
		demo_print(call, demo->facts);
		if (demo_is_proved(demo->facts))
			return STATUS_OK;
		message(call, "that is not what should have happened");
		return STATUS_FAILED;
	}
	if (call->json) {
		object = json_line();
		json_add_error(object, status_word(-ENOTSUP), demo->facts->failure);
		json_end(object);
	} else {
		message(call, "cannot be shown here: %s", demo->facts->failure);
	}
	return STATUS_FAILED;
}

static int run(struct call *call)
{
	struct demo demo = { .call = call };
	int status;
	int r;

	if (call->count > 0)
		return usage_error(call, call->operands[0], "this verb takes no operands");
	demo.facts = mmap(NULL, sizeof(*demo.facts), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (demo.facts == MAP_FAILED) {
		message(call, "%s", strerror(errno));
		return STATUS_FAILED;
	}
	find_program(&demo);
	demo_hold_signals(&demo);
	r = make_directory(&demo);
	if (r == 0) {
		r = play(&demo);
		demo_remove(&demo);
	}
	demo_release_signals(&demo);
	status = report(call, &demo, r);
	(void)munmap(demo.facts, sizeof(*demo.facts));
	return status;
}

const struct verb verb_demo = {
	.name = "demo",
	.operands = "",
	.summary = "Show with real processes why a number is not a process",
	.examples = {
		{ "ph demo", "five steps, less than a second" },
		{ "ph demo --json", "what was observed" },
		{ "ph find $$", "then try it on your shell" },
	},
	.abilities = VERB_JSON,
	.run = run,
};
