/* SPDX-License-Identifier: MIT
 *
 * check_relay: a script's output becomes a response, or an errand, however it was cut into pieces.
 */
#include "gateway/relay.h"

#include "gateway/dispatch.h"
#include "tests/unit/gateway/stage.h"

static struct request *r;
static struct worker worker;
static struct plan_pool *pool;

/* ---- who runs errands here: "to /there", "file /a b" ---- */

static char ran[256];

static void run_redirect(struct request *x, struct span target)
{
	snprintf(ran, sizeof ran, "to %.*s", SPAN_FMT(target));
	stage_done(x);
}

static void run_file(struct request *x, const struct cgi_head *h, const char *base)
{
	snprintf(ran, sizeof ran, "%s %.*s %u", h->file == CGI_FILE_URL ? "url" : "path",
		SPAN_FMT(http_span(base, h->file_name)), h->nheaders);
	stage_done(x);
}

static const struct relay_host host = {.redirect = run_redirect, .file = run_file};

/* ---- up and down ---- */

static void ask(const char *method)
{
	char text[128];

	snprintf(text, sizeof text, "%s /asked HTTP/1.1\r\nHost: a\r\n\r\n", method);
	ran[0] = '\0';
	r = stage_request(&fake_front, NULL, text);
	r->pool = pool;
	r->worker = &worker;
}

static void up(void)
{
	stage_up();
	relay_init(&host);
	pool = stage_pool((struct msg_plan_pool){.kind = POOL_CGI});
	ask("GET");
	worker.terminate_at = (struct mono){77};
	worker.slow_at = MONO_NEVER;
}

static void down(void)
{
	if (r) {
		r->worker = NULL;
		stage_done(r);
	}
	told_forget();
	stage_down();
}

/* The backend lets go of the request before it ends it. */
static const char *end(void)
{
	struct request *was = r;
	const char *why;

	r->worker = NULL;
	why = relay_end(was);
	if (!why)
		r = NULL;
	return why;
}

#define TYPE "Content-Type: text/plain\n"

static const struct {
	const char *output;
	int status;
	const char *lines, *body;
	int64_t length;      /* -1: not declared */
	const char *interim; /* NULL: none came before */
} outputs[] = {
	{TYPE "\nhello", 200, "Content-Type: text/plain\r\n", "hello", -1, NULL},
	{"Content-Type: text/plain\r\n\r\nhello", 200, "Content-Type: text/plain\r\n", "hello", -1,
		NULL},
	{TYPE "\n", 200, "Content-Type: text/plain\r\n", "", -1, NULL},
	{"Status: 404 Nope\n" TYPE "X: y\n\n\n\n", 404, "Content-Type: text/plain\r\nX: y\r\n",
		"\n\n", -1, NULL},
	{TYPE "Content-Length: 5\n\nhello", 200, "Content-Type: text/plain\r\n", "hello", 5, NULL},

	/* The order and the number of lines are the script's; the date and the rest are ours. */
	{"Set-Cookie: a\nSet-Cookie: b\nX:  y \nStatus: 200\n\n", 200,
		"Set-Cookie: a\r\nSet-Cookie: b\r\nX: y\r\n", "", -1, NULL},
	{"date: never\nSERVER: me\nConnection: close\nX-Sendfile: /a\n" TYPE "\n.", 200,
		"Content-Type: text/plain\r\n", ".", -1, NULL},
	{"HTTP/1.1 201 Made\r\n" TYPE "X: y\r\n\r\n.", 201, "Content-Type: text/plain\r\nX: y\r\n",
		".", -1, NULL},

	/* Redirects: RFC 3875 6.2.3, 6.2.4. */
	{"Location: http://there/\n\n", 302, "Location: http://there/\r\n", "", 0, NULL},
	{"Location: http://there/\n\n<p>there", 302, "Location: http://there/\r\n", "", 0, NULL},
	{"Location: there\n" TYPE "Content-Length: 5\n\nthere", 302,
		"Location: there\r\nContent-Type: text/plain\r\n", "there", 5, NULL},
	{"Status: 307\nLocation: /there\n\n", 307, "Location: /there\r\n", "", 0, NULL},
	{"Location: /there\nX: y\n" TYPE "\nthere", 302,
		"Location: /there\r\nX: y\r\nContent-Type: text/plain\r\n", "there", -1, NULL},

	/* Without a Content-Type there is no body: RFC 3875 6.3.1. */
	{"Status: 404\n\n", 404, "", "", -1, NULL},
	{"Status: 404\nX: y\n\n\r\n\n", 404, "X: y\r\n", "", -1, NULL},
	{"Status: 201\nLocation: /there\n\n\n", 201, "Location: /there\r\n", "", -1, NULL},
	{"Status: 304\nContent-Length: 7\n\n", 304, "", "", 7, NULL},

	/* Interim responses have heads of their own (RFC 9110 15.2). */
	{"Status: 100\n\n" TYPE "\nhello", 200, "Content-Type: text/plain\r\n", "hello", -1,
		"100||"},
	{"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
	 "Status: 404\r\nContent-Type: text/plain\r\n\r\nhello",
		404, "Content-Type: text/plain\r\n", "hello", -1, "103|Link: <x>\r\n|102||"},
	{"Status: 103\nLink: <x>\nDate: never\nConnection: close\nContent-Length: 3\nX: y\n\n" TYPE
	 "\n",
		200, "Content-Type: text/plain\r\n", "", -1, "103|Link: <x>\r\nX: y\r\n|"},
};

