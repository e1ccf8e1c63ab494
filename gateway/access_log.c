/* SPDX-License-Identifier: MIT
 *
 * access_log: see access_log.h.
 *
 * A queue's timer runs on to its end even if the lines are written before: while it runs, the queue
 * refers to its file, and a file that nobody refers to has no timers left.
 */
#include "gateway/access_log.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"

/* Lines wait for one another up to this many bytes, or this long. */
#define FLUSH_BYTES (16u * 1024)
#define FLUSH_MS    500
/* Lines that a slow reader does not take: how many bytes may wait, and how long until it is tried
 * again. */
#define LOG_WAITING_MAX (1024u * 1024)
#define AGAIN_MS        5
#define FINISH_MS       300

static struct access_file house = {.link = {&house.link, &house.link},
	.refs = 1,
	.title = "access.log",
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.fd = -1};

static struct {
	pthread_mutex_t lock;
	struct list files;     /* of pools */
	struct mono finish_by; /* once for all lanes together */
	unsigned finished;     /* lanes */
} all = {.lock = PTHREAD_MUTEX_INITIALIZER, .files = {&all.files, &all.files}};

/* ---- files ---- */

void access_log_open(int fd, bool flush)
{
	access_file_open(&house, fd, flush);
}

static struct access_file *ref(struct access_file *f)
{
	atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
	return f;
}

/* Under the lock of all: nobody finds it any more while it goes. */
void access_log_unref(struct access_file *f)
{
	bool last;

	pthread_mutex_lock(&all.lock);
	last = atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) == 1;
	if (last)
		list_remove(&f->link);
	pthread_mutex_unlock(&all.lock);
	if (!last)
		return;
	access_file_open(f, -1, false);
	for (unsigned i = 0; i < LANES_MAX; i++) {
		if (f->queues[i])
			buf_free(&f->queues[i]->bytes);
		free(f->queues[i]);
	}
	pthread_mutex_destroy(&f->lock);
	free(f);
}

/* Under the lock of all. */
static struct access_file *find(uint32_t pool)
{
	list_for_each (it, &all.files) {
		struct access_file *f = container_of(it, struct access_file, link);
		if (f->pool == pool)
			return ref(f);
	}
	return NULL;
}

struct access_file *access_log_of_pool(uint32_t pool, const char *name)
{
	struct access_file *f;

	pthread_mutex_lock(&all.lock);
	f = find(pool);
	if (!f) {
		f = mem_zalloc(sizeof *f);
		access_file_init(f, pool, name);
		f->refs = 1;
		list_push_back(&all.files, &f->link);
	}
	pthread_mutex_unlock(&all.lock);
	return f;
}

void access_log_open_pool(uint32_t pool, int fd, bool flush)
{
	struct access_file *f;

	pthread_mutex_lock(&all.lock);
	f = find(pool);
	pthread_mutex_unlock(&all.lock);
	if (!f) {
		fd_close(&fd);
		return;
	}
	access_file_open(f, fd, flush);
	access_log_unref(f);
}

/* ---- queues: their lane's alone ---- */

static void on_timer(struct timer *t);

static struct access_queue *queue_of(struct access_file *f, struct lane *l)
{
	struct access_queue *q = f->queues[l->index];

	if (q)
		return q;
	q = calloc(1, sizeof *q);
	if (!q)
		return NULL;
	q->file = f;
	q->lane = l;
	list_init(&q->link);
	timer_init(&q->timer, on_timer);
	return f->queues[l->index] = q;
}

/* Within this time. */
static void write_later(struct access_queue *q, uint32_t ms)
{
	struct mono due = mono_add_ms(q->lane->loop.now, ms);

	if (list_empty(&q->link)) {
		ref(q->file);
		list_push_back(&q->lane->logs, &q->link);
		timer_set(&q->lane->loop, &q->timer, due);
	} else if (mono_before(due, q->timer.due)) {
		timer_set(&q->lane->loop, &q->timer, due);
	}
}

static void write_queue(struct access_queue *q)
{
	access_file_write(q->file, &q->bytes);
	q->again = buf_len(&q->bytes) ? buf_len(&q->bytes) + FLUSH_BYTES : 0;
	if (q->again)
		write_later(q, AGAIN_MS);
}

/* Pools are many, and most of them quiet. */
static void on_timer(struct timer *t)
{
	struct access_queue *q = container_of(t, struct access_queue, timer);
	struct access_file *f = q->file;

	list_remove(&q->link);
	write_queue(q);
	if (f != &house && buf_len(&q->bytes) == 0)
		buf_free(&q->bytes);
	access_log_unref(f);
}

