/* SPDX-License-Identifier: MIT
 *
 * access_usage: see access_usage.h.
 */
#include "gateway/access_usage.h"

/* In hundredths of a percent, of one processor. */
static void put_cpu_of(
	struct line *l, enum access_option option, const struct usage *u, struct mono engaged)
{
	int64_t us = mono_us_between(engaged, l->now);

	if (u->known && option == ACCESS_TOTAL)
		put_fraction(l, u->cpu_us * 10000 / (uint64_t)(us > 0 ? us : 1), 2);
	else
		put_unknown(l);
}

static void put_memory_of(struct line *l, enum access_option option, const struct usage *u)
{
	uint64_t kb = u->peak_kb;

	if (!u->known)
		put_unknown(l);
	else
		put_number(l, option == ACCESS_IN_BYTES    ? kb * 1024
			      : option == ACCESS_KILOBYTES ? kb
							   : kb / 1024);
}

/* Where a value is left out, and which. */
struct mark {
	size_t at;
	struct access_item it;
};

static bool leave_out(struct line *l, const struct access_item *it)
{
	struct mark m = {buf_len(l->b), *it};

	if (!l->marks)
		return false;
	if (!buf_put(l->marks, &m, sizeof m))
		l->failed = true;
	return true;
}

static void put_pid_of(struct line *l, uint32_t pid)
{
	if (pid)
		put_number(l, pid);
	else
		put_unknown(l);
}

void put_worker_pid(struct line *l, const struct access_item *it)
{
	if (!leave_out(l, it))
		put_pid_of(l, l->r->usage.pid);
}

void put_cpu(struct line *l, const struct access_item *it)
{
	if (!leave_out(l, it))
		put_cpu_of(l, it->option, &l->r->usage, l->r->engaged);
}

void put_memory(struct line *l, const struct access_item *it)
{
	if (!leave_out(l, it))
		put_memory_of(l, it->option, &l->r->usage);
}

/* ---- filled in later ---- */

bool access_usage_fill(
	struct buf *b, const struct access_late *late, const struct usage *u, struct mono now)
{
	struct line l = {b, NULL, NULL, now, NULL, late->json, false};
	struct span rest = buf_span(&late->text), marks = buf_span(&late->marks);
	size_t before = buf_len(b), at = 0;
	struct mark m;

	for (; marks.n; marks = span_from(marks, sizeof m)) {
		memcpy(&m, marks.p, sizeof m);
		put_plain(&l, (struct span){rest.p, m.at - at});
		rest = span_from(rest, m.at - at);
		at = m.at;
		if (m.it.what == ACCESS_CPU)
			put_cpu_of(&l, m.it.option, u, late->engaged);
		else if (m.it.what == ACCESS_MEMORY)
			put_memory_of(&l, m.it.option, u);
		else
			put_pid_of(&l, late->pid);
	}
	put_plain(&l, rest);
	if (l.failed)
		b->end = b->start + before;
	return !l.failed;
}
