/* SPDX-License-Identifier: MIT
 *
 * http_target: the target of a request, split, decoded once, and brought into one normal form.
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log; it does not know which
 * paths exist.
 */
#include "gateway/http_target.h"

#include "gateway/http_parse.h"

/* The path that grows in the caller's buffer. */
struct path {
	char *p;
	size_t n, size; /* size: without the terminator */
	size_t segment; /* where the current segment starts, after its slash */
};

/* A control, DEL included; bytes of UTF-8 are not. */
static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* The byte that raw[*i] stands for; *i moves past it. Negative: the status. */
static int next_byte(struct span raw, size_t *i)
{
	char c = raw.p[(*i)++];
	int high, low;

	if (c != '%')
		return (unsigned char)c;
	if (raw.n - *i < 2)
		return -400;
	high = http_hex(raw.p[*i]);
	low = http_hex(raw.p[*i + 1]);
	if (high < 0 || low < 0)
		return -400;
	*i += 2;
	c = (char)(high << 4 | low);
	if (is_control(c))
		return -400;
	return c == '/' ? -404 : (unsigned char)c;
}

/* The current segment is complete: dot segments go, and ".." takes the one before it along.
 * p[0..segment) always ends with a slash. */
static int end_segment(struct path *path)
{
	struct span s = {path->p + path->segment, path->n - path->segment};

	if (span_is(s, ".")) {
		path->n = path->segment;
	} else if (span_is(s, "..")) {
		if (path->segment == 1)
			return -400;
		path->n = path->segment - 1;
		while (path->p[path->n - 1] != '/')
			path->n--;
		path->segment = path->n;
	}
	return 0;
}

/* A slash starts a segment; after a slash it adds nothing. */
static int put_slash(struct path *path)
{
	int status = end_segment(path);

	if (status < 0 || path->n == path->segment)
		return status;
	if (path->n == path->size)
		return -414;
	path->p[path->n++] = '/';
	path->segment = path->n;
	return 0;
}

static int put_byte(struct path *path, int c)
{
	if (c < 0)
		return c;
	if (path->n == path->size)
		return -414;
	path->p[path->n++] = (char)c;
	return 0;
}

/* A raw '/' ends a segment; one that was encoded never gets here. */
static int normalise(struct span raw, struct path *path)
{
	int status = path->size < 1 ? -414 : 0;

	if (status == 0) {
		path->p[0] = '/';
		path->n = path->segment = 1;
	}
	for (size_t i = 0; i < raw.n && status == 0;) {
		if (raw.p[i] == '/') {
			status = put_slash(path);
			i++;
		} else {
			status = put_byte(path, next_byte(raw, &i));
		}
	}
	return status == 0 ? end_segment(path) : status;
}

/* Bytes up to the first of `stops`, or all. */
static size_t span_until(struct span s, const char *stops)
{
	size_t n = 0;

	while (n < s.n && strchr(stops, s.p[n]) == NULL)
		n++;
	return n;
}

/* http://host[:port] and what follows it (RFC 9112 3.2.2); raw then begins after it. */
static int split_authority(struct span *raw, struct http_target *out)
{
	size_t n = span_until(*raw, ":/?");

	out->scheme = (struct span){raw->p, n};
	if (!span_is_nocase(out->scheme, "http") && !span_is_nocase(out->scheme, "https"))
		return -400;
	*raw = span_from(*raw, n);
	if (!span_starts(*raw, SPAN_LIT("://")))
		return -400;
	*raw = span_from(*raw, 3);
	n = span_until(*raw, "/?");
	out->authority = (struct span){raw->p, n};
	*raw = span_from(*raw, n);
	return http_host_valid(out->authority) ? 0 : -400;
}

/* The parser of heads has refused most of these already; a FastCGI client's target comes here
 * without it. A fragment is never sent (RFC 9110 7.1). */
static bool bytes_valid(struct span raw)
{
	for (size_t i = 0; i < raw.n; i++)
		if (!http_is(raw.p[i], HTTP_TARGET) || raw.p[i] == '#')
			return false;
	return raw.n > 0;
}

static void split_query(struct span raw, struct http_target *out)
{
	const char *mark = memchr(raw.p, '?', raw.n);

	out->raw_path = raw;
	if (!mark)
		return;
	out->raw_path.n = (size_t)(mark - raw.p);
	out->has_query = true;
	out->query = span_from(raw, out->raw_path.n + 1);
}

int http_target_parse(struct span raw, bool is_options, bool is_connect, char *buffer, size_t size,
	struct http_target *out)
{
	struct path path = {.p = buffer, .size = size > 0 ? size - 1 : 0};
	int status = 0;

	*out = (struct http_target){0};
	if (is_connect)
		return -501;
	if (!bytes_valid(raw))
		return -400;
	if (span_is(raw, "*")) {
		out->asterisk = true;
		raw.n = 0;
	} else if (raw.p[0] != '/') {
		status = split_authority(&raw, out);
		/* How a proxy says "*" to us (RFC 9112 3.2.4). */
		out->asterisk = is_options && raw.n == 0;
	}
	if (status < 0 || (out->asterisk && !is_options))
		return -400;
	split_query(raw, out);
	status = normalise(out->raw_path, &path);
	if (status < 0)
		return status;
	buffer[path.n] = '\0';
	out->path = (struct span){buffer, path.n};
	return 0;
}

bool http_target_is_hidden(struct span path)
{
	/* RFC 8615: what a host tells whoever asks; certificates are ordered by it. */
	if (span_starts(path, SPAN_LIT("/.well-known/")))
		path = span_from(path, sizeof "/.well-known" - 1);
	for (size_t i = 0; i + 1 < path.n; i++)
		if (path.p[i] == '/' && path.p[i + 1] == '.')
			return true;
	return false;
}
