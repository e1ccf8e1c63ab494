/* SPDX-License-Identifier: MIT
 *
 * check_outside: an external pool of two servers that the test plays itself.
 */
#include "gateway/outside.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/fcgi_wrap.h"
#include "gateway/outside_facts.h"
#include "gateway/outside_plan.h"
#include "tests/unit/gateway/stage.h"

static struct plan_pool *pool;
static struct dispatch *d;
static struct conn guest = {.via = &stage_via};
static int doors[2];
static uint16_t port; /* where the first is, if that is by the internet; or 0 */
static unsigned tellings;

static void on_drop(struct dispatch *x)
{
	dispatch_unref(x);
}

static void on_news(struct dispatch *x)
{
	ck_assert_ptr_eq(x, d);
	tellings++;
}

static const char *address(int i)
{
	static char text[2][300];

	if (i == 0 && port)
		snprintf(text[i], sizeof text[i], "127.0.0.1:%u", port);
	else
		snprintf(text[i], sizeof text[i], "unix:%s", stage_path(i ? "two" : "one"));
	return text[i];
}

static void open_door(int i)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const char *path = address(i) + 5;

	unlink(path);
	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", path);
	doors[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(doors[i], (void *)&addr, sizeof addr), 0);
	ck_assert_int_eq(listen(doors[i], 8), 0);
}

static void add_backend(int i)
{
	ck_assert_ptr_null(plan_add_backend(lane_here->plan,
		&(struct msg_plan_backend){.pool = 1, .address = span_of(address(i))}));
}

/* One that takes a single connection; to others it is as a host that is not there. */
static void open_port(void)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof addr;

	doors[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(doors[0], (void *)&addr, n), 0);
	ck_assert_int_eq(listen(doors[0], 0), 0);
	ck_assert_int_eq(getsockname(doors[0], (void *)&addr, &n), 0);
	port = ntohs(addr.sin_port);
}

static void begin(void)
{
	stage_up();
	told_forget();
	tellings = 0;
	outside_init(on_news);
	open_door(1);
}

static void follow(void)
{
	pool = stage_pool((struct msg_plan_pool){.kind = POOL_EXTERNAL,
		.max_children = 3,
		.max_queue = 8,
		.concurrency = 1,
		.rest_most_ms = 60000,
		.idle_timeout_ms = 60000});
	add_backend(0);
	add_backend(1);
	pool->dispatch = d = dispatch_new(pool);
	pool->drop_dispatch = on_drop;
	stage_seal();
	outside_follow(d, pool);
	stage_turn();
}

static void up(void)
{
	begin();
	open_door(0);
	follow();
}

static void up_with_a_port(void)
{
	begin();
	open_port();
	follow();
}

static void turns(void)
{
	for (int i = 0; i < 8; i++)
		stage_turn();
}

static void down(void)
{
	outside_leave(d);
	roster_dissolve(d);
	turns();
	told_forget();
	stage_down();
	close(doors[0]);
	close(doors[1]);
}

/* ---- both sides ---- */

static struct request *ask(const char *method)
{
	char text[128];
	struct request *r;

	snprintf(
		text, sizeof text, "%s / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", method);
	r = stage_request(&fake_front, &guest, text);
	r->pool = pool;
	r->read_whole = true;
	dispatch_enter(r);
	return r;
}

