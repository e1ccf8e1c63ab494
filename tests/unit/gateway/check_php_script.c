/* SPDX-License-Identifier: MIT
 *
 * check_php_script: which file a web server means, what of it reaches the program, and what must
 * not be run.
 */
#include "gateway/php_script.h"

#include <unistd.h>

#include "gateway/fcgi_intake.h"
#include "gateway/meta.h"
#include "tests/unit/gateway/stage.h"

static struct conn peer;
static struct fcgi_job job;
static struct request *r;
static struct buf pairs, all;

static void stage_for(const char *extensions, const char *chroot)
{
	stage_plan((struct msg_plan_gateway){.threads = 1});
	stage_pool((struct msg_plan_pool){.request_buffering = true,
		.extensions = span_of(extensions),
		.chroot = span_of(chroot)});
	stage_seal();
	peer = (struct conn){.via = &stage_via};
	r = request_new(lane_here, &fake_front, &peer);
	r->pool = plan_pool(r->plan, 1);
	r->job = &job;
	job = (struct fcgi_job){.request = r};
}

static void up(void)
{
	stage_up();
	stage_file("a.php", 0644, SPAN_LIT("x"));
	stage_file("a b.php", 0644, SPAN_LIT("x"));
	stage_file("100%25.php", 0644, SPAN_LIT("x"));
	stage_file("up.jpg", 0644, SPAN_LIT("x"));
	stage_mkdir("dir");
	stage_mkdir("dir.php");
	stage_file("dir.php/b.php", 0644, SPAN_LIT("x"));
}

static void down(void)
{
	request_free(r);
	buf_free(&pairs);
	buf_free(&all);
	stage_down();
}

/* @ is the stage's directory. */
static char *at_stage(const char *text, char to[static 512])
{
	const char *at = strchr(text, '@');

	snprintf(to, 512, "%.*s%s%s", (int)(at ? at - text : 0), text, at ? stage_path("") : "",
		at ? at + 1 : text);
	return to;
}

static void give(const char *name, const char *value)
{
	char text[512];

	if (value)
		ck_assert(fcgi_param(&pairs, span_of(name), span_of(at_stage(value, text))));
}

static int find(void)
{
	const char *why;

	ck_assert_int_eq(fcgi_intake_params(r, buf_span(&pairs)), 0);
	ck_assert_int_eq(fcgi_intake_head(r, &why), 0);
	return php_script_find(r);
}

static bool sink(void *arg, struct span name, struct span value)
{
	(void)arg;
	return span_is(name, "REQUEST_ID") ||
	       (buf_put_span(&all, name) && buf_puts(&all, "=") && buf_put_span(&all, value) &&
		       buf_puts(&all, ";"));
}

static void variables_are(const char *wanted)
{
	char text[512];

	buf_clear(&all);
	ck_assert(meta_each(r, sink, NULL));
	ck_span_is(buf_span(&all), at_stage(wanted, text));
}

/* ---- what may run ---- */

enum verdict { RUNS, DENIED, UNKNOWN };

static const struct {
	const char *file, *script; /* NULL: the same */
	enum verdict is;
} rows[] = {
	{"@a.php", NULL, RUNS},
	{"@a.php/x", "@a.php", RUNS},
	{"@a.php/", "@a.php", RUNS},
	{"@a.php//x.jpg", "@a.php", RUNS},
	{"@dir.php/b.php/x", "@dir.php/b.php", RUNS},
	{"@dir.php/none.php", NULL, RUNS}, /* it says by itself that there is none */
	{"@none.php", NULL, RUNS},
	{"@dir.php", NULL, RUNS},
	{"@up.jpg", NULL, DENIED},
	{"@up.jpg/x.php", "@up.jpg", DENIED},
	{"@up.jpg/dir/x.php", "@up.jpg", DENIED},
	{"@up.jpg//x.php", "@up.jpg", DENIED},
	{"@dir/../up.jpg/x.php", "@dir/../up.jpg", DENIED},
	{"@dir", NULL, DENIED},
	{"@dir/", NULL, UNKNOWN},
	{"@none.jpg", NULL, UNKNOWN},
	{"@none.php/x", NULL, UNKNOWN},
	{"up.jpg", NULL, DENIED},
	{"", NULL, DENIED},
	{"proxy:fcgi://localhost/@up.jpg/x.php", "@up.jpg", DENIED},
	{"proxy:fcgi://localhost/@up.jpg?x.php", "@up.jpg", DENIED},
};

