/* SPDX-License-Identifier: MIT
 *
 * Tests of conf_show: dumps load again, nothing is left out, and the files made from the table are
 * up to date. UPDATE=1 in the environment makes those files anew. Run at the top of the tree.
 */
#include "manager/conf_show.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/mem.h"
#include "manager/conf_load.h"
#include "manager/directive.h"

#define ANNOTATED "conf/hearth.conf"
#define MANUAL    "manager/hearth.conf.5"
#define MAN_BEGIN ".\\\" begin of directives, made by tests/unit/manager/check_conf_show.c\n"
#define MAN_END   ".\\\" end of directives\n"

static const char everything[] =
	"[global]\nlog_level = debug\nprocess_control_timeout = 0\n"
	"[gateway]\nlisten =\nthreads = 3\ndocument_root = /tmp\nmax_body = 1025\n"
	"[scripts]\ntype = cgi\ndirectory = /tmp\ninterpreter = sh\ninterpreter[.sh] = /bin/sh\n"
	"route = /c/ *.cgi\nhost = a.org B.org\nuser = nobody\n"
	"[app]\ncommand = sh -c \"a ; b\" \"\" \"\\\"\\\\\"\nroute = =/ /\nuser = nobody\n"
	"pm = ondemand\npm.process_idle_timeout = 1500ms\nchdir = /tmp\n"
	"env[A] = \" x \"\nenv[B] =\n";

static char *text_of(struct buf *b)
{
	char *text = mem_strndup(buf_len(b) ? buf_head(b) : "", buf_len(b));

	buf_free(b);
	return text;
}

static struct conf *load(const char *text)
{
	struct complaints complaints = COMPLAINTS_INIT;
	struct conf *c = conf_load_text("t", text, &complaints);

	ck_assert_msg(c != NULL, "%s", complaints.n ? complaints.at[0].text : "");
	complaints_free(&complaints);
	return c;
}

static char *dump(const struct conf *c)
{
	struct buf out = BUF_INIT;

	conf_dump(c, &out);
	return text_of(&out);
}

START_TEST(a_dump_loads_again)
{
	struct conf *first = load(everything), *second;
	char *one = dump(first), *two;

	second = load(one);
	two = dump(second);
	ck_assert_str_eq(one, two);
	ck_assert_ptr_nonnull(strstr(one, "\nlisten = \n"));
	ck_assert_ptr_nonnull(strstr(one, "\nmax_body = 1025\n"));
	ck_assert(conf_global_equal(&first->global, &second->global));
	ck_assert(conf_gateway_equal(&first->gateway, &second->gateway));
	for (size_t i = 0; i < first->npools; i++)
		ck_assert(conf_pool_equal(first->pools[i], second->pools[i]));
	conf_free(first);
	conf_free(second);
	free(one);
	free(two);
}
END_TEST

/* Every directive makes a difference when it changes. */
START_TEST(equality_misses_nothing)
{
	static const char *const changes[] = {"command = sh x\n", "route = /b/\n", "host = a.org\n",
		"pm = ondemand\n", "pm.max_children = 5\n", "pm.max_queue = 5\n",
		"pm.queue_timeout = 5\n", "request_terminate_timeout = 5\n",
		"response_header_timeout = 5\n", "restart_backoff_max = 5\n", "group = nogroup\n",
		"chdir = /tmp\n", "env[A] = 2\n"};
	struct conf *base = load("[app]\ncommand = sh\nroute = /a/\nuser = nobody\n");

	for (size_t i = 0; i < nitems(changes); i++) {
		const char *change = changes[i];
		char *text = mem_printf("[app]\nuser = nobody\n%s%s%s",
			strncmp(change, "command", 7) == 0 ? "" : "command = sh\n",
			strncmp(change, "route", 5) == 0 ? "" : "route = /a/\n", change);
		struct conf *other = load(text);
		ck_assert_msg(!conf_pool_equal(base->pools[0], other->pools[0]), "%s", change);
		ck_assert(conf_pool_equal(other->pools[0], other->pools[0]));
		ck_assert(conf_gateway_equal(&base->gateway, &other->gateway));
		conf_free(other);
		free(text);
	}
	conf_free(base);
}
END_TEST

START_TEST(a_gateway_that_changed_is_not_equal)
{
	struct conf *a = load("[gateway]\ndocument_root = /tmp\n");
	struct conf *b = load("[gateway]\ndocument_root = /tmp\nlisten = 80\n");

	ck_assert(!conf_gateway_equal(&a->gateway, &b->gateway));
	ck_assert(conf_global_equal(&a->global, &b->global));
	conf_free(a);
	conf_free(b);
}
END_TEST

