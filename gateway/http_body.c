/* SPDX-License-Identifier: MIT
 *
 * http_body: where a request's body ends, and what of the bytes is payload (RFC 9112 6 and 7.1).
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log; it keeps no payload, and
 * does not know what happens to it.
 *
 * Payload is counted, everything else goes byte by byte:
 *
 *	SIZE          hex digit: SIZE    CR: SIZE_LF    what comes before an extension: see there
 *	SIZE_LF       LF: CHUNK, or TRAILER after the last chunk
 *	CHUNK         payload, then CHUNK_CR
 *	CHUNK_CR      CR: CHUNK_LF
 *	CHUNK_LF      LF: SIZE
 *	TRAILER       token: TRAILER_NAME                        CR: END_LF
 *	TRAILER_NAME  token: same        ':': TRAILER_VALUE
 *	TRAILER_VALUE value byte: same   CR: TRAILER_LF
 *	TRAILER_LF    LF: TRAILER
 *	END_LF        LF: DONE
 *
 * Every other byte is 400. Extensions have a table of their own, below.
 */
#include "gateway/http_body.h"

/* As many as a 64-bit size has; leading zeros count, lest they be free of charge. */
#define SIZE_DIGITS_MAX 16

enum state {
	DONE,
	LENGTH,
	SIZE,
	BEFORE, /* white space before the ';' of an extension */
	BEGUN,  /* after the ';' */
	NAME,
	AFTER_NAME,
	EQUALS, /* after the '=' */
	VALUE,
	QUOTED,
	ESCAPED,
	UNQUOTED, /* after the closing quote */
	SIZE_LF,
	CHUNK,
	CHUNK_CR,
	CHUNK_LF,
	TRAILER,
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	END_LF,
};

/* Chunk extensions (RFC 9112 7.1.1), from the size on. They are strict because what hides in one
 * for us may end the line for somebody else: neither side of a quote has a place for CR or LF.
 * White space is only there for what must follow it. */
enum kind { OTHER, TOKEN, BLANK, SEMICOLON, EQUAL, QUOTE, BACKSLASH, CR, KINDS };

/* What is not in it, zero, is 400. */
static const uint8_t extension[][KINDS] = {
	[SIZE] = {[BLANK] = BEFORE, [SEMICOLON] = BEGUN, [CR] = SIZE_LF},
	[BEFORE] = {[BLANK] = BEFORE, [SEMICOLON] = BEGUN},
	[BEGUN] = {[BLANK] = BEGUN, [TOKEN] = NAME},
	[NAME] = {[TOKEN] = NAME,
		[BLANK] = AFTER_NAME,
		[EQUAL] = EQUALS,
		[SEMICOLON] = BEGUN,
		[CR] = SIZE_LF},
	[AFTER_NAME] = {[BLANK] = AFTER_NAME, [EQUAL] = EQUALS, [SEMICOLON] = BEGUN},
	[EQUALS] = {[BLANK] = EQUALS, [TOKEN] = VALUE, [QUOTE] = QUOTED},
	[VALUE] = {[TOKEN] = VALUE, [BLANK] = BEFORE, [SEMICOLON] = BEGUN, [CR] = SIZE_LF},
	[QUOTED] = {QUOTED, QUOTED, QUOTED, QUOTED, QUOTED, UNQUOTED, ESCAPED},
	[ESCAPED] = {QUOTED, QUOTED, QUOTED, QUOTED, QUOTED, QUOTED, QUOTED},
	[UNQUOTED] = {[BLANK] = BEFORE, [SEMICOLON] = BEGUN, [CR] = SIZE_LF},
};

static int become(struct http_body *b, enum state state)
{
	b->state = (uint8_t)state;
	return 0;
}

/* Of any byte that a quoted string may have, and CR. */
static int kind_of(char c)
{
	switch (c) {
	case ' ':
	case '\t':
		return BLANK;
	case ';':
		return SEMICOLON;
	case '=':
		return EQUAL;
	case '"':
		return QUOTE;
	case '\\':
		return BACKSLASH;
	case '\r':
		return CR;
	default:
		return http_is(c, HTTP_TOKEN) ? TOKEN : http_is(c, HTTP_VALUE) ? OTHER : -400;
	}
}

