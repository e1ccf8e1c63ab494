/* SPDX-License-Identifier: MIT
 *
 * check_meta_given: what of a web server's parameters is passed on, and what the pool says besides.
 */
#include "gateway/meta_given.h"

#include "gateway/fcgi_record.h"
#include "tests/unit/gateway/stage.h"

static struct conn client;
static struct plan_listener via;
static struct request *r;
static struct buf all; /* "NAME=value\n" each */

static void up(void)
{
	stage_up();
	via = stage_via;
	client = (struct conn){.via = &via};
}

static void down(void)
{
	if (r)
		request_free(r);
	r = NULL;
	buf_free(&all);
	stage_down();
}

static bool sink(void *arg, struct span name, struct span value)
{
	struct buf *to = arg;

	return buf_put_span(to, name) && buf_puts(to, "=") && buf_put_span(to, value) &&
	       buf_puts(to, "\n");
}

/* A request to a pool of this kind, which says env[SITE] = ours. */
static void ask(enum msg_pool_kind kind, const char *const pairs[][2], size_t n)
{
	stage_pool((struct msg_plan_pool){.kind = kind});
	if (kind != POOL_FASTCGI)
		ck_assert_ptr_null(plan_add_env(lane_here->plan,
			&(struct msg_plan_env){1, SPAN_LIT("SITE"), SPAN_LIT("ours")}));
	r = request_new(lane_here, &fake_front, &client);
	r->pool = plan_pool(r->plan, 1);
	for (size_t i = 0; i < n; i++)
		ck_assert(fcgi_param(&r->in, span_of(pairs[i][0]), span_of(pairs[i][1])));
	r->given = (struct http_field){0, (uint32_t)buf_len(&r->in)};
	ck_assert(buf_puts(&all, "\n"));
	ck_assert(meta_given_each(r, sink, &all));
	ck_assert(buf_put(&all, "", 1));
}

static bool has(const char *line)
{
	return strstr(buf_head(&all), line) != NULL;
}

static const char *const site[][2] = {
	{"SITE", "theirs"}, {"PATH", "/their/bin"}, {"SCRIPT_FILENAME", "/srv/a.php"}};

START_TEST(an_external_pool_is_told_what_is_configured)
{
	ask(POOL_EXTERNAL, site, nitems(site));
	ck_assert(has("\nSITE=ours\n"));
	ck_assert(!has("theirs"));
	ck_assert(has("\nPATH=/their/bin\n"));
	ck_assert(has("\nSCRIPT_FILENAME=/srv/a.php\n"));
}
END_TEST

/* It has env in its environment. */
START_TEST(a_worker_is_told_what_the_web_server_says)
{
	ask(POOL_FASTCGI, site, nitems(site));
	ck_assert(has("\nSITE=theirs\n"));
}
END_TEST

START_TEST(a_script_is_not_told_everything)
{
	ask(POOL_CGI, site, nitems(site));
	ck_assert(has("\nSITE=ours\n"));
	ck_assert(!has("theirs"));
	ck_assert(!has("PATH=/their/bin"));
}
END_TEST

START_TEST(what_is_barred_is_for_nobody)
{
	static const uint32_t kinds[] = {POOL_FASTCGI, POOL_EXTERNAL, POOL_CGI};
	static const char *const pairs[][2] = {{"HTTP_PROXY", "bad"}, {"REQUEST_ID", "bad"},
		{"HTTP_REDIRECT_STATUS", "bad"}, {"HTTP_X", "() { bad"},
		{"CONTENT_TYPE", "() { bad"}, {"REMOTE_USER", "() { bad"}};

	ask(kinds[_i], pairs, nitems(pairs));
	ck_assert(!has("bad"));
	ck_assert(has("\nREQUEST_ID="));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("meta_given");
	TCase *tc = tcase_create("meta_given");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, an_external_pool_is_told_what_is_configured);
	tcase_add_test(tc, a_worker_is_told_what_the_web_server_says);
	tcase_add_test(tc, a_script_is_not_told_everything);
	tcase_add_loop_test(tc, what_is_barred_is_for_nobody, 0, 3);
	return stage_run(suite);
}
