/* SPDX-License-Identifier: MIT
 *
 * fpm_status: see fpm_status.h. One table of what a pool has and one of what a process has; the
 * formats are walks over them.
 */
#include "gateway/fpm_status.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "gateway/escape.h"

/* ---- the query ---- */

static bool has(struct span query, const char *word)
{
	return query.n && memmem(query.p, query.n, word, strlen(word));
}

enum fpm_format fpm_format_of(struct span query)
{
	static const char *const words[] = {[FPM_HTML] = "html",
		[FPM_XML] = "xml",
		[FPM_JSON] = "json",
		[FPM_OPENMETRICS] = "openmetrics"};

	for (enum fpm_format f = FPM_HTML; f < FPM_FORMATS; f++)
		if (has(query, words[f]))
			return f;
	return FPM_TEXT;
}

bool fpm_wants_full(struct span query)
{
	return has(query, "full");
}

const char *fpm_type(enum fpm_format f)
{
	static const char *const types[FPM_FORMATS] = {
		[FPM_TEXT] = "text/plain;charset=UTF-8",
		[FPM_HTML] = "text/html;charset=UTF-8",
		[FPM_XML] = "text/xml;charset=UTF-8",
		[FPM_JSON] = "application/json",
		[FPM_OPENMETRICS] = "application/openmetrics-text; version=1.0.0; charset=utf-8",
	};

	return types[f];
}

/* ---- the tables ---- */

enum kind { NUMBER, TEXT, TIME, SHARE };

struct row {
	const char *label;
	enum kind kind;
	size_t at;
	const char *text_label;           /* where it differs */
	const char *metric, *type, *help; /* NULL: not in OpenMetrics */
	bool type_first, total;           /* the one that php-fpm has the other way round */
};

#define POOL(member, k, words, ...)                                                             \
	{                                                                                       \
		.label = words, .kind = k, .at = offsetof(struct fpm_pool, member), __VA_ARGS__ \
	}
#define METRIC(name, t, h, ...) .metric = name, .type = t, .help = h, __VA_ARGS__

static const struct row pool_rows[] = {
	POOL(name, TEXT, "pool"),
	POOL(pm, TEXT, "process manager"),
	POOL(start, TIME, "start time"),
	POOL(start_since, NUMBER, "start since",
		METRIC("phpfpm_start_since", "counter",
			"The number of seconds since FPM has started.")),
	POOL(accepted, NUMBER, "accepted conn",
		METRIC("phpfpm_accepted_connections", "counter",
			"The number of requests accepted by the pool.")),
	POOL(listen_queue, NUMBER, "listen queue",
		METRIC("phpfpm_listen_queue", "gauge",
			"The number of requests in the queue of pending connections.")),
	POOL(max_listen_queue, NUMBER, "max listen queue",
		METRIC("phpfpm_max_listen_queue", "counter",
			"The maximum number of requests in the queue of pending connections since "
			"FPM has started.")),
	POOL(listen_queue_len, NUMBER, "listen queue len",
		METRIC("phpfpm_listen_queue_length", "gauge",
			"The size of the socket queue of pending connections.",
			.type_first = true)),
	POOL(idle, NUMBER, "idle processes",
		METRIC("phpfpm_idle_processes", "gauge", "The number of idle processes.")),
	POOL(active, NUMBER, "active processes",
		METRIC("phpfpm_active_processes", "gauge", "The number of active processes.")),
	POOL(total, NUMBER, "total processes",
		METRIC("phpfpm_total_processes", "gauge",
			"The number of idle + active processes.")),
	POOL(max_active, NUMBER, "max active processes",
		METRIC("phpfpm_max_active_processes", "counter",
			"The maximum number of active processes since FPM has started.")),
	POOL(max_children_reached, NUMBER, "max children reached",
		METRIC("phpfpm_max_children_reached", "counter",
			"The number of times, the process limit has been reached, when pm tries to "
			"start more children (works only for pm 'dynamic' and 'ondemand').")),
	POOL(slow, NUMBER, "slow requests",
		METRIC("phpfpm_slow_requests", "counter",
			"The number of requests that exceeded your 'request_slowlog_timeout' "
			"value.")),
	POOL(memory_peak, NUMBER, "memory peak",
		METRIC("phpfpm_memory_peak", "gauge",
			"The memory usage peak since FPM has started.")),
	POOL(max_children, NUMBER, "max children",
		METRIC("hearth_max_children", "gauge",
			"The most processes that the pool may have.")),
	POOL(starting, NUMBER, "starting processes",
		METRIC("hearth_starting_processes", "gauge",
			"Processes that are started and not ready yet.")),
	POOL(refused, NUMBER, "refused",
		METRIC("hearth_refused", "counter",
			"Requests that were turned away: the queue was full, or the pool takes none.",
			.total = true)),
	POOL(queue_timeouts, NUMBER, "queue timeouts",
		METRIC("hearth_queue_timeouts", "counter",
			"Requests that waited in the queue for longer than they may.",
			.total = true)),
	POOL(cold_starts, NUMBER, "cold starts",
		METRIC("hearth_cold_starts", "counter",
			"Requests that waited for a process to start.", .total = true)),
	POOL(terminated, NUMBER, "terminated",
		METRIC("hearth_terminated", "counter",
			"Processes that were ended because they took too long.", .total = true)),
	POOL(died, NUMBER, "died",
		METRIC("hearth_died", "counter", "Workers that died by themselves.",
			.total = true)),
};

