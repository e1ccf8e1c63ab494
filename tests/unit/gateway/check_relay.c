/* SPDX-License-Identifier: MIT
 *
 * check_relay: a script's output becomes a response, however it was cut into pieces.
 */
#include "gateway/relay.h"

#include "gateway/dispatch.h"
#include "tests/unit/gateway/stage.h"

static struct request *r;
static struct worker worker;

static void up(void)
{
	stage_up();
	r = stage_request(&fake_front, NULL, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	r->worker = &worker;
	worker.terminate_at = (struct mono){77};
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
	{"date: never\nSERVER: me\nConnection: close\nTransfer-Encoding: chunked\n" TYPE "\n.", 200,
		"Content-Type: text/plain\r\n", ".", -1, NULL},
	{"HTTP/1.1 201 Made\r\nX: y\r\n\r\n.", 201, "X: y\r\n", ".", -1, NULL},

	/* Redirects: RFC 3875 6.2. */
	{"Location: /there\n\n", 302, "Location: /there\r\n", "", -1, NULL},
	{"Location: http://there/\n\n", 302, "Location: http://there/\r\n", "", -1, NULL},
	{"Status: 307\nLocation: /there\n\n", 307, "Location: /there\r\n", "", -1, NULL},

	/* Interim responses have heads of their own (RFC 9110 15.2). */
	{"Status: 100\n\n" TYPE "\nhello", 200, "Content-Type: text/plain\r\n", "hello", -1,
		"100||"},
	{"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
	 "Status: 404\r\n\r\nhello",
		404, "", "hello", -1, "103|Link: <x>\r\n|102||"},
	{"Status: 103\nLink: <x>\nDate: never\nConnection: close\nContent-Length: 3\nX: y\n\n" TYPE
	 "\n",
		200, "Content-Type: text/plain\r\n", "", -1, "103|Link: <x>\r\nX: y\r\n|"},
};

static void check(size_t i)
{
	ck_assert_uint_eq(told.begun, 1);
	ck_assert_int_eq(told.status, outputs[i].status);
	ck_span_is(buf_span(&told.lines), outputs[i].lines);
	ck_span_is(buf_span(&told.body), outputs[i].body);
	ck_span_is(buf_span(&told.interim), outputs[i].interim ? outputs[i].interim : "");
	ck_assert_int_eq(r->answer.has_length, outputs[i].length >= 0);
	if (outputs[i].length >= 0)
		ck_assert_int_eq((int64_t)r->answer.length, outputs[i].length);
	ck_assert_int_eq(worker.deadline.due.us, 77); /* only the whole time counts now */
	ck_assert_ptr_null(end());
	ck_assert_uint_eq(told.ended, 1);
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
		r = stage_request(&fake_front, NULL, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	r->worker = &worker;
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

static const struct {
	const char *output, *why;
} nonsense[] = {
	{"hello, world\n\n", "header line 1 has no colon"},
	{"\n", "no Content-Type, Location or Status"},
	{TYPE "X: a\rSet-Cookie: b\n\n", "header line 2 has a control byte in its value"},
	{"Status: 103\n\nrubbish\n\n", "header line 1 has no colon"},
};

START_TEST(nonsense_is_named)
{
	const char *why = relay_output(r, span_of(nonsense[_i].output));

	ck_assert_ptr_nonnull(why);
	ck_assert_str_eq(why, nonsense[_i].why);
	ck_assert_uint_eq(told.begun, 0);
}
END_TEST

START_TEST(nonsense_is_named_byte_by_byte)
{
	const char *why = NULL;

	for (const char *p = nonsense[_i].output; *p && !why; p++)
		why = relay_output(r, (struct span){p, 1});
	ck_assert_ptr_nonnull(why);
	ck_assert_str_eq(why, nonsense[_i].why);
	ck_assert_uint_eq(told.begun, 0);
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
	{"Content-Type: text/pl", "its output ended within the header"},
	{TYPE, "its output ended within the header"},
	{"Status: 100\n\n" TYPE, "its output ended within the header"},
	{"Status: 103\n\n", "it ended after interim responses"},
};

START_TEST(an_early_end_is_named)
{
	ck_assert_ptr_null(relay_output(r, span_of(early[_i].output)));
	ck_assert_str_eq(end(), early[_i].why);
	ck_assert_uint_eq(told.begun, 0);
	ck_assert_uint_eq(told.ended, 0);
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
	tcase_add_test(tc, interim_heads_are_not_collected);
	tcase_add_loop_test(tc, nonsense_is_named, 0, nitems(nonsense));
	tcase_add_loop_test(tc, nonsense_is_named_byte_by_byte, 0, nitems(nonsense));
	tcase_add_test(tc, a_head_without_end_is_refused);
	tcase_add_loop_test(tc, an_early_end_is_named, 0, nitems(early));
	return stage_run(suite);
}
