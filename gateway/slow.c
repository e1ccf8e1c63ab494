/* SPDX-License-Identifier: MIT
 *
 * slow: see slow.h. From any lane: the word travels to lane 0 with copies of what it names, since
 * the request may be over when it arrives.
 */
#include "gateway/slow.h"

#include <stdlib.h>

#include "common/chan.h"
#include "common/mem.h"
#include "gateway/dispatch.h"

#define LINE_MAX_BYTES   1024u
#define SCRIPT_MAX_BYTES 512u

static struct chan *up;

struct word {
	struct mail mail;
	struct msg_fact_slow fact;
	size_t line, script;
	char text[LINE_MAX_BYTES + SCRIPT_MAX_BYTES];
};

static void deliver(struct lane *l, struct mail *m)
{
	struct word *w = container_of(m, struct word, mail);

	(void)l;
	w->fact.line = (struct span){w->text, w->line};
	w->fact.script = (struct span){w->text + w->line, w->script};
	chan_send(up, MSG_FACT_SLOW, &w->fact, NULL);
	free(w);
}

static size_t copy(char *to, size_t room, struct span s)
{
	size_t n = s.n < room ? s.n : room;

	memcpy(to, n ? s.p : "", n);
	return n;
}

/* "GET /path?query" */
static size_t copy_line(char *to, const struct request *r)
{
	size_t n = copy(to, LINE_MAX_BYTES - 1, request_method(r));

	to[n++] = ' ';
	return n + copy(to + n, LINE_MAX_BYTES - n, request_target(r));
}

static void on_slow(const struct worker *w, const struct request *r)
{
	struct word *word = mem_zalloc(sizeof *word);

	dispatch_count_slow(w->dispatch);
	word->fact = (struct msg_fact_slow){.pool = dispatch_pool_id(w->dispatch),
		.worker = w->id,
		.pid = r->usage.pid,
		.ms = (uint32_t)mono_ms_between(r->engaged, r->lane->loop.now),
		.request = r->id};
	word->line = copy_line(word->text, r);
	word->script = copy(word->text + word->line, SCRIPT_MAX_BYTES, request_script(r));
	lane_post(&lanes[0], &word->mail, deliver);
}

void slow_begin(struct chan *to)
{
	up = to;
	worker_on_slow(on_slow);
}
