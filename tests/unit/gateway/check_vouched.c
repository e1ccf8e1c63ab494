/* SPDX-License-Identifier: MIT
 *
 * check_vouched: which variables an authorizer may set, and how many.
 */
#include "gateway/vouched.h"

#include <check.h>
#include <stdio.h>

static const struct {
	const char *name;
	bool barred;
} names[] = {
	{"REMOTE_USER", false},
	{"remote_user", false},
	{"AUTH_TYPE", false},
	{"AUTH_METHOD", false},
	{"_", false},
	{"a1_", false},
	{"HTTP_X_USER", false},
	{"PATHS", false},
	{"REMOTE_USERS", false},
	{"", true},
	{"1a", true},
	{"A-B", true},
	{"A=B", true},
	{"A B", true},
	{"A.B", true},
	{"\xc3\xa4", true},
	{"REMOTE_IDENT", true},
	{"REMOTE_ADDR", true},
	{"Remote_Addr", true},
	{"SCRIPT_FILENAME", true},
	{"PATH_INFO", true},
	{"CONTENT_LENGTH", true},
	{"REQUEST_ID", true},
	{"HTTPS", true},
	{"HTTP_PROXY", true},
	{"Http_Proxy", true},
	{"HTTP_REDIRECT_STATUS", true},
	{"REDIRECT_STATUS", true},
	{"REDIRECT_URL", true},
	{"FCGI_ROLE", true},
	{"PHP_VALUE", true},
	{"PHP_ADMIN_VALUE", true},
	{"LD_PRELOAD", true},
	{"ld_preload", true},
	{"PATH", true},
	{"BASH_ENV", true},
	{"PYTHONPATH", true},
	{"IFS", true},
};

START_TEST(what_may_be_set)
{
	const char *why = vouched_bars(span_of(names[_i].name));

	ck_assert_msg(
		!why == !names[_i].barred, "%s: %s", names[_i].name, why ? why : "not barred");
}
END_TEST

START_TEST(a_name_is_not_endless)
{
	char name[VOUCHED_NAME + 1];

	memset(name, 'A', sizeof name);
	ck_assert_ptr_null(vouched_bars((struct span){name, VOUCHED_NAME}));
	ck_assert_ptr_nonnull(vouched_bars((struct span){name, VOUCHED_NAME + 1}));
}
END_TEST

START_TEST(which_fields_are_variables)
{
	struct span name = SPAN_NONE;

	ck_assert(vouched_is(SPAN_LIT("Variable-A_B"), &name));
	ck_assert(span_is(name, "A_B"));
	ck_assert(vouched_is(SPAN_LIT("variable-x"), &name));
	ck_assert(span_is(name, "x"));
	ck_assert(vouched_is(SPAN_LIT("VARIABLE-"), &name));
	ck_assert_uint_eq(name.n, 0);
	ck_assert(!vouched_is(SPAN_LIT("Variable"), &name));
	ck_assert(!vouched_is(SPAN_LIT("Variables-A"), &name));
	ck_assert(!vouched_is(SPAN_LIT("X-Variable-A"), &name));
}
END_TEST

START_TEST(they_are_kept_in_capitals_and_in_their_order)
{
	struct buf b = BUF_INIT;
	struct span all, name, value;

	ck_assert_int_eq(vouched_put(&b, SPAN_LIT("Remote_user"), SPAN_LIT("a b")), VOUCHED_PUT);
	ck_assert_int_eq(vouched_put(&b, SPAN_LIT("EMPTY"), SPAN_LIT("")), VOUCHED_PUT);
	ck_assert_int_eq(vouched_put(&b, SPAN_LIT("REMOTE_USER"), SPAN_LIT("eve")), VOUCHED_TWICE);
	all = buf_span(&b);
	ck_assert(vouched_next(&all, &name, &value));
	ck_assert(span_is(name, "REMOTE_USER") && span_is(value, "a b"));
	ck_assert(vouched_next(&all, &name, &value));
	ck_assert(span_is(name, "EMPTY") && value.p && value.n == 0);
	ck_assert(!vouched_next(&all, &name, &value));
	ck_assert(span_is(vouched_find(buf_span(&b), SPAN_LIT("REMOTE_USER")), "a b"));
	ck_assert_ptr_nonnull(vouched_find(buf_span(&b), SPAN_LIT("EMPTY")).p);
	ck_assert_ptr_null(vouched_find(buf_span(&b), SPAN_LIT("REMOTE")).p);
	ck_assert_ptr_null(vouched_find(SPAN_NONE, SPAN_LIT("REMOTE")).p);
	buf_free(&b);
}
END_TEST

START_TEST(no_more_than_so_many)
{
	struct buf b = BUF_INIT;
	char name[8];

	for (unsigned i = 0; i < VOUCHED_MAX; i++) {
		snprintf(name, sizeof name, "V%u", i);
		ck_assert_int_eq(vouched_put(&b, span_of(name), SPAN_LIT("")), VOUCHED_PUT);
	}
	ck_assert_int_eq(vouched_put(&b, SPAN_LIT("V0"), SPAN_LIT("")), VOUCHED_TWICE);
	ck_assert_int_eq(vouched_put(&b, SPAN_LIT("V"), SPAN_LIT("")), VOUCHED_TOO_MUCH);
	buf_free(&b);
}
END_TEST

START_TEST(no_more_bytes_than_so_many)
{
	static char value[VOUCHED_BYTES];
	struct buf b = BUF_INIT;

	memset(value, 'x', sizeof value);
	ck_assert_int_eq(vouched_put(&b, SPAN_LIT("A"), (struct span){value, VOUCHED_BYTES - 2}),
		VOUCHED_TOO_MUCH);
	ck_assert_uint_eq(buf_len(&b), 0);
	ck_assert_int_eq(vouched_put(&b, SPAN_LIT("A"), (struct span){value, VOUCHED_BYTES - 3}),
		VOUCHED_PUT);
	ck_assert_int_eq(vouched_put(&b, SPAN_LIT("B"), SPAN_LIT("")), VOUCHED_TOO_MUCH);
	buf_free(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vouched");
	TCase *tc = tcase_create("vouched");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, what_may_be_set, 0, nitems(names));
	tcase_add_test(tc, a_name_is_not_endless);
	tcase_add_test(tc, which_fields_are_variables);
	tcase_add_test(tc, they_are_kept_in_capitals_and_in_their_order);
	tcase_add_test(tc, no_more_than_so_many);
	tcase_add_test(tc, no_more_bytes_than_so_many);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
