/* SPDX-License-Identifier: MIT
 *
 * check_conn: bytes for a client that reads well, slowly, or not at all, and how it all ends.
 */
#include "gateway/conn.h"

#include <netinet/in.h>

#include "tests/unit/gateway/stage.h"

/* ---- a face that counts ---- */

static struct conn *c;
static int client = -1;
static struct buf heard; /* what the face has read */
static unsigned drained, expired, lost, readable;
static ssize_t last_read;
static size_t read_room = 4096;

static void on_readable(struct conn *conn)
{
	char room[4096];

	ck_assert_ptr_eq(conn, c);
	readable++;
	while ((last_read = conn_read(conn, room, read_room)) > 0)
		ck_assert(buf_put(&heard, room, (size_t)last_read));
}

static void on_drained(struct conn *conn)
{
	ck_assert_uint_eq(conn_unsent(conn), 0);
	drained++;
}

static void on_expired(struct conn *conn)
{
	(void)conn;
	expired++;
}

static void on_lost(struct conn *conn)
{
	ck_assert(conn_is_open(conn)); /* until we return */
	lost++;
}

static const struct conn_face face = {on_readable, on_drained, on_expired, on_lost, on_readable};

static void up(void)
{
	stage_up();
	c = stage_conn(&face, &client);
	stage_turn(); /* the first edge: writable */
}

static void down(void)
{
	if (c)
		conn_close(c);
	stage_turn(); /* to the grave */
	if (client >= 0)
		close(client);
	buf_free(&heard);
	stage_down();
}

static void client_says(const char *text)
{
	ck_assert_int_eq(write(client, text, strlen(text)), (ssize_t)strlen(text));
}

static void client_leaves(void)
{
	close(client);
	client = -1;
}

/* ---- birth ---- */

START_TEST(a_connection_belongs_to_its_lane_and_plan)
{
	ck_assert_uint_eq(lane_here->nconns, 1);
	ck_assert_ptr_eq(list_first(&lane_here->conns, struct conn, link), c);
	ck_assert_uint_eq(lane_here->plan->refs, 2);
	ck_assert(ip_is_none(&c->peer.ip)); /* a unix client has no address */
	conn_close(c);
	ck_assert_uint_eq(lane_here->nconns, 0);
	ck_assert_uint_eq(lane_here->plan->refs, 1);
	ck_assert_uint_eq(lost, 0);
}
END_TEST

/* One with an address, at a listener that has any. */
static struct conn *tcp_conn(int *other)
{
	static const struct plan_listener any = {.fd = -1, .host = "0.0.0.0", .any_address = true};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_storage peer = {0};
	socklen_t len = sizeof in, peer_len = sizeof peer;
	int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;

	*other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(l, (struct sockaddr *)&in, len), 0);
	ck_assert_int_eq(listen(l, 1), 0);
	ck_assert_int_eq(getsockname(l, (struct sockaddr *)&in, &len), 0);
	ck_assert_int_eq(connect(*other, (struct sockaddr *)&in, len), 0);
	fd = accept4(l, (struct sockaddr *)&peer, &peer_len, SOCK_CLOEXEC | SOCK_NONBLOCK);
	ck_assert_int_ge(fd, 0);
	close(l);
	return conn_new(lane_here, fd, &any, &peer, &face);
}

START_TEST(addresses_are_learnt)
{
	int other;
	struct conn *tcp = tcp_conn(&other);
	char text[IP_TEXT_MAX];

	ck_assert_str_eq(ip_put(&tcp->peer.ip, text), "127.0.0.1");
	ck_assert_uint_gt(tcp->peer.port, 0);
	ck_assert_str_eq(ip_put(&tcp->local.ip, text), "127.0.0.1");
	conn_close(tcp);
	close(other);
}
END_TEST

/* ---- reading ---- */

START_TEST(bytes_are_read_whatever_the_room)
{
	static const size_t rooms[] = {1, 5, 6, 7, 4096};

	read_room = rooms[_i];
	client_says("hello!");
	stage_turn();
	ck_span_is(buf_span(&heard), "hello!");
	ck_assert_int_eq(last_read, 0);
	ck_assert(!c->readable);
	client_says(" again");
	stage_turn();
	ck_span_is(buf_span(&heard), "hello! again");
	ck_assert_uint_eq(readable, 2);
}
END_TEST

