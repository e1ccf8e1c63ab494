/* SPDX-License-Identifier: MIT
 *
 * sendfile_path: see sendfile_path.h.
 */
#include "gateway/sendfile_path.h"

#include "gateway/http_target.h"

static const char climbs[] = "it climbs by \"..\"";

/* Takes the segment off the front of s, and the slashes before it. */
static bool next_segment(struct span *s, struct span *segment)
{
	size_t n = 0;

	while (s->n && s->p[0] == '/')
		*s = span_from(*s, 1);
	while (n < s->n && s->p[n] != '/')
		n++;
	*segment = (struct span){s->p, n};
	*s = span_from(*s, n);
	return n > 0;
}

/* The kernel would take ".." out of the file's own tree, and links' targets with it: it is in no
 * path that somebody has looked at. A final slash stays: it says that this is a directory. `to` may
 * be where s begins, if that is with a slash. */
static bool put_normal(struct span s, char *to, size_t *n)
{
	bool slash = s.n && s.p[s.n - 1] == '/';
	struct span segment;

	*n = 0;
	while (next_segment(&s, &segment)) {
		if (span_is(segment, ".."))
			return false;
		if (span_is(segment, "."))
			continue;
		to[(*n)++] = '/';
		memmove(to + *n, segment.p, segment.n);
		*n += segment.n;
	}
	if (slash || *n == 0)
		to[(*n)++] = '/';
	to[*n] = '\0';
	return true;
}

/* The rest of a path in normal form behind that of a directory. */
static bool lies_below(struct span path, struct span root, struct span *rest)
{
	struct span mine, theirs;

	while (next_segment(&root, &theirs))
		if (!next_segment(&path, &mine) || !span_eq(mine, theirs))
			return false;
	*rest = path;
	return path.n > 0;
}

static int literal(struct span value, struct span root, char *buffer, size_t size,
	struct span *path, const char **why)
{
	size_t n;

	*why = "it names no file";
	if (value.n == 0 || value.n + 2 > size)
		return 502;
	*why = climbs;
	if (!put_normal(value, buffer, &n))
		return 403;
	*path = (struct span){buffer, n};
	*why = "that is not below sendfile_root";
	if (value.p[0] == '/' && !lies_below(*path, root, path))
		return 403;
	return 0;
}

/* The byte at the start of s, which it is taken off; negative: the status. */
static int next_byte(struct span *s)
{
	int c = (unsigned char)s->p[0], high, low;

	*s = span_from(*s, 1);
	if (c != '%')
		return c;
	high = s->n >= 2 ? http_hex(s->p[0]) : -1;
	low = s->n >= 2 ? http_hex(s->p[1]) : -1;
	if (high < 0 || low < 0)
		return -502;
	c = high << 4 | low;
	if (c < 0x20 || c == 0x7f)
		return -502;
	*s = span_from(*s, 2);
	return c == '/' ? -404 : c;
}

/* Programs are not strict about what they encode: all that is left plain stands for itself. */
static int decode(struct span s, char *to, size_t *n)
{
	int c;

	for (*n = 0; s.n && s.p[0] != '?'; to[(*n)++] = (char)c)
		if ((c = next_byte(&s)) < 0)
			return -c;
	return 0;
}

static int of_url(struct span value, char *buffer, size_t size, struct span *path, const char **why)
{
	size_t n;
	int status;

	*why = "that is no path of a URL";
	if (value.n == 0 || value.p[0] != '/' || value.n + 2 > size)
		return 502;
	status = decode(value, buffer, &n);
	if (status)
		return status;
	*why = climbs;
	if (!put_normal((struct span){buffer, n}, buffer, &n))
		return 403;
	*path = (struct span){buffer, n};
	return 0;
}

int sendfile_path(enum cgi_file kind, struct span value, struct span root, char *buffer,
	size_t size, struct span *path, const char **why)
{
	int status = kind == CGI_FILE_URL ? of_url(value, buffer, size, path, why)
					  : literal(value, root, buffer, size, path, why);

	if (status || !http_target_is_hidden(*path))
		return status;
	*why = "names that begin with a dot are not sent";
	return 403;
}
