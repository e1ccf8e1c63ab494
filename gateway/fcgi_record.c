/* SPDX-License-Identifier: MIT
 *
 * fcgi_record: FastCGI 1.0 records and name-value pairs, written and read in both directions.
 * Runs in: the gateway. Pure: no I/O, no clock, no log, and no allocation but the growth of the
 * buffer written to. It knows single records; which may follow which is known to its callers.
 *
 * Layouts are those of FastCGI 1.0 section 8; all integers are big-endian.
 */
#include "gateway/fcgi_record.h"

/* BEGIN_REQUEST, END_REQUEST and UNKNOWN_TYPE have bodies of this one size. */
#define BODY_LEN 8

_Static_assert(sizeof(FCGI_BeginRequestBody) == BODY_LEN, "FastCGI 1.0 5.1");
_Static_assert(sizeof(FCGI_EndRequestBody) == BODY_LEN, "FastCGI 1.0 5.5");
_Static_assert(sizeof(FCGI_UnknownTypeBody) == BODY_LEN, "FastCGI 1.0 4.2");

/* What the header alone says about a record of each type. */
enum shape { UNKNOWN, EMPTY, FIXED, STREAM, PAIRS };

static const struct shape_row {
	uint8_t shape;
	bool management; /* on request id 0, and nowhere else */
} shapes[FCGI_MAXTYPE + 1] = {
	[FCGI_BEGIN_REQUEST] = {FIXED, false},
	[FCGI_ABORT_REQUEST] = {EMPTY, false},
	[FCGI_END_REQUEST] = {FIXED, false},
	[FCGI_PARAMS] = {STREAM, false},
	[FCGI_STDIN] = {STREAM, false},
	[FCGI_STDOUT] = {STREAM, false},
	[FCGI_STDERR] = {STREAM, false},
	[FCGI_DATA] = {STREAM, false},
	[FCGI_GET_VALUES] = {PAIRS, true},
	[FCGI_GET_VALUES_RESULT] = {PAIRS, true},
	[FCGI_UNKNOWN_TYPE] = {FIXED, true},
};

/* A type we do not know is a management record's, or it is nothing (FastCGI 1.0 4.2). */
static struct shape_row shape_of(uint8_t type)
{
	return type <= FCGI_MAXTYPE && shapes[type].shape != UNKNOWN
		       ? shapes[type]
		       : (struct shape_row){UNKNOWN, true};
}

/* No padding (FastCGI 1.0 3.3 recommends alignment, and lets us do without). */
void fcgi_put_header(char to[static FCGI_HEADER_LEN], uint8_t type, uint16_t id, uint16_t length)
{
	to[0] = FCGI_VERSION_1;
	to[1] = (char)type;
	to[2] = (char)(id >> 8);
	to[3] = (char)id;
	to[4] = (char)(length >> 8);
	to[5] = (char)length;
	to[6] = 0; /* padding */
	to[7] = 0; /* reserved */
}

/* One record, with at most as much content as one takes. */
static bool put_record(struct buf *b, uint8_t type, uint16_t id, struct span content)
{
	if (!buf_reserve(b, FCGI_HEADER_LEN + content.n))
		return false;
	fcgi_put_header(buf_tail(b), type, id, (uint16_t)content.n);
	buf_grew(b, FCGI_HEADER_LEN);
	return buf_put_span(b, content);
}

bool fcgi_begin_request(struct buf *b, uint16_t id, uint16_t role, bool keep_conn)
{
	const char body[BODY_LEN] = {(char)(role >> 8), (char)role, keep_conn ? FCGI_KEEP_CONN : 0};

	return put_record(b, FCGI_BEGIN_REQUEST, id, (struct span){body, sizeof body});
}

bool fcgi_abort_request(struct buf *b, uint16_t id)
{
	return put_record(b, FCGI_ABORT_REQUEST, id, SPAN_NONE);
}

bool fcgi_end_request(struct buf *b, uint16_t id, uint32_t app_status, uint8_t protocol_status)
{
	const char body[BODY_LEN] = {(char)(app_status >> 24), (char)(app_status >> 16),
		(char)(app_status >> 8), (char)app_status, (char)protocol_status};

	return put_record(b, FCGI_END_REQUEST, id, (struct span){body, sizeof body});
}

bool fcgi_unknown_type(struct buf *b, uint8_t type)
{
	const char body[BODY_LEN] = {(char)type};

	return put_record(
		b, FCGI_UNKNOWN_TYPE, FCGI_NULL_REQUEST_ID, (struct span){body, sizeof body});
}

bool fcgi_stream(struct buf *b, uint8_t type, uint16_t id, struct span content)
{
	while (content.n > 0) {
		size_t n = content.n < FCGI_MAX_LENGTH ? content.n : FCGI_MAX_LENGTH;

		if (!put_record(b, type, id, (struct span){content.p, n}))
			return false;
		content = span_from(content, n);
	}
	return true;
}

