/* SPDX-License-Identifier: MIT
 *
 * check_status: both forms tell the same of a made-up house, and JSON stays JSON.
 */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "manager/status.h"

static struct house h;
static struct conf conf;
static struct conf_pool conf_pool = {.max_children = 4, .max_queue = 9, .pm = PM_ONDEMAND};
static struct pools pools;
static struct pool pool;
static struct obituary dead;
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
	pools = (struct pools){.loop = &h.loop};
	pool.set = &pools;
	pool.limits.backoff_ms = 60000;
	pool.facts = (struct msg_fact_pool){.idle = 1,
		.busy = 3,
		.waiting = 5,
		.requests = 40,
		.slow = 7,
		.oldest_wait_ms = 1500,
		.max_waiting = 8,
		.max_busy = 3};
	pool.past.requests = 2;
	pool.past.max_busy = 4;
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
	dead = (struct obituary){.deaths = 0};
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
	ck_assert(has("    state     open\n"));
	ck_assert(has("    now       3 busy, 1 idle, 1 starting; the most busy so far 4\n"));
	ck_assert(has("    line      5 of 9 wait, the first for 1.5s; the most so far 8\n"));
	ck_assert(has("    requests  42: 0 refused, 0 timed out, 7 slow\n"));
	ck_assert(has("    workers   0 started, 2 died, 0 recycled; full 0 times\n"));
	ck_assert(has("ready     101 (1m)\n"));
	ck_assert(has("starting  102 (1s)\n"));
}
END_TEST

START_TEST(text_counts_in_english)
{
	h.downlink.totals = (struct msg_fact_totals){.connections = 1, .requests = 1, .errors = 1};
	pool.kind = POOL_CGI;
	pool.full = 1;
	ck_assert(status_text(&h, NULL, &out));
	ck_assert(has(", 1 connection, 1 request, 1 refused\n"));
	ck_assert(has("    runners   0 started, 2 died, 0 recycled; full 1 time\n"));
}
END_TEST

START_TEST(many_workers_are_several_lines)
{
	static struct worker many[60];
	const char *line, *end;

	for (int i = 0; i < 60; i++) {
		many[i] = ready;
		many[i].pid = 4000000 + i;
		list_push_back(&pool.workers, &many[i].link);
	}
	ck_assert(status_text(&h, NULL, &out));
	ck_assert(has("ready     101 (1m) 4000000 (1m) "));
	ck_assert(has("\n              40000"));
	for (line = buf_head(&out); (end = strchr(line, '\n')); line = end + 1)
		ck_assert_msg(end - line <= 80, "%.*s", (int)(end - line), line);
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
	ck_assert(has("\"restarts\":2,\"slow\":7,\"started\":0,\"recycled\":0,\"full\":0,"
		      "\"starting\":1,\"children\":2,\"max_waiting\":8,\"max_busy\":4,"
		      "\"max_queue\":9,"));
	ck_assert(has("\"last_death\":\"exited; its last words: \\\"bye\\\"\","
		      "\"state\":\"open\",\"retry\":null,\"oldest_wait\":1.500,"
		      "\"streak\":0,\"configured_max_children\":4,"));
	ck_assert(has("{\"id\":1,\"pid\":101,\"state\":\"ready\",\"age\":63.000},"
		      "{\"id\":2,\"pid\":102,\"state\":\"starting\",\"age\":1.000}]"));
}
END_TEST

static char *addresses[] = {
	(char[]){"unix:/run/\"a\".sock"}, (char[]){"b.example:9000"}, (char[]){"192.0.2.1:9000"}};

/* A pool whose processes are somebody else's. */
static void make_external(struct conf_pool *c, struct pool_backend *b)
{
	*c = conf_pool;
	c->type = pool.kind = POOL_EXTERNAL;
	c->backend = (struct words){addresses, nitems(addresses)};
	b[0] = (struct pool_backend){.known = true, .busy = 1, .idle = 2, .requests = 1};
	b[1] = (struct pool_backend){.known = true,
		.requests = 30,
		.failed = 4,
		.rests_until = mono_add_ms(h.loop.now, 4200),
		.why = "connect: Connection refused"};
	b[2] = (struct pool_backend){.known = false};
	pool.conf = c;
	pool.backends = b;
	list_init(&pool.workers);
}

START_TEST(addresses_of_an_external_pool_are_told)
{
	struct pool_backend b[3];
	struct conf_pool c;

	make_external(&c, b);
	ck_assert(status_text(&h, NULL, &out));
	ck_assert(has("pool app: external, at most 4\n"));
	ck_assert(
		has("    backends  full 0 times\n"
		    "      unix:/run/\"a\".sock  1 busy, 2 idle, 1 request, 0 failed\n"
		    "      b.example:9000  0 busy, 0 idle, 30 requests, 4 failed; rests for 4.2s: "
		    "connect: Connection refused\n"
		    "      192.0.2.1:9000  nothing is known of it yet\n"));
	ck_assert(!has("workers"));
}
END_TEST

START_TEST(addresses_are_in_json)
{
	struct pool_backend b[3];
	struct conf_pool c;

	make_external(&c, b);
	ck_assert(status_json(&h, NULL, &out));
	ck_assert(has("\"type\":\"external\",\"pm\":null,\"max_children\":4,"));
	ck_assert(
		has("\"backends\":[{\"address\":\"unix:/run/\\\"a\\\".sock\",\"busy\":1,\"idle\":2,"
		    "\"requests\":1,\"failed\":0,\"rests\":null,\"why\":null},"
		    "{\"address\":\"b.example:9000\",\"busy\":0,\"idle\":0,\"requests\":30,"
		    "\"failed\":4,\"rests\":4.200,\"why\":\"connect: Connection refused\"},{"));
}
END_TEST

