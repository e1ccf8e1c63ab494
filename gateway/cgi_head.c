/* SPDX-License-Identifier: MIT
 *
 * cgi_head: the head of a response, as scripts write it (RFC 3875 6): from CGI processes and
 * FastCGI workers alike.
 * Runs in: the gateway. Pure: no I/O, no clock, no allocation, no log. It does not know what was
 * asked for, nor what the client will be told.
 */
#include "gateway/cgi_head.h"

#include <stdio.h>

/* Headers we know. Those with a bit of their own may come once only. */
enum known {
	ORDINARY = 0,
	STATUS = 1,
	LOCATION = 2,
	TYPE = 4,
	LENGTH = 8,
	FILE_NAME = 16, /* in either way: it is one file */
	HOP = 32,       /* of the connection, not of the response (RFC 9110 7.6.1) */
	CODING = 64,
};

#define ONCE (STATUS | LOCATION | TYPE | LENGTH | FILE_NAME)

#define NAMED(s)                   \
	{                          \
		(s), sizeof(s) - 1 \
	}

static const struct known_row {
	struct span name;
	uint8_t known;
} known_rows[] = {
	{NAMED("Status"), STATUS},
	{NAMED("Location"), LOCATION},
	{NAMED("Content-Type"), TYPE},
	{NAMED("Content-Length"), LENGTH},
	{NAMED("X-Sendfile"), FILE_NAME},
	{NAMED("X-Accel-Redirect"), FILE_NAME},
	{NAMED("Transfer-Encoding"), CODING},
	{NAMED("Connection"), HOP},
	{NAMED("Keep-Alive"), HOP},
	{NAMED("Proxy-Connection"), HOP},
	{NAMED("Upgrade"), HOP},
	{NAMED("TE"), HOP},
	{NAMED("Trailer"), HOP},
};

struct reader {
	const char *p;
	struct cgi_head *head;
	uint32_t max_headers;
	unsigned seen; /* bits of enum known */
};

static enum known which(struct span name)
{
	for (size_t i = 0; i < nitems(known_rows); i++) {
		const struct known_row *row = &known_rows[i];

		if (row->name.n == name.n && strncasecmp(row->name.p, name.p, name.n) == 0)
			return row->known;
	}
	return ORDINARY;
}

static struct http_field field(const struct reader *r, struct span s)
{
	return (struct http_field){(uint32_t)(s.p - r->p), (uint32_t)s.n};
}

static bool all(struct span s, enum http_class wanted)
{
	size_t i = 0;

	while (i < s.n && http_is(s.p[i], wanted))
		i++;
	return i == s.n;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	while (s.n > 0 && is_blank(*s.p))
		s = span_from(s, 1);
	return s;
}

/* From here on, what reads a line returns NULL or what is wrong with "header line N". */

/* Three digits, and perhaps a reason (RFC 3875 6.3.3). */
static const char *read_status(struct reader *r, struct span value)
{
	uint64_t status;

	if (value.n < 3 || !http_length((struct span){value.p, 3}, &status) || status < 100)
		return "has no status of three digits";
	if (value.n > 3 && !is_blank(value.p[3]))
		return "has more than three digits of status";
	r->head->status = (int)status;
	r->head->has_status = true;
	r->head->reason = field(r, trim(span_from(value, 3)));
	return NULL;
}

/* Of "//host/path" the client is to make something: it is no path of ours. So it is of a fragment,
 * which no local redirect has (RFC 3875 6.2.2): only browsers know what that is for. */
static void read_location(struct reader *r, struct span value)
{
	r->head->location = field(r, value);
	r->head->redirect = CGI_CLIENT_REDIRECT;
	if (value.p[0] == '/' && !span_starts(value, SPAN_LIT("//")) &&
		!memchr(value.p, '#', value.n))
		r->head->redirect = CGI_LOCAL_REDIRECT;
}

static void read_file_name(struct reader *r, struct span name, struct span value)
{
	bool url = span_is_nocase(name, "X-Accel-Redirect");

	r->head->file = url ? CGI_FILE_URL : CGI_FILE_PATH;
	r->head->file_name = field(r, value);
}

static const char *read_known(
	struct reader *r, enum known known, struct span name, struct span value)
{
	struct cgi_head *h = r->head;

	switch (known) {
	case STATUS:
		return read_status(r, value);
	case LOCATION:
		read_location(r, value);
		return NULL;
	case TYPE:
		h->content_type = field(r, value);
		h->has_content_type = true;
		return NULL;
	case LENGTH:
		h->has_content_length = http_length(value, &h->content_length);
		return h->has_content_length ? NULL : "has a Content-Length that is no length";
	case FILE_NAME:
		read_file_name(r, name, value);
		return NULL;
	case CODING:
		return "is a Transfer-Encoding, which is not a script's to choose";
	case HOP:
		h->hop_by_hop = true;
		return NULL;
	case ORDINARY:
		break;
	}
	return NULL;
}

static const char *keep(struct reader *r, struct span name, struct span value)
{
	struct cgi_head *h = r->head;

	if (h->nheaders >= r->max_headers)
		return "is one too many";
	h->headers[h->nheaders++] = (struct http_header){field(r, name), field(r, value)};
	return NULL;
}

