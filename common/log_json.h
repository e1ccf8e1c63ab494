/* SPDX-License-Identifier: MIT
 *
 * log_json: a record of the log as one JSON object (RFC 8259), valid whatever the record carries.
 * Runs in: every process. Pure.
 */
#ifndef HEARTH_LOG_JSON_H
#define HEARTH_LOG_JSON_H

#include "common/span.h"

/* The least room that an object needs: with less of it there is no saying anything. */
#define LOG_JSON_MIN 512u

struct log_record {
	const char *time, *level, *process;
	const char *event;   /* a name that stays the same from version to version, or NULL */
	struct span about;   /* begins with whom it is about: "[pool app] child 12, request ..." */
	uint64_t request;    /* 0: what `about` says */
	const char *stream;  /* of somebody's words, or NULL */
	const char *note;    /* a remark of ours on the message, or NULL */
	struct span message; /* its end is left out if there is no room */
};

/* Writes the object and a NUL, at most `size` bytes, of which there are LOG_JSON_MIN; returns its
 * length. */
size_t log_json_put(char *to, size_t size, const struct log_record *r);

/* What `about` begins with, as all records do that are about these. Empty, or 0: it does not say.
 */
struct log_about {
	struct span pool, request;
	unsigned long pid;
};

struct log_about log_about(struct span text);

#endif
