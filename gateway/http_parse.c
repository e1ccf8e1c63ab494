/* SPDX-License-Identifier: MIT
 *
 * http_parse: the head of an HTTP/1.x request, bytes in, offsets out.
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log; knows nothing of
 * connections, of bodies' bytes, or of what a target means.
 *
 * A lexer in phases. Where bytes run out the phase stays in the head, and the next call goes on
 * there. Most phases run over bytes of one class up to the one byte that ends them: the table
 * `runs` below. Four are not like that:
 *
 *	START      token: METHOD           CR: START_LF, a few times (RFC 9112 2.2)
 *	VERSION    HTTP/1.d CR LF: LINE
 *	LINE       token: NAME             CR: END_LF
 *	BLANK      SP, HTAB: BLANK         other: VALUE
 *
 * Every other byte is 400. So a bare LF, a bare CR, a folded line, an empty name, and a space
 * before the colon need no rules of their own: no phase has a place for them.
 */
#include "gateway/http_parse.h"

/* How many empty lines before a request line are forgiven (RFC 9112 2.2). */
#define EMPTY_LINES_MAX 4

enum phase { START, START_LF, METHOD, TARGET, VERSION, LINE, NAME, BLANK, VALUE, VALUE_LF, END_LF };

static const struct run {
	uint8_t over; /* bytes of this class */
	char until;   /* this one, which is taken */
	uint8_t next;
} runs[] = {
	[START_LF] = {0, '\n', START},
	[METHOD] = {HTTP_TOKEN, ' ', TARGET},
	[TARGET] = {HTTP_TARGET, ' ', VERSION},
	[NAME] = {HTTP_TOKEN, ':', BLANK},
	[VALUE] = {HTTP_VALUE, '\r', VALUE_LF},
	[VALUE_LF] = {0, '\n', LINE},
	[END_LF] = {0, '\n', START},
};

/* What a step says besides a (negative) status. */
enum { GO_ON, COMPLETE };

/* One call's view of the bytes. */
struct lexer {
	const char *p;
	size_t i;   /* the next byte */
	size_t end; /* where to stop: the end of what came, or of what may come */
	size_t n;
	const struct http_limits *lim;
	struct http_head *head;
};

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Exactly one, and never an empty one: we know of no target without an authority but "*"
 * (RFC 9112 3.2; mini_httpd served files through an empty Host, CVE-2018-18778). */
static int see_host(struct http_head *h, struct http_field where, struct span value)
{
	if (h->has_host || !http_host_valid(value))
		return -400;
	h->has_host = true;
	h->host = where;
	return GO_ON;
}

/* Even two equal ones, or a list, are refused: RFC 9112 6.3 (5) allows it. */
static int see_length(struct http_head *h, struct span value)
{
	if (h->has_content_length || h->has_coding || !http_length(value, &h->content_length))
		return -400;
	h->has_content_length = true;
	return GO_ON;
}

/* RFC 9112 6.1. "chunked" once, last, and without parameters. An empty element is refused too,
 * although RFC 9110 5.6.1.2 would ignore it. A coding before "chunked" is 501, decided when the
 * list is known to be complete; no final "chunked" is 400 (RFC 9112 6.3 (4)). */
static int see_coding(struct http_head *h, struct span value)
{
	struct span coding;

	if (h->minor == 0 || h->has_content_length)
		return -400;
	h->has_coding = true;
	while (http_next_element(&value, &coding)) {
		if (h->chunked || coding.n == 0)
			return -400;
		if (span_is_nocase(coding, "chunked"))
			h->chunked = true;
		else
			h->coding_unknown = true;
	}
	return GO_ON;
}

/* Only the two options that concern us; the others name headers, and are not ours to judge. */
static int see_connection(struct http_head *h, struct span value)
{
	struct span option;

	while (http_next_element(&value, &option)) {
		h->says_close |= span_is_nocase(option, "close");
		h->says_keep_alive |= span_is_nocase(option, "keep-alive");
	}
	return GO_ON;
}