START_TEST(every_directive_is_explained)
{
	directive_for_each(d)
	{
		struct buf out = BUF_INIT;
		char *text;
		ck_assert(conf_explain(d->name, &out));
		text = text_of(&out);
		ck_assert_ptr_nonnull(strstr(text, d->value ? d->value : d->unset));
		ck_assert_ptr_nonnull(strstr(text, section_title(d->section)));
		for (const char *p = text; *p; p += strcspn(p, "\n") + 1)
			ck_assert_msg(strcspn(p, "\n") < 80, "%s", p);
		free(text);
	}
}
END_TEST

START_TEST(names_in_two_sections_are_explained_twice)
{
	struct buf out = BUF_INIT;
	char *text;

	ck_assert(conf_explain("user", &out));
	text = text_of(&out);
	ck_assert_ptr_nonnull(strstr(text, "user, in [gateway]"));
	ck_assert_ptr_nonnull(strstr(text, "user, in a pool"));
	free(text);
}
END_TEST

START_TEST(brackets_do_not_hinder_an_explanation)
{
	struct buf out = BUF_INIT;

	ck_assert(conf_explain("env[HOME]", &out));
	ck_assert(conf_explain("interpreter[.py]", &out));
	buf_free(&out);
}
END_TEST

START_TEST(an_unknown_name_gets_a_suggestion)
{
	struct buf out = BUF_INIT;

	ck_assert(!conf_explain("pm.max_childen", &out));
	ck_assert(span_is(buf_span(&out),
		"pm.max_childen is not a directive; did you mean pm.max_children?\n"));
	buf_free(&out);
}
END_TEST

static char *file_text(const char *path)
{
	struct buf text = BUF_INIT;
	FILE *f = fopen(path, "r");
	size_t n;

	ck_assert_msg(f != NULL, "%s cannot be opened: run this at the top of the tree", path);
	do {
		ck_assert(buf_reserve(&text, 4096));
		n = fread(buf_tail(&text), 1, buf_room(&text), f);
		buf_grew(&text, n);
	} while (n > 0);
	fclose(f);
	return text_of(&text);
}

static void is_up_to_date(const char *path, const char *text)
{
	FILE *f = getenv("UPDATE") ? fopen(path, "w") : NULL;
	char *found;

	if (f) {
		fputs(text, f);
		fclose(f);
	}
	found = file_text(path);
	ck_assert_msg(strcmp(found, text) == 0, "%s is out of date: run this with UPDATE=1", path);
	free(found);
}

START_TEST(the_annotated_configuration_is_up_to_date)
{
	struct buf out = BUF_INIT;
	char *text;

	conf_annotated(&out);
	text = text_of(&out);
	is_up_to_date(ANNOTATED, text);
	free(text);
}
END_TEST

START_TEST(the_manual_is_up_to_date)
{
	struct buf out = BUF_INIT;
	char *page = file_text(MANUAL);
	const char *begin = strstr(page, MAN_BEGIN), *end = strstr(page, MAN_END);
	char *text;

	ck_assert(begin && end && begin < end);
	buf_put(&out, page, (size_t)(begin - page) + strlen(MAN_BEGIN));
	conf_manual(&out);
	buf_puts(&out, end);
	text = text_of(&out);
	is_up_to_date(MANUAL, text);
	free(text);
	free(page);
}
END_TEST

/* Without its semicolons the annotated file sets everything: no line may be unknown or malformed.
 */
START_TEST(the_annotated_configuration_is_understood)
{
	struct complaints complaints = COMPLAINTS_INIT;
	char *text = file_text(ANNOTATED);

	for (char *p = text; *p; p += strcspn(p, "\n") + 1)
		if (p[0] == ';' && p[1] != ' ' && p[1] != '\n')
			p[0] = ' ';
	conf_free(conf_load_text("t", text, &complaints));
	for (size_t i = 0; i < complaints.n; i++)
		ck_assert_msg(!strstr(complaints.at[i].text, "is not a ") &&
				      !strstr(complaints.at[i].text, "neither"),
			"line %u: %s", complaints.at[i].line, complaints.at[i].text);
	complaints_free(&complaints);
	free(text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conf_show");
	TCase *t = tcase_create("conf_show");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, a_dump_loads_again);
	tcase_add_test(t, equality_misses_nothing);
	tcase_add_test(t, a_gateway_that_changed_is_not_equal);
	tcase_add_test(t, every_directive_is_explained);
	tcase_add_test(t, names_in_two_sections_are_explained_twice);
	tcase_add_test(t, brackets_do_not_hinder_an_explanation);
	tcase_add_test(t, an_unknown_name_gets_a_suggestion);
	tcase_add_test(t, the_annotated_configuration_is_up_to_date);
	tcase_add_test(t, the_manual_is_up_to_date);
	tcase_add_test(t, the_annotated_configuration_is_understood);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0;
}
