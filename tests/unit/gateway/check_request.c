/* SPDX-License-Identifier: MIT
 *
 * check_request: the states of a request, and that an object used again remembers nothing.
 */
#include "gateway/request.h"

#include "tests/unit/gateway/stage.h"

static struct request *r;

static void up(void)
{
	stage_up();
	r = stage_request(&fake_front, NULL,
		"POST /a?b HTTP/1.1\r\nHost: a\r\n"
		"Content-Length: 3\r\n\r\n");
}

static void down(void)
{
	if (r)
		request_free(r);
	told_forget();
	stage_down();
}

/* ---- states ---- */

/* To every state, from the row's: x is what may be. */
static const char *const moves[REQ_STATES] = {
	/*                reading waiting granted running done */
	[REQ_READING] = "x x - x x",
	[REQ_WAITING] = "x x x x x",
	[REQ_GRANTED] = "- - - x x",
	[REQ_RUNNING] = "x x - - x",
	[REQ_DONE] = "- - - - -",
};

#define FROM(i) ((enum request_state)((i) / REQ_STATES))
#define TO(i)   ((enum request_state)((i) % REQ_STATES))

static bool may_be(int i)
{
	return moves[FROM(i)][2 * TO(i)] == 'x';
}

/* The others end the process, as programming errors do. */
START_TEST(legal_moves)
{
	r->state = FROM(_i);
	if (!may_be(_i))
		return;
	request_become(r, TO(_i));
	ck_assert_int_eq(r->state, TO(_i));
}
END_TEST

START_TEST(illegal_moves)
{
	ck_assert_int_eq(rmdir(stage_dir), 0); /* no fixture will */
	r->state = FROM(_i);
	if (may_be(_i))
		exit(70);
	request_become(r, TO(_i));
}
END_TEST

/* ---- birth, death, rebirth ---- */

START_TEST(a_request_keeps_the_plan_of_its_first_byte)
{
	struct plan *was = r->plan;

	ck_assert_uint_eq(was->refs, 2);
	stage_plan((struct msg_plan_gateway){0});
	ck_assert_ptr_eq(r->plan, was);
	ck_assert_ptr_ne(lane_here->plan, was);
	ck_assert_uint_eq(was->refs, 1);
}
END_TEST

START_TEST(ids_are_not_used_again)
{
	uint64_t id = r->id;

	request_free(r);
	r = request_new(lane_here, &fake_front, NULL);
	ck_assert_uint_gt(r->id, id);
}
END_TEST

START_TEST(an_id_has_sixteen_digits)
{
	char text[REQUEST_ID_DIGITS];

	r->id = 0xfedcba9876543210;
	ck_assert_ptr_eq(request_put_id(r, text), text + sizeof text);
	ck_span_is(((struct span){text, sizeof text}), "fedcba9876543210");
	r->id = 1;
	request_put_id(r, text);
	ck_span_is(((struct span){text, sizeof text}), "0000000000000001");
}
END_TEST

static const struct {
	const char *given;
	uint64_t id; /* 0: it is not taken */
} given_ids[] = {
	{"0123456789abcdef", 0x0123456789abcdef},
	{"ffffffffffffffff", UINT64_MAX},
	{"0000000000000001", 1},
	{"0000000000000000", 0},
	{"0123456789ABCDEF", 0},
	{"0123456789abcde", 0},
	{"0123456789abcdef0", 0},
	{"0123456789abcdeg", 0},
	{"0123456789abcde ", 0},
	{"+123456789abcdef", 0},
	{"550e8400-e29b-41d4-a716-446655440000", 0},
	{"", 0},
};

START_TEST(only_ids_like_ours_are_taken_over)
{
	uint64_t was = r->id;

	request_adopt_id(r, span_of(given_ids[_i].given));
	ck_assert_uint_eq(r->id, given_ids[_i].id ? given_ids[_i].id : was);
	request_adopt_id(r, SPAN_NONE);
	ck_assert_uint_eq(r->id, given_ids[_i].id ? given_ids[_i].id : was);
}
END_TEST

