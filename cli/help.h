/* SPDX-License-Identifier: MIT */

/* --help, written from the tables. */

#ifndef PH_CLI_HELP_H
#define PH_CLI_HELP_H

#include <stdio.h>

#include "verb.h"

/* ph --help */
void help_overview(FILE *out);

/* ph VERB --help */
void help_verb(const struct verb *verb, FILE *out);

/* ph alone: twelve lines on stderr */
void help_usage(FILE *out);

#endif
