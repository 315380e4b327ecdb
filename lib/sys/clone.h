/* SPDX-License-Identifier: MIT */

/* Making a process. Its code runs where it may: see handle/spawn_child.c. */

#ifndef PH_SYS_CLONE_H
#define PH_SYS_CLONE_H

#include <stdint.h>
#include <sys/types.h>

/* clone(2) and clone3(2); those above 32 bits are for the latter only */
#define PH_CLONE_VM UINT64_C(0x00000100)
#define PH_CLONE_FILES UINT64_C(0x00000400)
#define PH_CLONE_PIDFD UINT64_C(0x00001000)
#define PH_CLONE_VFORK UINT64_C(0x00004000)
#define PH_CLONE_CLEAR_SIGHAND (UINT64_C(1) << 32)
#define PH_CLONE_INTO_CGROUP (UINT64_C(1) << 33)
#define PH_CLONE_AUTOREAP (UINT64_C(1) << 34)
#define PH_CLONE_NNP (UINT64_C(1) << 35)
#define PH_CLONE_AUTOKILL (UINT64_C(1) << 36)

/* struct clone_args of the kernel, Linux 5.7 */
struct ph_uapi_clone {
	uint64_t flags;
	uint64_t pidfd;
	uint64_t child_tid;
	uint64_t parent_tid;
	uint64_t exit_signal;
	uint64_t stack;
	uint64_t stack_size;
	uint64_t tls;
	uint64_t set_tid;
	uint64_t set_tid_size;
	uint64_t cgroup;
};

/*
 * Makes a child that runs body(arg) in this memory, below this stack frame,
 * while the calling thread stands still. The body must not return.
 * @args: with PH_CLONE_VM and PH_CLONE_VFORK; the stack is not looked at
 * Return: the pid, or -errno (-ENOSYS on machines for which this is not written)
 */
pid_t ph_sys_clone3_call(const struct ph_uapi_clone *args, void (*body)(void *), void *arg);

/*
 * The same by clone(2), on every machine.
 * @ret_pidfd: stored by the kernel if @flags has PH_CLONE_PIDFD
 */
pid_t ph_sys_clone_call(uint64_t flags, int *ret_pidfd, void (*body)(void *), void *arg);

/*
 * fork(2) without the handlers of pthread_atfork(3).
 * @flags: namespaces and the exit signal. Return: 0 in the child, the pid, -errno
 */
pid_t ph_sys_fork(uint64_t flags);

/*
 * Tries to make a child that shares the memory and leaves at once. No signal is
 * sent for it, and it is reaped. @flags: beyond PH_CLONE_VM and PH_CLONE_VFORK.
 * Return: 1 that works, and it had a pidfd if @flags asks for one, 0, or -errno
 * something has run out (-EAGAIN, -EMFILE …), and it cannot be told
 */
int ph_sys_try_clone3(uint64_t flags);
int ph_sys_try_clone(uint64_t flags);

/* Likewise. Return: 1 if it may take descriptors from the process behind a pidfd, 0, or -errno */
int ph_sys_try_take(int pidfd);

#endif
