/* SPDX-License-Identifier: MIT
 *
 * top_page: see top_page.h.
 *
 * Above, three lines about the house; then a line for each pool; below, what runs for longest. The
 * bars get what the columns leave of the width.
 */
#include "manager/top_page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/mem.h"
#include "manager/top_pen.h"

/* Lines that are always there: three about the house, the heads of the pools with an empty one
 * before them; and at the bottom the keys. */
#define ROWS_ABOVE 5
#define ROWS_BELOW 1

#define NAME_LEAST 4
#define KIND_CELLS 17 /* "fastcgi ondemand " */
#define NUMBERS    42 /* the columns of numbers */
#define BAR_LEAST  10

/* ---- the house ---- */

static uint64_t sum(const struct top_figures *f, enum top_value v)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->npools; i++)
		n += f->pools[i].value[v];
	return n;
}

static void put_house(struct pen *p, const struct top_figures *f, const char *trouble)
{
	pen_begin(p);
	pen_put(p, COLOUR_BOLD, "hearth %s", f->version ? f->version : "");
	if (trouble)
		pen_put(p, COLOUR_RED, "  %s", trouble);
	pen_put(p, COLOUR_OFF, "  pid %" PRIu64 "  ", f->pid);
	pen_age(p, f->up_ms);
	pen_put(p, COLOUR_OFF, "  %s  generation %" PRIu64, f->mood ? f->mood : "", f->generation);
	pen_end(p);
}

static void put_gateway(struct pen *p, const struct top_figures *f)
{
	char rate[16];

	pen_begin(p);
	if (f->gateway_pid == 0) {
		pen_put(p, COLOUR_RED, "gateway down");
		pen_end(p);
		return;
	}
	pen_put(p, COLOUR_OFF, "gateway %" PRIu64 "  ", f->gateway_pid);
	pen_age(p, f->gateway_up_ms);
	pen_put(p, COLOUR_OFF, "  %" PRIu64 " connection%s  ", f->connections,
		f->connections == 1 ? "" : "s");
	pen_put(p, COLOUR_BOLD, "%s req/s", pen_rate(f->rate, rate));
	pen_put(p, COLOUR_OFF, "  %" PRIu64 " request%s  ", f->requests,
		f->requests == 1 ? "" : "s");
	pen_put(p, f->errors ? COLOUR_YELLOW : COLOUR_OFF, "%" PRIu64 " refused", f->errors);
	pen_end(p);
}

static void put_sums(struct pen *p, const struct top_figures *f)
{
	uint64_t waiting = sum(f, TOP_WAITING);

	pen_begin(p);
	pen_put(p, COLOUR_OFF,
		"%zu pool%s  %" PRIu64 " busy  %" PRIu64 " idle  %" PRIu64 " starting  ", f->npools,
		f->npools == 1 ? "" : "s", sum(f, TOP_BUSY), sum(f, TOP_IDLE),
		sum(f, TOP_STARTING));
	pen_put(p, waiting ? COLOUR_YELLOW : COLOUR_OFF, "%" PRIu64 " waiting", waiting);
	pen_end(p);
}

/* ---- the pools ---- */

/* What stands in the place of the bar while the pool does not take requests as usual. */
static void put_state(struct pen *p, const struct top_pool *pool, unsigned cells)
{
	bool broken = strcmp(pool->state, "broken") == 0;
	bool pauses = strcmp(pool->state, "backing off") == 0;
	char text[TOP_BAR_MOST + 1];

	if (pool->retry_ms >= 0)
		snprintf(text, sizeof text, "%s %" PRId64 "s", pauses ? "pause" : pool->state,
			(pool->retry_ms + 999) / 1000);
	else
		snprintf(text, sizeof text, "%s", pool->state);
	pen_put(p, broken ? COLOUR_RED : COLOUR_YELLOW, "%-*.*s", (int)cells, (int)cells, text);
}

struct columns {
	unsigned name, kind, bar;
};

static struct columns columns_of(const struct top_figures *f, const struct top_view *v)
{
	struct columns c = {.name = NAME_LEAST, .kind = KIND_CELLS};
	unsigned most = v->cols >= 120 ? 24 : 10, rest;