/* Somebody has connected, or -1. */
static int take(int i)
{
	return accept4(doors[i], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static int taken(int i)
{
	int fd = take(i);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* A request, whose id it is. */
static uint16_t hear(int fd)
{
	unsigned char room[4096];

	ck_assert_int_gt(read(fd, room, sizeof room), FCGI_HEADER_LEN);
	ck_assert_int_eq(room[1], FCGI_BEGIN_REQUEST);
	return (uint16_t)(room[2] << 8 | room[3]);
}

static void say_and_end_with(int fd, const char *text, uint8_t protocol_status)
{
	struct buf b = BUF_INIT;
	uint16_t id = hear(fd);

	if (text)
		fcgi_stream(&b, FCGI_STDOUT, id, span_of(text));
	fcgi_end_request(&b, id, 0, protocol_status);
	ck_assert_int_eq(write(fd, buf_head(&b), buf_len(&b)), (ssize_t)buf_len(&b));
	buf_free(&b);
	turns();
}

static void answer(int fd)
{
	say_and_end_with(fd, "Content-Type: text/plain\r\n\r\nbody", FCGI_REQUEST_COMPLETE);
}

static void expect(int i, uint32_t busy, uint32_t idle, bool rests, uint64_t failed)
{
	size_t n;
	struct outside_row *rows = outside_look(d, &n);

	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(rows[i].address, address(i));
	ck_assert_uint_eq(rows[i].busy, busy);
	ck_assert_uint_eq(rows[i].idle, idle);
	ck_assert_int_eq(rows[i].resting_ms > 0, rests);
	ck_assert_uint_eq(rows[i].failed, failed);
	free(rows);
}

/* ---- */

START_TEST(in_turn_over_connections_that_are_kept)
{
	int one, two;

	ask("GET");
	answer(one = taken(0));
	ask("GET");
	answer(two = taken(1));
	expect(0, 0, 1, false, 0);
	expect(1, 0, 1, false, 0);
	ask("GET");
	answer(one);
	ask("GET");
	answer(two);
	ck_assert_uint_eq(told.ended, 4);
	ck_assert_int_eq(take(0), -1);
	ck_assert_int_eq(take(1), -1);
	close(one);
	close(two);
}
END_TEST

START_TEST(never_more_than_there_may_be)
{
	struct dispatch_facts f;
	int one, two, three;

	for (int i = 0; i < 4; i++)
		ask("GET");
	one = taken(0);
	two = taken(1);
	three = taken(0);
	ck_assert_int_eq(take(1), -1);
	dispatch_facts(d, &f);
	ck_assert_uint_eq(f.busy, 3);
	ck_assert_uint_eq(f.waiting, 1);
	/* Behind it both have one: by turn it is the other's, to whom nothing is open then. */
	answer(one);
	close(one);
	one = taken(1);
	answer(one);
	answer(two);
	answer(three);
	ck_assert_uint_eq(told.ended, 4);
	close(one);
	close(two);
	close(three);
}
END_TEST

START_TEST(an_idle_connection_that_ends_is_not_used)
{
	int fd;

	for (int i = 0; i < 2; i++) {
		ask("GET");
		answer(fd = taken(i));
		close(fd);
		if (_i) /* it is seen in the loop, or before it is used */
			turns();
	}
	if (_i)
		expect(0, 0, 0, false, 0);
	ask("POST");
	answer(fd = taken(0));
	ck_assert_uint_eq(told.ended, 3);
	expect(0, 0, 1, false, 0);
	close(fd);
}
END_TEST

/* All of them had their last answer just now, or long ago. */
static void set_done(bool long_ago)
{
	for (struct worker *w = roster_first(d); w; w = roster_next(w))
		fcgi_seat_of(w)->done_at = long_ago ? (struct mono){0} : lane_here->loop.now;
}

/* It may be the last answer over that connection, whose end is on its way; then what is sent now is
 * lost, and cannot be said twice. */
START_TEST(only_a_rested_connection_is_used_for_what_is_said_once)
{
	int fd, other;

	close(doors[1]);
	ask("GET");
	answer(fd = taken(0));
	set_done(_i);
	ask("POST");
	other = take(0);
	ck_assert_int_eq(other < 0, _i);
	answer(_i ? fd : other);
	ck_assert_uint_eq(told.ended, 2);
	close(fd);
	if (other >= 0)
		close(other);
	open_door(1);
}
END_TEST

START_TEST(who_is_not_there_rests)
{
	int fd;

	close(doors[0]);
	ask("POST");
	fd = taken(1);
	turns();
	expect(0, 0, 0, true, 1);
	expect(1, 1, 0, false, 0);
	answer(fd);
	ask("PUT");
	answer(fd);
	ck_assert_uint_eq(told.ended, 2);
	expect(0, 0, 0, true, 1);
	turns();
	ck_assert_uint_gt(tellings, 0);
	ck_assert(strstr(stage_logged(), "/one rests for "));
	ck_assert(strstr(stage_logged(), " ms: connection refused"));
	close(fd);
	open_door(0);
}
END_TEST

/* What was sent over a connection that ends without an answer. */
static const struct {
	const char *method;
	int status; /* 0: it is tried again */
} endings[] = {{"GET", 0}, {"PUT", 0}, {"POST", 502}};

START_TEST(a_connection_ends_before_the_answer)
{
	int fd;

	ask(endings[_i].method);
	fd = taken(0);
	hear(fd);
	close(fd);
	turns();
	ck_assert_int_eq(told.refused, endings[_i].status);
	if (!endings[_i].status) {
		answer(fd = taken(1));
		close(fd);
		ck_assert_uint_eq(told.ended, 1);
	}
	expect(0, 0, 0, false, 0); /* it may have been that request's fault */
}
END_TEST

/* Takes a request over a new connection, and has no response to it. */
enum manner { SILENT, EMPTY, BABBLING, BABBLING_HALF, NOISY, MANNERS };

static void be_broken(enum manner how)
{
	struct buf b = BUF_INIT;
	int fd = taken(0);
	uint16_t id = hear(fd);

	if (how == BABBLING || how == BABBLING_HALF)
		fcgi_stream(&b, FCGI_STDOUT, id, SPAN_LIT("oops\n\n"));
	if (how == NOISY)
		fcgi_stream(&b, FCGI_STDERR, id, SPAN_LIT("oops\n"));
	if (how == EMPTY || how == BABBLING)
		fcgi_end_request(&b, id, 1, FCGI_REQUEST_COMPLETE);
	if (buf_len(&b))
		ck_assert_int_eq(write(fd, buf_head(&b), buf_len(&b)), (ssize_t)buf_len(&b));
	buf_free(&b);
	turns();
	close(fd);
	turns();
}

/* The first is broken, and the other has its turn, if only with that request. */
static void break_one(enum manner how, int *other)
{
	unsigned ended = told.ended;

	ask("GET");
	be_broken(how);
	if (how != SILENT)
		ask("GET");
	if (*other < 0)
		*other = taken(1);
	answer(*other);
	ck_assert_uint_eq(told.ended, ended + 1);
}

/* Else it would be the least busy for ever. But not if it has answered in between. */
START_TEST(whose_answers_are_broken_again_and_again)
{
	enum manner how = (enum manner)(_i % MANNERS);
	int other = -1, fd, good = _i / MANNERS;

	for (int i = 1; i < OUTSIDE_BROKEN_MOST; i++)
		break_one(how, &other);
	expect(0, 0, 0, false, 0);
	if (good) {
		ask("GET");
		answer(fd = taken(0));
		close(fd);
		turns();
		ask("GET");
		answer(other);
	}
	break_one(how, &other);
	expect(0, 0, 0, !good, !good);
	close(other);
}
END_TEST

static void end_rest(void)
{
	d->outside->at[0]->standing.rests_until = (struct mono){0};
}

/* It may be connected to, and answers, all the time. */
START_TEST(who_rests_comes_back_by_a_response)
{
	int other = -1, fd;

	for (int i = 0; i < OUTSIDE_BROKEN_MOST; i++)
		break_one(EMPTY, &other);
	end_rest();
	break_one(EMPTY, &other);
	expect(0, 0, 0, true, 2);
	ck_assert_ptr_null(strstr(stage_logged(), "/one is back"));
	end_rest();
	ask("GET");
	ask("GET");
	answer(fd = taken(0));
	answer(other);
	expect(0, 0, 1, false, 2);
	ck_assert(strstr(stage_logged(), "/one is back"));
	close(other);
	close(fd);
}
END_TEST

/* It is better than none. */
START_TEST(who_closes_new_connections_and_is_alone)
{
	close(doors[1]);
	for (int i = 0; i < OUTSIDE_BROKEN_MOST + 1; i++) {
		int fd;
		ask("POST");
		fd = taken(0);
		hear(fd);
		close(fd);
		turns();
	}
	expect(0, 0, 0, false, 0);
	ck_assert_uint_eq(told.refusals, OUTSIDE_BROKEN_MOST + 1);
	open_door(1);
}
END_TEST

START_TEST(a_new_connection_is_reset)
{
	int fd;

	ask(_i ? "POST" : "GET");
	close(taken(0)); /* unread */
	turns();
	expect(0, 0, 0, true, 1);
	ck_assert_int_eq(told.refused, _i ? 502 : 0);
	if (_i)
		return;
	answer(fd = taken(1));
	ck_assert_uint_eq(told.ended, 1);
	close(fd);
}
END_TEST

/* With a page for others or without. */
static const struct {
	const char *page;
	uint8_t status;
} refusals[] = {
	{NULL, FCGI_OVERLOADED},
	{NULL, FCGI_CANT_MPX_CONN},
	{"Status: 503 Service Unavailable\r\n\r\nfull", FCGI_OVERLOADED},
};

START_TEST(refused_requests_go_to_another)
{
	int one, two;

	ask("POST");
	say_and_end_with(one = taken(0), refusals[_i].page, refusals[_i].status);
	expect(0, 0, 0, true, 1);
	say_and_end_with(two = taken(1), refusals[_i].page, FCGI_OVERLOADED);
	ck_assert_uint_eq(told.begun, 0);
	ck_assert_int_eq(told.refused, 503);
	expect(1, 0, 0, true, 1);
	ck_assert(strstr(stage_logged(), "it is overloaded"));
	close(one);
	close(two);
}
END_TEST

/* Not even if it lasts. */
START_TEST(a_full_backlog_is_no_failure)
{
	int crowd[64], n = 0, fd = -1;
	struct outside_place place = outside_place_read(span_of(address(0)));

	do
		crowd[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	while (connect(crowd[n], &place.peer.any, place.peer.len) == 0 && ++n < 64);
	ck_assert_int_eq(errno, EAGAIN);
	ask("POST");
	turns();
	expect(0, 1, 0, false, 0);
	while (n > 0) {
		close(taken(0));
		close(crowd[--n]);
	}
	for (int i = 0; i < 5000 && (fd = take(0)) < 0; i++) {
		usleep(1000);
		stage_turn();
	}
	answer(fd);
	ck_assert_uint_eq(told.ended, 1);
	expect(0, 0, 1, false, 0);
	close(fd);
}
END_TEST

START_TEST(what_is_no_fastcgi)
{
	int fd;

	ask("GET");
	fd = taken(0);
	hear(fd);
	ck_assert_int_eq(write(fd, "HTTP/1.0 400 Bad\r\n\r\n", 20), 20);
	turns();
	ck_assert_int_eq(told.refused, 502);
	expect(0, 0, 0, true, 1);
	close(fd);
}
END_TEST

/* A second answer to one that is over. */
START_TEST(what_belongs_to_a_request_before)
{
	struct buf b = BUF_INIT;
	int one, two;

	ask("GET");
	answer(one = taken(0));
	ask("GET");
	answer(two = taken(1));
	set_done(true);
	ask(_i ? "POST" : "GET");
	ck_assert_uint_eq(hear(one), 3);
	fcgi_stream(&b, FCGI_STDOUT, 2, SPAN_LIT("Content-Type: text/plain\r\n\r\nwrong"));
	fcgi_end_request(&b, 2, 0, FCGI_REQUEST_COMPLETE);
	ck_assert_int_eq(write(one, buf_head(&b), buf_len(&b)), (ssize_t)buf_len(&b));
	turns();
	ck_assert_ptr_null(memmem(buf_head(&told.body), buf_len(&told.body), "wrong", 5));
	ck_assert_int_eq(told.refused, _i ? 502 : 0);
	ck_assert(
		strstr(stage_logged(), "/one: sent a record of id 2 though its request has id 3"));
	expect(0, 0, 0, true, 1);
	if (!_i)
		answer(two);
	ck_assert_uint_eq(told.ended, 3 - (unsigned)_i);
	buf_free(&b);
	close(one);
	close(two);
}
END_TEST

START_TEST(a_client_that_leaves_ends_the_connection)
{
	struct request *r = ask("GET");
	char byte;
	int fd = taken(0);

	hear(fd);
	ck_assert(dispatch_forget(r));
	turns();
	ck_assert_int_eq(read(fd, &byte, 1), 0);
	expect(0, 0, 0, false, 0);
	request_become(r, REQ_DONE);
	request_free(r);
	close(fd);
}
END_TEST

START_TEST(who_takes_too_long_is_named_by_its_address)
{
	int fd;

	ask("GET");
	fd = taken(0);
	for (struct worker *w = roster_first(d); w; w = roster_next(w))
		if (w->request) {
			w->terminate_at = (struct mono){1};
			timer_set(&lane_here->loop, &w->deadline, w->terminate_at);
		}
	turns();
	ck_assert_int_eq(told.refused, 504);
	ck_assert(strstr(stage_logged(), "/one, script '"));
	ck_assert_ptr_null(strstr(stage_logged(), "child"));
	close(fd);
}
END_TEST

/* ---- trials ---- */

/* Connections that fill the door's backlog, and more, which the kernel lets wait. */
static void crowd_in(int crowd[static 4])
{
	struct outside_place place = outside_place_read(span_of(address(0)));

	for (int i = 0; i < 4; i++) {
		crowd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		connect(crowd[i], &place.peer.any, place.peer.len);
	}
}

static void let_out(int crowd[static 4])
{
	for (int i = 0; i < 4; i++)
		close(crowd[i]);
	for (int fd; (fd = take(0)) >= 0;)
		close(fd);
}

/* A seat that goes on connecting, or NULL. */
static struct outside_seat *alone(void)
{
	for (struct worker *w = roster_first(d); w; w = roster_next(w))
		if (fcgi_seat_of(w)->alone)
			return outside_seat_of(w);
	return NULL;
}

/* Its rest is over, and the next request goes there. */
static int try_in_vain(int crowd[static 4])
{
	int fd = -1;

	crowd_in(crowd);
	d->outside->at[0]->standing.failures = 1;
	atomic_store(&d->outside->at[0]->ails, true);
	ask("POST");
	expect(0, 1, 0, true, 0);
	for (int i = 0; i < 5000 && (fd = take(1)) < 0; i++) {
		usleep(1000);
		turns();
	}
	ck_assert_int_ge(fd, 0);
	return fd;
}

/* The request has its answer from the other, long before this one has failed. */
START_TEST(a_trial_goes_on_without_its_request)
{
	int crowd[4], fd = try_in_vain(crowd), other;

	ck_assert_ptr_nonnull(alone());
	expect(0, 1, 0, true, 0);
	expect(1, 1, 0, false, 0);
	answer(fd);
	ck_assert_uint_eq(told.ended, 1);
	ask("GET"); /* nobody else tries it */
	answer(fd);
	ck_assert_uint_eq(told.ended, 2);
	let_out(crowd);
	if (_i == 0) {
		timer_set(&lane_here->loop, &alone()->by, (struct mono){1});
		turns();
		expect(0, 0, 0, true, 1);
		ck_assert(strstr(stage_logged(), "ms: connection timed out"));
	} else {
		for (int i = 0; i < 5000 && alone(); i++) {
			usleep(1000);
			turns();
		}
		expect(0, 0, 1, true, 0);
		ask("GET");
		ask("GET");
		answer(other = taken(0));
		answer(fd);
		expect(0, 0, 1, false, 0);
		ck_assert(strstr(stage_logged(), " is back"));
		close(other);
	}
	ck_assert_ptr_null(alone());
	close(fd);
}
END_TEST

/* Then it is the request that waits, and not for as long as if there were no other address. */
START_TEST(a_trial_with_no_connection_to_spare)
{
	int crowd[4], fd;

	outside_scale(d, 1);
	turns();
	fd = try_in_vain(crowd);
	ck_assert_ptr_null(alone());
	expect(0, 0, 0, true, 1);
	answer(fd);
	ck_assert_uint_eq(told.ended, 1);
	let_out(crowd);
	close(fd);
}
END_TEST

/* For one that is needed, when there is no descriptor for that. */
START_TEST(an_idle_connection_makes_way)
{
	struct rlimit before, none;
	int one, two, probe;

	ask("GET");
	answer(one = taken(0));
	expect(0, 0, 1, false, 0);
	probe = dup(one);
	close(probe);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){.rlim_cur = (rlim_t)probe, .rlim_max = before.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ask("POST");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	expect(0, 0, 0, false, 0);
	answer(two = taken(1));
	ck_assert_uint_eq(told.ended, 2);
	ck_assert_uint_eq(told.refusals, 0);
	close(one);
	close(two);
}
END_TEST

/* Nobody could say by when that was read. */
START_TEST(over_the_internet_nobody_is_asked_behind_an_answer)
{
	char byte;
	int fd;

	atomic_store(&d->asked_behind, UINT32_MAX);
	ask("GET");
	fd = taken(0);
	if (_i)
		for (struct worker *w = roster_first(d); w; w = roster_next(w))
			fcgi_seat_of(w)->link.peer.any.sa_family = AF_INET;
	answer(fd);
	ck_assert_uint_eq(told.ended, 1);
	ck_assert_int_eq(recv(fd, &byte, 1, MSG_DONTWAIT) < 0, _i);
	ck_assert_int_eq(d->nbusy == 0, _i);
	close(fd);
	turns();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("outside");
	TCase *tc = tcase_create("outside");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, in_turn_over_connections_that_are_kept);
	tcase_add_test(tc, never_more_than_there_may_be);
	tcase_add_loop_test(tc, an_idle_connection_that_ends_is_not_used, 0, 2);
	tcase_add_loop_test(tc, only_a_rested_connection_is_used_for_what_is_said_once, 0, 2);
	tcase_add_test(tc, who_is_not_there_rests);
	tcase_add_loop_test(tc, a_connection_ends_before_the_answer, 0, (int)nitems(endings));
	tcase_add_loop_test(tc, whose_answers_are_broken_again_and_again, 0, 2 * MANNERS);
	tcase_add_test(tc, who_rests_comes_back_by_a_response);
	tcase_add_test(tc, who_closes_new_connections_and_is_alone);
	tcase_add_loop_test(tc, a_new_connection_is_reset, 0, 2);
	tcase_add_loop_test(tc, refused_requests_go_to_another, 0, (int)nitems(refusals));
	tcase_add_test(tc, a_full_backlog_is_no_failure);
	tcase_add_test(tc, what_is_no_fastcgi);
	tcase_add_loop_test(tc, what_belongs_to_a_request_before, 0, 2);
	tcase_add_test(tc, a_client_that_leaves_ends_the_connection);
	tcase_add_test(tc, an_idle_connection_makes_way);
	tcase_add_test(tc, who_takes_too_long_is_named_by_its_address);
	tcase_add_loop_test(tc, over_the_internet_nobody_is_asked_behind_an_answer, 0, 2);
	tc = tcase_create("trials");
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up_with_a_port, down);
	tcase_set_timeout(tc, 30); /* what the kernel tries again it may try late */
	tcase_add_loop_test(tc, a_trial_goes_on_without_its_request, 0, 2);
	tcase_add_test(tc, a_trial_with_no_connection_to_spare);
	return stage_run(suite);
}
