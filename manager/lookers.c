/* SPDX-License-Identifier: MIT
 *
 * lookers: see lookers.h.
 */
#include "manager/lookers.h"

static struct looker *looker_at(struct list *it)
{
	return container_of(it, struct looker, link);
}

static struct looker *find(struct lookers *ls, uint32_t question)
{
	list_for_each (it, &ls->all)
		if (looker_at(it)->question == question)
			return looker_at(it);
	return NULL;
}

void lookers_init(struct lookers *ls)
{
	list_init(&ls->all);
	ls->last_question = 0;
}

void lookers_add(struct lookers *ls, struct looker *l)
{
	l->question = ++ls->last_question;
	list_push_back(&ls->all, &l->link);
}

void lookers_row(struct lookers *ls, const struct msg_fact_running *m)
{
	struct looker *l = find(ls, m->question);

	if (l)
		l->row(l, m);
}

void looker_end(struct looker *l)
{
	list_remove(&l->link);
	l->end(l);
}

void lookers_end(struct lookers *ls, uint32_t question)
{
	struct looker *l = find(ls, question);

	if (l)
		looker_end(l);
}

void lookers_end_all(struct lookers *ls)
{
	list_for_each (it, &ls->all)
		looker_end(looker_at(it));
}
