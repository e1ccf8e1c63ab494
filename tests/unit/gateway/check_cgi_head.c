/* SPDX-License-Identifier: MIT
 *
 * check_cgi_head: heads of responses as scripts write them, and what is refused.
 */
#include "gateway/cgi_head.h"

#include "tests/unit/feed.h"

#define SMALL ((struct cgi_limits){.max_head_size = 128, .max_headers = 4})
#define TYPE  "Content-Type: text/plain\n"
#define X32   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

#define NEED_MORE "(more)"

/* why NULL: a good head, of which `body` bytes are not. */
struct row {
	const char *bytes;
	size_t n;
	const char *why;
	size_t body;
};

#define OK(s)                               \
	{                                   \
		(s), sizeof(s) - 1, NULL, 0 \
	}
#define BODY(s, n)                            \
	{                                     \
		(s), sizeof(s) - 1, NULL, (n) \
	}
#define MORE(s)                                  \
	{                                        \
		(s), sizeof(s) - 1, NEED_MORE, 0 \
	}
#define BAD(why, s)                          \
	{                                    \
		(s), sizeof(s) - 1, (why), 0 \
	}

#define NOTHING  "no Content-Type, Location or Status"
#define NO_COLON " has no colon"
#define NO_TOKEN " has a name that is no token"
#define CONTROL  " has a control byte in its value"
#define TWICE    " repeats what may be said once"
#define BLANK    " begins with white space"
#define DIGITS   " has no status of three digits"
#define CODING   " is a Transfer-Encoding, which is not a script's to choose"
#define LENGTH   " has a Content-Length that is no length"

