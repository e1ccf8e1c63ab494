/* SPDX-License-Identifier: MIT
 *
 * check_status: both forms tell the same of a made-up house, and JSON stays JSON.
 */
#include <check.h>
#include <stdlib.h>

#include "manager/status.h"

static struct house h;
static struct conf conf;
static struct conf_pool conf_pool = {.max_children = 4, .pm = PM_ONDEMAND};
static struct pool pool;
static struct worker ready, starting;
static struct buf out;
static char path[] = "/etc/hearth/a \"b\".conf", name[] = "app";

static void setup(void)
{
	h = (struct house){.conf = &conf, .mood = HOUSE_SERVING, .generation = 7};
	h.loop.now = (struct mono){100 * 1000000LL};
	conf.path = path;
	list_init(&h.pools.all);
	pool = (struct pool){.name = name, .kind = POOL_FASTCGI, .conf = &conf_pool, .died = 2};
	pool.facts = (struct msg_fact_pool){.idle = 1, .busy = 3, .waiting = 5, .requests = 40};
	pool.past.requests = 2;
	list_init(&pool.workers);
	list_push_back(&h.pools.all, &pool.link);
	ready = (struct worker){.id = 1,
		.pid = 101,
		.state = WORKER_READY,
		.loop = &h.loop,
		.born = {37 * 1000000LL}};
	starting = (struct worker){.id = 2,
		.pid = 102,
		.state = WORKER_STARTING,
		.loop = &h.loop,
		.born = {99 * 1000000LL}};
	list_push_back(&pool.workers, &ready.link);
	list_push_back(&pool.workers, &starting.link);
	h.downlink.gateway = (struct worker){.pid = 100, .state = WORKER_READY, .loop = &h.loop};
	out = BUF_INIT;
}

static void teardown(void)
{
	buf_free(&out);
}

static bool has(const char *what)
{
	ck_assert(buf_put(&out, "", 1));
	out.end--;
	return strstr(buf_head(&out), what) != NULL;
}

START_TEST(text_says_who_is_there)
{
	ck_assert(status_text(&h, NULL, &out));
	ck_assert(has("serving, generation 7\n"));
	ck_assert(has("gateway pid 100, up 1m"));
	ck_assert(has("pool app: fastcgi, ondemand, at most 4\n"));
	ck_assert(has("idle 1, busy 3, waiting 5, requests 42, refused 0, timed out 0, "
		      "restarts 2\n"));
	ck_assert(has("ready     101 (1m)\n"));
	ck_assert(has("starting  102 (1s)\n"));
}
END_TEST

START_TEST(json_says_the_same)
{
	strcpy(pool.last_death, "exited; its last words: \"bye\"");
	ck_assert(status_json(&h, NULL, &out));
	ck_assert(has("\"config\":\"/etc/hearth/a \\\"b\\\".conf\""));
	ck_assert(has("\"gateway\":{\"pid\":100"));
	ck_assert(
		has("\"name\":\"app\",\"type\":\"fastcgi\",\"pm\":\"ondemand\",\"max_children\":4,"
		    "\"idle\":1,\"busy\":3,\"waiting\":5,\"requests\":42,"));
	ck_assert(has("\"restarts\":2,\"last_death\":\"exited; its last words: \\\"bye\\\"\""));
	ck_assert(has("{\"id\":1,\"pid\":101,\"state\":\"ready\",\"age\":63.000},"
		      "{\"id\":2,\"pid\":102,\"state\":\"starting\",\"age\":1.000}]"));
}
END_TEST

START_TEST(no_death_is_null)
{
	ck_assert(status_json(&h, NULL, &out));
	ck_assert(has("\"last_death\":null"));
}
END_TEST

START_TEST(only_the_pool_that_was_asked_for)
{
	struct pool other = {.name = name};

	list_init(&other.workers);
	ck_assert(status_json(&h, &other, &out));
	ck_assert(has("\"pools\":[]}"));
}
END_TEST

START_TEST(retired_and_fresh_pools_are_not_shown)
{
	pool.fresh = true;
	ck_assert(status_json(&h, NULL, &out));
	ck_assert(has("\"pools\":[]}"));
	buf_clear(&out);
	pool.fresh = false;
	pool.conf = NULL;
	ck_assert(status_text(&h, NULL, &out));
	ck_assert(!has("pool app"));
}
END_TEST

START_TEST(a_dead_gateway_is_said)
{
	h.downlink.gateway.state = WORKER_DEAD;
	ck_assert(status_text(&h, NULL, &out));
	ck_assert(has("gateway down\n"));
}
END_TEST

static const struct {
	int64_t ms;
	const char *text;
} ages[] = {{0, "0s"}, {999, "0s"}, {59999, "59s"}, {60000, "1m"}, {3599999, "59m"},
	{3600000, "1h0m"}, {7500000, "2h5m"}, {86400000, "1d0h"}, {273600000, "3d4h"}};

START_TEST(an_age_is_short)
{
	ck_assert(status_put_age(&out, ages[_i].ms));
	ck_assert(span_is(buf_span(&out), ages[_i].text));
}
END_TEST

static const struct {
	const char *in, *json;
} strings[] = {
	{"", "\"\""},
	{"plain", "\"plain\""},
	{"a\"b\\c", "\"a\\\"b\\\\c\""},
	{"tab\tline\n\x7f", "\"tab\\u0009line\\u000a\\u007f\""},
	{"gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
	{"\xe2\x82\xac \xf0\x9f\x94\xa5", "\"\xe2\x82\xac \xf0\x9f\x94\xa5\""},
	{"bad \xff", "\"bad \\ufffd\""},
	{"cut \xc3", "\"cut \\ufffd\""},
	{"cut \xe2\x82", "\"cut \\ufffd\\ufffd\""},
	{"overlong \xc0\xaf", "\"overlong \\ufffd\\ufffd\""},
	{"surrogate \xed\xa0\x80", "\"surrogate \\ufffd\\ufffd\\ufffd\""},
	{"beyond \xf4\x90\x80\x80", "\"beyond \\ufffd\\ufffd\\ufffd\\ufffd\""},
};

START_TEST(a_string_stays_json)
{
	ck_assert(status_put_json(&out, strings[_i].in));
	ck_assert_msg(span_is(buf_span(&out), strings[_i].json), "%.*s", SPAN_FMT(buf_span(&out)));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("status");
	TCase *tc = tcase_create("status");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, text_says_who_is_there);
	tcase_add_test(tc, json_says_the_same);
	tcase_add_test(tc, no_death_is_null);
	tcase_add_test(tc, only_the_pool_that_was_asked_for);
	tcase_add_test(tc, retired_and_fresh_pools_are_not_shown);
	tcase_add_test(tc, a_dead_gateway_is_said);
	tcase_add_loop_test(tc, an_age_is_short, 0, (int)nitems(ages));
	tcase_add_loop_test(tc, a_string_stays_json, 0, (int)nitems(strings));
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