START_TEST(what_may_run)
{
	char text[512];

	stage_for(".php/.phar", NULL);
	give("SCRIPT_FILENAME", rows[_i].file);
	ck_assert_int_eq(find(), 0);
	if (!strncmp(rows[_i].file, "proxy:", 6))
		ck_assert(span_ends(buf_span(&r->script_file), SPAN_LIT("/up.jpg")));
	else
		ck_span_is(buf_span(&r->script_file),
			at_stage(rows[_i].script ? rows[_i].script : rows[_i].file, text));
	ck_assert_int_eq(r->own_page != NULL, rows[_i].is != RUNS);
	if (rows[_i].is == DENIED)
		ck_assert_ptr_nonnull(strstr(stage_logged(), "(see security.limit_extensions)"));
	if (rows[_i].is == UNKNOWN)
		ck_assert_ptr_nonnull(strstr(stage_logged(), "Primary script unknown"));
}
END_TEST

/* What PHP takes for the script instead. */
START_TEST(translated)
{
	stage_for(".php", NULL);
	give("PATH_TRANSLATED", "@up.jpg");
	ck_assert_int_eq(find(), 0);
	ck_assert_ptr_nonnull(r->own_page);
	r->own_page = NULL;
	buf_clear(&r->in);
	give("SCRIPT_FILENAME", "@a.php");
	ck_assert_int_eq(find(), 0);
	ck_assert_ptr_null(r->own_page);
	buf_clear(&r->in);
	give("REDIRECT_URL", "/x");
	ck_assert_int_eq(find(), 0);
	ck_assert_ptr_nonnull(r->own_page);
}
END_TEST

START_TEST(below_another_root)
{
	stage_for(".php", stage_path(""));
	give("SCRIPT_FILENAME", "/up.jpg/x.php");
	ck_assert_int_eq(find(), 0);
	ck_span_is(buf_span(&r->script_file), "/up.jpg");
	ck_assert_ptr_nonnull(r->own_page);
}
END_TEST

/* ---- behind Apache ---- */

static const struct {
	const char *file, *name, *info, *variables;
} apache[] = {
	{"@a.php", "/a.php", NULL, "SCRIPT_FILENAME=@a.php;SCRIPT_NAME=/a.php;DOCUMENT_ROOT=/w;"},
	{"@a.php/x/y", "/a.php/x/y", NULL,
		"SCRIPT_FILENAME=@a.php;SCRIPT_NAME=/a.php;DOCUMENT_ROOT=/w;PATH_INFO=/x/y;PATH_TRANSLATED=/w/x/y;"},
	{"@a.php/x", "/other", NULL,
		"SCRIPT_FILENAME=@a.php;SCRIPT_NAME=/other;DOCUMENT_ROOT=/w;PATH_INFO=/x;PATH_TRANSLATED=/w/x;"},
	{"@a.php/x", "/a.php", "/x",
		"SCRIPT_FILENAME=@a.php;SCRIPT_NAME=/a.php;PATH_INFO=/x;DOCUMENT_ROOT=/w;"},
	{"@a%20b.php/c%20d", "/a b.php/c d", NULL,
		"SCRIPT_FILENAME=@a b.php;SCRIPT_NAME=/a b.php;DOCUMENT_ROOT=/w;PATH_INFO=/c d;PATH_TRANSLATED=/w/c d;"},
	{"@a.php/c%20d", "/a.php/c d", NULL,
		"SCRIPT_FILENAME=@a.php;SCRIPT_NAME=/a.php;DOCUMENT_ROOT=/w;PATH_INFO=/c%20d;PATH_TRANSLATED=/w/c%20d;"},
	{"@100%25.php", "/100%25.php", NULL,
		"SCRIPT_FILENAME=@100%25.php;SCRIPT_NAME=/100%25.php;DOCUMENT_ROOT=/w;"},
	{"@none%20.php", "/none.php", NULL,
		"SCRIPT_FILENAME=@none%20.php;SCRIPT_NAME=/none.php;DOCUMENT_ROOT=/w;"},
};

