/* SPDX-License-Identifier: MIT
 *
 * check_fcgi_record: FastCGI records and pairs, byte for byte, both ways, cut anywhere.
 */
#include "gateway/fcgi_record.h"

#include <stdarg.h>
#include <stdio.h>

#include "tests/unit/feed.h"

#define ck_bytes(b, literal)                                                 \
	do {                                                                 \
		ck_assert_uint_eq(buf_len(b), sizeof(literal) - 1);          \
		ck_assert_mem_eq(buf_head(b), literal, sizeof(literal) - 1); \
	} while (0)

/* --- Writing --- */

START_TEST(records_byte_for_byte)
{
	struct buf b = BUF_INIT;

	ck_assert(fcgi_begin_request(&b, 0x0102, FCGI_RESPONDER, true));
	ck_bytes(&b, "\1\1\1\2\0\10\0\0"
		     "\0\1\1\0\0\0\0\0");
	buf_clear(&b);
	ck_assert(fcgi_begin_request(&b, 1, FCGI_AUTHORIZER, false));
	ck_bytes(&b, "\1\1\0\1\0\10\0\0"
		     "\0\2\0\0\0\0\0\0");
	buf_clear(&b);
	ck_assert(fcgi_abort_request(&b, 0xffff));
	ck_bytes(&b, "\1\2\377\377\0\0\0\0");
	buf_clear(&b);
	ck_assert(fcgi_end_request(&b, 1, 0x01020304, FCGI_OVERLOADED));
	ck_bytes(&b, "\1\3\0\1\0\10\0\0"
		     "\1\2\3\4\2\0\0\0");
	buf_clear(&b);
	ck_assert(fcgi_unknown_type(&b, 200));
	ck_bytes(&b, "\1\13\0\0\0\10\0\0"
		     "\310\0\0\0\0\0\0\0");
	buf_clear(&b);
	ck_assert(fcgi_stream(&b, FCGI_STDIN, 7, SPAN_LIT("abc")));
	ck_assert(fcgi_stream(&b, FCGI_STDIN, 7, SPAN_NONE));
	ck_assert(fcgi_stream_end(&b, FCGI_STDIN, 7));
	ck_bytes(&b, "\1\5\0\7\0\3\0\0"
		     "abc"
		     "\1\5\0\7\0\0\0\0");
	buf_free(&b);
}
END_TEST

START_TEST(pairs_byte_for_byte)
{
	struct buf b = BUF_INIT;
	struct fcgi_params w;

	ck_assert(buf_puts(&b, "before"));
	ck_assert(fcgi_params_open(&w, &b, FCGI_PARAMS, 1));
	ck_assert(fcgi_param(&b, SPAN_LIT("A"), SPAN_LIT("bc")));
	ck_assert(fcgi_param(&b, SPAN_LIT("D"), SPAN_NONE));
	ck_assert(fcgi_params_close(&w, &b));
	ck_assert(fcgi_stream_end(&b, FCGI_PARAMS, 1));
	ck_bytes(&b, "before"
		     "\1\4\0\1\0\10\0\0"
		     "\1\2Abc"
		     "\1\0D"
		     "\1\4\0\1\0\0\0\0");
	buf_free(&b);
}
END_TEST

START_TEST(no_pairs_are_no_record_of_a_stream_but_an_empty_list_of_values)
{
	struct buf b = BUF_INIT;
	struct fcgi_params w;

	ck_assert(fcgi_params_open(&w, &b, FCGI_PARAMS, 1));
	ck_assert(fcgi_params_close(&w, &b));
	ck_assert_uint_eq(buf_len(&b), 0);
	ck_assert(fcgi_params_open(&w, &b, FCGI_GET_VALUES_RESULT, 0));
	ck_assert(fcgi_params_close(&w, &b));
	ck_bytes(&b, "\1\12\0\0\0\0\0\0");
	buf_free(&b);
}
END_TEST

