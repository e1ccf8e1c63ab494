/* SPDX-License-Identifier: MIT
 *
 * messages: whole messages as a client sends them on one connection, and what a server reads in
 * them. The parsers are put together as the gateway does it: head, target, body, next head.
 * Runs in: unit tests only.
 *
 * A row is what a client sends, and what comes of it in one line:
 *
 *	GET /a/b?c 2 -          method, normal path and query, number of headers, no body
 *	POST / 2 [hello]        a body with a length
 *	POST / 2 {hello}        a chunked one
 *	... close               the connection ends behind this answer
 *	... 100                 the client waits for leave to send its body
 *	400                     refused, and nothing behind it is read
 *	more                    incomplete; "more" may stand behind what came of a body
 *
 * with " | " between the messages of one connection. Controls and bytes from 0x7f on are shown as
 * '~'.
 */
#ifndef HEARTH_TESTS_MESSAGES_H
#define HEARTH_TESTS_MESSAGES_H

#include <stdarg.h>
#include <stdio.h>

#include "gateway/http_body.h"
#include "gateway/http_target.h"
#include "tests/unit/feed.h"

struct message {
	const char *bytes;
	size_t n;
	const char *wanted;
};

#define M(bytes, wanted)                             \
	{                                            \
		(bytes), sizeof(bytes) - 1, (wanted) \
	}

/* What most rows begin with: a head that lacks the empty line. */
#define HOST "Host: a\r\n"
#define GET  "GET / HTTP/1.1\r\n" HOST
#define POST "POST / HTTP/1.1\r\n" HOST
#define TE   POST "Transfer-Encoding: chunked\r\n"
#define CL   POST "Content-Length: "
#define END  "\r\n"
/* What must never be answered behind a message that was refused. */
#define EVIL "GET /evil HTTP/1.1\r\n" HOST END
#define X64  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct http_limits message_limits = {1024, 256, 10};
static const struct http_body_limits message_body_limits = {100, 32, 64};

struct reader {
	struct feed_wall wall;
	size_t begin, at; /* of this message, and of what is read next */
	size_t scan;
	bool in_body, refused;
	struct http_head head;
	struct http_body body;
	char said[1024];
};

static void __attribute__((format(printf, 2, 3))) say(struct reader *r, const char *format, ...)
{
	size_t n = strlen(r->said);
	va_list ap;

	va_start(ap, format);
	vsnprintf(r->said + n, sizeof r->said - n, format, ap);
	va_end(ap);
}

static void say_bytes(struct reader *r, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		say(r, "%c", s.p[i] >= 0x20 && s.p[i] < 0x7f ? s.p[i] : '~');
}

static void refuse(struct reader *r, int status)
{
	say(r, "%d", -status);
	r->refused = true;
}

static void end_message(struct reader *r)
{
	static const char *const closing[] = {
		[HTTP_BODY_NONE] = "-", [HTTP_BODY_LENGTH] = "]", [HTTP_BODY_CHUNKED] = "}"};

	say(r, "%s%s", closing[r->head.body], r->head.keep_alive ? "" : " close");
	r->begin = r->at;
	r->scan = 0;
	r->in_body = false;
}

/* The head is complete: the target, and what kind of body follows. False: refused. */
static bool begin_message(struct reader *r, const char *base)
{
	static const char *const opening[] = {
		[HTTP_BODY_NONE] = "", [HTTP_BODY_LENGTH] = "[", [HTTP_BODY_CHUNKED] = "{"};
	struct span method = http_span(base, r->head.method);
	struct http_target t;
	char path[512];
	int status = http_body_start(&r->body, &r->head, &message_body_limits);

	if (status == 0 && r->head.expect_other && r->head.minor > 0)
		status = -417;
	if (status == 0)
		status = http_target_parse(http_span(base, r->head.target),
			span_is(method, "OPTIONS"), span_is(method, "CONNECT"), path, sizeof path,
			&t);
	if (status < 0) {
		refuse(r, status);
		return false;
	}
	say_bytes(r, method);
	say(r, " ");
	say_bytes(r, t.asterisk ? SPAN_LIT("*") : t.path);
	say(r, t.has_query ? "?" : "");
	say_bytes(r, t.query);
	say(r, " %u %s%s", r->head.nheaders, r->head.expect_continue ? "100 " : "",
		opening[r->head.body]);
	r->in_body = true;
	return true;
}

/* False: more must come first, or nothing will. */
static bool read_head(struct reader *r, const struct message *m, size_t came)
{
	const size_t n = came - r->begin;
	char *base = feed_put(r->wall, m->bytes + r->begin, n);
	ssize_t used = http_parse_head(base, n, &r->scan, &message_limits, &r->head);

	if (used < 0)
		refuse(r, (int)used);
	if (used <= 0)
		return false;
	r->at = r->begin + (size_t)used;
	return begin_message(r, base);
}

static bool read_body(struct reader *r, const struct message *m, size_t came)
{
	while (r->at < came && !http_body_done(&r->body)) {
		char *p = feed_put(r->wall, m->bytes + r->at, came - r->at);
		struct span data;
		ssize_t used = http_body_feed(&r->body, p, came - r->at, &data);

		say_bytes(r, data);
		if (used < 0) {
			say(r, " ");
			refuse(r, (int)used);
			return false;
		}
		ck_assert_int_gt(used, 0);
		r->at += (size_t)used;
	}
	if (!http_body_done(&r->body))
		return false;
	end_message(r);
	return true;
}

/* Everything that can be read of what came. */
static void read_all(struct reader *r, const struct message *m, size_t came)
{
	bool more = true;

	while (more && !r->refused && (r->in_body || r->begin < came)) {
		if (!r->in_body && r->begin > 0 && r->scan == 0)
			say(r, " | ");
		more = r->in_body ? read_body(r, m, came) : read_head(r, m, came);
	}
}

static void read_by(const struct message *m, struct feed_plan plan, struct reader *r)
{
	size_t came = 0;

	do {
		came = feed_next(plan, came, m->n);
		read_all(r, m, came);
	} while (came < m->n && !r->refused);
	if (!r->refused && (r->in_body || r->begin < m->n))
		say(r, "%smore", r->in_body ? " " : "");
}

/* Whole, one byte at a time, and cut in two at every place. */
static void check_message(const struct message *m)
{
	static struct reader r;
	struct feed_wall wall = feed_wall(m->n);

	for (size_t i = 0; i < feed_plans(m->n); i++) {
		memset(&r, 0, offsetof(struct reader, head));
		r.said[0] = '\0';
		r.wall = wall;
		read_by(m, feed_plan(i, m->n), &r);
		ck_assert_msg(strcmp(r.said, m->wanted) == 0, "plan %zu: '%s', not '%s':\n%s", i,
			r.said, m->wanted, m->bytes);
	}
	feed_wall_free(wall);
}

static int check_messages(const char *name, TCase *tc)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

#endif