void access_log_write(struct lane *l)
{
	list_for_each (it, &l->logs)
		write_queue(container_of(it, struct access_queue, link));
}

static void lose(struct access_file *f, const char *why)
{
	access_file_lose(f, why, SPAN_LIT("\n"));
}

static bool is_due(const struct access_queue *q)
{
	size_t n = buf_len(&q->bytes);

	if (q->again)
		return n >= q->again;
	return q->file->at_once || n >= FLUSH_BYTES;
}

static void added(struct access_queue *q, bool ok)
{
	if (!ok)
		lose(q->file, "out of memory");
	if (is_due(q))
		write_queue(q);
	else
		write_later(q, FLUSH_MS);
}

/* Where the next line goes; NULL, and it is lost. */
static struct access_queue *room_in(struct access_file *f, struct lane *l)
{
	struct access_queue *q = queue_of(f, l);

	if (q && buf_len(&q->bytes) <= LOG_WAITING_MAX)
		return q;
	lose(f, q ? "its reader is too slow" : "out of memory");
	return NULL;
}

/* ---- lines ---- */

void access_log_expect(struct access_late *late, struct request *r)
{
	late->of = r;
	r->late = late;
}

void access_log_part(struct request *r)
{
	if (r->late)
		r->late->of = NULL;
	r->late = NULL;
}

static void add_line(struct access_file *f, struct request *r, const char *peer)
{
	struct access_queue *q;

	if (access_line_lacks(r)) {
		if (access_line_begin(r->late, r, peer, mono_now())) {
			r->late->file = ref(f);
			list_push_back(&r->lane->late, &r->late->link);
		} else {
			lose(f, "out of memory");
		}
	} else if ((q = room_in(f, r->lane))) {
		added(q, access_line_put(&q->bytes, r, peer, mono_now()));
	}
}

void access_log_line(struct request *r, const char *peer)
{
	const struct plan_pool *pool = request_home(r);
	struct access_file *f = pool && pool->access_file ? pool->access_file : &house;

	if (f->open && !access_line_is_suppressed(r))
		add_line(f, r, peer);
	access_log_part(r);
}

void access_log_used(struct access_late *late, const struct usage *u)
{
	struct access_queue *q;

	if (late->of && u->known)
		request_has_used(late->of, u->cpu_us, u->peak_kb);
	if (late->of)
		access_log_part(late->of);
	if (list_empty(&late->link))
		return;
	list_remove(&late->link);
	q = room_in(late->file, lane_here);
	if (q)
		added(q, access_usage_fill(&q->bytes, late, u, mono_now()));
	access_log_unref(late->file);
	late->file = NULL;
}

/* ---- the end ---- */

/* The lane ends before the scripts. */
static void finish_late(struct lane *l)
{
	static const struct usage unknown;

	while (!list_empty(&l->late))
		access_log_used(list_first(&l->late, struct access_late, link), &unknown);
}

static struct mono finish_by(void)
{
	struct mono by;

	pthread_mutex_lock(&all.lock);
	if (all.finish_by.us == 0)
		all.finish_by = mono_add_ms(mono_now(), FINISH_MS);
	by = all.finish_by;
	pthread_mutex_unlock(&all.lock);
	return by;
}

static void finish_queue(struct access_queue *q, struct mono by)
{
	struct access_file *f = q->file;
	struct mono now = mono_now();

	list_remove(&q->link);
	timer_stop(&q->lane->loop, &q->timer);
	access_file_write(f, &q->bytes);
	for (; buf_len(&q->bytes) && mono_before(now, by); now = mono_now()) {
		access_file_wait(f, (int)mono_ms_between(now, by) + 1);
		access_file_write(f, &q->bytes);
	}
	if (buf_len(&q->bytes))
		access_file_lose(f, "its reader is too slow", buf_span(&q->bytes));
	buf_clear(&q->bytes);
	access_log_unref(f);
}

static void tell_all(void)
{
	access_file_tell(&house);
	list_for_each (it, &all.files)
		access_file_tell(container_of(it, struct access_file, link));
}

void access_log_finish(struct lane *l)
{
	finish_late(l);
	while (!list_empty(&l->logs))
		finish_queue(list_first(&l->logs, struct access_queue, link), finish_by());
	pthread_mutex_lock(&all.lock);
	if (++all.finished == nlanes)
		tell_all();
	pthread_mutex_unlock(&all.lock);
}
