/* SPDX-License-Identifier: MIT
 *
 * outside_address: see outside_address.h.
 */
#include "gateway/outside_address.h"

#include <stdio.h>

#include "common/mem.h"

void outside_address_add(struct outside *o, size_t name, const struct fcgi_peer *peer)
{
	struct outside_address *a = mem_zalloc(sizeof *a + nlanes * sizeof a->kept[0]);
	const struct outside_name *of = &o->names[name];
	char label[OUTSIDE_LABEL_MAX];

	outside_peer_label(label, span_of(of->text), of->place.kind == OUTSIDE_NAME, peer);
	a->refs = 1;
	a->label = mem_strdup(label);
	a->peer = *peer;
	a->name = name;
	a->standing.barred = peer->len == 0;
	for (unsigned i = 0; i < nlanes; i++)
		list_init(&a->kept[i]);
	outside_add(o, a);
}

static void drop_address(struct outside *o, size_t i)
{
	struct outside_sums *past = &o->names[o->at[i]->name].past;

	past->requests += o->at[i]->sums.requests;
	past->failed += o->at[i]->sums.failed;
	outside_drop(o, i);
}

static bool is_among(const struct fcgi_peer *peers, size_t n, const struct fcgi_peer *p)
{
	size_t i = 0;

	while (i < n && !outside_peer_same(&peers[i], p))
		i++;
	return i < n;
}

static bool has_address(const struct outside *o, size_t name, const struct fcgi_peer *p)
{
	size_t i = 0;

	while (i < o->n && (o->at[i]->name != name || !outside_peer_same(&o->at[i]->peer, p)))
		i++;
	return i < o->n;
}

void outside_lead(
	struct outside *o, struct outside_name *of, const struct fcgi_peer *peers, size_t n)
{
	size_t name = (size_t)(of - o->names);

	pthread_mutex_lock(&o->dispatch->lock);
	for (size_t i = o->n; i-- > 0;)
		if (o->at[i]->name == name && !is_among(peers, n, &o->at[i]->peer))
			drop_address(o, i);
	for (size_t i = 0; i < n; i++)
		if (!has_address(o, name, &peers[i]))
			outside_address_add(o, name, &peers[i]);
	outside_review(o);
	pthread_mutex_unlock(&o->dispatch->lock);
}

void outside_lead_nowhere(struct outside *o, struct outside_name *of, const char *why)
{
	size_t name = (size_t)(of - o->names);

	pthread_mutex_lock(&o->dispatch->lock);
	for (size_t i = 0; i < o->n; i++) {
		struct outside_address *a = o->at[i];
		if (a->name != name || !a->standing.barred)
			continue;
		a->standing.failures = of->in_vain;
		a->standing.rests_until = of->ask_at;
		snprintf(a->why, sizeof a->why, "%s", why);
	}
	outside_review(o);
	pthread_mutex_unlock(&o->dispatch->lock);
}
