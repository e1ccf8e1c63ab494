/* SPDX-License-Identifier: MIT
 *
 * check_http_range: what a Range asks for, and what is not worth a partial answer.
 */
#include "gateway/http_range.h"

#include <inttypes.h>
#include <stdio.h>

#include "tests/unit/feed.h"

#define BIG   INT64_MAX
#define WHOLE "none"
#define GONE  "unsatisfiable"

/* "from+length" for each range. */
static const struct {
	const char *value;
	uint64_t size;
	const char *want;
} rows[] = {
	{"bytes=0-0", 10, "0+1"},
	{"bytes=0-9", 10, "0+10"},
	{"bytes=0-10", 10, "0+10"},
	{"bytes=5-", 10, "5+5"},
	{"bytes=9-", 10, "9+1"},
	{"bytes=10-", 10, GONE},
	{"bytes=10-20", 10, GONE},
	{"bytes=-1", 10, "9+1"},
	{"bytes=-10", 10, "0+10"},
	{"bytes=-11", 10, "0+10"},
	{"bytes=-0", 10, GONE},
	{"bytes=-0,-0", 10, GONE},
	{"Bytes=0-1", 10, "0+2"},
	{"BYTES=0-1", 10, "0+2"},
	{"bytes=00000000000000000000001-000000000000000000000000000002", 10, "1+2"},

	/* Nothing there. */
	{"bytes=0-", 0, GONE},
	{"bytes=0-0", 0, GONE},
	{"bytes=-1", 0, WHOLE},
	{"bytes=-0", 0, GONE},

	/* The end of all numbers. */
	{"bytes=9223372036854775807-", BIG, GONE},
	{"bytes=9223372036854775806-", BIG, "9223372036854775806+1"},
	{"bytes=0-9223372036854775807", BIG, "0+9223372036854775807"},
	{"bytes=-9223372036854775807", BIG, "0+9223372036854775807"},
	{"bytes=0-9223372036854775808", 10, WHOLE},
	{"bytes=0-18446744073709551615", 10, WHOLE},
	{"bytes=0-18446744073709551616", 10, WHOLE},
	{"bytes=18446744073709551616-", 10, WHOLE},
	{"bytes=-9223372036854775809", 10, WHOLE},
	{"bytes=-18446744073709551617", 10, WHOLE},
	{"bytes=99999999999999999999999999999999999999999-", 10, WHOLE},

	/* Several: in the order asked for. */
	{"bytes=0-1,4-5", 10, "0+2 4+2"},
	{"bytes=4-5,0-1", 10, "4+2 0+2"},
	{"bytes=0-1 ,\t4-5", 10, "0+2 4+2"},
	{"bytes=,0-1,,4-5,", 10, "0+2 4+2"},
	{"bytes=0-0,-1", 10, "0+1 9+1"},
	{"bytes=0-1,20-30,4-5", 10, "0+2 4+2"},
	{"bytes=20-30,4-5", 10, "4+2"},
	{"bytes=20-30,40-", 10, GONE},

	/* What overlaps or touches is one. */
	{"bytes=0-5,3-8", 10, "0+9"},
	{"bytes=0-1,2-3", 10, "0+4"},
	{"bytes=2-3,0-1", 10, "0+4"},
	{"bytes=0-,0-,0-,0-", 10, "0+10"},
	{"bytes=0-0,0-0", 10, "0+1"},
	{"bytes=0-0,2-2,1-1", 10, "0+3"},
	{"bytes=8-8,0-0,2-2,4-4,1-1", 10, "8+1 0+3 4+1"},
	{"bytes=8-8,0-0,4-4,2-2,0-9", 10, "0+10"},
	{"bytes=4-4,0-0,8-8,0-4", 10, "0+5 8+1"},
	{"bytes=5-,-5", 10, "5+5"},
	{"bytes=0-1,3-4,6-7,9-9,2-2", 10, "0+5 6+2 9+1"},

	/* At most eight. */
	{"bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14", 20, "0+1 2+1 4+1 6+1 8+1 10+1 12+1 14+1"},
	{"bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16", 20, WHOLE},
	{"bytes=0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0", 20, WHOLE},
	{"bytes=30-,30-,30-,30-,30-,30-,30-,30-,30-", 20, WHOLE},
	{"bytes=0-1,,,,,,,,4-5", 10, "0+2 4+2"},
	{"bytes=0-1,,,,,,,,,,4-5", 10, WHOLE},

	/* Not ours, or not well said. */
	{"", 10, WHOLE},
	{"bytes", 10, WHOLE},
	{"bytes=", 10, WHOLE},
	{"bytes=,", 10, WHOLE},
	{"bytes= ", 10, WHOLE},
	{"bytes =0-1", 10, WHOLE},
	{"bytes 0-1", 10, WHOLE},
	{"byte=0-1", 10, WHOLE},
	{"bytess=0-1", 10, WHOLE},
	{"lines=0-1", 10, WHOLE},
	{"0-1", 10, WHOLE},
	{"bytes=-", 10, WHOLE},
	{"bytes=--1", 10, WHOLE},
	{"bytes=1", 10, WHOLE},
	{"bytes=5-4", 10, WHOLE},
	{"bytes=0-1,5-4", 10, WHOLE},
	{"bytes=0 - 1", 10, WHOLE},
	{"bytes=0- 1", 10, WHOLE},
	{"bytes=+0-1", 10, WHOLE},
	{"bytes=0-+1", 10, WHOLE},
	{"bytes=0x0-1", 10, WHOLE},
	{"bytes=0-1;2-3", 10, WHOLE},
	{"bytes=0-1 2-3", 10, WHOLE},
	{"bytes=0-1,x", 10, WHOLE},
	{"bytes=0-1-2", 10, WHOLE},
	{"bytes=a-b", 10, WHOLE},
};

