/* SPDX-License-Identifier: MIT */

/* The list of the members of a scope: numbers that come back, and the order. */

#include "harness.h"

#include "handle/late.h"
#include "handle/members_list.h"

enum { MANY = 20000 };

/* Handles that hold nothing: what is asked of them is the number. */
static struct ph_process crowd[MANY];

static struct ph_process *somebody(size_t index, pid_t pid)
{
	crowd[index] = (struct ph_process){ .pid = pid };
	/* never the last one */
	atomic_store(&crowd[index].references, 2);
	return &crowd[index];
}

static struct ph_members begin(void)
{
	struct ph_members members;

	ph_members_begin(&members, somebody(0, 1), PH_TREE);
	return members;
}

static void add(struct ph_members *members, pid_t pid, pid_t parent)
{
	struct ph_process *process = somebody(members->count + 1, pid);

	ck_assert_int_eq(ph_members_add(members, process, parent), 0);
}

static void expect_order(const struct ph_members *members, size_t first, const pid_t *pids)
{
	for (size_t i = first; i < members->count; i++) {
		ck_assert_int_eq(members->list[i].pid, pids[i - first]);
		ck_assert_uint_eq(ph_members_find(members, pids[i - first]), i);
	}
}

TEST(parents_come_before_children_whatever_their_numbers)
{
	PH_CLEANUP(ph_members_end) struct ph_members members = begin();
	static const pid_t pids[] = { 7, 50, 40, 60, 3, 2 };

	add(&members, 2, 3);
	add(&members, 3, 40);
	add(&members, 60, 7);
	add(&members, 50, 4711);
	add(&members, 40, 50);
	add(&members, 7, 4711);
	ph_members_order(&members, 0);
	expect_order(&members, 0, pids);
}

TEST(who_was_found_before_stays_in_front)
{
	PH_CLEANUP(ph_members_end) struct ph_members members = begin();
	static const pid_t pids[] = { 30, 9, 8 };

	add(&members, 31, 4711);
	add(&members, 8, 9);
	add(&members, 9, 31);
	add(&members, 30, 31);
	/* below one of a round before is as high as one can be */
	ph_members_order(&members, 1);
	ck_assert_int_eq(members.list[0].pid, 31);
	expect_order(&members, 1, (const pid_t[]){ 9, 30, 8 });
	ph_members_cut(&members, 1);
	add(&members, 8, 9);
	add(&members, 9, 30);
	add(&members, 30, 31);
	ph_members_order(&members, 1);
	expect_order(&members, 1, pids);
}

/* Read while processes came and went: each is the other's parent. */
TEST(a_circle_has_an_end)
{
	PH_CLEANUP(ph_members_end) struct ph_members members = begin();

	add(&members, 10, 11);
	add(&members, 11, 12);
	add(&members, 12, 10);
	add(&members, 13, 12);
	add(&members, 14, 14);
	ph_members_order(&members, 0);
	for (pid_t pid = 10; pid <= 14; pid++)
		ck_assert_uint_ne(ph_members_find(&members, pid), PH_NOBODY);
	ck_assert_uint_gt(ph_members_find(&members, 13), ph_members_find(&members, 12));
}

/* Each below the next one. */
TEST(a_long_chain_is_put_in_order)
{
	PH_CLEANUP(ph_members_end) struct ph_members members = begin();

	for (pid_t pid = 2; pid < MANY; pid++)
		add(&members, pid, pid + 1);
	ph_members_order(&members, 0);
	for (size_t i = 0; i < members.count; i++)
		ck_assert_int_eq(members.list[i].pid, MANY - 1 - (pid_t)i);
}

TEST(a_number_that_comes_back_is_the_later_one)
{
	PH_CLEANUP(ph_members_end) struct ph_members members = begin();

	for (pid_t pid = 100; pid < 200; pid++)
		add(&members, pid, 1);
	ph_members_forget(&members, 42);
	ck_assert_uint_eq(ph_members_find(&members, 142), PH_NOBODY);
	add(&members, 142, 1);
	ck_assert_uint_eq(ph_members_find(&members, 142), 100);
	ph_members_cut(&members, 100);
	ck_assert_uint_eq(ph_members_find(&members, 142), PH_NOBODY);
	ck_assert_uint_eq(ph_members_find(&members, 143), 43);
}