static void check(size_t i)
{
	ck_assert_int_eq(r->answer.has_length, outputs[i].length >= 0);
	if (outputs[i].length >= 0)
		ck_assert_int_eq((int64_t)r->answer.length, outputs[i].length);
	ck_assert_int_eq(worker.deadline.due.us, 77); /* only the whole time counts now */
	ck_assert(!relay_waits_for_exit(r));
	ck_assert_ptr_null(end());
	ck_assert_uint_eq(told.begun, 1);
	ck_assert_uint_eq(told.ended, 1);
	ck_assert_int_eq(told.status, outputs[i].status);
	ck_span_is(buf_span(&told.lines), outputs[i].lines);
	ck_span_is(buf_span(&told.body), outputs[i].body);
	ck_span_is(buf_span(&told.interim), outputs[i].interim ? outputs[i].interim : "");
}

/* Every piece lies against a wall: nothing behind it may be read. */
static void feed(struct span output, struct feed_plan plan, size_t n)
{
	struct feed_wall wall = feed_wall(n);

	for (size_t came = 0; came < n;) {
		size_t next = feed_next(plan, came, n);
		const char *piece = feed_put(wall, output.p + came, next - came);

		ck_assert_ptr_null(relay_output(r, (struct span){piece, next - came}));
		came = next;
	}
	feed_wall_free(wall);
}

START_TEST(in_one_piece)
{
	struct span output = span_of(outputs[_i].output);

	feed(output, feed_plan(0, output.n), output.n);
	check((size_t)_i);
}
END_TEST

START_TEST(byte_by_byte)
{
	struct span output = span_of(outputs[_i].output);

	feed(output, feed_plan(1, output.n), output.n);
	check((size_t)_i);
}
END_TEST

static void again(void)
{
	told_forget();
	if (!r)
		ask("GET");
}

START_TEST(cut_anywhere)
{
	struct span output = span_of(outputs[_i].output);

	for (size_t plan = 2; plan < feed_plans(output.n); plan++) {
		again(); /* also: a request that is used again remembers nothing */
		feed(output, feed_plan(plan, output.n), output.n);
		check((size_t)_i);
	}
}
END_TEST

