/* SPDX-License-Identifier: MIT
 *
 * slowlog: see slowlog.h. The head of a record is php-fpm's, for those who have tools to read it;
 * then comes one line for each thing that there is to know, NAME = VALUE.
 */
#include "manager/slowlog.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "manager/process_view.h"
#include "manager/slow_argument.h"

/* What is known of one before its process is looked at. */
struct slow {
	const struct pool *pool;
	const struct msg_fact_slow *fact;
	char line[1100], script[600]; /* escaped */
};

/* Where a record belongs. */
struct filing {
	char *pool;
	uint64_t request;
	size_t head; /* bytes of it that say what was asked */
};

/* ---- whose process is it? ---- */

static bool serves(const struct worker *w, const struct msg_fact_slow *f)
{
	if (w->child.pid <= 0)
		return false;
	if (w->has_family)
		return process_is_below((pid_t)f->pid, w->child.pid);
	return w->id == f->worker && (uint32_t)w->child.pid == f->pid;
}

/* Its number alone may be another's a moment later: *st says which process was looked at. */
static bool is_ours(struct pool *p, const struct msg_fact_slow *f, struct process_stat *st)
{
	if (f->pid <= 1 || f->pid > INT32_MAX || !process_stat_read((pid_t)f->pid, st))
		return false;
	list_for_each (it, &p->workers)
		if (serves(container_of(it, struct worker, link), f))
			return true;
	return false;
}

/* ---- the record ---- */

static void put_head(const struct slow *s, struct buf *out)
{
	time_t now = time(NULL);
	char date[40];
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(date, sizeof date, "%d-%b-%Y %H:%M:%S", &tm);
	buf_putf(out,
		"[%s]  [pool %s] pid %" PRIu32 "\nscript_filename = %s\nrequest = %s\n"
		"request_id = %016" PRIx64 "\nrunning = %" PRIu32 ".%03" PRIu32 " sec\n",
		date, s->pool->name, s->fact->pid, s->script, s->line, s->fact->request,
		s->fact->ms / 1000, s->fact->ms % 1000);
}

/* What the error log knows already from its line on the request is not said again. */
static void log_record(const struct filing *f, struct span record)
{
	record = span_from(record, f->head);
	while (record.n) {
		const char *end = memchr(record.p, '\n', record.n);
		size_t n = end ? (size_t)(end - record.p) : record.n;
		log_notice("[pool %s] slow request %016" PRIx64 ": %.*s", f->pool, f->request,
			(int)n, record.p);
		record = span_from(record, end ? n + 1 : n);
	}
}

/* In one piece, and an empty line behind it. */
static void write_record(struct slowlog *s, const struct filing *f, struct buf *record)
{
	const struct journal_pool *j = journal_pool(s->journal, f->pool);
	ssize_t n;

	if (!j || j->slow < 0) {
		log_record(f, buf_span(record));
		return;
	}
	buf_puts(record, "\n");
	n = write(j->slow, buf_head(record), buf_len(record));
	if (n != (ssize_t)buf_len(record))
		log_error("[pool %s] slowlog: %s: a record was lost", f->pool,
			n < 0 ? strerror(errno) : "no room");
}

/* ---- slowlog_command ---- */

static void free_order(struct slow_order *order)
{
	for (char **a = order->argv; *a; a++)
		free(*a);
	free(order->argv);
	buf_free(&order->report);
	free(((struct filing *)order->arg)->pool);
	free(order->arg);
	free(order);
}

static void on_done(struct slow_command *c, struct slow_order *order)
{
	write_record(container_of(c, struct slowlog, command), order->arg, &order->report);
	free_order(order);
}

/* Takes the record if it is true. */
static bool examine(struct slowlog *s, const struct slow *slow, uint64_t started,
	const struct filing *f, struct buf *record)
{
	const struct words *command = &slow->pool->conf->slowlog_command;
	const struct slow_names names = {
		(pid_t)slow->fact->pid, slow->fact->request, slow->fact->script};
	struct slow_order *order;

	if (command->n == 0)
		return false;
	order = mem_zalloc(sizeof *order);
	order->argv = mem_array(NULL, command->n + 1, sizeof *order->argv);
	order->argv[0] = mem_strdup(command->at[0]);
	for (size_t i = 1; i < command->n; i++)
		order->argv[i] = slow_argument(command->at[i], &names);
	order->argv[command->n] = NULL;
	order->pid = names.pid;
	order->started = started;
	order->arg = mem_zalloc(sizeof *f);
	*(struct filing *)order->arg = (struct filing){mem_strdup(f->pool), f->request, f->head};
	order->report = *record;
	if (slow_command_order(&s->command, order))
		return true;
	*record = order->report;
	order->report = BUF_INIT;
	free_order(order);
	buf_puts(record, "command = not run: too many wait already\n");
	return false;
}

/* ---- how many ---- */

static void second_over(struct timer *t)
{
	struct slowlog *s = container_of(t, struct slowlog, second);

	if (s->left_out)
		log_warn("%u more requests were too slow: no more than %u of them are looked at in "
			 "a second",
			s->left_out, SLOWLOG_A_SECOND);
	s->told = s->left_out = 0;
}

static bool may_tell(struct slowlog *s)
{
	if (s->told == 0)
		timer_set_ms(s->loop, &s->second, 1000);
	if (s->told >= SLOWLOG_A_SECOND) {
		s->left_out++;
		return false;
	}
	s->told++;
	return true;
}

/* ---- the whole ---- */

void slowlog_take(struct slowlog *s, struct pool *p, const struct msg_fact_slow *f)
{
	struct slow slow = {.pool = p, .fact = f};
	struct filing filing = {p->name, f->request, 0};
	struct buf record = BUF_INIT;
	struct process_stat st;
	bool ours;

	if (!p->conf || p->conf->request_slowlog_timeout == 0 || !may_tell(s))
		return;
	ours = is_ours(p, f, &st);
	log_escape(slow.line, sizeof slow.line, f->line.p, f->line.n);
	log_escape(slow.script, sizeof slow.script, f->script.p, f->script.n);
	log_event("slow", LOG_AT_WARNING, f->request,
		"[pool %s] child %" PRIu32 ", script '%s' (request: \"%s\") executing too slow "
		"(%" PRIu32 ".%06" PRIu32 " sec), logging: request %016" PRIx64,
		p->name, f->pid, slow.script, slow.line, f->ms / 1000, f->ms % 1000 * 1000,
		f->request);
	put_head(&slow, &record);
	filing.head = buf_len(&record);
	if (!ours || !process_view_put((pid_t)f->pid, &record))
		buf_puts(&record, "process = none of this pool any more\n");
	if (!ours || !examine(s, &slow, st.started, &filing, &record))
		write_record(s, &filing, &record);
	else
		record = BUF_INIT;
	buf_free(&record);
}

void slowlog_init(struct slowlog *s, struct loop *l, const struct journal *journal)
{
	*s = (struct slowlog){.loop = l, .journal = journal};
	timer_init(&s->second, second_over);
	slow_command_init(&s->command, l, on_done);
}

void slowlog_end(struct slowlog *s)
{
	if (!s->loop)
		return;
	slow_command_end(&s->command);
	second_over(&s->second);
	timer_stop(s->loop, &s->second);
}