/* All of them together have a budget; the end of the line is free. */
static int extension_byte(struct http_body *b, char c)
{
	const int kind = kind_of(c);

	if (kind < 0 || extension[b->state][kind] == DONE)
		return -400;
	become(b, extension[b->state][kind]);
	return kind == CR || b->extensions-- > 0 ? 0 : -400;
}

static int size_byte(struct http_body *b, char c)
{
	int digit = http_hex(c);

	if (digit >= 0) {
		if (b->digits++ == SIZE_DIGITS_MAX)
			return -400;
		b->left = b->left << 4 | (uint64_t)digit;
		return 0;
	}
	return b->digits == 0 ? -400 : extension_byte(b, c);
}

/* The comparison comes before the sum, so nothing can wrap (nginx, CVE-2013-2028). */
static int size_end(struct http_body *b)
{
	if (b->left > b->allowed)
		return -413;
	b->allowed -= b->left;
	b->digits = 0;
	return become(b, b->left > 0 ? CHUNK : TRAILER);
}

static int trailer_byte(struct http_body *b, char c)
{
	if (c == '\r' && b->state == TRAILER)
		return become(b, END_LF);
	if (b->trailers-- == 0)
		return -400;
	if (b->state == TRAILER_VALUE && c == '\r')
		return become(b, TRAILER_LF);
	if (b->state == TRAILER_VALUE)
		return http_is(c, HTTP_VALUE) ? 0 : -400;
	if (b->state == TRAILER_NAME && c == ':')
		return become(b, TRAILER_VALUE);
	return http_is(c, HTTP_TOKEN) ? become(b, TRAILER_NAME) : -400;
}

static int expect(struct http_body *b, char c, char wanted, enum state next)
{
	return c == wanted ? become(b, next) : -400;
}

static int framing_byte(struct http_body *b, char c)
{
	switch ((enum state)b->state) {
	case SIZE:
		return size_byte(b, c);
	case BEFORE:
	case BEGUN:
	case NAME:
	case AFTER_NAME:
	case EQUALS:
	case VALUE:
	case QUOTED:
	case ESCAPED:
	case UNQUOTED:
		return extension_byte(b, c);
	case SIZE_LF:
		return c == '\n' ? size_end(b) : -400;
	case CHUNK_CR:
		return expect(b, c, '\r', CHUNK_LF);
	case CHUNK_LF:
		return expect(b, c, '\n', SIZE);
	case TRAILER:
	case TRAILER_NAME:
	case TRAILER_VALUE:
		return trailer_byte(b, c);
	case TRAILER_LF:
		return expect(b, c, '\n', TRAILER);
	case END_LF:
		return expect(b, c, '\n', DONE);
	case DONE:
	case LENGTH:
	case CHUNK:
		break;
	}
	return -400;
}

int http_body_start(
	struct http_body *b, const struct http_head *head, const struct http_body_limits *limits)
{
	*b = (struct http_body){
		.allowed = limits->max_body,
		.extensions = limits->max_extensions,
		.trailers = limits->max_trailers,
	};
	if (head->body == HTTP_BODY_CHUNKED)
		return become(b, SIZE);
	if (head->body == HTTP_BODY_NONE || head->content_length == 0)
		return become(b, DONE);
	if (head->content_length > b->allowed)
		return -413;
	b->left = head->content_length;
	return become(b, LENGTH);
}

static size_t payload(struct http_body *b, const char *p, size_t n, struct span *data)
{
	*data = (struct span){p, n < b->left ? n : (size_t)b->left};
	b->left -= data->n;
	if (b->left == 0)
		become(b, b->state == LENGTH ? DONE : CHUNK_CR);
	return data->n;
}

ssize_t http_body_feed(struct http_body *b, const char *p, size_t n, struct span *data)
{
	size_t i = 0;

	*data = SPAN_NONE;
	while (i < n && b->state != DONE) {
		if (b->state == LENGTH || b->state == CHUNK)
			return (ssize_t)(i + payload(b, p + i, n - i, data));

		int status = framing_byte(b, p[i++]);

		if (status < 0)
			return status;
	}
	return (ssize_t)i;
}

bool http_body_done(const struct http_body *b)
{
	return b->state == DONE;
}