static struct death *die(int pid, const char *how)
{
	struct death *d = obituary_add(&dead);

	pool.dead = &dead;
	d->pid = pid;
	d->lived_ms = 1250;
	d->at_ms = 1700000000123;
	strcpy(d->how, how);
	return d;
}

static void die_in_three_ways(void)
{
	struct death *d = die(0, "was never born");

	d->lived_ms = -1;
	strcpy(d->why, "no such user");
	d = die(11, "exited with code 1");
	last_words_add(&d->words, "one \"word\"");
	last_words_add(&d->words, "and more");
	d = die(12, "exited on signal 9 (SIGKILL)");
	strcpy(d->why, "it took too long");
}

START_TEST(text_tells_of_the_dead)
{
	const char *first;

	setenv("TZ", "UTC0", 1);
	tzset();
	die_in_three_ways();
	ck_assert(status_text(&h, &pool, &out));
	ck_assert(
		has("    deaths, the newest first\n"
		    "      Nov 14 22:13:20  12 exited on signal 9 (SIGKILL) after 1.250s: it took "
		    "too long\n"
		    "      Nov 14 22:13:20  11 exited with code 1 after 1.250s\n"
		    "        | one \"word\"\n"
		    "        | and more\n"
		    "      Nov 14 22:13:20  was never born: no such user\n"));
	for (int pid = 20; pid < 27; pid++)
		die(pid, "exited with code 1");
	buf_clear(&out);
	ck_assert(status_text(&h, NULL, &out));
	ck_assert(has("      and 7 before: see hearth status app\n"));
	ck_assert(!has("  23 exited"));
	buf_clear(&out);
	ck_assert(status_text(&h, &pool, &out));
	ck_assert(has("      and 2 before\n"));
	first = strstr(buf_head(&out), "  26 exited");
	ck_assert(first && strstr(first, "  20 exited"));
}
END_TEST

START_TEST(json_tells_of_the_dead)
{
	ck_assert(status_json(&h, NULL, &out));
	ck_assert(has("\"deaths\":[],"));
	buf_clear(&out);
	die_in_three_ways();
	ck_assert(status_json(&h, NULL, &out));
	ck_assert(
		has("\"deaths\":[{\"time\":1700000000.123,\"pid\":12,\"how\":\"exited on signal 9 "
		    "(SIGKILL)\",\"age\":1.250,\"why\":\"it took too long\",\"last_words\":[]},"
		    "{\"time\":1700000000.123,\"pid\":11,\"how\":\"exited with code 1\","
		    "\"age\":1.250,\"why\":null,"
		    "\"last_words\":[\"one \\\"word\\\"\",\"and more\"]},"
		    "{\"time\":1700000000.123,\"pid\":0,\"how\":\"was never born\",\"age\":null,"
		    "\"why\":\"no such user\",\"last_words\":[]}]"));
}
END_TEST

/* Early deaths happened a quarter of a second ago. */
static const struct {
	unsigned streak;
	enum msg_door door;
	const char *text, *json;
} states[] = {
	{0, DOOR_OPEN, "    state     open\n", "\"state\":\"open\",\"retry\":null"},
	{1, DOOR_OPEN, "    state     open, 1 start failed\n", "\"state\":\"open\",\"retry\":null"},
	{3, DOOR_OPEN, "    state     backing off, 3 starts in a row failed, next try in 0.1s\n",
		"\"state\":\"backing off\",\"retry\":0.150"},
	{4, DOOR_BROKEN, "    state     broken, 4 starts in a row failed, next try in 0.6s\n",
		"\"state\":\"broken\",\"retry\":0.550"},
	{0, DOOR_DRAINED, "    state     draining, takes no new requests\n",
		"\"state\":\"draining\",\"retry\":null"},
};

START_TEST(a_state_has_a_name)
{
	pool.streak = states[_i].streak;
	pool.door = states[_i].door;
	pool.last_early = (struct mono){h.loop.now.us - 250000};
	ck_assert(status_text(&h, NULL, &out));
	ck_assert_msg(has(states[_i].text), "%s", buf_head(&out));
	buf_clear(&out);
	ck_assert(status_json(&h, NULL, &out));
	ck_assert_msg(has(states[_i].json), "%s", buf_head(&out));
}
END_TEST

START_TEST(drained_is_empty)
{
	pool.door = DOOR_DRAINED;
	list_init(&pool.workers);
	ck_assert(status_text(&h, NULL, &out));
	ck_assert(has("state     draining"));
	pool.facts.waiting = 0;
	buf_clear(&out);
	ck_assert(status_text(&h, NULL, &out));
	ck_assert(has("state     drained, takes no new requests\n"));
}
END_TEST

START_TEST(an_order_is_no_configuration)
{
	pool.scaled = 6;
	ck_assert(status_text(&h, NULL, &out));
	ck_assert(has("at most 6 (until the next reload; by the configuration 4)\n"));
	buf_clear(&out);
	ck_assert(status_json(&h, NULL, &out));
	ck_assert(has("\"max_children\":6,"));
	ck_assert(has("\"configured_max_children\":4,"));
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
	tcase_add_test(tc, text_counts_in_english);
	tcase_add_test(tc, many_workers_are_several_lines);
	tcase_add_test(tc, json_says_the_same);
	tcase_add_test(tc, addresses_of_an_external_pool_are_told);
	tcase_add_test(tc, addresses_are_in_json);
	tcase_add_test(tc, text_tells_of_the_dead);
	tcase_add_test(tc, json_tells_of_the_dead);
	tcase_add_loop_test(tc, a_state_has_a_name, 0, (int)nitems(states));
	tcase_add_test(tc, drained_is_empty);
	tcase_add_test(tc, an_order_is_no_configuration);
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
