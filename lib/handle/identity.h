/* SPDX-License-Identifier: MIT */

/* What names a process in text: a number, and what tells its owners apart. */

#ifndef PH_HANDLE_IDENTITY_H
#define PH_HANDLE_IDENTITY_H

#include "base/writer.h"
#include "handle/process.h"
#include "proc/read.h"

enum ph_identity_kind {
	/* the inode of the process, not used again in one boot */
	PH_IDENTITY_INODE,
	/* the start time in clock ticks since boot */
	PH_IDENTITY_TICKS,
};

struct ph_identity {
	/* 0: any */
	pid_t pid;
	enum ph_identity_kind kind;
	uint64_t value;
	/* "" if it was not said or cannot be read */
	char boot[PH_BOOT_ID_SIZE];
};

/* Return: 0, -EINVAL it is none of the spellings of ph_find_id() */
int ph_identity_parse(const char *text, struct ph_identity *ret_identity);

void ph_identity_write(const struct ph_identity *identity, struct ph_writer *writer);

/* Return: 0, or as ph_id() */
int ph_identity_of(struct ph_process *process, struct ph_identity *ret_identity);

/* Return: 0, or as ph_find_id() */
int ph_identity_find(const struct ph_identity *identity, struct ph_process **ret_process);

/* Return: 0 it is the one, -ESTALE it is another, or -errno; the boot is not looked at */
int ph_identity_compare(struct ph_process *process, const struct ph_identity *identity);

/* The start time in clock ticks since boot. Return: 0, or as struct ph_backend says */
int ph_identity_start(struct ph_process *process, uint64_t *ret_start);

/* Return: as ph_same() */
int ph_identity_same(struct ph_process *a, struct ph_process *b);

#endif
