/* SPDX-License-Identifier: MIT
 *
 * log_json: see log_json.h.
 *
 * Whom a record is about is read off its beginning, which is ours to write: behind the first quote
 * there may be words of others, and from there on nothing is believed.
 */
#include "common/log_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/utf8.h"

/* ---- whom it is about ---- */

static size_t digits(struct span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n;
}

static unsigned long number(struct span s)
{
	char text[24] = "";
	size_t n = digits(s);

	if (n >= sizeof text)
		return 0;
	memcpy(text, n ? s.p : "", n);
	return strtoul(text, NULL, 10);
}

static bool step_over(struct span *s, const char *word)
{
	if (!span_starts(*s, span_of(word)))
		return false;
	*s = span_from(*s, strlen(word));
	return true;
}

/* Where the word stands; empty: nowhere. */
static struct span behind(struct span s, const char *word)
{
	const char *at = s.n ? memmem(s.p, s.n, word, strlen(word)) : NULL;

	return at ? span_from(s, (size_t)(at - s.p) + strlen(word)) : SPAN_NONE;
}

static struct span request_in(struct span s)
{
	struct span id = behind(s, "request ");

	if (id.n < 16)
		return SPAN_NONE;
	for (size_t i = 0; i < 16; i++)
		if (!memchr("0123456789abcdef", id.p[i], 16))
			return SPAN_NONE;
	return (struct span){id.p, 16};
}

struct log_about log_about(struct span text)
{
	struct log_about a = {SPAN_NONE, SPAN_NONE, 0};
	const char *quote = text.n ? memchr(text.p, '"', text.n) : NULL;
	const char *close;

	text.n = quote ? (size_t)(quote - text.p) : text.n;
	if (step_over(&text, "[pool ") && (close = memchr(text.p, ']', text.n))) {
		a.pool = (struct span){text.p, (size_t)(close - text.p)};
		text = span_from(text, a.pool.n + 1);
		step_over(&text, " ");
	}
	a.request = request_in(text);
	if (step_over(&text, "child ") || step_over(&text, "runner ") ||
		step_over(&text, "gateway "))
		a.pid = number(text);
	else
		a.pid = number(behind(text, "(pid "));
	return a;
}

/* ---- the object ---- */

struct object {
	char *at, *end;
};

static void put_raw(struct object *o, const char *s, size_t n)
{
	if ((size_t)(o->end - o->at) < n)
		return;
	memcpy(o->at, s, n);
	o->at += n;
}

static void put(struct object *o, const char *s)
{
	put_raw(o, s, strlen(s));
}

/* One character in at most 8 bytes: how many of s it was. */
static size_t escape(struct span s, char to[static 16])
{
	uint32_t code = 0;
	size_t n = utf8_code(s, &code);

	if (n == 0)
		snprintf(to, 16, "\\\\x%02x", (unsigned char)*s.p);
	else if (code == '"' || code == '\\')
		snprintf(to, 16, "\\%c", (char)code);
	else if (utf8_is_tricky(code))
		snprintf(to, 16, "\\u%04x", (unsigned)code);
	else
		snprintf(to, 16, "%.*s", (int)n, s.p);
	return n ? n : 1;
}

/* As much of it as there is room for, and some more kept for what follows. */
static void put_string(struct object *o, struct span s, size_t keep)
{
	char one[16];

	put(o, "\"");
	while (s.n) {
		size_t n = escape(s, one);
		if ((size_t)(o->end - o->at) < strlen(one) + keep)
			break;
		put(o, one);
		s = span_from(s, n);
	}
	put(o, "\"");
}

static void put_member(struct object *o, const char *name, struct span value, size_t most)
{
	if (value.n == 0)
		return;
	value.n = value.n < most ? value.n : most;
	put(o, ",\"");
	put(o, name);
	put(o, "\":");
	put_string(o, value, 64);
}

size_t log_json_put(char *to, size_t size, const struct log_record *r)
{
	struct object o = {to, to + size - 1};
	struct log_about a = log_about(r->about);
	char pid[32], id[20];

	put(&o, "{\"time\":");
	put_string(&o, span_of(r->time), 64);
	put_member(&o, "level", span_of(r->level), 16);
	put_member(&o, "process", span_of(r->process), 32);
	put_member(&o, "event", span_of(r->event), 32);
	put_member(&o, "pool", a.pool, 64);
	snprintf(pid, sizeof pid, ",\"pid\":%lu", a.pid);
	if (a.pid)
		put(&o, pid);
	snprintf(id, sizeof id, "%016" PRIx64, r->request);
	put_member(&o, "request", r->request ? span_of(id) : a.request, 16);
	put_member(&o, "stream", span_of(r->stream), 16);
	put_member(&o, "note", span_of(r->note), 64);
	put(&o, ",\"message\":");
	put_string(&o, r->message, 2);
	put(&o, "}");
	*o.at = '\0';
	return (size_t)(o.at - to);
}
