/* SPDX-License-Identifier: MIT
 *
 * check_http_reply: what a client reads: framing, persistence, pages, and nothing beyond.
 */
#include "gateway/http_reply.h"

#include "tests/unit/gateway/stage.h"

#define GET10  "GET / HTTP/1.0\r\n\r\n"
#define GET10K "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
#define GET11  "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET11C "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
#define HEAD11 "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"

#define KEEP10  "Connection: keep-alive\r\n"
#define CLOSE   "Connection: close\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"

static int client = -1;
static struct conn *c;
static struct buf got;
static struct {
	unsigned times;
	enum http_reply_end how;
	uint64_t sent;
	int status;
} done;

static void on_done(struct request *r, enum http_reply_end how)
{
	done.times++;
	done.how = how;
	done.sent = r->answer.sent;
	done.status = r->answer.status;
	stage_done(r);
}

static void nothing(struct conn *conn)
{
	(void)conn;
}

static const struct conn_face face = {nothing, nothing, nothing, nothing, nothing};

static void up(void)
{
	stage_up();
	http_reply_init(on_done);
	c = stage_conn(&face, &client);
	stage_turn();
}

static void down(void)
{
	conn_close(c);
	stage_turn();
	close(client);
	buf_free(&got);
	stage_down();
}

/* All that has left so far, without the date. */
static const char *received(void)
{
	static const char date[] = "\r\nDate: ";
	char *at, *end;

	conn_flush(c);
	stage_receive(client, &got);
	ck_assert(buf_put(&got, "", 1));
	got.end--;
	at = strstr(got.data, date);
	if (at && (end = strstr(at + 2, "\r\n"))) {
		memmove(at, end, (size_t)(got.data + got.end - end) + 1);
		got.end -= (size_t)(end - at);
	}
	return got.data;
}

/* status line, our own line, the answer's lines, framing and connection, end of head. */
#define REPLY(status, lines, framing, body) \
	"HTTP/1.1 " status "\r\nServer: hearth\r\n" lines framing "\r\n" body

static struct request *reply(const char *head, int status, int64_t length)
{
	struct request *r = stage_request(&http_front, c, head);

	ck_assert(buf_puts(&r->answer.lines, "X: y\r\n"));
	r->answer.status = status;
	r->answer.has_length = length >= 0;
	r->answer.length = length >= 0 ? (uint64_t)length : 0;
	r->front->begin(r);
	return r;
}

/* ---- the table of framings ---- */

enum pace { AT_ONCE, PAUSED }; /* PAUSED: the worker pauses within the body */

