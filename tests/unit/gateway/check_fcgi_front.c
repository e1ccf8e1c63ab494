/* SPDX-License-Identifier: MIT
 *
 * check_fcgi_front: web servers that send several requests at once, read slowly, break off, or are
 * told to wait.
 */
#include "gateway/fcgi_front.h"

#include <inttypes.h>
#include <sys/socket.h>

#include "tests/unit/gateway/stage.h"

#define BYTES_MAX (2u * 1024 * 1024)

/* ---- who answers, by SCRIPT_NAME: /text a word, /N that many bytes, /tail/N the same, as long as
 *there is room, /later nothing until the test says so, /echo the body, /full that the line is ----
 */

static char bytes[BYTES_MAX];
static struct request *later[10];
static unsigned nlater, served, forgotten, spoiled, more;
static size_t put_already;

static size_t number(struct span s)
{
	return strtoul((const char *)memrchr(s.p, '/', s.n) + 1, NULL, 10);
}

static const struct plan_pool *the_pool;

static int admit(struct request *r)
{
	r->pool = the_pool;
	return span_is(r->script_name, "/404") ? 404 : 0;
}

static void tail(struct request *r)
{
	size_t n = number(r->script_name);

	while (put_already < n && !r->front->full(r)) {
		size_t k = n - put_already < 10000 ? n - put_already : 10000;
		r->front->body(r, (struct span){bytes + put_already, k});
		put_already += k;
	}
	if (put_already == n)
		r->front->end(r);
	else
		r->front->flush(r);
}

static void echo(struct request *r)
{
	bool failed = false;
	char room[4096];
	struct span s = request_body_piece(r, room, sizeof room, &failed);

	r->front->body(r, s);
	r->front->end(r);
}

static void serve(struct request *r)
{
	struct span name = r->script_name;

	served++;
	request_become(r, REQ_WAITING);
	if (span_is(name, "/405")) {
		ck_assert(buf_puts(&r->answer.lines, "Allow: GET\r\n"));
		r->answer.app_status = 5; /* of what was to be the answer */
		r->front->refuse(r, 405);
		return;
	}
	if (span_is(name, "/full")) {
		r->front->refuse(r, 503);
		return;
	}
	request_become(r, REQ_RUNNING);
	r->answer.status = 200;
	r->answer.app_status = span_is(name, "/text") ? 5 : 0;
	if (span_is(name, "/later")) {
		later[nlater++ % nitems(later)] = r;
		return;
	}
	r->front->begin(r);
	if (span_is(name, "/echo")) {
		echo(r);
	} else if (span_starts(name, SPAN_LIT("/tail/"))) {
		put_already = 0;
		tail(r);
	} else if (span_is(name, "/text")) {
		r->front->body(r, SPAN_LIT("word"));
		r->front->end(r);
	} else {
		r->front->body(r, (struct span){bytes, number(name)});
		r->front->end(r);
	}
}

static void forget(struct request *r)
{
	forgotten++;
	ck_assert(!r->conn && !r->job);
	stage_done(r);
}

static void on_more(struct request *r)
{
	(void)r;
	more++;
}

static void spoil(struct request *r, int status)
{
	spoiled++;
	request_fail(r, status);
}

static const struct http_host fake_host = {admit, serve, forget, tail, on_more, spoil, NULL};

/* ---- the web server ---- */

static int client;
static struct conn *c;
static char here[] = "here";
static struct plan_listener via = {.id = 7, .fd = -1, .address = here, .pool = 1, .is_unix = true};
static struct buf out, got;

/* What came, by id. */
static struct answer_of {
	struct buf text, error;
	unsigned records;
	int status; /* -1: not ended */
	uint32_t app;
} answers[10];
static char order[20000];
static size_t norder;
static struct fcgi_reader reader;

static void plan(bool buffered, bool streams)
{
	stage_plan((struct msg_plan_gateway){.header_timeout_ms = 10000,
		.body_timeout_ms = 10000,
		.keepalive_timeout_ms = 10000,
		.write_timeout_ms = 10000});
	the_pool = stage_pool((struct msg_plan_pool){
		.response_buffering = buffered, .request_buffering = !streams});
	stage_seal();
}

