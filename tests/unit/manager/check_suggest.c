/* SPDX-License-Identifier: MIT
 *
 * Tests of suggest: what a name that is none may have meant.
 */
#include "manager/suggest.h"

#include <check.h>

static void suggests(enum conf_section section, const char *name, const char *expected)
{
	struct buf out = BUF_INIT;

	suggest(section, name, &out);
	ck_assert_msg(
		span_is(buf_span(&out), expected), "%s: %.*s", name, SPAN_FMT(buf_span(&out)));
	buf_free(&out);
}

START_TEST(slips_are_understood)
{
	suggests(SECTION_POOL, "pm.max_childen", "; did you mean pm.max_children?");
	suggests(SECTION_POOL, "max_children", "; did you mean pm.max_children?");
	suggests(SECTION_POOL, "server_name", "; did you mean host?");
	suggests(SECTION_GATEWAY, "DocumentRoot", "; did you mean document_root?");
	suggests(SECTION_GATEWAY, "access_log", "; did you mean access.log?");
	suggests(SECTION_GLOBAL, "listen", "; it belongs in [gateway]");
	suggests(SECTIONS, "rote", "; did you mean route?");
	suggests(SECTION_POOL, "xyzzy", "");
	suggests(SECTION_POOL, "", "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("suggest");
	TCase *t = tcase_create("suggest");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, slips_are_understood);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
