/* SPDX-License-Identifier: MIT
 *
 * check_top_page: figures in tests/golden/top become the pages beside them, in windows of any size.
 * UPDATE=1 in the environment writes the pages anew. Run at the top of the tree.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "manager/top_page.h"

#define GOLDEN "tests/golden/top/"

static struct top_figures f;
static struct buf page;

static void slurp(const char *path, struct buf *to)
{
	FILE *in = fopen(path, "r");
	char bytes[65536];

	ck_assert_msg(in != NULL, "%s", path);
	buf_clear(to);
	buf_put(to, bytes, fread(bytes, 1, sizeof bytes, in));
	fclose(in);
}

static void setup(void)
{
	struct top_figures before;
	struct buf text = BUF_INIT;

	slurp(GOLDEN "figures.before", &text);
	ck_assert(top_figures_read(&before, buf_span(&text)));
	slurp(GOLDEN "figures", &text);
	ck_assert(top_figures_read(&f, buf_span(&text)));
	top_figures_rate(&f, &before);
	top_figures_free(&before);
	buf_free(&text);
	page = BUF_INIT;
}

static void teardown(void)
{
	top_figures_free(&f);
	buf_free(&page);
}

static void write_golden(const char *path)
{
	FILE *out = fopen(path, "w");

	ck_assert(out && fwrite(buf_head(&page), 1, buf_len(&page), out) == buf_len(&page));
	fclose(out);
}

static const struct {
	const char *file;
	struct top_view view;
} pages[] = {
	{GOLDEN "80x24", {.rows = 24, .cols = 80}},
	{GOLDEN "80x24-utf8", {.rows = 24, .cols = 80, .utf8 = true}},
	{GOLDEN "80x12-scrolled", {.rows = 12, .cols = 80, .scroll = 2, .sort = TOP_BY_BUSY}},
	{GOLDEN "200x60-utf8", {.rows = 60, .cols = 200, .utf8 = true, .sort = TOP_BY_RATE}},
	{GOLDEN "200x60-colours",
		{.rows = 60, .cols = 200, .utf8 = true, .colour = true, .sort = TOP_BY_NAME}},
	{GOLDEN "once", {.cols = 100, .sort = TOP_BY_WAITING}},
	{GOLDEN "trouble", {.rows = 16, .cols = 60, .trouble = "no daemon answers"}},
};

START_TEST(a_page_is_as_it_was)
{
	struct buf wanted = BUF_INIT;

	ck_assert(top_page(&f, &pages[_i].view, &page));
	if (getenv("UPDATE"))
		write_golden(pages[_i].file);
	slurp(pages[_i].file, &wanted);
	ck_assert_msg(span_eq(buf_span(&page), buf_span(&wanted)), "%s is now\n%.*s",
		pages[_i].file, SPAN_FMT(buf_span(&page)));
	buf_free(&wanted);
}
END_TEST

/* A cell is a byte that continues no other. */
static unsigned widest(const char *text, unsigned *lines)
{
	unsigned cells = 0, most = 0;

	*lines = 0;
	for (; *text; text++) {
		if (*text == '\n') {
			++*lines;
			cells = 0;
		} else if (((unsigned char)*text & 0xc0) != 0x80) {
			most = ++cells > most ? cells : most;
		}
	}
	return most;
}

START_TEST(a_page_fits_any_window)
{
	struct top_view v = {.utf8 = true};
	unsigned lines;

	for (v.rows = 1; v.rows < 30; v.rows++)
		for (v.cols = 1; v.cols < 130; v.cols += 3)
			for (v.scroll = 0; v.scroll < 12; v.scroll += 5) {
				buf_clear(&page);
				ck_assert(top_page(&f, &v, &page) && buf_put(&page, "", 1));
				ck_assert_uint_le(widest(buf_head(&page), &lines), v.cols);
				ck_assert_uint_le(lines, v.rows);
			}
}
END_TEST

START_TEST(every_pool_can_be_scrolled_to)
{
	struct top_view v = {.rows = 15, .cols = 80};
	unsigned room = top_page_pools(&f, &v);

	ck_assert_uint_lt(room, f.npools);
	ck_assert(top_page(&f, &v, &page) && buf_put(&page, "", 1));
	ck_assert_ptr_nonnull(strstr(buf_head(&page), "\napp "));
	ck_assert_ptr_null(strstr(buf_head(&page), "\na-pool"));
	v.scroll = (unsigned)f.npools - room;
	buf_clear(&page);
	ck_assert(top_page(&f, &v, &page) && buf_put(&page, "", 1));
	ck_assert_ptr_null(strstr(buf_head(&page), "\napp "));
	ck_assert_ptr_nonnull(strstr(buf_head(&page), "\na-pool"));
}
END_TEST

START_TEST(an_empty_house_has_a_page)
{
	struct top_figures none = {.text = NULL};
	struct top_view v = {.rows = 24, .cols = 80, .trouble = "nobody is there"};

	ck_assert(top_page(&none, &v, &page) && buf_put(&page, "", 1));
	ck_assert_ptr_nonnull(strstr(buf_head(&page), "nobody is there"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("top_page");
	TCase *tc = tcase_create("top_page");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_page_is_as_it_was, 0, (int)nitems(pages));
	tcase_add_test(tc, a_page_fits_any_window);
	tcase_add_test(tc, every_pool_can_be_scrolled_to);
	tcase_add_test(tc, an_empty_house_has_a_page);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