START_TEST(nothing_is_asked_of_a_socket_that_has_nothing)
{
	char room[8];

	ck_assert(!c->readable);
	ck_assert_int_eq(conn_read(c, room, sizeof room), 0);
	client_says("x");
	ck_assert_int_eq(conn_read(c, room, sizeof room), 0); /* not told yet */
}
END_TEST

/* The end may come with the bytes, and then it is no edge of its own. */
START_TEST(the_end_behind_bytes_is_seen)
{
	static const size_t rooms[] = {1, 3, 4, 4096};

	read_room = rooms[_i];
	client_says("bye");
	ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
	stage_turn();
	ck_span_is(buf_span(&heard), "bye");
	ck_assert_int_eq(last_read, -1);
	ck_assert(c->hung_up);
	ck_assert(conn_is_open(c));
	ck_assert_uint_eq(lost, 0);
}
END_TEST

/* ---- writing ---- */

static void put_pattern(uint64_t at, size_t n)
{
	char *bytes = malloc(n);

	stage_pattern(bytes, n, at);
	ck_assert(conn_put(c, (struct span){bytes, n}));
	free(bytes);
}

START_TEST(what_was_put_is_sent_by_flush)
{
	struct buf got = BUF_INIT;

	ck_assert(conn_put(c, SPAN_LIT("one ")));
	ck_assert(conn_put(c, SPAN_LIT("two")));
	ck_assert(stage_receive(client, &got));
	ck_assert_uint_eq(buf_len(&got), 0);
	ck_assert_uint_eq(conn_unsent(c), 7);
	conn_flush(c);
	ck_assert_uint_eq(drained, 1);
	ck_assert(stage_receive(client, &got));
	ck_span_is(buf_span(&got), "one two");
	buf_free(&got);
}
END_TEST

/* Reads for the client until the conn has nothing left. */
static void read_all(struct buf *got)
{
	while (conn_unsent(c)) {
		ck_assert(stage_receive(client, got));
		stage_turn();
	}
	ck_assert(stage_receive(client, got));
}

