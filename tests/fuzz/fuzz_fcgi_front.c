/* SPDX-License-Identifier: MIT
 *
 * fuzz_fcgi_front: what a web server sends on a FastCGI connection means the same however it was
 * cut, and parameters that were let in can be read to their end.
 *
 * Input: a byte for the cut, one that says whose answers come early, then what is sent.
 */
#include <assert.h>
#include <stdlib.h>

#include "gateway/fcgi_given.h"
#include "gateway/fcgi_stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IDS 256

struct peer {
	struct fcgi_reader reader;
	struct fcgi_stage stages[IDS]; /* likewise */
	struct buf params[8];          /* ids share them, which does no harm here */
	struct buf told;
	uint8_t early;
	unsigned live;
	bool open, broken;
};

static void tell(struct peer *p, const void *bytes, size_t n)
{
	assert(buf_put(&p->told, bytes, n));
}

/* Those that may come in pieces are read by another decoder, which says the same. */
static void read_in_pieces(
	struct fcgi_pairs *d, struct span rest, struct span name, struct span value)
{
	struct fcgi_piece piece;

	assert(fcgi_pairs_feed(d, rest.p, rest.n, &piece) > 0 && piece.done);
	assert(span_eq(piece.name, name) && span_eq(piece.value, value));
}

/* Every pair lies within them, and together they are all there is. */
static void read_params(struct buf *b)
{
	size_t n = buf_len(b), all = 0;
	char *copy = malloc(n + 1);
	struct span rest = {copy, n}, name, value;
	struct fcgi_pairs d = {.left = n};
	struct fcgi_given given;
	struct span before = rest;
	const char *why;

	assert(copy);
	if (n)
		memcpy(copy, buf_head(b), n);
	why = fcgi_given_read(rest, &given);
	while (fcgi_given_next(&rest, &name, &value)) {
		assert(name.p >= copy && name.p + name.n <= copy + n);
		assert(value.n == 0 || (value.p >= copy && value.p + value.n <= copy + n));
		read_in_pieces(&d, before, name, value);
		before = rest;
		all += name.n + value.n;
		fcgi_given_is_barred(name);
		fcgi_given_is_unsafe(name);
	}
	assert(all <= n && (why || rest.n == 0));
	free(copy);
	buf_clear(b);
}

static bool is_piece(enum fcgi_deed deed)
{
	return deed == FCGI_DO_PARAMS || deed == FCGI_DO_STDIN || deed == FCGI_DO_DATA ||
	       deed == FCGI_DO_VALUES;
}

/* Pieces of one record are told as one; so is what comes of none of them. */
static void tell_deed(struct peer *p, const struct fcgi_event *ev, enum fcgi_deed deed)
{
	const uint16_t facts[] = {(uint16_t)deed, ev->id, ev->type};

	if (!p->open)
		tell(p, facts, sizeof facts);
	if (is_piece(deed) && ev->data.n)
		tell(p, ev->data.p, ev->data.n);
	p->open = ev->kind == FCGI_EV_DATA && !ev->record_end;
}

static void answer(struct fcgi_stage *s)
{
	if (!s->live)
		return;
	fcgi_stage_answered(s);
	assert(!s->live && s->past && s->late == !fcgi_stage_is_whole(s));
}

static void on_event(struct peer *p, const struct fcgi_event *ev)
{
	struct fcgi_stage *s = &p->stages[ev->id % IDS];
	const char *why = NULL;
	enum fcgi_deed deed = fcgi_stage_take(s, ev, &why);

	assert((deed == FCGI_DO_BREAK) == (why != NULL));
	assert(!(s->live && s->late));
	tell_deed(p, ev, deed);
	if (deed == FCGI_DO_BREAK) {
		p->broken = true;
		return;
	}
	if (deed == FCGI_DO_PARAMS)
		assert(s->live && buf_put_span(&p->params[ev->id % 8], ev->data));
	else if (deed == FCGI_DO_PARAMS_END)
		read_params(&p->params[ev->id % 8]);
	if (ev->kind != FCGI_EV_DATA && (p->early >> (deed % 8) & 1))
		answer(s);
}

static void take(struct peer *p, const char *bytes, size_t n)
{
	while (n && !p->broken) {
		struct fcgi_event ev;
		ssize_t used = fcgi_read(&p->reader, bytes, n, &ev);
		if (used < 0) {
			p->broken = true;
			return;
		}
		assert(used > 0 && (size_t)used <= n);
		if (ev.kind != FCGI_EV_NONE)
			on_event(p, &ev);
		bytes += used;
		n -= (size_t)used;
	}
}

static struct peer *play(const uint8_t *data, size_t n, size_t step, uint8_t early)
{
	struct peer *p = calloc(1, sizeof *p);

	assert(p);
	p->early = early;
	for (size_t at = 0; at < n; at += step) {
		size_t k = n - at < step ? n - at : step;
		char *copy = malloc(k);
		assert(copy);
		memcpy(copy, data + at, k);
		take(p, copy, k);
		free(copy);
	}
	return p;
}

static void leave(struct peer *p)
{
	for (size_t i = 0; i < nitems(p->params); i++)
		buf_free(&p->params[i]);
	buf_free(&p->told);
	free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct peer *whole, *cut;

	if (size < 3 || size > 4096)
		return 0;
	whole = play(data + 2, size - 2, size, data[1]);
	for (size_t step = 1; step < 300; step += 1u + data[0]) {
		cut = play(data + 2, size - 2, step, data[1]);
		assert(cut->broken == whole->broken);
		assert(span_eq(buf_span(&cut->told), buf_span(&whole->told)));
		leave(cut);
		if (step > 1)
			break;
	}
	leave(whole);
	return 0;
}