START_TEST(lengths_take_four_bytes_from_128_on)
{
	static const char text[300];
	struct buf b = BUF_INIT;

	ck_assert(fcgi_param(&b, (struct span){text, 127}, (struct span){text, 128}));
	ck_assert_uint_eq(buf_len(&b), 5 + 127 + 128);
	ck_assert_mem_eq(buf_head(&b), "\177\200\0\0\200", 5);
	buf_clear(&b);
	ck_assert(fcgi_param(&b, (struct span){text, 300}, SPAN_NONE));
	ck_assert_uint_eq(buf_len(&b), 5 + 300);
	ck_assert_mem_eq(buf_head(&b), "\200\0\1\54\0", 5);
	buf_free(&b);
}
END_TEST

/* What cannot be said is refused before a byte of it is touched. */
START_TEST(a_name_or_value_of_2_gib_is_refused)
{
	struct buf b = BUF_INIT;

	ck_assert(!fcgi_param(&b, (struct span){"x", (size_t)1 << 31}, SPAN_NONE));
	ck_assert(!fcgi_param(&b, SPAN_NONE, (struct span){"x", SIZE_MAX}));
	ck_assert_uint_eq(buf_len(&b), 0);
	buf_free(&b);
}
END_TEST

/* --- Reading back --- */

/* What came of a conversation, as text: events in words, content as it is, pieces joined. */
struct story {
	char text[2048];
	size_t n;
	bool open; /* the last thing told was content */
};

