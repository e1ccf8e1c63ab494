/* SPDX-License-Identifier: MIT
 *
 * herald: see herald.h.
 */
#include "manager/herald.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "common/log.h"
#include "manager/digest.h"

/* News that come together are told together. */
#define NEWS_MS 100

/* Then a reader that had no room is tried again: by the next sign of life it would be too late. */
#define AGAIN_MS 50

/* From a shorter time no rate is taken. */
#define RATE_MS 1000

/* Of the pools that are shut, so many have a name. */
#define NAMES_MOST 3

/* A gateway that dies is replaced, and that is no fault, however often: it may wait for 10 s before
 * it is started, and take 30 s each for its first word and for its plan. Beyond that nobody has
 * served for so long that another start of everything cannot make it worse. */
#define AWAY_MS 90000

/* ---- the line ---- */

uint64_t herald_tenths(uint64_t requests, int64_t ms)
{
	return ms <= 0 || requests > UINT64_MAX / 10000 ? 0 : requests * 10000 / (uint64_t)ms;
}

static uint64_t requests_of(const struct house *h)
{
	return h->downlink.totals.requests + h->downlink.past.requests;
}

/* A slow site has parts of a request a second, and of a fast one nobody wants to see them. */
static void put_rate(uint64_t tenths, struct buf *out)
{
	if (tenths > 0 && tenths < 100)
		buf_putf(out, "%" PRIu64 ".%" PRIu64 "/s", tenths / 10, tenths % 10);
	else
		buf_putf(out, "%" PRIu64 "/s", (tenths + 5) / 10);
}

static void put_figures(struct house *h, uint64_t tenths, struct buf *out)
{
	uint64_t pools = 0, busy = 0, idle = 0, waiting = 0, slow = 0;

	list_for_each (it, &h->pools.all) {
		const struct pool *p = container_of(it, struct pool, link);
		if (!digest_shows(p, NULL))
			continue;
		pools++;
		busy += p->facts.busy;
		idle += p->facts.idle;
		waiting += p->facts.waiting;
		slow += p->facts.slow + p->past.slow;
	}
	buf_putf(out,
		"pools: %" PRIu64 ", busy: %" PRIu64 ", idle: %" PRIu64 ", waiting: %" PRIu64
		", requests: %" PRIu64 ", slow: %" PRIu64 ", traffic: ",
		pools, busy, idle, waiting, requests_of(h), slow);
	put_rate(tenths, out);
}

static void put_name(const struct pool *p, const char *before, struct buf *out)
{
	char name[64];

	log_escape(name, sizeof name, p->name, strlen(p->name));
	buf_putf(out, "%s%s", before, name);
}

static void put_shut(struct house *h, struct buf *out)
{
	unsigned n = 0;

	list_for_each (it, &h->pools.all) {
		const struct pool *p = container_of(it, struct pool, link);
		if (!digest_shows(p, NULL) || p->door != DOOR_BROKEN)
			continue;
		if (n < NAMES_MOST)
			put_name(p, n ? ", " : "; shut: ", out);
		n++;
	}
	if (n > NAMES_MOST)
		buf_putf(out, " and %u more", n - NAMES_MOST);
}

void herald_put_line(struct house *h, uint64_t tenths, struct buf *out)
{
	put_figures(h, tenths, out);
	put_shut(h, out);
	if (!h->downlink.wall.active)
		buf_puts(out, "; the gateway is being replaced");
	if (h->refused)
		buf_puts(out, "; the last reload was refused, the configuration before goes on");
}

static void count(struct herald *he)
{
	struct house *h = he->house;
	int64_t ms = mono_ms_between(he->counted_at, h->loop.now);

	if (ms < RATE_MS)
		return;
	he->tenths = herald_tenths(requests_of(h) - he->counted, ms);
	he->counted = requests_of(h);
	he->counted_at = h->loop.now;
}

/* The line as it is now; false: it is what was told last. */
static bool compose(struct herald *he, char *line, size_t size)
{
	struct buf text = BUF_INIT;

	count(he);
	herald_put_line(he->house, he->tenths, &text);
	snprintf(line, size, "%.*s", SPAN_FMT(buf_span(&text)));
	buf_free(&text);
	return strcmp(line, he->line) != 0;
}

