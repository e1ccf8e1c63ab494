/* SPDX-License-Identifier: MIT
 *
 * static: see static.h.
 */
#include "gateway/static.h"

#include <errno.h>
#include <inttypes.h>

#include "common/log.h"
#include "gateway/autoindex.h"
#include "gateway/file_cache.h"
#include "gateway/file_reply.h"

static const char allowed[] = "Allow: GET, HEAD, OPTIONS\r\n";

/* The others of IANA's registry: known, but files do not have them: 405. What is not even there is
 * 501 (RFC 9110 9.1). */
static const char *const other_methods[] = {"POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT",
	"ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "COPY", "LABEL", "LINK", "LOCK",
	"MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE",
	"ORDERPATCH", "PRI", "PROPFIND", "PROPPATCH", "QUERY", "REBIND", "REPORT", "SEARCH",
	"UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF",
	"VERSION-CONTROL"};

/* ---- other answers than files ---- */

static int status_of(int err)
{
	static const struct {
		int err, status;
	} meanings[] = {{EACCES, 403}, {EPERM, 403}, {ELOOP, 403}, {EXDEV, 403}, {EMFILE, 503},
		{ENFILE, 503}, {ENOMEM, 503}, {EAGAIN, 503}, {EIO, 500}};

	for (size_t i = 0; i < nitems(meanings); i++)
		if (err == meanings[i].err)
			return meanings[i].status;
	return 404;
}

static void fail(struct request *r, int err)
{
	int status = status_of(err);

	if (status >= 500)
		log_error("request %016" PRIx64 ": static %s: %s", r->id, buf_head(&r->path),
			strerror(err));
	request_fail(r, status);
}

static void send_head_only(struct request *r, int status)
{
	r->answer.status = status;
	r->front->begin(r);
	r->front->end(r);
}

int static_refuses(struct request *r)
{
	struct span method = request_method(r);

	if (span_is(method, "GET") || span_is(method, "HEAD") || span_is(method, "OPTIONS"))
		return 0;
	if (r->plan->root_fd < 0)
		return 404;
	for (size_t i = 0; i < nitems(other_methods); i++)
		if (span_is(method, other_methods[i]))
			return buf_puts(&r->answer.lines, allowed) ? 405 : 503;
	return 501;
}

/* In normal form, encoded anew: as it was sent it might begin with "//" and name another host. */
bool static_put_location(struct request *r)
{
	struct buf *l = &r->answer.lines;
	struct span mark = r->target.has_query ? SPAN_LIT("?") : SPAN_NONE;

	buf_puts(l, "Location: ");
	autoindex_put_url(l, request_path(r));
	buf_puts(l, "/");
	return buf_put_span(l, mark) && buf_put_span(l, r->target.query) && buf_puts(l, "\r\n");
}

static int redirect_to_directory(struct request *r)
{
	static_put_location(r);
	send_head_only(r, 301);
	return 0;
}

/* ---- files ---- */

/* The neighbours of a file that is there, as far as they are; *there says which. On one that this
 * client would not take only Vary depends: the answer is right without a look at it now. */
static void find_neighbours(struct request *r, const struct http_codings *codings,
	struct file *found[CODINGS], unsigned *there)
{
	for (int c = 0; c < CODING_IDENTITY; c++) {
		enum file_need need = codings->weight[c] ? FILE_BESIDE : FILE_GLANCE;

		found[c] = file_cache_get(r->lane, request_path(r), (enum http_coding)c, need);
		if (found[c] && !found[c]->error)
			*there |= 1u << c;
	}
}

/* The file, or one of its neighbours; takes and gives a reference. */
static struct file *choose(
	struct request *r, struct file *f, const struct http_wishes *w, bool *vary)
{
	struct file *found[CODINGS] = {[CODING_IDENTITY] = f};
	unsigned there = 1u << CODING_IDENTITY;
	struct http_codings codings = {0};
	enum http_coding best;

	if (w->has_coding)
		http_codings_read(&r->head, buf_head(&r->in), &codings);
	find_neighbours(r, &codings, found, &there);
	*vary = there != 1u << CODING_IDENTITY;
	best = http_coding_best(&codings, there);
	for (int c = 0; c < CODINGS; c++)
		if (c != (int)best)
			file_unref(found[c]);
	return found[best];
}

