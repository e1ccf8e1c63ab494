/* SPDX-License-Identifier: MIT
 *
 * check_footprint: what the kernel writes about memory, whole, cut off and odd.
 */
#include <check.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "manager/footprint.h"

#define FAILS UINT64_MAX

static const struct rollup {
	const char *text;
	uint64_t bytes;
} rollups[] = {
	{"", FAILS},
	{"Pss:", FAILS},
	{"Pss:   kB\n", FAILS},
	{"Pss:   12\n", FAILS},
	{"Pss:   12 MB\n", FAILS},
	{"Pss:   12 kB", 12 * 1024},
	{"Pss:\t0 kB\n", 0},
	{"5581-7ffd ---p 00000000 00:00 0     [rollup]\nRss:  2000 kB\nPss:   870 kB\nPss_Anon: 1 kB\n",
		870 * 1024},
	{"Pss_Dirty:   9 kB\nPss:   8 kB\n", 8 * 1024},
	{"SwapPss:   9 kB\n", FAILS},
	{"Rss:  2000 kB\nPss_Anon: 1 kB\n", FAILS},
	{"Pss:   99999999999999999999999 kB\n", FAILS},
	{"Pss:   -1 kB\n", FAILS},
};

static const struct rollup statms[] = {
	{"", FAILS},
	{"100", FAILS},
	{"100 ", FAILS},
	{"100 x", FAILS},
	{"100 7", 7 * 4096},
	{"1063 217 170 5 0 96 0\n", 217 * 4096},
	{"99999999999999999999999 1\n", FAILS},
	{"1 99999999999999999999999\n", FAILS},
};

START_TEST(a_rollup)
{
	uint64_t bytes = FAILS;
	bool ok = footprint_parse_rollup(span_of(rollups[_i].text), &bytes);

	ck_assert_int_eq(ok, rollups[_i].bytes != FAILS);
	if (ok)
		ck_assert_uint_eq(bytes, rollups[_i].bytes);
}
END_TEST

START_TEST(a_statm)
{
	uint64_t bytes = FAILS;
	bool ok = footprint_parse_statm(span_of(statms[_i].text), 4096, &bytes);

	ck_assert_int_eq(ok, statms[_i].bytes != FAILS);
	if (ok)
		ck_assert_uint_eq(bytes, statms[_i].bytes);
}
END_TEST

/* Our own grows by what we touch. */
START_TEST(one_that_hangs)
{
	ck_assert(footprint_parse_hangs(SPAN_LIT("7 (php) D 1 7 7 0 -1")));
	ck_assert(footprint_parse_hangs(SPAN_LIT("7 (a) S 1) D 1 7 7 0 -1")));
	ck_assert(!footprint_parse_hangs(SPAN_LIT("7 (php) S 1 7 7 0 -1")));
	ck_assert(!footprint_parse_hangs(SPAN_LIT("7 (a) D 1) S 1 7 7 0 -1")));
	ck_assert(!footprint_parse_hangs(SPAN_LIT("7 (php)")));
	ck_assert(!footprint_parse_hangs(SPAN_LIT("")));
}
END_TEST

START_TEST(our_own)
{
	enum { GROWN = 32 << 20 };
	uint64_t before = 0, after = 0;
	void *map = mmap(NULL, GROWN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile char *some = map;

	ck_assert(footprint_of(getpid(), &before));
	ck_assert_ptr_ne(map, MAP_FAILED);
	for (size_t i = 0; i < GROWN; i += 1024)
		some[i] = 1;
	ck_assert(footprint_of(getpid(), &after));
	ck_assert_uint_gt(after, before + GROWN / 2);
	munmap(map, GROWN);
	ck_assert(!footprint_of(-1, &after));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("footprint");
	TCase *tc = tcase_create("footprint");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, a_rollup, 0, (int)nitems(rollups));
	tcase_add_loop_test(tc, a_statm, 0, (int)nitems(statms));
	tcase_add_test(tc, one_that_hangs);
	tcase_add_test(tc, our_own);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
