/* SPDX-License-Identifier: MIT
 *
 * check_http_conditional: preconditions alone, together, repeated and malformed.
 */
#include "gateway/http_conditional.h"

#include <stdio.h>

#include "tests/unit/feed.h"

/* Changed on Sun, 06 Nov 1994 08:49:37 GMT; it is 2027. */
#define MODIFIED 784111777
#define NOW      1800000000
#define BEFORE   "Sun, 06 Nov 1994 08:49:36 GMT"
#define THEN     "Sun, 06 Nov 1994 08:49:37 GMT"
#define AFTER    "Sun, 06 Nov 1994 08:49:38 GMT"
#define TAG      "\"a,b\""

static struct http_head head;
static char text[1024];

static void read_head(const char *fields, struct http_wishes *w)
{
	const struct http_limits lim = {4096, 4096, 64};
	size_t scan = 0;
	int n = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", fields);

	ck_assert_int_gt(http_parse_head(text, (size_t)n, &scan, &lim, &head), 0);
	http_wishes_read(&head, text, w);
}

static const struct {
	const char *fields;
	enum http_condition want;
} rows[] = {
	{"", HTTP_PROCEED},

	/* If-Match: strong comparison. */
	{"If-Match: *\r\n", HTTP_PROCEED},
	{"If-Match: " TAG "\r\n", HTTP_PROCEED},
	{"if-match: \"x\", " TAG "\r\n", HTTP_PROCEED},
	{"If-Match: \"x\"\r\nIf-Match: " TAG "\r\n", HTTP_PROCEED},
	{"If-Match: ,, ," TAG ",\r\n", HTTP_PROCEED},
	{"If-Match: W/" TAG "\r\n", HTTP_FAILED},
	{"If-Match: \"x\"\r\n", HTTP_FAILED},
	{"If-Match: \"a\", \"b\"\r\n", HTTP_FAILED},
	{"If-Match: a,b\r\n", HTTP_FAILED},
	{"If-Match: \"a,b\r\n", HTTP_FAILED},
	{"If-Match: \"a,B\"\r\n", HTTP_FAILED},
	{"If-Match:\r\n", HTTP_FAILED},

	/* If-Unmodified-Since, unless there is an If-Match. */
	{"If-Unmodified-Since: " BEFORE "\r\n", HTTP_FAILED},
	{"If-Unmodified-Since: " THEN "\r\n", HTTP_PROCEED},
	{"If-Unmodified-Since: " AFTER "\r\n", HTTP_PROCEED},
	{"If-Unmodified-Since: yesterday\r\n", HTTP_PROCEED},
	{"If-Unmodified-Since: " BEFORE "\r\nIf-Unmodified-Since: " BEFORE "\r\n", HTTP_PROCEED},
	{"If-Match: *\r\nIf-Unmodified-Since: " BEFORE "\r\n", HTTP_PROCEED},
	{"If-Match: \"x\"\r\nIf-Unmodified-Since: " AFTER "\r\n", HTTP_FAILED},

	/* If-None-Match: weak comparison. */
	{"If-None-Match: *\r\n", HTTP_NOT_MODIFIED},
	{"If-None-Match: " TAG "\r\n", HTTP_NOT_MODIFIED},
	{"If-None-Match: W/" TAG "\r\n", HTTP_NOT_MODIFIED},
	{"If-None-Match: \"x\",W/\"y\" , " TAG "\r\n", HTTP_NOT_MODIFIED},
	{"If-None-Match: \"x\"\r\nIf-None-Match: " TAG "\r\n", HTTP_NOT_MODIFIED},
	{"If-None-Match: " TAG " nonsense\r\n", HTTP_NOT_MODIFIED},
	{"If-None-Match: nonsense, " TAG "\r\n", HTTP_PROCEED},
	{"If-None-Match: \"x\" " TAG "\r\n", HTTP_PROCEED},
	{"If-None-Match: w/" TAG "\r\n", HTTP_PROCEED},
	{"If-None-Match: \"x\"\r\n", HTTP_PROCEED},
	{"If-None-Match: \"\"\r\n", HTTP_PROCEED},
	{"If-None-Match: \"a\"\r\n", HTTP_PROCEED},
	{"If-None-Match: *, *\r\n", HTTP_PROCEED},
	{"If-None-Match:\r\n", HTTP_PROCEED},

	/* If-Modified-Since, unless there is an If-None-Match. */
	{"If-Modified-Since: " BEFORE "\r\n", HTTP_PROCEED},
	{"If-Modified-Since: " THEN "\r\n", HTTP_NOT_MODIFIED},
	{"If-Modified-Since: " AFTER "\r\n", HTTP_NOT_MODIFIED},
	{"If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT\r\n", HTTP_NOT_MODIFIED},
	{"If-Modified-Since: Sun Nov  6 08:49:37 1994\r\n", HTTP_NOT_MODIFIED},
	{"If-Modified-Since: yesterday\r\n", HTTP_PROCEED},
	{"If-Modified-Since: " THEN "; length=5\r\n", HTTP_PROCEED},
	{"If-Modified-Since: " THEN "\r\nIf-Modified-Since: " THEN "\r\n", HTTP_PROCEED},
	{"If-Modified-Since: " THEN "\r\nIf-None-Match: \"x\"\r\n", HTTP_PROCEED},
	{"If-Modified-Since: " BEFORE "\r\nIf-None-Match: " TAG "\r\n", HTTP_NOT_MODIFIED},

	/* All of them: the order of RFC 9110 13.2.2. */
	{"If-Match: \"x\"\r\nIf-None-Match: " TAG "\r\n", HTTP_FAILED},
	{"If-Match: " TAG "\r\nIf-None-Match: " TAG "\r\n", HTTP_NOT_MODIFIED},
	{"If-Unmodified-Since: " BEFORE "\r\nIf-Modified-Since: " THEN "\r\n", HTTP_FAILED},
	{"If-Unmodified-Since: " THEN "\r\nIf-Modified-Since: " THEN "\r\n", HTTP_NOT_MODIFIED},
	{"If-Match: *\r\nIf-Modified-Since: " THEN "\r\n", HTTP_NOT_MODIFIED},

	/* Other fields of the same length. */
	{"If-Mitch: \"x\"\r\nIf-None-Mitch: *\r\n", HTTP_PROCEED},
};

