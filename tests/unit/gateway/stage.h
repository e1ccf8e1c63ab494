/* SPDX-License-Identifier: MIT
 *
 * stage: what a part of the gateway acts upon: a directory, a lane, a plan, requests read from
 * text, and fakes of its fellow actors that write down what they were told.
 * Runs in: unit tests only; each test has a process, and so a stage, of its own.
 */
#ifndef HEARTH_TESTS_STAGE_H
#define HEARTH_TESTS_STAGE_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "gateway/conn.h"
#include "gateway/request.h"
#include "tests/unit/feed.h"

/* ---- the house: a directory that goes with the test, and a log to look into ---- */

static char stage_dir[64];
static int stage_log = -1;

/* Below the directory of this test; valid until the next call but three. */
static inline const char *stage_path(const char *name)
{
	static char path[4][256];
	static unsigned turn;
	char *to = path[turn++ % nitems(path)];

	snprintf(to, sizeof path[0], "%s/%s", stage_dir, name);
	return to;
}

static inline void stage_mkdir(const char *name)
{
	ck_assert_int_eq(mkdir(stage_path(name), 0755), 0);
}

static inline void stage_file(const char *name, mode_t mode, struct span bytes)
{
	int fd = open(stage_path(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
	ck_assert_int_eq(fchmod(fd, mode), 0); /* whatever the umask is */
	close(fd);
}

static inline void stage_link(const char *target, const char *name)
{
	ck_assert_int_eq(symlink(target, stage_path(name)), 0);
}

/* What was logged so far. */
static inline const char *stage_logged(void)
{
	static char text[1024 * 1024];
	ssize_t n = pread(stage_log, text, sizeof text - 1, 0);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return text;
}

static inline int stage_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

/* ---- the plan ---- */

/* A plan of this row, in place of the one before; pools and routes may be added, then seal it. */
static inline struct plan *stage_plan(struct msg_plan_gateway row)
{
	struct plan *p = plan_new(1);

	row.threads = 1;
	row.max_headers = 64;
	if (row.max_pipeline == 0)
		row.max_pipeline = 1000;
	row.max_header_size = 32 * 1024;
	row.max_request_line = 16 * 1024;
	row.max_body = 1024 * 1024;
	if (row.access_format.n == 0)
		row.access_format = SPAN_LIT("combined");
	if (row.spool_dir.n == 0)
		row.spool_dir = span_of(stage_dir);
	ck_assert_ptr_null(plan_set_gateway(p, &row));
	plan_unref(lane_here->plan);
	return lane_here->plan = p;
}

static inline struct plan_pool *stage_pool(struct msg_plan_pool row)
{
	if (row.pool == 0)
		row.pool = 1;
	if (row.kind == 0)
		row.kind = POOL_FASTCGI;
	row.name = SPAN_LIT("pool");
	if (row.pm == 0)
		row.pm = PM_STATIC;
	ck_assert_ptr_null(plan_add_pool(lane_here->plan, &row));
	return plan_pool(lane_here->plan, row.pool);
}

/* To the pool with number 1. */
static inline void stage_route(enum msg_route_kind kind, const char *path)
{
	ck_assert_ptr_null(plan_add_route(lane_here->plan,
		&(struct msg_plan_route){.pool = 1, .kind = kind, .path = span_of(path)}));
}

static inline void stage_seal(void)
{
	ck_assert_ptr_null(plan_seal(lane_here->plan));
}

/* ---- up and down: fixtures ---- */

static inline void stage_up(void)
{
	snprintf(stage_dir, sizeof stage_dir, "/tmp/hearth-stage.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(stage_dir));
	stage_log = memfd_create("log", MFD_CLOEXEC);
	ck_assert_int_ge(stage_log, 0);
	log_to_fd(stage_log);
	lanes_create();
	stage_plan((struct msg_plan_gateway){0});
}

static inline void stage_down(void)
{
	plan_unref(lane_here->plan);
	lane_here->plan = NULL;
	ck_assert_int_eq(nftw(stage_dir, stage_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* What has happened by now is seen to: events, mail, timers. */
static inline void stage_turn(void)
{
	loop_turn(&lane_here->loop, 0);
}

/* ---- requests ---- */

static inline struct span stage_host(const struct request *r)
{
	struct span host = r->target.authority.n ? r->target.authority
						 : request_span(r, r->head.host);
	const char *close = host.n ? memchr(host.p, ']', host.n) : NULL; /* of an IPv6 address */
	struct span rest = span_from(host, close ? (size_t)(close - host.p) : 0);
	const char *colon = rest.n ? memchr(rest.p, ':', rest.n) : NULL;

	return colon ? (struct span){host.p, (size_t)(colon - host.p)} : host;
}

/* A request as it is when its head (text) has been read. */
static inline struct request *stage_request(
	const struct front *front, struct conn *c, const char *text)
{
	struct request *r = request_new(lane_here, front, c);
	const struct http_limits lim = {32 * 1024, 32 * 1024, 64};
	struct span raw;
	ssize_t n;

	ck_assert(r && buf_puts(&r->in, text));
	n = http_parse_head(buf_head(&r->in), buf_len(&r->in), &r->scan, &lim, &r->head);
	ck_assert_msg(n > 0, "%zd: %s", n, text);
	r->head_len = r->used = (size_t)n;
	r->read_whole = r->head.body == HTTP_BODY_NONE;
	raw = request_span(r, r->head.target);
	ck_assert(buf_reserve(&r->path, raw.n + 2));
	ck_assert_int_eq(http_target_parse(raw, false, false, buf_tail(&r->path),
				 buf_room(&r->path), &r->target),
		0);
	buf_grew(&r->path, r->target.path.n);
	r->host = stage_host(r);
	return r;
}

/* What the face does when a request has its answer. */
static inline void stage_done(struct request *r)
{
	request_become(r, REQ_DONE);
	request_free(r);
}

/* ---- a face that remembers ---- */

static struct told {
	unsigned begun, flushed, ended, cut, interims, pulled, refusals;
	int status, refused;             /* 0: not yet */
	struct buf lines, body, interim; /* "103|Link: <x>\r\n|" each */
	bool full;                       /* what it says when it is asked */
} told;

static inline void fake_interim(struct request *r, int status, struct span lines)
{
	(void)r;
	told.interims++;
	buf_putf(&told.interim, "%d|", status);
	buf_put_span(&told.interim, lines);
	buf_puts(&told.interim, "|");
}

static inline void fake_begin(struct request *r)
{
	told.begun++;
	told.status = r->answer.status;
	r->answer.begun = true;
	buf_clear(&told.lines);
	buf_put_span(&told.lines, buf_span(&r->answer.lines));
}

static inline void fake_body(struct request *r, struct span bytes)
{
	(void)r;
	buf_put_span(&told.body, bytes);
}

static inline void fake_flush(struct request *r)
{
	(void)r;
	told.flushed++;
}

static inline void fake_end(struct request *r)
{
	told.ended++;
	stage_done(r);
}

static inline void fake_cut(struct request *r)
{
	told.cut++;
	stage_done(r);
}

static inline void fake_refuse(struct request *r, int status)
{
	told.refused = status;
	told.refusals++;
	buf_clear(&told.lines);
	buf_put_span(&told.lines, buf_span(&r->answer.lines));
	stage_done(r);
}

static inline void fake_pull(struct request *r)
{
	(void)r;
	told.pulled++;
}

static inline bool fake_full(const struct request *r)
{
	(void)r;
	return told.full;
}

static const struct front fake_front = {
	.interim = fake_interim,
	.begin = fake_begin,
	.body = fake_body,
	.flush = fake_flush,
	.end = fake_end,
	.cut = fake_cut,
	.refuse = fake_refuse,
	.pull = fake_pull,
	.full = fake_full,
};

static inline void told_forget(void)
{
	buf_free(&told.lines);
	buf_free(&told.body);
	buf_free(&told.interim);
	told = (struct told){0};
}

/* ---- clients ---- */

static const struct plan_listener stage_via = {
	.fd = -1, .address = NULL, .host = "192.0.2.1", .port = "8080"};

/* A connection whose other end is *client, which does not block. */
static inline struct conn *stage_conn(const struct conn_face *face, int *client)
{
	static const struct sockaddr_storage nobody;
	int ends[2];
	struct conn *c;

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
	c = conn_new(lane_here, ends[0], &stage_via, &nobody, face);
	ck_assert_ptr_nonnull(c);
	*client = ends[1];
	return c;
}

/* All that is there for the client by now. False: and the end of it. */
static inline bool stage_receive(int client, struct buf *to)
{
	ssize_t n;

	do {
		ck_assert(buf_reserve(to, 4096));
		n = read(client, buf_tail(to), buf_room(to));
		if (n > 0)
			buf_grew(to, (size_t)n);
	} while (n > 0);
	ck_assert(n == 0 || errno == EAGAIN || errno == ECONNRESET);
	return n < 0 && errno == EAGAIN;
}

/* Bytes that tell where they belong. */
static inline void stage_pattern(char *to, size_t n, uint64_t at)
{
	for (size_t i = 0; i < n; i++, at++)
		to[i] = (char)(at * 7 + (at >> 8) * 13 + (at >> 16));
}

static inline bool stage_is_pattern(struct span s, uint64_t at)
{
	for (size_t i = 0; i < s.n; i++, at++)
		if (s.p[i] != (char)(at * 7 + (at >> 8) * 13 + (at >> 16)))
			return false;
	return true;
}

/* ---- the end of each suite ---- */

static inline int stage_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

#endif
