/* SPDX-License-Identifier: MIT */

/* Signals by name. */

#ifndef PH_BASE_SIGNALS_H
#define PH_BASE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* Numbers from 0 (which asks) to the last realtime signal. */
static inline bool ph_signal_is_valid(int signo)
{
	/* SIGRTMAX is a call, which few signals need */
	return signo >= 0 && (signo <= SIGSYS || signo <= SIGRTMAX);
}

/*
 * "TERM", "SIGTERM", "term", "15", "RTMIN", "RTMIN+3", "RTMAX-1", and the
 * aliases IOT, CLD and POLL. Return: the number, 0 for "0", -EINVAL
 */
int ph_signal_from_name(const char *name);

/*
 * Writes "TERM", "RTMIN", "RTMIN+3", or the number of a signal that has no
 * name. Return: the length of the whole text, as snprintf() does
 */
int ph_signal_name(int signo, char *buffer, size_t size);

/* The name that @name was probably meant to be, without "SIG", or NULL. */
const char *ph_signal_nearest(const char *name);

/* The name of the signal at @index in the order of the table, NULL after the last. */
const char *ph_signal_at(size_t index, int *ret_signo);

#endif