static struct http_validators mine(int64_t modified)
{
	return (struct http_validators){SPAN_LIT(TAG), modified, false};
}

START_TEST(conditions)
{
	struct http_validators v = mine(MODIFIED);
	struct http_wishes w;

	read_head(rows[_i].fields, &w);
	ck_assert_msg(http_condition(&w, &v, NOW) == rows[_i].want, "%s", rows[_i].fields);
}
END_TEST

/* Of a tag that is weak itself only If-None-Match can be met, by itself or by its like. */
START_TEST(weak_tags)
{
	struct http_validators v = {SPAN_LIT(TAG), MODIFIED, true};
	struct http_wishes w;

	read_head("If-None-Match: W/" TAG "\r\n", &w);
	ck_assert_int_eq(http_condition(&w, &v, NOW), HTTP_NOT_MODIFIED);
	read_head("If-None-Match: " TAG "\r\n", &w);
	ck_assert_int_eq(http_condition(&w, &v, NOW), HTTP_NOT_MODIFIED);
	read_head("If-Match: " TAG "\r\n", &w);
	ck_assert_int_eq(http_condition(&w, &v, NOW), HTTP_FAILED);
	read_head("If-Match: W/" TAG "\r\n", &w);
	ck_assert_int_eq(http_condition(&w, &v, NOW), HTTP_FAILED);
	read_head("Range: bytes=0-1\r\nIf-Range: " TAG "\r\n", &w);
	ck_assert(!http_range_is_wanted(&w, &v, NOW));
}
END_TEST

#define RANGE "Range: bytes=0-1\r\n"

static const struct {
	const char *fields;
	int64_t modified;
	bool want;
} ranges[] = {
	{"", MODIFIED, false},
	{RANGE, MODIFIED, true},
	{RANGE RANGE, MODIFIED, false},
	{RANGE "If-Range: " TAG "\r\n", MODIFIED, true},
	{RANGE "If-Range: W/" TAG "\r\n", MODIFIED, false},
	{RANGE "If-Range: \"x\"\r\n", MODIFIED, false},
	{RANGE "If-Range: " TAG ", " TAG "\r\n", MODIFIED, false},
	{RANGE "If-Range: *\r\n", MODIFIED, false},
	{RANGE "If-Range:\r\n", MODIFIED, false},
	{RANGE "If-Range: " TAG "\r\nIf-Range: " TAG "\r\n", MODIFIED, false},
	{RANGE "If-Range: " THEN "\r\n", MODIFIED, true},
	{RANGE "If-Range: " BEFORE "\r\n", MODIFIED, false},
	{RANGE "If-Range: " AFTER "\r\n", MODIFIED, false},
	{RANGE "If-Range: yesterday\r\n", MODIFIED, false},

	/* In this very second it may change again, and its date would not show that. */
	{RANGE "If-Range: Fri, 15 Jan 2027 08:00:00 GMT\r\n", NOW, false},
	{RANGE "If-Range: Fri, 15 Jan 2027 07:59:59 GMT\r\n", NOW - 1, true},
};

START_TEST(parts_of_the_same)
{
	struct http_validators v = mine(ranges[_i].modified);
	struct http_wishes w;

	read_head(ranges[_i].fields, &w);
	ck_assert_msg(
		http_range_is_wanted(&w, &v, NOW) == ranges[_i].want, "%s", ranges[_i].fields);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_conditional");
	TCase *tc = tcase_create("http_conditional");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, conditions, 0, nitems(rows));
	tcase_add_test(tc, weak_tags);
	tcase_add_loop_test(tc, parts_of_the_same, 0, nitems(ranges));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
