/* SPDX-License-Identifier: MIT
 *
 * check_http_body: request bodies, what of them is payload, and where they end.
 */
#include "gateway/http_body.h"

#include "tests/unit/feed.h"

#define LIMITS ((struct http_body_limits){.max_body = 40, .max_extensions = 16, .max_trailers = 24})

struct row {
	const char *bytes;
	size_t n;
	const char *payload; /* what comes of it, verdict or no verdict */
	size_t payload_n;
	int verdict; /* a status, or one of these */
	size_t rest; /* bytes left for the next request */
};

enum { DONE = 0, MORE = 1 };

#define ROW(bytes, payload, verdict, rest)                                                    \
	{                                                                                     \
		(bytes), sizeof(bytes) - 1, (payload), sizeof(payload) - 1, (verdict), (rest) \
	}

/* A chunk of five whose size is followed by this. */
#define EXT(line)     ROW(line "\r\nhello\r\n0\r\n\r\n", "hello", DONE, 0)
#define BAD_EXT(line) ROW(line "\r\nhello\r\n0\r\n\r\n", "", -400, 0)

static const struct row chunked[] = {
	ROW("0\r\n\r\n", "", DONE, 0),
	ROW("5\r\nhello\r\n0\r\n\r\n", "hello", DONE, 0),
	ROW("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world", DONE, 0),
	ROW("00005\r\nhello\r\n000\r\n\r\n", "hello", DONE, 0),
	ROW("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789", DONE, 0),
	ROW("2\r\n\r\n\r\n0\r\n\r\n", "\r\n", DONE, 0),
	ROW("0\r\n\r\nGET / HTTP/1.1\r\n", "", DONE, 16),
	ROW("1\r\nx\r\n0\r\n\r\n0\r\n\r\n", "x", DONE, 5),
	ROW("0000000000000000\r\n\r\n", "", DONE, 0),
	ROW("28\r\n0123456789012345678901234567890123456789\r\n0\r\n\r\n",
		"0123456789012345678901234567890123456789", DONE, 0),

	/* Unfinished. */
	ROW("", "", MORE, 0),
	ROW("5", "", MORE, 0),
	ROW("5\r", "", MORE, 0),
	ROW("5\r\n", "", MORE, 0),
	ROW("5\r\nhel", "hel", MORE, 0),
	ROW("5\r\nhello", "hello", MORE, 0),
	ROW("5\r\nhello\r", "hello", MORE, 0),
	ROW("5\r\nhello\r\n", "hello", MORE, 0),
	ROW("0\r\n", "", MORE, 0),
	ROW("0\r\n\r", "", MORE, 0),
	ROW("0\r\nX: y\r\n", "", MORE, 0),

	/* Chunk sizes. */
	ROW("\r\n", "", -400, 0),
	ROW("g\r\n", "", -400, 0),
	ROW("-1\r\n", "", -400, 0),
	ROW("+5\r\nhello", "", -400, 0),
	ROW("0x5\r\nhello", "", -400, 0),
	ROW(" 5\r\nhello", "", -400, 0),
	ROW("5 \r\nhello", "", -400, 0),
	ROW("5\t\r\nhello", "", -400, 0),
	ROW("5 5\r\nhello", "", -400, 0),
	ROW("5,\r\nhello", "", -400, 0),
	ROW("5.\r\nhello", "", -400, 0),
	ROW("5\nhello\n0\n\n", "", -400, 0),
	ROW("5\rhello", "", -400, 0),
	ROW("5\r\r\nhello", "", -400, 0),
	ROW("5\0\r\nhello", "", -400, 0),
	ROW("5\xb2\r\n", "", -400, 0),
	ROW("00000000000000000\r\n", "", -400, 0),
	ROW("10000000000000000\r\n", "", -400, 0),
	ROW("fffffffffffffffff\r\n", "", -400, 0),
	ROW("ffffffffffffffff\r\n", "", -413, 0),
	ROW("8000000000000000\r\n", "", -413, 0),
	ROW("7fffffffffffffff\r\n", "", -413, 0),
	ROW("29\r\n", "", -413, 0),
	ROW("20\r\n01234567890123456789012345678901\r\n9\r\n", "01234567890123456789012345678901",
		-413, 0),
	ROW("1\r\nx\r\nffffffffffffffff\r\n", "x", -413, 0),

	/* What follows a chunk. */
	ROW("5\r\nhelloX\r\n", "hello", -400, 0),
	ROW("5\r\nhello\n", "hello", -400, 0),
	ROW("5\r\nhello\rX", "hello", -400, 0),
	ROW("5\r\nhello0\r\n", "hello", -400, 0),
	ROW("5\r\nhello\r\n\r\n", "hello", -400, 0),
	ROW("0\r\n\n", "", -400, 0),
	ROW("0\r\n\rX", "", -400, 0),

	/* Chunk extensions: RFC 9112 7.1.1. */
	EXT("5;a"),
	EXT("5;a;b"),
	EXT("5;a=b"),
	EXT("5;a=b;c"),
	EXT("5 \t;a"),
	EXT("5;\ta"),
	EXT("5;a =b"),
	EXT("5;a= b"),
	EXT("5;a ;b"),
	EXT("5;a=b ;c"),
	EXT("5; a = b"),
	EXT("5;!=~"),
	EXT("5;a=\"\""),
	EXT("5;a=\"b;c\""),
	EXT("5;a=\"\\\"\""),
	EXT("5;a=\"\\\\\""),
	EXT("5;a=\"\\ \t\""),
	EXT("5;a=\"\xff\""),
	EXT("5;a=\"\\\xff\""),
	EXT("5;a=\"b\";c"),
	EXT("5;a=\"b\" ;c"),
	EXT("5;5=5"),
	EXT("5;0123456789abcde"),
	BAD_EXT("5;"),
	BAD_EXT("5; "),
	BAD_EXT("5;;a"),
	BAD_EXT("5;a;"),
	BAD_EXT("5;a "),
	BAD_EXT("5;a="),
	BAD_EXT("5;a= "),
	BAD_EXT("5;a=;b"),
	BAD_EXT("5;=b"),
	BAD_EXT("5;a==b"),
	BAD_EXT("5;a=b=c"),
	BAD_EXT("5;a b"),
	BAD_EXT("5;a=b c"),
	BAD_EXT("5;a,b"),
	BAD_EXT("5;(a)"),
	BAD_EXT("5;a=(b)"),
	BAD_EXT("5;a=b@"),
	BAD_EXT("5;\"a\""),
	BAD_EXT("5;a=b\"c\""),
	BAD_EXT("5;a=\""),
	BAD_EXT("5;a=\"b"),
	BAD_EXT("5;a=\"b\\"),
	BAD_EXT("5;a=\"b\"c"),
	BAD_EXT("5;a=\"b\"\"c\""),
	BAD_EXT("5;a=\"b\" "),
	BAD_EXT("5;a=\"\\\""),
	BAD_EXT("5;\xff"),
	BAD_EXT("5;a=\xff"),
	BAD_EXT("5;a=\"\0\""),
	BAD_EXT("5;a=\"\\\0\""),
	BAD_EXT("5;a=\"\x7f\""),
	BAD_EXT("5;a=\"\x01\""),
	BAD_EXT("5;a='b c'"),
	BAD_EXT("5;a\0"),
	BAD_EXT("5;a\x0b"),
	BAD_EXT("5;\x7f"),
	/* ... in which no line ends but at its CRLF, */
	ROW("5;a\nhello\r\n0\r\n\r\n", "", -400, 0),
	ROW("5;a\rb\r\nhello", "", -400, 0),
	ROW("5;a=\"\n\"\r\nhello", "", -400, 0),
	ROW("5;a=\"\r\n\"\r\nhello", "", -400, 0),
	ROW("5;a=\"\\\n\"\r\nhello", "", -400, 0),
	ROW("5;a=\"\\\r\n\"\r\nhello", "", -400, 0),
	ROW("5;a=\"b\"\nhello", "", -400, 0),
	/* ... which the last chunk has as well, */
	ROW("0;b=c\r\n\r\nnext", "", DONE, 4),
	ROW("0;\r\n\r\n", "", -400, 0),
	/* ... and which have 16 bytes in all. */
	ROW("5;0123456789abcdef", "", -400, 0),
	ROW("5;0123456\r\nhello\r\n0;0123456\r\n\r\n", "hello", DONE, 0),
	ROW("5;0123456\r\nhello\r\n0;01234567", "hello", -400, 0),
	ROW("5;a=\"0123456789a", "", MORE, 0),
	ROW("5;a=\"0123456789ab", "", MORE, 0),
	ROW("5;a=\"0123456789abc", "", -400, 0),
	ROW("5                ", "", MORE, 0),
	ROW("5                 ", "", -400, 0),

	/* Trailers: RFC 9112 7.1.2. */
	ROW("0\r\nX: y\r\n\r\n", "", DONE, 0),
	ROW("0\r\nX:\r\nY-Z:\ty \xc3\xa9\r\n\r\nnext", "", DONE, 4),
	ROW("0\r\nX: 01234567890123456789\r\n\r\n", "", DONE, 0),
	ROW("0\r\nX: 012345678901234567890\r\n\r\n", "", -400, 0),
	ROW("0\r\nX: 0123456789012345678901", "", -400, 0),
	ROW("0\r\nA: 01234567\r\nB: 01234567\r\nC", "", -400, 0),
	ROW("0\r\nContent-Length: 5\r\n\r\nnext", "", DONE, 4),
	ROW("0\r\n: y\r\n\r\n", "", -400, 0),
	ROW("0\r\nX\r\n\r\n", "", -400, 0),
	ROW("0\r\nX : y\r\n\r\n", "", -400, 0),
	ROW("0\r\n X: y\r\n\r\n", "", -400, 0),
	ROW("0\r\nX: y\r\n z\r\n\r\n", "", -400, 0),
	ROW("0\r\nX: y\n\r\n", "", -400, 0),
	ROW("0\r\nX: y\rz\r\n", "", -400, 0),
	ROW("0\r\nX: \0\r\n\r\n", "", -400, 0),
	ROW("0\r\nX\x01: y\r\n\r\n", "", -400, 0),
};

