/* SPDX-License-Identifier: MIT
 *
 * check_sizing_shares: what bounds many at once: the rate of starts, jitter, and process.max.
 */
#include <check.h>

#include "manager/sizing.h"

#include "common/span.h"

START_TEST(tokens_come_in_at_the_rate)
{
	struct sizing_bucket b = {0};

	sizing_bucket_pour(&b, 4, 249);
	ck_assert_uint_eq(sizing_bucket_tokens(&b), 0);
	ck_assert_int_eq(sizing_bucket_next_ms(&b, 4), 1);
	sizing_bucket_pour(&b, 4, 1);
	ck_assert_uint_eq(sizing_bucket_tokens(&b), 1);
	sizing_bucket_pour(&b, 4, 1000000000);
	ck_assert_uint_eq(sizing_bucket_tokens(&b), 4);
	sizing_bucket_take(&b, 3);
	ck_assert_uint_eq(sizing_bucket_tokens(&b), 1);
	sizing_bucket_take(&b, 9);
	ck_assert_uint_eq(sizing_bucket_tokens(&b), 0);
	ck_assert_int_eq(sizing_bucket_next_ms(&b, 4), 250);
	ck_assert_int_eq(sizing_bucket_next_ms(&b, 0), 0);
	sizing_bucket_pour(&b, 4, -5);
	ck_assert_uint_eq(sizing_bucket_tokens(&b), 0);
	sizing_bucket_fill(&b, 32);
	ck_assert_uint_eq(sizing_bucket_tokens(&b), 32);
}
END_TEST

/* A minute of wishes without end starts no more than the rate allows, and what was saved up. */
START_TEST(a_minute_at_the_rate)
{
	struct sizing_bucket b;
	unsigned started = 0;

	sizing_bucket_fill(&b, 5);
	for (int ms = 0; ms < 60000; ms += 3) {
		unsigned n = sizing_bucket_tokens(&b);
		sizing_bucket_take(&b, n);
		started += n;
		sizing_bucket_pour(&b, 5, 3);
	}
	ck_assert_uint_ge(started, 5 + 299);
	ck_assert_uint_le(started, 5 + 300);
}
END_TEST

START_TEST(jitter_stays_within_its_part)
{
	uint64_t low = UINT64_MAX, high = 0;

	for (uint64_t r = 0; r < 1000; r++) {
		uint64_t v = sizing_jitter(1000, 10, r * UINT64_C(0x9e3779b97f4a7c15));
		low = v < low ? v : low;
		high = v > high ? v : high;
	}
	ck_assert_uint_ge(low, 900);
	ck_assert_uint_lt(low, 930);
	ck_assert_uint_le(high, 1100);
	ck_assert_uint_gt(high, 1070);
	ck_assert_uint_eq(sizing_jitter(1000, 0, 77), 1000);
	ck_assert_uint_eq(sizing_jitter(0, 50, 77), 0);
	ck_assert_uint_eq(sizing_jitter(1, 50, 77), 1);
	ck_assert_uint_ge(sizing_jitter(2, 50, 3), 1);
	ck_assert_uint_ge(sizing_jitter(UINT64_C(31536000000), 50, UINT64_MAX), 15768000000);
}
END_TEST

#define SHARES_MAX 4

static const struct sharing {
	const char *name;
	unsigned room;
	size_t turn;
	struct sizing_claim claims[SHARES_MAX];
	size_t n;
} sharings[] = {
	{"enough for all", 9, 0, {{0, 3, 3}, {5, 6, 6}}, 2},
	{"more than enough", 90, 1, {{0, 3, 3}, {5, 6, 6}}, 2},
	{"nothing", 0, 0, {{0, 3, 0}, {5, 6, 0}}, 2},
	{"one each", 2, 0, {{0, 9, 1}, {0, 9, 1}}, 2},
	{"one for two: the first's turn", 1, 0, {{0, 9, 1}, {0, 9, 0}}, 2},
	{"one for two: the second's turn", 1, 1, {{0, 9, 0}, {0, 9, 1}}, 2},
	{"turns go round", 1, 2, {{0, 9, 1}, {0, 9, 0}}, 2},
	{"the smaller first", 3, 0, {{5, 9, 0}, {1, 9, 3}}, 2},
	{"until they are alike", 6, 0, {{3, 9, 2}, {1, 9, 4}}, 2},
	{"whoever has enough leaves the rest", 8, 0, {{0, 1, 1}, {0, 9, 7}}, 2},
	{"who has nothing comes before all others", 1, 0,
		{{100, 50, 0}, {7, 50, 0}, {0, 1, 1}, {1, 9, 0}}, 4},
	{"who wants nothing gets nothing", 5, 0, {{0, 0, 0}, {2, 9, 5}, {0, 0, 0}}, 3},
	{"the rest goes by turns", 5, 1, {{0, 9, 1}, {0, 9, 2}, {0, 9, 2}}, 3},
	{"huge wishes", 10, 0, {{0, 4294967295u, 5}, {0, 4294967295u, 5}}, 2},
	{"nobody asks", 5, 0, {{0, 0, 0}}, 0},
};

START_TEST(room_is_shared)
{
	const struct sharing *s = &sharings[_i];
	struct sizing_claim claims[SHARES_MAX];

	memcpy(claims, s->claims, sizeof claims);
	sizing_share(claims, s->n, s->room, s->turn);
	for (size_t i = 0; i < s->n; i++)
		ck_assert_msg(claims[i].grant == s->claims[i].grant, "%s: number %zu gets %u",
			s->name, i, claims[i].grant);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sizing_shares");
	TCase *tc = tcase_create("sizing_shares");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, tokens_come_in_at_the_rate);
	tcase_add_test(tc, a_minute_at_the_rate);
	tcase_add_test(tc, jitter_stays_within_its_part);
	tcase_add_loop_test(tc, room_is_shared, 0, (int)nitems(sharings));
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
