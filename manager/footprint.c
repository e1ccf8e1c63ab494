/* SPDX-License-Identifier: MIT
 *
 * footprint: see footprint.h. A rollup walks all of the process's page tables, so this is for every
 * few seconds, not for every request.
 */
#include "manager/footprint.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/fd.h"

static struct span skip_blanks(struct span s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_from(s, 1);
	return s;
}

/* The number at the beginning of *s, times unit; *s is what follows it. */
static bool take_number(struct span *s, uint64_t unit, uint64_t *value)
{
	uint64_t n = 0;
	size_t digits = 0;

	for (; digits < s->n && s->p[digits] >= '0' && s->p[digits] <= '9'; digits++) {
		if (n > UINT64_MAX / 10 / unit - 1)
			return false;
		n = n * 10 + (uint64_t)(s->p[digits] - '0');
	}
	*s = span_from(*s, digits);
	*value = n * unit;
	return digits > 0;
}

static size_t line_length(struct span text)
{
	const char *end = text.n ? memchr(text.p, '\n', text.n) : NULL;

	return end ? (size_t)(end - text.p) : text.n;
}

bool footprint_parse_rollup(struct span text, uint64_t *bytes)
{
	static const char name[] = "Pss:";
	const struct span key = span_of(name);

	while (text.n) {
		size_t n = line_length(text);
		struct span line = {text.p, n};
		if (span_starts(line, key)) {
			line = skip_blanks(span_from(line, key.n));
			return take_number(&line, 1024, bytes) && span_is(skip_blanks(line), "kB");
		}
		text = span_from(text, n + 1);
	}
	return false;
}

bool footprint_parse_statm(struct span text, uint64_t page, uint64_t *bytes)
{
	uint64_t size;

	if (!take_number(&text, 1, &size))
		return false;
	text = skip_blanks(text);
	return take_number(&text, page, bytes);
}

bool footprint_parse_hangs(struct span stat)
{
	const char *name_end = memrchr(stat.p, ')', stat.n);
	struct span rest = {name_end, name_end ? (size_t)(stat.p + stat.n - name_end) : 0};

	return span_starts(rest, SPAN_LIT(") D"));
}

/* No file of these is longer than a page or so. */
static struct span read_file(int pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, size);
	fd_close(&fd);
	return (struct span){text, n > 0 ? (size_t)n : 0};
}

bool footprint_of(int pid, uint64_t *bytes)
{
	char text[4096];
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	/* A rollup is read under the lock of the process's memory, which one that hangs in the
	 * kernel may hold: we would hang with it. */
	if (!footprint_parse_hangs(read_file(pid, "stat", text, sizeof text)) &&
		footprint_parse_rollup(read_file(pid, "smaps_rollup", text, sizeof text), bytes))
		return true;
	return footprint_parse_statm(read_file(pid, "statm", text, sizeof text), page, bytes);
}
