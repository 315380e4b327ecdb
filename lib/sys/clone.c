/* SPDX-License-Identifier: MIT */

/*
 * A child in the memory of its parent needs a way from the system call into
 * its own code that leaves the frame of the parent alone. As with vfork(2) it
 * goes on below that frame, on the same stack: the thread that owns it does not
 * run meanwhile. So no stack has to be mapped, and the guard page is there.
 */

#include "sys/clone.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/errors.h"
#include "sys/raw.h"
#include "sys/uapi.h"

/* a test of the last way of the three has it on every machine */
#if defined(PH_CALL_BY_LIBC)

#define PH_HAVE_CALL 0

#elif defined(__x86_64__) && !defined(__ILP32__)

#define PH_HAVE_CALL 1

/* the red zone below the frame is the parent's as well */
static __attribute__((__noinline__)) long call(long nr, long a, long b, long c,
					       void (*body)(void *), void *arg)
{
	register void (*target)(void *) __asm__("r12") = body;
	register void *value __asm__("r13") = arg;
	long r;

	__asm__ volatile("syscall\n\t"
			 "testq %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "leaq -128(%%rsp), %%rsp\n\t"
			 "andq $-16, %%rsp\n\t"
			 "xorl %%ebp, %%ebp\n\t"
			 "movq %%r13, %%rdi\n\t"
			 "callq *%%r12\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(r)
			 : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(target), "r"(value)
			 : "rcx", "r11", "memory", "cc");
	return r;
}

#elif defined(__aarch64__)

#define PH_HAVE_CALL 1

static __attribute__((__noinline__)) long call(long nr, long a, long b, long c,
					       void (*body)(void *), void *arg)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register void (*target)(void *) __asm__("x19") = body;
	register void *value __asm__("x20") = arg;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, #0\n\t"
			 "mov x0, x20\n\t"
			 "blr x19\n\t"
			 "brk #1\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(target), "r"(value)
			 : "memory", "cc");
	return x0;
}

#elif defined(__i386__)

#define PH_HAVE_CALL 1

static __attribute__((__noinline__)) long call(long nr, long a, long b, long c,
					       void (*body)(void *), void *arg)
{
	long r;

	/* the stack is aligned where the call is, with its argument on it */
	__asm__ volatile("int $0x80\n\t"
			 "testl %%eax, %%eax\n\t"
			 "jnz 1f\n\t"
			 "xorl %%ebp, %%ebp\n\t"
			 "andl $-16, %%esp\n\t"
			 "subl $12, %%esp\n\t"
			 "pushl %%edi\n\t"
			 "calll *%%esi\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(r)
			 : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(body), "D"(arg)
			 : "memory", "cc");
	return r;
}

#else

#define PH_HAVE_CALL 0

#endif

#if PH_HAVE_CALL

pid_t ph_sys_clone3_call(const struct ph_uapi_clone *args, void (*body)(void *), void *arg)
{
	return (pid_t)call(SYS_clone3, (long)args, sizeof(*args), 0, body, arg);
}

pid_t ph_sys_clone_call(uint64_t flags, int *ret_pidfd, void (*body)(void *), void *arg)
{
	return (pid_t)call(SYS_clone, (long)flags, 0, (long)ret_pidfd, body, arg);
}

#else

enum { STACK = 64 * 1024 };

struct start {
	void (*body)(void *);
	void *arg;
};

static int begin(void *arg)
{
	const struct start *start = arg;

	start->body(start->arg);
	return 0;
}

pid_t ph_sys_clone3_call(const struct ph_uapi_clone *args, void (*body)(void *), void *arg)
{
	(void)args;
	(void)body;
	(void)arg;
	return -ENOSYS;
}

/* Not a part of the caller's stack: a thread may have less than that in all. */
static pid_t clone_by_libc(uint64_t flags, int *ret_pidfd, struct start *start)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	pid_t pid;

	if (stack == MAP_FAILED)
		return -ENOMEM;
	pid = clone(begin, stack + STACK, (int)flags, start, ret_pidfd);
	if (pid < 0)
		pid = -errno;
	(void)munmap(stack, STACK);
	return pid;
}

pid_t ph_sys_clone_call(uint64_t flags, int *ret_pidfd, void (*body)(void *), void *arg)
{
	struct start start = { .body = body, .arg = arg };
	int before = errno;
	pid_t pid = clone_by_libc(flags, ret_pidfd, &start);

	errno = before;
	return pid;
}

#endif

pid_t ph_sys_fork(uint64_t flags)
{
#if defined(__s390__) || defined(__s390x__)
	return (pid_t)PH_RAW(SYS_clone, 0, flags);
#else
	return (pid_t)PH_RAW(SYS_clone, flags);
#endif
}

static void leave(void *arg)
{
	*(volatile int *)arg = 1;
	for (;;)
		(void)PH_RAW(SYS_exit_group, 0);
}

/* @pid: of a child without an exit signal, or -errno. Return: as ph_sys_try_clone3() */
static int finish(pid_t pid, uint64_t flags, int pidfd, const volatile int *has_run)
{
	bool has_pidfd = pidfd >= 0;
	int status;
	long r;

	if (pid < 0)
		return pid == -EAGAIN || ph_is_a_shortage(pid) ? pid : 0;
	if (has_pidfd)
		(void)PH_RAW(SYS_close, pidfd);
	do
		r = PH_RAW(SYS_wait4, pid, &status, __WCLONE, NULL);
	while (r == -EINTR);
	/* in an emulator it may have had a memory of its own */
	return *has_run && (has_pidfd || !(flags & PH_CLONE_PIDFD));
}

int ph_sys_try_clone3(uint64_t flags)
{
	int pidfd = -1, has_run = 0;
	struct ph_uapi_clone args = {
		.flags = flags | PH_CLONE_VM | PH_CLONE_VFORK,
		.pidfd = (uintptr_t)&pidfd,
	};
	pid_t pid = ph_sys_clone3_call(&args, leave, &has_run);

	return finish(pid, flags, pidfd, &has_run);
}

int ph_sys_try_clone(uint64_t flags)
{
	int pidfd = -1, has_run = 0;
	pid_t pid =
		ph_sys_clone_call(flags | PH_CLONE_VM | PH_CLONE_VFORK, &pidfd, leave, &has_run);

	return finish(pid, flags, pidfd, &has_run);
}

struct taking {
	int pidfd;
	volatile long answer;
};

static void take(void *arg)
{
	struct taking *taking = arg;

	/* a number that nobody has: what is refused, is so before it is looked for */
	taking->answer = PH_RAW(SYS_pidfd_getfd, taking->pidfd, INT_MAX, 0);
	for (;;)
		(void)PH_RAW(SYS_exit_group, 0);
}

int ph_sys_try_take(int pidfd)
{
	const uint64_t flags = PH_CLONE_VM | PH_CLONE_VFORK | PH_CLONE_FILES;
	struct taking taking = { .pidfd = pidfd };
	pid_t pid = ph_sys_clone_call(flags, NULL, take, &taking);
	int has_run = 1;
	int r = finish(pid, flags, -1, &has_run);

	return r < 0 ? r : r > 0 && taking.answer == -EBADF;
}
