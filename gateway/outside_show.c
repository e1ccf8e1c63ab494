/* SPDX-License-Identifier: MIT
 *
 * outside_show: see outside_show.h.
 */
#include "gateway/outside_show.h"

#include <inttypes.h>
#include <stdlib.h>

#include "gateway/escape.h"

/* ---- JSON ---- */

static bool put_row(struct buf *b, const struct outside_row *row)
{
	return buf_puts(b, "{\"address\":\"") &&
	       escape_put(b, span_of(row->address), ESCAPE_JSON) &&
	       buf_putf(b,
		       "\",\"busy\":%u,\"idle\":%u,\"resting_ms\":%u,\"requests\":%" PRIu64
		       ",\"failed\":%" PRIu64 ",\"why\":\"",
		       row->busy, row->idle, row->resting_ms, row->requests, row->failed) &&
	       escape_put(b, span_of(row->why), ESCAPE_JSON) && buf_puts(b, "\"}");
}

bool outside_show(struct buf *b, struct dispatch *d)
{
	size_t n;
	struct outside_row *rows = outside_look(d, &n);
	bool ok = !d->outside || buf_puts(b, ",\"backends\":[");

	for (size_t i = 0; ok && i < n; i++)
		ok = buf_puts(b, i ? "," : "") && put_row(b, &rows[i]);
	free(rows);
	return ok && (!d->outside || buf_puts(b, "]"));
}

/* ---- OpenMetrics ---- */

static uint64_t resting(const struct outside_row *row)
{
	return row->resting_ms > 0;
}

static uint64_t requests(const struct outside_row *row)
{
	return row->requests;
}

static uint64_t failures(const struct outside_row *row)
{
	return row->failed;
}

static const struct {
	const char *name, *type, *help;
	uint64_t (*of)(const struct outside_row *row); /* NULL: it has a label more */
} families[OUTSIDE_METRICS] = {
	{"hearth_backend_connections", "gauge",
		"Connections to an address of an external pool, by what they do.", NULL},
	{"hearth_backend_resting", "gauge",
		"1: the address has failed, and is left alone or being tried.", resting},
	{"hearth_backend_requests", "counter", "Requests that were given to the address.",
		requests},
	{"hearth_backend_failures", "counter", "How often the address has failed.", failures},
};

void outside_metric_family(struct open_metrics *m, size_t i)
{
	om_family(m, families[i].name, families[i].type, NULL, families[i].help);
}

static void put_connections(
	struct open_metrics *m, struct om_label labels[static 3], const struct outside_row *row)
{
	labels[2] = (struct om_label){"state", SPAN_LIT("idle")};
	om_number(m, labels, 3, row->idle);
	labels[2].value = SPAN_LIT("busy");
	om_number(m, labels, 3, row->busy);
}

void outside_metric(struct open_metrics *m, size_t i, const char *pool, struct dispatch *d)
{
	size_t n;
	struct outside_row *rows = outside_look(d, &n);

	for (size_t k = 0; k < n; k++) {
		struct om_label labels[3] = {
			{"pool", span_of(pool)}, {"address", span_of(rows[k].address)}};
		if (families[i].of)
			om_number(m, labels, 2, families[i].of(&rows[k]));
		else
			put_connections(m, labels, &rows[k]);
	}
	free(rows);
}
