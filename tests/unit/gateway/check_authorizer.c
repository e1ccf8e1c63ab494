/* SPDX-License-Identifier: MIT
 *
 * check_authorizer: what an authorizer is told, and what becomes of his answer.
 */
#include "gateway/authorizer.h"

#include "gateway/dispatch.h"
#include "gateway/fcgi_wrap.h"
#include "gateway/meta.h"
#include "gateway/relay.h"
#include "tests/unit/gateway/stage.h"

static struct conn client = {.via = &stage_via};
static struct request *r;
static struct plan_pool *app, *login;
static struct worker worker;
static struct buf all = BUF_INIT; /* "\nNAME=value\n..." */

/* ---- up and down: pool 1 asks pool 2 ---- */

static void drop(struct dispatch *d)
{
	dispatch_unref(d);
}

static struct plan_pool *with_line(struct plan_pool *pool)
{
	pool->dispatch = dispatch_new(pool);
	pool->drop_dispatch = drop;
	return pool;
}

static void let_in(struct request *x, const struct cgi_head *h, const char *base)
{
	int status = authorizer_heed(x, h, base);

	if (status)
		request_fail(x, status);
}

static const struct relay_host host = {.let_in = let_in};

static void up(void)
{
	stage_up();
	relay_init(&host);
	stage_plan((struct msg_plan_gateway){.document_root = SPAN_LIT("/srv/www")});
	app = stage_pool((struct msg_plan_pool){.pool = 1, .authorizer = 2, .max_children = 1});
	login = stage_pool((struct msg_plan_pool){.pool = 2, .max_children = 1, .max_queue = 9});
	with_line(app);
	with_line(login);
}

static void down(void)
{
	if (r && r->state == REQ_WAITING)
		ck_assert(dispatch_forget(r));
	if (r)
		stage_done(r);
	buf_free(&all);
	told_forget();
	stage_down();
}

static void come(const char *head)
{
	r = stage_request(&fake_front, &client, head);
	r->pool = app;
	r->script_name = request_path(r);
	r->path_info = SPAN_LIT("/info");
	ck_assert(buf_puts(&r->path_translated, "/srv/www/info"));
	ck_assert(buf_puts(&r->script_file, "/srv/www/asked"));
}

static bool sink(void *arg, struct span name, struct span value)
{
	return buf_putf(arg, "%.*s=%.*s\n", SPAN_FMT(name), SPAN_FMT(value));
}

static const char *variables(void)
{
	buf_clear(&all);
	ck_assert(buf_puts(&all, "\n") && meta_each(r, sink, &all) && buf_put(&all, "", 1));
	return buf_head(&all);
}

static void has(const char *line, bool yes)
{
	ck_assert_msg(!strstr(variables(), line) == !yes, "%s in %s", line, buf_head(&all));
}

/* He answers, and is done. */
static void answers(const char *text)
{
	struct request *x = r;

	ck_assert(dispatch_forget(r));
	request_become(r, REQ_RUNNING);
	r->worker = &worker;
	r->engaged = r->lane->loop.now;
	ck_assert_ptr_null(relay_output(r, span_of(text)));
	relay_finish(x, "test");
	if (told.begun || told.refused)
		r = NULL;
}

/* ---- asking ---- */

