/* SPDX-License-Identifier: MIT
 *
 * http_body: where a request's body ends, and what of the bytes is payload (RFC 9112 6 and 7.1).
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log; it keeps no payload, and
 * does not know what happens to it.
 *
 * Payload is counted, everything else goes byte by byte:
 *
 *	SIZE          hex digit: SIZE    SP, HTAB: SIZE_BLANK    ';': EXTENSION    CR: SIZE_LF
 *	SIZE_BLANK    SP, HTAB: same     ';': EXTENSION
 *	EXTENSION     value byte: same   CR: SIZE_LF
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
 * Every other byte is 400. Extensions and trailers are checked and dropped, within a budget.
 */
#include "gateway/http_body.h"

/* As many as a 64-bit size has; leading zeros count, lest they be free of charge. */
#define SIZE_DIGITS_MAX 16

enum state {
	DONE,
	LENGTH,
	SIZE,
	SIZE_BLANK,
	EXTENSION,
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

static int become(struct http_body *b, enum state state)
{
	b->state = (uint8_t)state;
	return 0;
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
	if (b->digits == 0)
		return -400;
	switch (c) {
	case ' ':
	case '\t':
		return become(b, SIZE_BLANK);
	case ';':
		return become(b, EXTENSION);
	case '\r':
		return become(b, SIZE_LF);
	default:
		return -400;
	}
}

/* White space after a size is only there for the ';' that must come (RFC 9112 7.1.1). */
static int extension_byte(struct http_body *b, char c)
{
	if (c == '\r' && b->state == EXTENSION)
		return become(b, SIZE_LF);
	if (b->extensions-- == 0)
		return -400;
	if (b->state == EXTENSION)
		return http_is(c, HTTP_VALUE) ? 0 : -400;
	if (c == ';')
		return become(b, EXTENSION);
	return c == ' ' || c == '\t' ? 0 : -400;
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
	case SIZE_BLANK:
	case EXTENSION:
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
