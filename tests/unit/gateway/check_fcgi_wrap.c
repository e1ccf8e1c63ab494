/* SPDX-License-Identifier: MIT
 *
 * check_fcgi_wrap: a request in records says all of it, once, and ends each stream.
 */
#include "gateway/fcgi_wrap.h"

#include "gateway/fcgi_record.h"
#include "tests/unit/gateway/stage.h"

#define ID 254

static struct conn guest = {.via = &stage_via};
static struct buf out, params, body;
static unsigned begun, params_ended, body_ended;
static struct request *r;

static void up(void)
{
	stage_up();
	out = params = body = BUF_INIT;
	begun = params_ended = body_ended = 0;
	r = stage_request(
		&fake_front, &guest, "GET /app/x?q=1 HTTP/1.1\r\nHost: a\r\nX-Y: z\r\n\r\n");
	r->pool = stage_pool((struct msg_plan_pool){.kind = POOL_FASTCGI});
	stage_seal();
}

static void down(void)
{
	buf_free(&out);
	buf_free(&params);
	buf_free(&body);
	stage_done(r);
	stage_down();
}

static void take(const struct fcgi_event *ev)
{
	bool stdin_ = ev->type == FCGI_STDIN;

	begun += ev->kind == FCGI_EV_BEGIN;
	if (ev->kind == FCGI_EV_DATA)
		buf_put_span(stdin_ ? &body : &params, ev->data);
	else if (ev->kind == FCGI_EV_STREAM_END)
		*(stdin_ ? &body_ended : &params_ended) += 1;
	if (ev->kind == FCGI_EV_BEGIN) {
		ck_assert_uint_eq(ev->role, FCGI_RESPONDER);
		ck_assert_uint_eq(ev->flags, FCGI_KEEP_CONN);
	}
	if (ev->kind != FCGI_EV_NONE)
		ck_assert_uint_eq(ev->id, ID);
}

/* Reads and takes all that has been wrapped, as a worker would. */
static void read_out(struct fcgi_reader *reader)
{
	while (buf_len(&out)) {
		struct fcgi_event ev;
		ssize_t n = fcgi_read(reader, buf_head(&out), buf_len(&out), &ev);
		ck_assert_int_gt(n, 0);
		take(&ev);
		buf_drop(&out, (size_t)n);
	}
	ck_assert(fcgi_reader_between(reader));
}

static bool has_param(const char *name, const char *value)
{
	struct buf want = BUF_INIT;
	bool found;

	fcgi_param(&want, span_of(name), span_of(value));
	found = memmem(buf_head(&params), buf_len(&params), buf_head(&want), buf_len(&want));
	buf_free(&want);
	return found;
}

START_TEST(the_head_begins_and_ends_its_parameters)
{
	struct fcgi_reader reader = {0};

	ck_assert(fcgi_wrap_head(&out, r, ID));
	read_out(&reader);
	ck_assert_uint_eq(begun, 1);
	ck_assert_uint_eq(params_ended, 1);
	ck_assert(has_param("REQUEST_METHOD", "GET"));
	ck_assert(has_param("QUERY_STRING", "q=1"));
	ck_assert(has_param("HTTP_X_Y", "z"));
	ck_assert_uint_eq(body_ended, 0);
}
END_TEST

static const size_t sizes[] = {0, 1, 32 * 1024 - 1, 32 * 1024, 32 * 1024 + 1, 65535, 300000};

/* Part of it in memory and part in the file, whatever the size. */
START_TEST(a_body_of_any_size_comes_whole)
{
	struct spool_place to = {.in_memory = 40000, .dir = stage_dir};
	struct fcgi_reader reader = {0};
	char *bytes = malloc(sizes[_i] + 1);
	bool ended = false;

	stage_pattern(bytes, sizes[_i], 0);
	for (size_t done = 0; done < sizes[_i]; done += 1000) {
		size_t n = sizes[_i] - done < 1000 ? sizes[_i] - done : 1000;
		ck_assert(spool_put(&r->body, (struct span){bytes + done, n}, &to));
	}
	free(bytes);
	while (!ended) {
		ck_assert(fcgi_wrap_body(&out, r, ID, &ended));
		ck_assert_uint_le(buf_len(&out), 2 * 32 * 1024 + 64);
		read_out(&reader);
	}
	ck_assert_uint_eq(r->body_at, sizes[_i]);
	ck_assert_uint_eq(buf_len(&body), sizes[_i]);
	ck_assert(stage_is_pattern(buf_span(&body), 0));
	ck_assert_uint_eq(body_ended, 1);
	ck_assert(fcgi_wrap_body(&out, r, ID, &ended)); /* and no second end */
	ck_assert_uint_eq(buf_len(&out), 0);
}
END_TEST

/* What is left of the first request's body is on the connection, and none of this one's. */
START_TEST(a_local_redirect_has_no_body)
{
	struct fcgi_reader reader = {0};
	bool ended = false;

	r->read_whole = false;
	ck_assert(fcgi_wrap_body(&out, r, ID, &ended));
	ck_assert(!ended);
	ck_assert(request_move(r, SPAN_LIT("/there")));
	ck_assert(fcgi_wrap_body(&out, r, ID, &ended));
	ck_assert(ended);
	read_out(&reader);
	ck_assert_uint_eq(body_ended, 1);
	ck_assert_uint_eq(buf_len(&body), 0);
}
END_TEST