#define PROCESS(member, k, words, ...)                                                             \
	{                                                                                          \
		.label = words, .kind = k, .at = offsetof(struct fpm_process, member), __VA_ARGS__ \
	}

static const struct row process_rows[] = {
	PROCESS(pid, NUMBER, "pid"),
	PROCESS(state, TEXT, "state"),
	PROCESS(start, TIME, "start time"),
	PROCESS(start_since, NUMBER, "start since"),
	PROCESS(requests, NUMBER, "requests"),
	PROCESS(duration_us, NUMBER, "request duration"),
	PROCESS(method, TEXT, "request method"),
	PROCESS(uri, TEXT, "request uri", .text_label = "request URI"),
	PROCESS(content_length, NUMBER, "content length"),
	PROCESS(user, TEXT, "user"),
	PROCESS(script, TEXT, "script"),
	PROCESS(cpu, SHARE, "last request cpu"),
	PROCESS(memory, NUMBER, "last request memory"),
	PROCESS(request_id, TEXT, "request id"),
};

/* ---- values ---- */

static uint64_t number_at(const void *of, const struct row *row)
{
	uint64_t v;

	memcpy(&v, (const char *)of + row->at, sizeof v);
	return v;
}

static struct span text_at(const void *of, const struct row *row)
{
	struct span s;

	memcpy(&s, (const char *)of + row->at, sizeof s);
	return s.n ? s : SPAN_LIT("-");
}

/* For people; programs get the number. */
static bool put_date(struct buf *b, uint64_t seconds)
{
	time_t at = (time_t)seconds;
	char text[64];
	struct tm tm;

	localtime_r(&at, &tm);
	strftime(text, sizeof text, "%d/%b/%Y:%H:%M:%S %z", &tm);
	return buf_puts(b, text);
}

static bool put_value(
	struct buf *b, const void *of, const struct row *row, enum escape how, bool dates)
{
	if (row->kind == TEXT)
		return escape_put(b, text_at(of, row), how);
	uint64_t v = number_at(of, row);
	if (row->kind == TIME && dates)
		return put_date(b, v);
	if (row->kind == SHARE)
		return buf_putf(b, "%" PRIu64 ".%02u", v / 100, (unsigned)(v % 100));
	return buf_putf(b, "%" PRIu64, v);
}

