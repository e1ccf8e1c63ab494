/* SPDX-License-Identifier: MIT
 *
 * command: see command.h.
 */
#include "manager/command.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "manager/directive.h"
#include "manager/figures.h"
#include "manager/pool_facts.h"
#include "manager/pool_orders.h"
#include "manager/reload.h"
#include "manager/renew.h"
#include "manager/standing.h"
#include "manager/status.h"
#include "manager/value.h"

static bool is_flag(const char *word)
{
	return word[0] == '-';
}

static bool has_flag(char *const *words, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (is_flag(words[i]))
			return true;
	return false;
}

static const char *operand(char *const *words, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (!is_flag(words[i]))
			return words[i];
	return NULL;
}

/* ---- the commands ---- */

/* The pool of that name, or NULL: the asker knows why. */
static struct pool *find_pool(struct house *h, struct asker *a, const char *name)
{
	struct pool *p = pools_find_name(&h->pools, name);
	const char *near = p ? NULL : pools_suggest(&h->pools, name);
	char why[300];

	if (p)
		return p;
	snprintf(why, sizeof why, "there is no pool \"%s\"%s%s%s", name,
		near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	a->end(a, 1, why);
	return NULL;
}

static void answer(struct asker *a, struct buf *out, bool ok)
{
	if (ok) {
		a->say(a, buf_span(out));
		a->end(a, 0, NULL);
	} else {
		a->end(a, 1, "out of memory");
	}
	buf_free(out);
}

static void tell_status(struct house *h, struct asker *a, const char *pool,
	bool (*put)(struct house *h, struct pool *p, struct buf *out))
{
	struct pool *p = pool ? find_pool(h, a, pool) : NULL;
	struct buf out = BUF_INIT;

	if (p || !pool)
		answer(a, &out, put(h, p, &out));
}

static void tell_status_text(
	struct house *h, struct asker *a, const char *pool, const struct seen *seen)
{
	(void)seen;
	tell_status(h, a, pool, status_text);
}

static void tell_status_json(
	struct house *h, struct asker *a, const char *pool, const struct seen *seen)
{
	(void)seen;
	tell_status(h, a, pool, status_json);
}

static void do_status(struct house *h, struct asker *a, char *const *words, size_t n)
{
	look(h, a, 0, operand(words, n), has_flag(words, n) ? tell_status_json : tell_status_text);
}

static void tell_figures(
	struct house *h, struct asker *a, const char *pool, const struct seen *seen)
{
	struct buf out = BUF_INIT;

