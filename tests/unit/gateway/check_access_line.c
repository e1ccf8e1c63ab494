/* SPDX-License-Identifier: MIT
 *
 * check_access_line: every placeholder over requests that were served, refused, and never were.
 */
#include "gateway/access_line.h"

#include <time.h>

#include "gateway/vouched.h"
#include "tests/unit/gateway/stage.h"

static struct request *r;
static int client;

static const char get[] = "GET /a%20b/./c?d=e&f HTTP/1.1\r\nHost: example.org:80\r\n"
			  "User-Agent: u \"x\"\r\nContent-Length: 7\r\nX-Empty:\r\n\r\n";

static const struct conn_face no_face;

static void up(void)
{
	setenv("TZ", "Europe/Berlin", 1);
	stage_up();
	lane_here->loop.now = (struct mono){10 * 1000000};
}

static void down(void)
{
	struct conn *c = r ? r->conn : NULL;

	if (r)
		request_free(r);
	if (c) {
		conn_close(c);
		stage_turn();
		close(client);
	}
	stage_down();
}

/* A request under this format. */
static void ask(const char *format, const char *text)
{
	stage_plan((struct msg_plan_gateway){
		.access_format = span_of(format), .id_header = SPAN_LIT("X-Id")});
	stage_pool((struct msg_plan_pool){0});
	ck_assert_ptr_null(plan_add_env(lane_here->plan,
		&(struct msg_plan_env){
			.pool = 1, .name = SPAN_LIT("COLOUR"), .value = SPAN_LIT("red\n")}));
	r = stage_request(&fake_front, stage_conn(&no_face, &client), text);
	r->pool = plan_pool(r->plan, 1);
	r->id = 0x0123456789abcdef;
}

/* ... that was served by a script, from here to there. */
static void served(void)
{
	ck_assert(buf_puts(&r->script_file, "/srv/c"));
	buf_puts(&r->answer.lines, "Content-Type: text/plain\r\nX: 1\r\nX: 2\r\n");
	r->client.port = 4711;
	r->born = (struct mono){7654321};
	r->entered = (struct mono){8000000};
	r->engaged = (struct mono){8000999};
	r->answer.began = (struct mono){9000000};
	r->usage = (struct usage){77, true, 500000, 3000};
	r->answer.status = 200;
	r->answer.sent = 1234;
	r->answer.has_length = true;
	r->answer.length = 1234;
	r->reply.bytes = 1400;
	r->reply.end = REQUEST_KEPT;
}

static const char *line(const char *peer)
{
	static char text[64 * 1024];
	struct buf b = BUF_INIT;

	ck_assert(access_line_put(&b, r, peer, lane_here->loop.now));
	ck_assert_uint_lt(buf_len(&b), sizeof text);
	memcpy(text, buf_head(&b), buf_len(&b));
	text[buf_len(&b) - 1] = '\0'; /* the line's end */
	buf_free(&b);
	return text;
}

static const struct {
	const char *format, *served,
		*unknown; /* unknown: of a head that was refused; NULL: as served */
} items[] = {
	{"%%", "%", NULL},
	{"%B", "1234", "0"},
	{"%c", "4711", "-"},
	{"%C", "25.01", "-"}, /* half a second of 1.999001 */
	{"%{user}C", "-", NULL},
	{"%{system}C", "-", NULL},
	{"%d", "2.346", "0.000"},
	{"%{milli}d", "2345.679", "0.000"},
	{"%{micro}d", "2345679", "0"},
	{"%{COLOUR}e", "red\\x0a", "-"},
	{"%{QUERY_STRING}e", "d=e&f", "-"},
	{"%{HTTP_USER_AGENT}e", "u \\x22x\\x22", "-"},
	{"%{NONE}e", "-", NULL},
	{"%f", "/srv/c", "-"},
	{"%F", "1.346", "-"},
	{"%{micro}F", "1345679", "-"},
	{"%H", "HTTP/1.1", "-"},
	{"%{user-agent}i", "u \\x22x\\x22", "-"},
	{"%{X-Empty}i", "-", NULL},
	{"%{X-None}i", "-", NULL},
	{"%l", "7", "0"},
	{"%L", "0123456789abcdef", NULL},
	{"%m", "GET", "-"},
	{"%M", "3072000", "-"},
	{"%{kilo}M", "3000", "-"},
	{"%{mega}M", "2", "-"},
	{"%n", "pool", "-"},
	{"%{content-type}o", "text/plain", "-"},
	{"%{Content-Length}o", "1234", "-"},
	{"%{X}o", "1", "-"},
	{"%{x-id}o", "0123456789abcdef", NULL},
	{"%{Content}o", "-", NULL},
	{"%O", "1400", "0"},
	{"%p", "77", "-"},
	{"%q", "d=e&f", ""},
	{"%Q", "?", ""},
	{"%r", "/a b/c", "-"},
	{"%{target}r", "/a%20b/./c?d=e&f", "-"},
	{"%{line}r", "GET /a%20b/./c?d=e&f HTTP/1.1", "G ET"},
	{"%s", "200", "400"},
	{"%S", "1.999", "-"},
	{"%{milli}S", "1999.001", "-"},
	{"%u", "-", NULL},
	{"%v", "example.org", "-"},
	{"%W", "0.001", "-"},
	{"%{milli}W", "0.999", "-"},
	{"%{micro}W", "999", "-"},
	{"%X", "+", "-"},
	{"%{word}X", "kept", "closed"},
	{"%R - %u \"%m %r%Q%q\" %s", "192.0.2.7 - - \"GET /a b/c?d=e&f\" 200",
		"192.0.2.7 - - \"- -\" 400"},
};