static const struct row rows[] = {
	/* Line ends, in any mixture. */
	OK("Content-Type: text/plain\n\n"),
	OK("Content-Type: text/plain\r\n\r\n"),
	OK("Content-Type: text/plain\r\n\n"),
	OK("Content-Type: text/plain\n\r\n"),
	OK("Content-Type: text/plain\nX: y\r\nZ:\n\n"),
	BODY(TYPE "\nhello", 5),
	BODY(TYPE "\r\n\r\n", 2),
	BODY(TYPE "\n\n", 1),
	BODY(TYPE "\n\0\xff", 2),
	MORE(""),
	MORE("C"),
	MORE("Content-Type: text/plain"),
	MORE("Content-Type: text/plain\r"),
	MORE(TYPE),
	MORE(TYPE "\r"),
	MORE(TYPE "X: y\r\n"),
	MORE("no header at all"),

	/* At least one of three: RFC 3875 6.3. */
	OK("Status: 204\n\n"),
	OK("Location: /x\n\n"),
	OK("HTTP/1.1 200 OK\n\n"),
	OK("X-Sendfile: /x\n\n"),
	BAD(NOTHING, "Content-Type:\n\n"),
	BAD(NOTHING, "Status: \nLocation:\nX-Sendfile:\nContent-Length:\n\n"),
	OK(TYPE "Content-Type:\nStatus:\nLocation:\nContent-Length:\n\n"),
	BAD(NOTHING, "\n"),
	BAD(NOTHING, "\r\n"),
	BAD(NOTHING, "\nContent-Type: text/plain\n\n"),
	BAD(NOTHING, "X: y\n\n"),
	BAD(NOTHING, "Content-Length: 5\n\nhello"),
	BAD(NOTHING, "Connection: close\n\n"),

	/* What is no header line. */
	BAD("header line 1" NO_COLON, "<html>\n\n"),
	BAD("header line 2" NO_COLON, TYPE "hello\n\n"),
	BAD("header line 2" NO_COLON, TYPE "X\0Y\n\n"),
	BAD("header line 1" NO_TOKEN, ": y\n\n"),
	BAD("header line 2" NO_TOKEN, TYPE ": y\n\n"),
	BAD("header line 2" NO_TOKEN, TYPE "X : y\n\n"),
	BAD("header line 2" NO_TOKEN, TYPE "X Y: z\n\n"),
	BAD("header line 2" NO_TOKEN, TYPE "X\0: y\n\n"),
	BAD("header line 2" NO_TOKEN, TYPE "<b>http://\n\n"),
	BAD("header line 2" NO_TOKEN, TYPE "\xc3\xa9: y\n\n"),
	BAD("header line 2" NO_TOKEN, TYPE "\rX: y\n\n"),
	BAD("header line 1" BLANK, " Content-Type: text/plain\n\n"),
	BAD("header line 2" BLANK, TYPE " folded\n\n"),
	BAD("header line 2" BLANK, TYPE "\tfolded: y\n\n"),
	BAD("header line 2" BLANK, TYPE " \n\n"),
	BAD("header line 2" CONTROL, TYPE "X: a\0b\n\n"),
	BAD("header line 2" CONTROL, TYPE "X: a\rSet-Cookie: b\n\n"),
	BAD("header line 2" CONTROL, TYPE "X: a\r\r\n\n"),
	BAD("header line 2" CONTROL, TYPE "X: \x1b[2J\n\n"),
	BAD("header line 2" CONTROL, TYPE "X: \x7f\n\n"),
	OK(TYPE "X: a\tb \xc3\xa9\n\n"),

	/* Once is enough. */
	BAD("header line 2" TWICE, TYPE TYPE "\n"),
	BAD("header line 2" TWICE, TYPE "content-type: text/html\n\n"),
	BAD("header line 2" TWICE, "Status: 200\nStatus: 200\n\n"),
	BAD("header line 2" TWICE, "HTTP/1.1 200 OK\nStatus: 200\n\n"),
	BAD("header line 2" TWICE, "Location: /a\nLocation: /b\n\n"),
	BAD("header line 3" TWICE, TYPE "Content-Length: 1\nContent-Length: 1\n\n"),
	BAD("header line 2" TWICE, "X-Sendfile: /a\nX-Sendfile: /a\n\n"),
	BAD("header line 2" TWICE, "X-Accel-Redirect: /a\nX-Sendfile: /a\n\n"),
	OK(TYPE "Set-Cookie: a\nSet-Cookie: b\n\n"),
	OK(TYPE "Connection: a\nConnection: b\n\n"),

	/* Status: RFC 3875 6.3.3. */
	OK("Status: 100\n\n"),
	OK("Status: 103 Early Hints\n\n"),
	OK("Status: 999 \n\n"),
	OK("Status:\t404\tNot Found\n\n"),
	BAD("header line 1" DIGITS, "Status: 99\n\n"),
	BAD("header line 1" DIGITS, "Status: 099\n\n"),
	BAD("header line 1" DIGITS, "Status: 000\n\n"),
	BAD("header line 1" DIGITS, "Status: -20\n\n"),
	BAD("header line 1" DIGITS, "Status: OK 200\n\n"),
	BAD("header line 1" DIGITS, "Status: 2 0\n\n"),
	BAD("header line 1 has more than three digits of status", "Status: 1000\n\n"),
	BAD("header line 1 has more than three digits of status", "Status: 200OK\n\n"),
	OK("HTTP/1.0 200\n\n"),
	OK("HTTP/1.1 404 Not Found\r\n\r\n"),
	BAD("header line 1 is no status line", "HTTP/1.1\n\n"),
	BAD("header line 1 is no status line", "HTTP/1.\n\n"),
	BAD("header line 1 is no status line", "HTTP/1.x 200\n\n"),
	BAD("header line 1 is no status line", "HTTP/1.10 200\n\n"),
	BAD("header line 1" DIGITS, "HTTP/1.1 \n\n"),
	BAD("header line 1" DIGITS, "HTTP/1.1  200\n\n"),
	BAD("header line 1" NO_COLON, "HTTP/2 200\n\n"),
	BAD("header line 1 has a control byte in its reason", "HTTP/1.1 200 \x01\n\n"),
	BAD("header line 2" NO_COLON, TYPE "HTTP/1.1 200 OK\n\n"),

	/* Content-Length. */
	OK(TYPE "Content-Length: 0\n\n"),
	OK(TYPE "Content-Length: 999999999999999999\n\n"),
	BAD("header line 2" LENGTH, TYPE "Content-Length: 1000000000000000000\n\n"),
	BAD("header line 2" LENGTH, TYPE "Content-Length: -1\n\n"),
	BAD("header line 2" LENGTH, TYPE "Content-Length: 1, 1\n\n"),
	BAD("header line 2" LENGTH, TYPE "Content-Length: 1 1\n\n"),
	BAD("header line 2" LENGTH, TYPE "Content-Length: 0x1\n\n"),

	/* The framing is not theirs. */
	BAD("header line 2" CODING, TYPE "Transfer-Encoding: chunked\n\n"),
	BAD("header line 1" CODING, "transfer-encoding:\n\n"),
	BAD("header line 2" CODING, "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n"),

	/* Limits: 4 headers to pass on, 128 bytes. */
	OK(TYPE "A:\nB:\nC:\n\n"),
	OK(TYPE "A:\nB:\nC:\nStatus: 200\nConnection: x\nContent-Length: 1\n\n"),
	BAD("header line 5 is one too many", TYPE "A:\nB:\nC:\nD:\n\n"),
	OK(TYPE "X: " X32 X32 X32 "xx\n\n"),
	BAD("the header is longer than 128 bytes", TYPE "X: " X32 X32 X32 "xxx\n\n"),
	BAD("the header is longer than 128 bytes", X32 X32 X32 X32),
	MORE(X32 X32 X32 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
};

/* Parses n bytes that arrive by this plan. */
static ssize_t arrive(struct feed_wall wall, const char *bytes, size_t n, struct feed_plan plan,
	struct cgi_head *head)
{
	const struct cgi_limits lim = SMALL;
	size_t came = 0, scan = 0;
	ssize_t used;

	do {
		came = feed_next(plan, came, n);
		memset(head, 0xa5, sizeof *head);
		used = cgi_head_parse(feed_put(wall, bytes, came), came, &scan, &lim, head);
		ck_assert_uint_le(scan, came);
	} while (used == 0 && came < n);
	return used;
}

START_TEST(verdict)
{
	const struct row *row = &rows[_i];
	struct feed_wall wall = feed_wall(row->n);
	static struct cgi_head head;

	for (size_t i = 0; i < feed_plans(row->n); i++) {
		ssize_t got = arrive(wall, row->bytes, row->n, feed_plan(i, row->n), &head);

		if (!row->why) {
			ck_assert_msg(got > 0, "row %d, plan %zu: %s", _i, i, head.why);
			ck_assert_uint_eq((size_t)got, row->n - row->body);
		} else if (strcmp(row->why, NEED_MORE) == 0) {
			ck_assert_int_eq(got, 0);
		} else {
			ck_assert_int_eq(got, -1);
			ck_assert_str_eq(head.why, row->why);
		}
	}
	feed_wall_free(wall);
}
END_TEST

static struct cgi_head *good(const char *bytes)
{
	static struct cgi_head head;
	const struct cgi_limits lim = CGI_LIMITS;
	size_t scan = 0;
	ssize_t used = cgi_head_parse(bytes, strlen(bytes), &scan, &lim, &head);

	ck_assert_msg(used == (ssize_t)strlen(bytes), "%zd: %s", used, head.why);
	return &head;
}

static const struct {
	const char *bytes;
	int status;
	enum cgi_redirect redirect;
	const char *reason, *location;
} kinds[] = {
	{TYPE "\n", 200, CGI_NO_REDIRECT, "", ""},
	{TYPE "Status: 404 Not Found\n\n", 404, CGI_NO_REDIRECT, "Not Found", ""},
	{"Status: 204\n\n", 204, CGI_NO_REDIRECT, "", ""},
	{"Status: 103\n\n", 103, CGI_NO_REDIRECT, "", ""},
	{"status:\t500 \t Oh  no \n\n", 500, CGI_NO_REDIRECT, "Oh  no", ""},
	{"HTTP/1.1 201 Made\r\nX: y\r\n\r\n", 201, CGI_NO_REDIRECT, "Made", ""},
	{"HTTP/1.0 200\n\n", 200, CGI_NO_REDIRECT, "", ""},
	{"Location: /a?b\n\n", 200, CGI_LOCAL_REDIRECT, "", "/a?b"},
	{"Location: /a?b#c\n\n", 302, CGI_CLIENT_REDIRECT, "", "/a?b#c"},
	{"Location: http://a/b\n\n", 302, CGI_CLIENT_REDIRECT, "", "http://a/b"},
	{"Location: a/b\n\n", 302, CGI_CLIENT_REDIRECT, "", "a/b"},
	{"Location: //a/b\n\n", 302, CGI_CLIENT_REDIRECT, "", "//a/b"},
	{"Location: mailto:a\n" TYPE "\n", 302, CGI_CLIENT_REDIRECT, "", "mailto:a"},
	{"Status: 301 Moved\nLocation: http://a/\n\n", 301, CGI_CLIENT_REDIRECT, "Moved",
		"http://a/"},
	{"Location: /a\nStatus: 303\n\n", 303, CGI_CLIENT_REDIRECT, "", "/a"},
	{"Status: 201\nLocation: /a\n\n", 201, CGI_CLIENT_REDIRECT, "", "/a"},
	{"HTTP/1.1 302 Found\nLocation: /a\n\n", 302, CGI_CLIENT_REDIRECT, "Found", "/a"},

	/* What may stand beside a local redirect, and what makes it another. */
	{"Location: /a\n" TYPE "\n", 200, CGI_LOCAL_REDIRECT, "", "/a"},
	{TYPE "Location: /a\nContent-Length: 0\nConnection: close\n\n", 200, CGI_LOCAL_REDIRECT, "",
		"/a"},
	{"Location: /a\nContent-Type:\n\n", 200, CGI_LOCAL_REDIRECT, "", "/a"},
	{"Location: /a\nSet-Cookie: b\n\n", 302, CGI_CLIENT_REDIRECT, "", "/a"},
	{"X: y\n" TYPE "Location: /a\n\n", 302, CGI_CLIENT_REDIRECT, "", "/a"},
	{"Location: /a\nX-Sendfile: /b\n\n", 302, CGI_CLIENT_REDIRECT, "", "/a"},
};

START_TEST(status_and_redirect)
{
	const char *bytes = kinds[_i].bytes;
	struct cgi_head *h = good(bytes);

	ck_assert_int_eq(h->status, kinds[_i].status);
	ck_assert_int_eq(h->redirect, kinds[_i].redirect);
	ck_span_is(http_span(bytes, h->reason), kinds[_i].reason);
	ck_span_is(http_span(bytes, h->location), kinds[_i].location);
}
END_TEST

START_TEST(headers_that_are_passed_on)
{
	static const char bytes[] =
		"Status: 200 Fine\r\nX-A: \t1 \r\nContent-Length: 42\r\n"
		"X-Sendfile: /a b \r\nkeep-alive: 5\r\n"
		"PROXY-CONNECTION: x\r\nUpgrade: x\r\nTE: x\r\nTrailer: x\r\n"
		"Connection: close\r\nContent-type: text/html\r\nx-a: 2\r\n\r\n";
	static const char *const wanted[][2] = {
		{"X-A", "1"}, {"Content-type", "text/html"}, {"x-a", "2"}};
	struct cgi_head *h = good(bytes);

	ck_assert_uint_eq(h->nheaders, nitems(wanted));
	for (size_t i = 0; i < nitems(wanted); i++) {
		ck_span_is(http_span(bytes, h->headers[i].name), wanted[i][0]);
		ck_span_is(http_span(bytes, h->headers[i].value), wanted[i][1]);
	}
	ck_assert(h->hop_by_hop && h->has_status && h->has_content_type);
	ck_assert(h->has_content_length);
	ck_assert_uint_eq(h->content_length, 42);
	ck_span_is(http_span(bytes, h->content_type), "text/html");
	ck_assert_int_eq(h->file, CGI_FILE_PATH);
	ck_span_is(http_span(bytes, h->file_name), "/a b");
}
END_TEST

START_TEST(what_was_not_said_is_not_there)
{
	struct cgi_head *h = good("Status: 200\nX: y\n\n");

	ck_assert(h->has_status);
	ck_assert(!h->hop_by_hop && !h->has_content_type && !h->has_content_length);
	ck_assert_uint_eq(h->content_length, 0);
	ck_assert_int_eq(h->file, CGI_NO_FILE);
	ck_assert(!good(TYPE "\n")->has_status);
	h = good("Content-Type: \nx-accel-redirect:\nStatus: 204\nLocation:\nContent-Length:\n\n");
	ck_assert(!h->has_content_type && !h->has_content_length && h->nheaders == 0);
	ck_assert_int_eq(h->status, 204);
	ck_assert_int_eq(h->file, CGI_NO_FILE);
	ck_assert_int_eq(h->redirect, CGI_NO_REDIRECT);
}
END_TEST

START_TEST(where_it_went_wrong)
{
	static const struct {
		const char *bytes;
		size_t where;
	} bad[] = {{"rubbish\n\n", 0}, {TYPE "rubbish\n\n", sizeof TYPE - 1}, {"X: y\n\n", 0}};
	const struct cgi_limits lim = CGI_LIMITS;
	static struct cgi_head h;

	for (size_t i = 0; i < nitems(bad); i++) {
		size_t scan = 0;

		ck_assert_int_eq(
			cgi_head_parse(bad[i].bytes, strlen(bad[i].bytes), &scan, &lim, &h), -1);
		ck_assert_uint_eq(h.where, bad[i].where);
	}
}
END_TEST

START_TEST(status_lines)
{
	static const struct {
		const char *line;
		int status;
	} lines[] = {{"HTTP/1.1 200 OK", 200}, {"HTTP/1.0 404", 404},
		{"HTTP/1.1 299 \xc3\xa9", 299}, {"HTTP/1.1 100 Continue", 100},
		{"HTTP/1.1 099 x", 0}, {"HTTP/1.1 2000", 0}, {"HTTP/2 200", 0}, {"HTTP/1.1", 0},
		{"HTTP/1.1 200 a\rb", 0}, {"", 0}, {"Content-Type: text/plain", 0},
		{"Status: 200", 0}};

	for (size_t i = 0; i < nitems(lines); i++)
		ck_assert_int_eq(cgi_status_line(span_of(lines[i].line)), lines[i].status);
}
END_TEST

START_TEST(there_is_never_room_for_more_headers_than_the_array)
{
	const struct cgi_limits lim = {65536, UINT32_MAX};
	static struct cgi_head h;
	static char bytes[2048] = TYPE;
	size_t scan = 0;

	for (int i = 0; i < HTTP_HEADERS_MAX; i++)
		strcat(bytes, "X: y\n");
	strcat(bytes, "\n");
	ck_assert_int_eq(cgi_head_parse(bytes, strlen(bytes), &scan, &lim, &h), -1);
	ck_assert_str_eq(h.why, "header line 129 is one too many");
	ck_assert_uint_eq(h.nheaders, HTTP_HEADERS_MAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cgi_head");
	TCase *tc = tcase_create("head");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, verdict, 0, nitems(rows));
	tcase_add_loop_test(tc, status_and_redirect, 0, nitems(kinds));
	tcase_add_test(tc, headers_that_are_passed_on);
	tcase_add_test(tc, what_was_not_said_is_not_there);
	tcase_add_test(tc, where_it_went_wrong);
	tcase_add_test(tc, status_lines);
	tcase_add_test(tc, there_is_never_room_for_more_headers_than_the_array);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
