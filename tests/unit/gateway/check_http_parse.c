/* SPDX-License-Identifier: MIT
 *
 * check_http_parse: request heads and the verdict on each, however they arrive.
 */
#include "gateway/http_parse.h"

#include <check.h>

#include "tests/unit/feed.h"

#define SMALL ((struct http_limits){512, 128, 8})
#define H     "Host: a\r\n"
#define END   "\r\n"
#define GET   "GET / HTTP/1.1\r\n"
#define GETH  GET H
#define POST  "POST / HTTP/1.1\r\n" H
#define S64   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct row {
	const char *bytes;
	size_t n;
	ssize_t verdict; /* WHOLE, or as http_parse_head() */
};

#define WHOLE (-1)
#define ROW(v, s)                       \
	{                               \
		(s), sizeof(s) - 1, (v) \
	}
#define OK(s)          ROW(WHOLE, s)
#define MORE(s)        ROW(0, s)
#define BAD(status, s) ROW(-(status), s)

static const struct row rows[] = {
	/* The request line: RFC 9112 3. */
	OK(GETH END),
	OK("GET /a/b?c=d HTTP/1.1\r\n" H END),
	OK("OPTIONS * HTTP/1.1\r\n" H END),
	OK("GET http://a/b HTTP/1.1\r\n" H END),
	OK("CONNECT a:443 HTTP/1.1\r\n" H END),
	OK("M-SEARCH /!$&'()*+,;=:@~%41 HTTP/1.1\r\n" H END),
	OK("!#$%&'*+-.^_`|~09azAZ / HTTP/1.1\r\n" H END),
	OK("GET / HTTP/1.0\r\n" END),
	OK("GET / HTTP/1.9\r\n" H END),
	OK("abcdefghijklmnopqrstuvwxyz012345 / HTTP/1.1\r\n" H END),
	BAD(501, "abcdefghijklmnopqrstuvwxyz0123456 / HTTP/1.1\r\n" H END),
	BAD(501, "abcdefghijklmnopqrstuvwxyz0123456"),
	MORE(""),
	MORE("G"),
	MORE("GET"),
	MORE("GET "),
	MORE("GET /"),
	MORE("GET / "),
	MORE("GET / HTTP/1.1"),
	MORE("GET / HTTP/1.1\r"),
	MORE(GET),
	MORE(GETH),
	MORE(GETH "\r"),
	BAD(400, " "),
	BAD(400, "\n"),
	BAD(400, "\0"),
	BAD(400, "\x16\x03\x01\x02"),
	BAD(400, "\x80"),
	BAD(400, "(GET"),
	BAD(400, "G\tT / HTTP/1.1\r\n" H END),
	BAD(400, "GET\r"),
	BAD(400, "GET\n"),
	BAD(400, "GET  / HTTP/1.1\r\n" H END),
	BAD(400, "GET\t/ HTTP/1.1\r\n" H END),
	BAD(400, "GET /  HTTP/1.1\r\n" H END),
	BAD(400, "GET /\tHTTP/1.1\r\n" H END),
	BAD(400, "GET / HTTP/1.1 \r\n" H END),
	BAD(400, "GET / HTTP/1.1\n" H END),
	BAD(400, "GET / HTTP/1.1\r" H END),
	BAD(400, "GET / HTTP/1.1\r\r\n" H END),
	BAD(400, "GET /a b HTTP/1.1\r\n" H END),
	BAD(400, "GET /\x01 HTTP/1.1\r\n" H END),
	BAD(400, "GET /\0 HTTP/1.1\r\n" H END),
	BAD(400, "GET /\x7f HTTP/1.1\r\n" H END),
	BAD(400, "GET /\xc3\xa9 HTTP/1.1\r\n" H END),
	BAD(400, "GET /\r\n" END),
	BAD(400, "GET /\n"),
	BAD(400, "GET / http/1.1\r\n" H END),
	BAD(400, "GET / HTTP/1,1\r\n" H END),
	BAD(400, "GET / HTTP/1.\r\n" H END),
	BAD(400, "GET / HTTP/11.1\r\n" H END),
	BAD(400, "GET / HTTP/1.10\r\n" H END),
	BAD(400, "GET / HTTP/0.9\r\n" END),
	BAD(400, "GET / HTTPS/1.1\r\n" H END),
	BAD(400, "GET / FTP/1.1\r\n" H END),
	BAD(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	BAD(505, "GET / HTTP/2"),
	BAD(505, "GET / HTTP/3.0\r\n" H END),

	/* Empty lines before it: RFC 9112 2.2. */
	OK("\r\n" GETH END),
	OK("\r\n\r\n\r\n\r\n" GETH END),
	MORE("\r\n"),
	BAD(400, "\r\n\r\n\r\n\r\n\r\n"),
	BAD(400, "\n" GETH END),
	BAD(400, "\rGET / HTTP/1.1\r\n" H END),
	BAD(400, "\r\n " GETH END),

	/* Header lines: RFC 9112 5. */
	OK(GETH "X:\r\n" END),
	OK(GETH "X: \t \r\n" END),
	OK(GETH "X:v\r\n" END),
	OK(GETH "X: a\tb \xc3\xa9\xff\r\n" END),
	OK(GETH "!#$%&'*+-.^_`|~: v\r\n" END),
	OK(GETH "X: a:b::c\r\n" END),
	MORE(GETH "X"),
	MORE(GETH "X:"),
	MORE(GETH "X: v\r"),
	MORE(GETH "X: v\r\n"),
	BAD(400, GETH ": v\r\n" END),
	BAD(400, GETH "X : v\r\n" END),
	BAD(400, GETH "X\t: v\r\n" END),
	BAD(400, GETH "X\r\n" END),
	BAD(400, GETH "X Y: v\r\n" END),
	BAD(400, GETH "X\0: v\r\n" END),
	BAD(400, GETH "X(: v\r\n" END),
	BAD(400, GETH "\xc3\xa9: v\r\n" END),
	BAD(400, GETH " X: v\r\n" END),
	BAD(400, GET " " H END),
	BAD(400, GETH "X: v\r\n folded\r\n" END),
	BAD(400, GETH "X: v\r\n\tfolded\r\n" END),
	BAD(400, GETH "X: v\r\n \r\n" END),
	BAD(400, GETH "X: v\n" END),
	BAD(400, GETH "X: v\rY: w\r\n" END),
	BAD(400, GETH "X: v\r\r\n" END),
	BAD(400, GETH "X: \0\r\n" END),
	BAD(400, GETH "X: a\0b\r\n" END),
	BAD(400, GETH "X: \x01\r\n" END),
	BAD(400, GETH "X: \x0b\r\n" END),
	BAD(400, GETH "X: \x1b[2J\r\n" END),
	BAD(400, GETH "X: \x7f\r\n" END),
	BAD(400, GETH "\n"),
	BAD(400, GETH "\rX"),

	/* Fields that are no lists: RFC 9110 5.3. */
	OK(GETH "Content-Type: a\r\nAuthorization: b\r\nContent-Range: c\r\n"
		"Proxy-Authorization: d\r\n" END),
	BAD(400, GETH "Content-Type: a\r\nContent-Type: a\r\n" END),
	BAD(400, GETH "Content-Type: a\r\nX: b\r\ncontent-TYPE: c\r\n" END),
	BAD(400, GETH "Content-Type:\r\nContent-Type:\r\n" END),
	BAD(400, GETH "Authorization: a\r\nauthorization: b\r\n" END),
	BAD(400, GETH "Proxy-Authorization: a\r\nProxy-Authorization: b\r\n" END),
	BAD(400, GETH "Content-Range: bytes 0-1/2\r\nContent-Range: bytes 1-1/2\r\n" END),
	BAD(400, "GET / HTTP/1.0\r\nContent-Type: a\r\nContent-Type: b\r\n" END),
	OK(GETH "Content-Type: a\r\nContent_Type: b\r\nContent-Tape: c\r\n" END),
	/* Lists, and what merely describes. */
	OK(GETH "Cookie: a\r\nCookie: b\r\nAccept: c\r\nAccept: d\r\n" END),
	OK(GETH "Range: bytes=0-1\r\nRange: bytes=2-3\r\nUser-Agent: e\r\nUser-Agent: f\r\n" END),
	OK(GETH "If-Range: a\r\nIf-Range: b\r\nReferer: c\r\nReferer: d\r\n" END),

	/* Host: RFC 9112 3.2, RFC 9110 7.2. */
	OK(GET "Host: example.org\r\n" END),
	OK(GET "HOST:example.org:8080\r\n" END),
	OK(GET "host: a_b-c~d.\r\n" END),
	OK(GET "Host: 192.0.2.1:65535\r\n" END),
	OK(GET "Host: [::1]\r\n" END),
	OK(GET "Host: [2001:db8::192.0.2.1]:80\r\n" END),
	OK(GET "Host: a:\r\n" END),
	OK(GET "Host: a:000080\r\n" END),
	OK(GET "Host: 0.0.0.0=5000\r\n" END),
	OK("GET / HTTP/1.0\r\n" H END),
	BAD(400, GET END),
	BAD(400, GETH H END),
	BAD(400, GETH "host: b\r\n" END),
	BAD(400, "GET / HTTP/1.0\r\n" H H END),
	BAD(400, GET "Host:\r\n" END),
	BAD(400, GET "Host: a,b\r\n" END),
	BAD(400, GET "Host: a b\r\n" END),
	BAD(400, GET "Host: a/b\r\n" END),
	BAD(400, GET "Host: a\\b\r\n" END),
	BAD(400, GET "Host: ..\r\n" END),
	BAD(400, GET "Host: a..b\r\n" END),
	BAD(400, GET "Host: ../etc\r\n" END),
	BAD(400, GET "Host: u@a\r\n" END),
	BAD(400, GET "Host: u:p@a\r\n" END),
	BAD(400, GET "Host: a%41\r\n" END),
	BAD(400, GET "Host: a?b\r\n" END),
	BAD(400, GET "Host: a#b\r\n" END),
	BAD(400, GET "Host: \xc3\xa9\r\n" END),
	BAD(400, GET "Host: :80\r\n" END),
	BAD(400, GET "Host: a:65536\r\n" END),
	BAD(400, GET "Host: a:8x\r\n" END),
	BAD(400, GET "Host: a:-1\r\n" END),
	BAD(400, GET "Host: a:80:80\r\n" END),
	BAD(400, GET "Host: ::1\r\n" END),
	BAD(400, GET "Host: []\r\n" END),
	BAD(400, GET "Host: [\r\n" END),
	BAD(400, GET "Host: ]\r\n" END),
	BAD(400, GET "Host: [::1\r\n" END),
	BAD(400, GET "Host: [::1]x\r\n" END),
	BAD(400, GET "Host: [1.2.3.4]\r\n" END),
	BAD(400, GET "Host: [::g]\r\n" END),
	BAD(400, GET "Host: [fe80::1%25eth0]\r\n" END),
	BAD(400, GET "Host: [v1.a]\r\n" END),
	BAD(400, GET "Host: [" S64 "]\r\n" END),

	/* Content-Length: RFC 9112 6.3. */
	OK(POST "Content-Length: 0\r\n" END),
	OK(POST "content-length:\t5 \r\n" END),
	OK(POST "Content-Length: 000000000000000005\r\n" END),
	OK(POST "Content-Length: 999999999999999999\r\n" END),
	OK(POST "Content-Length: 0000000000000000000000000000000005\r\n" END),
	BAD(400, POST "Content-Length: 1000000000000000000\r\n" END),
	BAD(400, POST "Content-Length: 18446744073709551617\r\n" END),
	BAD(400, POST "Content-Length:\r\n" END),
	BAD(400, POST "Content-Length: -1\r\n" END),
	BAD(400, POST "Content-Length: +1\r\n" END),
	BAD(400, POST "Content-Length: 1 1\r\n" END),
	BAD(400, POST "Content-Length: 1, 1\r\n" END),
	BAD(400, POST "Content-Length: 1,\r\n" END),
	BAD(400, POST "Content-Length: 0x10\r\n" END),
	BAD(400, POST "Content-Length: 1e1\r\n" END),
	BAD(400, POST "Content-Length: 1.0\r\n" END),
	BAD(400, POST "Content-Length: five\r\n" END),
	BAD(400, POST "Content-Length: 5\r\nContent-Length: 5\r\n" END),
	BAD(400, POST "Content-Length: 5\r\ncontent-length: 6\r\n" END),
	BAD(400, POST "Content-Length : 5\r\n" END),

	/* Transfer-Encoding: RFC 9112 6.1, 6.3. */
	OK(POST "Transfer-Encoding: chunked\r\n" END),
	OK(POST "transfer-encoding:\tCHUNKED\t\r\n" END),
	BAD(501, POST "Transfer-Encoding: gzip, chunked\r\n" END),
	BAD(501, POST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n" END),
	BAD(501, POST "Transfer-Encoding: identity, chunked\r\n" END),
	BAD(400, POST "Transfer-Encoding: gzip\r\n" END),
	BAD(400, POST "Transfer-Encoding: identity\r\n" END),
	BAD(400, POST "Transfer-Encoding: xchunked\r\n" END),
	BAD(400, POST "Transfer-Encoding: chunke\r\n" END),
	BAD(400, POST "Transfer-Encoding: \"chunked\"\r\n" END),
	BAD(400, POST "Transfer-Encoding: chunked;q=1\r\n" END),
	BAD(400, POST "Transfer-Encoding: chunked, gzip\r\n" END),
	BAD(400, POST "Transfer-Encoding: chunked, chunked\r\n" END),
	BAD(400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END),
	BAD(400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n" END),
	BAD(400, POST "Transfer-Encoding: chunked,\r\n" END),
	BAD(400, POST "Transfer-Encoding: ,chunked\r\n" END),
	BAD(400, POST "Transfer-Encoding: chunked chunked\r\n" END),
	BAD(400, POST "Transfer-Encoding:\r\n" END),
	BAD(400, POST "Transfer-Encoding: \x0b"
		      "chunked\r\n" END),
	BAD(400, POST "Transfer-Encoding : chunked\r\n" END),
	BAD(400, POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" END),
	BAD(400, POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END),
	BAD(400, POST "Content-Length: 0\r\nTransfer-Encoding: gzip\r\n" END),
	BAD(400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" END),

	/* Limits. */
	BAD(414, "GET /" S64 S64),
	BAD(414, "GET /" S64 S64 " HTTP/1.1\r\n" H END),
	OK("GET /" S64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\n" H END),
	BAD(414,
		"GET /" S64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\n" H END),
	/* Further lines have no limit but the head's. */
	OK(GETH "X: " S64 S64 "\r\n" END),
	OK(GETH S64 S64 ": x\r\n" END),
	BAD(431, GETH "X: " S64 S64 S64 S64 S64 S64 S64 S64),
	BAD(431, GETH S64 S64 S64 S64 S64 S64 S64 S64),
	BAD(501, S64 S64 S64),
	OK(GETH "A:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:\r\n" END),
	BAD(431, GETH "A:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:\r\nI"),
	OK(GETH "A: " S64 "\r\nB: " S64 "\r\nC: " S64 "\r\nD: " S64 "\r\nE: " S64 "\r\nF: " S64
		"\r\nG: " S64 "aa\r\n" END),
	BAD(431, GETH "A: " S64 "\r\nB: " S64 "\r\nC: " S64 "\r\nD: " S64 "\r\nE: " S64
		      "\r\nF: " S64 "\r\nG: " S64 "aaa\r\n" END),

	/* What follows the head is not looked at. */
	ROW(sizeof(GETH END) - 1, GETH END "\0\xff\n"),
	ROW(sizeof(GETH END) - 1, GETH END GETH END),
};

/* The verdict on n bytes that arrive by this plan. */
static ssize_t arrive(struct feed_wall wall, const char *bytes, size_t n, struct feed_plan plan,
	struct http_head *head)
{
	const struct http_limits lim = SMALL;
	size_t came = 0, scan = 0;
	ssize_t used;

	memset(head, 0xa5, sizeof *head);
	do {
		came = feed_next(plan, came, n);
		used = http_parse_head(feed_put(wall, bytes, came), came, &scan, &lim, head);
		ck_assert_uint_le(scan, came);
	} while (used == 0 && came < n);
	return used;
}

START_TEST(verdict)
{
	const struct row *row = &rows[_i];
	const ssize_t wanted = row->verdict == WHOLE ? (ssize_t)row->n : row->verdict;
	struct feed_wall wall = feed_wall(row->n);
	static struct http_head head;

	for (size_t i = 0; i < feed_plans(row->n); i++) {
		ssize_t got = arrive(wall, row->bytes, row->n, feed_plan(i, row->n), &head);

		ck_assert_msg(got == wanted, "row %d, plan %zu: %zd, not %zd:\n%s", _i, i, got,
			wanted, row->bytes);
	}
	feed_wall_free(wall);
}
END_TEST

/* Parses a head that must be good. */
static struct http_head *good(const char *bytes)
{
	static struct http_head head;
	const struct http_limits lim = {65536, 8192, 128};
	size_t scan = 0;
	ssize_t used = http_parse_head(bytes, strlen(bytes), &scan, &lim, &head);

	ck_assert_msg(used == (ssize_t)strlen(bytes), "%zd: %s", used, bytes);
	return &head;
}

START_TEST(fields_are_found_in_the_buffer)
{
	static const char bytes[] = "\r\nPUT /a?b HTTP/1.1\r\nHost: \texample.org:80 \r\n"
				    "X-Empty:\r\nX-Two: a \t b\t\r\nx-two: c\r\n\r\n";
	struct http_head *h = good(bytes);

	ck_span_is(http_span(bytes, h->method), "PUT");
	ck_span_is(http_span(bytes, h->target), "/a?b");
	ck_span_is(http_span(bytes, h->host), "example.org:80");
	ck_assert_uint_eq(h->nheaders, 4);
	ck_span_is(http_span(bytes, h->headers[1].name), "X-Empty");
	ck_span_is(http_value(h, bytes, "x-empty"), "");
	ck_assert_ptr_nonnull(http_value(h, bytes, "x-empty").p);
	ck_span_is(http_value(h, bytes, "X-TWO"), "a \t b");
	ck_assert_ptr_null(http_value(h, bytes, "X-Tw").p);
	ck_assert_ptr_eq(http_find(h->headers, h->nheaders, bytes, "host"), &h->headers[0]);
	ck_assert_ptr_null(http_find(h->headers, 0, bytes, "host"));
}
END_TEST

START_TEST(fields_survive_one_byte_at_a_time_in_a_moving_buffer)
{
	static const char bytes[] = "PUT /a?b HTTP/1.1\r\nHost: a\r\nX: \ta b \r\n\r\n";
	const size_t n = sizeof bytes - 1;
	struct feed_wall wall = feed_wall(n);
	struct http_head h;

	ck_assert_int_eq(arrive(wall, bytes, n, feed_plan(1, n), &h), n);
	ck_span_is(http_span(bytes, h.method), "PUT");
	ck_span_is(http_span(bytes, h.target), "/a?b");
	ck_span_is(http_value(&h, bytes, "x"), "a b");
	feed_wall_free(wall);
}
END_TEST

/* Looking at each byte once is what makes slow arrival cheap: the scan never stays behind. */
START_TEST(scan_keeps_up_with_what_came)
{
	static const char bytes[] = "GET / HTTP/1.1\r\nHost: a\r\nCookie: 0123456789";
	const struct http_limits lim = SMALL;
	struct http_head h;
	size_t scan = 0;

	for (size_t n = 1; n < sizeof bytes; n++) {
		ck_assert_int_eq(http_parse_head(bytes, n, &scan, &lim, &h), 0);
		ck_assert_uint_eq(scan, n);
	}
}
END_TEST

static const struct {
	const char *bytes;
	bool keep_alive;
} persistence[] = {
	{GETH END, true},
	{GETH "Connection: close\r\n" END, false},
	{GETH "Connection: Keep-Alive\r\n" END, true},
	{GETH "Connection: keep-alive, close\r\n" END, false},
	{GETH "Connection: upgrade , CLOSE\t,x\r\n" END, false},
	{GETH "Connection: closed\r\n" END, true},
	{GETH "Connection: x-close\r\n" END, true},
	{GETH "Connection: keep-alive\r\nConnection: close\r\n" END, false},
	{GETH "Connection:,,\r\n" END, true},
	{GETH "Connection:\r\n" END, true},
	{"GET / HTTP/1.0\r\n" END, false},
	{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n" END, true},
	{"GET / HTTP/1.0\r\nConnection: x, KEEP-ALIVE\r\n" END, true},
	{"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n" END, false},
};

START_TEST(keep_alive_follows_version_and_connection)
{
	ck_assert_int_eq(good(persistence[_i].bytes)->keep_alive, persistence[_i].keep_alive);
}
END_TEST

static const struct {
	const char *bytes;
	enum http_body_kind body;
	bool has_length;
	uint64_t length;
} framing[] = {
	{GETH END, HTTP_BODY_NONE, false, 0},
	{POST END, HTTP_BODY_NONE, false, 0},
	{POST "Content-Length: 0\r\n" END, HTTP_BODY_NONE, true, 0},
	{POST "Content-Length: 42\r\n" END, HTTP_BODY_LENGTH, true, 42},
	{GETH "Content-Length: 42\r\n" END, HTTP_BODY_LENGTH, true, 42},
	{POST "Content-Length: 999999999999999999\r\n" END, HTTP_BODY_LENGTH, true,
		999999999999999999},
	{POST "Transfer-Encoding: Chunked\r\n" END, HTTP_BODY_CHUNKED, false, 0},
	{"POST / HTTP/1.0\r\nContent-Length: 7\r\n" END, HTTP_BODY_LENGTH, true, 7},
};

START_TEST(framing_is_decided_by_the_head)
{
	struct http_head *h = good(framing[_i].bytes);

	ck_assert_int_eq(h->body, framing[_i].body);
	ck_assert_int_eq(h->has_content_length, framing[_i].has_length);
	ck_assert_uint_eq(h->content_length, framing[_i].length);
}
END_TEST

static const struct {
	const char *bytes;
	bool proceed, other;
} expectations[] = {
	{POST END, false, false},
	{POST "Expect: 100-continue\r\n" END, true, false},
	{POST "Expect: 100-Continue\r\n" END, true, false},
	{POST "Expect: 100-continue, tea\r\n" END, true, true},
	{POST "Expect: tea\r\n" END, false, true},
	{POST "Expect: 100-continued\r\n" END, false, true},
	{POST "Expect:\r\n" END, false, false},
	{"POST / HTTP/1.0\r\nExpect: 100-continue\r\n" END, false, false},
};

START_TEST(expectations_are_told_apart)
{
	struct http_head *h = good(expectations[_i].bytes);

	ck_assert_int_eq(h->expect_continue, expectations[_i].proceed);
	ck_assert_int_eq(h->expect_other, expectations[_i].other);
}
END_TEST

START_TEST(minor_version_is_zero_or_one)
{
	ck_assert_uint_eq(good("GET / HTTP/1.0\r\n" END)->minor, 0);
	ck_assert_uint_eq(good(GETH END)->minor, 1);
	ck_assert_uint_eq(good("GET / HTTP/1.7\r\n" H END)->minor, 1);
	ck_assert(!good("GET / HTTP/1.0\r\n" END)->has_host);
	ck_assert(good(GETH END)->has_host);
}
END_TEST

START_TEST(there_is_never_room_for_more_headers_than_the_array)
{
	const struct http_limits lim = {65536, 8192, UINT32_MAX};
	static struct http_head h;
	char bytes[2048] = GETH;
	size_t scan = 0;

	for (int i = 1; i < HTTP_HEADERS_MAX; i++)
		strcat(bytes, "X: y\r\n");
	ck_assert_int_eq(http_parse_head(bytes, strlen(bytes), &scan, &lim, &h), 0);
	ck_assert_uint_eq(h.nheaders, HTTP_HEADERS_MAX);
	strcat(bytes, "X");
	ck_assert_int_eq(http_parse_head(bytes, strlen(bytes), &scan, &lim, &h), -431);
}
END_TEST

START_TEST(elements_of_a_list)
{
	struct span list = SPAN_LIT(" a ,\tb c\t,,"), element;

	ck_assert(http_next_element(&list, &element));
	ck_span_is(element, "a");
	ck_assert(http_next_element(&list, &element));
	ck_span_is(element, "b c");
	ck_assert(http_next_element(&list, &element));
	ck_span_is(element, "");
	ck_assert(http_next_element(&list, &element));
	ck_span_is(element, "");
	ck_assert(!http_next_element(&list, &element));
}
END_TEST

/* Parsed heads cannot have such a byte in a host; others who ask may. */
START_TEST(a_host_has_no_nul)
{
	ck_assert(http_host_valid(SPAN_LIT("[::1]")));
	ck_assert(!http_host_valid(SPAN_LIT("[::1\0x]")));
	ck_assert(!http_host_valid(SPAN_LIT("a\0")));
	ck_assert(!http_host_valid(SPAN_LIT("a:8\0")));
	ck_assert(!http_host_valid(SPAN_NONE));
}
END_TEST

/* Each byte in each place, against the grammar written once more as plain ranges. */
START_TEST(every_byte_in_every_place)
{
	static const char separators[] = "\"(),/:;<=>?@[\\]{}";
	const char c = (char)_i;
	const bool visible = _i > 0x20 && _i < 0x7f;
	const bool token = visible && !memchr(separators, _i, sizeof separators - 1);
	const struct {
		const char *before, *after;
		bool good;
	} places[] = {
		{"M", "T / HTTP/1.1\r\n" H END, token},
		{"GET /", " HTTP/1.1\r\n" H END, visible},
		/* "X:Y: v" is good too: X, and its value. */
		{GETH "X", "Y: v\r\n" END, token || c == ':'},
		{GETH "X: v", "w\r\n" END, visible || c == ' ' || c == '\t' || _i >= 0x80},
	};

	for (size_t i = 0; i < nitems(places); i++) {
		const struct http_limits lim = SMALL;
		struct http_head h;
		char bytes[128];
		size_t scan = 0, before = strlen(places[i].before), after = strlen(places[i].after);
		ssize_t n = (ssize_t)(before + 1 + after);

		memcpy(bytes, places[i].before, before);
		bytes[before] = c;
		memcpy(bytes + before + 1, places[i].after, after);
		ck_assert_int_eq(http_parse_head(bytes, (size_t)n, &scan, &lim, &h),
			places[i].good ? n : -400);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_parse");
	TCase *tc = tcase_create("head");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, verdict, 0, nitems(rows));
	tcase_add_test(tc, fields_are_found_in_the_buffer);
	tcase_add_test(tc, fields_survive_one_byte_at_a_time_in_a_moving_buffer);
	tcase_add_test(tc, scan_keeps_up_with_what_came);
	tcase_add_loop_test(tc, keep_alive_follows_version_and_connection, 0, nitems(persistence));
	tcase_add_loop_test(tc, framing_is_decided_by_the_head, 0, nitems(framing));
	tcase_add_loop_test(tc, expectations_are_told_apart, 0, nitems(expectations));
	tcase_add_test(tc, minor_version_is_zero_or_one);
	tcase_add_test(tc, there_is_never_room_for_more_headers_than_the_array);
	tcase_add_test(tc, elements_of_a_list);
	tcase_add_test(tc, a_host_has_no_nul);
	tcase_add_loop_test(tc, every_byte_in_every_place, 0, 256);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
