/* SPDX-License-Identifier: MIT
 *
 * check_listener: who is let in when there is little room, and who gives way.
 */
#include "gateway/listener.h"

#include <netinet/in.h>
#include <sys/resource.h>

#include "gateway/http_front.h"
#include "tests/unit/gateway/stage.h"

#define CLIENTS 64

/* ---- who answers: "/" at once, anything else never ---- */

static int admit(struct request *r)
{
	(void)r;
	return 0;
}

static void serve(struct request *r)
{
	request_become(r, REQ_WAITING);
	r->answer.status = 200;
	r->front->begin(r);
	if (span_is(request_span(r, r->head.target), "/"))
		r->front->end(r);
}

static void resume(struct request *r)
{
	(void)r;
}

static const struct http_host host = {admit, serve, stage_done, resume, NULL, NULL, NULL};

/* ---- a listening socket, and clients of it ---- */

static struct sockaddr_in at;
static int clients[CLIENTS];

static int listening(void)
{
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, len), 0);
	ck_assert_int_eq(listen(fd, CLIENTS), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	return fd;
}

static void open_for(uint32_t max_connections)
{
	int fd = listening();

	stage_plan((struct msg_plan_gateway){.max_connections = max_connections,
		.header_timeout_ms = 10000,
		.keepalive_timeout_ms = 10000,
		.write_timeout_ms = 10000});
	ck_assert_ptr_null(plan_add_listener(lane_here->plan,
		&(struct msg_plan_listener){.listener = 1, .address = SPAN_LIT("here")}, &fd));
	stage_seal();
	listener_follow_plan(lane_here);
}

static void up(void)
{
	stage_up();
	http_front_init(&host);
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = -1;
}

static void down(void)
{
	listener_stop(lane_here);
	for (int i = 0; i < CLIENTS; i++)
		if (clients[i] >= 0)
			close(clients[i]);
	for (int i = 0; i < 3; i++)
		stage_turn();
	ck_assert_uint_eq(lane_here->nconns, 0);
	stage_down();
}

/* Some turns, in which what can happen does. */
static void turns(void)
{
	for (int i = 0; i < 8; i++)
		stage_turn();
}

static void come(int i)
{
	clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(clients[i], (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(fcntl(clients[i], F_SETFL, O_NONBLOCK), 0);
	turns();
}

static void leave(int i)
{
	close(clients[i]);
	clients[i] = -1;
	turns();
}

static void ask(int i, const char *target)
{
	char text[64];
	int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target);

	ck_assert_int_eq(write(clients[i], text, (size_t)n), n);
	turns();
}

static bool is_answered(int i)
{
	char some[512];

	return read(clients[i], some, sizeof some) > 0;
}

static bool is_closed(int i)
{
	char some[512];
	ssize_t n;

	while ((n = read(clients[i], some, sizeof some)) > 0)
		;
	return n == 0 || errno == ECONNRESET;
}

static bool rests(void)
{
	return lane_here->accept_rest.slot != 0;
}

static unsigned lines_of_log(void)
{
	unsigned n = 0;

	for (const char *p = stage_logged(); (p = strchr(p, '\n')); p++)
		n++;
	return n;
}

/* ---- too many connections ---- */

START_TEST(the_one_that_has_been_idle_for_the_longest_gives_way)
{
	open_for(3);
	for (int i = 0; i < 3; i++) {
		come(i);
		ask(i, "/");
		ck_assert(is_answered(i));
	}
	ask(0, "/"); /* so 1 is the oldest */
	ck_assert(is_answered(0));
	come(3);
	ask(3, "/");
	ck_assert(is_answered(3));
	ck_assert(is_closed(1));
	ck_assert(!is_closed(0));
	ck_assert(!is_closed(2));
	ck_assert(!rests());
	ck_assert_str_eq(stage_logged(), "");
}
END_TEST

START_TEST(who_is_being_served_or_asks_is_left_in_peace)
{
	open_for(3);
	come(0);
	ask(0, "/never");
	come(1);
	ck_assert_int_eq(write(clients[1], "GET", 3), 3);
	come(2);
	ask(2, "/");
	ck_assert(is_answered(2));
	come(3); /* 2 makes room */
	ck_assert(is_closed(2));
	ck_assert(!rests());
	come(4); /* now there is none: 3 has just come */
	ck_assert(rests());
	ck_assert_uint_eq(lane_here->nconns, 3);
	ck_assert(!is_closed(1) && !is_closed(3));
}
END_TEST

START_TEST(who_has_just_come_is_given_time_to_speak)
{
	struct conn *c;

	open_for(1);
	come(0);
	come(1);
	ck_assert(rests());
	ck_assert(!is_closed(0));
	c = list_first(&lane_here->fresh, struct conn, again.link);
	c->wrote_at.us -= 1000000; /* a second later */
	while (rests())
		stage_turn();
	turns();
	ck_assert(is_closed(0));
	ask(1, "/");
	ck_assert(is_answered(1));
}
END_TEST

START_TEST(a_connection_may_be_idle_many_times)
{
	open_for(2);
	come(0);
	come(1);
	for (int i = 0; i < 20; i++) {
		ask(i % 2, "/");
		ck_assert(is_answered(i % 2));
	}
	ck_assert(list_empty(&lane_here->fresh));
	ck_assert_ptr_ne(lane_here->idle.next, lane_here->idle.prev); /* two */
	leave(0);
	ck_assert_ptr_eq(lane_here->idle.next, lane_here->idle.prev); /* one */
	leave(1);
	ck_assert(list_empty(&lane_here->idle));
}
END_TEST

START_TEST(a_full_house_is_said_once_and_waited_for)
{
	open_for(1);
	come(0);
	ask(0, "/never");
	come(1);
	ck_assert(rests());
	for (int times = 0; times < 3; times++) {
		while (rests())
			stage_turn();
		turns();
		ck_assert(rests());
	}
	ck_assert_uint_eq(lines_of_log(), 1);
	ck_assert_ptr_nonnull(strstr(stage_logged(), "max_connections is reached"));
	leave(0);
	while (rests())
		stage_turn();
	ask(1, "/");
	ck_assert(is_answered(1));
}
END_TEST

/* ---- too few descriptors ---- */

static int free_descriptors(void)
{
	int fds[256], n = 0;

	while (n < 256 && (fds[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		n++;
	for (int i = 0; i < n; i++)
		close(fds[i]);
	return n;
}

static int highest_descriptor(void)
{
	int fd = dup(0);

	ck_assert_int_ge(fd, 0);
	close(fd);
	return fd;
}

START_TEST(the_last_descriptors_are_not_for_clients)
{
	struct rlimit lim = {0};
	int came = 0;

	getrlimit(RLIMIT_NOFILE, &lim);
	lim.rlim_cur = (rlim_t)highest_descriptor() + 80;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lim), 0);
	open_for(1000);
	while (came < CLIENTS && !rests()) {
		come(came);
		ask(came++, "/never");
	}
	ck_assert(rests());
	ck_assert_int_ge(free_descriptors(), 15); /* the last client has one */
	ck_assert_uint_eq(lines_of_log(), 1);
	ck_assert_ptr_nonnull(strstr(stage_logged(), "few descriptors"));
	ck_assert(is_closed(came - 1));
	/* By itself it goes on when some are free again. */
	leave(0);
	leave(1);
	leave(2);
	leave(3);
	while (rests())
		stage_turn();
	come(0);
	ask(0, "/");
	ck_assert(is_answered(0));
}
END_TEST

START_TEST(idle_connections_give_their_descriptors)
{
	struct rlimit lim = {0};

	getrlimit(RLIMIT_NOFILE, &lim);
	lim.rlim_cur = (rlim_t)highest_descriptor() + 80;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lim), 0);
	open_for(1000);
	for (int i = 0; i < 50; i++) {
		come(i);
		ask(i, "/");
		ck_assert_msg(is_answered(i), "%d: %s", i, stage_logged());
		if (i >= 25) { /* the clients are ours too, and do not leave */
			close(clients[i]);
			clients[i] = -1;
		}
	}
	ck_assert(!rests());
}
END_TEST