START_TEST(a_body_is_passed_on_at_once_and_as_it_is)
{
	ck_assert_ptr_null(relay_output(r, span_of(TYPE "\n")));
	ck_assert_uint_eq(told.begun, 1);
	ck_assert_ptr_null(relay_output(r, (struct span){"\0\r\n\xff", 4}));
	ck_assert_uint_eq(buf_len(&told.body), 4);
	ck_assert_int_eq(memcmp(told.body.data, "\0\r\n\xff", 4), 0);
	ck_assert_ptr_null(relay_output(r, SPAN_NONE));
	ck_assert_ptr_null(relay_output(r, span_of("Status: 500\n\n")));
	ck_assert_uint_eq(told.begun, 1);
	ck_assert_uint_eq(told.flushed, 0); /* when to flush is the backend's to know */
}
END_TEST

static const struct {
	const char *output, *reason;
} reasons[] = {
	{TYPE "\n", ""},
	{"Status: 404\n\n", ""},
	{"Status: 404 Not\tThere \xc3\xa9 \n\n", "Not\tThere \xc3\xa9"},
	{"HTTP/1.1 200 Fine\n" TYPE "\n", "Fine"},
	{"Status: 404 123456789.123456789.123456789.123456789.123456789.123456789.1234\n\n",
		"123456789.123456789.123456789.123456789.123456789.123456789.123"},
};

START_TEST(a_reason_is_passed_on)
{
	ck_assert_ptr_null(relay_output(r, span_of(reasons[_i].output)));
	ck_assert_str_eq(r->answer.reason, reasons[_i].reason);
}
END_TEST

/* Of two ids of one request nobody could tell which stands in the logs. */
START_TEST(the_id_is_not_a_script_s_to_tell)
{
	static const char head[] = TYPE "x-request-id: mine\nX-Request: y\n\n.";

	strcpy(lane_here->plan->id_header, "X-Request-Id");
	ck_assert_ptr_null(relay_output(r, span_of("Status: 103\nX-Request-Id: mine\n\n")));
	ck_span_is(buf_span(&told.interim), "103||");
	ck_assert_ptr_null(relay_output(r, span_of(head)));
	ck_span_is(buf_span(&told.lines), "Content-Type: text/plain\r\nX-Request: y\r\n");
}
END_TEST

START_TEST(interim_heads_are_not_collected)
{
	static const char interim[] = "Status: 103\nLink: <x>\n\n";

	for (size_t i = 0; i < 100; i++)
		for (const char *p = interim; *p; p++)
			ck_assert_ptr_null(relay_output(r, (struct span){p, 1}));
	ck_assert_uint_eq(buf_len(&r->raw_head), 0);
	ck_assert_uint_eq(told.begun, 0);
	ck_assert_uint_eq(told.interims, 100);
}
END_TEST

/* What it said is shown from there on where it went wrong, as far as it came. */
static const struct {
	const char *output, *why, *said;
} nonsense[] = {
	{"hello, world\n\n", "header line 1 has no colon", "hello, world\\x0a"},
	{"\n", "no Content-Type, Location or Status", "\\x0a"},
	{"\r\n", "no Content-Type, Location or Status", "\\x0d\\x0a"},
	{"Content-Type:\n\n", "no Content-Type, Location or Status", "Content-Type:\\x0a\\x0a"},
	{"X-Sendfile: /a\n\n", "no Content-Type, Location or Status", "X-Sendfile: /a\\x0a\\x0a"},
	{TYPE "X: a\rSet-Cookie: b\n\n", "header line 2 has a control byte in its value",
		"X: a\\x0dSet-Cookie: b\\x0a"},
	{TYPE "X: \x1b[31m\n\n", "header line 2 has a control byte in its value",
		"X: \\x1b[31m\\x0a"},
	{TYPE "Transfer-Encoding: chunked\n\n",
		"header line 2 is a Transfer-Encoding, which is not a script's to choose",
		"Transfer-Encoding: chunked\\x0a"},
	{"Status: 103\n\nrubbish\n\n", "header line 1 has no colon", "rubbish\\x0a"},
	{"Status: 404\n\n\n<p>", "it has a body, but no Content-Type", NULL},
	{"Status: 200\nX-Sendfile: /a\n\nx", "it has a body, but no Content-Type", "x"},
};