static void sleep_until_next(struct herald *he)
{
	uint64_t interval = house_conf(he->house)->global.systemd_interval;

	if (interval)
		timer_set_ms(&he->house->loop, &he->refresh, (int64_t)interval);
}

static void on_refresh(struct timer *t)
{
	struct herald *he = container_of(t, struct herald, refresh);
	char line[sizeof he->line];

	if (he->house->mood != HOUSE_SERVING)
		return;
	if (compose(he, line, sizeof line)) {
		if (!notify_hint(&he->house->notify, "STATUS=%s", line)) {
			timer_set_ms(&he->house->loop, t, AGAIN_MS);
			return;
		}
		memcpy(he->line, line, sizeof line);
	}
	sleep_until_next(he);
}

static void on_news(struct house *h, void *arg)
{
	struct herald *he = arg;
	struct mono soon = mono_add_ms(h->loop.now, NEWS_MS);

	if (h->mood == HOUSE_SERVING && mono_before(soon, he->refresh.due))
		timer_set(&h->loop, &he->refresh, soon);
}

/* ---- signs of life ---- */

/* False: nobody has heard it. */
static bool say_alive(struct herald *he)
{
	if (he->late)
		log_notice("the watchdog is told again that hearth is alive");
	he->late = false;
	return notify_hint(&he->house->notify, "WATCHDOG=1");
}

static void on_answer(struct looker *l)
{
	struct herald *he = container_of(l, struct herald, question);

	he->asked = false;
	if (he->late)
		say_alive(he);
}

static void on_row(struct looker *l, const struct msg_fact_running *m)
{
	(void)l, (void)m;
}

/* A question for nothing, which takes one turn of its loop. */
static void ask(struct herald *he)
{
	if (he->asked || !he->house->downlink.wall.active)
		return;
	he->asked = true;
	downlink_look(&he->house->downlink, &he->question, 0);
}

static bool is_well(struct herald *he)
{
	struct house *h = he->house;

	if (h->downlink.wall.active || h->mood != HOUSE_SERVING)
		he->served = h->loop.now;
	return !he->asked && mono_ms_between(he->served, h->loop.now) < AWAY_MS;
}

/* That this is called shows that the loop turns. */
static void on_beat(struct timer *t)
{
	struct herald *he = container_of(t, struct herald, beat);
	int64_t ms = he->house->notify.watchdog_ms;

	if (is_well(he)) {
		if (!say_alive(he) && ms > AGAIN_MS)
			ms = AGAIN_MS;
	} else if (!he->late) {
		log_error("the gateway %s: the watchdog is told nothing until it does",
			he->asked ? "does not answer" : "does not come back");
		he->late = true;
	}
	ask(he);
	timer_set_ms(&he->house->loop, t, ms);
}

/* ---- its life ---- */

void herald_begin(struct herald *he, struct house *h)
{
	*he = (struct herald){
		.house = h, .question = {.row = on_row, .end = on_answer}, .served = h->loop.now};
	timer_init(&he->refresh, on_refresh);
	timer_init(&he->beat, on_beat);
	list_init(&he->question.link);
	if (h->notify.fd < 0)
		return;
	h->on_news = on_news;
	h->news_arg = he;
	he->counted_at = h->loop.now;
	if (h->notify.watchdog_ms)
		timer_set_ms(&h->loop, &he->beat, 0);
}

void herald_open(struct herald *he, bool moved)
{
	char pid[32] = "";

	if (he->house->notify.fd < 0)
		return;
	if (moved)
		snprintf(pid, sizeof pid, "MAINPID=%d\n", (int)getpid());
	compose(he, he->line, sizeof he->line);
	notify_tell(&he->house->notify, "READY=1\n%sSTATUS=%s", pid, he->line);
	sleep_until_next(he);
}

void herald_end(struct herald *he)
{
	timer_stop(&he->house->loop, &he->refresh);
	timer_stop(&he->house->loop, &he->beat);
	list_remove(&he->question.link);
}