static const struct {
	uint64_t length;
	struct row row;
} counted[] = {
	{0, ROW("", "", DONE, 0)},
	{0, ROW("GET", "", DONE, 3)},
	{5, ROW("", "", MORE, 0)},
	{5, ROW("hell", "hell", MORE, 0)},
	{5, ROW("hello", "hello", DONE, 0)},
	{5, ROW("hello\r\n", "hello", DONE, 2)},
	{3, ROW("\0\r\n", "\0\r\n", DONE, 0)},
	{40, ROW("0123456789012345678901234567890123456789",
		     "0123456789012345678901234567890123456789", DONE, 0)},
	{41, ROW("x", "", -413, 0)},
	{999999999999999999, ROW("x", "", -413, 0)},
};

struct outcome {
	int verdict;
	size_t rest, payload;
	char bytes[64];
};

/* One arrival: feeds all of it, as a connection would. */
static int arrival(struct http_body *b, const char *p, size_t n, struct outcome *o)
{
	while (n > 0 && !http_body_done(b)) {
		struct span data;
		ssize_t used = http_body_feed(b, p, n, &data);

		if (used < 0)
			return (int)used;
		ck_assert_int_gt(used, 0);
		ck_assert_uint_le(used, n);
		if (data.n > 0)
			ck_assert(data.p >= p && data.p + data.n <= p + used);
		ck_assert_uint_le(o->payload + data.n, sizeof o->bytes);
		if (data.n > 0)
			memcpy(o->bytes + o->payload, data.p, data.n);
		o->payload += data.n;
		p += used;
		n -= (size_t)used;
	}
	o->rest = n;
	return http_body_done(b) ? DONE : MORE;
}

