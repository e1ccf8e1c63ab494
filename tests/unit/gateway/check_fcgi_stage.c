/* SPDX-License-Identifier: MIT
 *
 * check_fcgi_stage: what web servers may send when, every conversation whole, byte by byte, and cut
 * in two at every place.
 */
#include "gateway/fcgi_stage.h"

#include <ctype.h>
#include <stdio.h>

#include "tests/unit/feed.h"

/* A word is a record, or what we do: a letter, and an id of one digit.
 *
 *	b a f u  begins a responder, an authorizer, a filter, an unknown role
 *	p s d    a piece of parameters, body, data; in capitals the end of that stream
 *	x        aborts        e  its answer is complete (ours)
 *	o        output        g  asks for values         t  a type that nobody knows
 *
 * What comes of it, in the same letters: B for a begin, R for a refused role, T for the unknown
 *type,
 * "-" for nothing; or "! " and why. */
static const struct {
	const char *said, *done;
} rows[] = {
	/* roles */
	{"b1 p1 P1 s1 S1", "B1 p1 P1 s1 S1"},
	{"b1 P1 S1", "B1 P1 S1"},
	{"a1 p1 P1", "B1 p1 P1"},
	{"f1 p1 P1 s1 S1 d1 D1", "B1 p1 P1 s1 S1 d1 D1"},
	{"f1 P1 S1 D1", "B1 P1 S1 D1"},
	{"u1 p1 P1 s1 S1", "R1 p1 P1 s1 S1"},
	{"u1 e1 p1 P1 s1 S1", "R1 -"},
	/* several at once */
	{"b1 b2 p2 p1 P1 s1 P2 S2 s1 S1", "B1 B2 p2 p1 P1 s1 P2 S2 s1 S1"},
	{"b1 a2 P2 P1 e2 b2 s1 P2 S1 s2 S2", "B1 B2 P2 P1 B2 s1 P2 S1 s2 S2"},
	/* an id again */
	{"b1 P1 S1 e1 b1 P1 S1 e1 b1", "B1 P1 S1 B1 P1 S1 B1"},
	{"b1 P1 s1 e1 b1 p1", "B1 P1 s1 B1 p1"},
	{"b1 e1 b1 p1", "B1 B1 p1"},
	/* what still comes of one that is answered */
	{"b1 p1 e1 p1 P1 s1 S1 b1", "B1 p1 - B1"},
	{"b1 P1 s1 e1 s1 s1 S1 x1 b1 P1", "B1 P1 s1 - B1 P1"},
	{"f1 P1 s1 e1 S1 d1 D1", "B1 P1 s1 -"},
	/* aborts */
	{"b1 x1", "B1 x1"},
	{"b1 P1 S1 x1 e1 x1", "B1 P1 S1 x1 -"},
	{"b1 P1 x1 e1 S1 x1", "B1 P1 x1 -"},
	{"b1 P1 S1 e1 x1 x1", "B1 P1 S1 -"},
	{"x1", "! aborts a request that it has not begun"},
	{"b1 x2", "B1 ! aborts a request that it has not begun"},
	/* an authorizer has no body, but some end it */
	{"a1 P1 S1", "B1 P1 -"},
	{"a1 P1 e1 S1", "B1 P1 -"},
	{"a1 P1 s1", "B1 P1 ! sends more of a body behind its end"},
	{"a1 P1 e1 s1", "B1 P1 ! goes on with a request that is over"},
	/* the connection's own */
	{"g0", "g0"},
	{"b1 g0 t0 P1", "B1 g0 T0 P1"},
	/* nothing of this may be */
	{"b1 b1", "B1 ! begins a request with the id of another"},
	{"b1 P1 S1 b1", "B1 P1 S1 ! begins a request with the id of another"},
	{"p1", "! goes on with a request that it has not begun"},
	{"b1 s2", "B1 ! goes on with a request that it has not begun"},
	{"b1 S2", "B1 ! goes on with a request that it has not begun"},
	{"b1 s1", "B1 ! sends a body before the end of its request's parameters"},
	{"b1 S1", "B1 ! sends a body before the end of its request's parameters"},
	{"b1 P1 p1", "B1 P1 ! sends parameters of a request behind their end"},
	{"b1 P1 P1", "B1 P1 ! sends parameters of a request behind their end"},
	{"b1 P1 S1 s1", "B1 P1 S1 ! sends more of a body behind its end"},
	{"b1 P1 S1 S1", "B1 P1 S1 ! sends more of a body behind its end"},
	{"b1 P1 S1 e1 s1", "B1 P1 S1 ! goes on with a request that is over"},
	{"b1 P1 e1 S1 S1", "B1 P1 -"},
	{"b1 P1 S1 d1",
		"B1 P1 S1 ! sends a file's data behind its end, or to a role that has none"},
	{"f1 P1 d1", "B1 P1 ! sends a file's data before the end of the body"},
	{"b1 d1", "B1 ! sends a file's data before the end of the body"},
	{"b1 o1", "B1 ! sends a stream that is a program's to send"},
	{"o1", "! sends a stream that is a program's to send"},
	{"b1 E1", "B1 ! sends a record that is a program's to send"},
	{"v0", "! sends a record that is a program's to send"},
	{"U0", "! sends a record that is a program's to send"},
};

