/* SPDX-License-Identifier: MIT
 *
 * status: see status.h. Both forms are made from the same summary of a pool, so they cannot tell
 * different stories. A buf that is out of memory says so once, at the end.
 */
#include "manager/status.h"

#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#include "manager/digest.h"
#include "manager/pool_backends.h"
#include "manager/pool_facts.h"

/* Of each pool, where all are shown. */
#define DEATHS_OF_MANY 3

/* A line that is as long takes no further worker. */
#define LINE_FULL 66

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

static void put_count(struct buf *out, const char *before, uint64_t n, const char *what)
{
	buf_putf(out, "%s%" PRIu64 " %s%s", before, n, what, n == 1 ? "" : "s");
}

static void text_house(struct house *h, struct buf *out)
{
	buf_putf(out, "hearth %s, pid %d, up ", HEARTH_VERSION, (int)getpid());
	status_put_age(out, mono_ms_between(h->born, h->loop.now));
	buf_putf(out, ", %s, generation %u\n", house_mood_names[h->mood], h->generation);
	buf_putf(out, "configuration %s\n", digest_config(h));
}

static void text_gateway(const struct downlink *d, struct buf *out)
{
	if (d->gateway.state == WORKER_DEAD) {
		buf_puts(out, "gateway down\n");
		return;
	}
	buf_putf(out, "gateway pid %d, up ", d->gateway.pid);
	status_put_age(out, worker_age_ms(&d->gateway));
	put_count(out, ", ", d->totals.connections, "connection");
	put_count(out, ", ", d->totals.requests + d->past.requests, "request");
	buf_putf(out, ", %" PRIu64 " refused\n", d->totals.errors + d->past.errors);
}

static void text_workers_in(struct pool *p, enum worker_state state, struct buf *out)
{
	size_t start = buf_len(out);

	buf_putf(out, "    %-9s", worker_state_names[state]);
	list_for_each (it, &p->workers) {
		const struct worker *w = worker_at(it);
		if (w->state != state)
			continue;
		if (buf_len(out) - start > LINE_FULL) {
			start = buf_len(out) + 1;
			buf_putf(out, "\n    %-9s", "");
		}
		buf_putf(out, " %d (", w->pid);
		status_put_age(out, worker_age_ms(w));
		buf_puts(out, ")");
	}
	buf_puts(out, "\n");
}

/* For each state that somebody is in: "    ready     101 (3m) 102 (17s)". */
static void text_workers(struct pool *p, struct buf *out)
{
	for (enum worker_state s = WORKER_STARTING; s < WORKER_DEAD; s++)
		if (pool_count(p, s) > 0)
			text_workers_in(p, s, out);
}

static void text_state(const struct pool *p, const struct digest *d, struct buf *out)
{
	buf_putf(out, "    state     %s", d->state);
	if (d->streak)
		buf_putf(out, ", %u start%s failed", d->streak, d->streak == 1 ? "" : "s in a row");
	if (d->retry_ms >= 0)
		buf_putf(out, ", next try in %.1fs", (double)d->retry_ms / 1000);
	if (p->door == DOOR_DRAINED)
		buf_puts(out, ", takes no new requests");
	buf_puts(out, "\n");
}

#define FIGURE(name) d->row[DIGEST_##name].value

static void text_line(const struct digest *d, struct buf *out)
{
	buf_putf(out, "    line      %" PRIu64 " of %" PRIu64 " wait", FIGURE(WAITING),
		FIGURE(MAX_QUEUE));
	if (FIGURE(WAITING))
		buf_putf(out, ", the first for %.1fs", (double)d->oldest_wait_ms / 1000);
	buf_putf(out, "; the most so far %" PRIu64 "\n", FIGURE(MAX_WAITING));
}

