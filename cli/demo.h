/* SPDX-License-Identifier: MIT */

/* The parts of ph demo: a stage, a play on it, and what was seen. */

#ifndef PH_CLI_DEMO_H
#define PH_CLI_DEMO_H

#include <signal.h>
#include <sys/types.h>

#include <prochandle.h>

#include "base/attrs.h"
#include "progress.h"
#include "verb.h"

/** enum demo_stage - where the processes of the play live */
enum demo_stage {
	/** a pid namespace of its own, made with the rights of root */
	DEMO_ROOT,
	/** the same inside a user namespace, which needs no rights */
	DEMO_USER,
	/** no namespace: the numbers of this very system */
	DEMO_HOST,
};

/** enum demo_method - how the kernel is brought to give a number again */
enum demo_method {
	/** a namespace with few numbers, and other processes until it begins anew */
	DEMO_RANGE,
	/** clone3() with set_tid */
	DEMO_SET_TID,
	/** /proc/sys/kernel/ns_last_pid */
	DEMO_LAST_PID,
	/** all numbers of the system, once around */
	DEMO_WRAP,
};

/** struct demo_reuse - how a number came back */
struct demo_reuse {
	/** processes that started in between */
	long others;
	int64_t ms;
	/** the handle of its new owner */
	char handle[PH_ID_SIZE];
};

/** struct demo_answer - what came of one run of ph */
struct demo_answer {
	/** its exit status; -1: it was not run */
	int status;
	/** what it said, without its own and the selector's name */
	char message[256];
};

/** struct demo_facts - what was observed; in memory that all processes share */
struct demo_facts {
	enum demo_method method;
	/** the play came to its end */
	bool is_complete;
	/** why it did not; "" so far */
	char failure[256];
	pid_t pid;
	/** of "backup" */
	char handle[PH_ID_SIZE];
	struct ph_exit crash;
	/** for kill(1), and for ph kill */
	struct demo_reuse reuse[2];
	/** exit status of the shell, or 128 + signal */
	int shell_status;
	/** how "payroll" ended after that; PH_UNKNOWN: it did not */
	struct ph_exit shell_end;
	/** of ph kill, and of ph stop */
	struct demo_answer killed;
	struct demo_answer stopped;
	bool is_alive;
};

struct demo {
	const struct call *call;
	struct demo_facts *facts;
	struct progress progress;
	/** those that would end ph, and SIGCHLD; blocked as long as there is a directory */
	sigset_t watched;
	/** what was blocked before */
	sigset_t blocked;
	/** the one of them that came; 0: none */
	int signo;
	/** a private directory, for the pidfile */
	char directory[256];
	/** the path of this very ph */
	char program[1024];
	/** the end of the range of numbers that DEMO_RANGE and DEMO_WRAP go through */
	long range;
};

/* Notes why it fails; returns @error. */
PH_PRINTF(3, 4)
int demo_fail(const struct demo *demo, int error, const char *format, ...);

/* From here on no signal ends ph, so that the directory does not stay; … */
void demo_hold_signals(struct demo *demo);

/* … here the one that came does. */
void demo_release_signals(const struct demo *demo);

/*
 * Runs the play on @stage, in processes that end with this one.
 * Return: 0 the play is complete, or a negative errno value with facts->failure
 */
int demo_on_stage(struct demo *demo, enum demo_stage stage);

/* Chooses the first method that works on this stage. Return: 0 or -errno */
int demo_choose_method(struct demo *demo, enum demo_stage stage);

/*
 * Starts a process called @name that sleeps, with the number @wanted, or with
 * one that can come back soon if @wanted is 0. Return: its number, or -errno
 */
pid_t demo_start(struct demo *demo, const char *name, pid_t wanted, struct demo_reuse *reuse);

/* The five steps. Return: 0 or -errno */
int demo_act(struct demo *demo);

/* Removes the directory and what the play has left in it. */
void demo_remove(const struct demo *demo);

/* Did kill(1) hit the stranger, and did ph leave it alone? */
bool demo_is_proved(const struct demo_facts *facts);

void demo_print(const struct call *call, const struct demo_facts *facts);

#endif
