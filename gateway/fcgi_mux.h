/* SPDX-License-Identifier: MIT
 *
 * fcgi_mux: the requests that a web server has on one FastCGI connection, and their answers on
 * their way out: a record of each in turn. Runs in: the gateway, confined to the connection's lane.
 * Knows nothing of what requests are for, nor of deadlines.
 *
 * A job is one id, from its BEGIN_REQUEST until its END_REQUEST is in the connection's queue and
 * the last of its own streams has come. What it answers waits with it, in memory and then in a
 * file; the connection's queue itself is short, so that no answer stands in another's way.
 */
#ifndef HEARTH_FCGI_MUX_H
#define HEARTH_FCGI_MUX_H

#include "gateway/conn.h"
#include "gateway/fcgi_stage.h"
#include "gateway/request.h"

/* Requests at once on a connection, as many as wait for their streams to end. */
#define FCGI_MUX_MOST 1000u

#define FCGI_MUX_PAGES 16u

struct fcgi_job {
	struct fcgi_job *next; /* in its row */
	struct list link;      /* mux->reading, while its request is not whole */
	struct list turn;      /* mux->ready, or mux->held */
	struct list all;
	struct fcgi_mux *mux;
	struct request *request; /* NULL: answered, or nobody's any more */
	struct fcgi_stage stage;
	uint16_t id;
	bool keep;      /* the connection may carry others behind it */
	bool serving;   /* the request is somebody else's to answer */
	bool entering;  /* and has just been given to them */
	bool held;      /* its source waits until there is room */
	bool buffered;  /* what it answers may wait in a file */
	bool over;      /* nothing more is to be put */
	bool cut;       /* and the web server must see that something is missing */
	bool erred;     /* something was put for its error stream */
	bool excess;    /* more of a body has come than was declared */
	uint8_t status; /* of the protocol */
	uint32_t app_status;
	struct spool out;
	struct buf err;
};

struct fcgi_mux {
	struct conn *conn;
	struct fcgi_reader reader;
	struct buf values;  /* names that are asked for, until all are there */
	struct buf control; /* what is to be told of the connection itself */
	struct fcgi_job **rows;
	size_t nrows, njobs; /* nrows: a power of 2, or 0 */
	unsigned live;       /* jobs whose end has not been put */
	struct list reading, ready, held, all;
	uint64_t *past[FCGI_MUX_PAGES]; /* a bit for each id that was answered once */
	bool last;                      /* there will be no more requests */
	bool taking;                    /* records are being read: what is put leaves later */
	bool pushing;                   /* the guard against ourselves */
	bool broken;                    /* bytes are lost: it is of no use */
	bool gone;                      /* the connection is: nothing leaves any more */
	bool lingers;                   /* all was said; what still comes is thrown away */
};

static inline struct fcgi_mux *fcgi_mux_of(const struct conn *c)
{
	return c->several;
}

/* NULL: no memory. */
struct fcgi_mux *fcgi_mux_new(struct conn *c);
/* All jobs and memory but the mux itself, which its conn frees; their requests are gone already. */
void fcgi_mux_clear(struct fcgi_mux *m);

/* NULL: there is none; *stage says whether there has been one. */
struct fcgi_job *fcgi_mux_find(struct fcgi_mux *m, uint16_t id, struct fcgi_stage *stage);
/* A new one, in the place of a late one. NULL: no memory. */
struct fcgi_job *fcgi_mux_add(struct fcgi_mux *m, uint16_t id);
/* Frees it if it is answered and has no more to come. */
void fcgi_mux_settle(struct fcgi_mux *m, struct fcgi_job *j);

/* More of its answer. False: it is lost. */
bool fcgi_job_put(struct fcgi_job *j, struct span bytes);
/* For its error stream, as much of it as there is room for. */
void fcgi_job_put_error(struct fcgi_job *j, struct span bytes);
/* All of its answer was put. */
void fcgi_job_end(struct fcgi_job *j);
/* It holds all it may, and is in mux->held when it does no longer. */
bool fcgi_job_is_full(struct fcgi_job *j);

/* Records for the connection, as much as may wait there. False: bytes are lost, and the connection
 * is of no use. */
bool fcgi_mux_pump(struct fcgi_mux *m);
static inline bool fcgi_mux_is_dry(const struct fcgi_mux *m)
{
	return list_empty(&m->ready) && buf_len(&m->control) == 0;
}

#endif
