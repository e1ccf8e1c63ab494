/* SPDX-License-Identifier: MIT
 *
 * fcgi_stage: see fcgi_stage.h.
 *
 * An answer may be complete before the request is, and the two cross on their way. So what still
 * comes of a request that is over is skipped, until its streams end or its id is given to another:
 * a web server that has seen the end may leave the rest away. An abort, and the end of a stream
 * that a role does not have, may cross the end as well. Anything else with an id that no request
 * has is malformed.
 */
#include "gateway/fcgi_stage.h"

static enum fcgi_deed refuse(const char *what, const char **why)
{
	*why = what;
	return FCGI_DO_BREAK;
}

static enum fcgi_deed begin(struct fcgi_stage *s, const struct fcgi_event *ev, const char **why)
{
	bool known = ev->role >= FCGI_RESPONDER && ev->role <= FCGI_FILTER;

	if (s->live)
		return refuse("begins a request with the id of another", why);
	*s = (struct fcgi_stage){.next = FCGI_NEXT_PARAMS,
		.role = known ? (uint8_t)ev->role : FCGI_RESPONDER,
		.live = true,
		.past = s->past};
	return known ? FCGI_DO_BEGIN : FCGI_DO_REFUSE_ROLE;
}

static enum fcgi_deed end_early(struct fcgi_stage *s, const char **why)
{
	if (s->live)
		return FCGI_DO_ABORT;
	if (s->late || s->past)
		return FCGI_DO_NOTHING;
	return refuse("aborts a request that it has not begun", why);
}

/* ---- streams ---- */

static const struct stream {
	uint8_t type, when; /* enum fcgi_next */
	enum fcgi_deed data, end;
	const char *early, *behind;
} streams[] = {
	{FCGI_PARAMS, FCGI_NEXT_PARAMS, FCGI_DO_PARAMS, FCGI_DO_PARAMS_END, "",
		"sends parameters of a request behind their end"},
	{FCGI_STDIN, FCGI_NEXT_STDIN, FCGI_DO_STDIN, FCGI_DO_STDIN_END,
		"sends a body before the end of its request's parameters",
		"sends more of a body behind its end"},
	{FCGI_DATA, FCGI_NEXT_DATA, FCGI_DO_DATA, FCGI_DO_DATA_END,
		"sends a file's data before the end of the body",
		"sends a file's data behind its end, or to a role that has none"},
};

static const struct stream *stream_of(uint8_t type)
{
	for (size_t i = 0; i < nitems(streams); i++)
		if (streams[i].type == type)
			return &streams[i];
	return NULL;
}

static uint8_t behind(const struct fcgi_stage *s)
{
	if (s->next == FCGI_NEXT_PARAMS && s->role != FCGI_AUTHORIZER)
		return FCGI_NEXT_STDIN;
	if (s->next == FCGI_NEXT_STDIN && s->role == FCGI_FILTER)
		return FCGI_NEXT_DATA;
	return FCGI_NEXT_NOTHING;
}

static const char *misplaced(const struct fcgi_stage *s, const struct stream *it)
{
	if (!s->live && !s->late)
		return s->past ? "goes on with a request that is over"
			       : "goes on with a request that it has not begun";
	return s->next != FCGI_NEXT_NOTHING && s->next < it->when ? it->early : it->behind;
}

/* Some web servers end a body that an authorizer never has. */
static bool is_superfluous(const struct fcgi_stage *s, const struct fcgi_event *ev)
{
	bool here = (s->live || s->late) && s->role == FCGI_AUTHORIZER &&
		    s->next == FCGI_NEXT_NOTHING;

	return ev->kind == FCGI_EV_STREAM_END && ev->type == FCGI_STDIN && (here || s->past);
}

static enum fcgi_deed take_stream(
	struct fcgi_stage *s, const struct fcgi_event *ev, const char **why)
{
	const struct stream *it = stream_of(ev->type);
	bool in_place = it && (s->live || s->late) && s->next == it->when;
	bool late = s->late;

	if (!it)
		return refuse("sends a stream that is a program's to send", why);
	if (!in_place)
		return is_superfluous(s, ev) ? FCGI_DO_NOTHING : refuse(misplaced(s, it), why);
	if (ev->kind == FCGI_EV_DATA)
		return late ? FCGI_DO_NOTHING : it->data;
	s->next = behind(s);
	s->late = late && s->next != FCGI_NEXT_NOTHING;
	return late ? FCGI_DO_NOTHING : it->end;
}

/* ---- all of them ---- */

enum fcgi_deed fcgi_stage_take(struct fcgi_stage *s, const struct fcgi_event *ev, const char **why)
{
	switch (ev->kind) {
	case FCGI_EV_NONE:
		return FCGI_DO_NOTHING;
	case FCGI_EV_BEGIN:
		return begin(s, ev, why);
	case FCGI_EV_ABORT:
		return end_early(s, why);
	case FCGI_EV_UNKNOWN:
		return FCGI_DO_TELL_UNKNOWN;
	case FCGI_EV_DATA:
		if (ev->type == FCGI_GET_VALUES)
			return FCGI_DO_VALUES;
		if (ev->type == FCGI_GET_VALUES_RESULT)
			break;
		return take_stream(s, ev, why);
	case FCGI_EV_STREAM_END:
		return take_stream(s, ev, why);
	case FCGI_EV_END:
	case FCGI_EV_REFUSED:
		break;
	}
	return refuse("sends a record that is a program's to send", why);
}

void fcgi_stage_answered(struct fcgi_stage *s)
{
	s->live = false;
	s->late = s->next != FCGI_NEXT_NOTHING;
	s->past = true;
}