bool fcgi_stream_end(struct buf *b, uint8_t type, uint16_t id)
{
	return put_record(b, type, id, SPAN_NONE);
}

bool fcgi_params_open(struct fcgi_params *w, struct buf *b, uint8_t type, uint16_t id)
{
	*w = (struct fcgi_params){.at = buf_len(b), .id = id, .type = type};
	return put_record(b, type, id, SPAN_NONE);
}

/* One byte up to 127, else four with the top bit set (FastCGI 1.0 3.4). */
static size_t put_length(char *to, size_t length)
{
	if (length < 0x80) {
		to[0] = (char)length;
		return 1;
	}
	to[0] = (char)(length >> 24 | 0x80);
	to[1] = (char)(length >> 16);
	to[2] = (char)(length >> 8);
	to[3] = (char)length;
	return 4;
}

bool fcgi_param(struct buf *b, struct span name, struct span value)
{
	char *to;
	size_t n;

	if (name.n > INT32_MAX || value.n > INT32_MAX || !buf_reserve(b, 8 + name.n + value.n))
		return false;
	to = buf_tail(b);
	n = put_length(to, name.n);
	n += put_length(to + n, value.n);
	buf_grew(b, n);
	return buf_put_span(b, name) && buf_put_span(b, value);
}

/* Content beyond one record's: makes room for the further headers, then moves the pieces to their
 * places, the last one first. A pair may be cut anywhere, for pairs are a stream. */
static bool cut(const struct fcgi_params *w, struct buf *b, size_t length)
{
	const size_t step = FCGI_HEADER_LEN + FCGI_MAX_LENGTH;
	const size_t further = (length - 1) / FCGI_MAX_LENGTH;

	if (!buf_reserve(b, further * FCGI_HEADER_LEN))
		return false;
	buf_grew(b, further * FCGI_HEADER_LEN);

	char *first = buf_head(b) + w->at;
	const char *content = first + FCGI_HEADER_LEN;

	for (size_t k = further; k > 0; k--) {
		size_t from = k * FCGI_MAX_LENGTH;
		size_t n = length - from < FCGI_MAX_LENGTH ? length - from : FCGI_MAX_LENGTH;
		char *record = first + k * step;

		memmove(record + FCGI_HEADER_LEN, content + from, n);
		fcgi_put_header(record, w->type, w->id, (uint16_t)n);
	}
	fcgi_put_header(first, w->type, w->id, FCGI_MAX_LENGTH);
	return true;
}

/* No content at all is no record for a stream, where it would be the end; for a management record
 * it is an empty list. */
bool fcgi_params_close(struct fcgi_params *w, struct buf *b)
{
	size_t length = buf_len(b) - w->at - FCGI_HEADER_LEN;

	const bool stream = shape_of(w->type).shape == STREAM;

	if (length > FCGI_MAX_LENGTH)
		return stream && cut(w, b, length);
	if (length == 0 && stream)
		b->end -= FCGI_HEADER_LEN;
	else
		fcgi_put_header(buf_head(b) + w->at, w->type, w->id, (uint16_t)length);
	return true;
}

/* Where the reader is in a record. */
enum place { HEADER, BODY, CONTENT, PADDING };

static void go_on(struct fcgi_reader *r)
{
	r->have = 0;
	if (r->content > 0)
		r->place = shape_of(r->type).shape == FIXED ? BODY : CONTENT;
	else
		r->place = r->padding > 0 ? PADDING : HEADER;
}

/* Collects the eight bytes that a header has, and a body of fixed size; true when complete. */
static bool collect(struct fcgi_reader *r, const char *p, size_t n, size_t *used)
{
	size_t more = sizeof r->head - r->have;

	*used = more < n ? more : n;
	memcpy(r->head + r->have, p, *used);
	r->have = (uint8_t)(r->have + *used);
	return r->have == sizeof r->head;
}

static const char *check_header(const struct fcgi_reader *r)
{
	const struct shape_row row = shape_of(r->type);

	if (r->head[0] != FCGI_VERSION_1)
		return "a record's version is not 1";
	if (row.shape == UNKNOWN && r->id != FCGI_NULL_REQUEST_ID)
		return "a request's record has an unknown type";
	if (row.management && r->id != FCGI_NULL_REQUEST_ID)
		return "a management record has a request's id";
	if (!row.management && r->id == FCGI_NULL_REQUEST_ID)
		return "a request's record has id 0";
	if (row.shape == FIXED && r->content != BODY_LEN)
		return "a record's body is not 8 bytes long";
	if (row.shape == EMPTY && r->content != 0)
		return "an abort record has a body";
	return NULL;
}

