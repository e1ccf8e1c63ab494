/* SPDX-License-Identifier: MIT
 *
 * serve_conf: see serve_conf.h.
 */
#include "manager/serve_conf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "manager/conf_load.h"
#include "manager/serve_tell.h"
#include "manager/value.h"

static void put(struct buf *text, const char *name, const char *value)
{
	buf_putf(text, "%s = ", name);
	value_put_text(value, text);
	buf_puts(text, "\n");
}

static void put_listen(const struct serve_wish *w, struct buf *text)
{
	buf_puts(text, "listen =");
	for (size_t i = 0; i < w->listen.n; i++) {
		buf_puts(text, " ");
		value_put_word(w->listen.at[i], text);
	}
	buf_puts(text, "\n");
}

/* The scripts' directory is given relative to where we stand: what is above it may have a $pool in
 * its name, which means something in a pool. */
static void put_pool(const struct serve_wish *w, struct buf *text)
{
	buf_puts(text, "[cgi]\ntype = cgi\nroute = /cgi-bin/\npm.max_children = 32\n");
	put(text, "directory", "cgi-bin");
	if (w->user)
		put(text, "user", w->user);
	for (size_t i = 0; i < interpreters_count; i++)
		if (interpreter_is_there(&interpreters[i]))
			buf_putf(text, "interpreter[.%s] = %s\n", interpreters[i].extension,
				interpreters[i].program);
}

static void put_conf(const struct serve_wish *w, struct buf *text)
{
	buf_puts(text, "[global]\nlog_level = warning\n");
	buf_putf(text, "runtime_dir = %s\ncontrol = %s/control.sock\n", w->runtime, w->runtime);
	buf_puts(text, "[gateway]\naccess.log = stderr\n");
	put(text, "access.format", TELL_ACCESS_FORMAT);
	put_listen(w, text);
	if (!w->site->only_scripts) {
		put(text, "document_root", w->site->dir);
		put(text, "autoindex", "yes"); /* it is one's own directory that one looks at */
	}
	if (w->user)
		put(text, "user", w->user);
	if (w->site->scripts[0])
		put_pool(w, text);
	buf_put(text, "", 1);
}

static bool stand_above_scripts(const struct site *s)
{
	return chdir(s->dir) == 0 && (!s->only_scripts || chdir("..") == 0);
}

struct conf *serve_conf(const struct serve_wish *w)
{
	struct complaints complaints = COMPLAINTS_INIT;
	struct buf text = BUF_INIT;
	struct conf *conf;

	if (!stand_above_scripts(w->site)) {
		fprintf(stderr, "hearth: %s: %s\n", w->site->dir, strerror(errno));
		return NULL;
	}
	put_conf(w, &text);
	conf = conf_load_text("hearth serve", buf_head(&text), &complaints);
	buf_clear(&text);
	complaints_put(&complaints, &text);
	fprintf(stderr, "%.*s", SPAN_FMT(buf_span(&text)));
	complaints_free(&complaints);
	buf_free(&text);
	return conf;
}
