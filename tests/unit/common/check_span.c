/* SPDX-License-Identifier: MIT
 *
 * check_span: spans, the empty one above all, and the intrusive list.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/span.h"

/* ---- spans ---- */

static const struct comparison {
	const char *a, *b;
	bool is, nocase, starts, ends;
} comparisons[] = {
	{"abc", "abc", true, true, true, true},
	{"abc", "ABC", false, true, false, false},
	{"abc", "ab", false, false, true, false},
	{"abc", "bc", false, false, false, true},
	{"abc", "abcd", false, false, false, false},
	{"abc", "", false, false, true, true},
	{"", "", true, true, true, true},
	{"", "a", false, false, false, false},
	{NULL, "", true, true, true, true},
	{NULL, "a", false, false, false, false},
};

START_TEST(spans_compare)
{
	const struct comparison *c = &comparisons[_i];
	struct span a = span_of(c->a), b = span_of(c->b);

	ck_assert_int_eq(span_is(a, c->b), c->is);
	ck_assert_int_eq(span_eq(a, b), c->is);
	ck_assert_int_eq(span_eq(b, a), c->is);
	ck_assert_int_eq(span_is_nocase(a, c->b), c->nocase);
	ck_assert_int_eq(span_starts(a, b), c->starts);
	ck_assert_int_eq(span_ends(a, b), c->ends);
}
END_TEST

START_TEST(a_literal_has_no_terminator_and_may_hold_nul)
{
	struct span s = SPAN_LIT("a\0b");

	ck_assert_uint_eq(s.n, 3);
	ck_assert(!span_is(s, "a"));
	ck_assert(span_eq(s, (struct span){"a\0b", 3}));
	ck_assert(!span_eq(s, (struct span){"a\0c", 3}));
}
END_TEST

START_TEST(the_rest_of_a_span)
{
	struct span s = SPAN_LIT("hello");

	ck_assert(span_is(span_from(s, 0), "hello"));
	ck_assert(span_is(span_from(s, 3), "lo"));
	ck_assert_uint_eq(span_from(s, 5).n, 0);
	ck_assert_uint_eq(span_from(s, 99).n, 0);
	ck_assert_ptr_eq(span_from(s, 99).p, s.p + 5);
	ck_assert_uint_eq(span_from(SPAN_NONE, 0).n, 0);
	ck_assert_uint_eq(span_from(SPAN_NONE, 3).n, 0);
}
END_TEST

START_TEST(a_span_prints)
{
	char text[16];

	snprintf(text, sizeof text, "<%.*s>", SPAN_FMT(span_from(SPAN_LIT("hello"), 2)));
	ck_assert_str_eq(text, "<llo>");
	snprintf(text, sizeof text, "<%.*s>", SPAN_FMT(SPAN_NONE));
	ck_assert_str_eq(text, "<>");
}
END_TEST

/* ---- lists ---- */

struct item {
	int n;
	struct list link;
};

/* The numbers on the list as digits, forwards; and the ring is sound backwards too. */
static int digits(struct list *head)
{
	int forwards = 0, backwards = 0, place = 1;

	list_for_each (it, head)
		forwards = 10 * forwards + container_of(it, struct item, link)->n;
	for (struct list *it = head->prev; it != head; it = it->prev, place *= 10)
		backwards += place * container_of(it, struct item, link)->n;
	ck_assert_int_eq(forwards, backwards);
	return forwards;
}

START_TEST(a_list_keeps_its_order)
{
	struct item one = {.n = 1}, two = {.n = 2}, three = {.n = 3};
	struct list head;

	list_init(&head);
	ck_assert(list_empty(&head));
	list_push_back(&head, &two.link);
	list_push_back(&head, &three.link);
	list_push_front(&head, &one.link);
	ck_assert(!list_empty(&head));
	ck_assert_int_eq(digits(&head), 123);
	ck_assert_ptr_eq(list_first(&head, struct item, link), &one);
	ck_assert_ptr_eq(list_last(&head, struct item, link), &three);
}
END_TEST

START_TEST(removing_is_harmless_twice)
{
	struct item one = {.n = 1}, two = {.n = 2};
	struct list head;

	list_init(&head);
	list_push_back(&head, &one.link);
	list_push_back(&head, &two.link);
	list_remove(&one.link);
	list_remove(&one.link);
	ck_assert(list_empty(&one.link));
	ck_assert_int_eq(digits(&head), 2);
	list_add_after(&two.link, &one.link);
	ck_assert_int_eq(digits(&head), 21);
	list_remove(&two.link);
	list_remove(&one.link);
	ck_assert(list_empty(&head));
}
END_TEST

START_TEST(the_body_of_a_walk_may_remove_its_item)
{
	struct item items[9];
	struct list head;
	int freed = 0;

	list_init(&head);
	for (int i = 0; i < 9; i++) {
		items[i].n = i + 1;
		list_push_back(&head, &items[i].link);
	}
	list_for_each (it, &head)
		if (container_of(it, struct item, link)->n % 2)
			list_remove(it);
	ck_assert_int_eq(digits(&head), 2468);
	list_for_each (it, &head) {
		list_remove(it);
		memset(it, 0xff, sizeof *it);
		freed++;
	}
	ck_assert_int_eq(freed, 4);
	ck_assert(list_empty(&head));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("span");
	TCase *tc = tcase_create("span");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, spans_compare, 0, (int)nitems(comparisons));
	tcase_add_test(tc, a_literal_has_no_terminator_and_may_hold_nul);
	tcase_add_test(tc, the_rest_of_a_span);
	tcase_add_test(tc, a_span_prints);
	tcase_add_test(tc, a_list_keeps_its_order);
	tcase_add_test(tc, removing_is_harmless_twice);
	tcase_add_test(tc, the_body_of_a_walk_may_remove_its_item);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