static void small_socket(void)
{
	int small = 4096;

	ck_assert_int_eq(setsockopt(c->io.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
}

START_TEST(short_writes_are_gone_on_with)
{
	struct buf got = BUF_INIT;

	small_socket();
	put_pattern(0, 100001);
	conn_flush(c);
	ck_assert_uint_gt(conn_unsent(c), 0);
	ck_assert_uint_eq(drained, 0);
	read_all(&got);
	ck_assert_uint_eq(drained, 1);
	ck_assert_uint_eq(buf_len(&got), 100001);
	ck_assert(stage_is_pattern(buf_span(&got), 0));
	buf_free(&got);
}
END_TEST

START_TEST(a_client_that_does_not_read_costs_a_file_and_no_more_memory)
{
	static const size_t pieces[] = {65536, 65537, 1000003, 4093};
	const uint64_t total = 3 * 1000 * 1000;
	struct buf got = BUF_INIT;
	uint64_t put = 0;

	small_socket();
	while (put < total) {
		put_pattern(put, pieces[_i]);
		put += pieces[_i];
		conn_flush(c);
		ck_assert_uint_le(buf_len(&c->out.mem), CONN_OUT_IN_MEMORY);
	}
	ck_assert(!spool_in_memory(&c->out));
	drained = 0; /* the first pieces may have left at once */
	read_all(&got);
	ck_assert_uint_eq(buf_len(&got), put);
	ck_assert(stage_is_pattern(buf_span(&got), 0));
	ck_assert(spool_in_memory(&c->out));
	ck_assert_uint_eq(drained, 1);
	ck_assert_uint_eq(lost, 0);
	buf_free(&got);
}
END_TEST

/* Nothing is lost, but the source has to wait. */
START_TEST(no_room_on_disk_is_said)
{
	const size_t n = 10 * CONN_OUT_IN_MEMORY;
	struct buf got = BUF_INIT;

	stage_plan((struct msg_plan_gateway){.spool_dir = span_of(stage_path("none"))});
	small_socket();
	put_pattern(0, n);
	ck_assert(!conn_is_full(c)); /* a first piece has nothing to be behind of */
	put_pattern(n, 10);
	ck_assert(conn_is_full(c));
	ck_assert_ptr_nonnull(strstr(stage_logged(), "cannot be used: No such file"));
	read_all(&got);
	ck_assert(!conn_is_full(c));
	ck_assert_uint_eq(buf_len(&got), n + 10);
	ck_assert(stage_is_pattern(buf_span(&got), 0));
	buf_free(&got);
}
END_TEST

static uint64_t put_until_full(size_t piece, uint64_t most)
{
	uint64_t put = 0;

	while (!conn_is_full(c) && put < most) {
		put_pattern(put, piece);
		put += piece;
	}
	return put;
}

static const size_t odd_pieces[] = {1000, 4096, 65535, 65536, 65537};

START_TEST(at_its_limit_the_source_waits)
{
	struct quota *q = quota_new("q", NULL);
	struct buf got = BUF_INIT;
	uint64_t put;

	quota_limit(q, 300000);
	conn_response(c, q, true);
	small_socket();
	put = put_until_full(odd_pieces[_i], 10000000);
	ck_assert(conn_is_full(c));
	ck_assert_uint_ge(put, 300000 + CONN_OUT_IN_MEMORY - 65536);
	ck_assert_uint_le(put, 600000);
	ck_assert_uint_le(q->used, 300000);
	read_all(&got);
	ck_assert(!conn_is_full(c));
	ck_assert_uint_eq(q->used, 0);
	ck_assert_uint_eq(buf_len(&got), put);
	ck_assert(stage_is_pattern(buf_span(&got), 0));
	conn_response(c, NULL, true);
	quota_unref(q);
	buf_free(&got);
}
END_TEST

START_TEST(without_buffering_there_is_no_file)
{
	struct buf got = BUF_INIT;
	uint64_t put;

	conn_response(c, NULL, false);
	small_socket();
	put = put_until_full(odd_pieces[_i], 10000000);
	ck_assert(conn_is_full(c));
	ck_assert(spool_in_memory(&c->out));
	ck_assert_uint_gt(conn_unsent(c), CONN_OUT_IN_MEMORY);
	ck_assert_uint_le(conn_unsent(c), CONN_OUT_IN_MEMORY + odd_pieces[_i]);
	read_all(&got);
	ck_assert_uint_eq(drained, 1); /* so the source is told */
	ck_assert(!conn_is_full(c));
	ck_assert_uint_eq(buf_len(&got), put);
	ck_assert(stage_is_pattern(buf_span(&got), 0));
	buf_free(&got);
}
END_TEST

/* Many pieces come before anybody flushes; the socket gets them all the same. */
START_TEST(a_client_that_reads_costs_no_file)
{
	struct buf got = BUF_INIT;
	uint64_t put = 0;

	while (put < 4 * 1000 * 1000) {
		put_pattern(put, odd_pieces[_i]);
		put += odd_pieces[_i];
		ck_assert(spool_in_memory(&c->out));
		ck_assert_uint_le(buf_len(&c->out.mem), CONN_OUT_IN_MEMORY);
		ck_assert(stage_receive(client, &got));
	}
	conn_flush(c);
	read_all(&got);
	ck_assert_uint_eq(buf_len(&got), put);
	ck_assert(stage_is_pattern(buf_span(&got), 0));
	buf_free(&got);
}
END_TEST

/* Who puts is in the midst of something: flush is when they hear of it. */
START_TEST(a_client_that_left_is_noticed_by_flush_and_not_by_put)
{
	client_leaves();
	put_pattern(0, CONN_OUT_IN_MEMORY + 1);
	put_pattern(0, CONN_OUT_IN_MEMORY + 1);
	ck_assert_uint_eq(conn_unsent(c), 0);
	ck_assert_uint_eq(lost, 0);
	conn_flush(c);
	ck_assert_uint_eq(lost, 1);
	c = NULL;
}
END_TEST

START_TEST(time_without_anything_to_take_does_not_count)
{
	struct mono from;

	stage_plan((struct msg_plan_gateway){.write_timeout_ms = 400});
	plan_unref(c->plan);
	c->plan = plan_ref(lane_here->plan);
	small_socket();
	put_pattern(0, 100);
	conn_flush(c);
	usleep(500000);
	stage_turn();
	from = mono_now();
	put_pattern(0, 10 * CONN_OUT_IN_MEMORY);
	conn_flush(c);
	stage_turn();
	if (mono_ms_between(from, mono_now()) < 400)
		ck_assert_uint_eq(lost, 0);
	while (lost == 0)
		stage_turn();
	c = NULL;
}
END_TEST

/* ---- files ---- */

static struct file *pattern_file(size_t n)
{
	char *bytes = malloc(n);
	int fd = memfd_create("file", MFD_CLOEXEC);

	stage_pattern(bytes, n, 0);
	ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
	free(bytes);
	return file_wrap(fd);
}

START_TEST(a_part_of_a_file_goes_behind_what_was_put)
{
	const size_t n = 2000003;
	struct buf got = BUF_INIT;

	if (_i)
		small_socket();
	ck_assert(conn_put(c, SPAN_LIT("head")));
	conn_put_file(c, pattern_file(n), 17, n - 20);
	ck_assert_uint_eq(conn_unsent(c), 4 + n - 20);
	conn_flush(c);
	read_all(&got);
	ck_assert_uint_eq(buf_len(&got), 4 + n - 20);
	ck_assert(memcmp(got.data, "head", 4) == 0);
	ck_assert(stage_is_pattern(span_from(buf_span(&got), 4), 17));
	ck_assert_uint_eq(drained, 1);
	ck_assert_ptr_null(c->file);
	buf_free(&got);
}
END_TEST

START_TEST(a_file_that_became_shorter_ends_the_connection)
{
	struct buf got = BUF_INIT;

	conn_put_file(c, pattern_file(100), 0, 101);
	conn_flush(c);
	ck_assert_uint_eq(lost, 1);
	ck_assert_uint_eq(drained, 0);
	ck_assert(!conn_is_open(c));
	ck_assert(!stage_receive(client, &got));
	ck_assert_uint_eq(buf_len(&got), 100);
	buf_free(&got);
	c = NULL;
}
END_TEST

/* What happens to a file of which a part is on its way; and whether the rest may follow. */
static void grow(int fd)
{
	ck_assert_int_eq(pwrite(fd, "more", 4, 500000), 4);
}

static void shrink(int fd)
{
	ck_assert_int_eq(ftruncate(fd, 400000), 0);
}

static void rewrite(int fd)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 784111777}};

	ck_assert_int_eq(pwrite(fd, "other", 5, 499990), 5);
	ck_assert_int_eq(futimens(fd, times), 0); /* whatever the clock's ticks are */
}

