/* SPDX-License-Identifier: MIT
 *
 * file_cache: see file_cache.h.
 */
#include "gateway/file_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"

#define BUCKETS 512u
/* An entry's whole life. */
#define LIFE_MS 2000

struct file_cache {
	struct lane *lane;
	struct timer sweep;
	struct list used; /* the latest first */
	size_t entries, fds, bytes;
	struct file *buckets[BUCKETS];
};

/* ---- what it holds ---- */

static void unlink_from_bucket(struct file_cache *c, struct file *f)
{
	struct file **at = &c->buckets[f->hash % BUCKETS];

	while (*at != f)
		at = &(*at)->chain;
	*at = f->chain;
	f->chain = NULL;
}

static void drop(struct file_cache *c, struct file *f)
{
	unlink_from_bucket(c, f);
	list_remove(&f->link);
	c->entries--;
	c->fds -= f->fd >= 0;
	c->bytes -= f->contents ? f->size : 0;
	file_unref(f);
}

static void drop_last(struct file_cache *c)
{
	drop(c, list_last(&c->used, struct file, link));
}

static void drop_all(struct file_cache *c)
{
	while (!list_empty(&c->used))
		drop_last(c);
}

static void keep(struct file_cache *c, struct file *f)
{
	struct file **at = &c->buckets[f->hash % BUCKETS];

	f->chain = *at;
	*at = file_ref(f);
	list_push_front(&c->used, &f->link);
	c->entries++;
	c->fds += f->fd >= 0;
	c->bytes += f->contents ? f->size : 0;
	while (c->entries > FILE_CACHE_ENTRIES || c->fds > FILE_CACHE_FDS ||
		c->bytes > FILE_CACHE_BYTES)
		drop_last(c);
	if (mono_is_never(c->sweep.due))
		timer_set_ms(&c->lane->loop, &c->sweep, LIFE_MS);
}

static bool is_old(const struct file_cache *c, const struct file *f)
{
	return mono_ms_between(f->opened, c->lane->loop.now) >= LIFE_MS;
}

static void on_sweep(struct timer *t)
{
	struct file_cache *c = container_of(t, struct file_cache, sweep);

	list_for_each (it, &c->used) {
		struct file *f = container_of(it, struct file, link);
		if (is_old(c, f))
			drop(c, f);
	}
	if (!list_empty(&c->used))
		timer_set_ms(&c->lane->loop, t, LIFE_MS / 2);
}

/* ---- asking ---- */

static struct file_cache *cache_of(struct lane *l)
{
	struct file_cache *c = l->files;

	if (c || !(c = calloc(1, sizeof *c)))
		return c;
	c->lane = l;
	list_init(&c->used);
	timer_init(&c->sweep, on_sweep);
	return l->files = c;
}

/* Only what exists, or stands beside it, is ever looked for here with success: no name that a
 * client thought up makes the chains longer. */
static uint32_t hash_of(struct span path, enum http_coding coding)
{
	uint32_t h = 2166136261u + (uint32_t)coding;

	for (size_t i = 0; i < path.n; i++)
		h = (h ^ (unsigned char)path.p[i]) * 16777619u;
	return h ^ h >> 15;
}

static struct file *find(
	struct file_cache *c, uint32_t hash, struct span path, enum http_coding coding)
{
	struct file *f = c->buckets[hash % BUCKETS];

	while (f && !(f->hash == hash && f->coding == coding && span_eq(file_path(f), path)))
		f = f->chain;
	return f;
}

static bool is_fresh(const struct file_cache *c, const struct file *f, enum file_need need)
{
	return !is_old(c, f) && (need == FILE_GLANCE || file_is_current(f, c->lane->plan));
}

/* What another request would get as well. EISDIR is none of it: nothing of it is needed again. */
static bool is_worth_keeping(const struct file *f, enum file_need need)
{
	if (f->error == 0)
		return true;
	return f->error == ENOENT && (f->was_seen || need != FILE_ITSELF);
}

static struct file *open_anew(struct file_cache *c, struct span path, enum http_coding coding)
{
	struct file *f = file_open(c->lane->plan, path, coding);

	if (f && (f->error == EMFILE || f->error == ENFILE)) {
		file_unref(f);
		drop_all(c); /* some of the descriptors are ours to give back */
		f = file_open(c->lane->plan, path, coding);
	}
	if (f)
		f->opened = c->lane->loop.now;
	return f;
}

struct file *file_cache_get(
	struct lane *l, struct span path, enum http_coding coding, enum file_need need)
{
	struct file_cache *c = cache_of(l);
	uint32_t hash = hash_of(path, coding);
	struct file *f = c ? find(c, hash, path, coding) : NULL;

	if (f && is_fresh(c, f, need)) {
		list_remove(&f->link);
		list_push_front(&c->used, &f->link);
		return file_ref(f);
	}
	if (f)
		drop(c, f);
	f = c ? open_anew(c, path, coding) : NULL;
	if (f && is_worth_keeping(f, need)) {
		f->hash = hash;
		keep(c, f);
	}
	return f;
}

void file_cache_clear(struct lane *l)
{
	if (!l->files)
		return;
	drop_all(l->files);
	timer_stop(&l->loop, &l->files->sweep);
	free(l->files);
	l->files = NULL;
}
