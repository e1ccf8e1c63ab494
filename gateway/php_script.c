/* SPDX-License-Identifier: MIT
 *
 * php_script: see php_script.h.
 *
 * PHP runs the first regular file on the path that it is given, whatever stands behind it (as long
 * as cgi.fix_pathinfo is on): "upload.jpg/x.php" is upload.jpg. So we look for it as PHP does, and
 * it is the name of that file which counts. Where we may not look, or where there is none, the
 * whole name counts.
 */
#include "gateway/php_script.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "gateway/fcgi_given.h"
#include "gateway/own_page.h"
#include "gateway/own_words.h"
#include "gateway/php_path.h"
#include "gateway/seldom.h"

static const char denied[] = "Access to the script '%.*s' has been denied "
			     "(see security.limit_extensions)";

/* In php-fpm's words, to the client as to the web server; and then the id, as on any page. */
static void send_page(struct request *r, int status, const char *text)
{
	struct buf page = BUF_INIT;

	if (buf_puts(&page, text) && own_words_put_id_text(r, &page) && buf_puts(&page, "\n"))
		own_page_send(r, status, "text/html; charset=utf-8", "", buf_span(&page));
	else
		request_fail(r, 503);
	buf_free(&page);
}

static void answer_denied(struct request *r)
{
	char text[PATH_MAX + sizeof denied];
	struct span file = buf_span(&r->script_file);
	int n = snprintf(text, sizeof text, denied, SPAN_FMT(file));

	if (r->front->error && n > 0 && (size_t)n < sizeof text)
		r->front->error(r, (struct span){text, (size_t)n});
	send_page(r, 403, "Access denied.\n");
}

static void answer_unknown(struct request *r)
{
	if (r->front->error)
		r->front->error(r, SPAN_LIT("Primary script unknown"));
	send_page(r, 404, "File not found.\n");
}

/* Where there is no such file, PHP would say so if it were asked; whose name must not be run is not
 * asked about, since another file system may lie there for PHP. */
static void check(struct request *r, bool absent)
{
	struct span file = buf_span(&r->script_file);

	if (php_path_may_run(r->pool->extensions, file))
		return;
	if (absent)
		seldom_error_of(r->id, "[pool %s] Primary script unknown: there is no file '%.*s'",
			r->pool->name, SPAN_FMT(file));
	else
		seldom_error_of(r->id,
			"[pool %s] Access to the script '%.*s' has been denied (see "
			"security.limit_extensions)",
			r->pool->name, SPAN_FMT(file));
	r->own_page = absent ? answer_unknown : answer_denied;
}

void php_script_check(struct request *r)
{
	if (buf_len(&r->script_file))
		check(r, false);
}

/* ---- what was given ---- */

/* Of two of one name the last; SPAN_NONE: it was not. */
static struct span given_named(const struct request *r, const char *wanted)
{
	struct span rest = request_span(r, r->given), name, value, last = SPAN_NONE;

	while (fcgi_given_next(&rest, &name, &value))
		if (span_is(name, wanted))
			last = value;
	return last;
}

/* PHP goes by PATH_TRANSLATED if it has nothing else, or if REDIRECT_URL says that SCRIPT_FILENAME
 * is PHP itself, as with Apache's Action; but not behind its mod_proxy_fcgi. */
static struct span script_of(const struct request *r, struct span file)
{
	struct span translated = given_named(r, "PATH_TRANSLATED");

	return translated.p && (!file.p || given_named(r, "REDIRECT_URL").p) ? translated : file;
}

/* ---- looking for the file ---- */

struct sight {
	size_t len;  /* of the path, that is a regular file's; 0: none is */
	bool absent; /* there is surely none; else it is something else, or we may not look */
};

/* At the path itself, and up from it as long as there is nothing. */
static struct sight look_up(char *name, size_t from, size_t n)
{
	struct stat st;

	for (size_t whole = n; n > from + 1; n--) {
		if ((n < whole && name[n] != '/') || name[n - 1] == '/')
			continue;
		name[n] = '\0';
		if (stat(name, &st) == 0)
			return (struct sight){S_ISREG(st.st_mode) ? n - from : 0,
				!S_ISREG(st.st_mode) && n < whole};
		if (errno == EACCES)
			return (struct sight){0, false};
	}
	return (struct sight){0, true};
}

/* No file has a longer name; but its beginnings, segment by segment, have files, and PHP looks for
 * those: what a client puts behind a picture must not be too much for us to see the picture. */
static struct span within(struct span path, size_t room)
{
	if (path.n < room)
		return path;
	path.n = room - 1;
	while (path.n > 0 && path.p[path.n] != '/')
		path.n--;
	return path;
}

