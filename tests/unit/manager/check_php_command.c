/* SPDX-License-Identifier: MIT
 *
 * Tests of php_command: which commands are PHP, and which word of them it is.
 */
#include "manager/php_command.h"

#include <check.h>
#include <stdlib.h>

START_TEST(php_is_known_by_its_name)
{
	static const struct {
		const char *words[4];
		size_t at;
		bool is_php;
	} rows[] = {
		{{"/usr/bin/php-cgi"}, 0, true},
		{{"php-cgi8.2", "-q"}, 0, true},
		{{"/opt/php/8.2/php8.2-cgi"}, 0, true},
		{{"/usr/bin/php82-cgi"}, 0, true},
		{{"/usr/bin/nice", "-n", "/usr/bin/php-cgi"}, 2, true},
		/* Who knows what they do with arguments; but what they run is PHP. */
		{{"/usr/bin/php"}, 1, true},
		{{"/usr/bin/php-cgi-wrapper"}, 1, true},
		{{"/opt/php-cgi/run"}, 1, false},
		{{"sh", "-c", "exec php-cgi"}, 3, false},
		{{"python3", "phpinfo.py"}, 2, false},
		{{"/usr/bin/cgi"}, 1, false},
		{{NULL}, 0, false},
	};

	for (size_t i = 0; i < nitems(rows); i++) {
		struct conf *conf = conf_new();
		char *words[4];
		struct words command = {words, 0};
		for (; command.n < 4 && rows[i].words[command.n]; command.n++)
			words[command.n] = conf_strdup(conf, rows[i].words[command.n]);
		ck_assert_uint_eq(php_command_word(&command), rows[i].at);
		ck_assert_int_eq(php_command_is_php(&command), rows[i].is_php);
		conf_free(conf);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("php_command");
	TCase *t = tcase_create("php_command");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, php_is_known_by_its_name);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
