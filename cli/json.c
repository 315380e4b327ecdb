/* SPDX-License-Identifier: MIT */

/* JSON Lines on top of json-c, with what it leaves to its callers: UTF-8. */

#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "output.h"
#include "text.h"

static void *or_abort(void *pointer)
{
	if (!pointer)
		abort();
	return pointer;
}

struct json_object *json_line(void)
{
	struct json_object *object = or_abort(json_object_new_object());

	json_add_int(object, "v", 1);
	return object;
}

void json_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value) < 0)
		abort();
}

/* a copy with U+FFFD for each byte that is not UTF-8 */
static char *valid_utf8(const char *text, bool *ret_changed)
{
	char *copy = or_abort(malloc(strlen(text) * 3 + 1));
	size_t used = 0;

	*ret_changed = false;
	while (*text != '\0') {
		uint32_t code;
		size_t length = text_decode(text, &code);

		if (length == 0) {
			memcpy(copy + used, "\xef\xbf\xbd", 3);
			used += 3;
			text++;
			*ret_changed = true;
			continue;
		}
		memcpy(copy + used, text, length);
		used += length;
		text += length;
	}
	copy[used] = '\0';
	return copy;
}

static char *base64(const char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t length = strlen(text);
	char *encoded = or_abort(malloc((length + 2) / 3 * 4 + 1));
	char *out = encoded;

	for (size_t i = 0; i < length; i += 3) {
		size_t left = length - i;
		uint32_t bits = (uint32_t)(unsigned char)text[i] << 16;

		if (left > 1)
			bits |= (uint32_t)(unsigned char)text[i + 1] << 8;
		if (left > 2)
			bits |= (unsigned char)text[i + 2];
		*out++ = digits[bits >> 18];
		*out++ = digits[bits >> 12 & 63];
		*out++ = left > 1 ? digits[bits >> 6 & 63] : '=';
		*out++ = left > 2 ? digits[bits & 63] : '=';
	}
	*out = '\0';
	return encoded;
}

void json_add_text(struct json_object *object, const char *key, const char *text)
{
	PH_CLEANUP(ph_freep) char *valid = NULL;
	PH_CLEANUP(ph_freep) char *encoded = NULL;
	char raw_key[64];
	bool changed;

	if (!text) {
		json_add(object, key, NULL);
		return;
	}
	valid = valid_utf8(text, &changed);
	json_add(object, key, or_abort(json_object_new_string(valid)));
	if (!changed)
		return;
	encoded = base64(text);
	(void)snprintf(raw_key, sizeof(raw_key), "%s_b64", key);
	json_add(object, raw_key, or_abort(json_object_new_string(encoded)));
}

void json_add_int(struct json_object *object, const char *key, int64_t value)
{
	json_add(object, key, or_abort(json_object_new_int64(value)));
}

void json_add_bool(struct json_object *object, const char *key, bool value)
{
	json_add(object, key, or_abort(json_object_new_boolean(value)));
}

void json_add_texts(struct json_object *object, const char *key, char *const *texts)
{
	struct json_object *all = or_abort(json_object_new_array());
	struct json_object *encoded = or_abort(json_object_new_array());
	bool any_changed = false;
	char raw_key[64];

	for (; *texts; texts++) {
		PH_CLEANUP(ph_freep) char *raw = base64(*texts);
		PH_CLEANUP(ph_freep) char *valid = NULL;
		bool changed;

		valid = valid_utf8(*texts, &changed);
		any_changed |= changed;
		if (json_object_array_add(all, or_abort(json_object_new_string(valid))) < 0 ||
		    json_object_array_add(encoded, or_abort(json_object_new_string(raw))) < 0)
			abort();
	}
	json_add(object, key, all);
	(void)snprintf(raw_key, sizeof(raw_key), "%s_b64", key);
	if (any_changed)
		json_add(object, raw_key, encoded);
	else
		(void)json_object_put(encoded);
}

void json_add_time(struct json_object *object, const char *key, const struct timespec *time)
{
	struct tm utc;
	char text[64];
	size_t length;

	(void)gmtime_r(&time->tv_sec, &utc);
	length = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	(void)snprintf(text + length, sizeof(text) - length, ".%03dZ",
		       (int)(time->tv_nsec / 1000000));
	json_add_text(object, key, text);
}

void json_add_now(struct json_object *object)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	json_add_time(object, "time", &now);
}

void json_add_error(struct json_object *object, const char *code, const char *text)
{
	struct json_object *error = or_abort(json_object_new_object());

	json_add_text(error, "code", code);
	json_add_text(error, "message", text);
	json_add(object, "error", error);
}

/*
 * json-c leaves DEL, the C1 controls and the bidirectional ones as they are,
 * which JSON allows and a terminal obeys. They can stand inside strings only,
 * so writing their number instead changes no value.
 */
static void print_line(const char *line, FILE *out)
{
	while (*line != '\0') {
		uint32_t code = 0;
		size_t length = text_decode(line, &code);

		if (length > 0 && text_is_unsafe(code))
			(void)fprintf(out, "\\u%04x", (unsigned)code);
		else
			(void)fwrite(line, 1, length > 0 ? length : 1, out);
		line += length > 0 ? length : 1;
	}
	(void)putc('\n', out);
}

static void print_object(struct json_object *object, FILE *out)
{
	const int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;

	print_line(or_abort((void *)json_object_to_json_string_ext(object, flags)), out);
	(void)json_object_put(object);
}

void json_print(struct json_object *object, FILE *out)
{
	print_object(object, out);
	(void)fflush(out);
}

void json_end(struct json_object *object)
{
	print_object(object, stdout);
	output_flush();
}