static void up(void)
{
	stage_up();
	fcgi_front_init(&fake_host);
	stage_pattern(bytes, sizeof bytes, 0);
	plan(true, false);
}

static void down(void)
{
	buf_free(&got);
	buf_free(&out);
	for (size_t i = 0; i < nitems(answers); i++) {
		buf_free(&answers[i].text);
		buf_free(&answers[i].error);
	}
	stage_down();
}

static void greet(void)
{
	c = stage_conn(&fcgi_face, &client);
	c->via = &via;
	fcgi_front_open(c);
	reader = (struct fcgi_reader){0};
	norder = 0;
	for (size_t i = 0; i < nitems(answers); i++) {
		buf_clear(&answers[i].text);
		buf_clear(&answers[i].error);
		answers[i] = (struct answer_of){
			.text = answers[i].text, .error = answers[i].error, .status = -1};
	}
}

static void hang_up(void)
{
	close(client);
	stage_turn();
	stage_turn();
	ck_assert_uint_eq(lane_here->nconns, 0);
}

static void send_all(void)
{
	ck_assert_int_eq(write(client, buf_head(&out), buf_len(&out)), (ssize_t)buf_len(&out));
	buf_clear(&out);
}

static void begin(uint16_t id, bool keep)
{
	ck_assert(fcgi_begin_request(&out, id, FCGI_RESPONDER, keep));
}

static void params(uint16_t id, const char *name, const char *length)
{
	struct fcgi_params w;

	ck_assert(fcgi_params_open(&w, &out, FCGI_PARAMS, id));
	ck_assert(fcgi_param(&out, SPAN_LIT("SCRIPT_NAME"), span_of(name)));
	ck_assert(fcgi_param(&out, SPAN_LIT("REQUEST_METHOD"), SPAN_LIT("GET")));
	ck_assert(!length || fcgi_param(&out, SPAN_LIT("CONTENT_LENGTH"), span_of(length)));
	ck_assert(fcgi_params_close(&w, &out) && fcgi_stream_end(&out, FCGI_PARAMS, id));
}

static void ask(uint16_t id, const char *name)
{
	begin(id, true);
	params(id, name, NULL);
	ck_assert(fcgi_stream_end(&out, FCGI_STDIN, id));
}

static void take(const struct fcgi_event *ev)
{
	struct answer_of *a = &answers[ev->id % nitems(answers)];

	if (ev->kind == FCGI_EV_NONE)
		return;
	if (ev->kind != FCGI_EV_DATA || ev->record_end)
		order[norder++ % sizeof order] = (char)('0' + ev->id % 10);
	if (ev->kind == FCGI_EV_DATA)
		ck_assert(buf_put_span(ev->type == FCGI_STDERR ? &a->error : &a->text, ev->data));
	ck_assert_int_eq(a->status, -1);
	if (ev->kind == FCGI_EV_END) {
		a->status = ev->protocol_status;
		a->app = ev->app_status;
	}
}

static void take_all(void)
{
	struct span s = buf_span(&got);
	struct fcgi_event ev;

	while (s.n) {
		ssize_t n = fcgi_read(&reader, s.p, s.n, &ev);
		ck_assert_msg(n > 0, "%s", reader.why);
		take(&ev);
		s = span_from(s, (size_t)n);
	}
	buf_clear(&got);
}

/* Reads until nothing has come for a few turns. False: the end came. */
static bool listen_on(void)
{
	bool open = true;

	for (int quiet = 0; quiet < 4 && open; quiet++) {
		stage_turn();
		open = stage_receive(client, &got);
		if (buf_len(&got))
			quiet = 0;
		take_all();
	}
	return open;
}

/* An answer with this body; its head is thrown away. */
static void expect(unsigned id, struct span body)
{
	struct answer_of *a = &answers[id];
	char *end = memmem(buf_head(&a->text), buf_len(&a->text), "\r\n\r\n", 4);

	ck_assert_msg(end && a->status == FCGI_REQUEST_COMPLETE, "no answer %u", id);
	buf_drop(&a->text, (size_t)(end - buf_head(&a->text)) + 4);
	ck_assert_uint_eq(buf_len(&a->text), body.n);
	ck_assert_mem_eq(buf_head(&a->text), body.p, body.n);
	buf_clear(&a->text);
	a->status = -1;
}

