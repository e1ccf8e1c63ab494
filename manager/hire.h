/* SPDX-License-Identifier: MIT
 *
 * hire: puts a worker's job together from its pool's configuration, and starts it.
 * Runs in: the manager. FastCGI workers get a socket of their own as descriptor 0; runners get a
 * channel as descriptor 3, whose other end waits in worker.channel for the gateway.
 */
#ifndef HEARTH_HIRE_H
#define HEARTH_HIRE_H

#include "manager/conf.h"
#include "manager/worker.h"

struct hire_terms {
	const struct conf_pool *conf;
	const struct identity *as;
	const struct identity *gateway; /* who may connect */
	const char *workers_dir;
	int runner; /* hearth-exec, open */
};

/* False: it could not even be forked; `why` has the sentence and w holds nothing. */
bool hire(struct worker *w, const struct hire_terms *terms, char *why, size_t size);

/* NULL-terminated NAME=value strings, to be freed with hire_env_free. Programs under a sanitizer
 * take its options from the manager's environment. */
struct hire_env {
	char **at;
	size_t n;
};

void hire_env_put_common(struct hire_env *env);
/* What a pool says of the environment of its programs: env[], and with clear_env = no what hearth
 * has itself, and whose they are. */
void hire_env_put_pool(
	struct hire_env *env, const struct conf_pool *conf, const struct identity *as);
void hire_env_free(struct hire_env *env);

#endif