static const struct {
	struct fcgi_event ev;
	const char *why;
} answers[] = {
	{{.kind = FCGI_EV_DATA, .type = FCGI_STDOUT, .id = 1}, NULL},
	{{.kind = FCGI_EV_DATA, .type = FCGI_STDERR, .id = 1}, NULL},
	{{.kind = FCGI_EV_END, .id = 1, .protocol_status = FCGI_REQUEST_COMPLETE}, NULL},
	{{.kind = FCGI_EV_END, .id = 1, .protocol_status = FCGI_OVERLOADED}, "refused the request"},
	{{.kind = FCGI_EV_DATA, .type = FCGI_STDIN, .id = 1},
		"sent a stream that is not a worker's to send"},
	{{.kind = FCGI_EV_BEGIN, .id = 1}, "sent a record that is not a worker's to send"},
	{{.kind = FCGI_EV_DATA, .type = FCGI_STDOUT, .id = 2},
		"sent a record of a request that it does not have"},
};

/* From each connection's first on, none that follows upon itself, none that is not a request's, and
 * not the one that is all that some programs know. */
START_TEST(ids_go_round)
{
	uint16_t id = FCGI_WRAP_FIRST_ID;
	bool had[UINT16_MAX + 1] = {false};

	for (unsigned n = FCGI_WRAP_FIRST_ID; n <= FCGI_WRAP_LAST_ID; n++) {
		ck_assert_uint_ne(id, FCGI_NULL_REQUEST_ID);
		ck_assert_uint_ne(id, FCGI_WRAP_ONLY_ID);
		ck_assert(!had[id]);
		had[id] = true;
		id = fcgi_wrap_next_id(id);
	}
	ck_assert_uint_eq(id, FCGI_WRAP_FIRST_ID);
}
END_TEST

START_TEST(what_a_worker_may_send)
{
	const char *why = fcgi_wrap_judge(&answers[_i].ev, 1);

	ck_assert_int_eq(why == NULL, answers[_i].why == NULL);
	if (why)
		ck_assert_str_eq(why, answers[_i].why);
}
END_TEST

/* ---- what says that there is no room ---- */

static const struct {
	const char *output; /* NULL: none */
	uint16_t id;
	uint8_t status;
	bool overload;
} ends[] = {
	{"Status: 503 Service Unavailable\r\n\r\npage", 1, FCGI_OVERLOADED, true},
	{NULL, 1, FCGI_OVERLOADED, true},
	{"Status: 200 OK\r\n\r\npage", 1, FCGI_OVERLOADED, false},
	{"Status: 503 Service Unavailable\r\n\r\npage", 1, FCGI_REQUEST_COMPLETE, false},
	{"Status: 503 Service Unavailable\r\n\r\npage", 2, FCGI_OVERLOADED, false},
};

static void say_end(size_t i, bool errs)
{
	if (errs)
		fcgi_stream(&out, FCGI_STDERR, ends[i].id, SPAN_LIT("full"));
	if (ends[i].output) {
		fcgi_stream(&out, FCGI_STDOUT, ends[i].id, span_of(ends[i].output));
		fcgi_stream_end(&out, FCGI_STDOUT, ends[i].id);
	}
	fcgi_end_request(&out, ends[i].id, 0, ends[i].status);
}

START_TEST(an_overload_is_seen_when_all_of_it_is_there)
{
	struct fcgi_reader reader = {0};
	struct fcgi_event ev;
	struct span all;

	say_end((size_t)_i, false);
	all = (struct span){buf_head(&out), buf_len(&out)};
	for (size_t n = 0; n < all.n; n++)
		ck_assert(!fcgi_wrap_is_overload(reader, (struct span){all.p, n}, 1));
	ck_assert_int_eq(fcgi_wrap_is_overload(reader, all, 1), ends[_i].overload);
	ck_assert_int_eq(fcgi_read(&reader, all.p, 3, &ev), 3);
	ck_assert_int_eq(fcgi_wrap_is_overload(reader, span_from(all, 3), 1), ends[_i].overload);
}
END_TEST

START_TEST(an_overload_behind_other_records)
{
	struct fcgi_reader reader = {0};

	fcgi_unknown_type(&out, FCGI_GET_VALUES);
	say_end((size_t)_i, true);
	ck_assert_int_eq(
		fcgi_wrap_is_overload(reader, (struct span){buf_head(&out), buf_len(&out)}, 1),
		ends[_i].overload);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fcgi_wrap");
	TCase *tc = tcase_create("fcgi_wrap");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, the_head_begins_and_ends_its_parameters);
	tcase_add_loop_test(tc, a_body_of_any_size_comes_whole, 0, nitems(sizes));
	tcase_add_test(tc, a_local_redirect_has_no_body);
	tcase_add_test(tc, ids_go_round);
	tcase_add_loop_test(tc, what_a_worker_may_send, 0, nitems(answers));
	tcase_add_loop_test(tc, an_overload_is_seen_when_all_of_it_is_there, 0, nitems(ends));
	tcase_add_loop_test(tc, an_overload_behind_other_records, 0, nitems(ends));
	return stage_run(suite);
}
