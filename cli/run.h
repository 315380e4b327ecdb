/* SPDX-License-Identifier: MIT */

/* One command that ph run has started: its signals, its deadlines, its report. */

#ifndef PH_CLI_RUN_H
#define PH_CLI_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <prochandle.h>

#include "base/deadline.h"
#include "isolate.h"
#include "leftovers.h"
#include "verb.h"

/** enum leftovers_choice - in the order of the words of --leftovers */
enum leftovers_choice {
	LEFTOVERS_STOP,
	LEFTOVERS_WAIT,
	LEFTOVERS_LEAVE,
};

struct run_options {
	int64_t timeout_ms;
	int64_t grace_ms;
	int signo;
	/** enum leftovers_choice */
	int leftovers;
	/** enum isolate_kind */
	int isolate;
	const char *report;
	const char *pidfile;
	bool print_handle;
	bool new_session;
};

struct run {
	const struct call *call;
	const struct run_options *options;
	/** the command; its words are call->operands */
	struct ph_process *process;
	/** "PID:INODE", or the number where there is no better name */
	char handle[PH_ID_SIZE];

	/** what was blocked and ignored when ph was started: PH_SIGNAL_BIT */
	uint64_t blocked;
	uint64_t ignored;
	/** what ph takes instead of its effect */
	sigset_t taken;

	struct ph_deadline timeout;
	/** what it starts, and what it leaves */
	struct isolate isolate;
	struct leftovers leftovers;
	/** it has ended, and was reaped: no signal is for it any more */
	bool has_ended;
	/** readable while a signal waits to be taken */
	int hurry;

	/** the end of the grace; never, as long as nobody wants an end */
	struct ph_deadline grace;
	bool is_stopping;
	/** how often somebody asked by SIGTERM or SIGINT */
	int asked;
	/** more than once: SIGKILL for all */
	bool is_hurried;
	/** the last time */
	siginfo_t wish;
	int64_t wish_ms;
	bool timed_out;
	bool escalated;
	bool has_complained;

	struct timespec start;
	struct timespec end;
	int64_t start_ms;
	int64_t after_ms;
	struct ph_exit how;

	/** what holds the lock on the pid file, or -1 */
	int pidfile;

	/** NULL: none is wanted */
	FILE *report;
};

/*
 * Before there is a command: from here on no signal is lost, and none but those
 * of a fault ends ph.
 */
void run_signals_begin(struct run *run);

/*
 * Forwards signals and keeps the deadlines until the command has ended.
 * Return: 0 and run->how, or a negative errno value of ph_wait()
 */
int run_until_end(struct run *run);

/* Takes the signals that have come, without waiting for any. */
void run_take_signals(struct run *run);

/*
 * After the end of the command: does with what it has left what --leftovers says.
 * Return: 0, or a negative errno value after a message: somebody is left
 */
int run_leftovers(struct run *run);

/*
 * Before there is a command: does somebody else hold its pid file? These two
 * return: STATUS_OK; STATUS_REFUSED, STATUS_FAILED after a message
 */
int run_pidfile_check(const struct run *run);

/* Writes and locks the pid file; if that fails, the command is killed. */
int run_pidfile_write(struct run *run);

/* Removes it, after the end of the command. */
void run_pidfile_remove(struct run *run);

/* Opens run->report. Return: STATUS_OK, or STATUS_FAILED after a message */
int run_report_open(struct run *run);

/*
 * Writes it, if one is wanted. @error: why there was no command, "" if there was
 * one. Return: @status, or STATUS_FAILED after a message
 */
int run_report(struct run *run, int status, const char *error);

#endif
