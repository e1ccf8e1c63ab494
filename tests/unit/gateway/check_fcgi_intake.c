/* SPDX-License-Identifier: MIT
 *
 * check_fcgi_intake: what a web server gives becomes a request as HTTP would have made it, and
 * variables for its program.
 */
#include "gateway/fcgi_intake.h"

#include "gateway/meta.h"
#include "gateway/roster.h"
#include "tests/unit/gateway/stage.h"

static struct conn peer;
static struct fcgi_job job;
static struct request *r;
static struct buf pairs, all;
static const char *why;

static void up(void)
{
	stage_up();
	stage_plan((struct msg_plan_gateway){.threads = 1});
	stage_pool((struct msg_plan_pool){.request_buffering = true});
	stage_seal();
	peer = (struct conn){.via = &stage_via};
	ck_assert(ip_parse(SPAN_LIT("198.51.100.7"), &peer.peer.ip));
	r = request_new(lane_here, &fake_front, &peer);
	r->pool = plan_pool(r->plan, 1);
	r->job = &job;
	job = (struct fcgi_job){.request = r};
}

static void down(void)
{
	request_free(r);
	buf_free(&pairs);
	buf_free(&all);
	stage_down();
}

static void give(const char *name, const char *value)
{
	ck_assert(fcgi_param(&pairs, span_of(name), span_of(value)));
}

static int take(void)
{
	int status = fcgi_intake_params(r, buf_span(&pairs));

	return status ? status : fcgi_intake_head(r, &why);
}

static struct span header(const char *name)
{
	return http_value(&r->head, buf_head(&r->in), name);
}

static bool sink(void *arg, struct span name, struct span value)
{
	(void)arg;
	return buf_put_span(&all, name) && buf_puts(&all, "=") && buf_put_span(&all, value) &&
	       buf_puts(&all, ";");
}

/* Without the last one, which is our id. */
static struct span variables(void)
{
	char *id;

	buf_clear(&all);
	ck_assert(meta_each(r, sink, NULL));
	id = memmem(buf_head(&all), buf_len(&all), "REQUEST_ID=", 11);
	ck_assert_ptr_nonnull(id);
	ck_assert_int_eq(buf_tail(&all) - id, 11 + 16 + 1);
	return (struct span){buf_head(&all), (size_t)(id - buf_head(&all))};
}

START_TEST(as_http_would_have_made_it)
{
	give("REQUEST_METHOD", "POST");
	give("REQUEST_URI", "/a%20b/c?d=e");
	give("SCRIPT_NAME", "/a b");
	give("PATH_INFO", "/c");
	give("QUERY_STRING", "d=e");
	give("SERVER_PROTOCOL", "HTTP/1.0");
	give("CONTENT_LENGTH", "12");
	give("CONTENT_TYPE", "text/x");
	give("SCRIPT_FILENAME", "/srv/a b");
	give("REMOTE_ADDR", "2001:db8::1");
	give("REMOTE_PORT", "4321");
	give("HTTPS", "on");
	give("HTTP_HOST", "example.org:8443");
	give("HTTP_USER_AGENT", "tester");
	ck_assert_int_eq(take(), 0);
	ck_span_is(request_method(r), "POST");
	ck_span_is(request_target(r), "/a%20b/c?d=e");
	ck_span_is(request_path(r), "/a b/c");
	ck_span_is(r->script_name, "/a b");
	ck_span_is(r->path_info, "/c");
	ck_span_is(r->target.query, "d=e");
	ck_span_is(buf_span(&r->script_file), "/srv/a b");
	ck_span_is(header("user-agent"), "tester");
	ck_span_is(header("Content-Type"), "text/x");
	ck_span_is(r->host, "example.org");
	ck_assert(r->secure && r->head.minor == 0 && r->head.content_length == 12);
	ck_assert_uint_eq(r->client.port, 4321);
	ck_assert(!ip_eq(&r->client.ip, &peer.peer.ip));
}
END_TEST