static void tell(struct story *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void tell(struct story *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(s->text + s->n, sizeof s->text - s->n, fmt, ap);
	va_end(ap);
	ck_assert_int_ge(n, 0);
	s->n += (size_t)n;
	ck_assert_uint_lt(s->n, sizeof s->text);
}

static void tell_event(struct story *s, const struct fcgi_event *ev)
{
	switch (ev->kind) {
	case FCGI_EV_NONE:
		break;
	case FCGI_EV_BEGIN:
		tell(s, "begin(%u,%u,%u)", ev->id, ev->role, ev->flags);
		break;
	case FCGI_EV_ABORT:
		tell(s, "abort(%u)", ev->id);
		break;
	case FCGI_EV_END:
		tell(s, "end(%u,%u,%u)", ev->id, ev->app_status, ev->protocol_status);
		break;
	case FCGI_EV_DATA:
		if (!s->open)
			tell(s, "%u:%u'", ev->type, ev->id);
		tell(s, "%.*s", SPAN_FMT(ev->data));
		s->open = !ev->record_end;
		if (!s->open)
			tell(s, "'");
		break;
	case FCGI_EV_STREAM_END:
		tell(s, "eof(%u,%u)", ev->type, ev->id);
		break;
	case FCGI_EV_UNKNOWN:
		tell(s, "unknown(%u)", ev->type);
		break;
	case FCGI_EV_REFUSED:
		tell(s, "refused(%u)", ev->refused);
		break;
	}
}

static bool read_all(struct fcgi_reader *r, const char *p, size_t n, struct story *s)
{
	while (n > 0) {
		struct fcgi_event ev;
		ssize_t used = fcgi_read(r, p, n, &ev);

		if (used < 0) {
			tell(s, "[%s]", r->why);
			return false;
		}
		ck_assert_int_gt(used, 0);
		ck_assert_uint_le(used, n);
		tell_event(s, &ev);
		p += used;
		n -= (size_t)used;
	}
	return true;
}

#define ROW(story, between, s)                         \
	{                                              \
		(s), sizeof(s) - 1, (story), (between) \
	}

static const struct {
	const char *bytes;
	size_t n;
	const char *story;
	bool between;
} conversations[] = {
	ROW("", true, ""),
	ROW("", false, "\1"),
	ROW("", false, "\1\6\0\1\0\0\0"),
	ROW("begin(258,1,1)", true, "\1\1\1\2\0\10\0\0\0\1\1\0\0\0\0\0"),
	ROW("begin(1,9,255)", true, "\1\1\0\1\0\10\0\0\0\11\377\1\2\3\4\5"),
	ROW("", false, "\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0"),
	ROW("abort(1)", true, "\1\2\0\1\0\0\0\0"),
	ROW("abort(1)", true, "\1\2\0\1\0\0\3\0pad"),
	ROW("end(1,16909060,3)", true, "\1\3\0\1\0\10\0\0\1\2\3\4\3\0\0\0"),
	ROW("end(1,4294967295,0)", true, "\1\3\0\1\0\10\0\0\377\377\377\377\0\0\0\0"),
	ROW("6:1'hello'", true, "\1\6\0\1\0\5\0\0hello"),
	ROW("6:1'hello'", true, "\1\6\0\1\0\5\3\0hello\0\0\0"),
	ROW("6:1'hello'", false, "\1\6\0\1\0\5\3\0hello\0\0"),
	ROW("6:1'hel", false, "\1\6\0\1\0\5\0\0hel"),
	ROW("eof(6,1)", true, "\1\6\0\1\0\0\0\0"),
	ROW("eof(6,1)", false, "\1\6\0\1\0\0\1\0"),
	ROW("eof(6,1)6:1'x'", true, "\1\6\0\1\0\0\2\0pp\1\6\0\1\0\1\0\77x"),
	ROW("4:1'a'4:1'b'eof(4,1)eof(5,1)", true,
		"\1\4\0\1\0\1\0\0a\1\4\0\1\0\1\0\0b\1\4\0\1\0\0\0\0\1\5\0\1\0\0\0\0"),
	ROW("6:1'a'7:2'b'end(1,0,0)8:3'c'", true,
		"\1\6\0\1\0\1\0\0a\1\7\0\2\0\1\0\0b\1\3\0\1\0\10\0\0\0\0\0\0\0\0\0\0"
		"\1\10\0\3\0\1\0\0c"),
	ROW("9:0'\1", false, "\1\11\0\0\0\2\0\0\1"),
	ROW("9:0''", true, "\1\11\0\0\0\0\0\0"),
	ROW("10:0''eof(6,1)", true, "\1\12\0\0\0\0\1\0p\1\6\0\1\0\0\0\0"),
	ROW("refused(42)", true, "\1\13\0\0\0\10\0\0\52\0\0\0\0\0\0\0"),
	ROW("unknown(12)", true, "\1\14\0\0\0\3\2\0abcpp"),
	ROW("unknown(12)", false, "\1\14\0\0\0\3\0\0ab"),
	ROW("unknown(0)", true, "\1\0\0\0\0\0\0\0"),
	ROW("unknown(255)eof(5,1)", true, "\1\377\0\0\0\1\0\0x\1\5\0\1\0\0\0\0"),

	/* Malformed. */
	ROW("[a record's version is not 1]", false, "\0\6\0\1\0\0\0\0"),
	ROW("[a record's version is not 1]", false, "\2\6\0\1\0\0\0\0"),
	ROW("[a record's version is not 1]", false, "HTTP/1.1 200 OK"),
	ROW("6:1'x'[a record's version is not 1]", false, "\1\6\0\1\0\1\0\0xyyyyyyyy"),
	ROW("[a request's record has an unknown type]", false, "\1\14\0\1\0\0\0\0"),
	ROW("[a request's record has an unknown type]", false, "\1\0\0\1\0\0\0\0"),
	ROW("[a management record has a request's id]", false, "\1\11\0\1\0\0\0\0"),
	ROW("[a management record has a request's id]", false, "\1\13\1\0\0\10\0\0"),
	ROW("[a request's record has id 0]", false, "\1\1\0\0\0\10\0\0"),
	ROW("[a request's record has id 0]", false, "\1\6\0\0\0\1\0\0"),
	ROW("[a request's record has id 0]", false, "\1\2\0\0\0\0\0\0"),
	ROW("[a record's body is not 8 bytes long]", false, "\1\1\0\1\0\7\0\0"),
	ROW("[a record's body is not 8 bytes long]", false, "\1\1\0\1\0\0\0\0"),
	ROW("[a record's body is not 8 bytes long]", false, "\1\3\0\1\0\11\0\0"),
	ROW("[a record's body is not 8 bytes long]", false, "\1\3\0\1\1\10\0\0"),
	ROW("[a record's body is not 8 bytes long]", false, "\1\13\0\0\0\0\0\0"),
	ROW("[an abort record has a body]", false, "\1\2\0\1\0\1\0\0"),
};

START_TEST(conversation)
{
	const size_t n = conversations[_i].n;
	struct feed_wall wall = feed_wall(n);

	for (size_t i = 0; i < feed_plans(n); i++) {
		struct fcgi_reader r = {0};
		struct story s = {0};
		size_t came = 0, next;
		const char *wanted = conversations[_i].story;

		for (bool ok = true; ok && came < n; came = next) {
			next = feed_next(feed_plan(i, n), came, n);
			ok = read_all(&r,
				feed_put(wall, conversations[_i].bytes + came, next - came),
				next - came, &s);
		}
		ck_assert_str_eq(s.text, wanted);
		if (!r.why)
			ck_assert_int_eq(fcgi_reader_between(&r), conversations[_i].between);
	}
	feed_wall_free(wall);
}
END_TEST

START_TEST(after_an_error_nothing_is_read)
{
	struct fcgi_reader r = {0};
	struct fcgi_event ev;

	ck_assert_int_eq(fcgi_read(&r, "\0\6\0\1\0\0\0\0", 8, &ev), -1);
	ck_assert_int_eq(fcgi_read(&r, "\1\6\0\1\0\0\0\0", 8, &ev), -1);
	ck_assert_int_eq(ev.kind, FCGI_EV_NONE);
	ck_assert_str_eq(r.why, "a record's version is not 1");
}
END_TEST

/* Reads records of one stream back into their content; returns how many records it took. */
static unsigned content_of(struct span bytes, uint8_t type, uint16_t id, struct buf *content)
{
	struct fcgi_reader r = {0};
	unsigned records = 0;

	while (bytes.n > 0) {
		struct fcgi_event ev;
		ssize_t used = fcgi_read(&r, bytes.p, bytes.n, &ev);

		ck_assert_int_gt(used, 0);
		ck_assert_int_eq(ev.kind, FCGI_EV_DATA);
		ck_assert_uint_eq(ev.type, type);
		ck_assert_uint_eq(ev.id, id);
		ck_assert(buf_put_span(content, ev.data));
		records += ev.record_end;
		bytes = span_from(bytes, (size_t)used);
	}
	ck_assert(fcgi_reader_between(&r));
	return records;
}

static const struct {
	size_t n;
	unsigned records;
} sizes[] = {{1, 1}, {65534, 1}, {65535, 1}, {65536, 2}, {131070, 2}, {131071, 3}, {400000, 7}};

static char *noise(size_t n)
{
	char *p = malloc(n);

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i * 7 + i / 251);
	return p;
}

