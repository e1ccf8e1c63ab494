/* SPDX-License-Identifier: MIT
 *
 * check_http_stream: bodies that are passed on as they come: what is read when, whose time runs,
 * and what becomes of the rest.
 */
#include <sys/socket.h>

#include "gateway/http_front.h"
#include "gateway/http_reply.h"
#include "tests/unit/gateway/stage.h"

static struct plan_pool pool = {.name = (char *)(uintptr_t) "pool"};
static struct worker {
	bool takes; /* all that comes, at once */
} worker;
static struct request *current; /* being served */
static struct buf taken;
static unsigned more, forgotten;
static int spoiled;

static int admit(struct request *r)
{
	r->pool = &pool;
	return 0;
}

/* As a backend does; the front only looks whether there is a worker. */
static void take(void)
{
	char room[4096];
	bool failed;
	struct span piece;

	while ((piece = request_body_piece(current, room, sizeof room, &failed)).n) {
		ck_assert(buf_put_span(&taken, piece));
		current->body_at += piece.n;
	}
}

static void engage(void)
{
	request_become(current, REQ_RUNNING);
	current->worker = &worker;
	take();
	current->front->pull(current);
}

static void serve(struct request *r)
{
	request_become(r, REQ_WAITING);
	current = r;
	if (worker.takes)
		engage();
}

static void forget(struct request *r)
{
	forgotten++;
	r->worker = NULL;
	current = NULL;
	stage_done(r);
}

static void resume(struct request *r)
{
	(void)r;
}

static void on_more(struct request *r)
{
	ck_assert_ptr_eq(r, current);
	more++;
	if (worker.takes)
		take();
}

static void on_spoil(struct request *r, int status)
{
	spoiled = status;
	r->worker = NULL;
	current = NULL;
	request_fail(r, status);
}

static const struct http_host host = {admit, serve, forget, resume, on_more, on_spoil, NULL};

/* ---- the client ---- */

static int client;
static struct conn *c;
static struct buf got;

static void up(void)
{
	stage_up();
	http_front_init(&host);
	stage_plan((struct msg_plan_gateway){.header_timeout_ms = 10000,
		.body_timeout_ms = 10000,
		.keepalive_timeout_ms = 10000,
		.write_timeout_ms = 10000});
	lane_here->plan->max_body = 10 * 1000 * 1000;
	stage_seal();
	worker.takes = true;
	c = stage_conn(&http_face, &client);
	http_front_open(c);
}

static void down(void)
{
	if (current)
		forget(current);
	buf_free(&got);
	buf_free(&taken);
	stage_down();
}

static void turns(void)
{
	for (int i = 0; i < 8; i++)
		stage_turn();
}

static void say(const char *text)
{
	ck_assert_int_eq(write(client, text, strlen(text)), (ssize_t)strlen(text));
	turns();
}

/* What the client has by now. */
static const char *heard(void)
{
	turns();
	stage_receive(client, &got);
	ck_assert(buf_put(&got, "", 1));
	got.end--;
	return buf_head(&got);
}

/* Bytes of the pattern, as many as find room. */
static size_t pour(size_t at, size_t n)
{
	static char some[65536];
	size_t end = at + n;

	while (at < end) {
		size_t piece = end - at < sizeof some ? end - at : sizeof some;
		ssize_t went;

		stage_pattern(some, piece, at);
		went = send(client, some, piece, MSG_DONTWAIT | MSG_NOSIGNAL);
		turns();
		if (went < 0)
			break;
		at += (size_t)went;
	}
	return at;
}

static void pass_ms(unsigned ms)
{
	usleep(ms * 1000);
	turns();
}

/* From here on a client is late soon, but not so soon as a busy machine makes it. */
static void hurry(void)
{
	lane_here->plan->body_timeout_ms = 300;
}

static void pass_body_timeout(void)
{
	pass_ms(400);
}

static void answer(const char *text)
{
	struct request *r = current;

	current = NULL;
	r->answer.status = 200;
	r->front->begin(r);
	r->front->body(r, span_of(text));
	r->worker = NULL;
	r->front->end(r);
}

#define POST      "POST /x HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED   POST "Transfer-Encoding: chunked\r\n\r\n"
#define LENGTH(n) POST "Content-Length: " #n "\r\n\r\n"

