/* SPDX-License-Identifier: MIT
 *
 * conf: see conf.h. A configuration is built once and dies at once, so its memory is one chain of
 * blocks: no directive needs a line of its own to be freed.
 */
#include "manager/conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/mem.h"

struct conf_block {
	struct conf_block *next;
	max_align_t bytes[];
};

struct conf *conf_new(void)
{
	return mem_zalloc(sizeof(struct conf));
}

void conf_free(struct conf *c)
{
	if (!c)
		return;
	while (c->blocks) {
		struct conf_block *block = c->blocks;
		c->blocks = block->next;
		free(block);
	}
	free(c);
}

struct conf_pool *conf_pool_find(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->npools; i++)
		if (strcmp(c->pools[i]->name, name) == 0)
			return c->pools[i];
	return NULL;
}

void *conf_alloc(struct conf *c, size_t n)
{
	struct conf_block *block = mem_zalloc(sizeof *block + n);

	block->next = c->blocks;
	c->blocks = block;
	return block->bytes;
}

char *conf_strndup(struct conf *c, const char *s, size_t n)
{
	char *copy = conf_alloc(c, n + 1);

	if (n > 0)
		memcpy(copy, s, n);
	return copy;
}

char *conf_strdup(struct conf *c, const char *s)
{
	return conf_strndup(c, s, strlen(s));
}

char *conf_printf(struct conf *c, const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	text = conf_alloc(c, n < 0 ? 1 : (size_t)n + 1);
	if (n > 0)
		vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return text;
}

/* Arrays grow by doubling, so the capacity is known from n: the next power of two. */
void *conf_extend(struct conf *c, void *at, size_t n, size_t size)
{
	void *bigger;

	if (n > 0 && (n & (n - 1)) != 0)
		return at;
	bigger = conf_alloc(c, (n > 0 ? 2 * n : 1) * size);
	if (n > 0)
		memcpy(bigger, at, n * size);
	return bigger;
}

const struct conf_mark *conf_mark_find(
	const struct conf_marks *marks, const char *name, const char *key)
{
	for (size_t i = 0; i < marks->n; i++)
		if (strcmp(marks->at[i].name, name) == 0 &&
			(!key || strcmp(marks->at[i].key, key) == 0))
			return &marks->at[i];
	return NULL;
}

static unsigned file_number(struct complaints *c, const char *file)
{
	for (size_t i = 0; i < c->nfiles; i++)
		if (strcmp(c->files[i], file) == 0)
			return (unsigned)i;
	c->files = mem_array(c->files, c->nfiles + 1, sizeof *c->files);
	c->files[c->nfiles] = mem_strdup(file);
	return (unsigned)c->nfiles++;
}

void complaints_file(struct complaints *c, const char *file)
{
	file_number(c, file);
}

__attribute__((format(printf, 4, 0))) static struct complaint *add(
	struct complaints *c, const char *file, unsigned line, const char *fmt, va_list ap)
{
	struct complaint *it;
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		text = mem_strdup(fmt);
	c->at = mem_array(c->at, c->n + 1, sizeof *c->at);
	it = &c->at[c->n];
	*it = (struct complaint){file_number(c, file), line, (unsigned)c->n, false, text};
	c->n++;
	return it;
}

void complain(struct complaints *c, const char *file, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(c, file, line, fmt, ap);
	va_end(ap);
	c->errors++;
}

void complain_mildly(struct complaints *c, const char *file, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(c, file, line, fmt, ap)->warning = true;
	va_end(ap);
}

static int in_order(const void *left, const void *right)
{
	const struct complaint *a = left, *b = right;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

void complaints_put(struct complaints *c, struct buf *out)
{
	if (c->n > 0)
		qsort(c->at, c->n, sizeof *c->at, in_order);
	for (size_t i = 0; i < c->n; i++)
		buf_putf(out, "%s:%u: %s%s\n", c->files[c->at[i].file], c->at[i].line,
			c->at[i].warning ? "warning: " : "", c->at[i].text);
}

void complaints_free(struct complaints *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->at[i].text);
	for (size_t i = 0; i < c->nfiles; i++)
		free(c->files[i]);
	free(c->at);
	free(c->files);
	*c = COMPLAINTS_INIT;
}
