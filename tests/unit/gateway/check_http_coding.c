/* SPDX-License-Identifier: MIT
 *
 * check_http_coding: what clients say that they accept, and what they are given then.
 */
#include "gateway/http_coding.h"

#include <stdio.h>

#include "tests/unit/feed.h"

#define BR   (1u << CODING_BR)
#define GZIP (1u << CODING_GZIP)
#define SELF (1u << CODING_IDENTITY)
#define ALL  (BR | GZIP | SELF)

static const struct {
	const char *fields;
	uint16_t weight[CODINGS]; /* br, gzip, identity */
	enum http_coding best;    /* if all are there */
} rows[] = {
	{"", {0, 0, 1}, CODING_IDENTITY},
	{"Accept-Encoding:\r\n", {0, 0, 1}, CODING_IDENTITY},
	{"Accept-Encoding: gzip\r\n", {0, 1000, 1}, CODING_GZIP},
	{"accept-encoding: GZIP\r\n", {0, 1000, 1}, CODING_GZIP},
	{"Accept-Encoding: x-gzip\r\n", {0, 1000, 1}, CODING_GZIP},
	{"Accept-Encoding: gzip, deflate, br, zstd\r\n", {1000, 1000, 1}, CODING_BR},
	{"Accept-Encoding: br;q=0.5, gzip\r\n", {500, 1000, 1}, CODING_GZIP},
	{"Accept-Encoding: br ; q=0.5 , gzip;\tq=0.25\r\n", {500, 250, 1}, CODING_BR},
	{"Accept-Encoding: gzip;q=0.001\r\n", {0, 1, 1}, CODING_GZIP},
	{"Accept-Encoding: gzip;Q=1.000\r\n", {0, 1000, 1}, CODING_GZIP},
	{"Accept-Encoding: gzip;q=1.\r\n", {0, 1000, 1}, CODING_GZIP},
	{"Accept-Encoding: gzip;q=0\r\n", {0, 0, 1}, CODING_IDENTITY},
	{"Accept-Encoding: gzip;q=0.000, br;q=0\r\n", {0, 0, 1}, CODING_IDENTITY},
	{"Accept-Encoding: gzip;q=0.5, identity\r\n", {0, 500, 1000}, CODING_IDENTITY},
	{"Accept-Encoding: identity;q=0.5, gzip;q=0.5\r\n", {0, 500, 500}, CODING_GZIP},
	{"Accept-Encoding: identity;q=0\r\n", {0, 0, 0}, CODING_IDENTITY},
	{"Accept-Encoding: *\r\n", {1000, 1000, 1000}, CODING_BR},
	{"Accept-Encoding: *;q=0\r\n", {0, 0, 0}, CODING_IDENTITY},
	{"Accept-Encoding: gzip, *;q=0\r\n", {0, 1000, 0}, CODING_GZIP},
	{"Accept-Encoding: gzip;q=0.5, *;q=0.1\r\n", {100, 500, 100}, CODING_GZIP},
	{"Accept-Encoding: br;q=0, *\r\n", {0, 1000, 1000}, CODING_GZIP},
	{"Accept-Encoding: deflate\r\n", {0, 0, 1}, CODING_IDENTITY},
	{"Accept-Encoding: deflate\r\nAccept-Encoding: gzip\r\n", {0, 1000, 1}, CODING_GZIP},
	{"Accept-Encoding: ,,gzip,\r\n", {0, 1000, 1}, CODING_GZIP},

	/* What cannot be read says nothing. */
	{"Accept-Encoding: gzip;q=1.001\r\n", {0, 0, 1}, CODING_IDENTITY},
	{"Accept-Encoding: gzip;q=2\r\n", {0, 0, 1}, CODING_IDENTITY},
	{"Accept-Encoding: gzip;q=0.1234\r\n", {0, 0, 1}, CODING_IDENTITY},
	{"Accept-Encoding: gzip;q=\r\n", {0, 0, 1}, CODING_IDENTITY},
	{"Accept-Encoding: gzip;q\r\n", {0, 0, 1}, CODING_IDENTITY},
	{"Accept-Encoding: gzip;\r\n", {0, 0, 1}, CODING_IDENTITY},
	{"Accept-Encoding: gzip;q=-1\r\n", {0, 0, 1}, CODING_IDENTITY},
	{"Accept-Encoding: gzip;q=.5\r\n", {0, 0, 1}, CODING_IDENTITY},
	{"Accept-Encoding: gzip;x=1\r\n", {0, 0, 1}, CODING_IDENTITY},
	{"Accept-Encoding: gzip;q=0.5;x=1, br\r\n", {1000, 0, 1}, CODING_BR},
	{"Accept-Encoding: gzipped, brr, b\r\n", {0, 0, 1}, CODING_IDENTITY},
	{"Accept-Encoding: gzip br\r\n", {0, 0, 1}, CODING_IDENTITY},
};

static void read_fields(const char *fields, struct http_codings *c)
{
	static struct http_head head;
	static char text[512];
	const struct http_limits lim = {4096, 4096, 64};
	size_t scan = 0;
	int n = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", fields);

	ck_assert_int_gt(http_parse_head(text, (size_t)n, &scan, &lim, &head), 0);
	http_codings_read(&head, text, c);
}

START_TEST(weights)
{
	struct http_codings c;

	read_fields(rows[_i].fields, &c);
	for (int i = 0; i < CODINGS; i++)
		ck_assert_msg(c.weight[i] == rows[_i].weight[i], "%s: %d is %u", rows[_i].fields, i,
			c.weight[i]);
	ck_assert_int_eq(http_coding_best(&c, ALL), rows[_i].best);
	ck_assert_int_eq(http_coding_best(&c, SELF), CODING_IDENTITY);
}
END_TEST

START_TEST(only_what_is_there_is_given)
{
	struct http_codings c;

	read_fields("Accept-Encoding: gzip;q=0.5, br\r\n", &c);
	ck_assert_int_eq(http_coding_best(&c, ALL), CODING_BR);
	ck_assert_int_eq(http_coding_best(&c, GZIP | SELF), CODING_GZIP);
	ck_assert_int_eq(http_coding_best(&c, BR | SELF), CODING_BR);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_coding");
	TCase *tc = tcase_create("http_coding");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, weights, 0, nitems(rows));
	tcase_add_test(tc, only_what_is_there_is_given);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
