/* SPDX-License-Identifier: MIT
 *
 * check_own_words: pages of refusals, the lines that come with them, and the id in all its places.
 */
#include "gateway/own_words.h"

#include "tests/unit/gateway/stage.h"

static struct request *r;

static void up(void)
{
	stage_up();
	r = stage_request(&fake_front, NULL, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
	r->id = 0xabc;
}

static void down(void)
{
	stage_done(r);
	stage_down();
}

#define PAGE(status)                                              \
	"<!DOCTYPE html>\n<html lang=\"en\"><head><title>" status \
	"</title></head>\n<body><h1>" status                      \
	"</h1><p>Request 0000000000000abc</p></body></html>\n"
#define HTML "Content-Type: text/html; charset=utf-8\r\n"

static const struct {
	int status;
	unsigned retry_after_s;
	const char *lines, *page;
} refusals[] = {
	{400, 0, HTML, PAGE("400 Bad Request")},
	{403, 0, HTML, PAGE("403 Forbidden")},
	{500, 9, HTML, PAGE("500 Internal Server Error")},
	{301, 0, "X: y\r\n" HTML, PAGE("301 Moved Permanently")},
	{405, 0, "X: y\r\n" HTML, PAGE("405 Method Not Allowed")},
	{416, 0, "X: y\r\n" HTML, PAGE("416 Range Not Satisfiable")},
	{503, 0, "Retry-After: 1\r\n" HTML, PAGE("503 Service Unavailable")},
	{503, 7, "Retry-After: 7\r\n" HTML, PAGE("503 Service Unavailable")},
};

/* Whatever a script had said before it failed. */
START_TEST(a_refusal_is_all_there_is)
{
	ck_assert(buf_puts(&r->answer.lines, "X: y\r\n"));
	ck_assert(buf_puts(&r->reply.pending, "rubbish"));
	strcpy(r->answer.reason, "Wonderful");
	r->answer.status = 200;
	r->answer.is_local = r->answer.has_length = true;
	r->answer.length = 5;
	r->answer.retry_after_s = refusals[_i].retry_after_s;
	own_words_refuse(r, refusals[_i].status);
	ck_assert_int_eq(r->answer.status, refusals[_i].status);
	ck_assert_str_eq(r->answer.reason, "");
	ck_assert(!r->answer.is_local && r->answer.has_length && !r->reply.dead);
	ck_span_is(buf_span(&r->answer.lines), refusals[_i].lines);
	ck_span_is(buf_span(&r->reply.pending), refusals[_i].page);
	ck_assert_uint_eq(r->answer.length, strlen(refusals[_i].page));
}
END_TEST

START_TEST(a_reason_is_the_script_s_or_everybody_s)
{
	r->answer.status = 404;
	ck_assert_str_eq(own_words_reason(r), "Not Found");
	strcpy(r->answer.reason, "Nope");
	ck_assert_str_eq(own_words_reason(r), "Nope");
}
END_TEST

START_TEST(an_id_is_told_if_it_shall_be)
{
	char line[OWN_WORDS_ID_MAX], *name = lane_here->plan->id_header;

	ck_assert_ptr_eq(own_words_put_id(r, line), line);
	ck_assert_str_eq(line, "");
	strcpy(name, "X-Id");
	r->id = 0x123456789abcdef0;
	ck_assert_ptr_eq(own_words_put_id(r, line), line + strlen(line));
	ck_assert_str_eq(line, "X-Id: 123456789abcdef0\r\n");
	memset(name, 'x', MSG_ID_HEADER_MAX);
	ck_assert_int_eq(own_words_put_id(r, line) - line, OWN_WORDS_ID_MAX - 1);
}
END_TEST

START_TEST(an_id_stands_behind_other_pages)
{
	struct buf page = BUF_INIT;

	ck_assert(buf_puts(&page, "File not found.\n") && own_words_put_id_text(r, &page));
	ck_span_is(buf_span(&page), "File not found.\n<p>Request 0000000000000abc</p>");
	buf_free(&page);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("own_words");
	TCase *tc = tcase_create("own_words");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_loop_test(tc, a_refusal_is_all_there_is, 0, nitems(refusals));
	tcase_add_test(tc, a_reason_is_the_script_s_or_everybody_s);
	tcase_add_test(tc, an_id_is_told_if_it_shall_be);
	tcase_add_test(tc, an_id_stands_behind_other_pages);
	return stage_run(suite);
}