	for (size_t i = 0; i < f->npools; i++)
		if (strlen(f->pools[i].name) > c.name)
			c.name = (unsigned)strlen(f->pools[i].name);
	c.name = (c.name < most ? c.name : most) + 1;
	if (c.name + c.kind + NUMBERS + BAR_LEAST > v->cols)
		c.kind = 0;
	rest = c.name + c.kind + NUMBERS;
	c.bar = v->cols > rest + BAR_LEAST ? v->cols - rest : BAR_LEAST;
	c.bar = c.bar < TOP_BAR_MOST ? c.bar : TOP_BAR_MOST;
	return c;
}

static void put_heads(struct pen *p, const struct columns *c)
{
	pen_begin(p);
	pen_put(p, COLOUR_BOLD, "%-*s%-*.*s%-*s%5s%5s%5s%5s%8s%8s%6s", (int)c->name, "POOL",
		(int)c->kind, (int)c->kind, "KIND", (int)c->bar, "WORKERS", "busy", "idle", "max",
		"wait", "req/s", "refused", "died");
	pen_end(p);
}

static void put_pool(struct pen *p, const struct top_pool *pool, const struct columns *c)
{
	const uint64_t *v = pool->value;
	char kind[40], rate[16];

	snprintf(kind, sizeof kind, "%s %s", pool->kind, pool->pm);
	pen_begin(p);
	pen_put(p, COLOUR_OFF, "%-*.*s ", (int)c->name - 1, (int)c->name - 1, pool->name);
	pen_put(p, COLOUR_DIM, "%-*.*s", (int)c->kind, (int)c->kind, kind);
	if (strcmp(pool->state, "open") == 0)
		pen_bar(p, pool, c->bar);
	else
		put_state(p, pool, c->bar);
	pen_number(p, v[TOP_BUSY], 5, COLOUR_OFF);
	pen_number(p, v[TOP_IDLE], 5, COLOUR_OFF);
	pen_number(p, v[TOP_MAX], 5, COLOUR_OFF);
	pen_number(p, v[TOP_WAITING], 5, COLOUR_YELLOW);
	pen_put(p, COLOUR_OFF, "%8s", pen_rate(pool->rate, rate));
	pen_number(p, v[TOP_REFUSED], 8, COLOUR_RED);
	pen_number(p, v[TOP_DEATHS], 6, COLOUR_RED);
	pen_end(p);
}

/* ---- their order ---- */

/* The larger number first; among equals the order of the file, or they would change places. */
static int compare(double a, double b, const struct top_pool *x, const struct top_pool *y)
{
	if (a > b || a < b)
		return a > b ? -1 : 1;
	return (x > y) - (x < y);
}

static int by_busy(const void *a, const void *b)
{
	const struct top_pool *const *x = a, *const *y = b;

	return compare((double)(*x)->value[TOP_BUSY], (double)(*y)->value[TOP_BUSY], *x, *y);
}

static int by_waiting(const void *a, const void *b)
{
	const struct top_pool *const *x = a, *const *y = b;

	return compare((double)(*x)->value[TOP_WAITING], (double)(*y)->value[TOP_WAITING], *x, *y);
}

static int by_rate(const void *a, const void *b)
{
	const struct top_pool *const *x = a, *const *y = b;

	return compare((*x)->rate, (*y)->rate, *x, *y);
}

