/* SPDX-License-Identifier: MIT
 *
 * http_conditional: see http_conditional.h.
 */
#include "gateway/http_conditional.h"

#include "gateway/http_date.h"

static const char if_match[] = "If-Match", if_none_match[] = "If-None-Match";

/* ---- gathering ---- */

static void once(struct span value, struct span *to, bool *many)
{
	*many = to->p != NULL;
	*to = value;
}

static void read_field(struct span name, struct span value, struct http_wishes *out)
{
	switch (name.n) {
	case sizeof if_match - 1:
		if (span_is_nocase(name, if_match))
			out->has_match = true;
		else if (span_is_nocase(name, "If-Range"))
			once(value, &out->if_range, &out->many_if_range);
		break;
	case sizeof if_none_match - 1:
		out->has_none_match |= span_is_nocase(name, if_none_match);
		break;
	case sizeof "If-Modified-Since" - 1:
		if (span_is_nocase(name, "If-Modified-Since"))
			once(value, &out->since, &out->many_since);
		break;
	case sizeof "If-Unmodified-Since" - 1:
		if (span_is_nocase(name, "If-Unmodified-Since"))
			once(value, &out->until, &out->many_until);
		break;
	case sizeof "Range" - 1:
		if (span_is_nocase(name, "Range"))
			once(value, &out->range, &out->many_range);
		break;
	case sizeof "Accept-Encoding" - 1:
		out->has_coding |= span_is_nocase(name, "Accept-Encoding");
		break;
	}
}

void http_wishes_read(const struct http_head *head, const char *base, struct http_wishes *out)
{
	*out = (struct http_wishes){.head = head, .base = base};
	for (uint32_t i = 0; i < head->nheaders; i++)
		read_field(http_span(base, head->headers[i].name),
			http_span(base, head->headers[i].value), out);
}

/* ---- entity tags (RFC 9110 8.8.3): [ "W/" ] DQUOTE *etagc DQUOTE ---- */

struct tag {
	struct span text; /* with its quotes */
	bool weak;
};

static bool is_tag_byte(char c)
{
	unsigned char u = (unsigned char)c;

	return u == 0x21 || (u >= 0x23 && u != 0x7f);
}

static struct span skip_any(struct span s, const char *bytes)
{
	size_t n = 0;

	while (n < s.n && strchr(bytes, s.p[n]) && s.p[n])
		n++;
	return span_from(s, n);
}

/* Takes a tag off the list's start. */
static bool take_tag(struct span *s, struct tag *tag)
{
	size_t n = 1;

	tag->weak = span_starts(*s, SPAN_LIT("W/"));
	if (tag->weak)
		*s = span_from(*s, 2);
	if (s->n == 0 || s->p[0] != '"')
		return false;
	while (n < s->n && is_tag_byte(s->p[n]))
		n++;
	if (n == s->n || s->p[n] != '"')
		return false;
	tag->text = (struct span){s->p, n + 1};
	*s = span_from(*s, n + 1);
	return true;
}

/* Commas may stand within tags, so this is no http_next_element(). What comes before a malformed
 * element counts, what comes behind it does not: nobody can say where it would begin. */
static bool list_has(struct span list, const struct http_validators *v, bool weakly)
{
	struct tag tag;

	if (span_is(list, "*"))
		return true;
	for (list = skip_any(list, " \t,"); take_tag(&list, &tag); list = skip_any(list, " \t,")) {
		if (span_eq(tag.text, v->etag) && (weakly || (!tag.weak && !v->weak)))
			return true;
		list = skip_any(list, " \t");
		if (list.n && list.p[0] != ',')
			return false;
	}
	return false;
}

static bool any_has(
	const struct http_wishes *w, const char *name, const struct http_validators *v, bool weakly)
{
	for (uint32_t i = 0; i < w->head->nheaders; i++) {
		const struct http_header *h = &w->head->headers[i];

		if (span_is_nocase(http_span(w->base, h->name), name) &&
			list_has(http_span(w->base, h->value), v, weakly))
			return true;
	}
	return false;
}

/* ---- verdicts ---- */

enum http_condition http_condition(
	const struct http_wishes *w, const struct http_validators *v, int64_t now)
{
	int64_t date;

	if (w->has_match) {
		if (!any_has(w, if_match, v, false))
			return HTTP_FAILED;
	} else if (w->until.p && !w->many_until && http_date_parse(w->until, now, &date)) {
		if (v->modified > date)
			return HTTP_FAILED;
	}
	if (w->has_none_match)
		return any_has(w, if_none_match, v, true) ? HTTP_NOT_MODIFIED : HTTP_PROCEED;
	if (w->since.p && !w->many_since && http_date_parse(w->since, now, &date))
		return v->modified <= date ? HTTP_NOT_MODIFIED : HTTP_PROCEED;
	return HTTP_PROCEED;
}

bool http_range_is_wanted(const struct http_wishes *w, const struct http_validators *v, int64_t now)
{
	struct span s = w->if_range;
	struct tag tag;
	int64_t date;

	if (!w->range.p || w->many_range || w->many_if_range)
		return false;
	if (!s.p)
		return true;
	if (http_date_parse(s, now, &date))
		return date == v->modified && date < now;
	return take_tag(&s, &tag) && s.n == 0 && !tag.weak && !v->weak &&
	       span_eq(tag.text, v->etag);
}
