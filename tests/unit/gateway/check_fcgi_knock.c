/* SPDX-License-Identifier: MIT
 *
 * check_fcgi_knock: a worker that an earlier gateway knew, played by the test: it is idle when it
 * takes the connection, and not before.
 */
#include "gateway/fcgi_knock.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "gateway/backend_fcgi.h"
#include "gateway/fcgi_wrap.h"
#include "tests/unit/gateway/seats.h"
#include "tests/unit/gateway/stage.h"

#define WHOLE "Content-Type: text/plain\r\n\r\nbody"

static struct plan_pool *pool;
static struct dispatch *d;
static struct crew *crew;
static struct conn guest = {.via = &stage_via};
static int door; /* where the worker listens */
static unsigned broken, buried;

static void on_broken(struct worker *w, const char *why)
{
	(void)w, (void)why;
	broken++;
}

static void on_buried(struct crew *c)
{
	(void)c;
	buried++;
}

static void on_worked(struct worker *w)
{
	(void)w;
}

static void on_drop(struct dispatch *x)
{
	dispatch_unref(x);
}

static struct sockaddr_un address(const char *name)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", stage_path(name));
	return addr;
}

static int listen_at(const char *name, int backlog)
{
	struct sockaddr_un addr = address(name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_eq(bind(fd, (void *)&addr, sizeof addr), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	return fd;
}

static struct crew *hire(uint32_t id, uint32_t seats, const char *name, bool met)
{
	struct crew *c = crew_new(d, id, 100 + id, 0);

	c->met = met;
	ck_assert(fcgi_worker_join(c, seats, span_of(stage_path(name))));
	return c;
}

static void turns(void)
{
	for (int i = 0; i < 4; i++)
		stage_turn();
}

static void up(void)
{
	stage_up();
	told_forget();
	worker_on_worked(on_worked);
	fcgi_seat_init(on_broken);
	roster_on_buried(on_buried);
	pool = stage_pool((struct msg_plan_pool){
		.max_children = 2, .max_queue = 8, .terminate_timeout_ms = 600000});
	pool->dispatch = d = dispatch_new(pool);
	pool->drop_dispatch = on_drop;
	stage_seal();
	door = listen_at("worker", 8);
}

static void down(void)
{
	if (crew)
		roster_gone(crew);
	turns();
	told_forget();
	stage_down();
}

/* ---- both sides ---- */

static void ask(void)
{
	struct request *r = stage_request(&fake_front, &guest, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");

	r->pool = pool;
	dispatch_enter(r);
}

static int accept_at(int fd)
{
	int got = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	ck_assert_int_ge(got, 0);
	return got;
}

static void answer(int fd)
{
	struct buf b = BUF_INIT;

	fcgi_stream(&b, FCGI_STDOUT, seats_id(d), span_of(WHOLE));
	fcgi_end_request(&b, seats_id(d), 0, FCGI_REQUEST_COMPLETE);
	ck_assert_int_eq(write(fd, buf_head(&b), buf_len(&b)), (ssize_t)buf_len(&b));
	buf_free(&b);
	turns();
	close(fd);
	turns();
}

/* Over a connection that was made for it. */
static void expect_served(int at)
{
	char room[4096];
	unsigned ended = told.ended;
	int fd = accept_at(at);

	ck_assert_int_gt(read(fd, room, sizeof room), FCGI_HEADER_LEN);
	ck_assert_int_eq(room[1], FCGI_BEGIN_REQUEST);
	answer(fd);
	ck_assert_uint_eq(told.ended, ended + 1);
}

static void expect(uint32_t idle, uint32_t busy, uint32_t waiting)
{
	struct dispatch_facts f;

	dispatch_facts(d, &f);
	ck_assert_uint_eq(f.idle, idle);
	ck_assert_uint_eq(f.busy, busy);
	ck_assert_uint_eq(f.waiting, waiting);
}

/* All there is: an empty record, and the end. */
static void read_knock(int fd)
{
	static const char record[] = {FCGI_VERSION_1, FCGI_GET_VALUES, 0, 0, 0, 0, 0, 0};
	char room[64];

	ck_assert_int_eq(read(fd, room, sizeof room), sizeof record);
	ck_assert_mem_eq(room, record, sizeof record);
	ck_assert_int_eq(read(fd, room, sizeof room), 0);
}

static struct fcgi_seat *seat_of(struct crew *c)
{
	return fcgi_seat_of(list_first(&c->seats, struct worker, all));
}

static void look_now(struct crew *c)
{
	timer_set(&lane_here->loop, &seat_of(c)->look, (struct mono){1});
	turns();
}

/* ---- */

enum manner { CLOSES, ANSWERS, ANSWERS_AND_CLOSES, TALKS, MANNERS };

static void reply(int fd, enum manner how)
{
	static const char result[] = {FCGI_VERSION_1, FCGI_GET_VALUES_RESULT, 0, 0, 0, 0, 0, 0};
	struct span text = how == TALKS ? SPAN_LIT("what?") : (struct span){result, sizeof result};

	if (how != CLOSES)
		ck_assert_int_eq(write(fd, text.p, text.n), (ssize_t)text.n);
	if (how == CLOSES || how == ANSWERS_AND_CLOSES)
		close(fd);
}

START_TEST(busy_until_it_takes_a_connection)
{
	int fd;

	crew = hire(1, 1, "worker", true);
	ask();
	turns();
	expect(0, 1, 1);
	fd = accept_at(door);
	turns();
	expect(0, 1, 1);
	read_knock(fd);
	reply(fd, (enum manner)_i);
	turns();
	expect(0, 1, 0);
	expect_served(door);
	expect(1, 0, 0);
	ask();
	expect_served(door);
	ck_assert_uint_eq(broken, 0);
}
END_TEST

START_TEST(one_that_is_new_is_idle)
{
	crew = hire(1, 1, "worker", false);
	expect(1, 0, 0);
	ck_assert_int_lt(accept4(door, NULL, NULL, SOCK_CLOEXEC), 0);
	ask();
	expect_served(door);
}
END_TEST

START_TEST(others_serve_meanwhile)
{
	int other_door = listen_at("other", 8);
	struct crew *other;

	crew = hire(1, 1, "worker", true);
	other = hire(2, 1, "other", true);
	close(accept_at(other_door));
	turns();
	for (int i = 0; i < 3; i++) {
		ask();
		expect_served(other_door);
		look_now(crew);
		expect(1, 1, 0);
	}
	close(accept_at(door));
	turns();
	expect(2, 0, 0);
	roster_gone(other);
	turns();
	close(other_door);
}
END_TEST

/* It neither answers nor closes: but as long as it has not read, it is busy. */
START_TEST(one_that_knows_no_manners)
{
	int fd;

	crew = hire(1, 1, "worker", true);
	look_now(crew);
	fd = accept_at(door);
	look_now(crew);
	expect(0, 1, 0);
	read_knock(fd);
	look_now(crew);
	expect(1, 0, 0);
	ask();
	expect_served(door);
	close(fd);
}
END_TEST

/* Of gateways that died one after the other, say. */
START_TEST(so_many_knock_already)
{
	struct sockaddr_un addr;
	int fds[2];

	close(door);
	door = listen_at("narrow", 0);
	addr = address("narrow");
	for (unsigned i = 0; i < nitems(fds); i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		ck_assert_int_eq(connect(fds[i], (void *)&addr, sizeof addr), i ? -1 : 0);
	}
	crew = hire(1, 1, "narrow", true);
	look_now(crew);
	expect(0, 1, 0);
	close(accept_at(door));
	look_now(crew);
	expect(0, 1, 0);
	close(accept_at(door));
	turns();
	expect(1, 0, 0);
	for (unsigned i = 0; i < nitems(fds); i++)
		close(fds[i]);
}
END_TEST

/* As with one that is new: who is given to it finds out. */
START_TEST(nobody_is_there)
{
	crew = hire(1, 1, "nobody", true);
	expect(1, 0, 0);
	ck_assert_uint_eq(broken, 0);
	ask();
	expect(0, 1, 1);
	ck_assert_uint_eq(broken, 1);
	roster_gone(crew);
	turns();
	crew = hire(2, 1, "worker", false);
	expect_served(door);
}
END_TEST

START_TEST(it_dies)
{
	crew = hire(1, 2, "worker", true);
	roster_gone(crew);
	turns();
	ck_assert_uint_eq(buried, 1);
	ck_assert_uint_eq(broken, 0);
	expect(0, 0, 0);
	crew = NULL;
}
END_TEST

START_TEST(it_leaves_when_it_is_done)
{
	crew = hire(1, 1, "worker", true);
	roster_leave(crew);
	turns();
	ck_assert_uint_eq(buried, 0);
	close(accept_at(door));
	turns();
	ck_assert_uint_eq(buried, 1);
	crew = NULL;
}
END_TEST

/* What it did for the earlier gateway takes longer than anything may. */
START_TEST(it_overruns)
{
	struct worker *w;
	int fd;

	crew = hire(1, 2, "worker", true);
	w = list_first(&crew->seats, struct worker, all);
	timer_set(&lane_here->loop, &w->deadline, (struct mono){1});
	turns();
	ck_assert_uint_eq(broken, 0); /* not yet */
	w->terminate_at = (struct mono){1};
	timer_set(&lane_here->loop, &w->deadline, (struct mono){1});
	turns();
	ck_assert_uint_eq(broken, 1);
	fd = accept_at(door);
	read_knock(fd);
	close(fd);
	turns();
	expect(0, 2, 0);
	roster_gone(crew);
	turns();
	ck_assert_uint_eq(buried, 1);
	ck_assert_uint_eq(broken, 1);
	crew = NULL;
}
END_TEST

START_TEST(each_seat_knocks)
{
	int fds[3];

	crew = hire(1, nitems(fds), "worker", true);
	for (unsigned i = 0; i < nitems(fds); i++) {
		fds[i] = accept_at(door);
		read_knock(fds[i]);
	}
	ck_assert_int_lt(accept4(door, NULL, NULL, SOCK_CLOEXEC), 0);
	for (unsigned i = 0; i < nitems(fds); i++) {
		expect(i, (uint32_t)nitems(fds) - i, 0);
		close(fds[i]);
		turns();
	}
	expect(nitems(fds), 0, 0);
}
END_TEST

/* ---- behind an answer ---- */

static const char values[] = {FCGI_VERSION_1, FCGI_GET_VALUES_RESULT, 0, 0, 0, 3, 0, 0, 1, 0, 'x'};

static void put(int fd, const void *p, size_t n)
{
	ck_assert_int_eq(write(fd, p, n), (ssize_t)n);
}

/* Its request over this connection, with what it owes before, and what it says behind. */
static void serve(int fd, bool owes, struct span behind)
{
	char room[4096];
	struct buf b = BUF_INIT;

	ck_assert_int_gt(read(fd, room, sizeof room), FCGI_HEADER_LEN);
	ck_assert_int_eq(room[1], FCGI_BEGIN_REQUEST);
	if (owes)
		put(fd, values, sizeof values);
	fcgi_stream(&b, FCGI_STDOUT, seats_id(d), span_of(WHOLE));
	fcgi_end_request(&b, seats_id(d), 0, FCGI_REQUEST_COMPLETE);
	buf_put_span(&b, behind);
	put(fd, buf_head(&b), buf_len(&b));
	buf_free(&b);
	turns();
}

/* "Are you free?" */
static void read_question(int fd)
{
	char room[64];

	ck_assert_int_gt(read(fd, room, sizeof room), FCGI_HEADER_LEN);
	ck_assert_int_eq(room[1], FCGI_GET_VALUES);
}

/* One that has been asked behind its first answer, and has not heard it yet. */
static int engage_one(void)
{
	int fd;

	crew = hire(1, 1, "worker", false);
	d->asked_behind = UINT32_MAX;
	ask();
	fd = accept_at(door);
	serve(fd, false, SPAN_NONE);
	ck_assert_uint_eq(told.ended, 1);
	ask();
	turns();
	expect(0, 1, 1);
	/* From here on the test looks, or nobody. */
	timer_set(&lane_here->loop, &seat_of(crew)->look, MONO_NEVER);
	return fd;
}

START_TEST(it_answers_when_it_is_done)
{
	int fd = engage_one();

	read_question(fd);
	turns();
	expect(0, 1, 1);
	for (size_t i = 0; i < sizeof values; i++) {
		put(fd, values + i, 1);
		turns();
		expect(0, 1, i < sizeof values - 1);
	}
	serve(fd, false, SPAN_NONE);
	ck_assert_uint_eq(told.ended, 2);
	close(fd);
	turns();
	expect(1, 0, 0);
}
END_TEST

START_TEST(it_reads_and_answers_later)
{
	int fd = engage_one();

	look_now(crew);
	expect(0, 1, 1);
	read_question(fd);
	look_now(crew);
	expect(0, 1, 0);
	serve(fd, true, SPAN_NONE);
	ck_assert_uint_eq(told.ended, 2);
	ck_assert_uint_eq(broken, 0);
	close(fd);
}
END_TEST

enum end { SHUTS, SAYS_NO, SAYS_TOO_MUCH, SAYS_NONSENSE };

START_TEST(other_ways_to_say_it)
{
	static const char no[] = {
		FCGI_VERSION_1, FCGI_UNKNOWN_TYPE, 0, 0, 0, 8, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0};
	int fd = engage_one();

	read_question(fd);
	if (_i == SAYS_NO)
		put(fd, no, sizeof no);
	else if (_i == SAYS_TOO_MUCH)
		put(fd, values, sizeof values), put(fd, "x", 1);
	else if (_i == SAYS_NONSENSE)
		put(fd, "nonsense", 8);
	else
		close(fd);
	turns();
	expect(0, 1, 0);
	if (_i == SAYS_NO)
		serve(fd, false, SPAN_NONE);
	else
		expect_served(door);
	if (_i != SHUTS)
		close(fd);
	turns();
	ck_assert_uint_eq(told.ended, 2);
	ck_assert_uint_eq(broken, 0);
}
END_TEST

/* It has closed its connection, or we had to: then we knock, if it keeps them as a rule. */
START_TEST(without_a_connection)
{
	int fd, other;

	crew = hire(1, 1, "worker", false);
	d->asked_behind = UINT32_MAX;
	ask();
	fd = accept_at(door);
	serve(fd, false, SPAN_LIT("more than was asked for"));
	close(fd);
	expect(1, 0, 0); /* it may be one that closes behind each answer */
	seat_of(crew)->keeps = true;
	ask();
	fd = accept_at(door);
	serve(fd, false, SPAN_LIT("more than was asked for"));
	close(fd);
	ask();
	turns();
	expect(0, 1, 1);
	other = accept_at(door);
	read_knock(other);
	close(other);
	turns();
	expect(0, 1, 0);
	fd = accept_at(door);
	serve(fd, false, SPAN_NONE);
	close(fd);
	ck_assert_uint_eq(told.ended, 3);
}
END_TEST

START_TEST(it_dies_behind_its_answer)
{
	int fd = engage_one();

	roster_gone(crew);
	close(fd);
	turns();
	ck_assert_uint_eq(buried, 1);
	ck_assert_uint_eq(broken, 0);
	expect(0, 0, 1);
	crew = hire(2, 1, "worker", false);
	expect_served(door);
}
END_TEST

/* Suspected at the first, second, fourth ... request that is not read, and asked for a while. */
START_TEST(suspicion)
{
	struct worker *w;
	int fd;

	crew = hire(1, 1, "worker", false);
	ask();
	fd = accept_at(door);
	w = list_first(&crew->seats, struct worker, all);
	fcgi_knock_suspect(w); /* it has served nobody yet */
	ck_assert_uint_eq(d->asked_behind, 0);
	serve(fd, false, SPAN_NONE);
	crew->worked = true;
	expect(1, 0, 0);
	for (uint32_t i = 1; i <= 9; i++) {
		ask();
		turns();
		w->unanswered_at = (struct mono){1};
		timer_set(&lane_here->loop, &w->deadline, (struct mono){1});
		turns();
		ck_assert_uint_eq(d->suspected, i);
		ck_assert_int_eq(d->asked_behind != 0, (i & (i - 1)) == 0);
		d->asked_behind = 0;
		serve(fd, false, SPAN_NONE);
	}
	ck_assert_uint_eq(told.ended, 10);
	close(fd);
}
END_TEST

/* One that takes its time makes the pool known for a thousand answers, not for ever: no other may.
 */
START_TEST(verdict)
{
	bool late = _i;
	int fd = engage_one();

	read_question(fd);
	d->suspected = 5;
	d->asked_behind = 7;
	seat_of(crew)->asked_at = late ? (struct mono){1} : MONO_NEVER;
	put(fd, values, sizeof values);
	turns();
	ck_assert_uint_eq(d->suspected, late ? 0 : 5);
	ck_assert_uint_eq(d->asked_behind, late ? 1024 : 7);
	serve(fd, false, SPAN_NONE); /* and is asked about again */
	ck_assert_uint_eq(d->asked_behind, late ? 1023 : 6);
	close(fd);
	turns();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fcgi_knock");
	TCase *tc = tcase_create("fcgi_knock");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_loop_test(tc, busy_until_it_takes_a_connection, 0, MANNERS);
	tcase_add_test(tc, one_that_is_new_is_idle);
	tcase_add_test(tc, others_serve_meanwhile);
	tcase_add_test(tc, one_that_knows_no_manners);
	tcase_add_test(tc, so_many_knock_already);
	tcase_add_test(tc, nobody_is_there);
	tcase_add_test(tc, it_dies);
	tcase_add_test(tc, it_leaves_when_it_is_done);
	tcase_add_test(tc, it_overruns);
	tcase_add_test(tc, it_answers_when_it_is_done);
	tcase_add_test(tc, it_reads_and_answers_later);
	tcase_add_loop_test(tc, other_ways_to_say_it, SHUTS, SAYS_NONSENSE + 1);
	tcase_add_test(tc, without_a_connection);
	tcase_add_test(tc, it_dies_behind_its_answer);
	tcase_add_test(tc, suspicion);
	tcase_add_loop_test(tc, verdict, 0, 2);
	tcase_add_test(tc, each_seat_knocks);
	suite_add_tcase(s, tc);
	return stage_run(s);
}
