/* SPDX-License-Identifier: MIT
 *
 * media: see media.h.
 */
#include "gateway/media.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/http_field.h"

#define EXTENSION_MAX 64
#define TYPE_MAX_LEN  127 /* RFC 6838 4.2: both halves together, and generously */

struct row {
	const char *extension, *type;
	uint32_t line; /* the later one wins */
};

struct media {
	size_t n, cap;
	struct row *rows; /* sorted by extension */
	char text[];      /* what the rows point into, cut into words */
};

/* Sorted. What a site is made of today. */
static const struct row own[] = {
	{"7z", "application/x-7z-compressed", 0},
	{"apng", "image/apng", 0},
	{"atom", "application/atom+xml", 0},
	{"avif", "image/avif", 0},
	{"bin", "application/octet-stream", 0},
	{"bmp", "image/bmp", 0},
	{"bz2", "application/x-bzip2", 0},
	{"css", "text/css", 0},
	{"csv", "text/csv", 0},
	{"deb", "application/vnd.debian.binary-package", 0},
	{"eot", "application/vnd.ms-fontobject", 0},
	{"epub", "application/epub+zip", 0},
	{"flac", "audio/flac", 0},
	{"gif", "image/gif", 0},
	{"gz", "application/gzip", 0},
	{"htm", "text/html", 0},
	{"html", "text/html", 0},
	{"ico", "image/vnd.microsoft.icon", 0},
	{"ics", "text/calendar", 0},
	{"jpeg", "image/jpeg", 0},
	{"jpg", "image/jpeg", 0},
	{"js", "text/javascript", 0},
	{"json", "application/json", 0},
	{"jsonld", "application/ld+json", 0},
	{"m4a", "audio/mp4", 0},
	{"m4v", "video/mp4", 0},
	{"map", "application/json", 0},
	{"md", "text/markdown", 0},
	{"mjs", "text/javascript", 0},
	{"mp3", "audio/mpeg", 0},
	{"mp4", "video/mp4", 0},
	{"mpeg", "video/mpeg", 0},
	{"ogg", "audio/ogg", 0},
	{"ogv", "video/ogg", 0},
	{"opus", "audio/ogg", 0},
	{"otf", "font/otf", 0},
	{"pdf", "application/pdf", 0},
	{"png", "image/png", 0},
	{"rss", "application/rss+xml", 0},
	{"svg", "image/svg+xml", 0},
	{"tar", "application/x-tar", 0},
	{"tif", "image/tiff", 0},
	{"tiff", "image/tiff", 0},
	{"ttf", "font/ttf", 0},
	{"txt", "text/plain", 0},
	{"vtt", "text/vtt", 0},
	{"wasm", "application/wasm", 0},
	{"wav", "audio/x-wav", 0},
	{"webm", "video/webm", 0},
	{"webmanifest", "application/manifest+json", 0},
	{"webp", "image/webp", 0},
	{"woff", "font/woff", 0},
	{"woff2", "font/woff2", 0},
	{"xhtml", "application/xhtml+xml", 0},
	{"xml", "application/xml", 0},
	{"xz", "application/x-xz", 0},
	{"zip", "application/zip", 0},
	{"zst", "application/zstd", 0},
};

/* ---- reading a table ---- */

static int by_extension(const void *a, const void *b)
{
	return strcasecmp(((const struct row *)a)->extension, ((const struct row *)b)->extension);
}

static int by_extension_and_line(const void *a, const void *b)
{
	const struct row *l = a, *r = b;
	int order = by_extension(a, b);

	return order ? order : (l->line > r->line) - (l->line < r->line);
}

static bool add(struct media *m, const char *extension, const char *type, uint32_t line)
{
	if (m->n == m->cap) {
		size_t cap = m->cap ? 2 * m->cap : 256;
		struct row *rows = realloc(m->rows, cap * sizeof *rows);
		if (!rows)
			return false;
		m->rows = rows;
		m->cap = cap;
	}
	m->rows[m->n++] = (struct row){extension, type, line};
	return true;
}