static void expect_page(unsigned id, const char *status, int end)
{
	const struct answer_of *a = &answers[id];
	char line[64];
	int n = snprintf(line, sizeof line, "Status: %s", status);

	ck_assert_msg(span_starts(buf_span(&a->text), (struct span){line, (size_t)n}),
		"no status %s: '%.*s'", status, SPAN_FMT(buf_span(&a->text)));
	ck_assert_int_eq(a->status, end);
}

static void expect_status(unsigned id, const char *status)
{
	expect_page(id, status, FCGI_REQUEST_COMPLETE);
}

/* ---- answers ---- */

START_TEST(answers_of_any_size_arrive_whole)
{
	static const char *const names[] = {"/", "/tail/"};
	char name[64];

	for (size_t n = 0; n < 400000; n += 32768 / 3) {
		greet();
		for (uint16_t id = 1; id < 5; id++) {
			snprintf(name, sizeof name, "%s%zu", names[id % 2], n * id);
			ask(id, name);
			send_all();
			ck_assert(listen_on());
			expect(id, (struct span){bytes, n * id});
		}
		ck_assert_uint_eq(lane_here->nconns, 1);
		hang_up();
	}
}
END_TEST

/* A page of ours in the place of its answer is none of its. */
START_TEST(the_program_s_status_is_passed_on)
{
	greet();
	ask(1, "/text");
	ask(2, "/405");
	ask(3, "/1");
	send_all();
	ck_assert(listen_on());
	expect(1, SPAN_LIT("word"));
	ck_assert_uint_eq(answers[1].app, 5);
	expect_status(2, "405");
	ck_assert_uint_eq(answers[2].app, 0);
	ck_assert_uint_eq(answers[3].app, 0);
	hang_up();
}
END_TEST

START_TEST(a_head_is_a_script_s)
{
	greet();
	ask(1, "/text");
	send_all();
	ck_assert(listen_on());
	ck_span_is(buf_span(&answers[1].text), "Status: 200 OK\r\n\r\nword");
	ck_span_is(((struct span){order, norder}), "111"); /* output, its end, the end */
	hang_up();
}
END_TEST

/* That of a local redirect is for the web server to find, and so is its id. */
START_TEST(an_id_is_told_behind_the_status)
{
	char text[128];

	strcpy(lane_here->plan->id_header, "X-Id");
	greet();
	ask(1, "/later");
	ask(2, "/later");
	send_all();
	ck_assert(listen_on());
	ck_assert_uint_eq(nlater, 2);
	snprintf(text, sizeof text, "Status: 200 OK\r\nX-Id: %016" PRIx64 "\r\n\r\n", later[0]->id);
	ck_assert(buf_puts(&later[1]->answer.lines, "Location: /x\r\n"));
	later[1]->answer.is_local = true;
	for (int i = 0; i < 2; i++) {
		later[i]->front->begin(later[i]);
		later[i]->front->end(later[i]);
	}
	ck_assert(listen_on());
	ck_span_is(buf_span(&answers[1].text), text);
	ck_span_is(buf_span(&answers[2].text), "Location: /x\r\n\r\n");
	hang_up();
}
END_TEST

START_TEST(large_answers_take_turns)
{
	unsigned turns = 0;

	greet();
	ask(1, "/2000000");
	ask(2, "/2000000");
	ask(3, "/text");
	send_all();
	ck_assert(listen_on());
	for (size_t i = 1; i < norder; i++)
		turns += order[i] != order[i - 1];
	ck_assert_uint_gt(turns, 50);
	for (size_t i = 0; i < 8; i++)
		if (order[i] == '3')
			turns = 0;
	ck_assert_uint_eq(turns, 0); /* the small one did not wait */
	expect(1, (struct span){bytes, 2000000});
	expect(2, (struct span){bytes, 2000000});
	expect(3, SPAN_LIT("word"));
	hang_up();
}
END_TEST