START_TEST(without_any_descriptor_it_rests)
{
	struct rlimit lim = {0};
	rlim_t before;

	open_for(1000);
	come(0);
	ask(0, "/never");
	clients[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(clients[1], (struct sockaddr *)&at, sizeof at), 0);
	getrlimit(RLIMIT_NOFILE, &lim);
	before = lim.rlim_cur;
	lim.rlim_cur = (rlim_t)highest_descriptor();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lim), 0);
	for (int times = 0; times < 3; times++) {
		turns();
		ck_assert(rests());
		while (rests())
			stage_turn();
	}
	ck_assert_uint_eq(lines_of_log(), 1);
	lim.rlim_cur = before;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lim), 0);
	while (rests())
		stage_turn();
	turns();
	ck_assert_int_eq(fcntl(clients[1], F_SETFL, O_NONBLOCK), 0);
	ask(1, "/");
	ck_assert(is_answered(1));
}
END_TEST

static void say_it_lives(struct lane *l, struct mail *m)
{
	(void)m;
	l->loop.stop = true;
}

/* Its letter is on its way to it. */
START_TEST(a_lane_without_a_plan_has_no_room_to_make)
{
	static struct mail last;

	lanes_start(2);
	open_for(1);
	come(0);
	ask(0, "/never");
	come(1);
	ck_assert(rests());
	lane_post(&lanes[1], &last, say_it_lives);
	ck_assert_int_eq(pthread_join(lanes[1].thread, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("listener");
	TCase *tc = tcase_create("listener");

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, the_one_that_has_been_idle_for_the_longest_gives_way);
	tcase_add_test(tc, who_is_being_served_or_asks_is_left_in_peace);
	tcase_add_test(tc, who_has_just_come_is_given_time_to_speak);
	tcase_add_test(tc, a_connection_may_be_idle_many_times);
	tcase_add_test(tc, a_full_house_is_said_once_and_waited_for);
	tcase_add_test(tc, a_lane_without_a_plan_has_no_room_to_make);
	tcase_add_test(tc, the_last_descriptors_are_not_for_clients);
	tcase_add_test(tc, idle_connections_give_their_descriptors);
	tcase_add_test(tc, without_any_descriptor_it_rests);
	return stage_run(s);
}
