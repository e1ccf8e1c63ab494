/* SPDX-License-Identifier: MIT
 *
 * lane: see lane.h.
 */
#include "gateway/lane.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"

/* A spare above this is given back to the system: one large request shall not be remembered. */
#define SPARE_MAX (64u * 1024)
#define SPARE_MIN 4096u

struct lane *lanes;
unsigned nlanes;
_Thread_local struct lane *lane_here;

/* ---- mail ---- */

static struct mail *mail_take(struct lane *l)
{
	struct mail *m = NULL;

	pthread_mutex_lock(&l->mail_lock);
	if (!list_empty(&l->mail)) {
		m = list_first(&l->mail, struct mail, link);
		list_remove(&m->link);
	}
	pthread_mutex_unlock(&l->mail_lock);
	return m;
}

static void on_bell(struct io *io, uint32_t events)
{
	struct lane *l = container_of(io, struct lane, bell);
	uint64_t rings;
	struct mail *m;

	(void)events;
	if (read(io->fd, &rings, sizeof rings) < 0)
		return;
	while ((m = mail_take(l)))
		m->fn(l, m);
}

void lane_post(struct lane *to, struct mail *m, void (*fn)(struct lane *lane, struct mail *mail))
{
	static const uint64_t one = 1;
	bool first;

	m->fn = fn;
	pthread_mutex_lock(&to->mail_lock);
	first = list_empty(&to->mail);
	list_push_back(&to->mail, &m->link);
	pthread_mutex_unlock(&to->mail_lock);
	/* Only the first letter rings: on_bell empties the box after it has heard the bell. */
	if (first && write(to->bell.fd, &one, sizeof one) < 0)
		log_error("lane %u: eventfd: %m", to->index);
}

/* ---- later ---- */

static void on_later(struct io *io, uint32_t events)
{
	struct lane *l = container_of(io, struct lane, later_bell);
	struct list due;

	(void)events;
	/* Only what is there now: what is put off again waits for the next bell. */
	list_add_after(&l->later, &due);
	list_remove(&l->later);
	while (!list_empty(&due)) {
		struct later *it = list_first(&due, struct later, link);
		list_remove(&it->link);
		it->fn(it);
	}
}

void lane_later(struct lane *l, struct later *later)
{
	bool first = list_empty(&l->later);

	list_push_back(&l->later, &later->link);
	if (first && loop_mod(&l->loop, &l->later_bell, EPOLLIN | EPOLLONESHOT) < 0)
		log_error("lane %u: epoll_ctl: %m", l->index);
}

/* ---- birth ---- */

static void lane_init(struct lane *l, unsigned index)
{
	if (loop_init(&l->loop) < 0)
		fatal(71, "epoll_create1: %m");
	l->index = index;
	l->scratch = mem_array(NULL, 1, LANE_SCRATCH);
	/* Ids of this gateway, of one before it and of different lanes differ in their upper bits.
	 */
	l->next_id = (uint64_t)time(NULL) << 32 | (uint64_t)index << 26;
	list_init(&l->conns);
	list_init(&l->idle);
	list_init(&l->fresh);
	list_init(&l->ports);
	list_init(&l->runners);
	list_init(&l->requests);
	list_init(&l->mail);
	list_init(&l->later);
	list_init(&l->logs);
	list_init(&l->late);
	pthread_mutex_init(&l->mail_lock, NULL);
	l->bell = (struct io){.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .fn = on_bell};
	if (l->bell.fd < 0 || loop_add(&l->loop, &l->bell, EPOLLIN) < 0)
		fatal(71, "eventfd: %m");
	l->later_bell = (struct io){.fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK), .fn = on_later};
	if (l->later_bell.fd < 0 || loop_add(&l->loop, &l->later_bell, EPOLLONESHOT) < 0)
		fatal(71, "eventfd: %m");
}

void lanes_create(void)
{
	lanes = mem_zalloc(LANES_MAX * sizeof *lanes);
	nlanes = 1;
	lane_init(&lanes[0], 0);
	lane_here = &lanes[0];
}

static void *lane_main(void *arg)
{
	lane_here = arg;
	loop_run(&lane_here->loop);
	return NULL;
}

void lanes_start(unsigned n)
{
	int err = 0;

	must(nlanes == 1 && n >= 1 && n <= LANES_MAX);
	for (unsigned i = 1; i < n; i++)
		lane_init(&lanes[i], i);
	nlanes = n;
	for (unsigned i = 1; i < nlanes && !err; i++)
		err = pthread_create(&lanes[i].thread, NULL, lane_main, &lanes[i]);
	if (err)
		fatal(71, "pthread_create: %s", strerror(err));
}

/* ---- small stores ---- */

struct buf lane_buf(struct lane *l)
{
	struct buf b = BUF_INIT;

	if (l->nspares)
		return l->spares[--l->nspares];
	buf_reserve(&b, SPARE_MIN);
	return b;
}

void lane_buf_back(struct lane *l, struct buf *b)
{
	if (b->cap >= SPARE_MIN && b->cap <= SPARE_MAX && l->nspares < LANE_SPARES) {
		buf_clear(b);
		l->spares[l->nspares++] = *b;
		*b = BUF_INIT;
	} else {
		buf_free(b);
	}
}

static void dates_refresh(struct lane *l)
{
	time_t now = time(NULL);
	struct tm tm;

	if (now == l->date_at)
		return;
	l->date_at = now;
	gmtime_r(&now, &tm);
	strftime(l->date, sizeof l->date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	localtime_r(&now, &tm);
	strftime(l->clf_date, sizeof l->clf_date, "%d/%b/%Y:%H:%M:%S %z", &tm);
}

const char *lane_date(struct lane *l)
{
	dates_refresh(l);
	return l->date;
}

const char *lane_clf_date(struct lane *l)
{
	dates_refresh(l);
	return l->clf_date;
}

int64_t lane_wall_us(struct lane *l)
{
	struct timespec ts;

	if (l->wall_us == 0 || l->wall_of.us != l->loop.now.us) {
		clock_gettime(CLOCK_REALTIME, &ts);
		l->wall_of = l->loop.now;
		l->wall_us = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
	}
	return l->wall_us;
}
