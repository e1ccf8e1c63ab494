/* SPDX-License-Identifier: MIT
 *
 * outside_names: see outside_names.h. Getaddrinfo does not say how long an answer holds; so names
 * are asked for again after resolve_interval. One that was never found is asked for sooner, but
 * ever more seldom.
 */
#include "gateway/outside_names.h"

#include <netdb.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "gateway/outside_address.h"
#include "gateway/resolver.h"

#define PEERS_MAX 64

struct errand {
	struct resolver_question q;
	struct outside *of; /* its dispatcher is held */
	char *text;
	char host[OUTSIDE_HOST_MAX];
};

/* The plan may have changed since. */
static struct outside_name *find(struct outside *o, const char *text)
{
	for (size_t i = 0; i < o->nnames; i++)
		if (strcmp(o->names[i].text, text) == 0)
			return &o->names[i];
	return NULL;
}

static size_t read_answer(
	const struct addrinfo *answer, uint16_t port, struct fcgi_peer to[static PEERS_MAX])
{
	size_t n = 0;

	for (; answer && n < PEERS_MAX; answer = answer->ai_next)
		n += outside_peer_of(&to[n], answer->ai_addr, port);
	return n;
}

static bool has_none(const struct outside *o, const struct outside_name *name)
{
	size_t i = 0;

	while (i < o->n && &o->names[o->at[i]->name] != name)
		i++;
	return i == o->n || o->at[i]->standing.barred;
}

static void not_found(struct outside *o, struct outside_name *name, const char *why)
{
	uint32_t most = o->resolve_ms < o->rest_most_ms ? o->resolve_ms : o->rest_most_ms;
	bool none = has_none(o, name);
	uint32_t ms = none ? outside_rest_ms(++name->in_vain, most, 0) : o->resolve_ms;

	name->in_vain += !none;
	name->ask_at = mono_add_ms(lane_here->loop.now, ms);
	if (name->in_vain == 1)
		log_warn("[pool %s] the addresses of %s cannot be looked up: %s%s", o->pool,
			name->text, why, none ? "" : "; those that were known serve on");
	outside_lead_nowhere(o, name, why);
}

static void found(
	struct outside *o, struct outside_name *name, const struct fcgi_peer *at, size_t n)
{
	if (name->in_vain)
		log_notice("[pool %s] the addresses of %s are known again", o->pool, name->text);
	name->in_vain = 0;
	name->ask_at = mono_add_ms(lane_here->loop.now, o->resolve_ms);
	outside_lead(o, name, at, n);
}

static void take(struct errand *e, struct outside_name *name)
{
	struct fcgi_peer peers[PEERS_MAX];
	size_t n = read_answer(e->q.answer, name->place.port, peers);

	name->asked = false;
	if (n)
		found(e->of, name, peers, n);
	else
		not_found(e->of, name, e->q.why ? e->q.why : "it has no addresses");
}

static void ask_all(struct outside *o);

static void answered(struct resolver_question *q)
{
	struct errand *e = container_of(q, struct errand, q);
	struct outside *o = e->of;
	struct outside_name *name = o->left ? NULL : find(o, e->text);

	if (name)
		take(e, name);
	if (q->answer)
		freeaddrinfo(q->answer);
	if (!o->left)
		ask_all(o);
	dispatch_unref(o->dispatch);
	free(e->text);
	free(e);
}

static void ask(struct outside *o, struct outside_name *name)
{
	struct errand *e = mem_zalloc(sizeof *e);

	dispatch_ref(o->dispatch);
	e->of = o;
	e->text = mem_strdup(name->text);
	memcpy(e->host, name->place.host, sizeof e->host);
	e->q.host = e->host;
	e->q.answered = answered;
	name->asked = true;
	resolver_ask(&e->q);
}

/* Who is due; and when the next will be. */
static void ask_all(struct outside *o)
{
	struct mono next = MONO_NEVER;

	for (size_t i = 0; i < o->nnames; i++) {
		struct outside_name *name = &o->names[i];
		if (name->place.kind != OUTSIDE_NAME || name->asked)
			continue;
		if (!mono_before(lane_here->loop.now, name->ask_at))
			ask(o, name);
		else if (mono_before(name->ask_at, next))
			next = name->ask_at;
	}
	timer_set(&lane_here->loop, &o->ask, next);
}

static void on_ask(struct timer *t)
{
	ask_all(container_of(t, struct outside, ask));
}

void outside_names_begin(struct outside *o)
{
	if (!o->ask.fn)
		timer_init(&o->ask, on_ask);
	ask_all(o);
}

void outside_names_end(struct outside *o)
{
	timer_stop(&lane_here->loop, &o->ask);
}
