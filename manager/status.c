/* SPDX-License-Identifier: MIT
 *
 * status: see status.h. Both forms are made from the same summary of a pool, so they cannot tell
 * different stories. A buf that is out of memory says so once, at the end.
 */
#include "manager/status.h"

#include <inttypes.h>
#include <unistd.h>

/* What is printed of a pool, in this order, by both forms. */
struct row {
	const char *label; /* in the text */
	const char *key;   /* in JSON */
	uint64_t value;
};

#define ROWS 7

static const char *kind_name(const struct pool *p)
{
	return p->kind == POOL_CGI ? "cgi" : "fastcgi";
}

static const char *pm_name(const struct pool *p)
{
	static const char *const names[] = {
		[PM_STATIC] = "static", [PM_DYNAMIC] = "dynamic", [PM_ONDEMAND] = "ondemand"};

	return names[p->conf->pm];
}

static void summarize(const struct pool *p, struct row rows[ROWS])
{
	const struct msg_fact_pool *now = &p->facts, *past = &p->past;
	const struct row all[ROWS] = {
		{"idle", "idle", now->idle},
		{"busy", "busy", now->busy},
		{"waiting", "waiting", now->waiting},
		{"requests", "requests", now->requests + past->requests},
		{"refused", "refused", now->refused + past->refused},
		{"timed out", "timed_out", now->timed_out + past->timed_out},
		{"restarts", "restarts", p->died},
	};

	memcpy(rows, all, sizeof all);
}

static struct worker *worker_at(struct list *it)
{
	return container_of(it, struct worker, link);
}

static bool is_shown(const struct pool *p, const struct pool *wanted)
{
	return p->conf && !p->fresh && (!wanted || p == wanted);
}

static const char *config_path(const struct house *h)
{
	return h->path ? h->path : house_conf(h)->path;
}

/* ---- text ---- */

bool status_put_age(struct buf *out, int64_t ms)
{
	int64_t s = ms / 1000;

	if (s < 60)
		return buf_putf(out, "%" PRId64 "s", s);
	if (s < 3600)
		return buf_putf(out, "%" PRId64 "m", s / 60);
	if (s < 86400)
		return buf_putf(out, "%" PRId64 "h%" PRId64 "m", s / 3600, s % 3600 / 60);
	return buf_putf(out, "%" PRId64 "d%" PRId64 "h", s / 86400, s % 86400 / 3600);
}

static void text_house(struct house *h, struct buf *out)
{
	buf_putf(out, "hearth %s, pid %d, up ", HEARTH_VERSION, (int)getpid());
	status_put_age(out, mono_ms_between(h->born, h->loop.now));
	buf_putf(out, ", %s, generation %u\n", house_mood_names[h->mood], h->generation);
	buf_putf(out, "configuration %s\n", config_path(h));
}

static void text_gateway(const struct downlink *d, struct buf *out)
{
	if (d->gateway.state == WORKER_DEAD) {
		buf_puts(out, "gateway down\n");
		return;
	}
	buf_putf(out, "gateway pid %d, up ", d->gateway.pid);
	status_put_age(out, worker_age_ms(&d->gateway));
	buf_putf(out, ", %u connections, %" PRIu64 " requests, %" PRIu64 " errors\n",
		d->totals.connections, d->totals.requests + d->past.requests,
		d->totals.errors + d->past.errors);
}

/* One line for each state that somebody is in: "    ready      101 (3m)  102 (17s)". */
static void text_workers(struct pool *p, struct buf *out)
{
	for (enum worker_state s = WORKER_STARTING; s < WORKER_DEAD; s++) {
		if (pool_count(p, s) == 0)
			continue;
		buf_putf(out, "    %-9s", worker_state_names[s]);
		list_for_each (it, &p->workers) {
			const struct worker *w = worker_at(it);
			if (w->state != s)
				continue;
			buf_putf(out, " %d (", w->pid);
			status_put_age(out, worker_age_ms(w));
			buf_puts(out, ")");
		}
		buf_puts(out, "\n");
	}
}

static void text_pool(struct pool *p, struct buf *out)
{
	struct row rows[ROWS];

	summarize(p, rows);
	buf_putf(out, "\npool %s: %s, %s, %s %u\n", p->name, kind_name(p), pm_name(p), "at most",
		(unsigned)p->conf->max_children);
	for (size_t i = 0; i < ROWS; i++)
		buf_putf(out, "%s%s %" PRIu64, i % ROWS ? ", " : "    ", rows[i].label,
			rows[i].value);
	buf_puts(out, "\n");
	text_workers(p, out);
	if (p->last_death[0])
		buf_putf(out, "    last death: %s\n", p->last_death);
}