START_TEST(of_a_request_that_was_served)
{
	ask(items[_i].format, get);
	served();
	ck_assert_str_eq(line("192.0.2.7"), items[_i].served);
}
END_TEST

START_TEST(of_what_never_became_a_request)
{
	const struct http_limits lim = {32 * 1024, 32 * 1024, 64};

	stage_plan((struct msg_plan_gateway){
		.access_format = span_of(items[_i].format), .id_header = SPAN_LIT("X-Id")});
	r = request_new(lane_here, &fake_front, NULL);
	buf_puts(&r->in, "G ET\r\n\r\n");
	ck_assert_int_lt(
		http_parse_head(buf_head(&r->in), buf_len(&r->in), &r->scan, &lim, &r->head), 0);
	r->head.method.len = r->head.target.len = 0;
	r->id = 0x0123456789abcdef;
	r->answer.status = 400;
	r->reply.end = REQUEST_CLOSED;
	ck_assert_str_eq(
		line("192.0.2.7"), items[_i].unknown ? items[_i].unknown : items[_i].served);
}
END_TEST

/* The line is about what the client has sent. */
/* By FastCGI parameters lie before what the line would have been, and a web server may leave out
 * whatever it likes. */
static const struct {
	struct span method, target;
	const char *line;
} partly[] = {
	{{"GET", 3}, {"/a", 2}, "GET /a "},
	{{"GET", 3}, {"", 0}, "GET  "},
	{{"", 0}, {"/a", 2}, " /a "},
	{{"", 0}, {"", 0}, "-"},
};

