/* SPDX-License-Identifier: MIT
 *
 * access_text: see access_text.h. Nearly all that clients send is plain, so plain bytes are looked
 * at eight at a time and copied in runs.
 */
#include "gateway/access_text.h"

#include "common/utf8.h"

/* The most that one byte can become: \u0000 */
#define WIDEST 6u

static const char hex[] = "0123456789abcdef";

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Are all of these eight? The top bit of each byte of the sum is set for a byte below 0x20, for
 * one that is a quote, a backslash or DEL (the xor is 0 and the borrow shows), and from 0x80 on. A
 * borrow into a neighbour can only come from a byte that is not plain itself. */
static bool are_plain(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return ((v | (v - EACH(0x20)) | ((v ^ EACH('"')) - EACH(1)) | ((v ^ EACH('\\')) - EACH(1)) |
			((v ^ EACH(0x7f)) - EACH(1))) &
		       EACH(0x80)) == 0;
}

static size_t plain_run(struct span s)
{
	size_t n = 0;

	while (s.n - n >= 8 && are_plain(s.p + n))
		n += 8;
	while (n < s.n && is_plain((unsigned char)s.p[n]))
		n++;
	return n;
}

/* ---- one that is not plain: how many bytes of `from` were taken, written at *to ---- */

typedef size_t escape(struct span from, char **to);

static void put_hex(char **to, unsigned c)
{
	*(*to)++ = hex[c >> 4 & 15];
	*(*to)++ = hex[c & 15];
}

static size_t escape_text(struct span from, char **to)
{
	*(*to)++ = '\\';
	*(*to)++ = 'x';
	put_hex(to, (unsigned char)*from.p);
	return 1;
}

static void put_code(char **to, uint32_t code)
{
	*(*to)++ = '\\';
	*(*to)++ = 'u';
	put_hex(to, code >> 8);
	put_hex(to, code & 0xff);
}

static size_t escape_json(struct span from, char **to)
{
	unsigned char c = (unsigned char)*from.p;
	uint32_t code = 0;
	size_t n = utf8_code(from, &code);

	if (c == '"' || c == '\\') {
		*(*to)++ = '\\';
		*(*to)++ = (char)c;
	} else if (n == 0) {
		*(*to)++ = '\\';
		escape_text(from, to);
		n = 1;
	} else if (utf8_is_tricky(code)) {
		put_code(to, code);
	} else {
		memcpy(*to, from.p, n);
		*to += n;
	}
	return n;
}

/* ---- all of them ---- */

/* Not between the bytes of one character. */
static size_t cut_at(struct span s)
{
	size_t n = ACCESS_TEXT_MAX;

	for (unsigned back = 0; back < 3 && ((unsigned char)s.p[n] & 0xc0) == 0x80; back++)
		n--;
	return n;
}

static bool put(struct buf *b, struct span s, escape *one)
{
	bool cut = s.n > ACCESS_TEXT_MAX;

	s.n = cut ? cut_at(s) : s.n;
	while (s.n) {
		size_t n = plain_run(s);
		char *to;
		if (!buf_reserve(b, n + WIDEST))
			return false;
		memcpy(buf_tail(b), s.p, n);
		buf_grew(b, n);
		to = buf_tail(b);
		s = span_from(s, n);
		if (s.n)
			s = span_from(s, one(s, &to));
		b->end = (size_t)(to - b->data);
	}
	return !cut || buf_puts(b, "...");
}

bool access_text_put(struct buf *b, struct span s)
{
	return put(b, s, escape_text);
}

bool access_json_put(struct buf *b, struct span s)
{
	return put(b, s, escape_json);
}