/* ---- */

START_TEST(served_before_its_body_has_come)
{
	say(CHUNKED);
	ck_assert_ptr_nonnull(current);
	ck_assert(!current->read_whole);
	say("5\r\nhello\r\n");
	ck_span_is(buf_span(&taken), "hello");
	say("1\r\n \r\n5\r\nworld\r\n0\r\n\r\nGET / HTTP/1.1\r\n");
	ck_span_is(buf_span(&taken), "hello world");
	ck_assert(current->read_whole);
	answer("done");
	say("Host: a\r\n\r\n"); /* and the next one behind it */
	ck_assert_ptr_nonnull(current);
	ck_assert_ptr_nonnull(strstr(heard(), "done"));
	ck_assert_ptr_null(strstr(heard(), "Connection: close"));
}
END_TEST

/* As much as the window holds comes in, the rest stays with the client; and goes on. */
START_TEST(nothing_is_read_that_the_worker_does_not_take)
{
	size_t sent;

	hurry();
	worker.takes = false;
	say(LENGTH(3000000));
	sent = pour(0, 3000000);
	ck_assert_uint_lt(sent, 2000000);
	ck_assert_uint_le(current->body_len, REQUEST_BODY_IN_MEMORY);
	ck_assert(spool_in_memory(&current->body));
	pass_body_timeout(); /* but it is not the client who is late */
	ck_assert_int_eq(spoiled, 0);
	worker.takes = true;
	engage();
	turns();
	ck_assert_uint_eq(pour(sent, 3000000 - sent), 3000000);
	turns();
	ck_assert_uint_eq(buf_len(&taken), 3000000);
	ck_assert(stage_is_pattern(buf_span(&taken), 0));
	ck_assert(current->read_whole);
	ck_assert_uint_le(current->body.mem.cap, 4 * REQUEST_BODY_IN_MEMORY);
}
END_TEST

START_TEST(a_client_that_sends_no_more_is_late)
{
	hurry();
	worker.takes = _i;
	say(LENGTH(10) "some");
	pass_body_timeout();
	ck_assert_int_eq(spoiled, 408);
	ck_assert_ptr_nonnull(strstr(heard(), "HTTP/1.1 408"));
}
END_TEST

START_TEST(bytes_earn_time)
{
	say(LENGTH(10));
	for (int i = 0; i < 5; i++) {
		struct mono due = c->due;
		pass_ms(1);
		say("x");
		ck_assert(mono_before(due, c->due));
	}
	ck_assert_int_eq(spoiled, 0);
	ck_assert_uint_eq(buf_len(&taken), 5);
}
END_TEST

/* The rate counts only while we would read. */
START_TEST(time_in_the_line_is_not_the_clients)
{
	hurry();
	lane_here->plan->min_receive_rate = 1000000;
	worker.takes = false;
	say(LENGTH(200000));
	pour(0, 100000);
	pass_ms(600);
	worker.takes = true;
	engage();
	turns();
	ck_assert_int_eq(spoiled, 0);
	pour(100000, 100000);
	ck_assert_uint_eq(buf_len(&taken), 200000);
	ck_assert_int_eq(spoiled, 0);
}
END_TEST

static const struct {
	const char *sent;
	int status;
} broken[] = {
	{"5\r\nhello\r\nnonsense\r\n", 400},
	{"5\r\nhello\r\n5\r\nhello?\r\n", 400},
	{"fffffff\r\n", 413},
};

START_TEST(a_broken_body_is_told_to_both)
{
	say(CHUNKED);
	say(broken[_i].sent);
	ck_assert_int_eq(spoiled, broken[_i].status);
	ck_assert_int_eq(atoi(heard() + strlen("HTTP/1.1 ")), broken[_i].status);
	ck_assert_ptr_nonnull(strstr(heard(), "Connection: close"));
}
END_TEST

START_TEST(a_client_that_leaves_within_its_body_is_forgotten)
{
	worker.takes = _i & 1;
	say(LENGTH(10));
	say("some");
	if (_i & 2)
		close(client);
	else
		shutdown(client, SHUT_WR);
	turns();
	ck_assert_uint_eq(forgotten, 1);
	ck_assert_uint_eq(lane_here->nconns, 0);
}
END_TEST

