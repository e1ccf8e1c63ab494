/* SPDX-License-Identifier: MIT
 *
 * look: see look.h.
 */
#include "manager/look.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"

/* A gateway that takes longer has other worries. */
#define PATIENCE_MS 1000

struct look {
	struct looker looker;
	struct list asker; /* who waits; he leaves the list when he hangs up */
	struct house *house;
	struct timer deadline;
	struct seen seen;
	char *of;
	look_teller *tell;
};

static void on_row(struct looker *from, const struct msg_fact_running *m)
{
	struct look *l = container_of(from, struct look, looker);
	struct running *r;

	if (l->seen.n == LOOK_MOST)
		return;
	r = &l->seen.at[l->seen.n++];
	r->pool = m->pool;
	r->pid = m->pid;
	r->ms = m->ms;
	r->request = m->request;
	log_escape(r->line, sizeof r->line, m->line.p, m->line.n);
}

static void on_end(struct looker *from)
{
	struct look *l = container_of(from, struct look, looker);

	timer_stop(&l->house->loop, &l->deadline);
	list_for_each (it, &l->asker) {
		list_remove(it);
		l->tell(l->house, container_of(it, struct asker, link), l->of, &l->seen);
	}
	free(l->of);
	free(l);
}

static void on_deadline(struct timer *t)
{
	struct look *l = container_of(t, struct look, deadline);

	looker_end(&l->looker);
}

void look(struct house *h, struct asker *a, uint32_t most, const char *of, look_teller *tell)
{
	struct look *l = mem_zalloc(sizeof *l);

	l->looker = (struct looker){.row = on_row, .end = on_end};
	l->house = h;
	l->of = of ? mem_strdup(of) : NULL;
	l->tell = tell;
	list_init(&l->asker);
	list_push_back(&l->asker, &a->link);
	timer_init(&l->deadline, on_deadline);
	timer_set_ms(&h->loop, &l->deadline, PATIENCE_MS);
	downlink_look(&h->downlink, &l->looker, most);
}