START_TEST(streams_are_split_and_never_cut_short)
{
	const size_t n = sizes[_i].n;
	struct buf b = BUF_INIT, back = BUF_INIT;
	char *bytes = noise(n);

	ck_assert(fcgi_stream(&b, FCGI_STDOUT, 3, (struct span){bytes, n}));
	ck_assert_uint_eq(content_of(buf_span(&b), FCGI_STDOUT, 3, &back), sizes[_i].records);
	ck_assert_uint_eq(buf_len(&back), n);
	ck_assert_mem_eq(buf_head(&back), bytes, n);
	buf_free(&b);
	buf_free(&back);
	free(bytes);
}
END_TEST

/* One pair of n bytes: five of lengths, the name's one, the value; behind something else. */
START_TEST(params_are_split_and_never_cut_short)
{
	const size_t n = sizes[_i].n;
	struct buf b = BUF_INIT, back = BUF_INIT;
	struct fcgi_params w;
	char *bytes = noise(n - 5);
	struct span name = {bytes, 1}, value = {bytes + 1, n - 6};

	ck_assert(fcgi_begin_request(&b, 9, FCGI_RESPONDER, true));
	ck_assert(fcgi_params_open(&w, &b, FCGI_PARAMS, 9));
	ck_assert(fcgi_param(&b, name, value));
	ck_assert(fcgi_params_close(&w, &b));
	buf_drop(&b, 16);
	ck_assert_uint_eq(content_of(buf_span(&b), FCGI_PARAMS, 9, &back), sizes[_i].records);
	ck_assert_uint_eq(buf_len(&back), n);
	ck_assert_mem_eq(buf_head(&back) + 5, bytes, n - 5);
	buf_free(&b);
	buf_free(&back);
	free(bytes);
}
END_TEST