/* Of a cgi pool it is runners that are started, stay and die. */
static void text_figures(const struct pool *p, const struct digest *d, struct buf *out)
{
	buf_putf(out,
		"    now       %" PRIu64 " busy, %" PRIu64 " idle, %" PRIu64
		" starting; the most busy so far %" PRIu64 "\n",
		FIGURE(BUSY), FIGURE(IDLE), FIGURE(STARTING), FIGURE(MAX_BUSY));
	text_line(d, out);
	buf_putf(out,
		"    requests  %" PRIu64 ": %" PRIu64 " refused, %" PRIu64 " timed out, %" PRIu64
		" slow\n",
		FIGURE(REQUESTS), FIGURE(REFUSED), FIGURE(TIMED_OUT), FIGURE(SLOW));
	if (pool_hires(p))
		buf_putf(out,
			"    %s   %" PRIu64 " started, %" PRIu64 " died, %" PRIu64 " recycled; ",
			p->kind == POOL_CGI ? "runners" : "workers", FIGURE(STARTED),
			FIGURE(RESTARTS), FIGURE(RECYCLED));
	else
		buf_puts(out, "    backends  ");
	put_count(out, "full ", FIGURE(FULL), "time");
	buf_puts(out, "\n");
}

static void text_backend(const struct pool *p, size_t i, struct buf *out)
{
	const struct pool_backend *b = &p->backends[i];
	int64_t rest = pool_backends_rest_ms(p, i);

	buf_putf(out, "      %s  ", p->conf->backend.at[i]);
	if (!b->known) {
		buf_puts(out, "nothing is known of it yet\n");
		return;
	}
	buf_putf(out, "%u busy, %u idle", b->busy, b->idle);
	put_count(out, ", ", b->requests, "request");
	buf_putf(out, ", %" PRIu64 " failed", b->failed);
	if (rest)
		buf_putf(out, "; rests for %.1fs%s%s", (double)rest / 1000, b->why[0] ? ": " : "",
			b->why);
	buf_puts(out, "\n");
}

static void text_backends(const struct pool *p, struct buf *out)
{
	for (size_t i = 0; p->backends && i < p->conf->backend.n; i++)
		text_backend(p, i, out);
}

/* ---- the dead, in text ---- */

static void text_time(int64_t at_ms, struct buf *out)
{
	time_t at = (time_t)(at_ms / 1000);
	struct tm tm;
	char text[40] = "";

	if (localtime_r(&at, &tm))
		strftime(text, sizeof text, "%b %d %H:%M:%S", &tm);
	buf_puts(out, text);
}

static void text_death(const struct death *d, struct buf *out)
{
	const char *line;

	buf_puts(out, "      ");
	text_time(d->at_ms, out);
	if (d->pid)
		buf_putf(out, "  %d %s after %.3fs", d->pid, d->how, (double)d->lived_ms / 1000);
	else
		buf_putf(out, "  %s", d->how);
	buf_putf(out, "%s%s\n", d->why[0] ? ": " : "", d->why);
	for (unsigned i = 0; (line = last_words_at(&d->words, i)); i++)
		buf_putf(out, "        | %s\n", line);
}

static void text_deaths(const struct pool *p, unsigned most, struct buf *out)
{
	const struct death *d;
	unsigned i = 0;

	if (!p->dead)
		return;
	buf_puts(out, "    deaths, the newest first\n");
	while (i < most && (d = obituary_at(p->dead, i))) {
		text_death(d, out);
		i++;
	}
	if (p->dead->deaths > i)
		buf_putf(out, "      and %u before%s%s\n", p->dead->deaths - i,
			most < OBITUARY_DEATHS ? ": see hearth status " : "",
			most < OBITUARY_DEATHS ? p->name : "");
}

static void text_pool(struct pool *p, unsigned deaths, struct buf *out)
{
	struct digest d = digest_of(p);

	buf_putf(out, "\npool %s: %s%s%s, at most %u", p->name, d.kind, d.pm[0] ? ", " : "", d.pm,
		d.most);
	if (d.most != d.configured)
		buf_putf(out, " (until the next reload; by the configuration %u)", d.configured);
	buf_puts(out, "\n");
	text_state(p, &d, out);
	text_figures(p, &d, out);
	text_backends(p, out);
	text_workers(p, out);
	text_deaths(p, deaths, out);
}

