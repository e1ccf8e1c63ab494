/* SPDX-License-Identifier: MIT
 *
 * check_listen_acl: access lists byte by byte, as the kernel has them.
 */
#include "manager/listen_acl.h"

#include <check.h>

START_TEST(byte_by_byte)
{
	static const unsigned char wanted[] = "\2\0\0\0"
					      "\1\0\6\0\377\377\377\377"
					      "\2\0\6\0\5\1\0\0"
					      "\2\0\6\0\6\1\0\0"
					      "\4\0\4\0\377\377\377\377"
					      "\10\0\6\0\0\0\1\0"
					      "\20\0\6\0\377\377\377\377"
					      "\40\0\0\0\377\377\377\377";
	struct listen_acl acl;

	listen_acl_make(&acl, 0640, (uid_t[]){0x105, 0x106}, 2, (gid_t[]){0x10000}, 1);
	ck_assert_uint_eq(acl.len, sizeof wanted - 1);
	ck_assert_mem_eq(acl.bytes, wanted, sizeof wanted - 1);
}
END_TEST

START_TEST(nobody_is_no_list)
{
	struct listen_acl acl = {.len = 7};

	listen_acl_make(&acl, 0660, NULL, 0, NULL, 0);
	ck_assert_uint_eq(acl.len, 0);
}
END_TEST

START_TEST(as_many_as_there_may_be)
{
	static const uid_t users[LISTEN_ACL_MOST + 1];
	struct listen_acl acl;

	listen_acl_make(&acl, 0660, users, LISTEN_ACL_MOST, NULL, 0);
	ck_assert_uint_eq(acl.len, LISTEN_ACL_SIZE);
	listen_acl_make(&acl, 0660, users, LISTEN_ACL_MOST + 1, NULL, 0);
	ck_assert_uint_eq(acl.len, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("listen_acl");
	TCase *tc = tcase_create("acl");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, byte_by_byte);
	tcase_add_test(tc, nobody_is_no_list);
	tcase_add_test(tc, as_many_as_there_may_be);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
