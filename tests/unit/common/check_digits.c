/* SPDX-License-Identifier: MIT
 *
 * check_digits: numbers as text, as printf would have them.
 */
#include "common/digits.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>

static const uint64_t numbers[] = {
	0,
	1,
	9,
	10,
	99,
	100,
	255,
	1234567890,
	UINT32_MAX,
	0x0123456789abcdef,
	UINT64_MAX,
};

START_TEST(decimal_digits_are_as_many_as_it_takes)
{
	char to[DIGITS_MAX + 1], expected[DIGITS_MAX + 1];

	*digits_put(to, numbers[_i]) = '\0';
	snprintf(expected, sizeof expected, "%" PRIu64, numbers[_i]);
	ck_assert_str_eq(to, expected);
}
END_TEST

START_TEST(hexadecimal_digits_are_as_many_as_an_id_has)
{
	char to[DIGITS_OF_HEX + 1], expected[DIGITS_OF_HEX + 1];

	*digits_put_hex(to, numbers[_i]) = '\0';
	snprintf(expected, sizeof expected, "%016" PRIx64, numbers[_i]);
	ck_assert_str_eq(to, expected);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("digits");
	TCase *tc = tcase_create("all");
	const int n = sizeof numbers / sizeof numbers[0];
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, decimal_digits_are_as_many_as_it_takes, 0, n);
	tcase_add_loop_test(tc, hexadecimal_digits_are_as_many_as_an_id_has, 0, n);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