/* The header is complete, and may already be the whole story. */
static const char *open_record(struct fcgi_reader *r, struct fcgi_event *ev)
{
	static const uint8_t empty[] = {[UNKNOWN] = FCGI_EV_UNKNOWN,
		[EMPTY] = FCGI_EV_ABORT,
		[STREAM] = FCGI_EV_STREAM_END,
		[PAIRS] = FCGI_EV_DATA};
	const unsigned char *h = r->head;

	r->type = h[1];
	r->id = (uint16_t)(h[2] << 8 | h[3]);
	r->content = (uint32_t)(h[4] << 8 | h[5]);
	r->padding = h[6];

	const enum shape shape = shape_of(r->type).shape;

	if (r->content == 0 || shape == UNKNOWN)
		ev->kind = empty[shape];
	ev->record_end = r->content == 0;
	go_on(r);
	return check_header(r);
}

/* A body of fixed size is complete. */
static void read_body(struct fcgi_reader *r, struct fcgi_event *ev)
{
	const unsigned char *b = r->head;

	if (r->type == FCGI_BEGIN_REQUEST) {
		ev->kind = FCGI_EV_BEGIN;
		ev->role = (uint16_t)(b[0] << 8 | b[1]);
		ev->flags = b[2];
	} else if (r->type == FCGI_END_REQUEST) {
		ev->kind = FCGI_EV_END;
		ev->app_status = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 |
				 b[3];
		ev->protocol_status = b[4];
	} else {
		ev->kind = FCGI_EV_REFUSED;
		ev->refused = b[0];
	}
	r->content = 0;
	go_on(r);
}

static size_t read_content(struct fcgi_reader *r, const char *p, size_t n, struct fcgi_event *ev)
{
	size_t used = n < r->content ? n : r->content;

	r->content -= (uint32_t)used;
	if (shape_of(r->type).shape != UNKNOWN) {
		ev->kind = FCGI_EV_DATA;
		ev->data = (struct span){p, used};
		ev->record_end = r->content == 0;
	}
	if (r->content == 0)
		go_on(r);
	return used;
}

static size_t skip_padding(struct fcgi_reader *r, size_t n)
{
	size_t used = n < r->padding ? n : r->padding;

	r->padding -= (uint32_t)used;
	if (r->padding == 0)
		go_on(r);
	return used;
}

static size_t read_some(struct fcgi_reader *r, const char *p, size_t n, struct fcgi_event *ev)
{
	size_t used = 0;

	switch ((enum place)r->place) {
	case HEADER:
		if (collect(r, p, n, &used))
			r->why = open_record(r, ev);
		break;
	case BODY:
		if (collect(r, p, n, &used))
			read_body(r, ev);
		break;
	case CONTENT:
		return read_content(r, p, n, ev);
	case PADDING:
		return skip_padding(r, n);
	}
	return used;
}

ssize_t fcgi_read(struct fcgi_reader *r, const char *p, size_t n, struct fcgi_event *ev)
{
	size_t i = 0;

	*ev = (struct fcgi_event){0};
	while (i < n && !r->why && ev->kind == FCGI_EV_NONE)
		i += read_some(r, p + i, n - i, ev);
	ev->type = r->type;
	ev->id = r->id;
	return r->why ? -1 : (ssize_t)i;
}

bool fcgi_reader_between(const struct fcgi_reader *r)
{
	return r->place == HEADER && r->have == 0;
}

enum pair_place { NAME_LENGTH, VALUE_LENGTH, PAIR };

/* One byte of a length; true when it is complete. */
static bool length_byte(struct fcgi_pairs *d, unsigned char c, uint32_t *length)
{
	if (d->have == 0)
		*length = c & 0x7f;
	else
		*length = *length << 8 | c;
	if (d->have == 0 && c < 0x80)
		return true;
	if (++d->have < 4)
		return false;
	d->have = 0;
	return true;
}

static const char *read_length(struct fcgi_pairs *d, unsigned char c)
{
	uint32_t *length = d->place == NAME_LENGTH ? &d->name : &d->value;

	if (d->left == 0)
		return "there are more name-value pairs than allowed";
	d->left--;
	if (!length_byte(d, c, length))
		return NULL;
	if (*length > d->left)
		return "a name or value is longer than what is left";
	d->left -= *length;
	d->place++;
	return NULL;
}

static struct span take(const char *p, size_t n, uint32_t *length)
{
	size_t used = n < *length ? n : *length;

	*length -= (uint32_t)used;
	return (struct span){p, used};
}

ssize_t fcgi_pairs_feed(struct fcgi_pairs *d, const char *p, size_t n, struct fcgi_piece *piece)
{
	size_t i = 0;

	*piece = (struct fcgi_piece){0};
	while (i < n && d->place != PAIR && !d->why)
		d->why = read_length(d, (unsigned char)p[i++]);
	if (d->why)
		return -1;
	if (d->place != PAIR)
		return (ssize_t)i;
	piece->name = take(p + i, n - i, &d->name);
	i += piece->name.n;
	piece->value = take(p + i, n - i, &d->value);
	i += piece->value.n;
	piece->done = d->name == 0 && d->value == 0;
	if (piece->done)
		d->place = NAME_LENGTH;
	return (ssize_t)i;
}

bool fcgi_pairs_between(const struct fcgi_pairs *d)
{
	return d->place == NAME_LENGTH && d->have == 0;
}
