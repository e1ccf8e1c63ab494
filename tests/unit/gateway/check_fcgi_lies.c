/* SPDX-License-Identifier: MIT
 *
 * check_fcgi_lies: what a program may answer by FastCGI that is none, and what is one although it
 * looks odd: in one piece, cut at every byte, and broken off at every byte.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "gateway/backend_fcgi.h"
#include "gateway/fcgi_seat.h"
#include "gateway/fcgi_wrap.h"
#include "gateway/relay.h"
#include "tests/unit/gateway/stage.h"

static struct plan_pool *pool;
static struct dispatch *d;
static struct crew *crew;
static struct conn guest = {.via = &stage_via};
static int door, seat;
static unsigned broken, hired;

static void on_broken(struct worker *w, const char *why)
{
	(void)w, (void)why;
	broken++;
}

static void on_drop(struct dispatch *x)
{
	dispatch_unref(x);
}

static void on_worked(struct worker *w)
{
	(void)w;
}

static void up(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	stage_up();
	told_forget();
	worker_on_worked(on_worked);
	fcgi_seat_init(on_broken);
	pool = stage_pool((struct msg_plan_pool){.max_children = 1, .max_queue = 8});
	pool->dispatch = d = dispatch_new(pool);
	pool->drop_dispatch = on_drop;
	stage_seal();
	door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", stage_path("worker"));
	ck_assert_int_eq(bind(door, (void *)&addr, sizeof addr), 0);
	ck_assert_int_eq(listen(door, 8), 0);
}

static void turns(void)
{
	for (int i = 0; i < 4; i++)
		stage_turn();
}

static void down(void)
{
	told_forget();
	stage_down();
}

/* A new process, and a request for it. */
static void ask(void)
{
	char room[4096];
	struct request *r;

	hired++;
	crew = crew_new(d, hired, 100 + hired, 0);
	ck_assert(fcgi_worker_join(crew, 1, span_of(stage_path("worker"))));
	told_forget();
	broken = 0;
	r = stage_request(&fake_front, &guest, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	r->pool = pool;
	r->read_whole = true;
	dispatch_enter(r);
	seat = accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ge(seat, 0);
	while (read(seat, room, sizeof room) > 0)
		;
}

static void say(const char *p, size_t n)
{
	/* It may have hung up on us by now. */
	ck_assert(send(seat, p, n, MSG_NOSIGNAL) <= (ssize_t)n);
	turns();
}

static void leave(void)
{
	close(seat);
	turns();
	roster_gone(crew);
	turns();
}

/* What came of it. A word of what was not whole is never one of what was. */
static const char *outcome(void)
{
	static char text[64];

	ck_assert_uint_eq(told.ended + told.cut + told.refusals, 1);
	if (told.refusals)
		snprintf(text, sizeof text, "%d", told.refused);
	else
		snprintf(text, sizeof text, "%s %.*s", told.ended ? "whole" : "cut",
			SPAN_FMT(buf_span(&told.body)));
	return text;
}

#define HEAD   "Content-Type: a/b\r\n\r\n"
#define RECORD "\1\6\0\1\0\30\0\0" HEAD "bye"
#define END    "\1\3\0\1\0\10\0\0\0\0\0\0\0\0\0\0"
#define ENDED  "\1\6\0\1\0\0\0\0" END
#define ROW(wanted, bytes)                           \
	{                                            \
		(bytes), sizeof(bytes) - 1, (wanted) \
	}

static const struct {
	const char *bytes;
	size_t n;
	const char *wanted;
} rows[] = {
	/* Answers: with an end of their streams or without, padded, in records of one byte, with an
	 * application status, with words for the log. */
	ROW("whole bye", RECORD ENDED),
	ROW("whole bye", RECORD END),
	ROW("whole bye", "\1\6\0\1\0\30\7\0" HEAD "bye"
			 "padding" END),
	ROW("whole bye", RECORD "\1\3\0\1\0\10\3\0\0\0\0\7\0\0\0\0pad"),
	ROW("whole b", "\1\6\0\1\0\25\0\0" HEAD "\1\6\0\1\0\1\0\0b" END),
	ROW("whole bye", "\1\7\0\1\0\4\1\0oops\0" RECORD "\1\7\0\1\0\0\0\0" END),
	ROW("whole ", "\1\6\0\1\0\25\0\0" HEAD END),
	/* Ids: none, another's, one that is the same in its last byte. */
	ROW("502", "\1\6\0\0\0\1\0\0x" END),
	ROW("502", "\1\6\1\1\0\1\0\0x" END),
	ROW("502", "\1\6\0\2\0\1\0\0x" END),
	ROW("cut bye", RECORD "\1\6\0\2\0\1\0\0x" END),
	ROW("cut bye", RECORD "\1\3\0\2\0\10\0\0\0\0\0\0\0\0\0\0"),
	ROW("cut bye", RECORD "\1\3\0\0\0\10\0\0\0\0\0\0\0\0\0\0"),
	ROW("502", "\1\12\0\1\0\0\0\0" RECORD END),
	ROW("502", "\1\13\0\1\0\10\0\0\0\0\0\0\0\0\0\0" RECORD END),
	/* Versions and types. */
	ROW("502", "\0\6\0\1\0\30\0\0" HEAD "bye" END),
	ROW("502", "\2\6\0\1\0\30\0\0" HEAD "bye" END),
	ROW("502", "\1\14\0\1\0\0\0\0" RECORD END),
	ROW("502", "\1\377\0\1\0\0\0\0" RECORD END),
	ROW("502", "\1\0\0\1\0\0\0\0" RECORD END),
	ROW("502", "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\nbye"),
	/* What is a web server's to send. */
	ROW("502", "\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0" RECORD END),
	ROW("502", "\1\2\0\1\0\0\0\0" RECORD END),
	ROW("502", "\1\4\0\1\0\1\0\0x" RECORD END),
	ROW("502", "\1\5\0\1\0\1\0\0x" RECORD END),
	ROW("502", "\1\10\0\1\0\1\0\0x" RECORD END),
	/* Lengths: of an end, and of a record whose length was cut to 16 bits. */
	ROW("cut bye", RECORD "\1\3\0\1\0\0\0\0"),
	ROW("cut bye", RECORD "\1\3\0\1\0\11\0\0\0\0\0\0\0\0\0\0\0"),
	ROW("cut bye", RECORD "\1\3\0\1\0\7\0\0\0\0\0\0\0\0\0"),
	ROW("502", "\1\6\0\1\0\0\0\0" HEAD "bye" END),
	ROW("cut bye", RECORD "\1\6\0\1\0\0\0\0"
			      "xxxxxxxxxxxxxxxx" END),
	/* Refusals by the protocol. */
	ROW("502", "\1\3\0\1\0\10\0\0\0\0\0\0\1\0\0\0"),
	ROW("502", "\1\3\0\1\0\10\0\0\0\0\0\0\2\0\0\0"),
	ROW("502", "\1\3\0\1\0\10\0\0\0\0\0\0\3\0\0\0"),
	ROW("502", "\1\3\0\1\0\10\0\0\0\0\0\0\377\0\0\0"),
	ROW("cut bye", RECORD "\1\3\0\1\0\10\0\0\0\0\0\0\1\0\0\0"),
	ROW("cut bye", RECORD "\1\3\0\1\0\10\0\0\0\0\0\0\3\0\0\0"),
	/* An answer that says why, as we give it ourselves. */
	ROW("whole bye", RECORD "\1\3\0\1\0\10\0\0\0\0\0\0\2\0\0\0"),
	/* No response at all, or none that can be one. */
	ROW("502", END),
	ROW("502", ENDED),
	ROW("502", "\1\6\0\1\0\3\0\0bye" END),
	ROW("502", "\1\6\0\1\0\5\0\0\r\nbye" END),
	ROW("502", "\1\6\0\1\0\26\0\0Content-Type: a\0b\r\n\r\nx" END),
	ROW("502", "\1\6\0\1\0\17\0\0: a\r\nStatus: 2\r\n" END),
	ROW("502", "\1\6\0\1\0\17\0\0Status: 20\r\n\r\nx" END),
	ROW("502", "\1\6\0\1\0\17\0\0Status: 20" END),
};

START_TEST(in_pieces)
{
	for (size_t cut = 0; cut < rows[_i].n; cut++) {
		ask();
		if (cut)
			say(rows[_i].bytes, cut);
		say(rows[_i].bytes + cut, rows[_i].n - cut);
		leave();
		ck_assert_msg(strcmp(outcome(), rows[_i].wanted) == 0, "cut at %zu: %s, not %s",
			cut, outcome(), rows[_i].wanted);
	}
}
END_TEST

START_TEST(byte_by_byte)
{
	ask();
	for (size_t i = 0; i < rows[_i].n; i++)
		say(rows[_i].bytes + i, 1);
	leave();
	ck_assert_str_eq(outcome(), rows[_i].wanted);
}
END_TEST

/* What is not there to its last byte is no whole answer; padding behind an end is nobody's. */
START_TEST(broken_off)
{
	const char *ends = memmem(rows[_i].bytes, rows[_i].n, "\1\3\0\1\0\10", 6);
	size_t last = ends ? (size_t)(ends - rows[_i].bytes) + 16 : rows[_i].n;

	for (size_t n = 1; n < last && n < rows[_i].n; n++) {
		ask();
		say(rows[_i].bytes, n);
		leave();
		ck_assert_uint_eq(told.ended, 0);
		ck_assert_uint_eq(told.cut + told.refusals, 1);
		ck_assert(!told.refusals || told.refused == 502);
	}
}
END_TEST

/* A record of all the content and all the padding that there can be, twice. */
START_TEST(the_longest_records)
{
	static char most[8 + 65535 + 255];
	const size_t head = sizeof HEAD - 1;

	ask();
	for (int i = 0; i < 2; i++) {
		memset(most, 'x', sizeof most);
		memcpy(most, "\1\6\0\1\377\377\377", 8);
		if (i == 0)
			memcpy(most + 8, HEAD, head);
		for (size_t at = 0; at < sizeof most; at += 16384)
			say(most + at, sizeof most - at < 16384 ? sizeof most - at : 16384);
	}
	say(END, 16);
	ck_assert_uint_eq(told.ended, 1);
	ck_assert_uint_eq(buf_len(&told.body), 2 * 65535 - head);
	ck_assert_uint_eq(broken, 0);
	leave();
}
END_TEST

/* One after the other, each head is refused before it is all there. */
START_TEST(a_head_without_an_end)
{
	static char most[8 + 65535];
	size_t all = 0;

	ask();
	memset(most, 'x', sizeof most);
	memcpy(most, "\1\6\0\1\377\377\0", 8);
	memcpy(most + 8, "X: ", 3);
	while (told.refusals == 0 && all < 4 * sizeof most) {
		size_t at = all % sizeof most,
		       n = sizeof most - at < 8192 ? sizeof most - at : 8192;
		say(most + at, n);
		all += n;
	}
	ck_assert_int_eq(told.refused, 502);
	leave();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fcgi_lies");
	TCase *tc = tcase_create("lies");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_loop_test(tc, in_pieces, 0, (int)nitems(rows));
	tcase_add_loop_test(tc, byte_by_byte, 0, (int)nitems(rows));
	tcase_add_loop_test(tc, broken_off, 0, (int)nitems(rows));
	tcase_add_test(tc, the_longest_records);
	tcase_add_test(tc, a_head_without_an_end);
	suite_add_tcase(s, tc);
	return stage_run(s);
}