/* ---- Expect: 100-continue ---- */

#define EXPECTS POST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"

START_TEST(the_word_is_given_when_there_is_a_worker)
{
	hurry();
	worker.takes = false;
	say(EXPECTS);
	ck_assert_str_eq(heard(), "");
	pass_body_timeout();
	ck_assert_int_eq(spoiled, 0); /* it waits for us */
	worker.takes = true;
	engage();
	ck_assert_str_eq(heard(), "HTTP/1.1 100 Continue\r\n\r\n");
	say("hello");
	ck_span_is(buf_span(&taken), "hello");
	ck_assert_str_eq(heard(), "HTTP/1.1 100 Continue\r\n\r\n");
	answer("done");
	ck_assert_ptr_nonnull(strstr(heard(), "done"));
}
END_TEST

START_TEST(a_client_that_does_not_wait_for_the_word)
{
	worker.takes = _i;
	say(EXPECTS "hello");
	if (!_i)
		engage();
	turns();
	ck_span_is(buf_span(&taken), "hello");
	ck_assert_str_eq(heard(), "");
}
END_TEST

START_TEST(no_word_behind_an_answer)
{
	worker.takes = false;
	say(EXPECTS);
	engage();
	answer("no");
	ck_assert_ptr_null(strstr(heard(), "100 Continue"));
	ck_assert_ptr_nonnull(strstr(heard(), "Connection: close"));
}
END_TEST

/* ---- answers within the body ---- */

START_TEST(an_answer_within_the_body_is_the_last)
{
	say(LENGTH(1000));
	say("some");
	answer("early");
	ck_assert_ptr_nonnull(strstr(heard(), "early"));
	ck_assert_ptr_nonnull(strstr(heard(), "Connection: close"));
	say("more of it"); /* is swallowed: the answer must arrive */
	ck_assert_ptr_null(current);
	close(client);
	turns();
	ck_assert_uint_eq(lane_here->nconns, 0);
}
END_TEST

/* It answers as it reads, and may be asked again. */
START_TEST(an_answer_that_began_within_the_body)
{
	struct request *r;

	say(LENGTH(10));
	say("hello");
	r = current;
	r->answer.status = 200;
	r->front->begin(r);
	r->front->body(r, SPAN_LIT("hello"));
	r->front->flush(r);
	ck_assert_ptr_nonnull(strstr(heard(), "hello"));
	if (_i)
		say("world");
	current = NULL;
	r->worker = NULL;
	r->front->end(r);
	ck_assert_ptr_nonnull(strstr(heard(), "0\r\n\r\n"));
	ck_assert_int_eq(stage_receive(client, &got), _i);
}
END_TEST

START_TEST(what_nobody_wants_is_not_waited_for)
{
	hurry();
	say(LENGTH(10));
	current->unwanted = true;
	say("some");
	pass_body_timeout();
	ck_assert_int_eq(spoiled, 0);
	answer("done");
	ck_assert_ptr_nonnull(strstr(heard(), "done"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("http_stream");
	TCase *tc = tcase_create("http_stream");

	signal(SIGPIPE, SIG_IGN);
	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, served_before_its_body_has_come);
	tcase_add_test(tc, nothing_is_read_that_the_worker_does_not_take);
	tcase_add_loop_test(tc, a_client_that_sends_no_more_is_late, 0, 2);
	tcase_add_test(tc, bytes_earn_time);
	tcase_add_test(tc, time_in_the_line_is_not_the_clients);
	tcase_add_loop_test(tc, a_broken_body_is_told_to_both, 0, nitems(broken));
	tcase_add_loop_test(tc, a_client_that_leaves_within_its_body_is_forgotten, 0, 4);
	tcase_add_test(tc, the_word_is_given_when_there_is_a_worker);
	tcase_add_loop_test(tc, a_client_that_does_not_wait_for_the_word, 0, 2);
	tcase_add_test(tc, no_word_behind_an_answer);
	tcase_add_test(tc, an_answer_within_the_body_is_the_last);
	tcase_add_loop_test(tc, an_answer_that_began_within_the_body, 0, 2);
	tcase_add_test(tc, what_nobody_wants_is_not_waited_for);
	return stage_run(s);
}
