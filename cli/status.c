/* SPDX-License-Identifier: MIT */

/* The one table of what an error of the library means to the caller of ph. */

#include "status.h"

#include <errno.h>
#include <stddef.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct failure {
	int error;
	int status;
	const char *word;
} failures[] = {
	{ ESRCH, STATUS_NO, "gone" },
	{ ENOENT, STATUS_NO, "thread" },
	{ EINVAL, STATUS_USAGE, "malformed" },
	{ EPERM, STATUS_DENIED, "not_permitted" },
	{ ESTALE, STATUS_STALE, "stale" },
	{ EACCES, STATUS_DENIED, "not_permitted" },
	{ EDEADLK, STATUS_REFUSED, "refused" },
	{ EBUSY, STATUS_REFUSED, "held" },
	{ EKEYREJECTED, STATUS_REFUSED, "untrusted" },
	{ ELOOP, STATUS_REFUSED, "untrusted" },
	{ ENOTDIR, STATUS_NO, "missing" },
	{ ETIMEDOUT, STATUS_TIMEOUT, "timeout" },
	{ ENOTSUP, STATUS_FAILED, "not_supported" },
};

static const struct failure *failure_of(int error)
{
	static const struct failure other = { 0, STATUS_FAILED, "failed" };

	for (size_t i = 0; i < LENGTH(failures); i++)
		if (failures[i].error == -error)
			return &failures[i];
	return &other;
}

int status_of(int error)
{
	return error >= 0 ? STATUS_OK : failure_of(error)->status;
}

const char *status_word(int error)
{
	return failure_of(error)->word;
}

int status_worse(int a, int b)
{
	static const int order[] = { STATUS_USAGE,  STATUS_REFUSED, STATUS_FAILED, STATUS_TIMEOUT,
				     STATUS_DENIED, STATUS_STALE,   STATUS_NO };

	for (size_t i = 0; i < LENGTH(order); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return STATUS_OK;
}