static struct outcome deliver(struct feed_wall wall, const struct http_head *head,
	const struct row *row, struct feed_plan plan)
{
	const struct http_body_limits limits = LIMITS;
	struct outcome o = {0};
	struct http_body b;
	size_t came = 0, next;

	o.verdict = http_body_start(&b, head, &limits);
	if (o.verdict == 0)
		o.verdict = http_body_done(&b) ? DONE : MORE;
	for (; o.verdict == MORE && came < row->n; came = next) {
		next = feed_next(plan, came, row->n);
		o.verdict = arrival(
			&b, feed_put(wall, row->bytes + came, next - came), next - came, &o);
	}
	o.rest += row->n - came;
	return o;
}

static void check_row(const struct http_head *head, const struct row *row)
{
	struct feed_wall wall = feed_wall(row->n);

	for (size_t i = 0; i < feed_plans(row->n); i++) {
		struct outcome o = deliver(wall, head, row, feed_plan(i, row->n));

		ck_assert_msg(o.verdict == row->verdict, "plan %zu: %d, not %d:\n%s", i, o.verdict,
			row->verdict, row->bytes);
		ck_assert_uint_eq(o.payload, row->payload_n);
		ck_assert_mem_eq(o.bytes, row->payload, o.payload);
		if (o.verdict == DONE)
			ck_assert_uint_eq(o.rest, row->rest);
	}
	feed_wall_free(wall);
}