/* What it is within the root of the pool's programs it is for us below their chroot. */
static struct sight look_for(const struct plan_pool *pool, struct span path)
{
	char name[PATH_MAX];
	struct span root = span_of(pool->chroot);

	if (path.n == 0 || path.p[0] != '/' || root.n >= sizeof name)
		return (struct sight){0, false};
	path = within(path, sizeof name - root.n);
	memcpy(name, root.p ? root.p : "", root.n);
	memcpy(name + root.n, path.p, path.n);
	name[root.n + path.n] = '\0';
	return look_up(name, root.n, root.n + path.n);
}

static bool set_name(struct buf *to, struct span a, struct span b)
{
	buf_clear(to);
	if (!buf_reserve(to, a.n + b.n + 1))
		return false;
	buf_put_span(to, a);
	buf_put_span(to, b);
	*buf_tail(to) = '\0';
	return true;
}

/* ---- behind Apache ---- */

/* How much of SCRIPT_NAME is `rest`, which may be encoded where that is not. */
static size_t tail_of(struct span script_name, struct span rest)
{
	char plain[PATH_MAX];
	size_t n;

	if (span_ends(script_name, rest))
		return rest.n;
	if (rest.n > sizeof plain)
		return 0;
	n = php_path_decode(rest, plain);
	return span_ends(script_name, (struct span){plain, n}) ? n : 0;
}

/* What is behind the script is PATH_INFO, unless Apache has said another; and no part of
 * SCRIPT_NAME. Its translation has it at its end, which is where it stays. */
static bool split(struct request *r, struct span root, struct span rest)
{
	if (rest.n == 0 || r->path_info.n)
		return true;
	if (!set_name(&r->path_translated, root, rest))
		return false;
	r->script_name.n -= tail_of(r->script_name, rest);
	r->path_info = span_from(buf_span(&r->path_translated), root.n);
	return true;
}

/* A slash at the end of the root is the first of PATH_INFO. */
static struct span document_root(const struct request *r)
{
	struct span root = given_named(r, "DOCUMENT_ROOT");

	root.n -= root.n && root.p[root.n - 1] == '/';
	return root.p ? root : SPAN_LIT("");
}

/* Apache encodes what it has of a path, or not, as it was told to speak to the backend, and by its
 * version; php-fpm decodes it, or not, by its own. There is a file by one of the names. */
static bool decode(struct request *r, struct span path, struct sight *seen)
{
	struct buf *b = &r->script_file;
	struct sight other;

	b->end = b->start + php_path_decode(path, buf_head(b));
	*buf_tail(b) = '\0';
	other = look_for(r->pool, buf_span(b));
	if (!other.len)
		return false;
	*seen = other;
	return true;
}

static bool find_behind_proxy(struct request *r, struct span path, struct sight *seen)
{
	struct buf *b = &r->script_file;

	r->proxied = true;
	*seen = look_for(r->pool, path);
	if (!set_name(b, path, SPAN_LIT("")))
		return false;
	if (!seen->len && memchr(path.p, '%', path.n) && !decode(r, path, seen) &&
		!set_name(b, path, SPAN_LIT("")))
		return false;
	if (!seen->len)
		return true;
	if (!split(r, document_root(r), span_from(buf_span(b), seen->len)))
		return false;
	b->end = b->start + seen->len;
	*buf_tail(b) = '\0';
	return true;
}

static bool find_plain(struct request *r, struct span file, struct sight *seen)
{
	*seen = look_for(r->pool, file);
	if (seen->len)
		file.n = seen->len;
	return set_name(&r->script_file, file, SPAN_LIT(""));
}

/* ---- all of them ---- */

int php_script_find(struct request *r)
{
	struct fcgi_given given;
	struct span file = buf_span(&r->script_file), path;
	struct sight seen;
	bool ok;

	if (!r->pool->extensions && !r->proxied && !php_path_of_proxy(file, &path))
		return 0;
	if (fcgi_given_read(request_span(r, r->given), &given))
		return 400;
	r->script_name = (struct span){buf_head(&r->path), given.at[GIVEN_SCRIPT_NAME].n};
	r->path_info = span_from(request_path(r), r->script_name.n);
	buf_clear(&r->path_translated);
	file = given.at[GIVEN_SCRIPT_FILENAME];
	if (php_path_of_proxy(file, &path))
		ok = find_behind_proxy(r, path, &seen);
	else if ((file = script_of(r, file)).p)
		ok = find_plain(r, file, &seen);
	else
		return 0; /* there is none to run */
	if (ok)
		check(r, seen.absent);
	return ok ? 0 : 503;
}
