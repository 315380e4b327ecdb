/* SPDX-License-Identifier: MIT */

/* JSON Lines: one object a line, with "v":1 in front. */

#ifndef PH_CLI_JSON_H
#define PH_CLI_JSON_H

#include <stdio.h>
#include <time.h>

#include <json-c/json.h>

#include "verb.h"

/* An object with "v":1. Aborts when memory is out, as do the others. */
struct json_object *json_line(void);

void json_add(struct json_object *object, const char *key, struct json_object *value);

/* Text that may be anything: invalid UTF-8 as U+FFFD, then also KEY_b64. NULL: null. */
void json_add_text(struct json_object *object, const char *key, const char *text);

void json_add_int(struct json_object *object, const char *key, int64_t value);

void json_add_bool(struct json_object *object, const char *key, bool value);

/* An array of such texts, up to NULL; KEY_b64 has all of them, if one is not valid. */
void json_add_texts(struct json_object *object, const char *key, char *const *texts);

/* RFC 3339, UTC */
void json_add_time(struct json_object *object, const char *key, const struct timespec *time);

/* "time": now */
void json_add_now(struct json_object *object);

/* "error": { "code", "message" } */
void json_add_error(struct json_object *object, const char *code, const char *text);

/* Prints the object on one line and frees it. */
void json_print(struct json_object *object, FILE *out);

/* The same on stdout. */
void json_end(struct json_object *object);

#endif
