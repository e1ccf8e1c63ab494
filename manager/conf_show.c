/* SPDX-License-Identifier: MIT
 *
 * conf_show: see conf_show.h.
 */
#include "manager/conf_show.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/access_format.h"
#include "common/mem.h"
#include "manager/directive.h"
#include "manager/directive_key.h"
#include "manager/directive_when.h"
#include "manager/suggest.h"

#define WIDTH 79

/* ---- the configuration in force ---- */

/* What has no value, or none that would have an effect, is not written: such a line would be
 * refused. */
static void dump_section(enum conf_section section, const void *base, struct buf *out)
{
	directive_for_each(d) if (d->section == section && directive_applies(d, base))
		directive_put(d, base, out);
}

void conf_dump(const struct conf *conf, struct buf *out)
{
	buf_puts(out, "[global]\n");
	dump_section(SECTION_GLOBAL, &conf->global, out);
	buf_puts(out, "\n[gateway]\n");
	dump_section(SECTION_GATEWAY, &conf->gateway, out);
	for (size_t i = 0; i < conf->npools; i++) {
		buf_putf(out, "\n[%s]\n", conf->pools[i]->name);
		dump_section(SECTION_POOL, conf->pools[i], out);
	}
}

static bool section_equal(enum conf_section section, const void *a, const void *b)
{
	directive_for_each(d) if (d->section == section && !directive_same(d, a, b)) return false;
	return true;
}

bool conf_global_equal(const struct conf_global *a, const struct conf_global *b)
{
	return section_equal(SECTION_GLOBAL, a, b);
}

bool conf_gateway_equal(const struct conf_gateway *a, const struct conf_gateway *b)
{
	return section_equal(SECTION_GATEWAY, a, b);
}

bool conf_pool_equal(const struct conf_pool *a, const struct conf_pool *b)
{
	return section_equal(SECTION_POOL, a, b);
}

/* ---- what there is to configure ---- */

/* Lines of at most WIDTH behind the margin; `label` stands before the first, blanks before others.
 */
static void put_wrapped(const char *margin, const char *label, struct span text, struct buf *out)
{
	size_t start = strlen(margin) + strlen(label), column = start;

	buf_putf(out, "%s%s", margin, label);
	for (size_t i = 0; i < text.n; i++) {
		const char *space = memchr(text.p + i, ' ', text.n - i);
		size_t n = space ? (size_t)(space - text.p) - i : text.n - i;
		if (column > start && column + 1 + n > WIDTH) {
			buf_putf(out, "\n%s%*s", margin, (int)strlen(label), "");
			column = start;
		}
		buf_putf(out, "%s%.*s", column > start ? " " : "", (int)n, text.p + i);
		column += n + (column > start);
		i += n;
	}
	buf_puts(out, "\n");
}

static void put_default(const struct directive *d, struct buf *out)
{
	buf_puts(out, d->value ? d->value : d->unset);
	if (d->flags & REQUIRED)
		buf_puts(out, "; it must be given");
}

static void put_condition(const struct directive *d, struct buf *out)
{
	if (directive_condition(d))
		buf_puts(out, directive_condition(d));
}

static void put_also(const struct directive *d, struct buf *out)
{
	if (d->also)
		buf_puts(out, d->also);
}

/* What is said of a directive besides its sentence. */
static const struct fact {
	const char *label;
	void (*put)(const struct directive *d, struct buf *out);
} facts[] = {
	{"Value:     ", directive_expects},
	{"Default:   ", put_default},
	{"Only with: ", put_condition},
	{"Elsewhere: ", put_also},
};

static void put_facts(const struct directive *d, const char *margin, struct buf *out)
{
	for (size_t i = 0; i < nitems(facts); i++) {
		struct buf text = BUF_INIT;
		facts[i].put(d, &text);
		if (buf_len(&text) > 0)
			put_wrapped(margin, facts[i].label, buf_span(&text), out);
		buf_free(&text);
	}
}

#define for_each_placeholder(d, t)                         \
	for (const struct access_term *(t) = access_terms; \
		(d)->flags & HAS_PLACEHOLDERS && (t) < access_terms + access_terms_count; (t)++)

static void explain(const struct directive *d, struct buf *out)
{
	directive_title(d, out);
	buf_putf(out, ", in %s\n", section_title(d->section));
	put_wrapped("    ", "", span_of(d->help), out);
	put_facts(d, "    ", out);
	for_each_placeholder(d, t)
	{
		char label[16];
		snprintf(label, sizeof label, "%-11s", t->title);
		put_wrapped("    ", label, span_of(t->help), out);
	}
}