START_TEST(answers_end_in_any_order)
{
	greet();
	for (uint16_t id = 1; id <= 3; id++)
		ask(id, "/later");
	send_all();
	ck_assert(listen_on());
	ck_assert_uint_eq(nlater, 3);
	for (int i = 2; i >= 0; i--) {
		later[i]->front->begin(later[i]);
		later[i]->front->body(later[i], SPAN_LIT("late"));
		later[i]->front->end(later[i]);
	}
	ck_assert(listen_on());
	for (unsigned id = 1; id <= 3; id++)
		expect(id, SPAN_LIT("late"));
	ck_span_is(((struct span){order, norder}), "333222111");
	hang_up();
}
END_TEST

START_TEST(what_goes_to_the_error_stream_is_bounded)
{
	greet();
	ask(1, "/later");
	send_all();
	ck_assert(listen_on());
	for (int i = 0; i < 100; i++)
		later[0]->front->error(later[0], (struct span){bytes, 10000});
	later[0]->front->begin(later[0]);
	later[0]->front->end(later[0]);
	ck_assert(listen_on());
	ck_assert_uint_eq(buf_len(&answers[1].error), 65536);
	expect(1, SPAN_LIT(""));
	hang_up();
}
END_TEST

/* Without buffering the source waits, and goes on when there is room. */
START_TEST(a_source_waits_for_who_reads_slowly)
{
	plan(false, false);
	greet();
	ask(1, "/tail/2000000");
	ask(2, "/text");
	send_all();
	for (int i = 0; i < 5; i++)
		stage_turn();
	ck_assert_uint_lt(put_already, 1000000);
	ck_assert(listen_on());
	expect(1, (struct span){bytes, 2000000});
	expect(2, SPAN_LIT("word"));
	hang_up();
}
END_TEST

START_TEST(with_buffering_it_does_not)
{
	greet();
	ask(1, "/tail/2000000");
	send_all();
	for (int i = 0; i < 5; i++)
		stage_turn();
	ck_assert_uint_eq(put_already, 2000000);
	ck_assert(listen_on());
	expect(1, (struct span){bytes, 2000000});
	hang_up();
}
END_TEST

/* ---- what is no answer ---- */

START_TEST(a_line_that_is_full_is_an_overload)
{
	greet();
	ask(1, "/full");
	send_all();
	ck_assert(listen_on());
	/* For those who do not read how it ended. */
	expect_page(1, "503 Service Unavailable\r\n", FCGI_OVERLOADED);
	hang_up();
}
END_TEST

START_TEST(a_refusal_later_is_a_page)
{
	greet();
	ask(1, "/later");
	ask(2, "/404");
	send_all();
	ck_assert(listen_on());
	expect_status(2, "404 Not Found\r\n");
	later[0]->answer.retry_after_s = 7;
	later[0]->front->refuse(later[0], 503);
	ck_assert(listen_on());
	expect_status(1, "503 Service Unavailable\r\nRetry-After: 7\r\n");
	ask(3, "/405");
	send_all();
	ck_assert(listen_on());
	expect_status(3, "405 Method Not Allowed\r\nAllow: GET\r\n");
	hang_up();
}
END_TEST

START_TEST(a_cut_ends_the_connection_without_an_end)
{
	greet();
	ask(1, "/later");
	send_all();
	ck_assert(listen_on());
	later[0]->front->begin(later[0]);
	later[0]->front->body(later[0], SPAN_LIT("half"));
	later[0]->front->flush(later[0]);
	later[0]->front->cut(later[0]);
	ck_assert(!listen_on());
	ck_assert_int_eq(answers[1].status, -1);
	ck_span_is(buf_span(&answers[1].text), "Status: 200 OK\r\n\r\nhalf");
	hang_up();
}
END_TEST

START_TEST(a_cut_beside_others_is_the_program_s_status)
{
	greet();
	ask(1, "/later");
	ask(2, "/later");
	send_all();
	ck_assert(listen_on());
	later[0]->front->begin(later[0]);
	later[0]->front->cut(later[0]);
	ck_assert(listen_on());
	ck_assert_int_eq(answers[1].status, FCGI_REQUEST_COMPLETE);
	ck_assert_uint_eq(answers[1].app, 1);
	later[1]->front->begin(later[1]);
	later[1]->front->end(later[1]);
	ck_assert(listen_on());
	expect(2, SPAN_LIT(""));
	ask(1, "/text");
	send_all();
	hang_up();
}
END_TEST

