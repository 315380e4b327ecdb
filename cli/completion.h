/* SPDX-License-Identifier: MIT */

/* Completion scripts. */

#ifndef PH_CLI_COMPLETION_H
#define PH_CLI_COMPLETION_H

#include "verb.h"

void completion_bash(void);
void completion_zsh(void);
void completion_fish(void);

/*
 * Calls @print for each option of @verb, global ones included; for the global
 * ones alone if @verb is NULL.
 */
void completion_each_option(const struct verb *verb,
			    void (*print)(const struct option_spec *spec, const void *arg),
			    const void *arg);

#endif