START_TEST(of_a_web_server_that_leaves_things_out)
{
	static const char given[] = "\013\006HTTP_COOKIEsecret";
	struct span method = partly[_i].method, target = partly[_i].target;
	uint32_t n = sizeof given - 1;

	ask("%{line}r", "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	buf_clear(&r->in);
	ck_assert(buf_puts(&r->in, given));
	r->head.method = (struct http_field){n, (uint32_t)method.n};
	r->head.target = (struct http_field){n + (uint32_t)method.n + 1, (uint32_t)target.n};
	ck_assert(buf_put_span(&r->in, method) && buf_puts(&r->in, " "));
	ck_assert(buf_put_span(&r->in, target) && buf_puts(&r->in, " \r\nA: b\r\n\r\n"));
	r->head_len = buf_len(&r->in);
	ck_assert_str_eq(line("1.2.3.4"), partly[_i].line);
}
END_TEST

START_TEST(of_a_request_that_was_moved)
{
	ask("%m %r%Q%q %{target}r %{line}r", "POST /a%20b?c HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(request_move(r, SPAN_LIT("/there?d")));
	ck_assert_str_eq(line("192.0.2.7"), "POST /a%20b?c /a%20b?c POST /a%20b?c HTTP/1.1");
}
END_TEST

/* What an authorizer has said, if he has let the request in; the pool is in any case its own. */
START_TEST(whom_an_authorizer_has_named)
{
	static char name[] = "login";
	const struct plan_pool authorizer = {.id = 2, .name = name};

	ask("%u %n", get);
	ck_assert_int_eq(vouched_put(&r->vouched, SPAN_LIT("REMOTE_USER"), SPAN_LIT("a \"b\"")),
		VOUCHED_PUT);
	ck_assert_str_eq(line(""), "a \\x22b\\x22 pool");
	buf_clear(&r->vouched);
	r->beyond = r->pool;
	r->pool = &authorizer;
	ck_assert_str_eq(line(""), "- pool");
}
END_TEST

START_TEST(the_pid_of_the_manager)
{
	char wanted[32];

	ask("%P", get);
	snprintf(wanted, sizeof wanted, "%d", getppid());
	ck_assert_str_eq(line(""), wanted);
}
END_TEST

START_TEST(clients_without_address)
{
	ask("%R %c", get);
	ck_assert_str_eq(line(""), "unix: -");
}
END_TEST

/* A moment whose day differs by the zone; the request came 2.345679 s before it. */
static void at_midnight(const char *format)
{
	ask(format, get);
	served();
	lane_here->wall_of = lane_here->loop.now;
	lane_here->wall_us = INT64_C(1763506809) * 1000000 + 12345;
}

static const struct {
	const char *format, *wanted;
} dates[] = {
	{"%t", "19/Nov/2025:00:00:06 +0100"}, {"%{clf}t", "19/Nov/2025:00:00:06 +0100"},
	{"%{iso}t", "2025-11-19T00:00:06.666+01:00"}, {"%{iso}T", "2025-11-19T00:00:09.012+01:00"},
	{"%{%Y-%m-%d}t %{%H:%M:%S}T", "2025-11-19 00:00:09"},
	{"%{a \"quoted\" one}t", "a \"quoted\" one"}, {"%{%p%P%%}t", "AMam%"},
	{"%{%n%Y%n%n%m%n}t", " 2025  11 "}, /* one record is one line */
};

START_TEST(times_of_day)
{
	at_midnight(dates[_i].format);
	ck_assert_str_eq(line(""), dates[_i].wanted);
}
END_TEST

START_TEST(a_date_that_is_too_long_is_none)
{
	char format[1024] = "%{";

	for (int i = 0; i < 100; i++)
		strcat(format, "%A");
	strcat(format, "}t");
	at_midnight(format);
	ck_assert_str_eq(line(""), "-");
}
END_TEST

START_TEST(the_line_is_logged_by_the_clock)
{
	ask("%T", get);
	ck_assert_str_eq(line(""), lane_clf_date(lane_here));
}
END_TEST

START_TEST(json)
{
	at_midnight("json");
	ck_assert_str_eq(line("192.0.2.7"),
		"{\"time\":\"2025-11-19T00:00:06.666+01:00\",\"request_id\":\"0123456789abcdef\","
		"\"client\":\"192.0.2.7\",\"client_port\":4711,\"method\":\"GET\","
		"\"target\":\"/a%20b/./c?d=e&f\",\"path\":\"/a b/c\",\"protocol\":\"HTTP/1.1\","
		"\"host\":\"example.org\",\"status\":200,\"bytes\":1234,\"bytes_sent\":1400,"
		"\"request_length\":7,\"referer\":null,\"user_agent\":\"u \\\"x\\\"\","
		"\"pool\":\"pool\",\"script\":\"/srv/c\",\"pid\":77,\"duration\":2.345679,"
		"\"queue_time\":0.000999,\"upstream_time\":1.999001,"
		"\"first_byte_time\":1.345679,\"cpu\":25.01,\"memory\":3072000,"
		"\"end\":\"kept\"}");
}
END_TEST

START_TEST(json_of_little)
{
	ask("json", "GET / HTTP/1.0\r\nReferer:\r\nUser-Agent: \xff\x80\r\n\r\n");
	r->pool = NULL;
	r->answer.status = 404;
	ck_assert_ptr_nonnull(strstr(line(""),
		"\"client\":\"unix:\",\"client_port\":null,\"method\":\"GET\",\"target\":\"/\","
		"\"path\":\"/\",\"protocol\":\"HTTP/1.0\",\"host\":null,\"status\":404,\"bytes\":0,"
		"\"bytes_sent\":0,\"request_length\":0,\"referer\":\"\","
		"\"user_agent\":\"\\\\xff\\\\x80\",\"pool\":null,\"script\":null,\"pid\":null,"
		"\"duration\":0.000000,\"queue_time\":null,\"upstream_time\":null,"
		"\"first_byte_time\":null,\"cpu\":null,\"memory\":null,\"end\":\"left\"}"));
}
END_TEST

/* Refused by a full line, or by its timeout: it has waited, and nobody served it. */
START_TEST(who_waited_in_vain)
{
	ask("%{milli}W %S", get);
	r->entered = (struct mono){9500000};
	ck_assert_str_eq(line(""), "500.000 -");
}
END_TEST

START_TEST(ends)
{
	static const char *const wanted[] = {"X left", "+ kept", "- closed", "X cut"};

	ask("%X %{word}X", get);
	r->reply.end = (enum request_end)_i;
	ck_assert_str_eq(line(""), wanted[_i]);
}
END_TEST

/* ---- lines that wait for a script ---- */

static struct access_late late;

static const char *line_in_two_steps(const struct usage *u)
{
	static char text[64 * 1024];
	struct buf b = BUF_INIT;

	ck_assert(access_line_begin(&late, r, "192.0.2.7", lane_here->loop.now));
	ck_assert(access_usage_fill(&b, &late, u, lane_here->loop.now));
	memcpy(text, buf_head(&b), buf_len(&b));
	text[buf_len(&b) - 1] = '\0';
	buf_free(&b);
	return text;
}

START_TEST(a_line_in_two_steps_is_the_same_line)
{
	static const char all[] = "%C|%M|%m %p %{kilo}M%{mega}M%{user}C %s%C";
	const struct usage u = {77, true, 500000, 3000};

	ask(_i ? "json" : all, get);
	served();
	late.pid = 77;
	ck_assert_str_eq(line_in_two_steps(&u), line("192.0.2.7"));
}
END_TEST

START_TEST(what_nobody_tells_stays_unknown)
{
	ask("%p %C %M.", get);
	served();
	r->usage = (struct usage){0};
	late.pid = 0;
	ck_assert_str_eq(line_in_two_steps(&(struct usage){0}), "- - -.");
	late.pid = 77;
	ck_assert_str_eq(line_in_two_steps(&(struct usage){0}), "77 - -.");
}
END_TEST

START_TEST(only_what_asks_has_to_wait)
{
	static const struct {
		const char *format;
		bool for_pid, for_usage; /* what it waits for */
	} formats[] = {{"%s", false, false}, {"%p", true, false}, {"%M", true, true},
		{"%C", true, true}, {"json", true, true}, {"combined", false, false}};

	ask(formats[_i].format, get);
	served();
	ck_assert(!access_line_lacks(r)); /* everything is known */
	r->usage = (struct usage){0};
	ck_assert(!access_line_lacks(r)); /* nobody will tell */
	r->late = &late;
	ck_assert_int_eq(access_line_lacks(r), formats[_i].for_pid);
	r->usage.pid = 77;
	ck_assert_int_eq(access_line_lacks(r), formats[_i].for_usage);
	r->usage.known = true;
	ck_assert(!access_line_lacks(r));
	r->late = NULL;
}
END_TEST

static const struct {
	const char *request;
	int status;
	bool left_out;
} checks[] = {
	{"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n", 200, true},
	{"HEAD /ping HTTP/1.1\r\nHost: a\r\n\r\n", 304, true},
	{"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n", 400, false},
	{"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n", 503, false},
	{"GET /ping?full HTTP/1.1\r\nHost: a\r\n\r\n", 200, false},
	{"GET /ping/ HTTP/1.1\r\nHost: a\r\n\r\n", 200, false},
	{"GET /pin HTTP/1.1\r\nHost: a\r\n\r\n", 200, false},
	{"POST /ping HTTP/1.1\r\nHost: a\r\n\r\n", 200, false},
	{"GET /ping HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n", 200, false},
	{"GET /all HTTP/1.1\r\nHost: a\r\n\r\n", 200, true},
};

START_TEST(checks_of_health_are_left_out)
{
	static char ping[] = "/ping", everywhere[] = "/all", *paths[] = {ping},
		    *all[] = {everywhere};
	struct plan_pool pool = {.suppress = {paths, 1}};

	ask("%s", checks[_i].request);
	buf_clear(&r->path);
	r->answer.status = checks[_i].status;
	ck_assert(!access_line_is_suppressed(r));
	r->plan->suppress = (struct access_paths){all, 1};
	r->pool = &pool;
	ck_assert_int_eq(access_line_is_suppressed(r), checks[_i].left_out);
	r->plan->suppress = (struct access_paths){NULL, 0};
	r->pool = NULL;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("access_line");
	TCase *tc = tcase_create("access_line");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_loop_test(tc, of_a_request_that_was_served, 0, nitems(items));
	tcase_add_loop_test(tc, of_what_never_became_a_request, 0, nitems(items));
	tcase_add_loop_test(tc, of_a_web_server_that_leaves_things_out, 0, (int)nitems(partly));
	tcase_add_test(tc, of_a_request_that_was_moved);
	tcase_add_test(tc, whom_an_authorizer_has_named);
	tcase_add_test(tc, the_pid_of_the_manager);
	tcase_add_test(tc, clients_without_address);
	tcase_add_loop_test(tc, times_of_day, 0, nitems(dates));
	tcase_add_test(tc, a_date_that_is_too_long_is_none);
	tcase_add_test(tc, the_line_is_logged_by_the_clock);
	tcase_add_test(tc, json);
	tcase_add_test(tc, json_of_little);
	tcase_add_test(tc, who_waited_in_vain);
	tcase_add_loop_test(tc, ends, 0, 4);
	tcase_add_loop_test(tc, a_line_in_two_steps_is_the_same_line, 0, 2);
	tcase_add_test(tc, what_nobody_tells_stays_unknown);
	tcase_add_loop_test(tc, checks_of_health_are_left_out, 0, (int)nitems(checks));
	tcase_add_loop_test(tc, only_what_asks_has_to_wait, 0, 6);
	return stage_run(suite);
}