static void rename_only(int fd)
{
	ck_assert_int_eq(fchmod(fd, 0600), 0); /* its bytes are what they were */
}

static const struct {
	void (*happens)(int fd);
	bool goes_on;
} changes[] = {{grow, true}, {shrink, false}, {rewrite, false}, {rename_only, true}};

START_TEST(a_file_that_changes_under_way)
{
	struct buf got = BUF_INIT;
	int fd;

	small_socket();
	conn_put_file(c, pattern_file(500000), 0, 500000);
	fd = c->file->fd;
	conn_flush(c);
	ck_assert_uint_gt(c->file_left, 0);
	changes[_i].happens(fd);
	if (changes[_i].goes_on) {
		read_all(&got);
		ck_assert_uint_eq(buf_len(&got), 500000);
		ck_assert(stage_is_pattern(buf_span(&got), 0));
		ck_assert_uint_eq(drained, 1);
	} else {
		conn_flush(c);
		ck_assert_uint_eq(lost, 1);
		ck_assert(!stage_receive(client, &got));
		ck_assert_uint_lt(buf_len(&got), 400000);
		c = NULL;
	}
	buf_free(&got);
}
END_TEST

/* However quickly the client takes it: others are waiting for their turn. Only who is root may have
 * a socket that takes as much. */
