/* SPDX-License-Identifier: MIT
 *
 * check_run_letter: what a script is started with.
 */
#include "gateway/run_letter.h"

#include "tests/unit/gateway/stage.h"

static struct conn guest = {.via = &stage_via};
static struct plan_pool *pool;
static struct buf argv, env;
static struct msg_run letter;
static struct request *r;

static void up(void)
{
	stage_up();
	argv = env = BUF_INIT;
	pool = stage_pool(
		(struct msg_plan_pool){.kind = POOL_CGI, .directory = SPAN_LIT("/srv/cgi")});
	stage_seal();
	r = stage_request(
		&fake_front, &guest, "GET /cgi-bin/dir/script HTTP/1.1\r\nHost: a\r\n\r\n");
	r->pool = pool;
	buf_put(&r->script_file, "/srv/cgi/dir/script", 20);
	r->script_file.end--;
}

static void down(void)
{
	buf_free(&argv);
	buf_free(&env);
	stage_done(r);
	stage_down();
}

static bool has(const char *variable)
{
	size_t n = strlen(variable) + 1;

	for (size_t at = 0; at < letter.environment.n;) {
		const char *it = letter.environment.p + at;
		if (memcmp(it, variable, n) == 0)
			return true;
		at += strlen(it) + 1;
	}
	return false;
}

START_TEST(a_script_that_runs_by_itself)
{
	ck_assert(run_letter(r, &argv, &env, &letter));
	ck_assert_uint_eq(letter.argv.n, 20);
	ck_assert_str_eq(letter.argv.p, "/srv/cgi/dir/script");
	ck_assert(span_is(letter.directory, "/srv/cgi/dir/"));
}
END_TEST

START_TEST(a_script_with_an_interpreter)
{
	r->interpreter = "/usr/bin/python3";
	ck_assert(run_letter(r, &argv, &env, &letter));
	ck_assert_uint_eq(letter.argv.n, 17 + 20);
	ck_assert_int_eq(memcmp(letter.argv.p, "/usr/bin/python3\0/srv/cgi/dir/script", 37), 0);
}
END_TEST

/* What search_words makes of a query is in check_search_words. */
static const struct {
	const char *method, *query;
	bool wanted, interpreter;
	size_t argv; /* its length, behind the script */
} searches[] = {
	{"GET", "one+two", true, false, 8},
	{"HEAD", "one+two", true, false, 8},
	{"GET", "one+two", false, false, 0},
	{"GET", "one+two", true, true, 0},
	{"POST", "one+two", true, false, 0},
	{"get", "one+two", true, false, 0},
	{"GET", "one=two", true, false, 0},
	{"GET", "-s", true, false, 0},
};

START_TEST(words_of_a_query)
{
	char head[128];

	stage_done(r);
	snprintf(head, sizeof head, "%s /cgi-bin/x?%s HTTP/1.1\r\nHost: a\r\n\r\n",
		searches[_i].method, searches[_i].query);
	r = stage_request(&fake_front, &guest, head);
	r->pool = pool;
	pool->isindex = searches[_i].wanted;
	r->interpreter = searches[_i].interpreter ? "/bin/php" : NULL;
	buf_put(&r->script_file, "/srv/cgi/x", 11);
	r->script_file.end--;
	ck_assert(run_letter(r, &argv, &env, &letter));
	ck_assert_uint_eq(
		letter.argv.n, (searches[_i].interpreter ? 9 : 0) + 11 + searches[_i].argv);
	if (searches[_i].argv)
		ck_assert_int_eq(memcmp(letter.argv.p, "/srv/cgi/x\0one\0two", 19), 0);
}
END_TEST

START_TEST(every_string_ends_and_there_is_a_path)
{
	ck_assert(run_letter(r, &argv, &env, &letter));
	ck_assert_int_eq(letter.environment.p[letter.environment.n - 1], '\0');
	ck_assert(has("PATH=/usr/local/bin:/usr/bin:/bin"));
	ck_assert(has("REQUEST_METHOD=GET"));
	ck_assert(has("SCRIPT_FILENAME=/srv/cgi/dir/script"));
}
END_TEST

START_TEST(the_configured_path_is_the_only_one)
{
	plan_add_env(lane_here->plan,
		&(struct msg_plan_env){pool->id, SPAN_LIT("PATH"), SPAN_LIT("/opt/bin")});
	ck_assert(run_letter(r, &argv, &env, &letter));
	ck_assert(has("PATH=/opt/bin"));
	ck_assert(!has("PATH=/usr/local/bin:/usr/bin:/bin"));
}
END_TEST

START_TEST(in_another_root_paths_are_those_in_there)
{
	char root[] = "/srv";

	pool->chroot = root;
	r->interpreter = "/bin/x";
	ck_assert(run_letter(r, &argv, &env, &letter));
	pool->chroot = NULL;
	ck_assert_uint_eq(letter.argv.n, 7 + 16);
	ck_assert_int_eq(memcmp(letter.argv.p, "/bin/x\0/cgi/dir/script", 23), 0);
	ck_assert(span_is(letter.directory, "/cgi/dir/"));
	ck_assert(has("SCRIPT_FILENAME=/cgi/dir/script"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("run_letter");
	TCase *tc = tcase_create("run_letter");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, a_script_that_runs_by_itself);
	tcase_add_test(tc, a_script_with_an_interpreter);
	tcase_add_loop_test(tc, words_of_a_query, 0, nitems(searches));
	tcase_add_test(tc, every_string_ends_and_there_is_a_path);
	tcase_add_test(tc, the_configured_path_is_the_only_one);
	tcase_add_test(tc, in_another_root_paths_are_those_in_there);
	return stage_run(suite);
}
