/* SPDX-License-Identifier: MIT */

/* Exit statuses of ph, and which error of the library ends in which. */

#ifndef PH_CLI_STATUS_H
#define PH_CLI_STATUS_H

enum status {
	STATUS_OK = 0,
	/** no such process, already gone, no match */
	STATUS_NO = 1,
	STATUS_USAGE = 2,
	/** it exists, and may not be signalled */
	STATUS_DENIED = 3,
	/** the number belongs to another process */
	STATUS_STALE = 4,
	/** refused for safety */
	STATUS_REFUSED = 5,
	/** the deadline passed, something still runs */
	STATUS_TIMEOUT = 124,
	/** ph itself failed, or the kernel lacks the feature */
	STATUS_FAILED = 125,
	/** the command of ph run is there, and cannot be executed */
	STATUS_NOEXEC = 126,
	/** it is not there */
	STATUS_NOTFOUND = 127,
};

/* what a status says already, and -q therefore leaves out */
#define STATUS_SPEAKS(status) ((status) != STATUS_FAILED && (status) != STATUS_USAGE)

/* The exit status for a negative errno value of the library. */
int status_of(int error);

/* The same in a word, for programs: "gone", "stale", … */
const char *status_word(int error);

/* The worse of two: 125, 124, 3, 4, 1, 0 in this order; 2 and 5 stand above. */
int status_worse(int a, int b);

#endif
