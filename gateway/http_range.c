/* SPDX-License-Identifier: MIT
 *
 * http_range: see http_range.h.
 */
#include "gateway/http_range.h"

#include "gateway/http_field.h"

/* Empty list elements that are borne (RFC 9110 5.6.1.2 wants some to be). */
#define EMPTY_MAX 8

/* What one element says: positions, or the length of a suffix. */
struct spec {
	bool is_suffix, is_open;
	uint64_t first, last;
};

/* Digits up to the first other byte, at least one. */
static bool take_number(struct span *s, uint64_t *value)
{
	size_t n = 0;
	uint64_t v = 0;

	for (; n < s->n && http_is_digit(s->p[n]); n++) {
		uint64_t digit = (uint64_t)(s->p[n] - '0');

		if (v > (INT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*s = span_from(*s, n);
	*value = v;
	return n > 0;
}

static bool read_spec(struct span s, struct spec *spec)
{
	*spec = (struct spec){0};
	if (s.n && s.p[0] == '-') {
		spec->is_suffix = true;
		s = span_from(s, 1);
		return take_number(&s, &spec->last) && s.n == 0;
	}
	if (!take_number(&s, &spec->first) || s.n == 0 || s.p[0] != '-')
		return false;
	s = span_from(s, 1);
	spec->is_open = s.n == 0;
	if (spec->is_open)
		return true;
	return take_number(&s, &spec->last) && s.n == 0 && spec->first <= spec->last;
}

/* The bytes that there are of it. False: none. */
static bool satisfy(const struct spec *spec, uint64_t size, struct http_range *out)
{
	uint64_t first = spec->first, end = size;

	if (spec->is_suffix)
		first = spec->last < size ? size - spec->last : 0;
	else if (!spec->is_open && spec->last < size)
		end = spec->last + 1;
	if (first >= end)
		return false;
	*out = (struct http_range){first, end - first};
	return true;
}

static bool touch(const struct http_range *a, const struct http_range *b)
{
	return a->from <= b->from + b->length && b->from <= a->from + a->length;
}

static void merge(struct http_range *into, const struct http_range *r)
{
	uint64_t end = into->from + into->length, other = r->from + r->length;

	if (r->from < into->from)
		into->from = r->from;
	into->length = (end > other ? end : other) - into->from;
}

static void remove_at(struct http_ranges *rs, size_t i)
{
	rs->n--;
	memmove(&rs->at[i], &rs->at[i + 1], (rs->n - i) * sizeof rs->at[0]);
}

static void insert_at(struct http_ranges *rs, size_t i, struct http_range r)
{
	memmove(&rs->at[i + 1], &rs->at[i], (rs->n - i) * sizeof rs->at[0]);
	rs->at[i] = r;
	rs->n++;
}

/* It takes the place of the first one that it touches, and takes up all of them. */
static void add(struct http_ranges *rs, struct http_range r)
{
	size_t home = rs->n;

	for (size_t i = 0; i < rs->n;) {
		if (!touch(&rs->at[i], &r)) {
			i++;
			continue;
		}
		merge(&r, &rs->at[i]);
		remove_at(rs, i);
		home = i < home ? i : home;
		i = 0; /* it has grown: what it did not touch before it may touch now */
	}
	insert_at(rs, home, r);
}

enum http_range_verdict http_range_parse(struct span value, uint64_t size, struct http_ranges *out)
{
	static const char unit[] = "bytes=";
	struct span element;
	struct http_range r;
	struct spec spec;
	size_t asked = 0, empty = 0;

	out->n = 0;
	if (value.n < sizeof unit || strncasecmp(value.p, unit, sizeof unit - 1) != 0)
		return HTTP_RANGE_NONE;
	value = span_from(value, sizeof unit - 1);
	while (http_next_element(&value, &element)) {
		if (element.n == 0) {
			if (++empty > EMPTY_MAX)
				return HTTP_RANGE_NONE;
			continue;
		}
		if (++asked > HTTP_RANGES_MAX || !read_spec(element, &spec))
			return HTTP_RANGE_NONE;
		if (spec.is_suffix && spec.last && size == 0)
			return HTTP_RANGE_NONE;
		if (satisfy(&spec, size, &r))
			add(out, r);
	}
	if (asked == 0)
		return HTTP_RANGE_NONE;
	return out->n ? HTTP_RANGE_SOME : HTTP_RANGE_UNSATISFIABLE;
}
