/* SPDX-License-Identifier: MIT
 *
 * serve_tell: see serve_tell.h.
 */
#include "manager/serve_tell.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/log.h"
#include "manager/colour.h"

#define UNKNOWN UINT64_MAX

/* Longer targets would fill the screen. */
#define TARGET_MAX 200
/* More than the log writes in one record. */
#define TEXT_MAX 4096

/* ---- words of a record ---- */

static struct span take_until(struct span *rest, char end)
{
	const char *at = rest->n ? memchr(rest->p, end, rest->n) : NULL;
	size_t n = at ? (size_t)(at - rest->p) : rest->n;
	struct span taken = {rest->p, n};

	*rest = span_from(*rest, n + 1);
	return taken;
}

static struct span take_quoted(struct span *rest)
{
	take_until(rest, '"');
	return take_until(rest, '"');
}

/* Digits, without their point: "12.34" is 1234. */
static uint64_t take_number(struct span *rest)
{
	struct span word = take_until(rest, ' ');
	uint64_t n = 0;

	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] == '.')
			continue;
		if (word.p[i] < '0' || word.p[i] > '9' || n > UINT64_MAX / 10 - 10)
			return UNKNOWN;
		n = n * 10 + (uint64_t)(word.p[i] - '0');
	}
	return word.n ? n : UNKNOWN;
}

static bool take_prefix(struct span *s, struct span prefix)
{
	bool is = span_starts(*s, prefix);

	if (is)
		*s = span_from(*s, prefix.n);
	return is;
}

static const char *find(struct span s, const char *what)
{
	return s.n ? memmem(s.p, s.n, what, strlen(what)) : NULL;
}

/* ---- for the eye ---- */

static void put_colour(const struct teller *t, struct buf *out, enum colour c)
{
	buf_puts(out, colour_text(t->colour, c));
}

static void put_time(const struct teller *t, const char *now, struct buf *out)
{
	put_colour(t, out, COLOUR_DIM);
	buf_puts(out, now);
	put_colour(t, out, COLOUR_OFF);
	buf_puts(out, "  ");
}

static void put_safely(struct buf *out, struct span s)
{
	char text[TEXT_MAX];

	buf_put(out, text, log_escape(text, sizeof text, s.p, s.n));
}

/* Three digits and a unit: "6 B", "1.2 kB", "340 MB". */
static const char *size_text(uint64_t n, char *to, size_t room)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	uint64_t tenths = n * 10;
	size_t u = 0;

	if (n > UINT64_MAX / 10)
		return "-";
	for (; tenths >= 9995 && u + 1 < nitems(units); u++)
		tenths = (tenths + 500) / 1000;
	if (u == 0 || tenths >= 100)
		snprintf(to, room, "%" PRIu64 " %s", (tenths + 5) / 10, units[u]);
	else
		snprintf(
			to, room, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10, units[u]);
	return to;
}

static const char *time_text(uint64_t us, char *to, size_t room)
{
	if (us == UNKNOWN)
		return "-";
	if (us < 9950)
		snprintf(to, room, "%.1f ms", (double)us / 1e3);
	else if (us < 999500)
		snprintf(to, room, "%.0f ms", (double)us / 1e3);
	else if (us < 99950000)
		snprintf(to, room, "%.1f s", (double)us / 1e6);
	else
		snprintf(to, room, "%.0f s", (double)us / 1e6);
	return to;
}

/* ---- requests ---- */

struct access {
	uint64_t status, bytes, us, worked_us, cpu, memory; /* cpu: hundredths of a percent */
	struct span end, method, target, path;
};

static struct access read_access(struct span record)
{
	struct span rest = span_from(record, 1);
	struct access a = {.status = take_number(&rest)};

	a.bytes = take_number(&rest);
	a.us = take_number(&rest);
	a.worked_us = take_number(&rest);
	a.cpu = take_number(&rest);
	a.memory = take_number(&rest);
	a.end = take_until(&rest, ' ');
	a.method = take_quoted(&rest);
	a.target = take_quoted(&rest);
	a.path = take_quoted(&rest);
	return a;
}

static enum colour colour_of(uint64_t status)
{
	static const enum colour classes[] = {
		COLOUR_DIM, COLOUR_DIM, COLOUR_GREEN, COLOUR_CYAN, COLOUR_YELLOW, COLOUR_RED};