/* All that a request collects on its way. */
static void live_a_life(void)
{
	static struct plan_pool pool;
	struct spool_place to = {.in_memory = 10, .dir = stage_dir};
	char bytes[100] = {1};

	r->pool = &pool;
	r->conn = (void *)&pool;
	r->interpreter = "x";
	r->tries = 2;
	r->body_len = 3;
	r->queue_us = 4;
	r->script_name = r->path_info = SPAN_LIT("x");
	r->raw_done = r->answer.begun = r->answer.has_length = true;
	r->raw_scan = r->answer.length = r->answer.sent = 5;
	r->answer.status = 200;
	r->reply.framing = FRAMING_CHUNKED;
	r->reply.keep = r->reply.dead = true;
	ck_assert(buf_puts(&r->answer.lines, "x") && buf_puts(&r->raw_head, "x") &&
		  buf_puts(&r->script_file, "x") && buf_puts(&r->path_translated, "x") &&
		  buf_puts(&r->reply.pending, "x") && buf_puts(&r->ahead, "x") &&
		  buf_puts(&r->moved, "x"));
	r->output = OUTPUT_RAW;
	ck_assert(spool_put(&r->body, (struct span){bytes, sizeof bytes}, &to));
	timer_set_ms(&lane_here->loop, &r->deadline, 1000);
	request_become(r, REQ_DONE);
}

static void is_blank(void)
{
	ck_assert_int_eq(r->state, REQ_READING);
	ck_assert(!r->pool && !r->conn && !r->interpreter && !r->worker);
	ck_assert(!r->tries && !r->body_len && !r->queue_us && !r->scan && !r->used);
	ck_assert(!r->script_name.n && !r->path_info.n && !r->host.n && !r->target.path.n);
	ck_assert(!r->raw_done && !r->raw_scan && !r->read_whole && !r->head_len);
	ck_assert(!r->answer.begun && !r->answer.has_length && !r->answer.status);
	ck_assert(!r->answer.length && !r->answer.sent);
	ck_assert(!r->reply.framing && !r->reply.keep && !r->reply.dead && !r->reply.left);
	ck_assert(!r->head.nheaders && !r->head.body && !r->head.has_host && !r->head.target.len);
	ck_assert(!r->deadline.slot && !r->deadline.fn);
	ck_assert(!buf_len(&r->in) && !buf_len(&r->ahead) && !buf_len(&r->path));
	ck_assert(!buf_len(&r->answer.lines) && !buf_len(&r->raw_head));
	ck_assert(!buf_len(&r->script_file) && !buf_len(&r->path_translated));
	ck_assert(!request_is_moved(r) && !r->output);
	ck_assert(!buf_len(&r->reply.pending) && !spool_len(&r->body));
	ck_assert_ptr_null(r->body.file);
}

START_TEST(a_used_object_remembers_nothing)
{
	const struct request *was = r;
	size_t timers = lane_here->loop.timers;
	int fd;

	live_a_life();
	fd = r->body.file->fd;
	ck_assert_int_ge(fd, 0);
	request_free(r);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_uint_eq(lane_here->loop.timers, timers);
	ck_assert_uint_eq(lane_here->nrequests, 1);
	r = request_new(lane_here, &fake_front, NULL);
	ck_assert_ptr_eq(r, was);
	ck_assert_uint_eq(lane_here->nrequests, 0);
	is_blank();
	ck_assert_uint_gt(r->answer.lines.cap, 0); /* but it keeps its room */
}
END_TEST

/* ---- local redirects ---- */

START_TEST(a_moved_request_is_another)
{
	struct spool_place to = {.in_memory = 2, .dir = stage_dir};

	ck_assert(!request_is_moved(r) && !request_body_is_whole(r));
	ck_assert(spool_put(&r->body, SPAN_LIT("body"), &to));
	ck_assert(buf_puts(&r->answer.lines, "X: y") && buf_puts(&r->raw_head, "X: y"));
	r->body_len = r->body_at = r->body_gone = 4;
	r->streams = r->owes_continue = r->raw_done = true;
	r->raw_scan = r->tries = 3;
	r->answer.interims = 2;
	r->interpreter = "x";
	ck_assert(request_move(r, SPAN_LIT("/there?c")));
	ck_assert(request_is_moved(r) && request_body_is_whole(r) && r->unwanted);
	ck_span_is(request_method(r), "GET");
	ck_span_is(request_target(r), "/there?c");
	ck_span_is(request_span(r, r->head.target), "/a?b");
	ck_assert(!spool_len(&r->body) && !r->body.file && !r->body_len);
	ck_assert(request_may_start_again(r) && !r->streams && !r->owes_continue);
	ck_assert(!buf_len(&r->answer.lines) && !buf_len(&r->raw_head) && !r->raw_scan);
	ck_assert(!r->raw_done && !r->tries && !r->interpreter);
	ck_assert_uint_eq(r->answer.interims, 2); /* they have left */
	request_body_from_start(r);
	ck_assert(r->unwanted);
}
END_TEST