static void serve_file(struct request *r, struct file *f)
{
	struct http_wishes w;
	bool vary = false;

	http_wishes_read(&r->head, buf_head(&r->in), &w);
	if (r->plan->precompressed)
		f = choose(r, f, &w, &vary);
	file_reply(r, f, &w, vary);
}

/* ---- directories ---- */

bool static_next_index(struct span *names, struct span *name)
{
	const char *slash = names->n ? memchr(names->p, '/', names->n) : NULL;

	*name = *names;
	if (slash)
		name->n = (size_t)(slash - names->p);
	*names = span_from(*names, name->n + (slash != NULL));
	return name->n > 0;
}

/* The first index file that is there answers. One that may not be read answers too: with 403. */
static int serve_index(struct request *r)
{
	struct span names = span_of(r->plan->index), name;
	size_t len = buf_len(&r->path);
	struct file *f;
	int err;

	while (static_next_index(&names, &name)) {
		if (!request_path_lengthen(r, name))
			return ENOMEM;
		f = file_cache_get(r->lane, request_path(r), CODING_IDENTITY, FILE_ITSELF);
		err = f ? f->error : ENOMEM;
		if (err != ENOENT && err != EISDIR) {
			if (err)
				file_unref(f);
			else
				serve_file(r, f);
			return err;
		}
		file_unref(f);
		request_path_cut(r, len);
	}
	return ENOENT;
}

static int serve_directory(struct request *r)
{
	int err = serve_index(r);

	return err == ENOENT && r->plan->autoindex ? autoindex_serve(r) : err;
}

/* 0: it is answered. Else why not. */
static int serve_path(struct request *r)
{
	struct span path = request_path(r);
	struct file *f;
	int err;

	if (http_path_has_slash(path))
		return serve_directory(r);
	f = file_cache_get(r->lane, path, CODING_IDENTITY, FILE_ITSELF);
	err = f ? f->error : ENOMEM;
	if (!err) {
		serve_file(r, f);
		return 0;
	}
	file_unref(f);
	return err == EISDIR ? redirect_to_directory(r) : err;
}

/* ---- what is there ---- */

static int look(struct request *r, struct span path)
{
	struct file *f = file_cache_get(r->lane, path, CODING_IDENTITY, FILE_ITSELF);
	int err = f ? f->error : ENOMEM;

	file_unref(f);
	return err;
}

bool static_has(struct request *r, struct span path)
{
	return look(r, path) == 0;
}

/* What serve_directory would find. */
static int look_at_directory(struct request *r)
{
	struct span names = span_of(r->plan->index), name;
	size_t len = buf_len(&r->path);
	int err = ENOENT;

	while ((err == ENOENT || err == EISDIR) && static_next_index(&names, &name)) {
		err = request_path_lengthen(r, name) ? look(r, request_path(r)) : ENOMEM;
		request_path_cut(r, len);
	}
	if (err != ENOENT && err != EISDIR)
		return err;
	return r->plan->autoindex && autoindex_has(r) ? 0 : ENOENT;
}

/* Names that are hidden are refused by us, whoever else would like to answer. */
static bool may_fall_back(const struct request *r)
{
	return r->plan->fallback && !r->fell_back && !http_target_is_hidden(request_path(r));
}

bool static_lacks(struct request *r)
{
	int err = ENOENT;

	if (!may_fall_back(r))
		return false;
	if (r->plan->root_fd >= 0 && http_path_has_slash(request_path(r)))
		err = look_at_directory(r);
	else if (r->plan->root_fd >= 0)
		err = look(r, request_path(r));
	return err && err != EISDIR && status_of(err) == 404;
}

static bool serve_or_lack(struct request *r)
{
	int err = r->plan->root_fd < 0 ? ENOENT : serve_path(r);

	if (!err)
		return true;
	if (status_of(err) == 404 && may_fall_back(r))
		return false;
	fail(r, err);
	return true;
}

bool static_serve(struct request *r)
{
	int status = static_refuses(r);

	if (status) {
		request_fail(r, status);
	} else if (span_is(request_method(r), "OPTIONS")) {
		buf_puts(&r->answer.lines, allowed);
		send_head_only(r, 204);
	} else if (http_target_is_hidden(request_path(r))) {
		request_fail(r, 404);
	} else {
		return serve_or_lack(r);
	}
	return true;
}