/* ---- what comes in ---- */

START_TEST(cut_at_every_byte)
{
	static const struct span body = {"body", 4};
	size_t all;

	for (size_t cut = 1, n = 2; cut < n; cut++) {
		greet();
		begin(1, true);
		begin(2, true);
		params(2, "/echo", "4");
		params(1, "/echo", NULL);
		ck_assert(fcgi_stream(&out, FCGI_STDIN, 1, body));
		ck_assert(fcgi_stream(&out, FCGI_STDIN, 2, body));
		ck_assert(fcgi_stream_end(&out, FCGI_STDIN, 2));
		ck_assert(fcgi_stream_end(&out, FCGI_STDIN, 1));
		n = all = buf_len(&out);
		ck_assert_int_eq(write(client, buf_head(&out), cut), (ssize_t)cut);
		stage_turn();
		buf_drop(&out, cut);
		send_all();
		ck_assert(listen_on());
		expect(1, body);
		expect(2, body);
		hang_up();
	}
	ck_assert_uint_gt(all, 100);
}
END_TEST

START_TEST(a_body_that_is_passed_on)
{
	plan(true, true);
	greet();
	begin(1, true);
	params(1, "/later", "8");
	send_all();
	ck_assert(listen_on());
	ck_assert_uint_eq(served, 1);
	ck_assert(fcgi_stream(&out, FCGI_STDIN, 1, SPAN_LIT("half")));
	send_all();
	ck_assert(listen_on());
	ck_assert_uint_eq(more, 1);
	ck_assert(!later[0]->read_whole && later[0]->body_len == 4);
	ck_assert(fcgi_stream_end(&out, FCGI_STDIN, 1));
	send_all();
	ck_assert(listen_on());
	ck_assert_uint_eq(spoiled, 1);
	expect_status(1, "400 Bad Request\r\n");
	hang_up();
}
END_TEST

START_TEST(whoever_leaves_is_forgotten)
{
	greet();
	ask(1, "/later");
	ask(2, "/later");
	begin(3, true);
	params(3, "/echo", "4");
	begin(4, true);
	send_all();
	ck_assert(listen_on());
	hang_up();
	ck_assert_uint_eq(forgotten, 2);
}
END_TEST

START_TEST(an_abort_frees_the_id)
{
	greet();
	ask(1, "/later");
	send_all();
	ck_assert(listen_on());
	ck_assert(fcgi_abort_request(&out, 1));
	send_all();
	ck_assert(listen_on());
	ck_assert_uint_eq(forgotten, 1);
	ck_assert_int_eq(answers[1].status, FCGI_REQUEST_COMPLETE);
	answers[1].status = -1;
	ck_assert(fcgi_abort_request(&out, 1));
	ask(1, "/text");
	send_all();
	ck_assert(listen_on());
	expect(1, SPAN_LIT("word"));
	hang_up();
}
END_TEST

START_TEST(what_is_malformed_ends_it)
{
	greet();
	ask(1, "/later");
	ck_assert(fcgi_stream_end(&out, FCGI_STDIN, 2));
	send_all();
	ck_assert(!listen_on());
	ck_assert_uint_eq(forgotten, 1);
	ck_assert_ptr_nonnull(strstr(stage_logged(),
		"[pool pool] listen here: a connection from a unix socket goes on with a request "
		"that it has not begun: closed"));
	hang_up();
}
END_TEST

START_TEST(not_kept_ends_behind_the_answer)
{
	greet();
	begin(1, false);
	params(1, "/500000", NULL);
	ck_assert(fcgi_stream_end(&out, FCGI_STDIN, 1));
	send_all();
	ck_assert(!listen_on());
	expect(1, (struct span){bytes, 500000});
	hang_up();
}
END_TEST

/* ---- changes of the house ---- */

START_TEST(a_drain_waits_for_what_runs)
{
	greet();
	ask(1, "/later");
	send_all();
	ck_assert(listen_on());
	lane_here->draining = true;
	fcgi_front_drain(c);
	ck_assert(listen_on());
	later[0]->front->begin(later[0]);
	later[0]->front->end(later[0]);
	ck_assert(!listen_on());
	expect(1, SPAN_LIT(""));
	lane_here->draining = false;
	hang_up();
}
END_TEST

