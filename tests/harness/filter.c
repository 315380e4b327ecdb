/* SPDX-License-Identifier: MIT */

#include "filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"
#include "pidfd.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

enum {
	P_PIDFD_NUMBER = 3,
	/* the type of the ioctls of pidfds */
	PIDFS_IOCTL = 0xff,
	INSTRUCTIONS = 256,
};

static uint32_t offset_of_argument(int index)
{
	size_t offset = offsetof(struct seccomp_data, args) + 8 * (size_t)index;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	offset += 4;
#endif
	return (uint32_t)offset;
}

static size_t compile(const struct filter_rule *rule, struct sock_filter *code)
{
	const struct sock_filter all[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)rule->call, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset_of_argument(rule->argument)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, rule->mask),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rule->value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, rule->action),
	};

	memcpy(code, all, sizeof(all));
	return sizeof(all) / sizeof(all[0]);
}

bool filter_rule_for(const char *name, uint32_t action, struct filter_rule rules[2])
{
	memset(rules, 0, 2 * sizeof(*rules));
	rules[0].action = rules[1].action = action;
	if (strcmp(name, "pidfd_open") == 0) {
		rules[0].call = SYS_pidfd_open;
	} else if (strcmp(name, "pidfd_send_signal") == 0) {
		rules[0].call = SYS_pidfd_send_signal;
	} else if (strcmp(name, "waitid") == 0) {
		rules[0].call = SYS_waitid;
		rules[0].mask = UINT32_MAX;
		rules[0].value = P_PIDFD_NUMBER;
	} else if (strcmp(name, "ioctl") == 0) {
		rules[0].call = SYS_ioctl;
		rules[0].argument = 1;
		rules[0].mask = 0xff00;
		rules[0].value = PIDFS_IOCTL << 8;
	} else if (strcmp(name, "clone3") == 0) {
		rules[0].call = SYS_clone3;
	} else if (strcmp(name, "clonepidfd") == 0) {
		rules[0].call = SYS_clone;
		rules[0].mask = rules[0].value = CLONE_PIDFD;
	} else if (strcmp(name, "vfork") == 0) {
		rules[0].call = SYS_clone;
		rules[0].mask = rules[0].value = CLONE_VFORK;
	} else if (strcmp(name, "peerpidfd") == 0) {
		rules[0].call = SYS_getsockopt;
		rules[0].argument = 2;
		rules[0].mask = UINT32_MAX;
		rules[0].value = RAW_SO_PEERPIDFD;
	} else if (strcmp(name, "close_range") == 0) {
		rules[0].call = SYS_close_range;
	} else if (strcmp(name, "pidfd_getfd") == 0) {
		rules[0].call = SYS_pidfd_getfd;
	} else if (strcmp(name, "handles") == 0) {
		rules[0].call = SYS_name_to_handle_at;
		rules[1].call = SYS_open_by_handle_at;
		return true;
	} else {
		return false;
	}
	rules[1] = rules[0];
	return true;
}

int filter_install(const struct filter_rule *rules, size_t count)
{
	struct sock_filter code[INSTRUCTIONS];
	struct sock_fprog program = { .filter = code };
	size_t length = 0;

	for (size_t i = 0; i < count; i++)
		length += compile(&rules[i], code + length);
	code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = (unsigned short)length;

	/* root needs no promise, and keeps set-user-ID programs working */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return -errno;
	return 0;
}

void filter_call(const char *name, uint32_t action)
{
	struct filter_rule rules[2];
	int r;

	ck_assert(filter_rule_for(name, action, rules));
	r = filter_install(rules, 2);
	if (r < 0)
		skip("no seccomp filters here: %s", strerror(-r));
}