	(void)pool;
	answer(a, &out, figures_put(h, seen, &out));
}

static void do_figures(struct house *h, struct asker *a, char *const *words, size_t n)
{
	(void)words;
	(void)n;
	look(h, a, LOOK_MOST, NULL, tell_figures);
}

static void do_drain(struct house *h, struct asker *a, char *const *words, size_t n)
{
	struct pool *p = find_pool(h, a, operand(words, n));

	if (!p)
		return;
	if (!has_flag(words, n)) {
		pool_order_drain(h, a, p);
		return;
	}
	pool_undrain(p);
	a->end(a, 0, NULL);
}

static void do_scale(struct house *h, struct asker *a, char *const *words, size_t n)
{
	struct pool *p = find_pool(h, a, words[1]);

	(void)n;
	if (p)
		pool_order_scale(h, a, p, words[2]);
}

static void do_reload(struct house *h, struct asker *a, char *const *words, size_t n)
{
	(void)words;
	(void)n;
	reload_begin(h, a);
}

/* There is no old one to leave: sizing tries again by itself, and no order makes that quicker. */
static void tell_crash_loop(struct asker *a, struct pool *p)
{
	char why[sizeof p->last_death + 300];

	snprintf(why, sizeof why,
		"pool %s has no worker that could be replaced: %u starts in a row failed, the last "
		"worker %s. It is tried again by itself, next in %lld ms; see hearth status %s",
		p->name, p->streak, p->last_death, (long long)standing_retry_ms(p), p->name);
	a->end(a, 1, why);
}

static void tell_external(struct asker *a, const struct pool *p)
{
	char why[300];

	snprintf(why, sizeof why,
		"pool %s is external: its processes are not hearth's, restart them where they were "
		"started",
		p->name);
	a->end(a, 1, why);
}

/* A drain ends by it in any case: one that is drained is not tried again by itself. */
static void do_restart(struct house *h, struct asker *a, char *const *words, size_t n)
{
	struct pool *p = find_pool(h, a, operand(words, n));

	if (!p)
		return;
	if (!pool_hires(p)) {
		tell_external(a, p);
		return;
	}
	pool_undrain(p);
	if (standing_is_hopeless(p)) {
		tell_crash_loop(a, p);
		return;
	}
	list_push_back(&p->for_renewal, &a->link);
	renew_all(p, "restart");
}

static void do_reopen(struct house *h, struct asker *a, char *const *words, size_t n)
{
	char why[300];
	bool ok = house_reopen(h, why, sizeof why);

	(void)words;
	(void)n;
	a->end(a, ok ? 0 : 1, ok ? NULL : why);
}

static void do_stop(struct house *h, struct asker *a, char *const *words, size_t n)
{
	list_push_back(&h->for_end, &a->link);
	house_stop(h, has_flag(words, n) ? HOUSE_STOPPING : HOUSE_DRAINING);
}

const struct command commands[] = {
	{.name = "status",
		.usage = "[--json] [POOL]",
		.help = "pools, workers and waiting lines, now",
		.flag = "--json",
		.operands = 1,
		.fn = do_status},
	{.name = "figures",
		.usage = "",
		.help = "the same for programs, line by line",
		.fn = do_figures},
	{.name = "drain",
		.usage = "[--off] POOL",
		.help = "no new requests for a pool; --off: undo",
		.flag = "--off",
		.least = 1,
		.operands = 1,
		.fn = do_drain},
	{.name = "scale",
		.usage = "POOL N",
		.help = "so many workers at most, until a reload",
		.least = 2,
		.operands = 2,
		.number = true,
		.fn = do_scale},
	{.name = "reload",
		.usage = "",
		.help = "load the configuration again (SIGHUP)",
		.fn = do_reload},
	{.name = "restart",
		.usage = "POOL",
		.help = "replace its workers, one by one",
		.least = 1,
		.operands = 1,
		.fn = do_restart},
	{.name = "reopen",
		.usage = "",
		.help = "open the log files again (SIGUSR1)",
		.fn = do_reopen},
	{.name = "stop",
		.usage = "[--now]",
		.help = "finish what runs and exit; --now: cut",
		.flag = "--now",
		.outlives = true,
		.fn = do_stop},
};

const size_t ncommands = nitems(commands);

/* ---- finding and running ---- */

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < ncommands; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

bool command_fits(const struct command *c, char *const *words, size_t n)
{
	size_t operands = 0, flags = 0;

	for (size_t i = 1; i < n; i++) {
		bool flag = is_flag(words[i]);
		if (flag && (!c->flag || strcmp(words[i], c->flag) != 0))
			return false;
		flags += flag;
		operands += !flag;
	}
	return operands >= c->least && operands <= c->operands && flags <= 1;
}

bool command_counts(const struct command *c, char *const *words, size_t n, char *why, size_t size)
{
	const struct directive *d = directive_find(SECTION_POOL, "pm.max_children");
	uint64_t number;

	if (!c->number || (value_number(words[n - 1], value_counts, &number) && number >= d->min &&
				  number <= d->max))
		return true;
	snprintf(why, size, "%s: '%s' is no whole number from %llu to %llu", c->name, words[n - 1],
		(unsigned long long)d->min, (unsigned long long)d->max);
	return false;
}

/* Cuts the line, which ends in NUL, into words; 0 if there are too many. */
static size_t split(char *line, size_t n, char *words[COMMAND_WORDS_MAX])
{
	size_t count = 0;

	for (char *p = line; p < line + n; p += strlen(p) + 1) {
		if (count == COMMAND_WORDS_MAX)
			return 0;
		words[count++] = p;
	}
	return count;
}

void command_run(struct house *h, struct asker *a, struct span line)
{
	char *copy = mem_zalloc(line.n + 1);
	char *words[COMMAND_WORDS_MAX];
	const struct command *c;
	size_t n;

	memcpy(copy, line.n ? line.p : "", line.n);
	n = split(copy, line.n, words);
	c = n ? command_find(words[0]) : NULL;
	if (c && command_fits(c, words, n)) {
		log_debug("command: %s", words[0]);
		c->fn(h, a, words, n);
	} else {
		a->end(a, 64, "this hearth does not know that command");
	}
	free(copy);
}