START_TEST(chunked_body)
{
	check_row(&(struct http_head){.body = HTTP_BODY_CHUNKED}, &chunked[_i]);
}
END_TEST

START_TEST(counted_body)
{
	check_row(&(struct http_head){.body = HTTP_BODY_LENGTH,
			  .has_content_length = true,
			  .content_length = counted[_i].length},
		&counted[_i].row);
}
END_TEST

START_TEST(no_body_is_done_at_once)
{
	const struct http_head head = {.body = HTTP_BODY_NONE};
	const struct http_body_limits limits = {0};
	struct http_body b;
	struct span data;

	ck_assert_int_eq(http_body_start(&b, &head, &limits), 0);
	ck_assert(http_body_done(&b));
	ck_assert_int_eq(http_body_feed(&b, "GET", 3, &data), 0);
	ck_assert_uint_eq(data.n, 0);
}
END_TEST

START_TEST(without_a_limit_only_the_count_of_digits_is_one)
{
	const struct http_head head = {.body = HTTP_BODY_CHUNKED};
	const struct http_body_limits limits = HTTP_BODY_LIMITS(UINT64_MAX);
	struct http_body b;
	struct span data;

	ck_assert_int_eq(http_body_start(&b, &head, &limits), 0);
	ck_assert_int_eq(http_body_feed(&b, "fffffffffffffffe\r\nx", 19, &data), 19);
	ck_span_is(data, "x");
	ck_assert(!http_body_done(&b));
}
END_TEST

START_TEST(the_sum_of_chunks_does_not_wrap)
{
	const struct http_head head = {.body = HTTP_BODY_CHUNKED};
	const struct http_body_limits limits = HTTP_BODY_LIMITS(UINT64_MAX);
	struct http_body b;
	struct span data;

	ck_assert_int_eq(http_body_start(&b, &head, &limits), 0);
	ck_assert_int_eq(http_body_feed(&b, "1\r\nx", 4, &data), 4);
	ck_assert_int_eq(http_body_feed(&b, "\r\nffffffffffffffff\r\n", 20, &data), -413);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_body");
	TCase *tc = tcase_create("body");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, chunked_body, 0, nitems(chunked));
	tcase_add_loop_test(tc, counted_body, 0, nitems(counted));
	tcase_add_test(tc, no_body_is_done_at_once);
	tcase_add_test(tc, without_a_limit_only_the_count_of_digits_is_one);
	tcase_add_test(tc, the_sum_of_chunks_does_not_wrap);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