static void is_nonsense(const char *why, size_t i)
{
	size_t n = strlen(nonsense[i].why);

	ck_assert_ptr_nonnull(why);
	ck_assert_msg(strncmp(why, nonsense[i].why, n) == 0, "%s", why);
	ck_assert_msg(strncmp(why + n, "; it said \"", 11) == 0, "%s", why);
	if (nonsense[i].said)
		ck_assert_msg(
			strncmp(why + n + 11, nonsense[i].said, strlen(nonsense[i].said)) == 0,
			"%s", why);
	ck_assert_uint_eq(told.begun, 0);
}

START_TEST(nonsense_is_named)
{
	is_nonsense(relay_output(r, span_of(nonsense[_i].output)), (size_t)_i);
}
END_TEST

START_TEST(nonsense_is_named_byte_by_byte)
{
	const char *why = NULL;

	for (const char *p = nonsense[_i].output; *p && !why; p++)
		why = relay_output(r, (struct span){p, 1});
	is_nonsense(why, (size_t)_i);
}
END_TEST

START_TEST(what_is_shown_is_bounded)
{
	char rubbish[3000];
	const char *why;

	memset(rubbish, 1, sizeof rubbish - 3);
	strcpy(rubbish + sizeof rubbish - 3, "\n\n");
	why = relay_output(r, span_of(rubbish));
	ck_assert_ptr_nonnull(why);
	ck_assert_uint_lt(strlen(why), 1000);
	ck_assert_ptr_nonnull(strstr(why, "\\x01\\x01\"..."));
}
END_TEST

START_TEST(a_head_without_end_is_refused)
{
	static const char line[] =
		"X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n";
	const char *why = NULL;
	unsigned i;

	for (i = 0; i < 2000 && !why; i++)
		why = relay_output(r, SPAN_LIT(line));
	ck_assert_ptr_nonnull(why);
	ck_assert_uint_le(i, 65536 / (sizeof line - 1) + 1);
	ck_assert_uint_eq(told.begun, 0);
}
END_TEST

static const struct {
	const char *output, *why;
} early[] = {
	{"", "it ended without any output"},
	{"Content-Type: text/pl",
		"its output ended within the header; it said \"Content-Type: text/pl\""},
	{"X: y\n", "its output ended within the header; it said \"X: y\\x0a\""},
	{"Status: 100\n\nX: y\n", "its output ended within the header; it said \"X: y\\x0a\""},
	{"Status: 103\n\n", "it ended after interim responses"},
};

START_TEST(an_early_end_is_named)
{
	ck_assert_ptr_null(relay_output(r, span_of(early[_i].output)));
	ck_assert(relay_waits_for_exit(r));
	ck_assert_str_eq(end(), early[_i].why);
	ck_assert_uint_eq(told.begun, 0);
	ck_assert_uint_eq(told.ended, 0);
}
END_TEST

/* ---- errands ---- */

static const struct {
	const char *output, *run;
	bool has_root;
} orders[] = {
	{"Location: /there?a\n\n", "to /there?a", false},
	{"Location: /there\n" TYPE "Content-Length: 3\n\nand more", "to /there", false},
	{"Status: 103\n\nLocation: /there\n\nmore", "to /there", false},
	{"X-Sendfile: /a b\n\n", "path /a b 0", true},
	{"X-Accel-Redirect: /a%20b\nStatus: 404\n" TYPE "X: y\n\nmore", "url /a%20b 2", true},
};

