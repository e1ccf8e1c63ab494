/* SPDX-License-Identifier: MIT
 *
 * check_media: the built-in table, the system's, and lines that are neither.
 */
#include "gateway/media.h"

#include <fcntl.h>
#include <stdio.h>

#include "tests/unit/feed.h"

#define UNKNOWN "application/octet-stream"

static const struct {
	const char *file, *type;
} own[] = {
	{"a.html", "text/html"},
	{"/dir/a.css", "text/css"},
	{"a.JS", "text/javascript"},
	{"a.json", "application/json"},
	{"a.tar.gz", "application/gzip"},
	{"a.svg", "image/svg+xml"},
	{"a.Png", "image/png"},
	{"a.wasm", "application/wasm"},
	{"a.woff2", "font/woff2"},
	{"a.7z", "application/x-7z-compressed"},
	{"a.zst", "application/zstd"},
	{"a.unknown.html", "text/html"},
	{"a.html.unknown", UNKNOWN},
	{"a.b/c", UNKNOWN},
	{"a.html/c", UNKNOWN},
	{"html", UNKNOWN},
	{"a.", UNKNOWN},
	{"a..", UNKNOWN},
	{"a.htmlx", UNKNOWN},
	{"", UNKNOWN},
	{"/", UNKNOWN},
};

START_TEST(built_in)
{
	struct media *nothing = media_parse(SPAN_NONE);

	ck_assert_str_eq(media_type(NULL, span_of(own[_i].file)), own[_i].type);
	ck_assert_str_eq(media_type(nothing, span_of(own[_i].file)), own[_i].type);
	media_free(nothing);
}
END_TEST

static const char table[] = "# comment\n"
			    "\n"
			    "text/x-one\t\tone uno\n"
			    "  text/x-two two # dos\n"
			    "application/x-gtar tgz tar.gz\r\n"
			    "text/x-html html\n"
			    "text/none\n"
			    "nonsense first\n"
			    "/half second\n"
			    "half/ third\n"
			    "a/b/c fourth\n"
			    "text/ht ml fifth\n"
			    "text/bad\x01type sixth\n"
			    "text/x-mixed MiXeD bad/ext bad;ext good\n"
			    "text/earlier twice\n"
			    "text/later Twice\n"
			    "text/x-last last";

static const struct {
	const char *file, *type;
} listed[] = {
	{"a.one", "text/x-one"},
	{"a.UNO", "text/x-one"},
	{"a.two", "text/x-two"},
	{"a.dos", UNKNOWN},
	{"a.gz", "application/gzip"},
	{"a.tar.gz", "application/x-gtar"},
	{"a.b.TAR.GZ", "application/x-gtar"},
	{"tar.gz", "application/gzip"},
	{"a.tgz", "application/x-gtar"},
	{"a.html", "text/x-html"},
	{"a.htm", "text/html"},
	{"a.first", UNKNOWN},
	{"a.second", UNKNOWN},
	{"a.third", UNKNOWN},
	{"a.fourth", UNKNOWN},
	{"a.ml", "text/ht"},
	{"a.sixth", UNKNOWN},
	{"a.mixed", "text/x-mixed"},
	{"a.good", "text/x-mixed"},
	{"a.ext", UNKNOWN},
	{"a.twice", "text/later"},
	{"a.last", "text/x-last"},
};

START_TEST(the_systems)
{
	struct media *m = media_parse((struct span){table, sizeof table - 1});

	ck_assert_str_eq(media_type(m, span_of(listed[_i].file)), listed[_i].type);
	media_free(m);
}
END_TEST

START_TEST(a_nul_is_the_end_of_its_line_only)
{
	static const char bytes[] = "text/a a\0text/b b\ntext/c c\n";
	struct media *m = media_parse((struct span){bytes, sizeof bytes - 1});

	ck_assert_str_eq(media_type(m, SPAN_LIT("x.a")), "text/a");
	ck_assert_str_eq(media_type(m, SPAN_LIT("x.c")), "text/c");
	media_free(m);
}
END_TEST

START_TEST(names_of_any_length)
{
	char name[2000];

	memset(name, '.', sizeof name);
	ck_assert_str_eq(media_type(NULL, (struct span){name, sizeof name}), UNKNOWN);
	memset(name, 'x', sizeof name);
	memcpy(name + sizeof name - 5, ".html", 5);
	ck_assert_str_eq(media_type(NULL, (struct span){name, sizeof name}), "text/html");
}
END_TEST

START_TEST(from_a_file)
{
	int fd = memfd_create("types", MFD_CLOEXEC);
	struct media *m;

	for (int i = 0; i < 20000; i++)
		dprintf(fd, "text/x-%d ext%d\n", i, i);
	m = media_read(fd);
	ck_assert_ptr_nonnull(m);
	ck_assert_str_eq(media_type(m, SPAN_LIT("a.ext0")), "text/x-0");
	ck_assert_str_eq(media_type(m, SPAN_LIT("a.ext19999")), "text/x-19999");
	media_free(m);
	close(fd);
}
END_TEST

START_TEST(an_endless_file_has_an_end)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct media *m = media_read(fd);

	if (m)
		ck_assert_str_eq(media_type(m, SPAN_LIT("a.html")), "text/html");
	media_free(m);
	close(fd);
}
END_TEST

START_TEST(what_cannot_be_read_is_no_table)
{
	int fd = open("/", O_RDONLY | O_CLOEXEC);

	ck_assert_ptr_null(media_read(fd));
	close(fd);
}
END_TEST

START_TEST(text_has_a_charset)
{
	ck_assert(media_is_text("text/html"));
	ck_assert(media_is_text("TEXT/plain"));
	ck_assert(media_is_text("application/javascript"));
	ck_assert(!media_is_text("application/json"));
	ck_assert(!media_is_text("application/xml"));
	ck_assert(!media_is_text("image/svg+xml"));
	ck_assert(!media_is_text("textual/html"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("media");
	TCase *tc = tcase_create("media");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, built_in, 0, nitems(own));
	tcase_add_loop_test(tc, the_systems, 0, nitems(listed));
	tcase_add_test(tc, a_nul_is_the_end_of_its_line_only);
	tcase_add_test(tc, names_of_any_length);
	tcase_add_test(tc, from_a_file);
	tcase_add_test(tc, an_endless_file_has_an_end);
	tcase_add_test(tc, what_cannot_be_read_is_no_table);
	tcase_add_test(tc, text_has_a_charset);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
