/* SPDX-License-Identifier: MIT
 *
 * request: one request from the first byte of its head to the last byte of its answer.
 * Runs in: the gateway, confined to the lane that accepted it. Knows neither how it came in
 * (front) nor who serves it (worker), only that there are such.
 */
#ifndef HEARTH_REQUEST_H
#define HEARTH_REQUEST_H

#include "common/digits.h"
#include "gateway/cgi_head.h"
#include "gateway/front.h"
#include "gateway/http_body.h"
#include "gateway/http_parse.h"
#include "gateway/http_target.h"
#include "gateway/lane.h"
#include "gateway/plan.h"
#include "gateway/route.h"
#include "gateway/spool.h"

/* What of a request body stays in memory; the rest goes to the spool's file. */
#define REQUEST_BODY_IN_MEMORY (64u * 1024)
/* Tries to reach a worker that never started it. */
#define REQUEST_TRIES 3

struct worker;
struct conn;
struct request;
struct fcgi_job;
struct file_parts;
struct access_late;

enum request_state {
	REQ_READING, /* its body is being collected */
	REQ_WAITING, /* in its pool's line */
	REQ_GRANTED, /* another lane gave it a worker; the letter is on its way */
	REQ_RUNNING, /* a worker has it */
	REQ_DONE,    /* answered */
	REQ_STATES
};

/* What the answer's head says, as far as it does not depend on the face. */
struct answer {
	int status;
	char reason[64];        /* the script's words for it, if it has any */
	struct buf lines;       /* "Name: value\r\n" each, no framing and no Date */
	uint32_t retry_after_s; /* of a 503, when to come again; 0: soon */
	bool has_length;
	uint64_t length;
	uint64_t sent;       /* body bytes given to the front */
	bool begun;          /* its head is in the client's queue: no other answer is possible */
	struct mono began;   /* when that was */
	unsigned interims;   /* came before it */
	uint32_t app_status; /* how its program ended it by FastCGI; of no meaning to HTTP */
	bool is_local;       /* a redirect whose status the server before us has to find */
};

/* What a script's output is, behind its head. */
enum request_output {
	OUTPUT_BODY,
	OUTPUT_RAW,     /* all of it, head and all: what an nph script says is not ours to read */
	OUTPUT_BLANK,   /* it has no Content-Type, and so no body; nothing was begun yet */
	OUTPUT_DROPPED, /* nobody wants it */
	OUTPUT_ERRAND,  /* nor this; behind it something is to be done that its head says */
};

/* How the body's end is made known (RFC 9112 6.3); the face's own. Raw: it is the script's to say,
 * and the end of the connection in any case. */
enum reply_framing {
	FRAMING_OPEN,
	FRAMING_NONE,
	FRAMING_LENGTH,
	FRAMING_CHUNKED,
	FRAMING_CLOSE,
	FRAMING_RAW
};

/* How it ended, for the log. Left: the client, before its answer was in the queue. */
enum request_end { REQUEST_LEFT, REQUEST_KEPT, REQUEST_CLOSED, REQUEST_CUT };

struct reply {
	enum reply_framing framing;
	bool open;  /* the answer's head is known */
	bool waits; /* interim responses are in the client's queue */
	bool keep;  /* the connection may carry another request */
	bool dead;  /* the client's queue failed: bytes are lost */
	bool over;  /* more came than was declared */
	enum request_end end;
	uint64_t left;      /* of a declared length */
	uint64_t bytes;     /* given to the client's queue, head and chunks included */
	struct buf pending; /* body bytes from before the framing was decided */
};

/* What the process was that served it, and what it took; known: it has told by its exit. */
struct usage {
	uint32_t pid;
	bool known;
	uint64_t cpu_us, peak_kb;
};

/* Answers the request. It is gone when this returns. */
typedef void request_answer(struct request *r);