/* Nothing is begun, and what follows is for nobody; the worker is done when they are run. */
static void check_order(size_t i)
{
	ck_assert(!relay_waits_for_exit(r));
	ck_assert_ptr_null(relay_output(r, SPAN_LIT("more\n\nof it")));
	ck_assert_int_eq(worker.deadline.due.us, 77);
	ck_assert_str_eq(ran, "");
	ck_assert_ptr_null(end());
	ck_assert_str_eq(ran, orders[i].run);
	ck_assert_uint_eq(told.begun + told.ended + told.flushed, 0);
	ck_assert_uint_eq(buf_len(&told.body), 0);
}

START_TEST(an_errand_is_run_at_the_end)
{
	struct span output = span_of(orders[_i].output);

	pool->sendfile_root = orders[_i].has_root ? strdup("/x") : NULL;
	for (size_t plan = 0; plan < feed_plans(output.n); plan++) {
		again();
		feed(output, feed_plan(plan, output.n), output.n);
		check_order((size_t)_i);
	}
}
END_TEST

START_TEST(a_redirect_leads_to_no_other)
{
	const char *why;

	ck_assert(buf_puts(&r->moved, "/once"));
	why = relay_output(r, SPAN_LIT("Location: /twice\n\n"));
	ck_assert_ptr_nonnull(why);
	ck_assert_ptr_nonnull(strstr(why, "\"/twice\""));
	ck_assert_ptr_nonnull(strstr(why, "\"/asked\""));
}
END_TEST

START_TEST(a_file_that_may_not_be_named_is_told_once_in_a_while)
{
	const char *logged;

	buf_puts(&r->script_file, "/srv/script");
	for (int i = 0; i < 3; i++) {
		again();
		buf_puts(&r->script_file, "/srv/script");
		ck_assert_ptr_null(relay_output(r, SPAN_LIT("X-Sendfile: /a\n" TYPE "\nbody")));
		ck_assert_ptr_null(end());
		ck_span_is(buf_span(&told.lines), "Content-Type: text/plain\r\n");
		ck_span_is(buf_span(&told.body), "body");
	}
	logged = strstr(stage_logged(), "names the file \"/a\", but the pool has no sendfile_root");
	ck_assert_ptr_nonnull(logged);
	ck_assert_ptr_null(strstr(logged + 1, "names the file"));
}
END_TEST

START_TEST(heads_without_bodies_need_no_type)
{
	r->worker = NULL;
	stage_done(r);
	ask("HEAD");
	ck_assert_ptr_null(relay_output(r, SPAN_LIT("Status: 200\nContent-Length: 5\n\n")));
	ck_assert_uint_eq(told.begun, 1);
}
END_TEST

/* ---- nph scripts ---- */

static void fake_raw(struct request *x)
{
	told.begun++;
	told.status = x->answer.status;
	x->answer.begun = true;
}

static struct front raw_front;

static void ask_nph(const struct front *front, const char *file)
{
	raw_front = fake_front;
	raw_front.raw = fake_raw;
	r->worker = NULL;
	stage_done(r);
	told_forget();
	ask("GET");
	r->front = front;
	ck_assert(buf_puts(&r->script_file, file));
}

#define RAW "HTTP/1.1 299 Mine\r\nTransfer-Encoding: x\r\n\r\n\0\1"

START_TEST(raw_output_is_passed_on_as_it_is)
{
	struct span output = SPAN_LIT(RAW);

	for (size_t plan = 0; plan < feed_plans(output.n); plan++) {
		if (!r)
			ask("GET");
		ask_nph(&raw_front, "/srv/cgi-bin/nph-x");
		feed(output, feed_plan(plan, output.n), output.n);
		ck_assert(relay_waits_for_exit(r));
		ck_assert_ptr_null(end());
		ck_assert_int_eq(told.status, 299);
		ck_assert(span_eq(buf_span(&told.body), output));
		ck_assert_uint_eq(told.begun, 1);
		ck_assert_uint_eq(told.ended, 1);
	}
}
END_TEST