static void say(enum http_range_verdict verdict, const struct http_ranges *rs, char *to, size_t n)
{
	size_t used = 0;

	snprintf(to, n, "%s", verdict == HTTP_RANGE_NONE ? WHOLE : GONE);
	for (size_t i = 0; verdict == HTTP_RANGE_SOME && i < rs->n; i++)
		used += (size_t)snprintf(to + used, n - used, "%s%" PRIu64 "+%" PRIu64,
			i ? " " : "", rs->at[i].from, rs->at[i].length);
}

START_TEST(ranges)
{
	struct feed_wall wall = feed_wall(256);
	size_t n = strlen(rows[_i].value);
	struct span value = {feed_put(wall, rows[_i].value, n), n};
	struct http_ranges got;
	char text[512];

	say(http_range_parse(value, rows[_i].size, &got), &got, text, sizeof text);
	ck_assert_msg(strcmp(text, rows[_i].want) == 0, "%s of %" PRIu64 ": %s, not %s",
		rows[_i].value, rows[_i].size, text, rows[_i].want);
	feed_wall_free(wall);
}
END_TEST

/* Whatever is asked for, nobody gets a byte twice or one that is not there. */
START_TEST(no_byte_comes_twice)
{
	unsigned seed = 7;

	for (int turn = 0; turn < 20000; turn++) {
		char value[256] = "bytes=0-0";
		uint8_t seen[64] = {0}, wanted[64] = {[0] = 1};
		struct http_ranges rs;

		for (int i = 0; i < 7; i++) {
			unsigned from = (unsigned)rand_r(&seed) % 64;
			unsigned last = from + (unsigned)rand_r(&seed) % 9;

			sprintf(value + strlen(value), ",%u-%u", from, last);
			for (unsigned b = from; b <= last && b < 64; b++)
				wanted[b] = 1;
		}
		ck_assert_int_eq(http_range_parse(span_of(value), 64, &rs), HTTP_RANGE_SOME);
		for (size_t i = 0; i < rs.n; i++)
			for (uint64_t b = 0; b < rs.at[i].length; b++)
				ck_assert_msg(!seen[rs.at[i].from + b]++, "%s", value);
		ck_assert_msg(memcmp(seen, wanted, sizeof seen) == 0, "%s", value);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_range");
	TCase *tc = tcase_create("http_range");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, ranges, 0, nitems(rows));
	tcase_add_test(tc, no_byte_comes_twice);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