static void put(struct buf *b, char what, uint16_t id)
{
	static const char streams[] = "psdPSDo";
	static const uint8_t types[] = {FCGI_PARAMS, FCGI_STDIN, FCGI_DATA, FCGI_PARAMS, FCGI_STDIN,
		FCGI_DATA, FCGI_STDOUT};
	const char *stream = strchr(streams, what);
	struct fcgi_params w;

	if (stream && isupper((unsigned char)what))
		fcgi_stream_end(b, types[stream - streams], id);
	else if (stream)
		fcgi_stream(b, types[stream - streams], id, SPAN_LIT("some"));
	else if (what == 'x')
		fcgi_abort_request(b, id);
	else if (what == 'E')
		fcgi_end_request(b, id, 0, 0);
	else if (what == 'U')
		fcgi_unknown_type(b, 9);
	else if (what == 't')
		buf_put(b, "\1\143\0\0\0\2\1\0ab.", 11);
	else if (what == 'g' || what == 'v')
		ck_assert(fcgi_params_open(&w, b,
				  what == 'g' ? FCGI_GET_VALUES : FCGI_GET_VALUES_RESULT, 0) &&
			  fcgi_param(b, SPAN_LIT("A"), SPAN_NONE) && fcgi_params_close(&w, b));
	else
		fcgi_begin_request(b, id,
			what == 'b'   ? FCGI_RESPONDER
			: what == 'a' ? FCGI_AUTHORIZER
			: what == 'f' ? FCGI_FILTER
				      : 9,
			true);
}

struct run {
	struct fcgi_reader reader;
	struct fcgi_stage stages[10];
	char told[400];
	bool broken;
};

/* Pieces of one record are one. */
static void tell(struct run *r, const char *word)
{
	size_t n = strlen(r->told), k = strlen(word);

	if (n >= k && strcmp(r->told + n - k, word) == 0 && islower((unsigned char)word[1]))
		return;
	if (n >= k && strcmp(r->told + n - k, word) == 0 && word[1] == '-')
		return;
	ck_assert_uint_lt(n + k, sizeof r->told);
	strcat(r->told, word);
}

static void on_event(struct run *r, const struct fcgi_event *ev)
{
	static const char letters[] = "-BRpPsSdDxgT";
	const char *why = NULL;
	enum fcgi_deed deed = fcgi_stage_take(&r->stages[ev->id % 10], ev, &why);
	char word[100];

	if (deed == FCGI_DO_BREAK)
		snprintf(word, sizeof word, " ! %s", why);
	else if (deed == FCGI_DO_NOTHING)
		snprintf(word, sizeof word, " -");
	else
		snprintf(word, sizeof word, " %c%u", letters[deed], ev->id);
	r->broken = deed == FCGI_DO_BREAK;
	tell(r, word);
}

static void read_all(struct run *r, const char *p, size_t n)
{
	while (n && !r->broken) {
		struct fcgi_event ev;
		ssize_t used = fcgi_read(&r->reader, p, n, &ev);
		ck_assert_int_gt(used, 0);
		if (ev.kind != FCGI_EV_NONE)
			on_event(r, &ev);
		p += used;
		n -= (size_t)used;
	}
}

/* Up to where we ourselves say something, and that. Returns what is left of `said`. */
static const char *one_part(const char *said, struct buf *bytes, int *answered)
{
	*answered = -1;
	for (; *said && *answered < 0; said += 2 + (said[2] == ' '))
		if (said[0] == 'e')
			*answered = said[1] - '0';
		else
			put(bytes, said[0], (uint16_t)(said[1] - '0'));
	return said;
}

static void play(const char *said, size_t which, struct feed_wall wall, struct run *r)
{
	struct buf bytes = BUF_INIT;
	int answered;

	*r = (struct run){.told = ""};
	while (*said && !r->broken) {
		buf_clear(&bytes);
		said = one_part(said, &bytes, &answered);
		size_t n = buf_len(&bytes), came = 0;
		struct feed_plan plan = feed_plan(which % feed_plans(n), n);
		while (came < n && !r->broken) {
			size_t next = feed_next(plan, came, n);
			read_all(r, feed_put(wall, buf_head(&bytes) + came, next - came),
				next - came);
			came = next;
		}
		if (answered >= 0)
			fcgi_stage_answered(&r->stages[answered]);
	}
	buf_free(&bytes);
}

START_TEST(conversation)
{
	struct feed_wall wall = feed_wall(1000);
	struct run r;

	for (size_t which = 0; which < 130; which++) {
		play(rows[_i].said, which, wall, &r);
		ck_assert_msg(strcmp(r.told[0] ? r.told + 1 : "", rows[_i].done) == 0,
			"%s: cut %zu: '%s' is not '%s'", rows[_i].said, which, r.told + 1,
			rows[_i].done);
	}
	feed_wall_free(wall);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fcgi_stage");
	TCase *tc = tcase_create("stage");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, conversation, 0, nitems(rows));
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