static const struct {
	const char *head;
	int status;
	int64_t length; /* as declared, -1: not */
	enum pace pace;
	const char *bytes;
	enum http_reply_end how;
} framings[] = {
	/* Complete when it begins to leave: the length is known. */
	{GET11, 200, -1, AT_ONCE, REPLY("200 OK", "X: y\r\n", "Content-Length: 5\r\n", "hello"),
		REPLY_COMPLETE},
	{GET11C, 200, -1, AT_ONCE,
		REPLY("200 OK", "X: y\r\n", "Content-Length: 5\r\n" CLOSE, "hello"), REPLY_LAST},
	{GET10, 200, -1, AT_ONCE,
		REPLY("200 OK", "X: y\r\n", "Content-Length: 5\r\n" CLOSE, "hello"), REPLY_LAST},
	{GET10K, 200, -1, AT_ONCE,
		REPLY("200 OK", "X: y\r\n", "Content-Length: 5\r\n" KEEP10, "hello"),
		REPLY_COMPLETE},

	/* Not complete: chunks, or an end by closing. */
	{GET11, 200, -1, PAUSED,
		REPLY("200 OK", "X: y\r\n", CHUNKED, "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
		REPLY_COMPLETE},
	{GET11C, 200, -1, PAUSED,
		REPLY("200 OK", "X: y\r\n", CHUNKED CLOSE, "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
		REPLY_LAST},
	{GET10, 200, -1, PAUSED, REPLY("200 OK", "X: y\r\n", CLOSE, "hello"), REPLY_LAST},
	{GET10K, 200, -1, PAUSED, REPLY("200 OK", "X: y\r\n", CLOSE, "hello"), REPLY_LAST},

	/* Declared. */
	{GET11, 200, 5, AT_ONCE, REPLY("200 OK", "X: y\r\n", "Content-Length: 5\r\n", "hello"),
		REPLY_COMPLETE},
	{GET11, 200, 5, PAUSED, REPLY("200 OK", "X: y\r\n", "Content-Length: 5\r\n", "hello"),
		REPLY_COMPLETE},
	{GET10K, 200, 5, PAUSED,
		REPLY("200 OK", "X: y\r\n", "Content-Length: 5\r\n" KEEP10, "hello"),
		REPLY_COMPLETE},
	{GET11, 404, 5, PAUSED,
		REPLY("404 Not Found", "X: y\r\n", "Content-Length: 5\r\n", "hello"),
		REPLY_COMPLETE},

	/* Declared too long: the client must see it. Too short: the rest is not sent. */
	{GET11, 200, 6, AT_ONCE, REPLY("200 OK", "X: y\r\n", "Content-Length: 6\r\n", "hello"),
		REPLY_CUT},
	{GET11, 200, 6, PAUSED, REPLY("200 OK", "X: y\r\n", "Content-Length: 6\r\n", "hello"),
		REPLY_CUT},
	{GET11, 200, 4, AT_ONCE, REPLY("200 OK", "X: y\r\n", "Content-Length: 4\r\n", "hell"),
		REPLY_COMPLETE},
	{GET11, 200, 1, PAUSED, REPLY("200 OK", "X: y\r\n", "Content-Length: 1\r\n", "h"),
		REPLY_COMPLETE},
	{GET11, 200, 0, PAUSED, REPLY("200 OK", "X: y\r\n", "Content-Length: 0\r\n", ""),
		REPLY_COMPLETE},

	/* RFC 9110 6.4.1: no body, whatever the script wrote. */
	{HEAD11, 200, -1, AT_ONCE, REPLY("200 OK", "X: y\r\n", "", ""), REPLY_COMPLETE},
	{HEAD11, 200, -1, PAUSED, REPLY("200 OK", "X: y\r\n", "", ""), REPLY_COMPLETE},
	{HEAD11, 200, 77, AT_ONCE, REPLY("200 OK", "X: y\r\n", "Content-Length: 77\r\n", ""),
		REPLY_COMPLETE},
	{GET11, 204, -1, AT_ONCE, REPLY("204 No Content", "X: y\r\n", "", ""), REPLY_COMPLETE},
	{GET11, 204, 5, PAUSED, REPLY("204 No Content", "X: y\r\n", "", ""), REPLY_COMPLETE},
	{GET11, 304, -1, PAUSED, REPLY("304 Not Modified", "X: y\r\n", "", ""), REPLY_COMPLETE},
	{GET11, 304, 5, AT_ONCE, REPLY("304 Not Modified", "X: y\r\n", "Content-Length: 5\r\n", ""),
		REPLY_COMPLETE},
	{GET11, 205, -1, AT_ONCE,
		REPLY("205 Reset Content", "X: y\r\n", "Content-Length: 0\r\n", ""),
		REPLY_COMPLETE},
	{GET11, 205, 5, PAUSED, REPLY("205 Reset Content", "X: y\r\n", "Content-Length: 0\r\n", ""),
		REPLY_COMPLETE},
	{GET11, 205, -1, PAUSED,
		REPLY("205 Reset Content", "X: y\r\n", "Content-Length: 0\r\n", ""),
		REPLY_COMPLETE},
	{GET10, 204, -1, AT_ONCE, REPLY("204 No Content", "X: y\r\n", CLOSE, ""), REPLY_LAST},
};

START_TEST(framing)
{
	struct request *r = reply(framings[_i].head, framings[_i].status, framings[_i].length);

	r->front->body(r, SPAN_LIT("he"));
	if (framings[_i].pace == PAUSED)
		r->front->flush(r);
	r->front->body(r, SPAN_LIT("llo"));
	ck_assert_uint_eq(done.times, 0);
	r->front->end(r);
	ck_assert_uint_eq(done.times, 1);
	ck_assert_int_eq(done.how, framings[_i].how);
	ck_assert_str_eq(received(), framings[_i].bytes);
}
END_TEST

START_TEST(nothing_leaves_before_it_must)
{
	struct request *r = reply(GET11, 200, -1);

	r->front->body(r, SPAN_LIT("hello"));
	ck_assert_uint_eq(conn_unsent(c), 0);
	ck_assert(!r->answer.begun);
	r->front->flush(r);
	ck_assert(r->answer.begun);
	ck_assert_str_eq(received(), REPLY("200 OK", "X: y\r\n", CHUNKED, "5\r\nhello\r\n"));
	r->front->end(r);
}
END_TEST

START_TEST(nothing_is_no_chunk)
{
	struct request *r = reply(GET11, 200, -1);

	r->front->flush(r);
	r->front->body(r, SPAN_LIT(""));
	r->front->flush(r);
	r->front->end(r);
	ck_assert_str_eq(received(), REPLY("200 OK", "X: y\r\n", CHUNKED, "0\r\n\r\n"));
}
END_TEST

START_TEST(a_body_that_grows_is_not_held_back)
{
	struct request *r = reply(GET11, 200, -1);
	char bytes[1024] = {0};

	for (int i = 0; i < 32; i++)
		r->front->body(r, (struct span){bytes, sizeof bytes});
	ck_assert(!r->answer.begun);
	r->front->body(r, SPAN_LIT("."));
	ck_assert(r->answer.begun);
	ck_assert_uint_eq(r->answer.sent, 32 * 1024 + 1);
	ck_assert_ptr_nonnull(strstr(received(), CHUNKED "\r\n8000\r\n"));
	r->front->end(r);
	ck_assert_uint_eq(done.sent, 32 * 1024 + 1);
}
END_TEST

START_TEST(status_lines_have_reasons)
{
	struct request *r = reply(GET11, 299, 0);

	ck_assert_str_eq(http_reason(200), "OK");
	ck_assert_str_eq(http_reason(503), "Service Unavailable");
	ck_assert_str_eq(http_reason(299), "Unknown");
	r->front->end(r);
	ck_assert_ptr_nonnull(strstr(received(), "HTTP/1.1 299 Unknown\r\n"));
	r = reply(GET11, 299, 0);
	strcpy(r->answer.reason, "My Own");
	r->front->end(r);
	ck_assert_ptr_nonnull(strstr(received(), "HTTP/1.1 299 My Own\r\n"));
	r = reply(GET11, 299, 0);
	strcpy(r->answer.reason, "My Own");
	request_fail(r, 502);
	ck_assert_ptr_nonnull(strstr(received(), "HTTP/1.1 502 Bad Gateway\r\n"));
}
END_TEST

/* ---- persistence ---- */

START_TEST(a_draining_lane_keeps_no_connection)
{
	struct request *r = reply(GET11, 200, 0);

	lane_here->draining = true;
	r->front->end(r);
	ck_assert_int_eq(done.how, REPLY_LAST);
	ck_assert_str_eq(
		received(), REPLY("200 OK", "X: y\r\n", "Content-Length: 0\r\n" CLOSE, ""));
}
END_TEST

START_TEST(a_body_that_was_not_read_ends_the_connection)
{
	struct request *r = reply(
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", 200, 0);

	ck_assert(!r->read_whole);
	r->front->end(r);
	ck_assert_int_eq(done.how, REPLY_LAST);
	ck_assert_str_eq(
		received(), REPLY("200 OK", "X: y\r\n", "Content-Length: 0\r\n" CLOSE, ""));
}
END_TEST

/* Somebody may still take it, but not if its worker wants no more of it. */
START_TEST(a_body_that_is_being_read_may_end)
{
	static struct worker *somebody = (void *)&got;
	struct request *r = reply(
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", 200, 0);

	r->worker = somebody;
	r->streams = true;
	r->unwanted = _i;
	r->front->flush(r);
	r->worker = NULL;
	r->read_whole = !_i;
	r->front->end(r);
	ck_assert_int_eq(done.how, _i ? REPLY_LAST : REPLY_COMPLETE);
	ck_assert_str_eq(
		received(), _i ? REPLY("200 OK", "X: y\r\n", "Content-Length: 0\r\n" CLOSE, "")
			       : REPLY("200 OK", "X: y\r\n", "Content-Length: 0\r\n", ""));
}
END_TEST

/* ---- what is not ours to frame ---- */

static const char *const raws[] = {GET11, GET10K, HEAD11};

START_TEST(raw_output_is_all_there_is)
{
	struct request *r = stage_request(&http_front, c, raws[_i]);

	r->answer.status = 299;
	r->front->raw(r);
	ck_assert(r->answer.begun);
	r->front->body(r, SPAN_LIT("HTTP/1.1 299 Mine\r\n\r\nhel"));
	r->front->flush(r);
	ck_assert_str_eq(received(), "HTTP/1.1 299 Mine\r\n\r\nhel");
	r->front->body(r, SPAN_LIT("lo"));
	r->front->end(r);
	ck_assert_int_eq(done.how, REPLY_LAST);
	ck_assert_int_eq(done.status, 299);
	ck_assert_uint_eq(done.sent, strlen("HTTP/1.1 299 Mine\r\n\r\nhello"));
	ck_assert_str_eq(received(), "HTTP/1.1 299 Mine\r\n\r\nhello");
}
END_TEST

/* However much may be kept of other answers. */
START_TEST(raw_output_waits_for_its_client)
{
	struct request *r = stage_request(&http_front, c, GET11);
	static char some[8192];
	unsigned n = 0;

	r->front->raw(r);
	for (; !r->front->full(r) && n < 10000; n++) {
		r->front->body(r, (struct span){some, sizeof some});
		r->front->flush(r);
	}
	ck_assert_uint_lt(n, 1000);
	ck_assert(spool_in_memory(&c->out));
	request_fail(r, 502);
	ck_assert_int_eq(done.how, REPLY_CUT);
}
END_TEST

/* ---- ends that are none ---- */

START_TEST(a_cut_is_told_and_adds_nothing)
{
	struct request *r = reply(GET11, 200, -1);

	r->front->body(r, SPAN_LIT("hello"));
	r->front->flush(r);
	r->front->cut(r);
	ck_assert_int_eq(done.how, REPLY_CUT);
	ck_assert_uint_eq(done.times, 1);
	ck_assert_str_eq(received(), REPLY("200 OK", "X: y\r\n", CHUNKED, "5\r\nhello\r\n"));
}
END_TEST

#define PAGE(status)                                              \
	"<!DOCTYPE html>\n<html lang=\"en\"><head><title>" status \
	"</title></head>\n<body><h1>" status                      \
	"</h1><p>Request 0000000000000abc</p></body></html>\n"
#define HTML "Content-Type: text/html; charset=utf-8\r\n"

static const struct {
	const char *head;
	int status;
	const char *bytes;
	enum http_reply_end how;
} refusals[] = {
	{GET11, 404, REPLY("404 Not Found", HTML, "Content-Length: 148\r\n", PAGE("404 Not Found")),
		REPLY_COMPLETE},
	{GET11C, 404,
		REPLY("404 Not Found", HTML, "Content-Length: 148\r\n" CLOSE,
			PAGE("404 Not Found")),
		REPLY_LAST},
	{GET11, 503,
		REPLY("503 Service Unavailable", "Retry-After: 1\r\n" HTML,
			"Content-Length: 168\r\n", PAGE("503 Service Unavailable")),
		REPLY_COMPLETE},
	{GET11, 405,
		REPLY("405 Method Not Allowed", "X: y\r\n" HTML, "Content-Length: 166\r\n",
			PAGE("405 Method Not Allowed")),
		REPLY_COMPLETE},
	{HEAD11, 404, REPLY("404 Not Found", HTML, "Content-Length: 148\r\n", ""), REPLY_COMPLETE},
};

/* Nothing of what the worker had said so far is left, but for a 405's Allow. */
START_TEST(refusals_are_pages)
{
	struct request *r = reply(refusals[_i].head, 200, 5);

	r->id = 0xabc;
	r->front->body(r, SPAN_LIT("rubbish"));
	r->front->refuse(r, refusals[_i].status);
	ck_assert_int_eq(done.how, refusals[_i].how);
	ck_assert_int_eq(done.status, refusals[_i].status);
	ck_assert_str_eq(received(), refusals[_i].bytes);
}
END_TEST

/* ---- ids ---- */

static const struct {
	const char *head;
	int status;
	const char *first; /* line */
} told_ids[] = {
	{GET11, 200, "200 OK"},
	{GET10K, 200, "200 OK"},
	{HEAD11, 200, "200 OK"},
	{GET11, 204, "204 No Content"},
	{GET11, 304, "304 Not Modified"},
	{GET11, 404, "404 Not Found"},
};

START_TEST(an_id_is_told_beside_the_date)
{
	char text[256];
	struct request *r;

	strcpy(lane_here->plan->id_header, "X-Id");
	r = reply(told_ids[_i].head, told_ids[_i].status, -1);
	r->id = 0xabc;
	if (told_ids[_i].status == 404)
		r->front->refuse(r, 404);
	else
		r->front->end(r);
	snprintf(text, sizeof text, "HTTP/1.1 %s\r\nServer: hearth\r\nX-Id: 0000000000000abc\r\n",
		told_ids[_i].first);
	ck_assert_ptr_eq(strstr(received(), text), got.data);
}
END_TEST

START_TEST(no_id_is_told_by_what_is_not_ours_or_not_the_answer)
{
	struct request *r;

	strcpy(lane_here->plan->id_header, "X-Id");
	r = stage_request(&http_front, c, GET11);
	r->front->interim(r, 103, SPAN_LIT("Link: <x>\r\n"));
	r->answer.status = 299;
	r->front->raw(r);
	r->front->body(r, SPAN_LIT("HTTP/1.1 299 Mine\r\n\r\n"));
	r->front->end(r);
	ck_assert_str_eq(received(),
		"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 299 Mine\r\n\r\n");
}
END_TEST

START_TEST(failing_before_the_head_refuses_and_behind_it_cuts)
{
	struct request *r = reply(GET11, 200, -1);

	request_fail(r, 502);
	ck_assert_int_eq(done.status, 502);
	ck_assert_int_eq(done.how, REPLY_COMPLETE);
	r = reply(GET11, 200, -1);
	r->front->flush(r);
	request_fail(r, 502);
	ck_assert_int_eq(done.how, REPLY_CUT);
}
END_TEST

START_TEST(a_broken_request_ends_the_connection)
{
	struct request *r = request_new(lane_here, &http_front, c);

	ck_assert(buf_puts(&r->in, "rubbish"));
	http_refuse_broken(r, 400);
	ck_assert_int_eq(done.how, REPLY_LAST);
	ck_assert_ptr_nonnull(strstr(received(), "HTTP/1.1 400 Bad Request\r\n"));
	ck_assert_ptr_nonnull(strstr(received(), CLOSE));
}
END_TEST

/* ---- files ---- */

START_TEST(files_follow_their_head)
{
	struct request *r = reply(GET11, 200, -1);
	int fd = memfd_create("file", MFD_CLOEXEC);

	ck_assert_int_eq(write(fd, "0123456789", 10), 10);
	http_reply_file(r, file_wrap(fd), 3, 4);
	ck_assert_int_eq(done.how, REPLY_COMPLETE);
	ck_assert_uint_eq(done.sent, 4);
	ck_assert_str_eq(received(), REPLY("200 OK", "X: y\r\n", "Content-Length: 4\r\n", "3456"));
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

START_TEST(head_of_a_file_has_its_length)
{
	struct request *r = reply(HEAD11, 200, -1);
	int fd = memfd_create("file", MFD_CLOEXEC);

	http_reply_file(r, file_wrap(fd), 0, 10);
	ck_assert_int_eq(done.how, REPLY_COMPLETE);
	ck_assert_uint_eq(done.sent, 0);
	ck_assert_str_eq(received(), REPLY("200 OK", "X: y\r\n", "Content-Length: 10\r\n", ""));
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

/* ---- a client's queue that fails ---- */

static struct plan_pool streaming = {.response_buffering = false},
			buffering = {.response_buffering = true};

START_TEST(full_is_when_the_client_holds_all_it_may)
{
	struct request *r = reply(GET11, 200, -1);
	size_t n = 1024 * 1024;
	char *bytes = calloc(1, n);

	r->pool = _i ? &streaming : &buffering;
	r->front->body(r, (struct span){bytes, n});
	ck_assert_int_eq(r->front->full(r), _i);
	ck_assert_int_eq(c->held, _i); /* the front must tell when it is so no longer */
	ck_assert_int_eq(spool_in_memory(&c->out), _i);
	r->front->cut(r);
	ck_assert(!c->held);
	free(bytes);
}
END_TEST

/* ---- interim responses ---- */

#define LINK "Link: <x>\r\n"

static const struct {
	const char *head;
	int status;
	const char *bytes;
} interims[] = {
	{GET11, 103, "HTTP/1.1 103 Early Hints\r\n" LINK "\r\n"},
	{GET11, 102, "HTTP/1.1 102 Processing\r\n" LINK "\r\n"},
	{GET11, 199, "HTTP/1.1 199 Unknown\r\n" LINK "\r\n"},
	{HEAD11, 103, "HTTP/1.1 103 Early Hints\r\n" LINK "\r\n"},
	/* Ours to say; and nothing for HTTP/1.0. */
	{GET11, 100, ""},
	{GET11, 101, ""},
	{GET10, 103, ""},
	{GET10K, 103, ""},
};

static struct request *interim(const char *head, int status)
{
	struct request *r = stage_request(&http_front, c, head);

	r->front->interim(r, status, span_of(LINK));
	r->answer.interims++;
	return r;
}

START_TEST(an_interim_response_leaves_before_the_answer)
{
	struct request *r = interim(interims[_i].head, interims[_i].status);

	r->front->flush(r);
	ck_assert(!r->answer.begun);
	ck_assert_str_eq(received(), interims[_i].bytes);
	r->answer.status = 204;
	r->front->begin(r);
	r->front->end(r);
	ck_assert_ptr_nonnull(strstr(received(), "HTTP/1.1 204 No Content\r\n"));
}
END_TEST

START_TEST(an_interim_response_is_no_answer)
{
	struct request *r = interim(GET11, 103);

	request_fail(r, 502);
	ck_assert_ptr_nonnull(strstr(received(), "HTTP/1.1 502 Bad Gateway\r\n"));
}
END_TEST

START_TEST(interim_responses_without_end_are_dropped)
{
	struct request *r = interim(GET11, 103);
	uint64_t most = 0;

	for (int i = 0; i < 1000; i++) {
		r->front->interim(r, 102, span_of(LINK));
		r->answer.interims++;
		if (_i)
			r->front->flush(r);
		most = most < conn_unsent(c) ? conn_unsent(c) : most;
	}
	received();
	ck_assert_uint_lt(buf_len(&got), 101 * 50);
	ck_assert_uint_lt(most, 17 * 1024);
	r->front->cut(r);
}
END_TEST

/* RFC 9110 15.3.6 */
START_TEST(reset_content_has_no_content)
{
	struct request *r = reply(GET11, 205, -1);

	r->front->body(r, SPAN_LIT("hello"));
	r->front->flush(r);
	r->front->end(r);
	ck_assert_str_eq(
		received(), REPLY("205 Reset Content", "X: y\r\n", "Content-Length: 0\r\n", ""));
}
END_TEST

static void add_ends(TCase *tc)
{
	tcase_add_test(tc, a_draining_lane_keeps_no_connection);
	tcase_add_test(tc, a_body_that_was_not_read_ends_the_connection);
	tcase_add_loop_test(tc, a_body_that_is_being_read_may_end, 0, 2);
	tcase_add_loop_test(tc, raw_output_is_all_there_is, 0, nitems(raws));
	tcase_add_test(tc, raw_output_waits_for_its_client);
	tcase_add_test(tc, a_cut_is_told_and_adds_nothing);
	tcase_add_loop_test(tc, refusals_are_pages, 0, nitems(refusals));
	tcase_add_loop_test(tc, an_id_is_told_beside_the_date, 0, nitems(told_ids));
	tcase_add_test(tc, no_id_is_told_by_what_is_not_ours_or_not_the_answer);
	tcase_add_test(tc, failing_before_the_head_refuses_and_behind_it_cuts);
	tcase_add_test(tc, a_broken_request_ends_the_connection);
	tcase_add_test(tc, files_follow_their_head);
	tcase_add_test(tc, head_of_a_file_has_its_length);
	tcase_add_loop_test(tc, full_is_when_the_client_holds_all_it_may, 0, 2);
	tcase_add_loop_test(tc, an_interim_response_leaves_before_the_answer, 0, nitems(interims));
	tcase_add_test(tc, an_interim_response_is_no_answer);
	tcase_add_loop_test(tc, interim_responses_without_end_are_dropped, 0, 2);
	tcase_add_test(tc, reset_content_has_no_content);
}

int main(void)
{
	Suite *suite = suite_create("http_reply");
	TCase *tc = tcase_create("http_reply");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_loop_test(tc, framing, 0, nitems(framings));
	tcase_add_test(tc, nothing_leaves_before_it_must);
	tcase_add_test(tc, nothing_is_no_chunk);
	tcase_add_test(tc, a_body_that_grows_is_not_held_back);
	tcase_add_test(tc, status_lines_have_reasons);
	add_ends(tc);
	return stage_run(suite);
}
