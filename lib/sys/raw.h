/* SPDX-License-Identifier: MIT */

/*
 * System calls for code that runs in the memory of somebody else: without
 * errno, without libc, without anything that a sanitizer would look at.
 */

#ifndef PH_SYS_RAW_H
#define PH_SYS_RAW_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* PH_RAW(number, up to six arguments). Return: as the kernel: -errno */
#define PH_RAW(...) PH_RAW_(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define PH_RAW_(nr, a, b, c, d, e, f, ...) \
	ph_raw(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* an analyzer does not know what the kernel writes, unless it sees a call */
#if defined(__clang_analyzer__)

/* NOLINTNEXTLINE(readability-function-size) */
long ph_raw(long nr, long a, long b, long c, long d, long e, long f);

#elif defined(__x86_64__) && !defined(__ILP32__)

static inline __attribute__((__always_inline__)) long ph_raw(long nr, long a, long b, long c,
							     long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return r;
}

#elif defined(__aarch64__)

static inline __attribute__((__always_inline__)) long ph_raw(long nr, long a, long b, long c,
							     long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

#else

/* errno is that of the thread which made the child: put back what it was */
static inline long ph_raw(long nr, long a, long b, long c, long d, long e, long f)
{
	int before = errno;
	long r = syscall(nr, a, b, c, d, e, f);

	if (r == -1) {
		r = -errno;
		errno = before;
	}
	return r;
}

#endif

#endif