struct request {
	struct list link; /* the lane's spares */
	struct lane *lane;
	struct plan *plan;
	const struct front *front;
	struct conn *conn;                /* the face's own */
	struct fcgi_job *job;             /* likewise, if it is FastCGI */
	_Atomic enum request_state state; /* another lane may grant a worker */
	uint64_t id;
	struct mono born, entered, engaged; /* first byte, into the line, to a worker */
	struct mono body_from;              /* when we began to wait for its body */
	struct mono heard;                  /* when the last of it came */
	struct mono lined;                  /* since when it waits for a worker, if it does */
	uint64_t queue_us;                  /* for how long it did, over all tries */

	/* What was asked. Everything below points into `in` or `path`. */
	struct buf in;    /* does not move once the head is read */
	struct buf ahead; /* bytes of later requests that came with the end of the body */
	size_t head_len, scan, used; /* of `in`: the head, looked at so far, this request's */
	struct http_head head;
	struct http_target target;
	struct buf path;  /* the decoded, normalised path */
	struct span host; /* without the port */
	struct http_body body_state;
	struct spool body;
	uint64_t body_len;
	uint64_t body_at;      /* the worker has it up to here */
	uint64_t body_gone;    /* and up to here nobody else has */
	struct mono body_rest; /* since when it is we who do not read on */
	bool read_whole;       /* nothing of it is left on the connection */
	bool streams;          /* it is passed on as it comes */
	bool unwanted;         /* and its worker takes no more of it */
	bool owes_continue;    /* the client waits for a word before it sends it */
	int spoiled;           /* it will not be whole: what to say if a worker comes now */

	/* Of one that came by FastCGI: its parameters as they came (fcgi_given), of which `head`
	 * has what HTTP would have had; and what only the role of a filter has, in `data`. */
	struct http_field given;
	uint16_t role; /* 0: a responder, as by HTTP */
	struct spool data;
	uint64_t data_at; /* the worker has it up to here */
	bool data_begun;  /* and all of the body */
	bool proxied;     /* Apache named its script by a URL: what we have found holds instead */

	/* Who asks: the other end of the connection, or whom a proxy we trust has named. */
	struct endpoint client;
	bool secure; /* it came to that proxy by https */
	bool traced; /* what proxies say leads to him, and not only to one of them */

	/* Who serves it. */
	const struct plan_pool *pool;
	const struct plan_pool *beyond; /* while pool is its authorizer: the one it is for */
	uint32_t let_in_by, let_in_to;  /* the numbers of both, once it may go there; 0: not yet */
	uint32_t before_by, before_to;  /* and of those who were asked before them */
	struct buf vouched;             /* what the authorizer has said of it (vouched.h) */
	request_answer *own_page;       /* or the gateway itself, which needs no pool: by this */
	struct route_match match;
	bool fell_back; /* `path` is the plan's fallback now, and not what was asked for */
	struct span script_name, path_info;
	struct buf moved; /* a local redirect's target; else empty: what was asked for holds */
	struct buf script_file, path_translated; /* NUL-ended paths */
	const char *interpreter;
	struct worker *worker;
	struct list wait;      /* the pool's line */
	struct timer deadline; /* of waiting */
	unsigned tries;
	struct usage usage;
	struct access_late *late; /* its script's, which tells only later what it has used */

	/* What it answers. */
	struct answer answer;
	struct reply reply;
	struct file_parts *parts; /* of a file, of which some are still to be sent */
	struct buf raw_head;      /* a script's head: not complete yet, or of an errand */
	size_t raw_scan;
	bool raw_done;
	enum request_output output; /* once raw_done */
};

struct request *request_new(struct lane *l, const struct front *front, struct conn *conn);
/* Idempotent in what it owns; the request must not be in a line or with a worker any more. */
void request_free(struct request *r);
/* The only way to change the state; only legal moves. */
void request_become(struct request *r, enum request_state to);

static inline struct span request_span(const struct request *r, struct http_field f)
{
	return (struct span){buf_head(&r->in) + f.off, f.len};
}

static inline bool request_is_moved(const struct request *r)
{
	return buf_len(&r->moved) > 0;
}

/* What it is served as. A local redirect is a GET, of HEAD a HEAD (RFC 3875 6.2.2); only the log
 * goes on saying what was sent. */
