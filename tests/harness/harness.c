/* SPDX-License-Identifier: MIT */

#include "harness.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "configuration.h"
#include "left.h"

enum { TESTS = 256 };

static const TTest *tests[TESTS];
static int count;

/* what the processes of the tests tell the runner, which only reads it */
static struct report {
	bool has_finished;
	bool is_skipped;
	char reason[240];
} * reports;

/* the test that runs, as an index into reports */
static int current = -1;

static struct left before;

void harness_add(const TTest *test)
{
	if (count == TESTS)
		abort();
	tests[count++] = test;
}

int harness_must(long result, const char *call, const char *file, int line)
{
	if (result < 0)
		_ck_assert_failed(file, line, call, "%s: %s", call, strerror(errno));
	return (int)result;
}

void skip(const char *reason, ...)
{
	struct report *report = &reports[current];
	va_list args;

	va_start(args, reason);
	(void)vsnprintf(report->reason, sizeof(report->reason), reason, args);
	va_end(args);
	report->is_skipped = true;
	_exit(EXIT_SUCCESS);
}

/* in the runner, before the fork */
static void next(void)
{
	current++;
}

static void set_up(void)
{
	const struct sigaction standard = { .sa_handler = SIG_DFL };

	/* Check's own handlers: the children of a test are to die of these */
	must(sigaction(SIGALRM, &standard, NULL));
	must(sigaction(SIGINT, &standard, NULL));
	must(sigaction(SIGTERM, &standard, NULL));
	left_remember(&before);
}

static void tear_down(void)
{
	left_compare(&before);
	reports[current].has_finished = true;
}

void in_a_child(void (*body)(void *arg), void *arg)
{
	struct left at_start;
	pid_t pid;
	int status;

	(void)fflush(NULL);
	pid = must(fork());
	if (pid == 0) {
		/* the first one of a pid namespace takes all others with it */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		left_remember(&at_start);
		body(arg);
		left_compare(&at_start);
		_exit(EXIT_SUCCESS);
	}
	must(waitpid(pid, &status, 0));
	if (reports[current].is_skipped)
		_exit(EXIT_SUCCESS);
	/* it has said why */
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		_exit(WEXITSTATUS(status));
	ck_assert_msg(WIFEXITED(status), "the child was killed by signal %d", WTERMSIG(status));
}

/* Each line of a message that may have several. */
static void print_message(const char *message)
{
	while (*message != '\0') {
		size_t length = strcspn(message, "\n");

		printf("#   %.*s\n", (int)length, message);
		message += length + (message[length] == '\n');
	}
}

static bool print_result(int number, TestResult *result, const struct report *report)
{
	bool has_passed = tr_rtype(result) == CK_PASS;

	if (has_passed && !report->is_skipped && !report->has_finished) {
		printf("not ok %d - %s\n#   the test ended its process\n", number,
		       tr_tcname(result));
		return false;
	}
	printf("%s %d - %s", has_passed ? "ok" : "not ok", number, tr_tcname(result));
	if (has_passed && report->is_skipped)
		printf(" # SKIP %s", report->reason);
	printf("\n");
	if (!has_passed) {
		printf("#   %s:%d:\n", tr_lfile(result), tr_lno(result));
		print_message(tr_msg(result));
	}
	return has_passed;
}

static SRunner *make_runner(void)
{
	Suite *suite = suite_create("");

	for (int i = 0; i < count; i++) {
		TCase *one = tcase_create(tests[i]->name);

		tcase_set_timeout(one, TEST_SECONDS);
		tcase_add_unchecked_fixture(one, next, NULL);
		tcase_add_checked_fixture(one, set_up, tear_down);
		tcase_add_test(one, tests[i]);
		suite_add_tcase(suite, one);
	}
	return srunner_create(suite);
}

/* Whoever started this, nohup(1) for one, may ignore or block some of them. */
static void signals_begin(void)
{
	const struct sigaction action = { .sa_handler = SIG_DFL };

	(void)sigprocmask(SIG_SETMASK, &action.sa_mask, NULL);
	for (int signo = 1; signo <= SIGRTMAX; signo++)
		(void)sigaction(signo, &action, NULL);
}

/* As most have it: some tests hold many descriptors, or high ones. */
static void limits_begin(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= LEFT_DESCRIPTORS)
		return;
	limit.rlim_cur = limit.rlim_max < LEFT_DESCRIPTORS ? limit.rlim_max : LEFT_DESCRIPTORS;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

int main(void)
{
	TestResult **results;
	bool have_passed = true;
	SRunner *runner;
	int ran;

	signals_begin();
	limits_begin();
	configuration_begin();
	reports = mmap(NULL, sizeof(*reports) * TESTS, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (reports == MAP_FAILED)
		return EXIT_FAILURE;

	runner = make_runner();
	srunner_run_all(runner, CK_SILENT);

	ran = srunner_ntests_run(runner);
	results = srunner_results(runner);
	printf("1..%d\n", ran);
	for (int i = 0; i < ran; i++)
		have_passed &= print_result(i + 1, results[i], &reports[i]);
	free(results);
	srunner_free(runner);
	return have_passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