bool status_text(struct house *h, struct pool *pool, struct buf *out)
{
	text_house(h, out);
	text_gateway(&h->downlink, out);
	list_for_each (it, &h->pools.all) {
		struct pool *p = container_of(it, struct pool, link);
		if (digest_shows(p, pool))
			text_pool(p, pool ? OBITUARY_DEATHS : DEATHS_OF_MANY, out);
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
	status_put_json(out, digest_config(h));
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

/* JSON has no infinity and no words for nothing but null. */
static void json_seconds(struct buf *out, const char *key, int64_t ms)
{
	if (ms < 0)
		buf_putf(out, ",\"%s\":null", key);
	else
		buf_putf(out, ",\"%s\":%.3f", key, (double)ms / 1000);
}

static void json_text(struct buf *out, const char *key, const char *text)
{
	buf_putf(out, ",\"%s\":", key);
	if (text[0])
		status_put_json(out, text);
	else
		buf_puts(out, "null");
}

static void json_death(const struct death *d, struct buf *out)
{
	const char *line;

	buf_putf(out, "{\"time\":%.3f,\"pid\":%d", (double)d->at_ms / 1000, d->pid);
	json_text(out, "how", d->how);
	json_seconds(out, "age", d->lived_ms);
	json_text(out, "why", d->why);
	buf_puts(out, ",\"last_words\":[");
	for (unsigned i = 0; (line = last_words_at(&d->words, i)); i++) {
		buf_puts(out, i ? "," : "");
		status_put_json(out, line);
	}
	buf_puts(out, "]}");
}

static void json_deaths(const struct pool *p, struct buf *out)
{
	const struct death *d;

	buf_puts(out, ",\"deaths\":[");
	for (unsigned i = 0; p->dead && (d = obituary_at(p->dead, i)); i++) {
		buf_puts(out, i ? "," : "");
		json_death(d, out);
	}
	buf_puts(out, "]");
}

static void json_backend(const struct pool *p, size_t i, struct buf *out)
{
	const struct pool_backend *b = &p->backends[i];
	int64_t rest = pool_backends_rest_ms(p, i);

	buf_puts(out, "{\"address\":");
	status_put_json(out, p->conf->backend.at[i]);
	buf_putf(out, ",\"busy\":%u,\"idle\":%u,\"requests\":%" PRIu64 ",\"failed\":%" PRIu64,
		b->busy, b->idle, b->requests, b->failed);
	json_seconds(out, "rests", rest ? rest : -1);
	json_text(out, "why", rest ? b->why : "");
	buf_puts(out, "}");
}

static void json_backends(const struct pool *p, struct buf *out)
{
	buf_puts(out, ",\"backends\":[");
	for (size_t i = 0; p->backends && i < p->conf->backend.n; i++) {
		buf_puts(out, i ? "," : "");
		json_backend(p, i, out);
	}
	buf_puts(out, "]");
}

static void json_pool(struct pool *p, struct buf *out)
{
	struct digest d = digest_of(p);

	buf_puts(out, "{\"name\":");
	status_put_json(out, p->name);
	buf_putf(out, ",\"type\":\"%s\"", d.kind);
	json_text(out, "pm", d.pm);
	buf_putf(out, ",\"max_children\":%u", d.most);
	for (size_t i = 0; i < DIGEST_ROWS; i++)
		buf_putf(out, ",\"%s\":%" PRIu64, d.row[i].key, d.row[i].value);
	json_text(out, "last_death", p->last_death);
	json_text(out, "state", d.state);
	json_seconds(out, "retry", d.retry_ms);
	json_seconds(out, "oldest_wait", d.oldest_wait_ms);
	buf_putf(out, ",\"streak\":%u,\"configured_max_children\":%u,\"began\":%.3f", d.streak,
		d.configured, (double)p->began_ms / 1000);
	json_backends(p, out);
	json_deaths(p, out);
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
		if (!digest_shows(p, pool))
			continue;
		buf_puts(out, sep);
		json_pool(p, out);
		sep = ",";
	}
	return buf_puts(out, "]}\n");
}
