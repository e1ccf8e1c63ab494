/* SPDX-License-Identifier: MIT
 *
 * http_coding: see http_coding.h.
 */
#include "gateway/http_coding.h"

#define UNSAID UINT16_MAX
#define ANY    CODINGS /* the star's place */

static const struct {
	const char *name;
	int coding;
} names[] = {
	{"br", CODING_BR},
	{"gzip", CODING_GZIP},
	{"x-gzip", CODING_GZIP}, /* RFC 9110 8.4.1.3 */
	{"identity", CODING_IDENTITY},
	{"*", ANY},
};

static struct span trim(struct span s)
{
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_from(s, 1);
	return s;
}

/* "0", "1", with up to three digits behind a point; and no more than 1 (RFC 9110 12.4.2). */
static bool read_qvalue(struct span s, uint16_t *q)
{
	static const uint16_t tenths[] = {100, 10, 1};
	uint16_t v;

	if (s.n < 1 || s.n > 5 || (s.p[0] != '0' && s.p[0] != '1') || (s.n > 1 && s.p[1] != '.'))
		return false;
	v = s.p[0] == '1' ? 1000 : 0;
	for (size_t i = 2; i < s.n; i++) {
		if (!http_is_digit(s.p[i]))
			return false;
		v = (uint16_t)(v + tenths[i - 2] * (s.p[i] - '0'));
	}
	*q = v;
	return v <= 1000;
}

/* coding [ OWS ";" OWS "q=" qvalue ] */
static bool read_element(struct span s, struct span *name, uint16_t *q)
{
	const char *semicolon = memchr(s.p, ';', s.n);
	struct span weight;

	*q = 1000;
	*name = s;
	if (!semicolon)
		return true;
	name->n = (size_t)(semicolon - s.p);
	*name = trim(*name);
	weight = trim(span_from(s, (size_t)(semicolon - s.p) + 1));
	if (weight.n < 2 || (weight.p[0] | 0x20) != 'q' || weight.p[1] != '=')
		return false;
	return read_qvalue(span_from(weight, 2), q);
}

static void read_list(struct span list, uint16_t said[CODINGS + 1])
{
	struct span element, name;
	uint16_t q;

	while (http_next_element(&list, &element)) {
		if (element.n == 0 || !read_element(element, &name, &q))
			continue;
		for (size_t i = 0; i < nitems(names); i++)
			if (span_is_nocase(name, names[i].name))
				said[names[i].coding] = q;
	}
}

void http_codings_read(const struct http_head *head, const char *base, struct http_codings *out)
{
	uint16_t said[CODINGS + 1];

	for (size_t i = 0; i < nitems(said); i++)
		said[i] = UNSAID;
	for (uint32_t i = 0; i < head->nheaders; i++) {
		const struct http_header *h = &head->headers[i];

		if (span_is_nocase(http_span(base, h->name), "Accept-Encoding"))
			read_list(http_span(base, h->value), said);
	}
	for (int i = 0; i < CODINGS; i++) {
		if (said[i] == UNSAID)
			said[i] = said[ANY];
		if (said[i] == UNSAID)
			said[i] = i == CODING_IDENTITY;
		out->weight[i] = said[i];
	}
}

enum http_coding http_coding_best(const struct http_codings *c, unsigned there)
{
	int best = CODING_IDENTITY;

	for (int i = CODINGS - 1; i >= 0; i--)
		if ((there & 1u << i) && c->weight[i] && c->weight[i] >= c->weight[best])
			best = i;
	return (enum http_coding)best;
}