bool conf_explain(const char *name, struct buf *out)
{
	char *plain = mem_strndup(name, strcspn(name, "["));
	bool found = false;

	for (enum conf_section in = 0; in < SECTIONS; in++) {
		const struct directive *d = directive_find(in, plain);
		if (!d)
			continue;
		buf_puts(out, found ? "\n" : "");
		explain(d, out);
		found = true;
	}
	if (!found) {
		buf_putf(out, "%s is not a directive", name);
		suggest(SECTIONS, plain, out);
		buf_puts(out, "\n");
	}
	free(plain);
	return found;
}

/* ---- conf/hearth.conf ---- */

static const char annotated_head[] =
	"; hearth.conf: every directive, with its default or with an example. Take away the\n"
	"; semicolon of the lines you change. Serve at least a document_root or a pool.\n"
	";\n"
	"; A line is [SECTION], NAME = VALUE, or a comment, which begins with ; or # at the\n"
	"; start of the line or behind a blank. A value that has these in it is written in\n"
	"; double quotes. Times are 500ms 10s 5m 2h 1d, sizes 4096 64k 8m 1g. Relative paths\n"
	"; start at this file.\n"
	";\n"
	"; hearth check -c FILE tests it; hearth explain NAME tells about one directive.\n";

static void annotate(const struct directive *d, struct buf *out)
{
	static const char *const keys[] = {[KEY_NONE] = "",
		[KEY_NAME] = "[HOME]",
		[KEY_SETTING] = "[memory_limit]",
		[KEY_FLAG] = "[display_errors]",
		[KEY_EXTENSION] = "[.py]",
		[KEY_LIMIT] = "[nofile]",
		[KEY_LIST] = "[]"};

	buf_puts(out, "\n");
	put_wrapped("; ", "", span_of(d->help), out);
	put_facts(d, ";   ", out);
	buf_putf(out, ";%s%s = %s\n", d->name, keys[d->key], d->value ? d->value : d->example);
}

void conf_annotated(struct buf *out)
{
	static const char *const begins[SECTIONS] = {"\n[global]\n", "\n\n[gateway]\n",
		"\n\n; Any other section is a pool; $pool in a value is its name.\n;[app]\n"};

	buf_puts(out, annotated_head);
	for (enum conf_section in = 0; in < SECTIONS; in++) {
		buf_puts(out, begins[in]);
		directive_for_each(d) if (d->section == in) annotate(d, out);
	}
}

/* ---- hearth.conf(5) ---- */

static void put_troff(struct span text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++)
		switch (text.p[i]) {
		case '\\':
			buf_puts(out, "\\e");
			break;
		case '-':
			buf_puts(out, "\\-");
			break;
		default:
			buf_put(out, &text.p[i], 1);
		}
}

static void put_troff_fact(const char *label, struct span text, struct buf *out)
{
	if (text.n == 0)
		return;
	buf_putf(out, ".br\n%.*s: ", (int)strcspn(label, ":"), label);
	put_troff(text, out);
	buf_puts(out, "\n");
}

static void manual_placeholders(const struct directive *d, struct buf *out)
{
	if (d->flags & HAS_PLACEHOLDERS)
		buf_puts(out, ".RS\n");
	for_each_placeholder(d, t)
	{
		buf_putf(out, ".TP 11\n.B \"%s\"\n", t->title);
		put_troff(span_of(t->help), out);
		buf_puts(out, "\n");
	}
	if (d->flags & HAS_PLACEHOLDERS)
		buf_puts(out, ".RE\n");
}

static void manual(const struct directive *d, struct buf *out)
{
	buf_puts(out, ".TP\n.B \"");
	directive_title(d, out);
	buf_puts(out, "\"\n");
	put_troff(span_of(d->help), out);
	buf_puts(out, "\n");
	for (size_t i = 0; i < nitems(facts); i++) {
		struct buf text = BUF_INIT;
		facts[i].put(d, &text);
		put_troff_fact(facts[i].label, buf_span(&text), out);
		buf_free(&text);
	}
	manual_placeholders(d, out);
}

void conf_manual(struct buf *out)
{
	static const char *const begins[SECTIONS] = {
		".SS [global]\n", ".SS [gateway]\n", ".SS Pools: any other section\n"};

	for (enum conf_section in = 0; in < SECTIONS; in++) {
		buf_puts(out, begins[in]);
		directive_for_each(d) if (d->section == in) manual(d, out);
	}
}
