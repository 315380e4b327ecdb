/* SPDX-License-Identifier: MIT */

#include "handle/identity.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/parse.h"
#include "handle/backend.h"
#include "handle/number.h"

/* 8-4-4-4-12 hexadecimal digits, small letters, as the kernel writes them */
static bool is_boot_id(const char *text)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(text) != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; shape[i] != '\0'; i++)
		if (shape[i] == '-' ? text[i] != '-' : !strchr("0123456789abcdef", text[i]))
			return false;
	return true;
}

int ph_identity_parse(const char *text, struct ph_identity *ret_identity)
{
	struct ph_identity identity = { .kind = PH_IDENTITY_INODE };
	const char *colon = strchr(text, ':');
	const char *value, *at;

	if (!colon)
		return -EINVAL;
	if (colon > text && ph_parse_pid_n(text, (size_t)(colon - text), &identity.pid) < 0)
		return -EINVAL;
	value = colon + 1;
	if (*value == 't' && identity.pid > 0) {
		identity.kind = PH_IDENTITY_TICKS;
		value++;
	}
	at = strchrnul(value, '@');
	if (ph_parse_u64_n(value, (size_t)(at - value), &identity.value) < 0)
		return -EINVAL;
	if (identity.value == 0 && identity.kind == PH_IDENTITY_INODE)
		return -EINVAL;
	if (*at == '@') {
		if (!is_boot_id(at + 1))
			return -EINVAL;
		memcpy(identity.boot, at + 1, sizeof(identity.boot));
	}
	*ret_identity = identity;
	return 0;
}

void ph_identity_write(const struct ph_identity *identity, struct ph_writer *writer)
{
	ph_write(writer, "%d:%s%" PRIu64 "%s%s", (int)identity->pid,
		 identity->kind == PH_IDENTITY_TICKS ? "t" : "", identity->value,
		 identity->boot[0] == '\0' ? "" : "@", identity->boot);
}

int ph_identity_start(struct ph_process *process, uint64_t *ret_start)
{
	uint64_t known = atomic_load(&process->start);
	int r;

	if (known > 0) {
		*ret_start = known - 1;
		return 0;
	}
	r = process->backend->start(process, ret_start);
	if (r == 0)
		atomic_store(&process->start, *ret_start + 1);
	return r;
}

static int value_of(struct ph_process *process, struct ph_identity *identity)
{
	int r = process->backend->inode(process, &identity->value);

	identity->kind = PH_IDENTITY_INODE;
	if (r == -ENOTSUP) {
		identity->kind = PH_IDENTITY_TICKS;
		r = ph_identity_start(process, &identity->value);
	}
	return r;
}

int ph_identity_of(struct ph_process *process, struct ph_identity *ret_identity)
{
	struct ph_identity identity = { .pid = process->pid };
	int r;

	r = value_of(process, &identity);
	if (r < 0)
		return r;
	r = ph_proc_read_boot_id(identity.boot);
	if (r == -ENOTSUP)
		identity.boot[0] = '\0';
	else if (r < 0)
		return r;
	*ret_identity = identity;
	return 0;
}

static int check_boot(const struct ph_identity *identity)
{
	char boot[PH_BOOT_ID_SIZE];
	int r;

	if (identity->boot[0] == '\0')
		return 0;
	r = ph_proc_read_boot_id(boot);
	if (r < 0)
		return r;
	return strcmp(boot, identity->boot) == 0 ? 0 : -ESTALE;
}

int ph_identity_compare(struct ph_process *process, const struct ph_identity *identity)
{
	uint64_t value = 0;
	int r;

	if (identity->kind == PH_IDENTITY_INODE)
		r = process->backend->inode(process, &value);
	else
		r = ph_identity_start(process, &value);
	if (r < 0)
		return r;
	return value == identity->value ? 0 : -ESTALE;
}

int ph_identity_find(const struct ph_identity *identity, struct ph_process **ret_process)
{
	struct ph_process *process = NULL;
	int r;

	r = check_boot(identity);
	if (r < 0)
		return r;
	if (identity->pid == 0)
		return ph_backend_find_inode(identity->value, ret_process);
	/*
	 * Not by the file handle that an inode is, where the kernel has them:
	 * what is compared is held already, so this reaches a stranger as
	 * little as that does. And it says with the same call whether somebody
	 * else has the number, costs a look at the inode where that costs a
	 * question for the number, and is refused in fewer sandboxes.
	 */
	r = ph_backend_find(identity->pid, &process);
	if (r < 0)
		/* the number is a thread's now */
		return r == -ENOENT ? -ESTALE : r;
	r = ph_identity_compare(process, identity);
	if (r < 0) {
		ph_process_free(process);
		return r;
	}
	*ret_process = process;
	return 0;
}

int ph_identity_same(struct ph_process *a, struct ph_process *b)
{
	uint64_t of_a = 0, of_b = 0;
	int has_a, has_b;

	if (a == b)
		return 1;
	/* inodes stay readable for ever, and compare across pid namespaces */
	if (a->backend->inode(a, &of_a) == 0 && b->backend->inode(b, &of_b) == 0)
		return of_a == of_b;
	if (a->pid != b->pid)
		return 0;
	if (ph_identity_start(a, &of_a) == 0 && ph_identity_start(b, &of_b) == 0 && of_a != of_b)
		return 0;
	/* within one tick; but one number has one owner at a time */
	has_a = ph_prove(a);
	has_b = ph_prove(b);
	if (has_a == 0 && has_b == 0)
		return 1;
	/* it may have ended in between, and been the other one */
	if (has_a == 0 && has_b == -ESRCH)
		has_a = ph_prove(a);
	if (has_a == 0 && has_b == -ESRCH)
		return 0;
	if (has_b == 0 && has_a == -ESRCH)
		return 0;
	return has_a < 0 ? has_a : has_b;
}
