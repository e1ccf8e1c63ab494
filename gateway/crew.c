/* SPDX-License-Identifier: MIT
 *
 * crew: see crew.h.
 */
#include "gateway/crew.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"

/* ---- processes by number ---- */

/* Numbers are given one after the other, so they spread by themselves. */
#define BUCKETS 1024u

static struct list buckets[BUCKETS];

static struct list *bucket_of(uint32_t id)
{
	struct list *b = &buckets[id % BUCKETS];

	if (!b->next)
		list_init(b);
	return b;
}

struct crew *crew_find(uint32_t id)
{
	struct list *bucket = bucket_of(id);

	list_for_each (it, bucket) {
		struct crew *c = container_of(it, struct crew, by_id);
		if (c->id == id)
			return c;
	}
	return NULL;
}

/* ---- birth and death ---- */

struct crew *crew_new(struct dispatch *d, uint32_t id, uint32_t pid, uint32_t max_requests)
{
	struct crew *c = mem_zalloc(sizeof *c + nlanes * sizeof c->in[0]);

	c->dispatch = d;
	c->id = id;
	c->pid = pid;
	c->max_requests = max_requests;
	list_init(&c->by_id);
	list_init(&c->all);
	list_init(&c->seats);
	list_init(&c->resting);
	for (unsigned i = 0; i < nlanes; i++) {
		list_init(&c->in[i].link);
		list_init(&c->in[i].idle);
	}
	if (pid)
		list_push_front(bucket_of(id), &c->by_id);
	return c;
}

void crew_free(struct crew *c)
{
	must(list_empty(&c->seats) && list_empty(&c->all));
	list_remove(&c->by_id);
	free(c);
}
