/* SPDX-License-Identifier: MIT */

/* The cgroup of a process, told by the kernel or looked for where they are mounted. */

#include <sys/stat.h>

#include "cgroup.h"
#include "facts.h"
#include "ps.h"

/* a child in a cgroup of its own, if there can be one */
struct resident {
	char path[PATH_MAX];
	struct child child;
	struct ph_process *process;
	uint64_t inode;
};

static void resident_start(struct resident *resident)
{
	struct stat st;

	if (!asks_here() && !has(PH_FEATURE_PROC))
		skip("nothing tells of cgroups");
	find_cgroups(resident->path);
	must(stat(resident->path, &st));
	resident->inode = st.st_ino;
	resident->child = child_start();
	enter(resident->path, resident->child.pid);
	resident->process = found(resident->child.pid);
}

static void resident_end(struct resident *resident)
{
	resident->process = ph_unref(resident->process);
	child_end(&resident->child);
	remove_cgroup(resident->path);
}

static uint64_t cgroup_of(struct ph_process *process)
{
	struct ph_info info = info_of(process, PH_INFO_CGROUP | PH_INFO_PID);

	ck_assert_uint_eq(info.got, PH_INFO_CGROUP | PH_INFO_PID);
	return info.cgroup;
}

static int note(const struct ph_info *info, void *arg)
{
	ck_assert_uint_ne(info->got & PH_INFO_CGROUP, 0);
	*(uint64_t *)arg = info->cgroup;
	return 0;
}

TEST(the_cgroup_is_told_as_its_directory_has_it)
{
	struct resident resident;
	struct ph_process *self;
	uint64_t listed = 0;

	resident_start(&resident);
	self = found(getpid());
	ck_assert_uint_eq(cgroup_of(resident.process), resident.inode);
	ck_assert_uint_ne(cgroup_of(self), resident.inode);
	if (has(PH_FEATURE_PROC)) {
		ck_assert_int_eq(ph_list(&(struct ph_filter){ .parent = self }, PH_INFO_CGROUP,
					 note, &listed),
				 0);
		ck_assert_uint_eq(listed, resident.inode);
	}
	self = ph_unref(self);
	resident_end(&resident);
}

TEST(a_move_to_another_cgroup_is_seen)
{
	struct resident resident;
	uint64_t before;

	resident_start(&resident);
	before = cgroup_of(resident.process);
	enter(point, resident.child.pid);
	ck_assert_uint_ne(cgroup_of(resident.process), before);
	resident_end(&resident);
}

/* Its directory is gone, and one of the same name is not its own. */
TEST(a_cgroup_that_was_removed_is_not_mistaken_for_the_next_one)
{
	struct resident resident;
	struct ph_info info;
	struct stat st;

	resident_start(&resident);
	child_kill(&resident.child, SIGKILL);
	if (rmdir(resident.path) < 0) {
		resident_end(&resident);
		skip("this kernel does not remove the cgroup of a zombie");
	}
	must(mkdir(resident.path, 0755));
	must(stat(resident.path, &st));
	info = info_of(resident.process, PH_INFO_CGROUP | PH_INFO_PID);
	if (info.got & PH_INFO_CGROUP)
		ck_assert_uint_eq(info.cgroup, resident.inode);
	ck_assert_uint_ne(st.st_ino, resident.inode);
	resident_end(&resident);
}

/* ps shows all hierarchies, but for roots of them; ours is the one without a name. */
TEST(the_path_of_the_cgroup_is_that_of_ps)
{
	struct resident resident;
	char path[PATH_MAX], expected[PATH_MAX + 8], pid[16];
	char *text;
	int r;

	if (!has(PH_FEATURE_PROC))
		skip("the path is told by /proc alone");
	need_ps("cgroup");
	resident_start(&resident);
	r = ph_text(resident.process, PH_TEXT_CGROUP, path, sizeof(path));
	ck_assert_int_gt(r, 0);
	(void)snprintf(pid, sizeof(pid), "%d", (int)resident.child.pid);
	text = ps("cgroup", pid);
	(void)snprintf(expected, sizeof(expected), "0::%s\n", path);
	ck_assert_msg(strstr(text, expected) != NULL, "%s: %s", expected, text);
	free(text);
	resident_end(&resident);
}
