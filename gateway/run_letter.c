/* SPDX-License-Identifier: MIT
 *
 * run_letter: see run_letter.h.
 */
#include "gateway/run_letter.h"

#include "gateway/meta.h"
#include "gateway/search_words.h"

static bool put_variable(void *arg, struct span name, struct span value)
{
	struct buf *b = arg;

	return buf_put_span(b, name) && buf_puts(b, "=") && buf_put_span(b, value) &&
	       buf_put(b, "", 1);
}

static bool has_path(const struct plan_pool *pool)
{
	for (size_t i = 0; i < pool->nenv; i++)
		if (strcmp(pool->env[i].name, "PATH") == 0)
			return true;
	return false;
}

static bool put_environment(const struct request *r, struct buf *env)
{
	return (has_path(r->pool) || put_variable(env, SPAN_LIT("PATH"),
					     SPAN_LIT("/usr/local/bin:/usr/bin:/bin"))) &&
	       meta_each(r, put_variable, env);
}

/* RFC 3875 4.4. An interpreter that was named for the script might take such words for its own;
 * one in the #! line has the script's name before them. */
static bool takes_words(const struct request *r)
{
	struct span method = request_method(r);

	return r->pool->isindex && !r->interpreter &&
	       (span_is(method, "GET") || span_is(method, "HEAD"));
}

/* As the script's own user sees it. */
static struct span script_of(const struct request *r)
{
	struct span file = plan_inside(r->pool, buf_span(&r->script_file));

	return file.p ? file : buf_span(&r->script_file);
}

static bool put_argv(const struct request *r, struct buf *argv)
{
	struct span file = script_of(r);

	return (!r->interpreter || buf_put(argv, r->interpreter, strlen(r->interpreter) + 1)) &&
	       buf_put(argv, file.p, file.n + 1) && /* it ends in a NUL */
	       (!takes_words(r) || search_words(r->target.query, argv));
}

/* The script's own directory (RFC 3875 7.2 for unix). */
static struct span directory_of(const struct request *r)
{
	struct span file = script_of(r);

	while (file.n > 1 && file.p[file.n - 1] != '/')
		file.n--;
	return file;
}

bool run_letter(const struct request *r, struct buf *argv, struct buf *env, struct msg_run *m)
{
	if (!put_argv(r, argv) || !put_environment(r, env))
		return false;
	m->argv = buf_span(argv);
	m->environment = buf_span(env);
	m->directory = directory_of(r);
	return true;
}