START_TEST(values_that_do_not_fit_one_record_are_refused)
{
	static const char value[65530];
	struct buf b = BUF_INIT;
	struct fcgi_params w;

	ck_assert(fcgi_params_open(&w, &b, FCGI_GET_VALUES_RESULT, 0));
	ck_assert(fcgi_param(&b, SPAN_NONE, (struct span){value, 65530}));
	ck_assert(fcgi_params_close(&w, &b));
	buf_clear(&b);
	ck_assert(fcgi_params_open(&w, &b, FCGI_GET_VALUES_RESULT, 0));
	ck_assert(fcgi_param(&b, SPAN_LIT("x"), (struct span){value, 65530}));
	ck_assert(!fcgi_params_close(&w, &b));
	buf_free(&b);
}
END_TEST

/* --- Pairs --- */

#define PAIRS(left, story, between, s)                         \
	{                                                      \
		(left), (s), sizeof(s) - 1, (story), (between) \
	}
#define TOO_LONG "[a name or value is longer than what is left]"
#define TOO_MANY "[there are more name-value pairs than allowed]"
#define X16      "xxxxxxxxxxxxxxxx"
#define X128     X16 X16 X16 X16 X16 X16 X16 X16

static const struct {
	uint64_t left;
	const char *bytes;
	size_t n;
	const char *story;
	bool between;
} pair_rows[] = {
	PAIRS(100, "", true, ""),
	PAIRS(100, "A=b;", true, "\1\1Ab"),
	PAIRS(100, "A=;", true, "\1\0A"),
	PAIRS(100, "=b;", true, "\0\1b"),
	PAIRS(100, "=;", true, "\0\0"),
	PAIRS(100, "=;=;A=;", true, "\0\0\0\0\1\0A"),
	PAIRS(100, "AB=cd;EF=ghi;", true, "\2\2ABcd\2\3EFghi"),
	PAIRS(100, "AB=cd;", true, "\200\0\0\2\2ABcd"),
	PAIRS(100, "AB=cd;", true, "\2\200\0\0\2ABcd"),
	PAIRS(200,
		X128 "="
		     "v;",
		true, "\200\0\0\200\1" X128 "v"),
	PAIRS(200, "A=" X128 ";", true,
		"\1\200\0\0\200"
		"A" X128),
	PAIRS(100, "", false, "\1"),
	PAIRS(100, "", false, "\200\0\0"),
	PAIRS(100, "", false, "\1\200\0\0"),
	PAIRS(100, "", false, "\1\1"),
	PAIRS(100, "A", false, "\1\1A"),
	PAIRS(100, "A=b", false, "\1\2Ab"),
	PAIRS(4, "A=b;", true, "\1\1Ab"),
	PAIRS(3, TOO_LONG, false, "\1\1Ab"),
	PAIRS(1, TOO_LONG, false, "\1"),
	PAIRS(0, TOO_MANY, false, "\0"),
	PAIRS(1, TOO_MANY, false, "\0\0"),
	PAIRS(2, "=;", true, "\0\0"),
	PAIRS(2, "=;" TOO_MANY, false, "\0\0\0"),
	PAIRS(6, "A=b;" TOO_LONG, false, "\1\1Ab\2"),
	PAIRS(100, TOO_LONG, false, "\377\377\377\377"),
	PAIRS(100, TOO_LONG, false, "\1\377\377\377\377"),
	PAIRS(100, TOO_LONG, false, "\200\0\1\0"),
	PAIRS(100, TOO_LONG, false, "\77\77"),
	PAIRS(0xffffffff, TOO_LONG, false, "\377\377\377\377\377\377\377\377\377\377"),
	PAIRS(UINT64_MAX, "", false, "\377\377\377\377\377\377\377\377"),
};