static const char *read_header(struct reader *r, struct span name, struct span value)
{
	enum known known = which(name);
	const char *wrong;

	if (known & ONCE && value.n == 0)
		return NULL; /* as if it were not said (RFC 3875 6.3) */
	if (r->seen & known & ONCE)
		return "repeats what may be said once";
	r->seen |= known;
	wrong = read_known(r, known, name, value);
	if (wrong || known & (STATUS | LENGTH | FILE_NAME | HOP))
		return wrong;
	return keep(r, name, value);
}

static const char *read_line(struct reader *r, struct span line)
{
	const char *colon = memchr(line.p, ':', line.n);

	if (is_blank(line.p[0]))
		return "begins with white space";
	if (!colon)
		return "has no colon";

	struct span name = {line.p, (size_t)(colon - line.p)};
	struct span value = trim(span_from(line, name.n + 1));

	if (name.n == 0 || !all(name, HTTP_TOKEN))
		return "has a name that is no token";
	if (!all(value, HTTP_VALUE))
		return "has a control byte in its value";
	return read_header(r, name, value);
}

/* "HTTP/1.1 200 OK" in the place of the first header. */
static const char *read_first_line(struct reader *r, struct span line)
{
	const size_t version = sizeof "HTTP/1.1" - 1;

	if (!span_starts(line, SPAN_LIT("HTTP/1.")))
		return read_line(r, line);
	if (line.n <= version || line.p[version] != ' ' || !http_is_digit(line.p[version - 1]))
		return "is no status line";
	if (!all(line, HTTP_VALUE))
		return "has a control byte in its reason";
	r->seen |= STATUS;
	return read_status(r, span_from(line, version + 1));
}

int cgi_status_line(struct span line)
{
	struct cgi_head head = {.status = 0};
	struct reader r = {.p = line.p, .head = &head};

	if (!span_starts(line, SPAN_LIT("HTTP/1.")) || read_first_line(&r, line))
		return 0;
	return head.status;
}

/* Reads the lines of a complete head; its last line is the empty one. */
static bool read_lines(struct reader *r, size_t size)
{
	size_t start = 0;

	for (unsigned number = 1; start < size; number++) {
		const char *end = memchr(r->p + start, '\n', size - start);
		size_t where = start;
		struct span line = {r->p + start, (size_t)(end - r->p) - start};
		const char *wrong = NULL;

		start += line.n + 1;
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n > 0)
			wrong = number == 1 ? read_first_line(r, line) : read_line(r, line);
		if (wrong) {
			snprintf(r->head->why, sizeof r->head->why, "header line %u %s", number,
				wrong);
			r->head->where = where;
			return false;
		}
	}
	return true;
}

/* A path that comes with more than a local redirect may have (a cookie, say, or a Status, as PHP's
 * header() gives one) is for the client to see. */
static void keep_from_us(struct cgi_head *h)
{
	if (h->redirect == CGI_LOCAL_REDIRECT)
		h->redirect = CGI_CLIENT_REDIRECT;
}

static bool conclude(struct reader *r)
{
	struct cgi_head *h = r->head;
	uint32_t may_be = 1u + h->has_content_type;

	if (!(r->seen & (STATUS | LOCATION | TYPE | FILE_NAME))) {
		snprintf(h->why, sizeof h->why, "no Content-Type, Location or Status");
		return false;
	}
	if (h->has_status || h->file || h->nheaders > may_be)
		keep_from_us(h);
	if (!h->has_status)
		h->status = h->redirect == CGI_CLIENT_REDIRECT ? 302 : 200;
	return true;
}

/* The LF at p[at] ends an empty line. */
static bool ends_head(const char *p, size_t at)
{
	if (at > 0 && p[at - 1] == '\r')
		at--;
	return at == 0 || p[at - 1] == '\n';
}

/* The size of the head, or 0 as long as its end is not there. */
static size_t find_end(const char *p, size_t n, size_t *scan)
{
	while (*scan < n) {
		const char *lf = memchr(p + *scan, '\n', n - *scan);

		*scan = lf ? (size_t)(lf - p) + 1 : n;
		if (lf && ends_head(p, *scan - 1))
			return *scan;
	}
	return 0;
}

ssize_t cgi_head_parse(
	const char *p, size_t n, size_t *scan, const struct cgi_limits *lim, struct cgi_head *out)
{
	struct reader r = {.p = p, .head = out, .max_headers = lim->max_headers};
	size_t size = find_end(p, n < lim->max_head_size ? n : lim->max_head_size, scan);

	if (size == 0 && n < lim->max_head_size)
		return 0;
	memset(out, 0, offsetof(struct cgi_head, headers));
	out->why[0] = '\0';
	out->where = 0;
	if (r.max_headers > HTTP_HEADERS_MAX)
		r.max_headers = HTTP_HEADERS_MAX;
	if (size == 0)
		snprintf(out->why, sizeof out->why, "the header is longer than %u bytes",
			lim->max_head_size);
	else if (read_lines(&r, size) && conclude(&r))
		return (ssize_t)size;
	return -1;
}