/* A field value is made of it: nothing but token "/" token may come in. */
static bool is_type(const char *s)
{
	const char *slash = strchr(s, '/');
	size_t n = strlen(s);

	if (!slash || slash == s || !slash[1] || n > TYPE_MAX_LEN)
		return false;
	for (size_t i = 0; i < n; i++)
		if (s + i != slash && !http_is(s[i], HTTP_TOKEN))
			return false;
	return true;
}

static bool is_extension(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (!http_is(s[i], HTTP_TOKEN))
			return false;
	return n > 0 && n <= EXTENSION_MAX;
}

/* The line is ours to cut. */
static bool add_line(struct media *m, char *line, uint32_t number)
{
	static const char blank[] = " \t\r\f\v";
	char *rest, *type, *word;

	line[strcspn(line, "#")] = '\0';
	type = strtok_r(line, blank, &rest);
	if (!type || !is_type(type))
		return true;
	while ((word = strtok_r(NULL, blank, &rest)))
		if (is_extension(word) && !add(m, word, type, number))
			return false;
	return true;
}

/* Sorts; of equal extensions the last remains. */
static void settle(struct media *m)
{
	size_t n = 0;

	if (m->n)
		qsort(m->rows, m->n, sizeof *m->rows, by_extension_and_line);
	for (size_t i = 0; i < m->n; i++) {
		if (n && by_extension(&m->rows[n - 1], &m->rows[i]) == 0)
			n--;
		m->rows[n++] = m->rows[i];
	}
	m->n = n;
}

/* m->text holds n bytes and a NUL; a NUL among them ends its line. */
static struct media *cut(struct media *m, size_t n)
{
	char *line = m->text, *end = m->text + n;
	uint32_t number = 0;

	while (line < end) {
		char *stop = memchr(line, '\n', (size_t)(end - line));

		stop = stop ? stop : end;
		*stop = '\0';
		if (!add_line(m, line, ++number)) {
			media_free(m);
			errno = ENOMEM;
			return NULL;
		}
		line = stop + 1;
	}
	settle(m);
	return m;
}

struct media *media_parse(struct span text)
{
	struct media *m = calloc(1, sizeof *m + text.n + 1);

	if (!m)
		return NULL;
	if (text.n)
		memcpy(m->text, text.p, text.n);
	return cut(m, text.n);
}

struct media *media_read(int fd)
{
	struct media *m = NULL;
	size_t n = 0, cap = 64u * 1024;
	ssize_t got = 1;
	char *text = malloc(cap);

	while (text && n < MEDIA_FILE_MAX && (got = pread(fd, text + n, cap - n, (off_t)n)) > 0) {
		n += (size_t)got;
		if (n == cap) {
			char *more = realloc(text, cap *= 2);
			if (!more)
				free(text);
			text = more;
		}
	}
	if (text && got >= 0)
		m = media_parse((struct span){text, n});
	free(text);
	return m;
}

void media_free(struct media *m)
{
	if (m)
		free(m->rows);
	free(m);
}

/* ---- asking ---- */

static const char *find(const struct row *rows, size_t n, const char *extension)
{
	const struct row key = {extension, NULL, 0};
	const struct row *r = n ? bsearch(&key, rows, n, sizeof *rows, by_extension) : NULL;

	return r ? r->type : NULL;
}

/* Behind each point of the name, from the left. */
static const char *find_longest(const struct row *rows, size_t n, const char *name)
{
	const char *type = NULL;

	while (!type && (name = strchr(name, '.')))
		type = find(rows, n, ++name);
	return type;
}

const char *media_type(const struct media *m, struct span file)
{
	char name[256];
	const char *type = NULL;
	size_t from = file.n;

	while (from > 0 && file.p[from - 1] != '/')
		from--;
	file = span_from(file, from);
	if (file.n >= sizeof name) /* no file system has such names; what is behind counts */
		file = span_from(file, file.n - (sizeof name - 1));
	if (file.n)
		memcpy(name, file.p, file.n);
	name[file.n] = '\0';
	if (m)
		type = find_longest(m->rows, m->n, name);
	if (!type)
		type = find_longest(own, nitems(own), name);
	return type ? type : "application/octet-stream";
}

bool media_is_text(const char *type)
{
	return strncasecmp(type, "text/", 5) == 0 ||
	       strcasecmp(type, "application/javascript") == 0 ||
	       strcasecmp(type, "application/x-javascript") == 0;
}
