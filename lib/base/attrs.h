/* SPDX-License-Identifier: MIT */

/* The compiler's own words, in one place. */

#ifndef PH_BASE_ATTRS_H
#define PH_BASE_ATTRS_H

/* part of the library's interface; only lib/api may say so */
#define PH_EXPORT __attribute__((__visibility__("default")))

/*
 * Call function(&variable) when the variable goes out of scope. That may be all
 * that it is for, which Clang would call unused.
 */
#define PH_CLEANUP(function) __attribute__((__cleanup__(function), __unused__))

/* arguments are checked as printf(3) would read them */
#define PH_PRINTF(format, first) __attribute__((__format__(__printf__, format, first)))

/* seldom called: out of the way of its callers */
#define PH_COLD __attribute__((__cold__, __noinline__))

#define PH_LIKELY(condition) __builtin_expect(!!(condition), 1)

#endif