	return status / 100 < nitems(classes) ? classes[status / 100] : COLOUR_RED;
}

static void put_target(struct buf *out, struct span target)
{
	bool cut = target.n > TARGET_MAX;

	put_safely(out, (struct span){target.p, cut ? TARGET_MAX : target.n});
	if (cut)
		buf_puts(out, "...");
}

/* What else is to be said of it: what was looked for in vain, how it ended, what it took. */
static void put_remark(const struct access *a, struct buf *out)
{
	struct span path = a->path;
	char size[32], time[32];

	if (a->status == 404 && a->worked_us == UNKNOWN &&
		take_prefix(&path, SPAN_LIT("/cgi-bin/"))) {
		buf_puts(out, "  (there is no script ");
		put_target(out, path.n ? path : SPAN_LIT("such as index.cgi"));
		buf_puts(out, " in cgi-bin)");
	} else if (span_is(a->end, "left") || a->status == 499) {
		buf_puts(out, "  (the client left)");
	} else if (span_is(a->end, "cut")) {
		buf_puts(out, "  (cut short)");
	} else if (a->cpu != UNKNOWN && a->worked_us < UNKNOWN / 1000000 && a->cpu < 1000000 &&
		   a->memory != UNKNOWN) {
		buf_putf(out, "  (cpu %s, %s)",
			time_text(a->cpu * a->worked_us / 10000, time, sizeof time),
			size_text(a->memory, size, sizeof size));
	}
}

static void tell_access(struct teller *t, const char *now, struct span record, struct buf *out)
{
	struct access a = read_access(record);
	char size[32], time[32];

	t->requests++;
	t->errors += a.status >= 500;
	put_time(t, now, out);
	put_colour(t, out, colour_of(a.status));
	buf_putf(out, "%" PRIu64, a.status);
	put_colour(t, out, COLOUR_OFF);
	buf_putf(out, "  %-4.*s  %7s  %7s  ", SPAN_FMT(a.method),
		size_text(a.bytes, size, sizeof size), time_text(a.us, time, sizeof time));
	put_target(out, a.target);
	put_colour(t, out, COLOUR_DIM);
	put_remark(&a, out);
	put_colour(t, out, COLOUR_OFF);
	buf_puts(out, "\n");
}

/* ---- errors ---- */

#define HEADER_FIRST                                                    \
	"what a script prints begins with a header and an empty line: " \
	"Content-Type: text/plain"

/* What to do about it, for who meets the first script that does not work. Both marks are there. */
static const struct {
	const char *mark, *also, *advice;
} hints[] = {
	{"within the header", "code 0", HEADER_FIRST},
	{"without any output", "code 0", HEADER_FIRST},
	{"has no colon", "", HEADER_FIRST},
	{"no Content-Type", "", HEADER_FIRST},
	{"the interpreter", "", "install it, or name another in the first line of the script"},
	{"ends in CR", "", "give the script unix line ends: sed -i 's/\\r$//' FILE"},
	{"has no #! line", "",
		"the first line of a script names what runs it: #!/bin/sh, #!/usr/bin/python3"},
	{"not executable by", "", "chmod 755 FILE"},
};

/* "[18-Nov-2025 10:00:00.123] ERROR: gateway: [pool cgi] request 0123456789abcdef: script " */
static bool take_head(struct span *text)
{
	struct span level;
	bool error;

	take_until(text, ']');
	take_prefix(text, SPAN_LIT(" "));
	level = take_until(text, ':');
	error = !span_is(level, "WARNING") && !span_is(level, "NOTICE") && !span_is(level, "DEBUG");
	take_prefix(text, SPAN_LIT(" "));
	take_prefix(text, SPAN_LIT("gateway: "));
	take_prefix(text, SPAN_LIT("[pool cgi] "));
	if (span_starts(*text, SPAN_LIT("request ")) && text->n > 26 && text->p[24] == ':')
		*text = span_from(*text, 26);
	take_prefix(text, SPAN_LIT("script "));
	return error;
}

