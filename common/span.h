/* SPDX-License-Identifier: MIT
 *
 * span: a piece of somebody else's bytes, and intrusive lists.
 * Runs in: every process. Header only; knows nothing of memory or I/O.
 */
#ifndef HEARTH_SPAN_H
#define HEARTH_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* n bytes at p, not terminated, not owned. */
struct span {
	const char *p;
	size_t n;
};

#define SPAN_NONE   ((struct span){NULL, 0})
#define SPAN_LIT(s) ((struct span){(s), sizeof(s) - 1})
/* For printf's "%.*s". */
#define SPAN_FMT(s) (int)(s).n, (s).n ? (s).p : ""

static inline struct span span_of(const char *s)
{
	return (struct span){s, s ? strlen(s) : 0};
}

static inline bool span_is(struct span a, const char *s)
{
	return a.n == strlen(s) && (a.n == 0 || memcmp(a.p, s, a.n) == 0);
}

static inline bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* ASCII case-insensitive: header names and tokens. */
static inline bool span_is_nocase(struct span a, const char *s)
{
	return a.n == strlen(s) && (a.n == 0 || strncasecmp(a.p, s, a.n) == 0);
}

static inline bool span_starts(struct span a, struct span prefix)
{
	return a.n >= prefix.n && (prefix.n == 0 || memcmp(a.p, prefix.p, prefix.n) == 0);
}

static inline bool span_ends(struct span a, struct span tail)
{
	return a.n >= tail.n && (tail.n == 0 || memcmp(a.p + a.n - tail.n, tail.p, tail.n) == 0);
}

/* The rest of a from byte `from` on; empty if there is none. */
static inline struct span span_from(struct span a, size_t from)
{
	size_t skip = from < a.n ? from : a.n;

	return (struct span){skip ? a.p + skip : a.p, a.n - skip}; /* NULL + 0 is undefined */
}

/* A doubly linked ring; the head is a node of its own. A node not on a list points at itself. */
struct list {
	struct list *prev, *next;
};

static inline void list_init(struct list *l)
{
	l->prev = l->next = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_add_after(struct list *at, struct list *node)
{
	node->prev = at;
	node->next = at->next;
	at->next->prev = node;
	at->next = node;
}

static inline void list_push_front(struct list *head, struct list *node)
{
	list_add_after(head, node);
}

static inline void list_push_back(struct list *head, struct list *node)
{
	list_add_after(head->prev, node);
}

/* Harmless on a node that is on no list. */
static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

#define list_first(head, type, member) container_of((head)->next, type, member)
#define list_last(head, type, member)  container_of((head)->prev, type, member)

/* The body may remove `it`, nothing else. */
#define list_for_each(it, head)                                                   \
	for (struct list *it = (head)->next, *it##_next = it->next; it != (head); \
		it = it##_next, it##_next = it->next)

#endif