START_TEST(what_was_spooled_leaves_others_their_turn)
{
	static char much[4 * 1024 * 1024];
	const int room = 4 * (int)sizeof much;
	struct buf all = BUF_INIT;

	stage_pattern(much, sizeof much, 0);
	ck_assert(conn_put(c, (struct span){much, sizeof much}));
	setsockopt(c->io.fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
	c->blocked = false; /* as the event says that comes of it */
	conn_flush(c);
	ck_assert_uint_gt(conn_unsent(c), sizeof much / 2);
	for (int i = 0; i < 1000 && buf_len(&all) < sizeof much; i++) {
		stage_receive(client, &all);
		stage_turn();
	}
	ck_assert_uint_eq(buf_len(&all), sizeof much);
	ck_assert(stage_is_pattern(buf_span(&all), 0));
	ck_assert_uint_eq(drained, 1);
	buf_free(&all);
}
END_TEST

/* ---- the end ---- */

START_TEST(a_client_that_leaves_is_noticed)
{
	put_pattern(0, 10);
	client_leaves();
	stage_turn();
	ck_assert_uint_eq(lost, 1);
	ck_assert_uint_eq(lane_here->nconns, 0);
	c = NULL;
}
END_TEST

START_TEST(a_client_that_leaves_while_we_write_is_noticed_once)
{
	small_socket();
	put_pattern(0, 100000);
	conn_flush(c);
	client_leaves();
	c->blocked = false; /* as the edge says, which comes in the same turn */
	conn_flush(c);
	ck_assert_uint_eq(lost, 1);
	ck_assert(!conn_is_open(c));
	conn_flush(c);
	conn_lost(c);
	conn_close(c);
	stage_turn();
	ck_assert_uint_eq(lost, 1);
	c = NULL;
}
END_TEST

START_TEST(closing_gives_back_what_it_held)
{
	const struct conn *was = c;
	struct file *file = pattern_file(10);
	int out, file_fd = file->fd, fd = c->io.fd;

	small_socket();
	put_pattern(0, 10 * CONN_OUT_IN_MEMORY);
	conn_put_file(c, file, 0, 10);
	ck_assert_ptr_nonnull(c->out.file);
	out = c->out.file->fd;
	ck_assert_int_ge(out, 0);
	conn_close(c);
	ck_assert(!conn_is_open(was)); /* still there, until the turn is over */
	ck_assert_int_eq(fcntl(out, F_GETFD), -1);
	ck_assert_int_eq(fcntl(file_fd, F_GETFD), -1);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	c = NULL;
}
END_TEST

START_TEST(the_deadline_is_the_faces)
{
	conn_expect(c, (struct mono){1});
	stage_turn();
	ck_assert_uint_eq(expired, 1);
	ck_assert(conn_is_open(c));
	conn_expect(c, (struct mono){1});
	conn_close(c); /* due, but nobody is there to be told */
	stage_turn();
	ck_assert_uint_eq(expired, 1);
	c = NULL;
}
END_TEST

/* A client must not take what was cut off for a proper end. */
START_TEST(a_reset_is_no_proper_end)
{
	int other;
	struct conn *tcp = tcp_conn(&other);
	char byte;

	tcp->reset = _i;
	conn_close(tcp);
	ck_assert_int_eq(read(other, &byte, 1), _i ? -1 : 0);
	if (_i)
		ck_assert_int_eq(errno, ECONNRESET);
	close(other);
}
END_TEST

static unsigned emptied;

static void on_emptied(struct lane *l)
{
	ck_assert_ptr_eq(l, lane_here);
	emptied++;
}

START_TEST(a_draining_lane_hears_of_its_last_connection)
{
	int other;
	struct conn *second = stage_conn(&face, &other);

	lane_here->emptied = on_emptied;
	lane_here->draining = true;
	conn_close(c);
	ck_assert_uint_eq(emptied, 0);
	conn_close(second);
	ck_assert_uint_eq(emptied, 1);
	close(other);
	c = NULL;
}
END_TEST

/* ---- clients that take little ---- */

/* Much is on its way to a client that may be so slow. */
static void much_for(uint32_t write_ms)
{
	static const int room = 400 * 1024;

	setsockopt(c->io.fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	c->plan->write_timeout_ms = write_ms;
	put_pattern(0, 2u << 20);
	conn_flush(c);
	ck_assert_uint_gt(conn_unsent(c), 0);
}

static void take(size_t n)
{
	char some[4096];

	for (ssize_t got = 1; n && got > 0; n -= (size_t)got)
		got = read(client, some, n < sizeof some ? n : sizeof some);
}

/* A large socket is not writable again before much of it is free; that must not look like a pause.
 */
START_TEST(a_client_that_takes_some_is_not_lost)
{
	uint64_t unsent;

	much_for(20);
	unsent = conn_unsent(c);
	for (int i = 0; i < 4; i++) {
		take(40 * 1024);
		usleep(25000);
		stage_turn();
		ck_assert_uint_eq(lost, 0);
	}
	if (conn_unsent(c) != unsent)
		printf("skip a_client_that_takes_some_is_not_lost (small sockets)\n");
	while (lost == 0)
		stage_turn();
	c = NULL;
}
END_TEST

START_TEST(a_client_that_takes_next_to_nothing_is_lost)
{
	much_for(20);
	for (int i = 0; lost == 0; i++) {
		ck_assert_int_lt(i, 100);
		take(1);
		usleep(5000);
		stage_turn();
	}
	c = NULL;
}
END_TEST

START_TEST(time_to_take_begins_when_there_is_something)
{
	c->plan->write_timeout_ms = 20;
	usleep(30000);
	stage_turn();
	put_pattern(0, 10);
	conn_expect(c, MONO_NEVER);
	stage_turn();
	ck_assert_uint_eq(lost, 0);
	conn_flush(c);
	ck_assert_uint_eq(drained, 1);
}
END_TEST

static void add_ends(TCase *tc)
{
	tcase_add_test(tc, a_client_that_takes_some_is_not_lost);
	tcase_add_test(tc, a_client_that_takes_next_to_nothing_is_lost);
	tcase_add_test(tc, time_to_take_begins_when_there_is_something);
	tcase_add_test(tc, a_client_that_leaves_is_noticed);
	tcase_add_test(tc, a_client_that_leaves_while_we_write_is_noticed_once);
	tcase_add_test(tc, closing_gives_back_what_it_held);
	tcase_add_test(tc, the_deadline_is_the_faces);
	tcase_add_loop_test(tc, a_reset_is_no_proper_end, 0, 2);
	tcase_add_test(tc, a_draining_lane_hears_of_its_last_connection);
}

int main(void)
{
	Suite *suite = suite_create("conn");
	TCase *tc = tcase_create("conn");

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, a_connection_belongs_to_its_lane_and_plan);
	tcase_add_test(tc, addresses_are_learnt);
	tcase_add_loop_test(tc, bytes_are_read_whatever_the_room, 0, 5);
	tcase_add_test(tc, nothing_is_asked_of_a_socket_that_has_nothing);
	tcase_add_loop_test(tc, the_end_behind_bytes_is_seen, 0, 4);
	tcase_add_test(tc, what_was_put_is_sent_by_flush);
	tcase_add_test(tc, short_writes_are_gone_on_with);
	tcase_add_test(tc, what_was_spooled_leaves_others_their_turn);
	tcase_add_loop_test(tc, a_client_that_does_not_read_costs_a_file_and_no_more_memory, 0, 4);
	tcase_add_test(tc, no_room_on_disk_is_said);
	tcase_add_loop_test(tc, at_its_limit_the_source_waits, 0, 5);
	tcase_add_loop_test(tc, without_buffering_there_is_no_file, 0, 5);
	tcase_add_loop_test(tc, a_client_that_reads_costs_no_file, 0, 5);
	tcase_add_test(tc, a_client_that_left_is_noticed_by_flush_and_not_by_put);
	tcase_add_test(tc, time_without_anything_to_take_does_not_count);
	tcase_add_loop_test(tc, a_part_of_a_file_goes_behind_what_was_put, 0, 2);
	tcase_add_test(tc, a_file_that_became_shorter_ends_the_connection);
	tcase_add_loop_test(tc, a_file_that_changes_under_way, 0, nitems(changes));
	add_ends(tc);
	return stage_run(suite);
}
