/* SPDX-License-Identifier: MIT
 *
 * check_backend_fcgi: a worker that the test plays itself, byte by byte, at the other end of its
 * socket.
 */
#include "gateway/backend_fcgi.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "gateway/fcgi_seat.h"
#include "gateway/fcgi_wrap.h"
#include "tests/unit/gateway/seats.h"
#include "tests/unit/gateway/stage.h"

static struct plan_pool *pool;
static struct dispatch *d;
static struct crew *crew;
static struct conn guest = {.via = &stage_via};
static int door, seat; /* where the worker listens, and its end of the connection */
static unsigned broken;

static void on_broken(struct worker *w, const char *why)
{
	(void)w, (void)why;
	broken++;
}

static void on_drop(struct dispatch *x)
{
	dispatch_unref(x);
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", path);
	ck_assert_int_eq(bind(fd, (void *)&addr, sizeof addr), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	return fd;
}

static void on_worked(struct worker *w)
{
	(void)w;
}

static struct worker *first_seat(void)
{
	return list_first(&crew->seats, struct worker, all);
}

static struct crew *hire(uint32_t id, uint32_t seats, const char *path)
{
	struct crew *c = crew_new(d, id, 100 + id, 0);

	ck_assert(fcgi_worker_join(c, seats, span_of(stage_path(path))));
	return c;
}

static void up(void)
{
	stage_up();
	told_forget();
	worker_on_worked(on_worked);
	fcgi_seat_init(on_broken);
	pool = stage_pool((struct msg_plan_pool){.max_children = 1, .max_queue = 8});
	pool->dispatch = d = dispatch_new(pool);
	pool->drop_dispatch = on_drop;
	stage_seal();
	door = listen_at(stage_path("worker"));
	crew = hire(1, 1, "worker");
	seat = -1;
}

static void down(void)
{
	roster_gone(crew);
	for (int i = 0; i < 4; i++)
		stage_turn();
	told_forget();
	stage_down();
}

/* ---- both sides ---- */

static struct request *ask(const char *method, size_t body)
{
	static char some[65536];
	struct spool_place to = {.in_memory = SIZE_MAX};
	char text[128];
	struct request *r;

	snprintf(text, sizeof text, "%s / HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n",
		method, body);
	r = stage_request(&fake_front, &guest, text);
	r->pool = pool;
	r->read_whole = true;
	for (; r->body_len < body; r->body_len += sizeof some)
		ck_assert(spool_put(&r->body, (struct span){some, sizeof some}, &to));
	dispatch_enter(r);
	return r;
}

/* The worker takes the connection, and what has been sent if it is to read. */
static void take(bool reads)
{
	char room[65536];

	if (seat < 0)
		seat = accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ge(seat, 0);
	while (reads && read(seat, room, sizeof room) > 0)
		stage_turn();
}

static void say_end(struct buf *b)
{
	fcgi_end_request(b, seats_id(d), 0, FCGI_REQUEST_COMPLETE);
}

/* What there is to say in one piece, with an end or without. */
static void say(const char *text, bool ends)
{
	struct buf b = BUF_INIT;

	fcgi_stream(&b, FCGI_STDOUT, seats_id(d), span_of(text));
	if (ends)
		say_end(&b);
	ck_assert_int_eq(write(seat, buf_head(&b), buf_len(&b)), (ssize_t)buf_len(&b));
	buf_free(&b);
}

static void set_done(struct mono at)
{
	fcgi_seat_of(first_seat())->done_at = at;
}

static void hang_up(void)
{
	close(seat);
	seat = -1;
}

static void turns(void)
{
	for (int i = 0; i < 4; i++)
		stage_turn();
}

static void expect_idle(bool idle)
{
	struct dispatch_facts f;

	dispatch_facts(d, &f);
	ck_assert_uint_eq(f.idle, idle);
	ck_assert_uint_eq(f.busy, !idle);
	ck_assert_uint_eq(f.waiting, 0);
}

#define WHOLE "Content-Type: text/plain\r\n\r\nbody"

/* ---- */

START_TEST(an_answer_and_its_end)
{
	ask("GET", 0);
	take(true);
	say(WHOLE, true);
	turns();
	ck_assert_uint_eq(told.ended, 1);
	expect_idle(true);
	ck_assert_uint_eq(broken, 0);
}
END_TEST

static void let_open(bool may)
{
	static struct rlimit before;
	struct rlimit none;

	if (may) {
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
		return;
	}
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
}

/* Nor is it the worker's fault that we cannot speak to it; not even if it dies meanwhile. */
START_TEST(no_descriptor_for_a_connection)
{
	let_open(false);
	ask("GET", 0);
	ck_assert_int_eq(told.refused, 503);
	expect_idle(false); /* until the turn is over */
	if (_i)
		roster_gone(crew);
	else
		ask("GET", 0);
	turns();
	let_open(true);
	ck_assert_uint_eq(told.refusals, 2 - (unsigned)_i);
	ck_assert_uint_eq(broken, 0);
	ck_assert(strstr(stage_logged(), "the gateway has no descriptor"));
	if (_i) {
		crew = hire(2, 1, "worker");
		return;
	}
	expect_idle(true);
	ask("GET", 0);
	take(true);
	say(WHOLE, true);
	turns();
	ck_assert_uint_eq(told.ended, 1);
}
END_TEST

static void expect_room_made_for(const char *method, int next_fd)
{
	struct rlimit before, none;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){.rlim_cur = (rlim_t)next_fd, .rlim_max = before.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ask(method, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(told.refused, 0);
}

static int next_descriptor(void)
{
	int probe = dup(0);

	close(probe);
	return probe;
}

/* A descriptor that an idle connection has will do, be it that of another process. */
START_TEST(an_idle_connection_makes_way)
{
	int other_door = listen_at(stage_path("other"));
	struct crew *other;
	int idle;

	ask("GET", 0);
	take(true);
	say(WHOLE, true);
	turns();
	idle = seat;
	other = hire(2, 1, "other"); /* who joined last is the warmest */
	expect_room_made_for("POST", next_descriptor());
	seat = accept4(other_door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ge(seat, 0);
	say(WHOLE, true);
	turns();
	ck_assert_uint_eq(told.ended, 2);
	ck_assert_uint_eq(broken, 0);
	close(idle);
	ask("GET", 0);
	ask("GET", 0); /* who has made way serves on, by a new connection */
	seat = -1;
	take(true);
	roster_gone(other);
	turns();
}
END_TEST

/* Its process has another, over which it works. */
START_TEST(an_idle_connection_of_a_busy_process_makes_way)
{
	int other_door = listen_at(stage_path("other"));
	struct crew *other;
	int idle, busy;

	roster_gone(crew);
	turns();
	crew = hire(2, 2, "worker");
	ask("GET", 0);
	take(true);
	idle = seat;
	say(WHOLE, true);
	ask("GET", 0);
	seat = -1;
	take(true);
	busy = seat;
	seat = idle;
	turns();
	ck_assert_uint_eq(told.ended, 1);
	other = hire(3, 1, "other");
	expect_room_made_for("POST", next_descriptor());
	ck_assert_int_eq(recv(idle, &(char){0}, 1, MSG_DONTWAIT), 0);
	ck_assert_int_lt(recv(busy, &(char){0}, 1, MSG_DONTWAIT), 0);
	seat = accept4(other_door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ge(seat, 0);
	close(idle);
	roster_gone(other);
	turns();
}
END_TEST

/* It is the program that is wrong, and not the worker: what else it says is read, and it lives. */
START_TEST(what_is_no_response)
{
	ask("POST", _i ? 1 << 20 : 0);
	take(false);
	say(_i ? "no header" : "no header\n\n", _i);
	turns();
	ck_assert_int_eq(told.refused, 502);
	ck_assert(strstr(stage_logged(), "child 101, request"));
	ck_assert(strstr(stage_logged(), "it said \"no header"));
	if (!_i) {
		expect_idle(false);
		say("more of it", true);
		turns();
	}
	expect_idle(true);
	ck_assert_uint_eq(broken, 0);
	ck_assert_uint_eq(told.begun + told.ended, 0);
}
END_TEST

/* Bytes and the end of the stream are one event if both are there when we look. */
START_TEST(half_an_answer_and_a_closed_connection)
{
	ask("GET", 0);
	take(true);
	say(WHOLE, false);
	hang_up();
	turns();
	ck_assert_uint_eq(told.cut, 1);
	ck_assert_uint_eq(broken, 1);
}
END_TEST

START_TEST(nothing_but_a_closed_connection)
{
	ask("POST", 65536);
	take(true);
	hang_up();
	turns();
	ck_assert_int_eq(told.refused, 502);
	ck_assert_uint_eq(broken, 1);
}
END_TEST

/* A refusal of a large body, say: it is the answer, though we cannot send the rest. */
START_TEST(an_answer_before_the_body_was_read)
{
	ask("POST", 16 * 65536);
	take(false);
	turns();
	say("Status: 413\r\nContent-Type: text/plain\r\n\r\ntoo much", true);
	hang_up();
	turns();
	ck_assert_uint_eq(told.ended, 1);
	ck_assert_int_eq(told.status, 413);
	expect_idle(true);
	ck_assert_uint_eq(broken, 0);
}
END_TEST

/* The next request must not get what is left of the one before: an end, or all of an answer. It
 * goes to another process if it may be sent again. */
static const struct {
	const char *method;
	bool output, begun; /* the next one's own answer is */
	int refused;
} strays[] = {
	{"GET", false, false, 0}, {"GET", true, false, 0}, {"POST", true, false, 502},
	{"GET", true, true, 0}, /* and cut */
};

static void say_of(uint16_t id, bool output, bool ends)
{
	struct buf b = BUF_INIT;

	if (output)
		fcgi_stream(&b, FCGI_STDOUT, id, SPAN_LIT(WHOLE));
	if (ends)
		fcgi_end_request(&b, id, 0, FCGI_REQUEST_COMPLETE);
	ck_assert_int_eq(write(seat, buf_head(&b), buf_len(&b)), (ssize_t)buf_len(&b));
	buf_free(&b);
	turns();
}

START_TEST(an_answer_that_comes_twice)
{
	int other_door = listen_at(stage_path("other"));
	struct crew *other;
	char room[16];

	ask("GET", 0);
	take(true);
	say(WHOLE, true);
	turns();
	expect_idle(true);
	set_done((struct mono){0});
	ask(strays[_i].method, 0);
	take(true);
	other = hire(2, 1, "other");
	if (strays[_i].begun)
		say_of(3, true, false);
	say_of(2, strays[_i].output, true);
	ck_assert_uint_eq(broken, 1);
	ck_assert(strstr(
		stage_logged(), "child 101 sent a record of id 2 though its request has id 3"));
	ck_assert_int_eq(told.refused, strays[_i].refused);
	ck_assert_uint_eq(told.cut, strays[_i].begun);
	ck_assert_int_eq(read(seat, room, sizeof room), 0);
	hang_up();
	door = other_door;
	if (!strays[_i].begun && !strays[_i].refused) {
		take(true);
		say_of(2, true, true);
		ck_assert_uint_eq(told.ended, 2);
	}
	roster_gone(other);
	turns();
}
END_TEST

START_TEST(one_that_knows_one_id)
{
	for (unsigned i = 0; i < 3; i++) {
		ask("POST", 0);
		take(true);
		ck_assert_uint_eq(seats_id(d), i ? FCGI_WRAP_ONLY_ID : FCGI_WRAP_FIRST_ID);
		say_of(FCGI_WRAP_ONLY_ID, true, true);
		ck_assert_uint_eq(told.ended, i + 1);
		set_done((struct mono){0});
	}
	ck_assert_uint_eq(broken, 0);
	hang_up();
}
END_TEST

/* libfcgi would take what is left of it for the beginning of the next request. */
START_TEST(an_answer_without_reading_the_body)
{
	char room[1000];

	ask("POST", 65536);
	take(false);
	turns();
	ck_assert_int_gt(read(seat, room, sizeof room), 0);
	say(WHOLE, true);
	turns();
	ck_assert_uint_eq(told.ended, 1);
	expect_idle(true);
	seat = -1; /* still open, but of no use: there is another connection */
	ask("GET", 0);
	take(true);
	say(WHOLE, true);
	turns();
	ck_assert_uint_eq(told.ended, 2);
	ck_assert_uint_eq(broken, 0);
}
END_TEST

/* ---- a body that is passed on as it comes ---- */

static struct fcgi_seen {
	uint64_t params, body;
	bool ended;
} seen;

static struct request *ask_streaming(const char *method)
{
	struct request *r;
	char text[128];

	snprintf(text, sizeof text,
		"%s / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", method);
	r = stage_request(&fake_front, &guest, text);
	r->pool = pool;
	r->streams = true;
	dispatch_enter(r);
	return r;
}

/* As the front does. */
static size_t bring(struct request *r, size_t n)
{
	static char some[65536];
	struct spool_place to = {.in_memory = SIZE_MAX};
	size_t room = request_body_room(r);

	n = n < room ? n : room;
	ck_assert(spool_put(&r->body, (struct span){some, n}, &to));
	r->body_len += n;
	first_seat()->backend->more(first_seat());
	return n;
}

/* What the worker has got by now. False: and the end of the connection. */
static bool look(void)
{
	static struct fcgi_reader reader;
	char room[65536];
	ssize_t n;

	if (seat < 0) {
		take(false);
		reader = (struct fcgi_reader){0};
		seen = (struct fcgi_seen){0};
	}
	while ((n = read(seat, room, sizeof room)) > 0) {
		for (const char *p = room; n > 0;) {
			struct fcgi_event ev;
			ssize_t took = fcgi_read(&reader, p, (size_t)n, &ev);

			ck_assert_int_gt(took, 0);
			if (ev.type == FCGI_STDIN && ev.kind == FCGI_EV_DATA)
				seen.body += ev.data.n;
			seen.ended |= ev.type == FCGI_STDIN && ev.kind == FCGI_EV_STREAM_END;
			p += took;
			n -= took;
		}
		stage_turn();
	}
	return n < 0 && errno == EAGAIN;
}

START_TEST(a_body_in_pieces)
{
	struct request *r = ask_streaming("POST");

	ck_assert(look());
	ck_assert_uint_gt(told.pulled, 0);
	for (uint64_t all = 0; all < 1000000;) {
		all += bring(r, 10007);
		ck_assert(look());
		ck_assert_uint_eq(seen.body, all);
		ck_assert_uint_le(buf_len(&r->body.mem), REQUEST_BODY_IN_MEMORY);
	}
	ck_assert(!seen.ended);
	r->read_whole = true;
	first_seat()->backend->more(first_seat());
	ck_assert(look() && seen.ended);
	say(WHOLE, true);
	turns();
	ck_assert_uint_eq(told.ended, 1);
	expect_idle(true);
	ck_assert_uint_eq(broken, 0);
}
END_TEST

START_TEST(a_worker_that_takes_nothing_gets_no_more)
{
	struct request *r = ask_streaming("POST");
	uint64_t all = 0;

	take(false);
	for (size_t n; (n = bring(r, 65536)) > 0;)
		all += n;
	ck_assert_uint_lt(all, 2000000);
	told.pulled = 0;
	close(seat);
	seat = -1;
	turns();
	ck_assert_int_eq(told.refused, 502); /* and not to another: its beginning is gone */
	turns();
}
END_TEST

/* Whoever leaves: the worker must not take it for the end; and is free when it has heard of it, be
 * it that it ends its answer or just its connection. */
START_TEST(a_body_broken_off)
{
	struct request *r = ask_streaming("POST");

	ck_assert(look());
	bring(r, 100);
	ck_assert(look());
	ck_assert(dispatch_forget(r));
	stage_done(r);
	turns();
	ck_assert(!look());
	ck_assert_uint_eq(seen.body, 100);
	ck_assert(!seen.ended);
	expect_idle(false);
	if (_i)
		say(WHOLE, true);
	else
		hang_up();
	turns();
	expect_idle(true);
	ck_assert_uint_eq(broken, 0);
}
END_TEST

START_TEST(an_answer_within_the_body)
{
	struct request *r = ask_streaming("POST");

	ck_assert(look());
	bring(r, 100);
	say(WHOLE, true);
	turns();
	ck_assert_uint_eq(told.ended, 1);
	look();
	ck_assert(!seen.ended);
	expect_idle(true);
	seat = -1; /* closed: what would still come must not reach the next */
	ask("GET", 0);
	take(true);
	say(WHOLE, true);
	turns();
	ck_assert_uint_eq(told.ended, 2);
}
END_TEST

/* As long as everything is there, it can be said again. */
START_TEST(what_was_not_read_goes_to_another_while_it_is_whole)
{
	struct crew *other;
	int other_door = listen_at(stage_path("other"));
	struct request *r = ask_streaming("PUT");

	take(false);
	for (uint64_t all = 0; all < (_i ? 100000u : 1000u);) {
		char room[50000];

		all += bring(r, 50000);
		if (_i)
			ck_assert_int_gt(read(seat, room, sizeof room), 0);
		turns();
	}
	other = hire(2, 1, "other");
	hang_up(); /* unread bytes make it a reset */
	turns();
	ck_assert_int_eq(told.refused, _i ? 502 : 0);
	if (!_i) {
		seat = accept4(other_door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		ck_assert_int_ge(seat, 0);
		say(WHOLE, true);
		turns();
		ck_assert_uint_eq(told.ended, 1);
	}
	roster_gone(other);
	turns();
	close(other_door);
}
END_TEST

/* All of them were killed at once, say: that is no reason to refuse a request that waits. */
START_TEST(many_workers_that_do_not_answer)
{
	struct crew *dead[5];
	struct dispatch_facts f;

	ask("GET", 0);
	take(true);
	for (unsigned i = 0; i < nitems(dead); i++)
		dead[i] = hire(2 + i, 1, "nobody");
	ask("POST", 65536);
	ck_assert_int_eq(told.refused, 0);
	dispatch_facts(d, &f);
	ck_assert_uint_eq(f.waiting, 1);
	say(WHOLE, true);
	turns();
	hang_up(); /* the POST has another connection */
	take(true);
	say(WHOLE, true);
	turns();
	ck_assert_uint_eq(told.ended, 2);
	for (unsigned i = 0; i < nitems(dead); i++)
		roster_gone(dead[i]);
	turns();
	expect_idle(true);
}
END_TEST

/* ---- programs that close behind each answer ---- */

static void serve_one(bool reads)
{
	take(reads);
	say(WHOLE, true);
	turns();
}

/* What was on its way there is said again to the same process, which is not to blame. */
START_TEST(a_connection_closed_behind_the_answer)
{
	ask("GET", 0);
	serve_one(true);
	for (unsigned i = 2; i < 10; i++) {
		ask("GET", 0);
		hang_up(); /* with the request unread */
		turns();
		serve_one(true);
		ck_assert_uint_eq(told.ended, i);
	}
	ck_assert_uint_eq(broken, 0);
	expect_idle(true);
}
END_TEST

/* ... but a process that is dead is, and what it did not read goes to another. */
START_TEST(a_process_that_died_behind_the_answer)
{
	struct crew *other;
	int other_door = listen_at(stage_path("other"));

	ask("GET", 0);
	serve_one(true);
	ask("GET", 0);
	other = hire(2, 1, "other");
	close(door);
	hang_up();
	turns();
	ck_assert_uint_eq(broken, 1);
	ck_assert_int_eq(told.refused, 0);
	door = other_door;
	serve_one(true);
	ck_assert_uint_eq(told.ended, 2);
	roster_gone(other);
	turns();
}
END_TEST

/* What cannot be said again goes over a kept connection only where one was there for a second
 * request before. */
START_TEST(what_cannot_be_said_again)
{
	int before;

	ask("GET", 0);
	serve_one(true);
	set_done(lane_here->loop.now);
	ask("PATCH", 0);
	hang_up();
	serve_one(true);
	ck_assert_uint_eq(told.ended, 2);
	ask("GET", 0);
	serve_one(true);
	before = seat;
	ask("PATCH", 0);
	serve_one(true);
	ck_assert_int_eq(seat, before);
	ck_assert_int_lt(accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), 0);
	ck_assert_uint_eq(told.ended, 4);
	ck_assert_uint_eq(broken, 0);
}
END_TEST

/* ... or has rested: a worker that is only told such things keeps its connections, too. It proves
 * it once. */
START_TEST(what_cannot_be_said_again_over_a_connection_that_has_rested)
{
	int before;

	ask("PATCH", 0);
	serve_one(true);
	before = seat;
	set_done((struct mono){0});
	ask("PATCH", 0);
	serve_one(true);
	set_done(lane_here->loop.now);
	ask("PATCH", 0);
	serve_one(true);
	ck_assert_int_eq(seat, before);
	ck_assert_int_lt(accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), 0);
	ck_assert_uint_eq(told.ended, 3);
	ck_assert_uint_eq(broken, 0);
}
END_TEST

/* What has rested until now may have ended, and nobody has looked. */
START_TEST(what_cannot_be_said_again_over_a_connection_that_has_ended)
{
	ask("GET", 0);
	serve_one(true);
	hang_up();
	set_done((struct mono){0});
	ask("PATCH", 0);
	serve_one(true);
	ck_assert_uint_eq(told.ended, 2);
	ck_assert_uint_eq(broken, 0);
}
END_TEST

/* ---- several seats ---- */

#define SEATS 3

/* The worker's ends of three connections, each with a request on it. */
static void seat_three(struct crew **c, int fds[SEATS])
{
	char room[4096];

	roster_leave(crew); /* not of this test */
	turns();
	crew = *c = hire(2, SEATS, "worker");
	for (int i = 0; i < SEATS; i++) {
		ask("GET", 0);
		fds[i] = accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		ck_assert_int_ge(fds[i], 0);
		ck_assert_int_gt(read(fds[i], room, sizeof room), 0);
	}
	ck_assert_int_lt(accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), 0);
}

START_TEST(each_request_has_its_own_connection)
{
	struct dispatch_facts f;
	struct crew *c;
	int fds[SEATS];

	seat_three(&c, fds);
	for (int i = SEATS - 1; i >= 0; i--) {
		seat = fds[i];
		say(WHOLE, true);
		turns();
		ck_assert_uint_eq(told.ended, (unsigned)(SEATS - i));
	}
	dispatch_facts(d, &f);
	ck_assert_uint_eq(f.idle, SEATS);
	ck_assert_uint_eq(f.max_busy, SEATS);
	ask("GET", 0); /* on one that is there */
	ck_assert_int_lt(accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), 0);
	say(WHOLE, true);
	turns();
	ck_assert_uint_eq(told.ended, SEATS + 1);
	ck_assert_uint_eq(broken, 0);
}
END_TEST

/* One of them overran, say: the others had begun, and get 502; each one answer. */
START_TEST(a_process_that_is_ended_with_all_seats_taken)
{
	struct dispatch_facts f;
	struct worker *last;
	struct crew *c;
	int fds[SEATS];

	seat_three(&c, fds);
	last = list_last(&c->seats, struct worker, all);
	last->terminate_at = (struct mono){1};
	timer_set(&lane_here->loop, &last->deadline, (struct mono){1});
	turns();
	ck_assert_int_eq(told.refused, 504);
	ck_assert_uint_eq(broken, 1);
	dispatch_facts(d, &f);
	ck_assert_uint_eq(f.busy, SEATS); /* until it is gone */
	for (int i = 0; i < SEATS; i++)
		close(fds[i]);
	turns();
	ck_assert_uint_eq(broken, 1);
	ck_assert_int_eq(told.refused, 502);
	ck_assert_uint_eq(told.refusals, SEATS);
	roster_gone(c);
	for (int i = 0; i < SEATS; i++)
		turns();
	ck_assert_uint_eq(told.refusals, SEATS);
	dispatch_facts(d, &f);
	ck_assert_uint_eq(f.busy + f.idle + f.waiting, 0);
	crew = hire(3, 1, "worker");
}
END_TEST

/* Those that it had not begun with go to another process, and never to a seat of the same. */
START_TEST(what_a_dead_process_did_not_read_goes_to_another)
{
	struct crew *first, *second;
	struct dispatch_facts f;

	roster_leave(crew);
	turns();
	first = hire(2, SEATS, "nobody");
	for (int i = 0; i < SEATS + 2; i++)
		ask("POST", 65536);
	dispatch_facts(d, &f);
	ck_assert_uint_eq(f.waiting, SEATS + 2);
	ck_assert_uint_eq(f.busy, 1);
	ck_assert_uint_eq(broken, 1);
	ck_assert_int_eq(told.refused, 0);
	second = hire(3, SEATS, "worker");
	dispatch_facts(d, &f);
	ck_assert_uint_eq(f.waiting, 2);
	ck_assert_uint_eq(f.busy, 1 + SEATS);
	roster_gone(first);
	turns();
	for (int i = 0; i < SEATS + 2; i++) {
		seat = -1; /* one that has carried a body is not used again */
		take(true);
		say(WHOLE, true);
		turns();
	}
	ck_assert_uint_eq(told.ended, SEATS + 2);
	crew = second;
}
END_TEST

int main(void)
{
	Suite *s = suite_create("backend_fcgi");
	TCase *tc = tcase_create("backend_fcgi");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, an_answer_and_its_end);
	tcase_add_loop_test(tc, no_descriptor_for_a_connection, 0, 2);
	tcase_add_test(tc, an_idle_connection_makes_way);
	tcase_add_test(tc, an_idle_connection_of_a_busy_process_makes_way);
	tcase_add_loop_test(tc, what_is_no_response, 0, 2);
	tcase_add_test(tc, half_an_answer_and_a_closed_connection);
	tcase_add_test(tc, nothing_but_a_closed_connection);
	tcase_add_test(tc, an_answer_before_the_body_was_read);
	tcase_add_test(tc, one_that_knows_one_id);
	tcase_add_loop_test(tc, an_answer_that_comes_twice, 0, (int)nitems(strays));
	tcase_add_test(tc, an_answer_without_reading_the_body);
	tcase_add_test(tc, each_request_has_its_own_connection);
	tcase_add_test(tc, a_process_that_is_ended_with_all_seats_taken);
	tcase_add_test(tc, what_a_dead_process_did_not_read_goes_to_another);
	tcase_add_test(tc, many_workers_that_do_not_answer);
	tcase_add_test(tc, a_connection_closed_behind_the_answer);
	tcase_add_test(tc, a_process_that_died_behind_the_answer);
	tcase_add_test(tc, what_cannot_be_said_again);
	tcase_add_test(tc, what_cannot_be_said_again_over_a_connection_that_has_rested);
	tcase_add_test(tc, what_cannot_be_said_again_over_a_connection_that_has_ended);
	tcase_add_test(tc, a_body_in_pieces);
	tcase_add_test(tc, a_worker_that_takes_nothing_gets_no_more);
	tcase_add_loop_test(tc, a_body_broken_off, 0, 2);
	tcase_add_test(tc, an_answer_within_the_body);
	tcase_add_loop_test(tc, what_was_not_read_goes_to_another_while_it_is_whole, 0, 2);
	suite_add_tcase(s, tc);
	return stage_run(s);
}