/* An HTTP/1.0 client cannot understand an interim response (RFC 9110 10.1.1). */
static int see_expect(struct http_head *h, struct span value)
{
	struct span expectation;

	while (http_next_element(&value, &expectation)) {
		if (!span_is_nocase(expectation, "100-continue"))
			h->expect_other |= expectation.n > 0;
		else if (h->minor > 0)
			h->expect_continue = true;
	}
	return GO_ON;
}

/* What the body is, where it belongs and who sends it: fields that are no lists, so that two of
 * them, even equal ones, are no request that everybody would read alike. Others that are no lists
 * only describe, or are to be ignored if there are two (RFC 9110 13.1.3). */
static int see_single(struct http_head *h, struct span name)
{
	static const char *const singles[] = {
		"content-type", "content-range", "authorization", "proxy-authorization"};

	for (size_t i = 0; i < nitems(singles); i++) {
		if (!span_is_nocase(name, singles[i]))
			continue;
		if (h->singles & 1u << i)
			return -400;
		h->singles |= (uint8_t)(1u << i);
	}
	return GO_ON;
}

/* A header is complete. Most are none of ours: the length of the name says so at once. */
static int see_header(struct http_head *h, const char *p, const struct http_header *header)
{
	struct span name = http_span(p, header->name);
	struct span value = http_span(p, header->value);

	switch (name.n) {
	case 4:
		return span_is_nocase(name, "host") ? see_host(h, header->value, value) : GO_ON;
	case 6:
		return span_is_nocase(name, "expect") ? see_expect(h, value) : GO_ON;
	case 10:
		return span_is_nocase(name, "connection") ? see_connection(h, value) : GO_ON;
	case 12:
	case 13:
	case 19:
		return see_single(h, name);
	case 14:
		return span_is_nocase(name, "content-length") ? see_length(h, value) : GO_ON;
	case 17:
		return span_is_nocase(name, "transfer-encoding") ? see_coding(h, value) : GO_ON;
	default:
		return GO_ON;
	}
}

/* The empty line was seen: what all headers together say. */
static int conclude(struct http_head *h)
{
	if (h->minor > 0 && !h->has_host)
		return -400;
	if (h->has_coding && !h->chunked)
		return -400;
	if (h->coding_unknown)
		return -501;
	if (h->chunked)
		h->body = HTTP_BODY_CHUNKED;
	else if (h->content_length > 0)
		h->body = HTTP_BODY_LENGTH;
	h->keep_alive = !h->says_close && (h->minor > 0 || h->says_keep_alive);
	return COMPLETE;
}

/* Where the request line, or the head, becomes too long. */
static size_t size_limit(const struct lexer *x)
{
	size_t limit = (size_t)x->head->line + x->lim->max_request_line;

	return x->head->phase <= VERSION && limit < x->lim->max_head_size ? limit
									  : x->lim->max_head_size;
}

static void set_end(struct lexer *x)
{
	size_t limit = size_limit(x);

	x->end = x->n < limit ? x->n : limit;
}

static void begin_line(struct lexer *x)
{
	x->head->line = (uint32_t)x->i;
	set_end(x);
}

static inline void enter(struct lexer *x, enum phase phase)
{
	x->head->phase = (uint8_t)phase;
	x->head->mark = (uint32_t)x->i;
}

static int in_start(struct lexer *x)
{
	if (http_is(x->p[x->i], HTTP_TOKEN)) {
		enter(x, METHOD);
		return GO_ON;
	}
	if (x->p[x->i] != '\r' || x->head->empty_lines++ == EMPTY_LINES_MAX)
		return -400;
	x->i++;
	enter(x, START_LF);
	return GO_ON;
}