static unsigned moved;

static void on_moved(struct request *r)
{
	(void)r;
	moved++;
}

START_TEST(a_listener_that_goes_takes_what_is_idle_along)
{
	greet();
	ask(1, "/later");
	send_all();
	ck_assert(listen_on());
	fcgi_front_move(c, on_moved);
	ck_assert_uint_eq(moved, 1);
	ck_assert(listen_on());
	later[0]->front->begin(later[0]);
	later[0]->front->end(later[0]);
	ck_assert(!listen_on());
	expect(1, SPAN_LIT(""));
	hang_up();
}
END_TEST

START_TEST(who_is_not_allowed_is_disconnected)
{
	struct plan_listener tcp = {.id = 8, .fd = -1, .address = here, .pool = 1};

	c = stage_conn(&fcgi_face, &client);
	c->via = &tcp;
	ck_assert(ip_parse(SPAN_LIT("192.0.2.9"), &c->peer.ip));
	ck_assert_ptr_null(cidr_list_add(&tcp.allowed, SPAN_LIT("192.0.2.0/29")));
	fcgi_front_open(c);
	ck_assert(!listen_on());
	ck_assert_ptr_nonnull(strstr(stage_logged(),
		"a connection from 192.0.2.9 is not one of listen.allowed_clients: closed"));
	hang_up();
	cidr_list_free(&tcp.allowed);
}
END_TEST

/* The peer is this process: root may always. */
START_TEST(who_is_not_among_the_users_is_disconnected)
{
	uint32_t users[] = {(uint32_t)getuid() + 1, (uint32_t)getuid() + 2};
	struct plan_listener local = {.id = 8,
		.fd = -1,
		.address = here,
		.pool = 1,
		.is_unix = true,
		.users = users,
		.nusers = nitems(users)};
	char wanted[200];

	users[1] -= _i ? 2 : 0;
	c = stage_conn(&fcgi_face, &client);
	c->via = &local;
	fcgi_front_open(c);
	if (_i || getuid() == 0) {
		ck_assert(listen_on());
	} else {
		snprintf(wanted, sizeof wanted,
			"a connection from a unix socket is that of user %u, process %d, who is "
			"none of listen.allowed_users: closed",
			(unsigned)getuid(), (int)getpid());
		ck_assert(!listen_on());
		ck_assert_ptr_nonnull(strstr(stage_logged(), wanted));
	}
	hang_up();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fcgi_front");
	TCase *tc = tcase_create("front");

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, answers_of_any_size_arrive_whole);
	tcase_add_test(tc, the_program_s_status_is_passed_on);
	tcase_add_test(tc, a_head_is_a_script_s);
	tcase_add_test(tc, an_id_is_told_behind_the_status);
	tcase_add_test(tc, large_answers_take_turns);
	tcase_add_test(tc, answers_end_in_any_order);
	tcase_add_test(tc, what_goes_to_the_error_stream_is_bounded);
	tcase_add_test(tc, a_source_waits_for_who_reads_slowly);
	tcase_add_test(tc, with_buffering_it_does_not);
	tcase_add_test(tc, a_line_that_is_full_is_an_overload);
	tcase_add_test(tc, a_refusal_later_is_a_page);
	tcase_add_test(tc, a_cut_ends_the_connection_without_an_end);
	tcase_add_test(tc, a_cut_beside_others_is_the_program_s_status);
	tcase_add_test(tc, cut_at_every_byte);
	tcase_add_test(tc, a_body_that_is_passed_on);
	tcase_add_test(tc, whoever_leaves_is_forgotten);
	tcase_add_test(tc, an_abort_frees_the_id);
	tcase_add_test(tc, what_is_malformed_ends_it);
	tcase_add_test(tc, not_kept_ends_behind_the_answer);
	tcase_add_test(tc, a_drain_waits_for_what_runs);
	tcase_add_test(tc, a_listener_that_goes_takes_what_is_idle_along);
	tcase_add_test(tc, who_is_not_allowed_is_disconnected);
	tcase_add_loop_test(tc, who_is_not_among_the_users_is_disconnected, 0, 2);
	return stage_run(suite);
}
