/* SPDX-License-Identifier: MIT
 *
 * search_words: see search_words.h.
 *
 * What makes a query none: an unencoded '='. What a word cannot be: empty, badly encoded, one with
 * NUL or another control, and one that begins with a dash, which a program would take for an option
 * (PHP ran code by it, CVE-2012-1823).
 */
#include "gateway/search_words.h"

#include "gateway/http_field.h"

/* On unix, a backslash stands before what the Bourne shell would act upon (RFC 3875 7.2). */
static bool is_active(char c)
{
	return strchr("&;`'\"|*?~<>^()[]{}$\\", c) != NULL;
}

/* The byte that stands at *i, which moves past it; -1 if no word has such a thing. */
static int next_byte(struct span word, size_t *i)
{
	unsigned char c = (unsigned char)word.p[(*i)++];
	int high, low;

	if (c == '%') {
		if (word.n - *i < 2)
			return -1;
		high = http_hex(word.p[*i]);
		low = http_hex(word.p[*i + 1]);
		if (high < 0 || low < 0)
			return -1;
		c = (unsigned char)(high << 4 | low);
		*i += 2;
	}
	return c < 0x20 || c == 0x7f ? -1 : c;
}

enum verdict { TAKEN, NO_WORD, NO_MEMORY };

static enum verdict put_word(struct span word, struct buf *to)
{
	bool ok = true;

	if (word.n == 0)
		return NO_WORD;
	for (size_t i = 0; i < word.n && ok;) {
		const bool first = i == 0;
		int byte = next_byte(word, &i);
		char c = (char)byte;
		if (byte < 0 || (first && c == '-'))
			return NO_WORD;
		ok = (!is_active(c) || buf_put(to, "\\", 1)) && buf_put(to, &c, 1);
	}
	return ok && buf_put(to, "", 1) ? TAKEN : NO_MEMORY;
}

/* False when the query is used up. */
static bool next_word(struct span *query, struct span *word)
{
	const char *plus = query->n ? memchr(query->p, '+', query->n) : NULL;
	const bool is_there = query->p != NULL;

	*word = (struct span){query->p, plus ? (size_t)(plus - query->p) : query->n};
	*query = plus ? span_from(*query, word->n + 1) : SPAN_NONE;
	return is_there;
}

static enum verdict put_words(struct span query, struct buf *to)
{
	enum verdict verdict = TAKEN;
	struct span word;

	for (unsigned n = 0; verdict == TAKEN && next_word(&query, &word); n++)
		verdict = n < SEARCH_WORDS_MAX ? put_word(word, to) : NO_WORD;
	return verdict;
}

bool search_words(struct span query, struct buf *to)
{
	const size_t before = buf_len(to);
	enum verdict verdict;

	if (query.n == 0 || memchr(query.p, '=', query.n))
		return true;
	verdict = put_words(query, to);
	if (verdict != TAKEN)
		to->end = to->start + before;
	return verdict != NO_MEMORY;
}