bool status_text(struct house *h, struct pool *pool, struct buf *out)
{
	text_house(h, out);
	text_gateway(&h->downlink, out);
	list_for_each (it, &h->pools.all) {
		struct pool *p = container_of(it, struct pool, link);
		if (is_shown(p, pool))
			text_pool(p, out);
	}
	return buf_puts(out, "");
}

/* ---- JSON ---- */

/* Length of the UTF-8 sequence at p (as RFC 3629 has it), 0 if it is none. The string ends in NUL,
 * which is no continuation byte, so nothing is read beyond it. */
static size_t utf8_len(const unsigned char *p)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (p[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
		(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

bool status_put_json(struct buf *out, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	bool ok = buf_puts(out, "\"");

	while (*p && ok) {
		size_t n = utf8_len(p);
		if (n == 0)
			ok = buf_puts(out, "\\ufffd");
		else if (*p == '"' || *p == '\\')
			ok = buf_putf(out, "\\%c", *p);
		else if (*p < 0x20 || *p == 0x7f)
			ok = buf_putf(out, "\\u%04x", *p);
		else
			ok = buf_put(out, p, n);
		p += n ? n : 1;
	}
	return ok && buf_puts(out, "\"");
}

static void json_house(struct house *h, struct buf *out)
{
	buf_puts(out, "{\"version\":");
	status_put_json(out, HEARTH_VERSION);
	buf_putf(out, ",\"pid\":%d,\"uptime\":%.3f,\"state\":\"%s\",\"generation\":%u,\"config\":",
		(int)getpid(), (double)mono_ms_between(h->born, h->loop.now) / 1000,
		house_mood_names[h->mood], h->generation);
	status_put_json(out, config_path(h));
}

static void json_gateway(const struct downlink *d, struct buf *out)
{
	bool down = downlink_is_down(d);

	buf_putf(out,
		",\"gateway\":{\"pid\":%d,\"uptime\":%.3f,\"starts\":%" PRIu64
		",\"connections\":%u,\"accepted\":%" PRIu64 ",\"requests\":%" PRIu64
		",\"errors\":%" PRIu64 "}",
		down ? 0 : d->gateway.pid, down ? 0.0 : (double)worker_age_ms(&d->gateway) / 1000,
		d->starts, d->totals.connections, d->totals.accepted + d->past.accepted,
		d->totals.requests + d->past.requests, d->totals.errors + d->past.errors);
}

static void json_workers(struct pool *p, struct buf *out)
{
	const char *sep = "";

	buf_puts(out, ",\"workers\":[");
	list_for_each (it, &p->workers) {
		const struct worker *w = worker_at(it);
		buf_putf(out, "%s{\"id\":%u,\"pid\":%d,\"state\":\"%s\",\"age\":%.3f}", sep, w->id,
			w->pid, worker_state_names[w->state], (double)worker_age_ms(w) / 1000);
		sep = ",";
	}
	buf_puts(out, "]");
}

static void json_pool(struct pool *p, struct buf *out)
{
	struct row rows[ROWS];

	summarize(p, rows);
	buf_puts(out, "{\"name\":");
	status_put_json(out, p->name);
	buf_putf(out, ",\"type\":\"%s\",\"pm\":\"%s\",\"max_children\":%u", kind_name(p),
		pm_name(p), (unsigned)p->conf->max_children);
	for (size_t i = 0; i < ROWS; i++)
		buf_putf(out, ",\"%s\":%" PRIu64, rows[i].key, rows[i].value);
	buf_puts(out, ",\"last_death\":");
	if (p->last_death[0])
		status_put_json(out, p->last_death);
	else
		buf_puts(out, "null");
	json_workers(p, out);
	buf_puts(out, "}");
}

bool status_json(struct house *h, struct pool *pool, struct buf *out)
{
	const char *sep = "";

	json_house(h, out);
	json_gateway(&h->downlink, out);
	buf_puts(out, ",\"pools\":[");
	list_for_each (it, &h->pools.all) {
		struct pool *p = container_of(it, struct pool, link);
		if (!is_shown(p, pool))
			continue;
		buf_puts(out, sep);
		json_pool(p, out);
		sep = ",";
	}
	return buf_puts(out, "]}\n");
}
