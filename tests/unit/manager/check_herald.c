/* SPDX-License-Identifier: MIT
 *
 * check_herald: the line that tells how a made-up house stands, when it is told, and who counts as
 * alive; time is set by hand.
 */
#include "manager/herald.h"

#include <check.h>
#include <stdlib.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"

#define SECOND 1000000LL

static struct house h;
static struct conf conf;
static struct conf_pool conf_pool;
static struct pool app, php, retired, more[3];
static struct herald he;
static struct buf out;
static char text[1024];
static int reader;

static void add(struct pool *p, const char *name)
{
	*p = (struct pool){.name = mem_strdup(name), .conf = &conf_pool, .door = DOOR_OPEN};
	list_push_back(&h.pools.all, &p->link);
}

/* Whoever listens is the other end of a pair, which takes letters without an address. */
static void setup(void)
{
	int ends[2];

	log_open(NULL, LOG_AT_ALERT);
	conf = (struct conf){.global.systemd_interval = 10000};
	h = (struct house){.conf = &conf, .mood = HOUSE_SERVING, .notify = NOTIFY_NONE};
	ck_assert_int_eq(loop_init(&h.loop), 0);
	h.loop.now = (struct mono){1000 * SECOND};
	list_init(&h.pools.all);
	lookers_init(&h.downlink.lookers);
	h.downlink.wall.active = true;
	h.downlink.wall.chan.io.fd = -1;
	add(&app, "app");
	add(&php, "php");
	add(&retired, "retired");
	retired.conf = NULL;
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
	h.notify.fd = ends[0];
	reader = ends[1];
	out = BUF_INIT;
}

static void teardown(void)
{
	if (he.house)
		herald_end(&he);
	notify_end(&h.notify);
	ck_assert_uint_eq(h.loop.timers, 0);
	loop_close(&h.loop);
	list_for_each (it, &h.pools.all)
		free(container_of(it, struct pool, link)->name);
	fd_close(&reader);
	buf_free(&out);
}

static const char *line(uint64_t tenths)
{
	buf_clear(&out);
	herald_put_line(&h, tenths, &out);
	buf_put(&out, "", 1);
	return buf_head(&out);
}

