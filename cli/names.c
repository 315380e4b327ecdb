/* SPDX-License-Identifier: MIT */

/* Names for numbers: users, groups, terminals. */

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "row.h"

/* as the kernel's list of devices has them */
enum {
	MAJOR_TTY = 4,
	MAJOR_CONSOLE = 5,
	FIRST_SERIAL = 64,
	MAJOR_PTS = 136,
	LAST_MAJOR_PTS = 143,
};

/* Lists are full of the same few users, and asking for a name may take a server. */
const char *user_name(uint32_t uid)
{
	static struct known {
		bool is_set;
		uint32_t uid;
		char name[64];
	} known[16];
	struct known *slot = &known[uid % LENGTH(known)];
	const struct passwd *user;

	if (slot->is_set && slot->uid == uid)
		return slot->name;
	user = getpwuid(uid);
	if (user)
		(void)snprintf(slot->name, sizeof(slot->name), "%s", user->pw_name);
	else
		(void)snprintf(slot->name, sizeof(slot->name), "%u", uid);
	slot->uid = uid;
	slot->is_set = true;
	return slot->name;
}

const char *group_name(uint32_t gid)
{
	static char name[64];
	const struct group *group = getgrgid(gid);

	if (group)
		(void)snprintf(name, sizeof(name), "%s", group->gr_name);
	else
		(void)snprintf(name, sizeof(name), "%u", gid);
	return name;
}

const char *tty_name(uint64_t tty, char buffer[32])
{
	unsigned major_number = major(tty);
	unsigned minor_number = minor(tty);

	if (tty == 0)
		return NULL;
	if (major_number >= MAJOR_PTS && major_number <= LAST_MAJOR_PTS)
		(void)snprintf(buffer, 32, "pts/%u",
			       (major_number - MAJOR_PTS) * 256 + minor_number);
	else if (major_number == MAJOR_TTY && minor_number >= FIRST_SERIAL)
		(void)snprintf(buffer, 32, "ttyS%u", minor_number - FIRST_SERIAL);
	else if (major_number == MAJOR_TTY)
		(void)snprintf(buffer, 32, "tty%u", minor_number);
	else if (major_number == MAJOR_CONSOLE && minor_number == 1)
		(void)snprintf(buffer, 32, "console");
	else
		(void)snprintf(buffer, 32, "%u:%u", major_number, minor_number);
	return buffer;
}
