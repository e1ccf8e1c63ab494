/* SPDX-License-Identifier: MIT
 *
 * check_http_date: the three forms, everything that is nearly one of them, and the way back.
 */
#include "gateway/http_date.h"

#include <time.h>

#include "tests/unit/feed.h"

#define NOW 1800000000 /* 2027 */

static const struct {
	const char *text;
	int64_t seconds;
} dates[] = {
	{"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
	{"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
	{"Sun Nov  6 08:49:37 1994", 784111777},
	{"Sun Nov 16 08:49:37 1994", 784975777},
	{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
	{"Wed, 31 Dec 1969 23:59:59 GMT", -1},
	{"Mon, 01 Jan 0001 00:00:00 GMT", -62135596800},
	{"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
	{"Tue, 29 Feb 2000 12:00:00 GMT", 951825600},
	{"Thu, 29 Feb 2024 00:00:00 GMT", 1709164800},
	{"Tue, 19 Jan 2038 03:14:08 GMT", 2147483648},
	{"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800}, /* a leap second */

	/* Which day of the week it was is not asked. */
	{"Mon, 06 Nov 1994 08:49:37 GMT", 784111777},
	{"Monday, 06-Nov-94 08:49:37 GMT", 784111777},

	/* Two digits: not more than 50 years ahead of 2027. */
	{"Saturday, 01-Jan-00 00:00:00 GMT", 946684800},
	{"Friday, 01-Jan-77 00:00:00 GMT", 3376684800},
	{"Sunday, 01-Jan-78 00:00:00 GMT", 252460800},
	{"Friday, 01-Jan-99 00:00:00 GMT", 915148800},
};

START_TEST(dates_are_read)
{
	int64_t got = 42;

	ck_assert(http_date_parse(span_of(dates[_i].text), NOW, &got));
	ck_assert_int_eq(got, dates[_i].seconds);
}
END_TEST

static const char *const nonsense[] = {
	"",
	" ",
	"0",
	"784111777",
	"Sun, 06 Nov 1994 08:49:37",
	"Sun, 06 Nov 1994 08:49:37 GM",
	"Sun, 06 Nov 1994 08:49:37 GMT ",
	" Sun, 06 Nov 1994 08:49:37 GMT",
	"Sun, 06 Nov 1994 08:49:37 UTC",
	"Sun, 06 Nov 1994 08:49:37 +0000",
	"sun, 06 nov 1994 08:49:37 gmt",
	"Sun,06 Nov 1994 08:49:37 GMT",
	"Sun, 6 Nov 1994 08:49:37 GMT",
	"Sun, 06 Nov 94 08:49:37 GMT",
	"Sun, 06 Nov 1994 8:49:37 GMT",
	"Sun, 06 Nov 1994 24:00:00 GMT",
	"Sun, 06 Nov 1994 08:60:37 GMT",
	"Sun, 06 Nov 1994 08:49:61 GMT",
	"Sun, 00 Nov 1994 08:49:37 GMT",
	"Sun, 31 Nov 1994 08:49:37 GMT",
	"Sun, 32 Jan 1994 08:49:37 GMT",
	"Sun, 29 Feb 1994 08:49:37 GMT",
	"Sun, 29 Feb 1900 08:49:37 GMT",
	"Sun, 30 Feb 2000 08:49:37 GMT",
	"Sun, 06 Nox 1994 08:49:37 GMT",
	"Sux, 06 Nov 1994 08:49:37 GMT",
	"Sun, -6 Nov 1994 08:49:37 GMT",
	"Sun, 06 Nov 19940 08:49:37 GMT",
	"Sunday, 06-Nov-1994 08:49:37 GMT",
	"Sun, 06-Nov-94 08:49:37 GMT",
	"Sunday, 06 Nov 94 08:49:37 GMT",
	"Sun Nov 6 08:49:37 1994",
	"Sun Nov 06 08:49:37 94",
	"Sun Nov  6 08:49:37 1994 GMT",
	"Sun Nov  6 08:49:37",
};

START_TEST(nonsense_is_none)
{
	int64_t got = 42;

	ck_assert(!http_date_parse(span_of(nonsense[_i]), NOW, &got));
	ck_assert_int_eq(got, 42);
}
END_TEST

/* Nothing behind the text is read. */
START_TEST(a_part_of_a_date_is_none)
{
	struct feed_wall wall = feed_wall(64);
	static const char *const whole[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"};
	int64_t got;

	for (size_t i = 0; i < nitems(whole); i++)
		for (size_t n = 0; n < strlen(whole[i]); n++)
			ck_assert(!http_date_parse(
				(struct span){feed_put(wall, whole[i], n), n}, NOW, &got));
	feed_wall_free(wall);
}
END_TEST

/* The C library agrees, and what was written is read as what it was. */
START_TEST(there_and_back)
{
	char mine[HTTP_DATE_SIZE], libc[64];
	int64_t back;

	for (int64_t s = 0; s < 253402300800; s += 40000007) {
		time_t t = s;
		struct tm tm;

		gmtime_r(&t, &tm);
		strftime(libc, sizeof libc, "%a, %d %b %Y %H:%M:%S GMT", &tm);
		http_date_format(s, mine);
		ck_assert_str_eq(mine, libc);
		ck_assert(http_date_parse(span_of(mine), NOW, &back));
		ck_assert_int_eq(back, s);
	}
}
END_TEST

START_TEST(what_cannot_be_written_is_the_nearest)
{
	char text[HTTP_DATE_SIZE];

	http_date_format(-1, text);
	ck_assert_str_eq(text, "Thu, 01 Jan 1970 00:00:00 GMT");
	http_date_format(INT64_MIN, text);
	ck_assert_str_eq(text, "Thu, 01 Jan 1970 00:00:00 GMT");
	http_date_format(INT64_MAX, text);
	ck_assert_str_eq(text, "Fri, 31 Dec 9999 23:59:59 GMT");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_date");
	TCase *tc = tcase_create("http_date");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, dates_are_read, 0, nitems(dates));
	tcase_add_loop_test(tc, nonsense_is_none, 0, nitems(nonsense));
	tcase_add_test(tc, a_part_of_a_date_is_none);
	tcase_add_test(tc, there_and_back);
	tcase_add_test(tc, what_cannot_be_written_is_the_nearest);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