START_TEST(behind_apache)
{
	char text[512], file[600];

	stage_for(_i % 2 ? ".php" : NULL, NULL);
	snprintf(file, sizeof file, "proxy:fcgi://localhost:9000%s?q=x",
		at_stage(apache[_i].file, text));
	give("SCRIPT_FILENAME", file);
	give("SCRIPT_NAME", apache[_i].name);
	give("PATH_INFO", apache[_i].info);
	give("DOCUMENT_ROOT", "/w");
	ck_assert_int_eq(find(), 0);
	ck_assert_ptr_null(r->own_page);
	variables_are(apache[_i].variables);
	ck_assert_int_eq(php_script_find(r), 0); /* a new plan has it found again */
	variables_are(apache[_i].variables);
}
END_TEST

START_TEST(others_are_as_they_came)
{
	stage_for(".php", NULL);
	give("SCRIPT_FILENAME", "@a.php/x");
	give("SCRIPT_NAME", "/a.php/x");
	give("PATH_INFO", "");
	give("REDIRECT_URL", "/y");
	ck_assert_int_eq(find(), 0);
	variables_are("SCRIPT_FILENAME=@a.php/x;SCRIPT_NAME=/a.php/x;PATH_INFO=;REDIRECT_URL=/y;");
}
END_TEST

START_TEST(a_rewritten_one)
{
	stage_for(NULL, NULL);
	give("SCRIPT_FILENAME", "proxy:fcgi://localhost/@a.php");
	give("PATH_TRANSLATED", "/w/x");
	give("REDIRECT_URL", "/y");
	ck_assert_int_eq(find(), 0);
	ck_assert(!memmem(buf_head(&r->script_file), buf_len(&r->script_file), "proxy:", 6));
	buf_clear(&all);
	ck_assert(meta_each(r, sink, NULL));
	ck_assert(!memmem(buf_head(&all), buf_len(&all), "PATH_TRANSLATED", 15));
}
END_TEST

/* Longer than any path may be, and than what is on the stack for one. */
static const struct {
	const char *before, *script;
	enum verdict is;
} long_rows[] = {
	{"@up.jpg/", "@up.jpg", DENIED},
	{"@a.php/", "@a.php", RUNS},
	{"@none.jpg/", NULL, RUNS}, /* whole it ends as it should, and PHP finds none */
	{"proxy:fcgi://h@up.jpg/", "@up.jpg", DENIED},
	{"proxy:fcgi://h@a.php/", "@a.php", RUNS},
	{"proxy:fcgi://h@%61.php/", "@a.php", RUNS},
};

START_TEST(names_that_are_too_long)
{
	char text[512];
	struct buf name = BUF_INIT;

	stage_for(".php/.phar", NULL);
	ck_assert(buf_puts(&name, at_stage(long_rows[_i].before, text)));
	for (int i = 0; i < 3000; i++)
		ck_assert(buf_puts(&name, i % 2 ? "%41/" : "a/"));
	ck_assert(buf_puts(&name, "x.php") && buf_put(&name, "", 1));
	name.end--;
	ck_assert(fcgi_param(&pairs, SPAN_LIT("SCRIPT_FILENAME"), buf_span(&name)));
	ck_assert(fcgi_param(&pairs, SPAN_LIT("SCRIPT_NAME"), SPAN_LIT("/a.php")));
	ck_assert_int_eq(find(), 0);
	ck_assert_int_eq(r->own_page != NULL, long_rows[_i].is != RUNS);
	ck_span_is(buf_span(&r->script_file),
		long_rows[_i].script ? at_stage(long_rows[_i].script, text) : buf_head(&name));
	buf_free(&name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("php_script");
	TCase *tc = tcase_create("php_script");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_loop_test(tc, what_may_run, 0, nitems(rows));
	tcase_add_loop_test(tc, names_that_are_too_long, 0, nitems(long_rows));
	tcase_add_test(tc, translated);
	tcase_add_test(tc, below_another_root);
	tcase_add_loop_test(tc, behind_apache, 0, nitems(apache));
	tcase_add_test(tc, others_are_as_they_came);
	tcase_add_test(tc, a_rewritten_one);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