START_TEST(without_a_uri_it_is_made)
{
	give("SCRIPT_NAME", "/a");
	give("PATH_INFO", "/b");
	give("QUERY_STRING", "c");
	ck_assert_int_eq(take(), 0);
	ck_span_is(request_target(r), "/a/b?c");
	ck_assert(ip_eq(&r->client.ip, &peer.peer.ip) && !r->secure);
}
END_TEST

START_TEST(nothing_is_a_request_too)
{
	ck_assert_int_eq(take(), 0);
	ck_span_is(variables(), "");
}
END_TEST

/* What is put behind them must not move what lies before. */
START_TEST(any_number_of_any_size)
{
	char name[300], value[300];

	for (int n = 0; n < 1 + _i % 40; n++) {
		memset(name, 'A' + n % 26, sizeof name);
		memset(value, 'a' + n % 26, sizeof value);
		memcpy(name, "HTTP_", 5);
		name[6 + _i * 7 % 200] = value[_i * 13 % 290] = '\0';
		give(name, value);
	}
	give("HTTP_LAST", "last");
	give("REQUEST_METHOD", "GET");
	give("SCRIPT_NAME", value);
	give("QUERY_STRING", value);
	ck_assert_int_eq(take(), 0);
	ck_span_is(header("LAST"), "last");
	ck_span_is(request_method(r), "GET");
	ck_assert(span_starts(request_target(r), span_of(value)));
	ck_assert_uint_le(buf_len(&r->in), 3 * buf_len(&pairs) + 64);
}
END_TEST

START_TEST(variables_are_as_they_came)
{
	give("B", "2");
	give("HTTP_PROXY", "evil");
	give("A", "1");
	give("REQUEST_ID", "forged");
	give("EMPTY", "");
	give("HTTP_X", "() { :; }");
	give("OTHER", "() { :; }");
	give("CONTENT_LENGTH", "");
	give("A", "3");
	give("LD_PRELOAD", "z");
	ck_assert_int_eq(take(), 0);
	ck_assert_int_eq(fcgi_intake_frame(r), 0);
	ck_span_is(variables(), "B=2;A=1;EMPTY=;CONTENT_LENGTH=;A=3;LD_PRELOAD=z;");
	ck_assert_ptr_nonnull(strstr(stage_logged(), "HTTP_PROXY comes from the web server"));
}
END_TEST

/* What a web server calls it, if that is a name as ours are. */
START_TEST(an_id_may_be_given)
{
	give("REQUEST_ID", "0123456789abcdef");
	ck_assert_int_eq(take(), 0);
	ck_assert_uint_eq(r->id, 0x0123456789abcdef);
	ck_span_is(variables(), "");
	ck_assert_ptr_nonnull(
		memmem(buf_head(&all), buf_len(&all), "REQUEST_ID=0123456789abcdef;", 28));
}
END_TEST

static void on_drop(struct dispatch *d)
{
	dispatch_unref(d);
}

START_TEST(settings_of_php)
{
	struct plan_pool *pool = plan_pool(r->plan, 1);

	pool->php_outside = _i;
	pool->dispatch = dispatch_new(pool);
	pool->drop_dispatch = on_drop;
	give("PHP_ADMIN_VALUE", "x=y");
	give("PHP_VALUE", "x=y");
	ck_assert_int_eq(take(), 0);
	ck_assert_int_eq(fcgi_intake_frame(r), 0);
	ck_span_is(variables(), _i ? "PHP_ADMIN_VALUE=x=y;PHP_VALUE=x=y;" : "");
	ck_assert_int_eq(!_i, strstr(stage_logged(), "PHP_ADMIN_VALUE comes") != NULL);
	ck_assert_ptr_null(strstr(stage_logged(), "PHP_VALUE comes"));
}
END_TEST

