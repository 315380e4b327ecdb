/* SPDX-License-Identifier: MIT */

/* The least program: it ends. Without libc, where a compiler and we know how. */

#if defined(BARE) && defined(__x86_64__)

__asm__(".globl _start\n"
	"_start:\n\t"
	"xorl %edi, %edi\n\t"
	"movl $231, %eax\n\t"
	"syscall\n\t"
	"ud2\n");

#elif defined(BARE) && defined(__aarch64__)

__asm__(".globl _start\n"
	"_start:\n\t"
	"mov x0, #0\n\t"
	"mov x8, #94\n\t"
	"svc #0\n\t"
	"brk #1\n");

#elif defined(BARE)

#error "no way to end a program without libc is known for this machine"

#else

int main(void)
{
	return 0;
}

#endif
