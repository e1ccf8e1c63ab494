/* SPDX-License-Identifier: MIT
 *
 * buf: see buf.h.
 */
#include "common/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_free(struct buf *b)
{
	free(b->data);
	*b = BUF_INIT;
}

/* Moves what is left to the front: cheap, as it is done only when the room at the end is used up
 * and at least half of the buffer has been taken. */
static bool buf_slide(struct buf *b, size_t n)
{
	if (b->start < b->cap / 2 || b->cap - buf_len(b) < n)
		return false;
	memmove(b->data, buf_head(b), buf_len(b));
	b->end -= b->start;
	b->start = 0;
	return true;
}

bool buf_reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;
	char *data;

	if (buf_room(b) >= n || (b->start && buf_slide(b, n)))
		return true;
	if (n > SIZE_MAX / 4 - b->end)
		return false;
	while (cap < b->end + n)
		cap *= 2;
	data = realloc(b->data, cap);
	if (!data)
		return false;
	b->data = data;
	b->cap = cap;
	return true;
}

bool buf_put(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return true;
	if (!buf_reserve(b, n))
		return false;
	memcpy(buf_tail(b), p, n);
	b->end += n;
	return true;
}

bool buf_putf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n >= 0 && buf_reserve(b, (size_t)n + 1)) {
		vsnprintf(buf_tail(b), (size_t)n + 1, fmt, ap);
		b->end += (size_t)n;
	} else {
		n = -1;
	}
	va_end(ap);
	return n >= 0;
}

void buf_drop(struct buf *b, size_t n)
{
	b->start += n;
	if (b->start >= b->end)
		buf_clear(b);
}

static bool put_be(struct buf *b, uint64_t v, size_t bytes)
{
	if (!buf_reserve(b, bytes))
		return false;
	for (size_t i = bytes; i-- > 0; v >>= 8)
		b->data[b->end + i] = (char)(v & 0xff);
	b->end += bytes;
	return true;
}

bool buf_put_u8(struct buf *b, uint8_t v)
{
	return put_be(b, v, 1);
}

bool buf_put_u16(struct buf *b, uint16_t v)
{
	return put_be(b, v, 2);
}

bool buf_put_u32(struct buf *b, uint32_t v)
{
	return put_be(b, v, 4);
}

bool buf_put_u64(struct buf *b, uint64_t v)
{
	return put_be(b, v, 8);
}

bool buf_put_str(struct buf *b, struct span s)
{
	return s.n <= UINT32_MAX && buf_put_u32(b, (uint32_t)s.n) && buf_put_span(b, s);
}

static uint64_t get_be(struct cursor *c, size_t bytes)
{
	uint64_t v = 0;

	if (c->bad || c->left < bytes) {
		c->bad = true;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | (unsigned char)c->p[i];
	c->p += bytes;
	c->left -= bytes;
	return v;
}

uint8_t cur_u8(struct cursor *c)
{
	return (uint8_t)get_be(c, 1);
}

uint16_t cur_u16(struct cursor *c)
{
	return (uint16_t)get_be(c, 2);
}

uint32_t cur_u32(struct cursor *c)
{
	return (uint32_t)get_be(c, 4);
}

uint64_t cur_u64(struct cursor *c)
{
	return get_be(c, 8);
}

struct span cur_str(struct cursor *c)
{
	uint32_t n = cur_u32(c);
	struct span s = {c->p, n};

	if (c->bad || c->left < n) {
		c->bad = true;
		return SPAN_NONE;
	}
	c->p += n;
	c->left -= n;
	return s;
}