/* The directory that is served is cut out wherever it stands before a name. */
static void put_text(const struct teller *t, struct buf *out, struct span text)
{
	char lead[TEXT_MAX];
	const char *at;

	snprintf(lead, sizeof lead, "%s/", t->dir);
	for (; (at = find(text, lead)); text = span_from(text, strlen(lead))) {
		struct span before = {text.p, (size_t)(at - text.p)};
		put_safely(out, before);
		text = span_from(text, before.n);
	}
	put_safely(out, text);
}

/* A name as it stands before ": " or " said": the pid is nothing to a person. */
static void put_name(const struct teller *t, struct buf *out, struct span name)
{
	const char *pid = find(name, " (pid ");

	put_text(t, out, pid ? (struct span){name.p, (size_t)(pid - name.p)} : name);
}

static void put_hint(const struct teller *t, struct span text, struct buf *out)
{
	size_t i = 0;

	while (i < nitems(hints) && !(find(text, hints[i].mark) && find(text, hints[i].also)))
		i++;
	if (i == nitems(hints))
		return;
	put_colour(t, out, COLOUR_CYAN);
	buf_putf(out, "          %s", hints[i].advice);
	put_colour(t, out, COLOUR_OFF);
	buf_puts(out, "\n");
}

/* `cgi-bin/name ("GET /cgi-bin/name"): what happened`: the line of the request follows anyway. */
static void put_error(const struct teller *t, struct span text, bool error, struct buf *out)
{
	const char *open = find(text, " (\""), *close = find(text, "\"): ");

	put_colour(t, out, error ? COLOUR_RED : COLOUR_YELLOW);
	if (open && close && open < close) {
		put_name(t, out, (struct span){text.p, (size_t)(open - text.p)});
		text = span_from(text, (size_t)(close - text.p) + 2);
	}
	put_text(t, out, text);
	put_colour(t, out, COLOUR_OFF);
	buf_puts(out, "\n");
	put_hint(t, text, out);
}

/* A script's own words are left as they are, but for the quotes around them. */
static bool put_said(const struct teller *t, struct span text, struct buf *out)
{
	static const char said[] = " said into stderr: \"";
	const char *at = find(text, said);
	struct span words, behind;
	const char *end;

	if (!at)
		return false;
	words = span_from(text, (size_t)(at - text.p) + strlen(said));
	end = words.n ? memrchr(words.p, '"', words.n) : NULL;
	if (!end)
		return false;
	behind = span_from(words, (size_t)(end - words.p) + 1);
	put_name(t, out, (struct span){text.p, (size_t)(at - text.p)});
	buf_puts(out, " | ");
	put_colour(t, out, COLOUR_YELLOW);
	put_safely(out, (struct span){words.p, (size_t)(end - words.p)});
	put_colour(t, out, COLOUR_OFF);
	put_safely(out, behind);
	buf_puts(out, "\n");
	return true;
}

static void tell_error(const struct teller *t, const char *now, struct span record, struct buf *out)
{
	struct span text = record;
	bool error = take_head(&text);

	put_time(t, now, out);
	if (!put_said(t, text, out))
		put_error(t, text, error, out);
}

/* ---- all of them ---- */

void tell_record(struct teller *t, const char *now, struct span record, struct buf *out)
{
	if (record.n && record.p[0] == '@')
		tell_access(t, now, record, out);
	else if (record.n && record.p[0] == '[')
		tell_error(t, now, record, out);
	else {
		put_safely(out, record);
		buf_puts(out, "\n");
	}
}

static void put_count(struct buf *out, uint64_t n, const char *one, const char *many)
{
	buf_putf(out, "%" PRIu64 " %s", n, n == 1 ? one : many);
}

void tell_end(const struct teller *t, const char *now, uint64_t seconds, struct buf *out)
{
	put_time(t, now, out);
	buf_puts(out, "stopped after ");
	if (seconds >= 3600)
		buf_putf(out, "%" PRIu64 " h ", seconds / 3600);
	if (seconds >= 60)
		buf_putf(out, "%" PRIu64 " min ", seconds / 60 % 60);
	buf_putf(out, "%" PRIu64 " s: ", seconds % 60);
	put_count(out, t->requests, "request", "requests");
	if (t->errors) {
		buf_puts(out, ", ");
		put_colour(t, out, COLOUR_RED);
		put_count(out, t->errors, "error", "errors");
		put_colour(t, out, COLOUR_OFF);
		buf_puts(out, " (5xx)");
	}
	buf_puts(out, "\n");
}