START_TEST(a_moved_head_is_a_head)
{
	request_free(r);
	r = stage_request(&fake_front, NULL, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(request_move(r, SPAN_LIT("/there")));
	ck_span_is(request_method(r), "HEAD");
}
END_TEST

START_TEST(large_objects_are_not_kept)
{
	struct buf *const large[] = {&r->path, &r->raw_head, &r->reply.pending};

	ck_assert(buf_reserve(large[_i], 65537));
	request_free(r);
	r = NULL;
	ck_assert_uint_eq(lane_here->nrequests, 0);
}
END_TEST

START_TEST(spare_objects_are_bounded)
{
	struct request *many[65];

	for (size_t i = 0; i < nitems(many); i++)
		many[i] = request_new(lane_here, &fake_front, NULL);
	for (size_t i = 0; i < nitems(many); i++)
		request_free(many[i]);
	ck_assert_uint_eq(lane_here->nrequests, 64);
}
END_TEST

/* ---- the exit ramp ---- */

START_TEST(failing_early_refuses)
{
	request_fail(r, 503);
	r = NULL;
	ck_assert_int_eq(told.refused, 503);
	ck_assert_uint_eq(told.cut, 0);
}
END_TEST

START_TEST(failing_late_cuts)
{
	r->answer.begun = true;
	request_fail(r, 503);
	r = NULL;
	ck_assert_int_eq(told.refused, 0);
	ck_assert_uint_eq(told.cut, 1);
}
END_TEST

/* ---- a body that is passed on ---- */

START_TEST(a_window_over_the_body)
{
	struct spool_place to = {.in_memory = SIZE_MAX};
	static char bytes[65536];
	uint64_t in = 0;
	char room[1000];
	bool failed;

	ck_assert_uint_eq(request_body_room(r), REQUEST_BODY_IN_MEMORY);
	while (in < 1000000) {
		size_t n = request_body_room(r) < 9973 ? request_body_room(r) : 9973;
		struct span piece;

		stage_pattern(bytes, n, in);
		ck_assert(spool_put(&r->body, (struct span){bytes, n}, &to));
		in += n;
		ck_assert_uint_le(buf_len(&r->body.mem), REQUEST_BODY_IN_MEMORY);
		ck_assert(in > 32 * 1024 || request_may_start_again(r));
		for (int i = 0; i < _i; i++) {
			piece = request_body_piece(r, room, sizeof room, &failed);
			ck_assert(!failed && stage_is_pattern(piece, r->body_at));
			r->body_at += piece.n;
		}
		if (n == 0 && _i == 0)
			break;
	}
	ck_assert_int_eq(request_may_start_again(r), _i == 0);
	ck_assert(in >= 1000000 || in <= REQUEST_BODY_IN_MEMORY);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("request");
	TCase *tc = tcase_create("request");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_loop_test(tc, legal_moves, 0, REQ_STATES * REQ_STATES);
	tcase_add_loop_exit_test(tc, illegal_moves, 70, 0, REQ_STATES * REQ_STATES);
	tcase_add_test(tc, a_request_keeps_the_plan_of_its_first_byte);
	tcase_add_test(tc, ids_are_not_used_again);
	tcase_add_test(tc, an_id_has_sixteen_digits);
	tcase_add_loop_test(tc, only_ids_like_ours_are_taken_over, 0, nitems(given_ids));
	tcase_add_test(tc, a_used_object_remembers_nothing);
	tcase_add_test(tc, a_moved_request_is_another);
	tcase_add_test(tc, a_moved_head_is_a_head);
	tcase_add_loop_test(tc, large_objects_are_not_kept, 0, 3);
	tcase_add_test(tc, spare_objects_are_bounded);
	tcase_add_loop_test(tc, a_window_over_the_body, 0, 13);
	tcase_add_test(tc, failing_early_refuses);
	tcase_add_test(tc, failing_late_cuts);
	return stage_run(suite);
}
