/* SPDX-License-Identifier: MIT
 *
 * said: see said.h.
 *
 * The pool's limit is a clock that every line puts forward: as long as it is not too far ahead of
 * ours, the line may be said. So there is nothing to refill, and no lock.
 */
#include "gateway/said.h"

#include "common/log.h"
#include "gateway/lane.h"

/* For one request; a script that babbles must not fill the disk. */
#define LINES_OF_A_REQUEST 100
#define LINE_US            (1000000 / SAID_A_SECOND)

static bool may_say(struct said_limit *l)
{
	int64_t now = lane_here->loop.now.us, was = l->paid_until, then;

	do {
		then = (was > now ? was : now) + LINE_US;
		if (then - now > (int64_t)SAID_AT_ONCE * LINE_US) {
			atomic_fetch_add_explicit(&l->dropped, 1, memory_order_relaxed);
			return false;
		}
	} while (!atomic_compare_exchange_weak(&l->paid_until, &was, then));
	return true;
}

static void record(void *arg, const char *line)
{
	struct said *s = arg;

	if (++s->count <= LINES_OF_A_REQUEST && may_say(s->limit))
		log_words(LOG_AT_WARNING,
			&(struct log_words){s->tag, "stderr", line,
				s->count == LINES_OF_A_REQUEST ? " (its further lines are dropped)"
							       : "",
				s->limit->plain});
}

void said_begin(struct said *s, struct said_limit *limit)
{
	s->limit = limit;
	s->count = 0;
	s->lines.used = 0;
	s->lines.cut = false;
	s->lines.most = log_words_max();
}

void said_take(struct said *s, struct span bytes)
{
	if (!s->limit->mute)
		lines_take(&s->lines, bytes, record, s);
}

void said_end(struct said *s)
{
	lines_end(&s->lines, record, s);
}

void said_free(struct said *s)
{
	lines_free(&s->lines);
}

void said_tell_dropped(struct said_limit *l, const char *pool)
{
	uint32_t n = atomic_exchange_explicit(&l->dropped, 0, memory_order_relaxed);

	if (n)
		log_warn("[pool %s] %u lines said into stderr were dropped: more than %u at once, "
			 "and then %u a second, are not logged",
			pool, n, SAID_AT_ONCE, SAID_A_SECOND);
}
