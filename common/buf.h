/* SPDX-License-Identifier: MIT
 *
 * buf: growable bytes (a queue: put at the end, take from the start), and a bounded reader.
 * Runs in: every process. No I/O. Running out of memory is an answer (false), not an end.
 */
#ifndef HEARTH_BUF_H
#define HEARTH_BUF_H

#include "common/span.h"

struct buf {
	char *data;
	size_t start, end, cap; /* the bytes are data[start..end) */
};

#define BUF_INIT ((struct buf){NULL, 0, 0, 0})

void buf_free(struct buf *b);
/* Room for n more bytes at buf_tail(); false if there is no memory (b is unchanged). */
bool buf_reserve(struct buf *b, size_t n);
bool buf_put(struct buf *b, const void *p, size_t n);
bool buf_putf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Takes n bytes from the start. */
void buf_drop(struct buf *b, size_t n);

static inline size_t buf_len(const struct buf *b)
{
	return b->end - b->start;
}

static inline char *buf_head(const struct buf *b)
{
	return b->start ? b->data + b->start : b->data; /* NULL + 0 is undefined */
}

static inline char *buf_tail(const struct buf *b)
{
	return b->end ? b->data + b->end : b->data;
}

static inline size_t buf_room(const struct buf *b)
{
	return b->cap - b->end;
}

/* n bytes were written at buf_tail(). */
static inline void buf_grew(struct buf *b, size_t n)
{
	b->end += n;
}

static inline void buf_clear(struct buf *b)
{
	b->start = b->end = 0;
}

static inline struct span buf_span(const struct buf *b)
{
	return (struct span){buf_head(b), buf_len(b)};
}

static inline bool buf_put_span(struct buf *b, struct span s)
{
	return buf_put(b, s.p, s.n);
}

static inline bool buf_puts(struct buf *b, const char *s)
{
	return buf_put(b, s, strlen(s));
}

/* Big-endian integers; a span is its 32-bit length and its bytes. */
bool buf_put_u8(struct buf *b, uint8_t v);
bool buf_put_u16(struct buf *b, uint16_t v);
bool buf_put_u32(struct buf *b, uint32_t v);
bool buf_put_u64(struct buf *b, uint64_t v);
bool buf_put_str(struct buf *b, struct span s);

/* Reads what the calls above wrote. The first read beyond the end makes `bad` stick, and every
 * read from then on gives zero or an empty span: check once, at the end. */
struct cursor {
	const char *p;
	size_t left;
	bool bad;
};

uint8_t cur_u8(struct cursor *c);
uint16_t cur_u16(struct cursor *c);
uint32_t cur_u32(struct cursor *c);
uint64_t cur_u64(struct cursor *c);
struct span cur_str(struct cursor *c);

/* Everything was there and nothing is left over. */
static inline bool cur_done(const struct cursor *c)
{
	return !c->bad && c->left == 0;
}

#endif