static int by_name(const void *a, const void *b)
{
	const struct top_pool *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static const struct {
	const char *name;
	int (*compare)(const void *a, const void *b);
} sorts[TOP_SORTS] = {
	[TOP_BY_FILE] = {"in the order of the file", NULL},
	[TOP_BY_BUSY] = {"by busy", by_busy},
	[TOP_BY_WAITING] = {"by waiting", by_waiting},
	[TOP_BY_RATE] = {"by req/s", by_rate},
	[TOP_BY_NAME] = {"by name", by_name},
};

static const struct top_pool **in_order(const struct top_figures *f, enum top_sort sort)
{
	const struct top_pool **order = mem_array(NULL, f->npools + 1, sizeof *order);

	for (size_t i = 0; i < f->npools; i++)
		order[i] = &f->pools[i];
	if (sorts[sort].compare)
		qsort(order, f->npools, sizeof *order, sorts[sort].compare);
	return order;
}

/* ---- what runs ---- */

/* Half of what is left, a third if that is enough, with its heading and the empty line before it.
 */
static unsigned running_rows(const struct top_figures *f, const struct top_view *v)
{
	unsigned room = v->rows > ROWS_ABOVE + ROWS_BELOW ? v->rows - ROWS_ABOVE - ROWS_BELOW : 0;
	unsigned most = room / 3 >= 5 ? room / 3 : room / 2;
	unsigned wanted = (unsigned)f->nrunning + 2;

	if (f->nrunning == 0 || (v->rows && most < 3))
		return 0;
	return v->rows && wanted > most ? most : wanted;
}

static void put_running(struct pen *p, const struct top_figures *f, unsigned name, unsigned rows)
{
	if (rows == 0)
		return;
	pen_begin(p);
	pen_end(p);
	pen_begin(p);
	pen_put(p, COLOUR_BOLD, "THE SLOWEST REQUESTS NOW");
	pen_end(p);
	for (size_t i = 0; i + 2 < rows; i++) {
		const struct top_running *r = &f->running[i];
		pen_begin(p);
		pen_put(p, r->ms >= 10000 ? COLOUR_YELLOW : COLOUR_OFF, "%8.1fs  ",
			(double)r->ms / 1000);
		pen_put(p, COLOUR_OFF, "%-*.*s %7" PRIu64 "  %s", (int)name - 1, (int)name - 1,
			r->pool, r->pid, r->line);
		pen_end(p);
	}
}

/* ---- the page ---- */

unsigned top_page_pools(const struct top_figures *f, const struct top_view *v)
{
	unsigned taken = ROWS_ABOVE + ROWS_BELOW + running_rows(f, v);

	if (v->rows == 0)
		return (unsigned)f->npools;
	return v->rows > taken ? v->rows - taken : 1;
}

static void put_keys(struct pen *p, const struct top_figures *f, enum top_sort sort, unsigned from,
	unsigned shown)
{
	pen_begin(p);
	pen_put(p, COLOUR_DIM, "q quit  s sort (%s)  ", sorts[sort].name);
	if (shown < f->npools)
		pen_put(p, COLOUR_DIM, "arrows scroll (%u to %u of %zu)", from + 1, from + shown,
			f->npools);
	pen_end(p);
}

static void put_pools(struct pen *p, const struct top_figures *f, const struct columns *c,
	enum top_sort sort, unsigned from, unsigned n)
{
	const struct top_pool **order = in_order(f, sort);

	for (unsigned i = from; i < from + n; i++)
		put_pool(p, order[i], c);
	free(order);
}

/* Cut to the page: in a very small window there is not even room for what is always there. */
static void cut(struct buf *out, unsigned rows)
{
	struct span left = buf_span(out);
	const char *end;

	while (rows-- && left.n && (end = memchr(left.p, '\n', left.n)))
		left = span_from(left, (size_t)(end - left.p) + 1);
	out->end -= left.n;
}

bool top_page(const struct top_figures *f, const struct top_view *v, struct buf *out)
{
	struct columns c = columns_of(f, v);
	struct pen p = {.out = out, .cols = v->cols, .utf8 = v->utf8, .colour = v->colour};
	unsigned room = top_page_pools(f, v), all = (unsigned)f->npools;
	unsigned n = room < all ? room : all;
	unsigned from = v->scroll + n <= all ? v->scroll : all - n;

	put_house(&p, f, v->trouble);
	put_gateway(&p, f);
	put_sums(&p, f);
	pen_begin(&p);
	pen_end(&p);
	put_heads(&p, &c);
	put_pools(&p, f, &c, v->sort, from, n);
	put_running(&p, f, c.name, running_rows(f, v));
	if (v->rows)
		put_keys(&p, f, v->sort, from, n);
	if (v->rows)
		cut(out, v->rows);
	return buf_puts(out, "");
}