/* HTTP/1.d in exactly this case (RFC 9112 2.3). HTTP/2's preface ends here, with 505. */
static int in_version(struct lexer *x)
{
	static const char form[] = "HTTP/1.1\r\n";

	while (x->i < x->end) {
		size_t at = x->i - x->head->mark;
		char c = x->p[x->i++];

		if (at == 5 && c > '1' && c <= '9')
			return -505;
		if (at == 7 && http_is_digit(c))
			x->head->minor = c > '0';
		else if (c != form[at])
			return -400;
		if (at == sizeof form - 2) {
			enter(x, LINE);
			set_end(x);
			return GO_ON;
		}
	}
	return GO_ON;
}

static int in_line(struct lexer *x)
{
	const uint32_t most = x->lim->max_headers;

	if (x->p[x->i] == '\r') {
		x->i++;
		enter(x, END_LF);
		return GO_ON;
	}
	if (!http_is(x->p[x->i], HTTP_TOKEN))
		return -400;
	if (x->head->nheaders >= (most < HTTP_HEADERS_MAX ? most : HTTP_HEADERS_MAX))
		return -431;
	enter(x, NAME);
	return GO_ON;
}

static int in_blank(struct lexer *x)
{
	while (x->i < x->end && is_blank(x->p[x->i]))
		x->i++;
	if (x->i < x->end)
		enter(x, VALUE);
	return GO_ON;
}

/* A run is complete: what was it? */
static int take(struct lexer *x, enum phase phase, struct http_field f)
{
	struct http_head *h = x->head;
	struct http_header *header = &h->headers[h->nheaders];

	switch (phase) {
	case METHOD:
		h->method = f;
		return GO_ON;
	case TARGET:
		h->target = f;
		return f.len > 0 ? GO_ON : -400;
	case NAME:
		header->name = f;
		return GO_ON;
	case VALUE:
		while (f.len > 0 && is_blank(x->p[f.off + f.len - 1]))
			f.len--;
		header->value = f;
		return GO_ON;
	case VALUE_LF:
		h->nheaders++;
		return see_header(h, x->p, header);
	case END_LF:
		return conclude(h);
	default:
		begin_line(x);
		return GO_ON;
	}
}

static int in_run(struct lexer *x)
{
	const enum phase phase = x->head->phase;
	const struct run *run = &runs[phase];
	const char *p = x->p + x->i, *end = x->p + x->end;

	while (p < end && http_is(*p, run->over))
		p++;
	x->i = (size_t)(p - x->p);

	struct http_field f = {x->head->mark, (uint32_t)x->i - x->head->mark};

	if (phase == METHOD && f.len > HTTP_METHOD_MAX)
		return -501;
	if (p == end)
		return GO_ON;
	if (*p != run->until)
		return -400;
	x->i++;
	enter(x, run->next);
	return take(x, phase, f);
}

static int step(struct lexer *x)
{
	switch (x->head->phase) {
	case START:
		return in_start(x);
	case VERSION:
		return in_version(x);
	case LINE:
		return in_line(x);
	case BLANK:
		return in_blank(x);
	default:
		return in_run(x);
	}
}

ssize_t http_parse_head(
	const char *p, size_t n, size_t *scan, const struct http_limits *lim, struct http_head *out)
{
	if (*scan == 0)
		memset(out, 0, offsetof(struct http_head, headers));

	struct lexer x = {.p = p, .i = *scan, .n = n, .lim = lim, .head = out};
	int verdict = GO_ON;

	set_end(&x);
	while (verdict == GO_ON && x.i < x.end)
		verdict = step(&x);
	*scan = x.i;
	if (verdict == COMPLETE)
		return (ssize_t)x.i;
	if (verdict == GO_ON && x.i >= size_limit(&x))
		return out->phase <= VERSION ? -414 : -431;
	return verdict;
}

struct span http_value(const struct http_head *head, const char *base, const char *name)
{
	const struct http_header *found = http_find(head->headers, head->nheaders, base, name);

	return found ? http_span(base, found->value) : SPAN_NONE;
}
