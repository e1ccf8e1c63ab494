/* SPDX-License-Identifier: MIT
 *
 * msg: letters as structs, and one encode/decode pair for each, all made from msg.def.
 * Runs in: every process. Pure: bytes in, fields out. What a letter *means* is not known here.
 *
 * Spans in a decoded letter point into the bytes it was decoded from.
 */
#ifndef HEARTH_MSG_H
#define HEARTH_MSG_H

#include "common/buf.h"

#define MSG_VERSION 8
/* Of the letters of runners alone, which others may have written (runners/PROTOCOL.md). */
#define MSG_RUNNER_VERSION 2

/* Who may stand at an end of a channel. Bits, so that ANY is all of them. */
enum msg_peer { MANAGER = 1, GATEWAY = 2, RUNNER = 4, CTL = 8, ANY = 15 };

enum msg_pool_kind { POOL_FASTCGI = 1, POOL_CGI = 2, POOL_EXTERNAL = 3 };
/* The policies of php-fpm, under its names. */
enum msg_pm { PM_STATIC = 1, PM_DYNAMIC, PM_ONDEMAND };
/* What becomes of a pool's new requests: served, or answered 503 at once, because its workers die
 * at once or because somebody drains it. */
enum msg_door { DOOR_OPEN, DOOR_BROKEN, DOOR_DRAINED };
/* Which links on the way to a script are followed. */
enum msg_follow { FOLLOW_OWNER, FOLLOW_ALL, FOLLOW_NONE };
enum msg_route_kind { ROUTE_EXACT = 1, ROUTE_PREFIX = 2, ROUTE_SUFFIX = 3 };

/* Of a number of milliseconds: never. */
#define MSG_NEVER UINT32_MAX

/* The longest name of the header field that answers tell a request's id by. */
#define MSG_ID_HEADER_MAX 64

/* The most descriptors a letter carries. */
#define MSG_FDS_MAX 3

/* Dense numbers for tables; the numbers on the wire are msg.def's. */
enum msg_type {
#define LETTER(NAME, name, number, from, to, fds, FIELDS, meaning) MSG_##NAME,
#include "common/msg.def"
#undef LETTER
	MSG_TYPES
};

#define MSG_U32(x) uint32_t x;
#define MSG_U64(x) uint64_t x;
#define MSG_STR(x) struct span x;
#define LETTER(NAME, name, number, from, to, fds, FIELDS, meaning) \
	struct msg_##name {                                        \
		FIELDS(MSG_U32, MSG_U64, MSG_STR)                  \
	};
#include "common/msg.def"
#undef LETTER

union msg {
#define LETTER(NAME, name, number, from, to, fds, FIELDS, meaning) struct msg_##name name;
#include "common/msg.def"
#undef LETTER
};

struct msg_row {
	const char *name;
	uint16_t number;
	uint8_t from, to; /* enum msg_peer bits */
	uint8_t fds;
	const char *meaning;
};

extern const struct msg_row msg_rows[MSG_TYPES];

/* Appends the letter to b; payload is the struct of its type. False: no memory. */
bool msg_encode(struct buf *b, enum msg_type type, const void *payload);

/* Reads one whole letter. NULL, or the sentence that says what is wrong with it. */
const char *msg_decode(struct span bytes, enum msg_type *type, union msg *m);

#endif