START_TEST(of_a_script_they_are_an_environment)
{
	r->pool = stage_pool((struct msg_plan_pool){.pool = 2, .kind = POOL_CGI});
	ck_assert_ptr_null(plan_add_env(
		lane_here->plan, &(struct msg_plan_env){2, SPAN_LIT("OURS"), SPAN_LIT("yes")}));
	give("PATH", "/tmp");
	give("OURS", "no");
	give("LD_PRELOAD", "z");
	give("SCRIPT_NAME", "/s");
	give("PATH_INFO", "/i");
	give("GIT_PROJECT_ROOT", "/srv");
	ck_assert_int_eq(take(), 0);
	ck_span_is(variables(), "GIT_PROJECT_ROOT=/srv;OURS=yes;GATEWAY_INTERFACE=CGI/1.1;"
				"SCRIPT_FILENAME=;SCRIPT_NAME=/s;PATH_INFO=/i;");
}
END_TEST

START_TEST(a_length_is_the_body_s)
{
	ck_assert_int_eq(take(), 0);
	ck_assert_int_eq(fcgi_intake_body(&job, SPAN_LIT("hello")), 0);
	ck_assert_int_eq(fcgi_intake_body_end(r), 0);
	ck_span_is(variables(), "CONTENT_LENGTH=5;");
}
END_TEST

static const struct {
	const char *length, *body;
	int status;
	const char *is;
} bodies[] = {
	{"5", "hello", 0, "CONTENT_LENGTH=5;"},
	{"4", "hello", 0, "CONTENT_LENGTH=4;"},
	{"0", "hello", 0, "CONTENT_LENGTH=0;"},
	{"6", "hello", 400, NULL},
	{"005", "hello", 0, "CONTENT_LENGTH=5;"},
};

START_TEST(bodies_and_their_lengths)
{
	give("CONTENT_LENGTH", bodies[_i].length);
	ck_assert_int_eq(take(), 0);
	for (const char *p = bodies[_i].body; *p; p++)
		ck_assert_int_eq(fcgi_intake_body(&job, (struct span){p, 1}), 0);
	ck_assert_int_eq(fcgi_intake_body_end(r), bodies[_i].status);
	if (bodies[_i].is)
		ck_span_is(variables(), bodies[_i].is);
}
END_TEST

START_TEST(limits)
{
	static char much[1024 * 1024 + 1];

	ck_assert_int_eq(fcgi_intake_params(r, (struct span){much, 4 * 32 * 1024}), 0);
	ck_assert_int_eq(fcgi_intake_params(r, (struct span){much, 1}), 431);
	buf_clear(&r->in);
	ck_assert_int_eq(take(), 0);
	ck_assert_int_eq(fcgi_intake_body(&job, (struct span){much, sizeof much}), 413);
	ck_assert_int_eq(fcgi_intake_body(&job, (struct span){much, sizeof much - 1}), 0);
	ck_assert_int_eq(fcgi_intake_body(&job, (struct span){much, 1}), 413);
}
END_TEST

START_TEST(a_body_that_is_too_large_is_known_by_what_is_said)
{
	give("CONTENT_LENGTH", "1048577");
	ck_assert_int_eq(take(), 0);
	ck_assert_int_eq(fcgi_intake_frame(r), 413);
}
END_TEST

START_TEST(what_is_wrong_is_told)
{
	ck_assert(buf_puts(&pairs, "\5"));
	ck_assert_int_eq(take(), 400);
	ck_assert_ptr_nonnull(why);
	ck_assert_uint_eq(r->given.len, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fcgi_intake");
	TCase *tc = tcase_create("intake");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, as_http_would_have_made_it);
	tcase_add_test(tc, without_a_uri_it_is_made);
	tcase_add_test(tc, nothing_is_a_request_too);
	tcase_add_loop_test(tc, any_number_of_any_size, 0, 60);
	tcase_add_test(tc, variables_are_as_they_came);
	tcase_add_test(tc, an_id_may_be_given);
	tcase_add_loop_test(tc, settings_of_php, 0, 2);
	tcase_add_test(tc, of_a_script_they_are_an_environment);
	tcase_add_test(tc, a_length_is_the_body_s);
	tcase_add_loop_test(tc, bodies_and_their_lengths, 0, nitems(bodies));
	tcase_add_test(tc, limits);
	tcase_add_test(tc, a_body_that_is_too_large_is_known_by_what_is_said);
	tcase_add_test(tc, what_is_wrong_is_told);
	return stage_run(suite);
}
