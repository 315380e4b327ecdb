/* SPDX-License-Identifier: MIT */

/*
 * Facts for people. Each is read by number, which is safe only because the
 * handle is asked afterwards whether its process still had that number.
 */

#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/parse.h"

/* Where that is to be had, and without the boot, for which ph_id() reads a file. */
static bool tell_handle(struct ph_process *process, char buffer[PH_ID_SIZE])
{
	struct ph_info info;

	if (ph_info(process, PH_INFO_PID | PH_INFO_INODE, &info) < 0 || !(info.got & PH_INFO_INODE))
		return false;
	(void)snprintf(buffer, PH_ID_SIZE, "%d:%" PRIu64, (int)ph_pid(process), info.inode);
	return true;
}

int handle_text(struct ph_process *process, char buffer[PH_ID_SIZE])
{
	int r;

	if (tell_handle(process, buffer))
		return 0;
	r = ph_id(process, buffer, PH_ID_SIZE);
	if (r < 0)
		return r;
	buffer[strcspn(buffer, "@")] = '\0';
	return 0;
}

const char *guarantee_text(int guarantee)
{
	switch (guarantee) {
	case PH_PINNED:
		return "pinned";
	case PH_CHECKED:
		return "checked";
	case PH_UNCHECKED:
		return "unchecked";
	default:
		return ph_strerror(guarantee);
	}
}

bool is_reaped(struct ph_process *process)
{
	struct ph_info info;

	return ph_info(process, PH_INFO_PID, &info) == -ESRCH;
}

/* That of whoever has the number. */
static void read_comm(pid_t pid, char comm[COMM_SIZE])
{
	PH_CLEANUP(ph_closep) int fd = -1;
	char path[64];
	ssize_t length;

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = ph_open_to_read(AT_FDCWD, path);
	length = fd < 0 ? 0 : read(fd, comm, COMM_SIZE);
	/* it is short, and comes at once; the last newline is the kernel's */
	comm[length > 0 ? length - 1 : 0] = '\0';
}

void comm_of(struct ph_process *process, char comm[COMM_SIZE])
{
	read_comm(ph_pid(process), comm);
	if (comm[0] != '\0' && is_reaped(process))
		comm[0] = '\0';
}

void handle_and_comm(struct ph_process *process, char handle[PH_ID_SIZE], char comm[COMM_SIZE])
{
	read_comm(ph_pid(process), comm);
	/* who can be told of had the number all the while */
	if (!tell_handle(process, handle)) {
		if (is_reaped(process))
			comm[0] = '\0';
		if (handle_text(process, handle) < 0)
			(void)snprintf(handle, PH_ID_SIZE, "%d", (int)ph_pid(process));
	}
}

pid_t leader_of_thread(pid_t tid)
{
	char path[64];
	char status[1024];
	const char *line;
	pid_t leader;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	if (ph_read_file(AT_FDCWD, path, status, sizeof(status)) < 0)
		return 0;
	/* a newline inside the name is written as \n there, so this is the line */
	line = strstr(status, "\nTgid:\t");
	if (!line)
		return 0;
	line += strlen("\nTgid:\t");
	if (ph_parse_pid_n(line, strspn(line, "0123456789"), &leader) < 0 || leader == tid)
		return 0;
	return leader;
}

bool is_of_another_boot(const char *id)
{
	const char *boot = strchr(id, '@');
	char here[64];

	if (!boot ||
	    ph_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", here, sizeof(here)) <= 0)
		return false;
	here[strcspn(here, "\n")] = '\0';
	return strcmp(boot + 1, here) != 0;
}

const char *kernel_release(void)
{
	static struct utsname names;

	return uname(&names) == 0 ? names.release : "unknown";
}

static void parse_version(const char *text, unsigned long version[2])
{
	char *end;

	version[0] = strtoul(text, &end, 10);
	version[1] = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
}

bool kernel_is_at_least(const char *wanted)
{
	unsigned long have[2];
	unsigned long want[2];

	parse_version(kernel_release(), have);
	parse_version(wanted, want);
	return have[0] != want[0] ? have[0] > want[0] : have[1] >= want[1];
}

/* "6.12" of "6.12.3-amd64" */
static int short_release(const char *release)
{
	size_t length = strspn(release, "0123456789");

	if (release[length] == '.')
		length += 1 + strspn(release + length + 1, "0123456789");
	return (int)length;
}

static int copy_exit_feature(const struct ph_feature *feature, void *arg)
{
	if (feature->bit != PH_FEATURE_EXIT)
		return 0;
	*(struct ph_feature *)arg = *feature;
	return 1;
}

static void feature_reason(const struct ph_feature *feature, char buffer[END_TEXT_SIZE])
{
	const char *release = kernel_release();

	if (feature->state == PH_FEATURE_OFF)
		(void)snprintf(buffer, END_TEXT_SIZE, "setting %s=0", feature->name);
	else if (feature->state == PH_FEATURE_UNBUILT)
		(void)snprintf(buffer, END_TEXT_SIZE, "built without pidfds");
	else if (!kernel_is_at_least(feature->kernel))
		(void)snprintf(buffer, END_TEXT_SIZE, "kernel %.*s < %s", short_release(release),
			       release, feature->kernel);
	else
		(void)snprintf(buffer, END_TEXT_SIZE, "this sandbox does not tell");
}

void unknown_reason(struct ph_process *process, const struct ph_exit *how,
		    char buffer[END_TEXT_SIZE])
{
	struct ph_feature feature = { 0 };
	PH_AUTO struct ph_process *parent = NULL;

	if (how->flags & PH_PENDING && !is_reaped(process)) {
		if (ph_parent(process, &parent) == 0)
			(void)snprintf(buffer, END_TEXT_SIZE, "not reaped yet by PPID %d",
				       (int)ph_pid(parent));
		else
			(void)snprintf(buffer, END_TEXT_SIZE, "not reaped yet by its parent");
		return;
	}
	(void)ph_feature_each(copy_exit_feature, &feature);
	if (feature.state != PH_FEATURE_USED)
		feature_reason(&feature, buffer);
	else if (ph_guarantee(process) != PH_PINNED)
		(void)snprintf(buffer, END_TEXT_SIZE, "the handle is not a pidfd");
	else
		(void)snprintf(buffer, END_TEXT_SIZE, "nobody can tell any more");
}

void end_text(struct ph_process *process, const struct ph_exit *how, char buffer[END_TEXT_SIZE])
{
	char reason[END_TEXT_SIZE];

	if (how->how != PH_UNKNOWN) {
		(void)ph_exit_text(how, buffer, END_TEXT_SIZE);
		return;
	}
	unknown_reason(process, how, reason);
	(void)snprintf(buffer, END_TEXT_SIZE, "exited, status unknown (%.*s)", END_TEXT_SIZE - 32,
		       reason);
}