START_TEST(raw_output_begins_like_http)
{
	static const char *const bad[] = {"Content-Type: text/plain\n\n", "HTTP/1.1 2000\r\n",
		"\nHTTP/1.1 200 OK\n", "HTTP/2 200\n"};
	const char *why;

	for (size_t i = 0; i < nitems(bad); i++) {
		ask_nph(&raw_front, "/nph-x");
		why = relay_output(r, span_of(bad[i]));
		ck_assert_ptr_nonnull(why);
		ck_assert_ptr_nonnull(strstr(why, "an nph script's first line"));
		ck_assert_uint_eq(told.begun, 0);
	}
	ask_nph(&raw_front, "/nph-x");
	ck_assert_ptr_null(relay_output(r, span_of("HTTP/1.1 200 OK")));
	ck_assert_ptr_nonnull(strstr(end(), "it said \"HTTP/1.1 200 OK\""));
}
END_TEST

START_TEST(a_first_line_that_does_not_end)
{
	const char *why = NULL;
	unsigned n = 0;

	ask_nph(&raw_front, "/nph-x");
	for (; !why && n < 10000; n++)
		why = relay_output(r, SPAN_LIT("H"));
	ck_assert_ptr_nonnull(why);
}
END_TEST

/* By the name of the file alone, and if the face and the pool have such a thing. */
START_TEST(who_is_an_nph_script)
{
	static const char *const others[] = {"/srv/nph-/x", "/srv/xnph-x", "/srv/NPH-x", "nph"};

	for (size_t i = 0; i < nitems(others) + 2; i++) {
		bool named = i >= nitems(others);
		ask_nph(i == nitems(others) ? &fake_front : &raw_front,
			named ? "/srv/nph-x" : others[i]);
		pool->kind = i == nitems(others) + 1 ? POOL_FASTCGI : POOL_CGI;
		ck_assert_ptr_null(relay_output(r, SPAN_LIT("HTTP/1.1 299 Mine\n" TYPE "\nx")));
		ck_assert_int_eq(told.status, 299);
		ck_span_is(buf_span(&told.body), "x");
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("relay");
	TCase *tc = tcase_create("relay");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_loop_test(tc, in_one_piece, 0, nitems(outputs));
	tcase_add_loop_test(tc, byte_by_byte, 0, nitems(outputs));
	tcase_add_loop_test(tc, cut_anywhere, 0, nitems(outputs));
	tcase_add_test(tc, a_body_is_passed_on_at_once_and_as_it_is);
	tcase_add_loop_test(tc, a_reason_is_passed_on, 0, nitems(reasons));
	tcase_add_test(tc, the_id_is_not_a_script_s_to_tell);
	tcase_add_test(tc, interim_heads_are_not_collected);
	tcase_add_loop_test(tc, nonsense_is_named, 0, nitems(nonsense));
	tcase_add_loop_test(tc, nonsense_is_named_byte_by_byte, 0, nitems(nonsense));
	tcase_add_test(tc, what_is_shown_is_bounded);
	tcase_add_test(tc, a_head_without_end_is_refused);
	tcase_add_loop_test(tc, an_early_end_is_named, 0, nitems(early));
	tcase_add_loop_test(tc, an_errand_is_run_at_the_end, 0, nitems(orders));
	tcase_add_test(tc, a_redirect_leads_to_no_other);
	tcase_add_test(tc, a_file_that_may_not_be_named_is_told_once_in_a_while);
	tcase_add_test(tc, heads_without_bodies_need_no_type);
	tcase_add_test(tc, raw_output_is_passed_on_as_it_is);
	tcase_add_test(tc, raw_output_begins_like_http);
	tcase_add_test(tc, a_first_line_that_does_not_end);
	tcase_add_test(tc, who_is_an_nph_script);
	return stage_run(suite);
}
