/* SPDX-License-Identifier: MIT
 *
 * sendfile: see sendfile.h.
 */
#include "gateway/sendfile.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "common/log.h"
#include "gateway/file_reply.h"
#include "gateway/relay.h"
#include "gateway/sendfile_path.h"

/* ---- which file ---- */

static void fail(struct request *r, struct span name, int status, const char *why)
{
	int shown = (int)(name.n < 500 ? name.n : 500);

	log_error("[pool %s] request %016" PRIx64 ": script %.*s names the file \"%.*s\": %s",
		r->pool->name, r->id, SPAN_FMT(request_script(r)), shown, name.p, why);
	request_fail(r, status);
}

static void fail_opening(struct request *r, struct span name, int err)
{
	static const struct {
		int err, status;
		const char *why;
	} meanings[] = {
		{ENOENT, 404, "there is no such regular file"},
		{ENOTDIR, 404, "there is no such regular file"},
		{ENAMETOOLONG, 404, "there is no such regular file"},
		{EISDIR, 404, "it is a directory"},
		{EACCES, 403, "the gateway's user may not read it"},
		{EPERM, 403, "the gateway's user may not read it"},
		{ELOOP, 403, "a link leads out of sendfile_root, or in a circle"},
		{EXDEV, 403, "a link leads out of sendfile_root"},
		{EMFILE, 503, "too many files are open"},
		{ENFILE, 503, "too many files are open"},
		{ENOMEM, 503, "out of memory"},
		{EAGAIN, 503, "it is being changed all the time"},
	};

	for (size_t i = 0; i < nitems(meanings); i++) {
		if (err == meanings[i].err) {
			fail(r, name, meanings[i].status, meanings[i].why);
			return;
		}
	}
	fail(r, name, 500, strerror(err));
}

/* Where the root lies, all links followed: programs like to say the true names of their files. */
static struct span true_root(const struct plan_pool *pool, char *to, size_t size)
{
	char link[40];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", pool->sendfile_fd);
	n = readlink(link, to, size);
	return n > 0 ? (struct span){to, (size_t)n} : span_of(pool->sendfile_root);
}

static int find_path(const struct request *r, const struct cgi_head *h, struct span name,
	struct buf *b, struct span *path, const char **why)
{
	struct span inside = plan_inside(r->pool, span_of(r->pool->sendfile_root));
	char root[PATH_MAX];
	int status;

	*why = "out of memory";
	if (!buf_reserve(b, name.n + 2))
		return 503;
	status = sendfile_path(h->file, name, span_of(r->pool->sendfile_root), buf_tail(b),
		buf_room(b), path, why);
	if (status == 403 && h->file == CGI_FILE_PATH)
		status = sendfile_path(h->file, name, true_root(r->pool, root, sizeof root),
			buf_tail(b), buf_room(b), path, why);
	if (status == 403 && h->file == CGI_FILE_PATH && r->pool->chroot && inside.p)
		status = sendfile_path(h->file, name, inside, buf_tail(b), buf_room(b), path, why);
	return status;
}

/* NULL: the request has failed, and is gone. */
static struct file *open_named(struct request *r, const struct cgi_head *h, struct span name)
{
	struct buf b = BUF_INIT;
	struct file *f = NULL;
	const char *why;
	struct span path;
	int status = find_path(r, h, name, &b, &path, &why);

	if (!status)
		f = file_open_in(r->pool->sendfile_fd, r->plan, path);
	buf_free(&b);
	if (f && !f->error)
		return f;
	if (status)
		fail(r, name, status, why);
	else if (r->pool->sendfile_fd < 0)
		fail(r, name, 500, "sendfile_root cannot be opened");
	else
		fail_opening(r, name, f ? f->error : ENOMEM);
	file_unref(f);
	return NULL;
}

/* ---- what is said of it ---- */

/* Said once, by the file's own lines. What is sent in ranges is for us to say. */
static bool is_described(struct span name)
{
	static const char *const names[] = {
		"Content-Type", "ETag", "Last-Modified", "Accept-Ranges", "Content-Range"};

	for (size_t i = 0; i < nitems(names); i++)
		if (span_is_nocase(name, names[i]))
			return true;
	return false;
}

static struct span value_of(const struct cgi_head *h, const char *base, const char *name)
{
	const struct http_header *found = http_find(h->headers, h->nheaders, base, name);

	return found ? http_span(base, found->value) : SPAN_NONE;
}

static struct file_words words_of(const struct cgi_head *h, const char *base)
{
	return (struct file_words){
		.type = value_of(h, base, "Content-Type"),
		.etag = value_of(h, base, "ETag"),
		.modified = value_of(h, base, "Last-Modified"),
		.coded = value_of(h, base, "Content-Encoding").n > 0,
	};
}

/* Conditions and ranges are about what a GET gives (RFC 9110 13.2.1, 14.2). */
static bool may_be_less(const struct request *r, const struct cgi_head *h)
{
	struct span method = request_method(r);

	return h->status == 200 && (span_is(method, "GET") || span_is(method, "HEAD"));
}

void sendfile_serve(struct request *r, const struct cgi_head *h, const char *base)
{
	struct span name = http_span(base, h->file_name);
	struct file_words words = words_of(h, base);
	struct file *f = open_named(r, h, name);
	struct http_wishes w;

	if (!f)
		return;
	if (!relay_add_lines(r, h, base, is_described) || !file_describe(f, &words)) {
		file_unref(f);
		fail(r, name, 503, "out of memory");
	} else if (may_be_less(r, h)) {
		http_wishes_read(&r->head, buf_head(&r->in), &w);
		file_reply(r, f, &w, false);
	} else {
		relay_put_status(r, h, base);
		file_reply_whole(r, f, h->status);
	}
}