/* "start time" as it is, or as the name of an element. */
static bool put_tag(struct buf *b, const char *label)
{
	size_t at = buf_len(b), n = strlen(label);

	if (!buf_puts(b, label))
		return false;
	for (char *p = buf_head(b) + at; p < buf_head(b) + at + n; p++)
		if (*p == ' ')
			*p = '-';
	return true;
}

/* ---- text ---- */

static bool put_lines(struct buf *b, const void *of, const struct row *rows, size_t n)
{
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++) {
		char label[64];
		snprintf(label, sizeof label,
			"%s:", rows[i].text_label ? rows[i].text_label : rows[i].label);
		ok = buf_putf(b, "%-21s ", label) &&
		     put_value(b, of, &rows[i], ESCAPE_TEXT, true) && buf_puts(b, "\n");
	}
	return ok;
}

static bool put_text(struct buf *b, const struct fpm_pool *pool, const struct fpm_process *at,
	size_t n, bool full)
{
	bool ok = put_lines(b, pool, pool_rows, nitems(pool_rows));

	for (size_t i = 0; ok && full && i < n; i++)
		ok = buf_puts(b, "\n************************\n") &&
		     put_lines(b, &at[i], process_rows, nitems(process_rows));
	return ok;
}

/* ---- HTML ---- */

static const char html_head[] =
	"<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" "
	"\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">\n"
	"<html xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"en\" lang=\"en\">\n"
	"<head><title>PHP-FPM Status Page</title></head>\n"
	"<body>\n<table>\n";

static bool put_html_process(struct buf *b, const struct fpm_process *p)
{
	bool ok = buf_puts(b, "<tr>");

	for (size_t i = 0; ok && i < nitems(process_rows); i++)
		ok = buf_puts(b, "<td>") &&
		     put_value(b, p, &process_rows[i], ESCAPE_MARKUP, true) && buf_puts(b, "</td>");
	return ok && buf_puts(b, "</tr>\n");
}

static bool put_html_processes(struct buf *b, const struct fpm_process *at, size_t n)
{
	bool ok = buf_puts(b, "<table border=\"1\">\n<tr>");

	for (size_t i = 0; ok && i < nitems(process_rows); i++)
		ok = buf_putf(b, "<th>%s</th>", process_rows[i].label);
	ok = ok && buf_puts(b, "</tr>\n");
	for (size_t i = 0; ok && i < n; i++)
		ok = put_html_process(b, &at[i]);
	return ok && buf_puts(b, "</table>");
}

static bool put_html(struct buf *b, const struct fpm_pool *pool, const struct fpm_process *at,
	size_t n, bool full)
{
	bool ok = buf_puts(b, html_head);

	for (size_t i = 0; ok && i < nitems(pool_rows); i++)
		ok = buf_putf(b, "<tr><th>%s</th><td>", pool_rows[i].label) &&
		     put_value(b, pool, &pool_rows[i], ESCAPE_MARKUP, true) &&
		     buf_puts(b, "</td></tr>\n");
	return ok && buf_puts(b, "</table>\n") && (!full || put_html_processes(b, at, n)) &&
	       buf_puts(b, "</body></html>");
}

/* ---- XML ---- */

static bool put_element(struct buf *b, const void *of, const struct row *row)
{
	return buf_puts(b, "<") && put_tag(b, row->label) && buf_puts(b, ">") &&
	       put_value(b, of, row, ESCAPE_MARKUP, false) && buf_puts(b, "</") &&
	       put_tag(b, row->label) && buf_puts(b, ">");
}

static bool put_xml_processes(struct buf *b, const struct fpm_process *at, size_t n)
{
	bool ok = buf_puts(b, "<processes>\n");

	for (size_t i = 0; ok && i < n; i++) {
		ok = buf_puts(b, "<process>");
		for (size_t k = 0; ok && k < nitems(process_rows); k++)
			ok = put_element(b, &at[i], &process_rows[k]);
		ok = ok && buf_puts(b, "</process>\n");
	}
	return ok && buf_puts(b, "</processes>\n");
}

