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

	fcgi_stream(&b, FCGI_STDOUT, FCGI_WRAP_ID, span_of(WHOLE));
	fcgi_end_request(&b, FCGI_WRAP_ID, 0, FCGI_REQUEST_COMPLETE);
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

static void look_now(struct crew *c)
{
	struct fcgi_seat *f = fcgi_seat_of(list_first(&c->seats, struct worker, all));

	timer_set(&lane_here->loop, &f->look, (struct mono){1});
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
	tcase_add_test(tc, each_seat_knocks);
	suite_add_tcase(s, tc);
	return stage_run(s);
}
