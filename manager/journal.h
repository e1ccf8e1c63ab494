/* SPDX-License-Identifier: MIT
 *
 * journal: the log files. The manager opens them, as whoever it is, so that they may lie where
 * the gateway's user cannot write; the gateway is handed the descriptors.
 * Runs in: the manager.
 */
#ifndef HEARTH_JOURNAL_H
#define HEARTH_JOURNAL_H

#include "manager/conf.h"

/* Of one pool; by its name, since a pool that is changed goes on in the same files. */
struct journal_pool {
	char *name;
	int access; /* -1: its lines go to the gateway's */
	int slow;   /* -1: to the error log */
	bool flush;
};

struct journal {
	int error;      /* -1: syslog */
	int access;     /* -1: none is kept */
	bool to_syslog; /* the error log */
	bool flush;     /* somebody watches the access log: every line at once */
	bool in_use;    /* the manager's own records go here by now */
	struct journal_pool *pools;
	size_t npools;
};

#define JOURNAL_INIT ((struct journal){.error = -1, .access = -1})

/* Opens what conf names and, if all of it could be opened, writes there from now on. False: all
 * stays as it was, `why` has the sentence. Serves for opening again after a rotation too. */
bool journal_open(struct journal *j, const struct conf *conf, char *why, size_t size);
/* The files of a pool; NULL: it has none of its own. */
const struct journal_pool *journal_pool(const struct journal *j, const char *name);
/* Records go to stderr again. Idempotent. */
void journal_close(struct journal *j);

#endif
