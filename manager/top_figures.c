/* SPDX-License-Identifier: MIT
 *
 * top_figures: see top_figures.h.
 */
#include "manager/top_figures.h"

#include <stdlib.h>

#include "common/mem.h"

#define FIELDS_MAX 24

struct line {
	char *field[FIELDS_MAX];
	size_t n;
	bool bad; /* a field that ought to be a number is none */
};

/* ---- lines ---- */

/* Cuts the line at its tabs; fields that nobody here knows are left out. */
static struct line split(char *text)
{
	struct line l = {.n = 0};

	while (text && l.n < FIELDS_MAX) {
		char *tab = strchr(text, '\t');
		l.field[l.n++] = text;
		if (tab)
			*tab++ = '\0';
		text = tab;
	}
	return l;
}

static uint64_t number(struct line *l, size_t i)
{
	char *end = NULL;
	uint64_t v = i < l->n ? strtoull(l->field[i], &end, 10) : 0;

	l->bad |= !end || *end != '\0' || end == l->field[i];
	return v;
}

static const char *word(struct line *l, size_t i)
{
	l->bad |= i >= l->n;
	return i < l->n ? l->field[i] : "";
}

static void take_house(struct top_figures *f, struct line *l)
{
	f->version = word(l, 1);
	f->pid = number(l, 2);
	f->up_ms = number(l, 3);
	f->mood = word(l, 4);
	f->generation = number(l, 5);
}

static void take_gateway(struct top_figures *f, struct line *l)
{
	f->gateway_pid = number(l, 1);
	f->gateway_up_ms = number(l, 2);
	f->connections = number(l, 3);
	f->requests = number(l, 5);
	f->errors = number(l, 6);
}

static void take_pool(struct top_figures *f, struct line *l)
{
	struct top_pool *p;

	f->pools = mem_array(f->pools, f->npools + 1, sizeof *f->pools);
	p = &f->pools[f->npools++];
	*p = (struct top_pool){.name = word(l, 1),
		.kind = word(l, 2),
		.pm = word(l, 3),
		.state = word(l, 4),
		.retry_ms = (int64_t)number(l, 5),
		.rate = TOP_UNKNOWN};
	for (size_t i = 0; i < TOP_VALUES; i++)
		p->value[i] = number(l, 6 + i);
}

static void take_running(struct top_figures *f, struct line *l)
{
	struct top_running *r;

	f->running = mem_array(f->running, f->nrunning + 1, sizeof *f->running);
	r = &f->running[f->nrunning++];
	*r = (struct top_running){
		.pool = word(l, 1), .pid = number(l, 2), .ms = number(l, 3), .line = word(l, 5)};
}

static const struct {
	const char *name;
	void (*take)(struct top_figures *f, struct line *l);
} kinds[] = {{"house", take_house}, {"gateway", take_gateway}, {"pool", take_pool},
	{"running", take_running}};

/* False: a line of a kind that is known is not as it ought to be. */
static bool take_line(struct top_figures *f, char *text)
{
	struct line l = split(text);

	for (size_t i = 0; i < nitems(kinds); i++)
		if (strcmp(l.field[0], kinds[i].name) == 0)
			kinds[i].take(f, &l);
	return !l.bad;
}

bool top_figures_read(struct top_figures *f, struct span text)
{
	bool ok = true;
	char *end;

	*f = (struct top_figures){
		.text = mem_strndup(text.n ? text.p : "", text.n), .rate = TOP_UNKNOWN};
	for (char *p = f->text; ok && (end = strchr(p, '\n')); p = end + 1) {
		*end = '\0';
		ok = take_line(f, p);
	}
	if (ok && f->version)
		return true;
	top_figures_free(f);
	return false;
}

void top_figures_free(struct top_figures *f)
{
	free(f->text);
	free(f->pools);
	free(f->running);
	*f = (struct top_figures){.text = NULL};
}

/* ---- rates ---- */

/* Pools keep their places from one time to the next, unless there was a reload. */
static const struct top_pool *find_pool(const struct top_figures *f, const char *name, size_t hint)
{
	if (hint < f->npools && strcmp(f->pools[hint].name, name) == 0)
		return &f->pools[hint];
	for (size_t i = 0; i < f->npools; i++)
		if (strcmp(f->pools[i].name, name) == 0)
			return &f->pools[i];
	return NULL;
}

static double rate(uint64_t before, uint64_t now, uint64_t ms)
{
	return now < before || ms == 0 ? TOP_UNKNOWN : (double)(now - before) * 1000 / (double)ms;
}

void top_figures_rate(struct top_figures *now, const struct top_figures *before)
{
	uint64_t ms = now->up_ms - before->up_ms;

	if (!before->text || now->pid != before->pid || now->up_ms <= before->up_ms)
		return;
	now->rate = rate(before->requests, now->requests, ms);
	for (size_t i = 0; i < now->npools; i++) {
		struct top_pool *p = &now->pools[i];
		const struct top_pool *was = find_pool(before, p->name, i);
		if (was)
			p->rate = rate(was->value[TOP_REQUESTS], p->value[TOP_REQUESTS], ms);
	}
}