/* Pairs as text: the '=' comes with the first byte of a value, or with the end. */
static bool pairs_all(struct fcgi_pairs *d, const char *p, size_t n, struct story *s)
{
	while (n > 0) {
		struct fcgi_piece piece;
		ssize_t used = fcgi_pairs_feed(d, p, n, &piece);

		if (used < 0) {
			tell(s, "[%s]", d->why);
			return false;
		}
		ck_assert_int_gt(used, 0);
		ck_assert_uint_le(used, n);
		tell(s, "%.*s", SPAN_FMT(piece.name));
		if ((piece.value.n > 0 || piece.done) && !s->open) {
			tell(s, "=");
			s->open = true;
		}
		tell(s, "%.*s", SPAN_FMT(piece.value));
		if (piece.done) {
			tell(s, ";");
			s->open = false;
		}
		p += used;
		n -= (size_t)used;
	}
	return true;
}

START_TEST(pairs)
{
	const size_t n = pair_rows[_i].n;
	struct feed_wall wall = feed_wall(n);

	for (size_t i = 0; i < feed_plans(n); i++) {
		struct fcgi_pairs d = {.left = pair_rows[_i].left};
		struct story s = {0};
		size_t came = 0, next;

		for (bool ok = true; ok && came < n; came = next) {
			next = feed_next(feed_plan(i, n), came, n);
			ok = pairs_all(&d, feed_put(wall, pair_rows[_i].bytes + came, next - came),
				next - came, &s);
		}
		ck_assert_str_eq(s.text, pair_rows[_i].story);
		if (!d.why)
			ck_assert_int_eq(fcgi_pairs_between(&d), pair_rows[_i].between);
	}
	feed_wall_free(wall);
}
END_TEST

START_TEST(a_whole_pair_comes_in_one_piece)
{
	struct fcgi_pairs d = {.left = 100};
	struct fcgi_piece piece;

	ck_assert_int_eq(fcgi_pairs_feed(&d, "\3\2ABCde\1", 8, &piece), 7);
	ck_assert(piece.done);
	ck_span_is(piece.name, "ABC");
	ck_span_is(piece.value, "de");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fcgi_record");
	TCase *tc = tcase_create("record");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, records_byte_for_byte);
	tcase_add_test(tc, pairs_byte_for_byte);
	tcase_add_test(tc, no_pairs_are_no_record_of_a_stream_but_an_empty_list_of_values);
	tcase_add_test(tc, lengths_take_four_bytes_from_128_on);
	tcase_add_test(tc, a_name_or_value_of_2_gib_is_refused);
	tcase_add_loop_test(tc, conversation, 0, nitems(conversations));
	tcase_add_test(tc, after_an_error_nothing_is_read);
	tcase_add_loop_test(tc, streams_are_split_and_never_cut_short, 0, nitems(sizes));
	tcase_add_loop_test(tc, params_are_split_and_never_cut_short, 1, nitems(sizes));
	tcase_add_test(tc, values_that_do_not_fit_one_record_are_refused);
	tcase_add_loop_test(tc, pairs, 0, nitems(pair_rows));
	tcase_add_test(tc, a_whole_pair_comes_in_one_piece);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
