/* SPDX-License-Identifier: MIT
 *
 * hire: see hire.h.
 */
#include "manager/hire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"
#include "manager/listen.h"
#include "manager/value.h"

#define PLAIN_PATH "/usr/local/bin:/usr/bin:/bin"

/* A worker gets as many connections as requests at once; a few more while the gateway reconnects.
 */
#define WORKER_BACKLOG 16

/* ---- environment ---- */

static void append(struct hire_env *env, char *entry)
{
	env->at = mem_array(env->at, env->n + 2, sizeof *env->at);
	env->at[env->n++] = entry;
	env->at[env->n] = NULL;
}

void hire_env_put(struct hire_env *env, const char *name, const char *value)
{
	size_t n = strlen(name);
	char *entry = mem_printf("%s=%s", name, value);

	for (size_t i = 0; i < env->n; i++) {
		if (strncmp(env->at[i], entry, n + 1) != 0)
			continue;
		free(env->at[i]);
		env->at[i] = entry;
		return;
	}
	append(env, entry);
}

void hire_env_put_common(struct hire_env *env)
{
	static const char *const passed_on[] = {
		"ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"};

	hire_env_put(env, "PATH", PLAIN_PATH);
	for (size_t i = 0; i < nitems(passed_on); i++)
		if (getenv(passed_on[i]))
			hire_env_put(env, passed_on[i], getenv(passed_on[i]));
}

void hire_env_free(struct hire_env *env)
{
	for (size_t i = 0; i < env->n; i++)
		free(env->at[i]);
	free(env->at);
	*env = (struct hire_env){NULL, 0};
}

const char *hire_env_value(const char *configured)
{
	const char *value = configured[0] == '$' ? getenv(configured + 1) : configured;

	return value ? value : "";
}

static void put_worker_env(struct hire_env *env, const struct hire_terms *t)
{
	hire_env_put_common(env);
	hire_env_put(env, "USER", t->as->user);
	hire_env_put(env, "HOME", t->as->home);
	if (t->conf->type == POOL_CGI)
		return; /* env[] is for the scripts: the gateway sends it with each */
	for (size_t i = 0; i < t->conf->env.n; i++)
		hire_env_put(env, t->conf->env.at[i].key, hire_env_value(t->conf->env.at[i].value));
}

/* ---- descriptors ---- */

/* The file is the gateway's alone: whoever may connect may run requests as the pool's user. */
static bool open_socket(struct worker *w, const struct hire_terms *t, char *why, size_t size)
{
	w->path = mem_printf("%s/%u.sock", t->workers_dir, w->id);
	w->socket = listen_unix(
		w->path, SOCK_STREAM, 0600, WORKER_BACKLOG + (int)t->conf->concurrency, why, size);
	if (w->socket < 0)
		return false;
	if (geteuid() == 0 && lchown(w->path, t->gateway->uid, t->gateway->gid) < 0) {
		snprintf(why, size, "chown %s: %s", w->path, strerror(errno));
		return false;
	}
	return true;
}

static void add_move(struct job *job, int from, int to)
{
	job->moves[job->nmoves++] = (struct fd_move){from, to};
}

/* ---- limits ---- */

/* The values were read once, when the configuration was. */
static size_t limits_of(const struct conf_pool *conf, struct limit to[static LIMITS_MAX])
{
	size_t n = 0;

	for (; n < conf->rlimit.n && n < LIMITS_MAX; n++) {
		to[n].row = limit_find(span_of(conf->rlimit.at[n].key));
		must(to[n].row &&
			value_limit(conf->rlimit.at[n].value, to[n].row, &to[n].is) == NULL);
	}
	return n;
}

/* ---- the two kinds ---- */

static bool finish(struct worker *w, struct job *job, char *why, size_t size)
{
	if (worker_start(w, job))
		return true;
	snprintf(why, size, "%s", strerror(errno));
	return false;
}

static bool start_fastcgi(
	struct worker *w, const struct hire_terms *t, struct job *job, char *why, size_t size)
{
	const struct words *command = &t->conf->command;
	char **argv = mem_array(NULL, command->n + 1, sizeof *argv);
	bool ok;

	memcpy(argv, command->at, command->n * sizeof *argv);
	argv[command->n] = NULL;
	job->argv = argv;
	job->death_signal = SIGKILL;
	job->batch = t->conf->batch != 0;
	ok = open_socket(w, t, why, size);
	if (ok) {
		add_move(job, w->socket, STDIN_FILENO);
		ok = finish(w, job, why, size);
	}
	free(argv);
	return ok;
}

/* Limits are for what a runner starts, and not for itself: it lives longer than any CPU time, and
 * must be able to start another script when one has used up all processes. */
static bool start_runner(
	struct worker *w, const struct hire_terms *t, struct job *job, char *why, size_t size)
{
	char name[] = "hearth-exec", limits[LIMITS_MAX][LIMIT_TEXT_MAX];
	char keep[] = "leftovers=keep", *argv[2 + LIMITS_MAX + 1] = {name};
	size_t n = 1;
	int ends[2] = {-1, -1};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	bool ok = null >= 0 && fd_seqpair(ends) == 0;

	if (t->conf->leftovers == LEFTOVERS_KEEP)
		argv[n++] = keep;
	for (size_t i = 0; i < job->nlimits; i++) {
		limit_put(&job->limits[i], limits[i]);
		argv[n++] = limits[i];
	}
	if (ok) {
		w->channel = fd_take(&ends[0]);
		job->argv = argv;
		job->lends = true;
		job->binary = t->runner;
		job->death_signal = SIGTERM; /* it has scripts to take along */
		w->has_family = true;
		add_move(job, null, STDIN_FILENO);
		add_move(job, ends[1], 3);
		ok = finish(w, job, why, size);
	} else {
		snprintf(why, size, "%s", strerror(errno));
	}
	fd_close(&ends[1]);
	fd_close(&null);
	return ok;
}

bool hire(struct worker *w, const struct hire_terms *t, char *why, size_t size)
{
	struct hire_env env = {NULL, 0};
	struct limit limits[LIMITS_MAX];
	struct job job = {.binary = -1,
		.as = t->as,
		.chdir = t->conf->chdir,
		.umask = t->conf->umask,
		.limits = limits,
		.nlimits = limits_of(t->conf, limits)};
	bool cgi = t->conf->type == POOL_CGI, ok;

	snprintf(
		w->title, sizeof w->title, "[pool %s] %s", t->conf->name, cgi ? "runner" : "child");
	w->mute = !cgi && !t->conf->catch_output; /* what a runner says is of our own */
	w->plain = !cgi && !t->conf->decorate_output;
	put_worker_env(&env, t);
	job.envp = env.at;
	ok = cgi ? start_runner(w, t, &job, why, size) : start_fastcgi(w, t, &job, why, size);
	hire_env_free(&env);
	if (!ok)
		worker_release(w);
	return ok;
}