static inline struct span request_method(const struct request *r)
{
	struct span sent = request_span(r, r->head.method);

	return request_is_moved(r) && !span_is(sent, "HEAD") ? SPAN_LIT("GET") : sent;
}

static inline struct span request_target(const struct request *r)
{
	return request_is_moved(r) ? buf_span(&r->moved) : request_span(r, r->head.target);
}

/* It is to be served again, as a GET of this target and without a body: what was found for it and
 * said of it before is forgotten. Its worker is done with it. False: no memory. */
bool request_move(struct request *r, struct span target);

/* It goes to its pool anew: what was said of it till now, by one who is done with it, is forgotten.
 */
void request_begin_again(struct request *r);

/* Its authorizer is asked, and has not answered yet, or not to let it in. */
static inline bool request_asks(const struct request *r)
{
	return r->beyond != NULL;
}

/* The pool that it is for, whoever answers. */
static inline const struct plan_pool *request_home(const struct request *r)
{
	return r->beyond ? r->beyond : r->pool;
}

static inline struct span request_path(const struct request *r)
{
	return buf_span(&r->path);
}

/* Who answers it, for messages: the script's file, or its name where no file is known. An
 * authorizer has neither: the path that it is asked about. */
static inline struct span request_script(const struct request *r)
{
	if (request_asks(r) && !buf_len(&r->script_file) && !r->script_name.n)
		return request_path(r);
	return buf_len(&r->script_file) ? buf_span(&r->script_file) : r->script_name;
}

/* The path with another name behind it, and without it again; its NUL stays behind it. False: no
 * memory. Spans into it may have moved. */
bool request_path_lengthen(struct request *r, struct span name);
void request_path_cut(struct request *r, size_t len);

/* Keeps more of its body, or of its data. False: that is not possible now, which was logged. */
bool request_keep(struct request *r, struct spool *in, struct span bytes);
/* How much more may be read of a body that is passed on as it comes: what the worker has may be
 * forgotten for it, and with it the chance to try another. 0: the worker must take some first. */
size_t request_body_room(struct request *r);
/* The next bytes for the worker, at body_at. Empty: all that has come, or *failed. */
struct span request_body_piece(const struct request *r, char *room, size_t size, bool *failed);
void request_body_from_start(struct request *r);
/* No more of it will come for a worker. What its client still sends of a body that was left behind
 * by a local redirect is for nobody. */
static inline bool request_body_is_whole(const struct request *r)
{
	return r->read_whole || request_is_moved(r);
}
/* Everything is still there from its beginning. */
static inline bool request_may_start_again(const struct request *r)
{
	return r->body_gone == 0;
}

/* What of it goes to files counts against this. */
static inline struct quota *request_quota(const struct request *r)
{
	return r->pool ? r->pool->spooled : r->plan->spooled;
}

/* Its id as everybody gets to see it. Returns the end, and puts no NUL. */
#define REQUEST_ID_DIGITS DIGITS_OF_HEX
char *request_put_id(const struct request *r, char *to);
/* The name of the field that tells it. */
static inline bool request_is_id_header(const struct request *r, struct span name)
{
	return r->plan->id_header[0] && span_is_nocase(name, r->plan->id_header);
}
/* One of our own kind, which somebody before us has given it. Anything else is not. */
void request_adopt_id(struct request *r, struct span id);

/* May it be sent again if part of it was read (RFC 9110 9.2.2)? */
bool request_is_idempotent(const struct request *r);

/* Of these bytes of an answer that has a length, what is within it; of more the log is told, once.
 */
struct span request_within_length(struct request *r, struct span bytes);
/* The script is not as good as its Content-Length: "less came". */
void request_tell_lie(const struct request *r, const char *what);

/* Of the process that serves it; r may be NULL: nobody wants the answer any more. */
void request_runs_as(struct request *r, uint32_t pid);
void request_has_used(struct request *r, uint64_t cpu_us, uint64_t peak_kb);

/* The one exit ramp: before the head is out a page with this status, behind it a cut. */
void request_fail(struct request *r, int status);

#endif
