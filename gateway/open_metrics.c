/* SPDX-License-Identifier: MIT
 *
 * open_metrics: see open_metrics.h.
 */
#include "gateway/open_metrics.h"

#include <inttypes.h>
#include <stdio.h>

#include "gateway/escape.h"

/* 0.0005, 10.0: as short as it can be said, but never as a whole number, which clients compare as
 * text. */
#define SECONDS_MAX 32

static void seconds_text(char to[SECONDS_MAX], uint64_t us)
{
	size_t n = (size_t)snprintf(
		to, SECONDS_MAX, "%" PRIu64 ".%06u", us / 1000000, (unsigned)(us % 1000000));

	while (to[n - 1] == '0' && to[n - 2] != '.')
		to[--n] = '\0';
}

static void put(struct open_metrics *m, const char *s)
{
	m->failed |= !buf_puts(m->b, s);
}

static void put_label(struct open_metrics *m, const struct om_label *l)
{
	m->failed |= !buf_putf(m->b, "%s=\"", l->name) ||
		     !escape_put(m->b, l->value, ESCAPE_LABEL) || !buf_puts(m->b, "\"");
}

/* `le` is one more label, if there is one. */
static void put_name(struct open_metrics *m, const char *suffix, const struct om_label *labels,
	size_t n, const char *le)
{
	m->failed |= !buf_putf(m->b, "%s%s", m->family, suffix);
	for (size_t i = 0; i < n; i++) {
		put(m, i ? "," : "{");
		put_label(m, &labels[i]);
	}
	if (le) {
		put(m, n ? "," : "{");
		put_label(m, &(struct om_label){"le", span_of(le)});
	}
	put(m, n || le ? "} " : " ");
}

void om_family(struct open_metrics *m, const char *name, const char *type, const char *unit,
	const char *help)
{
	m->family = name;
	m->suffix = strcmp(type, "counter") == 0 ? "_total"
		    : strcmp(type, "info") == 0  ? "_info"
						 : "";
	m->failed |= !buf_putf(m->b, "# TYPE %s %s\n", name, type);
	if (unit)
		m->failed |= !buf_putf(m->b, "# UNIT %s %s\n", name, unit);
	m->failed |= !buf_putf(m->b, "# HELP %s ", name) ||
		     !escape_put(m->b, span_of(help), ESCAPE_LABEL) || !buf_puts(m->b, "\n");
}

void om_number(struct open_metrics *m, const struct om_label *labels, size_t n, uint64_t v)
{
	put_name(m, m->suffix, labels, n, NULL);
	m->failed |= !buf_putf(m->b, "%" PRIu64 "\n", v);
}

void om_seconds(struct open_metrics *m, const struct om_label *labels, size_t n, uint64_t us)
{
	char text[SECONDS_MAX];

	seconds_text(text, us);
	put_name(m, m->suffix, labels, n, NULL);
	m->failed |= !buf_putf(m->b, "%s\n", text);
}

static void put_bucket(struct open_metrics *m, const struct om_label *labels, size_t n,
	const char *le, uint64_t count)
{
	put_name(m, "_bucket", labels, n, le);
	m->failed |= !buf_putf(m->b, "%" PRIu64 "\n", count);
}

/* The count is that of the last bucket, whatever was added while we read the others. */
void om_histogram(struct open_metrics *m, const struct om_label *labels, size_t n,
	const struct tally_times *t)
{
	uint64_t sum = tally_get(&t->sum_us), count = 0;
	bool used = tally_times_count(t) > 0;
	char text[SECONDS_MAX];

	for (size_t i = 0; used && i < TALLY_BOUNDS; i++) {
		count += tally_get(&t->buckets[i]);
		seconds_text(text, tally_bounds_us[i]);
		put_bucket(m, labels, n, text, count);
	}
	count += used ? tally_get(&t->buckets[TALLY_BOUNDS]) : 0;
	put_bucket(m, labels, n, "+Inf", count);
	put_name(m, "_count", labels, n, NULL);
	m->failed |= !buf_putf(m->b, "%" PRIu64 "\n", count);
	seconds_text(text, used ? sum : 0);
	put_name(m, "_sum", labels, n, NULL);
	m->failed |= !buf_putf(m->b, "%s\n", text);
}

void om_end(struct open_metrics *m)
{
	put(m, "# EOF\n");
}