START_TEST(who_is_asked_about)
{
	come("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(authorizer_is_due(r, app));
	ck_assert(!authorizer_is_due(r, login));
	ck_assert(!authorizer_is_due(r, NULL));
	r->let_in_by = 2;
	ck_assert(authorizer_is_due(r, app)); /* to another pool */
	r->let_in_to = 1;
	ck_assert(!authorizer_is_due(r, app));
	r->let_in_by = 3;
	ck_assert(authorizer_is_due(r, app)); /* by another */
	r->let_in_by = 2;
	ck_assert(request_move(r, SPAN_LIT("/b")));
	ck_assert(authorizer_is_due(r, app));
}
END_TEST

START_TEST(what_is_asked)
{
	come("POST /a?q HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Type: x/y\r\n"
	     "Authorization: Basic eDp5\r\nX: 1\r\n\r\n");
	ck_assert(request_keep(r, &r->body, SPAN_LIT("body")));
	r->body_len = 4;
	r->streams = true;
	authorizer_ask(r);
	ck_assert(request_asks(r));
	ck_assert_ptr_eq(r->pool, login);
	ck_assert_ptr_eq(request_home(r), app);
	ck_assert_int_eq(r->state, REQ_WAITING);
	ck_assert(!r->streams);
	ck_assert(request_is_idempotent(r));
	has("\nREQUEST_URI=/a?q\n", true);
	has("\nREQUEST_METHOD=POST\n", true);
	has("\nCONTENT_TYPE=x/y\n", true);
	has("\nHTTP_X=1\n", true);
	has("\nHTTP_AUTHORIZATION=Basic eDp5\n", true);
	has("CONTENT_LENGTH", false);
	has("SCRIPT_NAME", false);
	has("PATH_INFO", false);
	has("PATH_TRANSLATED", false);
	has("SCRIPT_FILENAME", false);
}
END_TEST

START_TEST(a_script_of_his_own)
{
	ck_assert_ptr_null(plan_add_route(lane_here->plan,
		&(struct msg_plan_route){
			.pool = 2, .kind = ROUTE_EXACT, .path = SPAN_LIT("/check.php")}));
	come("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
	authorizer_ask(r);
	has("\nSCRIPT_FILENAME=/srv/www/check.php\n", true);
	has("SCRIPT_NAME", false);
}
END_TEST

START_TEST(in_which_role_and_without_the_body)
{
	struct buf out = BUF_INIT;
	bool ended = false;

	come("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
	ck_assert(request_keep(r, &r->body, SPAN_LIT("body")));
	r->body_len = 4;
	authorizer_ask(r);
	ck_assert(fcgi_wrap_head(&out, r, 1));
	ck_assert_int_eq(buf_head(&out)[9], FCGI_AUTHORIZER);
	buf_clear(&out);
	ck_assert(fcgi_wrap_body(&out, r, 1, &ended));
	ck_assert(ended);
	ck_assert_uint_eq(buf_len(&out), 0);
	ck_assert_uint_eq(r->body_at, 0);
	buf_free(&out);
}
END_TEST

/* ---- answers ---- */

START_TEST(let_in_with_variables)
{
	come("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nX-Who: eve\r\nX-Two: mine\r\n\r\n");
	authorizer_ask(r);
	answers("Status: 200\nVariable-Remote_User: alice\nVariable-HTTP_X_WHO: alice\n"
		"Variable-REMOTE_ADDR: 6.6.6.6\nX-Other: lost\n\nlost as well");
	ck_assert(!request_asks(r));
	ck_assert(!authorizer_is_due(r, app));
	ck_assert_int_eq(r->answer.status, 0);
	ck_assert_uint_eq(r->role, 0);
	ck_assert_uint_eq(buf_len(&r->answer.lines), 0);
	ck_assert_uint_eq(told.begun, 0);
	r->pool = app; /* as reception finds it again */
	has("\nREMOTE_USER=alice\n", true);
	has("\nHTTP_X_WHO=alice\n", true);
	has("eve", false);
	has("\nHTTP_X_TWO=mine\n", true);
	has("6.6.6.6", false);
	has("lost", false);
	has("\nCONTENT_LENGTH=", true);
	ck_assert_ptr_nonnull(
		strstr(stage_logged(), "[pool pool] it lets a request in with the "
				       "variable REMOTE_ADDR: that is for hearth to say"));
	/* Of a local redirect's target he has said nothing. */
	ck_assert(request_move(r, SPAN_LIT("/b")));
	has("alice", false);
}
END_TEST

START_TEST(the_pool_itself_knows_better)
{
	come("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert_ptr_null(plan_add_env(
		lane_here->plan, &(struct msg_plan_env){1, SPAN_LIT("LEVEL"), SPAN_LIT("low")}));
	authorizer_ask(r);
	answers("Status: 200\nVariable-LEVEL: high\nVariable-F: () { :; }\n\n");
	r->pool = app;
	has("\nLEVEL=low\n", true);
	has("high", false);
	has(":;", false);
}
END_TEST

START_TEST(any_other_answer_is_the_clients)
{
	come("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
	authorizer_ask(r);
	answers("Status: 401 No\nContent-Type: text/plain\nWWW-Authenticate: x\n\nwho?");
	ck_assert_int_eq(told.status, 401);
	ck_assert_uint_eq(told.ended, 1);
	ck_assert(span_is(buf_span(&told.body), "who?"));
	ck_assert(span_is(
		buf_span(&told.lines), "Content-Type: text/plain\r\nWWW-Authenticate: x\r\n"));
}
END_TEST

static const char *const nobodies[] = {
	"Status: 200\nVariable-A: 1", /* its head has no end */
	"Status: 103\n\nStatus: 200\n\n",
	"Variable-A: 1\n\n",
	"words\n\n",
};

START_TEST(what_is_no_answer_lets_nobody_in)
{
	come("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
	authorizer_ask(r);
	ck_assert(dispatch_forget(r));
	request_become(r, REQ_RUNNING);
	r->worker = &worker;
	if (relay_output(r, span_of(nobodies[_i])))
		relay_refuse(r, "test", "nonsense");
	else
		ck_assert(!relay_finish(r, "test"));
	r = NULL;
	ck_assert_int_eq(told.refused, 502);
}
END_TEST

START_TEST(too_many_variables)
{
	struct buf text = BUF_INIT;

	come("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(buf_puts(&text, "Status: 200\n"));
	for (int i = 0; i < 65; i++)
		ck_assert(buf_putf(&text, "Variable-V%d: x\n", i));
	ck_assert(buf_put(&text, "\n", 2));
	authorizer_ask(r);
	answers(buf_head(&text));
	ck_assert_int_eq(told.refused, 502);
	buf_free(&text);
}
END_TEST

START_TEST(it_may_have_to_be_asked_again)
{
	come("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
	authorizer_ask(r);
	ck_assert(dispatch_take_back(r));
	authorizer_forget(r);
	ck_assert(!request_asks(r));
	ck_assert_uint_eq(r->role, 0);
	r->pool = app;
	ck_assert(authorizer_is_due(r, app));
	authorizer_ask(r);
	answers("Status: 200\n\n");
	ck_assert(!authorizer_is_due(r, app));
}
END_TEST

/* The index of pool 1's directory is a script of pool 3: what was said of the one holds while the
 * other's is asked, and behind that, or they would be asked in turn for ever. */
START_TEST(two_let_it_in)
{
	const struct plan_pool *other = stage_pool(
		(struct msg_plan_pool){.pool = 3, .authorizer = 2, .max_children = 1});
	const struct plan_pool *one = plan_pool(lane_here->plan, 1);

	come("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
	r->pool = one;
	ck_assert(!authorizer_has_let_in(r, one));
	authorizer_ask(r);
	ck_assert(!authorizer_has_let_in(r, one));
	answers("Status: 200\nVariable-WHO: one\n\n");
	ck_assert(authorizer_has_let_in(r, one));
	ck_assert(!authorizer_has_let_in(r, other));
	r->pool = other;
	authorizer_ask(r);
	ck_assert(authorizer_has_let_in(r, one));
	ck_assert(!authorizer_has_let_in(r, other));
	answers("Status: 200\nVariable-WHO: two\n\n");
	ck_assert(authorizer_has_let_in(r, one));
	ck_assert(!authorizer_is_due(r, other));
	ck_assert(authorizer_is_due(r, one)); /* the variables are those of the other */
	r->pool = other;
	has("\nWHO=two\n", true);
	ck_assert(request_move(r, SPAN_LIT("/b")));
	ck_assert(!authorizer_has_let_in(r, one));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("authorizer");
	TCase *tc = tcase_create("authorizer");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, who_is_asked_about);
	tcase_add_test(tc, what_is_asked);
	tcase_add_test(tc, a_script_of_his_own);
	tcase_add_test(tc, in_which_role_and_without_the_body);
	tcase_add_test(tc, let_in_with_variables);
	tcase_add_test(tc, the_pool_itself_knows_better);
	tcase_add_test(tc, any_other_answer_is_the_clients);
	tcase_add_loop_test(tc, what_is_no_answer_lets_nobody_in, 0, nitems(nobodies));
	tcase_add_test(tc, too_many_variables);
	tcase_add_test(tc, it_may_have_to_be_asked_again);
	tcase_add_test(tc, two_let_it_in);
	return stage_run(suite);
}