/* The next letter; "" if there is none. */
static const char *next(void)
{
	ssize_t len = recv(reader, text, sizeof text - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	return text;
}

/* So much time passes. */
static void pass(struct timer *t, int64_t ms)
{
	h.loop.now = mono_add_ms(h.loop.now, ms);
	if (!mono_before(h.loop.now, t->due)) {
		timer_stop(&h.loop, t);
		t->fn(t);
	}
}

/* ---- the line ---- */

START_TEST(pools_are_added_up)
{
	ck_assert_str_eq(line(0), "pools: 2, busy: 0, idle: 0, waiting: 0, requests: 0, slow: 0, "
				  "traffic: 0/s");
	app.facts = (struct msg_fact_pool){.busy = 3, .idle = 2, .waiting = 4, .slow = 1};
	app.past.slow = 6;
	php.facts = (struct msg_fact_pool){.busy = 1, .idle = 7};
	retired.facts.busy = 100;
	h.downlink.totals.requests = 40;
	h.downlink.past.requests = 2;
	ck_assert_str_eq(line(125), "pools: 2, busy: 4, idle: 9, waiting: 4, requests: 42, "
				    "slow: 7, traffic: 13/s");
}
END_TEST

START_TEST(what_is_amiss_is_said)
{
	static const char *const names[] = {"a", "b\n\x1b", "c"};

	php.door = DOOR_DRAINED;
	ck_assert_ptr_null(strstr(line(0), "shut"));
	php.door = retired.door = DOOR_BROKEN;
	ck_assert_ptr_nonnull(strstr(line(0), "/s; shut: php"));
	ck_assert_ptr_null(strstr(line(0), "retired"));
	h.refused = true;
	h.downlink.wall.active = false;
	for (size_t i = 0; i < nitems(more); i++) {
		add(&more[i], names[i]);
		more[i].door = DOOR_BROKEN;
	}
	ck_assert_ptr_nonnull(strstr(line(0),
		"/s; shut: php, a, b\\x0a\\x1b and 1 more; the gateway is being replaced; the last "
		"reload was refused, the configuration before goes on"));
}
END_TEST

static const struct {
	uint64_t requests;
	int64_t ms;
	uint64_t tenths;
	const char *text;
} rates[] = {
	{0, 10000, 0, "traffic: 0/s"},
	{1, 10000, 1, "traffic: 0.1/s"},
	{1, 10001, 0, "traffic: 0/s"},
	{95, 10000, 95, "traffic: 9.5/s"},
	{100, 10000, 100, "traffic: 10/s"},
	{194, 10000, 194, "traffic: 19/s"},
	{195, 10000, 195, "traffic: 20/s"},
	{1, 0, 0, "traffic: 0/s"},
	{1, -5, 0, "traffic: 0/s"},
	{600000, 10000, 600000, "traffic: 60000/s"},
	{UINT64_MAX, 1, 0, "traffic: 0/s"},
};

START_TEST(a_rate_is_of_a_second)
{
	ck_assert_uint_eq(herald_tenths(rates[_i].requests, rates[_i].ms), rates[_i].tenths);
	ck_assert_ptr_nonnull(strstr(line(rates[_i].tenths), rates[_i].text));
}
END_TEST

/* ---- when it is told ---- */

START_TEST(nobody_listens_and_nothing_wakes_up)
{
	fd_close(&h.notify.fd);
	h.notify.watchdog_ms = 5;
	herald_begin(&he, &h);
	herald_open(&he, true);
	house_news(&h);
	ck_assert_uint_eq(h.loop.timers, 0);
}
END_TEST

START_TEST(it_is_told_when_it_has_changed)
{
	herald_begin(&he, &h);
	herald_open(&he, true);
	ck_assert_ptr_nonnull(strstr(next(), "READY=1\nMAINPID="));
	ck_assert_ptr_nonnull(strstr(text, "\nSTATUS=pools: 2, "));
	pass(&he.refresh, 10000);
	ck_assert_str_eq(next(), "");
	app.facts.busy = 1;
	h.downlink.totals.requests = 5;
	pass(&he.refresh, 9999);
	ck_assert_str_eq(next(), "");
	pass(&he.refresh, 1);
	ck_assert_ptr_nonnull(strstr(next(), "STATUS=pools: 2, busy: 1, idle: 0, waiting: 0, "
					     "requests: 5, slow: 0, traffic: 0.5/s"));
	h.mood = HOUSE_DRAINING;
	app.facts.busy = 0;
	pass(&he.refresh, 10000);
	ck_assert_str_eq(next(), "");
}
END_TEST

START_TEST(news_come_soon_and_together)
{
	conf.global.systemd_interval = 0;
	herald_begin(&he, &h);
	herald_open(&he, false);
	ck_assert_ptr_null(strstr(next(), "MAINPID"));
	ck_assert_uint_eq(h.loop.timers, 0);
	php.door = DOOR_BROKEN;
	house_news(&h);
	pass(&he.refresh, 99);
	house_news(&h);
	ck_assert_str_eq(next(), "");
	pass(&he.refresh, 1);
	ck_assert_ptr_nonnull(strstr(next(), "; shut: php"));
	ck_assert_uint_eq(h.loop.timers, 0);
	conf.global.systemd_interval = 1000; /* a reload */
	house_news(&h);
	pass(&he.refresh, 100);
	app.facts.busy = 1;
	pass(&he.refresh, 1000);
	ck_assert_ptr_nonnull(strstr(next(), "busy: 1"));
}
END_TEST

/* Until the reader has room for no more. */
static unsigned fill(void)
{
	unsigned n = 0;

	while (notify_hint(&h.notify, "X=1"))
		n++;
	return n;
}

static void drop(unsigned n)
{
	while (n--)
		ck_assert_str_eq(next(), "X=1");
	ck_assert_str_eq(next(), "");
}

START_TEST(news_wait_for_room)
{
	unsigned n;

	conf.global.systemd_interval = 0;
	herald_begin(&he, &h);
	herald_open(&he, false);
	next();
	n = fill();
	php.door = DOOR_BROKEN;
	house_news(&h);
	pass(&he.refresh, 100);
	drop(n);
	pass(&he.refresh, 50);
	ck_assert_ptr_nonnull(strstr(next(), "; shut: php"));
	ck_assert_uint_eq(h.loop.timers, 0);
}
END_TEST

/* ---- the watchdog ---- */

static void beat(int64_t ms)
{
	pass(&he.beat, ms);
	lookers_end_all(&h.downlink.lookers); /* the gateway has answered */
}

START_TEST(a_house_that_turns_is_alive)
{
	h.notify.watchdog_ms = 1000;
	herald_begin(&he, &h);
	beat(0);
	ck_assert_str_eq(next(), "WATCHDOG=1");
	beat(999);
	ck_assert_str_eq(next(), "");
	beat(1);
	ck_assert_str_eq(next(), "WATCHDOG=1");
}
END_TEST

START_TEST(a_sign_of_life_waits_for_room)
{
	unsigned n;

	h.notify.watchdog_ms = 1000;
	herald_begin(&he, &h);
	beat(0);
	next();
	n = fill();
	beat(1000);
	drop(n);
	beat(50);
	ck_assert_str_eq(next(), "WATCHDOG=1");
	beat(999);
	ck_assert_str_eq(next(), "");
	beat(1);
	ck_assert_str_eq(next(), "WATCHDOG=1");
}
END_TEST

START_TEST(a_gateway_that_does_not_answer_is_not)
{
	h.notify.watchdog_ms = 1000;
	herald_begin(&he, &h);
	pass(&he.beat, 0);
	ck_assert_str_eq(next(), "WATCHDOG=1");
	pass(&he.beat, 1000);
	pass(&he.beat, 1000);
	ck_assert_str_eq(next(), "");
	ck_assert_uint_eq(h.downlink.lookers.last_question, 1);
	lookers_end(&h.downlink.lookers, 1); /* at last: it is told at once */
	ck_assert_str_eq(next(), "WATCHDOG=1");
	beat(1000);
	ck_assert_str_eq(next(), "WATCHDOG=1");
	ck_assert_uint_eq(h.downlink.lookers.last_question, 2);
}
END_TEST

START_TEST(a_gateway_that_is_replaced_has_time)
{
	h.notify.watchdog_ms = 1000;
	herald_begin(&he, &h);
	beat(0);
	next();
	h.downlink.wall.active = false;
	for (int i = 0; i < 89; i++) {
		beat(1000);
		ck_assert_str_eq(next(), "WATCHDOG=1");
	}
	beat(1000);
	ck_assert_str_eq(next(), "");
	h.downlink.wall.active = true;
	beat(1000);
	ck_assert_str_eq(next(), "WATCHDOG=1");
	h.downlink.wall.active = false;
	h.mood = HOUSE_DRAINING; /* nobody expects it to come back */
	beat(200000);
	ck_assert_str_eq(next(), "WATCHDOG=1");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("herald");
	TCase *t = tcase_create("herald");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, pools_are_added_up);
	tcase_add_test(t, what_is_amiss_is_said);
	tcase_add_loop_test(t, a_rate_is_of_a_second, 0, (int)nitems(rates));
	tcase_add_test(t, nobody_listens_and_nothing_wakes_up);
	tcase_add_test(t, it_is_told_when_it_has_changed);
	tcase_add_test(t, news_come_soon_and_together);
	tcase_add_test(t, news_wait_for_room);
	tcase_add_test(t, a_house_that_turns_is_alive);
	tcase_add_test(t, a_sign_of_life_waits_for_room);
	tcase_add_test(t, a_gateway_that_does_not_answer_is_not);
	tcase_add_test(t, a_gateway_that_is_replaced_has_time);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
