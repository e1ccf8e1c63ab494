/* SPDX-License-Identifier: MIT
 *
 * escape: see escape.h. One walk over the characters for all formats; each says what becomes of
 * one.
 */
#include "gateway/escape.h"

#include <stdio.h>

#include "common/utf8.h"

/* What stands for what is no character, or none that may be written. */
#define REPLACEMENT 0xfffdu
/* The most bytes that one character becomes: two surrogates. */
#define WIDEST 16

static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/* Those that turn text around or end lines; and what XML does not know. */
static bool is_unwanted(uint32_t code)
{
	return utf8_is_tricky(code) || (code & 0xfffe) == 0xfffe;
}

static size_t put_utf8(uint32_t code, char *to)
{
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = n; i-- > 1; code >>= 6)
		to[i] = (char)(0x80 | (code & 0x3f));
	to[0] = (char)(first[n] | code);
	return n;
}

static size_t put_word(char *to, const char *word)
{
	size_t n = strlen(word);

	memcpy(to, word, n);
	return n;
}

static size_t as_markup(uint32_t code, char *to)
{
	switch (code) {
	case '&':
		return put_word(to, "&amp;");
	case '<':
		return put_word(to, "&lt;");
	case '>':
		return put_word(to, "&gt;");
	case '"':
		return put_word(to, "&quot;");
	case '\'':
		return put_word(to, "&#039;");
	default:
		return put_utf8(is_unwanted(code) ? REPLACEMENT : code, to);
	}
}

static size_t as_json(uint32_t code, char *to)
{
	if (code == '"' || code == '\\' || code == '/') {
		to[0] = '\\';
		to[1] = (char)code;
		return 2;
	}
	if (code >= 0x10000)
		return (size_t)snprintf(to, WIDEST, "\\u%04x\\u%04x",
			0xd800 + ((code - 0x10000) >> 10), 0xdc00 + (code & 0x3ff));
	if (is_control(code) || code >= 0x80)
		return (size_t)snprintf(to, WIDEST, "\\u%04x", code);
	to[0] = (char)code;
	return 1;
}

static size_t as_label(uint32_t code, char *to)
{
	if (code == '\n')
		return put_word(to, "\\n");
	if (code == '"' || code == '\\') {
		to[0] = '\\';
		to[1] = (char)code;
		return 2;
	}
	return put_utf8(is_unwanted(code) ? REPLACEMENT : code, to);
}

/* Bytes rather than characters: who reads a text wants to see what came. */
static size_t as_bytes(struct span s, char *to)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += (size_t)snprintf(to + n, WIDEST + 1 - n, "\\x%02x", (unsigned char)s.p[i]);
	return n;
}

static size_t put_one(struct span from, bool valid, uint32_t code, enum escape how, char *to)
{
	if (!valid)
		code = REPLACEMENT;
	switch (how) {
	case ESCAPE_TEXT:
		return !valid || is_unwanted(code) ? as_bytes(from, to) : put_utf8(code, to);
	case ESCAPE_MARKUP:
		return as_markup(code, to);
	case ESCAPE_JSON:
		return as_json(code, to);
	case ESCAPE_LABEL:
		return as_label(code, to);
	}
	return 0;
}

bool escape_put(struct buf *b, struct span s, enum escape how)
{
	while (s.n) {
		uint32_t code = 0;
		size_t n = utf8_code(s, &code);
		if (!buf_reserve(b, WIDEST + 1))
			return false;
		buf_grew(b, put_one((struct span){s.p, n ? n : 1}, n > 0, code, how, buf_tail(b)));
		s = span_from(s, n ? n : 1);
	}
	return true;
}
