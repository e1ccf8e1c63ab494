/* SPDX-License-Identifier: MIT
 *
 * check_fcgi_given: parameters as web servers give them: what is read from them, and what is
 * refused.
 */
#include "gateway/fcgi_given.h"

#include "gateway/fcgi_record.h"
#include "tests/unit/feed.h"

static struct feed_wall wall;
static struct buf pairs;
static struct fcgi_given given;

static void setup(void)
{
	wall = feed_wall(8192);
	buf_clear(&pairs);
}

static void teardown(void)
{
	feed_wall_free(wall);
	buf_free(&pairs);
}

static void add(const char *name, const char *value)
{
	ck_assert(fcgi_param(&pairs, span_of(name), span_of(value)));
}

/* Flush against the wall. */
static struct span all(void)
{
	size_t n = buf_len(&pairs);

	return (struct span){feed_put(wall, buf_head(&pairs), n), n};
}

static const char *read_all(void)
{
	return fcgi_given_read(all(), &given);
}

START_TEST(what_we_look_at_is_found)
{
	static const char *const names[GIVENS] = {"REQUEST_METHOD", "REQUEST_URI", "SCRIPT_NAME",
		"PATH_INFO", "QUERY_STRING", "SCRIPT_FILENAME", "DOCUMENT_ROOT", "CONTENT_LENGTH",
		"REMOTE_ADDR", "REMOTE_PORT", "HTTPS", "HTTP_HOST", "SERVER_PROTOCOL",
		"REQUEST_ID"};

	for (size_t i = 0; i < GIVENS; i++)
		add(names[i], names[GIVENS - 1 - i]);
	add("REQUEST_METHO", "no");
	add("REQUEST_METHODS", "no");
	ck_assert_ptr_null(read_all());
	for (size_t i = 0; i < GIVENS; i++)
		ck_span_is(given.at[i], names[GIVENS - 1 - i]);
}
END_TEST

START_TEST(what_is_not_given_is_not_empty)
{
	add("PATH_INFO", "");
	ck_assert_ptr_null(read_all());
	ck_assert(given.at[GIVEN_PATH_INFO].p && !given.at[GIVEN_PATH_INFO].n);
	ck_assert_ptr_null(given.at[GIVEN_METHOD].p);
	buf_clear(&pairs);
	ck_assert_ptr_null(read_all());
	ck_assert_ptr_null(given.at[GIVEN_PATH_INFO].p);
}
END_TEST

START_TEST(the_last_of_two_counts)
{
	add("SCRIPT_FILENAME", "/first");
	add("SCRIPT_FILENAME", "/second");
	ck_assert_ptr_null(read_all());
	ck_span_is(given.at[GIVEN_SCRIPT_FILENAME], "/second");
}
END_TEST

/* Both forms of a length, on either side of where they change (lighttpd CVE-2007-4727). */
START_TEST(long_values_are_no_other_parameters)
{
	static const size_t sizes[] = {0, 1, 126, 127, 128, 129, 255, 256, 4000};
	char value[4001];

	memset(value, 'x', sizeof value);
	value[sizes[_i]] = '\0';
	add("HTTP_X", value);
	add("SCRIPT_FILENAME", "/true");
	ck_assert_ptr_null(read_all());
	ck_span_is(given.at[GIVEN_SCRIPT_FILENAME], "/true");
}
END_TEST

START_TEST(order_is_kept)
{
	struct span rest, name, value;

	add("B", "1");
	add("A", "");
	add("B", "2");
	rest = all();
	ck_assert(fcgi_given_next(&rest, &name, &value));
	ck_span_is(name, "B");
	ck_span_is(value, "1");
	ck_assert(fcgi_given_next(&rest, &name, &value));
	ck_span_is(name, "A");
	ck_span_is(value, "");
	ck_assert(fcgi_given_next(&rest, &name, &value));
	ck_span_is(value, "2");
	ck_assert(!fcgi_given_next(&rest, &name, &value));
}
END_TEST

#define RAW(s, why)                    \
	{                              \
		s, sizeof(s) - 1, why, \
	}
#define NO_LIST "its parameters are no list of names and values"
#define NO_NAME "a parameter's name is no name of a variable"

static const struct {
	const char *bytes;
	size_t n;
	const char *why;
} bad[] = {
	RAW("\1", NO_LIST),
	RAW("\1\1", NO_LIST),
	RAW("\1\1A", NO_LIST),
	RAW("\1\2Ab", NO_LIST),
	RAW("\1\1Ab\1", NO_LIST),
	RAW("\200\0\0", NO_LIST),
	RAW("\1\200\0\0\2Ab", NO_LIST),
	RAW("\377\377\377\377\1Ab", NO_LIST),
	RAW("\1\377\377\377\377Ab", NO_LIST),
	RAW("\377\377\377\377\377\377\377\377Ab", NO_LIST),
	RAW("\200\0\0\2\200\0\0\1Ab", NO_LIST),
	RAW("\0\0", NO_NAME),
	RAW("\0\1b", NO_NAME),
	RAW("\3\1A=Bc", NO_NAME),
	RAW("\2\1A\nc", NO_NAME),
	RAW("\2\1A\0c", NO_NAME),
	RAW("\1\3Aa\0b", "a parameter has a NUL in it"),
	RAW("\13\3REQUEST_URI/\n/", "a parameter has a control byte in it"),
	RAW("\16\3REQUEST_METHODG\177T", "a parameter has a control byte in it"),
};

START_TEST(refused)
{
	buf_put(&pairs, bad[_i].bytes, bad[_i].n);
	ck_assert_pstr_eq(read_all(), bad[_i].why);
	buf_clear(&pairs);
	add("GOOD", "one");
	buf_put(&pairs, bad[_i].bytes, bad[_i].n);
	ck_assert_pstr_eq(read_all(), bad[_i].why);
}
END_TEST

START_TEST(other_values_may_have_controls)
{
	add("SSL_CLIENT_CERT", "-----\n\tcert\n-----");
	ck_assert_ptr_null(read_all());
}
END_TEST

START_TEST(barred_names)
{
	ck_assert(fcgi_given_is_barred(SPAN_LIT("HTTP_PROXY")));
	ck_assert(fcgi_given_is_barred(SPAN_LIT("HTTP_REDIRECT_STATUS")));
	ck_assert(!fcgi_given_is_barred(SPAN_LIT("PHP_VALUE")));
	ck_assert(fcgi_given_is_php_value(SPAN_LIT("PHP_VALUE")));
	ck_assert(fcgi_given_is_php_value(SPAN_LIT("PHP_ADMIN_VALUE")));
	ck_assert(!fcgi_given_is_php_value(SPAN_LIT("PHP_VALUES")));
	ck_assert(!fcgi_given_is_php_value(SPAN_NONE));
	ck_assert(!fcgi_given_is_barred(SPAN_LIT("HTTP_PROX")));
	ck_assert(!fcgi_given_is_barred(SPAN_NONE));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fcgi_given");
	TCase *tc = tcase_create("given");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_we_look_at_is_found);
	tcase_add_test(tc, what_is_not_given_is_not_empty);
	tcase_add_test(tc, the_last_of_two_counts);
	tcase_add_loop_test(tc, long_values_are_no_other_parameters, 0, 9);
	tcase_add_test(tc, order_is_kept);
	tcase_add_loop_test(tc, refused, 0, nitems(bad));
	tcase_add_test(tc, other_values_may_have_controls);
	tcase_add_test(tc, barred_names);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