static bool put_xml(struct buf *b, const struct fpm_pool *pool, const struct fpm_process *at,
	size_t n, bool full)
{
	bool ok = buf_puts(b, "<?xml version=\"1.0\" ?>\n<status>\n");

	for (size_t i = 0; ok && i < nitems(pool_rows); i++)
		ok = put_element(b, pool, &pool_rows[i]) && buf_puts(b, "\n");
	return ok && (!full || put_xml_processes(b, at, n)) && buf_puts(b, "</status>");
}

/* ---- JSON ---- */

static bool put_members(struct buf *b, const void *of, const struct row *rows, size_t n)
{
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++) {
		const char *quote = rows[i].kind == TEXT ? "\"" : "";
		ok = buf_putf(b, "%s\"%s\":%s", i ? "," : "", rows[i].label, quote) &&
		     put_value(b, of, &rows[i], ESCAPE_JSON, false) && buf_puts(b, quote);
	}
	return ok;
}

static bool put_json_processes(struct buf *b, const struct fpm_process *at, size_t n)
{
	bool ok = buf_puts(b, ", \"processes\":[");

	for (size_t i = 0; ok && i < n; i++)
		ok = buf_puts(b, i ? ",{" : "{") &&
		     put_members(b, &at[i], process_rows, nitems(process_rows)) && buf_puts(b, "}");
	return ok && buf_puts(b, "]");
}

static bool put_json(struct buf *b, const struct fpm_pool *pool, const struct fpm_process *at,
	size_t n, bool full)
{
	return buf_puts(b, "{") && put_members(b, pool, pool_rows, nitems(pool_rows)) &&
	       (!full || put_json_processes(b, at, n)) && buf_puts(b, "}");
}

/* ---- OpenMetrics ---- */

static bool put_metric(struct buf *b, const struct fpm_pool *pool, const struct row *row)
{
	bool ok = !row->type_first || buf_putf(b, "# TYPE %s %s\n", row->metric, row->type);

	ok = ok && buf_putf(b, "# HELP %s %s\n", row->metric, row->help);
	if (!row->type_first)
		ok = ok && buf_putf(b, "# TYPE %s %s\n", row->metric, row->type);
	return ok && buf_putf(b, "%s%s %" PRIu64 "\n", row->metric, row->total ? "_total" : "",
			     number_at(pool, row));
}

static bool put_openmetrics(struct buf *b, const struct fpm_pool *pool)
{
	bool ok = buf_puts(b, "# HELP phpfpm_up Could pool ") &&
		  escape_put(b, pool->name, ESCAPE_LABEL) && buf_puts(b, " using a ") &&
		  escape_put(b, pool->pm, ESCAPE_LABEL) &&
		  buf_puts(b, " PM on PHP-FPM be reached?\n# TYPE phpfpm_up gauge\nphpfpm_up 1\n");

	for (size_t i = 0; ok && i < nitems(pool_rows); i++)
		ok = !pool_rows[i].metric || put_metric(b, pool, &pool_rows[i]);
	return ok && buf_puts(b, "# EOF\n");
}

/* ---- all of them ---- */

bool fpm_put(struct buf *b, enum fpm_format f, const struct fpm_pool *pool,
	const struct fpm_process *processes, size_t n, bool full)
{
	switch (f) {
	case FPM_HTML:
		return put_html(b, pool, processes, n, full);
	case FPM_XML:
		return put_xml(b, pool, processes, n, full);
	case FPM_JSON:
		return put_json(b, pool, processes, n, full);
	case FPM_OPENMETRICS:
		return put_openmetrics(b, pool);
	default:
		return put_text(b, pool, processes, n, full);
	}
}
