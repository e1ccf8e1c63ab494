/* SPDX-License-Identifier: MIT
 *
 * fcgi_record: FastCGI 1.0 records and name-value pairs, written and read in both directions.
 * Runs in: the gateway, towards workers as the client and towards web servers as the server. Pure:
 * no I/O, no clock, no log, and no allocation but the growth of the buffer written to. It knows
 * single records; which of them may follow which is known to its callers.
 */
#ifndef HEARTH_FCGI_RECORD_H
#define HEARTH_FCGI_RECORD_H

#include <fastcgi.h>
#include <sys/types.h>

#include "common/buf.h"

/* --- Writing: appends to b; false means no memory, and b may then end in half a record. --- */

/* Of a record whose content the caller puts behind it. */
void fcgi_put_header(char to[static FCGI_HEADER_LEN], uint8_t type, uint16_t id, uint16_t length);

bool fcgi_begin_request(struct buf *b, uint16_t id, uint16_t role, bool keep_conn);
bool fcgi_abort_request(struct buf *b, uint16_t id);
bool fcgi_end_request(struct buf *b, uint16_t id, uint32_t app_status, uint8_t protocol_status);
bool fcgi_unknown_type(struct buf *b, uint8_t type);

/* Content of a stream, in as many records as it takes; none for no content, as an empty record
 * would end the stream (FastCGI 1.0 3.3). */
bool fcgi_stream(struct buf *b, uint8_t type, uint16_t id, struct span content);
bool fcgi_stream_end(struct buf *b, uint8_t type, uint16_t id);

/* Name-value pairs, written in place into one record (FCGI_PARAMS, FCGI_GET_VALUES and its
 * result); closing says how long it became, and cuts it in several if need be. Nothing else may be
 * written to b, and nothing taken from it, in between. FCGI_PARAMS then wants fcgi_stream_end(). */
struct fcgi_params {
	size_t at; /* the record's header, from buf_head() */
	uint16_t id;
	uint8_t type;
};

bool fcgi_params_open(struct fcgi_params *w, struct buf *b, uint8_t type, uint16_t id);
/* False also for a name or value of 2 GiB, which cannot be said. */
bool fcgi_param(struct buf *b, struct span name, struct span value);
/* False also for a management record that does not fit into one. */
bool fcgi_params_close(struct fcgi_params *w, struct buf *b);

/* --- Reading --- */

enum fcgi_event_kind {
	FCGI_EV_NONE,       /* the bytes were used up; nothing to tell */
	FCGI_EV_BEGIN,      /* FCGI_BEGIN_REQUEST: role, flags */
	FCGI_EV_ABORT,      /* FCGI_ABORT_REQUEST */
	FCGI_EV_END,        /* FCGI_END_REQUEST: app_status, protocol_status */
	FCGI_EV_DATA,       /* a piece of content of a stream, or of pairs of a management record */
	FCGI_EV_STREAM_END, /* the empty record that ends a stream */
	FCGI_EV_UNKNOWN,    /* a management record of a type we do not know: answer with its type */
	FCGI_EV_REFUSED,    /* FCGI_UNKNOWN_TYPE: the other side does not know type `refused` */
};

struct fcgi_event {
	enum fcgi_event_kind kind;
	uint8_t type; /* of the record */
	uint16_t id;
	struct span data; /* FCGI_EV_DATA: in place */
	bool record_end;  /* FCGI_EV_DATA: the record's content ends with this piece */
	uint16_t role;
	uint8_t flags, protocol_status, refused;
	uint32_t app_status;
};

/* All zero to begin with. */
struct fcgi_reader {
	const char *why;           /* once something was malformed: what, as a sentence */
	uint32_t content, padding; /* still to come of this record */
	uint16_t id;
	uint8_t type, place, have; /* have: bytes collected in head */
	unsigned char head[FCGI_HEADER_LEN];
};

/* Takes some of the n bytes at p and returns how many: at least one, unless n is 0. *ev tells one
 * thing at most; call again with the rest. -1, now and from then on: not FastCGI 1.0, r->why.
 *
 * The record's own rules are checked: version; the one length that a body of fixed size has; id 0
 * for management records and no others (FastCGI 1.0 3.3, 4). Whether the request with that id
 * exists is for the caller. */
ssize_t fcgi_read(struct fcgi_reader *r, const char *p, size_t n, struct fcgi_event *ev);

/* Between two records: the only place where a connection may end. */
bool fcgi_reader_between(const struct fcgi_reader *r);

/* Reads name-value pairs that come in pieces cut anywhere. Begin with .left, all else zero: how
 * many bytes all pairs may take, or, for a management record, do take. */
struct fcgi_pairs {
	uint64_t left;
	const char *why;
	uint32_t name, value; /* still to come of this pair */
	uint8_t place, have;
};

/* The next piece of a name, then the next piece of its value: either may be empty, and both are
 * in place. `done`: the pair is complete. */
struct fcgi_piece {
	struct span name, value;
	bool done;
};

/* Takes some of the n bytes at p and returns how many: at least one, unless n is 0. Stops behind
 * each pair. -1: malformed or too much, d->why. A length is held against what is left before it is
 * added to anything (libfcgi CVE-2025-23016). */
ssize_t fcgi_pairs_feed(struct fcgi_pairs *d, const char *p, size_t n, struct fcgi_piece *piece);

/* Between two pairs: the only place where they may end. */
bool fcgi_pairs_between(const struct fcgi_pairs *d);

#endif
