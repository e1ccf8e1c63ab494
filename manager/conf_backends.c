/* SPDX-License-Identifier: MIT
 *
 * conf_backends: see conf_backends.h.
 */
#include "manager/conf_backends.h"

#include <string.h>

#include "manager/value.h"

/* A path alone is what listen has in php-fpm's files. */
static void spell_out(struct check *k, struct conf_pool *pool)
{
	for (size_t i = 0; i < pool->backend.n; i++)
		if (pool->backend.at[i][0] == '/')
			pool->backend.at[i] = conf_printf(k->conf, "unix:%s", pool->backend.at[i]);
}

/* Addresses that mean the same have one name. An address that is listened on at every one of the
 * machine is met by the loopback's, which is how one reaches oneself. */
static bool is_same_door(const char *listen, const char *backend)
{
	static const char *const any[][2] = {{"0.0.0.0 ", "127."}, {"0.0.0.0 ", "localhost "},
		{"127.0.0.1 ", "localhost "}, {":: ", "::1 "}};
	char door[VALUE_LISTEN_MAX], name[VALUE_BACKEND_MAX];

	if (value_listen(listen, door) || value_backend(backend, name) || !name[0])
		return false;
	if (value_listen_is_port(listen) && door[0] && strncmp(name, "::1 ", 4) == 0)
		return strcmp(strchr(door, ' '), strchr(name, ' ')) == 0;
	for (size_t i = 0; i < nitems(any); i++)
		if (strncmp(door, any[i][0], strlen(any[i][0])) == 0 &&
			strncmp(name, any[i][1], strlen(any[i][1])) == 0)
			return strcmp(strchr(door, ' '), strchr(name, ' ')) == 0;
	return strcmp(door, name) == 0;
}

static void check_loop(struct check *k, const struct conf_pool *pool, const char *backend)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "backend", NULL);

	for (size_t i = 0; i < pool->listen.n; i++)
		if (is_same_door(pool->listen.at[i], backend))
			complain(k->c, mark->file, mark->line,
				"backend of pool '%s': '%s' is the pool's own listen, it would ask "
				"itself: take one of them away",
				pool->name, backend);
}

static void check_twice(struct check *k, const struct conf_pool *pool, size_t i)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "backend", NULL);
	char name[VALUE_BACKEND_MAX], other[VALUE_BACKEND_MAX];

	value_backend(pool->backend.at[i], name);
	for (size_t j = 0; j < i; j++)
		if (!value_backend(pool->backend.at[j], other) && strcmp(name, other) == 0) {
			complain(k->c, mark->file, mark->line,
				"backend of pool '%s': '%s' and '%s' are the same address: keep one",
				pool->name, pool->backend.at[j], pool->backend.at[i]);
			return;
		}
}

void conf_backends_check(struct check *k, struct conf_pool *pool)
{
	const struct conf_mark *mark = check_mark(k, &pool->marks, "backend", NULL);

	spell_out(k, pool);
	for (size_t i = 0; i < pool->backend.n; i++) {
		char name[VALUE_BACKEND_MAX];
		const char *why = value_backend(pool->backend.at[i], name);
		if (why) {
			complain(k->c, mark->file, mark->line, "backend of pool '%s': '%s' %s",
				pool->name, pool->backend.at[i], why);
			continue;
		}
		check_twice(k, pool, i);
		check_loop(k, pool, pool->backend.at[i]);
	}
}
