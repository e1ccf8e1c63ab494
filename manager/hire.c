/* SPDX-License-Identifier: MIT
 *
 * hire: see hire.h.
 */
#include "manager/hire.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"
#include "manager/conf_power.h"
#include "manager/listen.h"
#include "manager/php_settings.h"
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

static void put_variable(struct hire_env *env, const char *name, const char *value)
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

	put_variable(env, "PATH", PLAIN_PATH);
	for (size_t i = 0; i < nitems(passed_on); i++)
		if (getenv(passed_on[i]))
			put_variable(env, passed_on[i], getenv(passed_on[i]));
}

void hire_env_free(struct hire_env *env)
{
	for (size_t i = 0; i < env->n; i++)
		free(env->at[i]);
	free(env->at);
	*env = (struct hire_env){NULL, 0};
}

/* "$NAME" stands for the manager's own variable NAME. */
static const char *env_value(const char *configured)
{
	const char *value = configured[0] == '$' ? getenv(configured + 1) : configured;

	return value ? value : "";
}

/* Who started us is nobody to the pool's programs, and what systemd told us is not for them. A name
 * with other letters in it is no variable for most programs, but some shells would run its value
 * (CVE-2014-6271). */
static bool is_passed_on(const char *entry)
{
	static const char *const ours[] = {
		"LOGNAME=", "NOTIFY_SOCKET=", "LISTEN_PID=", "LISTEN_PIDFDID=", "LISTEN_FDS=",
		"LISTEN_FDNAMES=", "WATCHDOG_PID=", "WATCHDOG_USEC="};
	size_t n = 0;

	while (isalnum((unsigned char)entry[n]) || entry[n] == '_')
		n++;
	for (size_t i = 0; i < nitems(ours); i++)
		if (strncmp(entry, ours[i], strlen(ours[i])) == 0)
			return false;
	return n > 0 && entry[n] == '=';
}

static void put_own(struct hire_env *env)
{
	for (char **entry = environ; *entry; entry++) {
		char *name = is_passed_on(*entry) ? mem_strdup(*entry) : NULL;
		if (name) {
			name[strcspn(name, "=")] = '\0';
			put_variable(env, name, strchr(*entry, '=') + 1);
		}
		free(name);
	}
}

static void put_person(struct hire_env *env, const struct identity *as)
{
	put_variable(env, "USER", as->user);
	put_variable(env, "HOME", as->home);
}

void hire_env_put_pool(
	struct hire_env *env, const struct conf_pool *conf, const struct identity *as)
{
	if (!conf->clear_env) {
		put_own(env);
		put_person(env, as);
	}
	for (size_t i = 0; i < conf->env.n; i++)
		put_variable(env, conf->env.at[i].key, env_value(conf->env.at[i].value));
}

/* What a pool says is for its scripts and not for the runner: the gateway sends it with each. */
static void put_worker_env(struct hire_env *env, const struct hire_terms *t)
{
	hire_env_put_common(env);
	put_person(env, t->as);
	if (t->conf->type == POOL_FASTCGI)
		hire_env_put_pool(env, t->conf, t->as);
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

/* Without the rest of the tree that it stands in, where we may have that (it takes CAP_SYS_ADMIN):
 * for a runner in another root, of which ".." must be no way out. */
static int open_proc(void)
{
	int tree = (int)syscall(
		SYS_open_tree, AT_FDCWD, "/proc", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int fd = openat(tree < 0 ? AT_FDCWD : tree, tree < 0 ? "/proc" : ".",
		O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	fd_close(&tree);
	return fd;
}

/* ---- limits ---- */

struct limits {
	struct limit at[LIMITS_MAX];
	size_t n;
};

/* The values were read once, when the configuration was; there is one for each name at most. */
static void add_limit(struct limits *to, const char *name, const char *value)
{
	struct limit *l = &to->at[to->n];

	if (!value)
		return;
	must(to->n++ < LIMITS_MAX);
	l->row = limit_find(span_of(name));
	must(l->row && value_limit(value, l->row, &l->is) == NULL);
}

static bool limits_have(const struct limits *limits, const char *name)
{
	for (size_t i = 0; i < limits->n; i++)
		if (strcmp(limits->at[i].row->name, name) == 0)
			return true;
	return false;
}

static struct limits limits_of(const struct conf_pool *conf)
{
	struct limits limits = {.n = 0};

	for (size_t i = 0; i < conf->rlimit.n; i++)
		add_limit(&limits, conf->rlimit.at[i].key, conf->rlimit.at[i].value);
	add_limit(&limits, "nofile", conf->rlimit_files);
	add_limit(&limits, "core", conf->rlimit_core);
	if (!conf->dumpable && !limits_have(&limits, "core"))
		add_limit(&limits, "core", "0");
	return limits;
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
	char **argv = php_settings_argv(t->conf, job->chroot ? job->chroot : "/");
	bool ok;

	job->argv = argv;
	job->death_signal = SIGKILL;
	job->batch = t->conf->batch != 0;
	ok = open_socket(w, t, why, size);
	if (ok) {
		add_move(job, w->socket, STDIN_FILENO);
		ok = finish(w, job, why, size);
	}
	php_settings_free(argv);
	return ok;
}

/* Limits are for what a runner starts, and not for itself: it lives longer than any CPU time, and
 * must be able to start another script when one has used up all processes. */
static bool start_runner(
	struct worker *w, const struct hire_terms *t, struct job *job, char *why, size_t size)
{
	char name[] = "hearth-exec", limits[LIMITS_MAX][LIMIT_TEXT_MAX];
	char keep[] = "leftovers=keep", where[] = "proc=4", *argv[3 + LIMITS_MAX + 1] = {name};
	size_t n = 1;
	int ends[2] = {-1, -1}, proc = -1;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	bool ok = null >= 0 && fd_seqpair(ends) == 0;

	if (t->conf->leftovers == LEFTOVERS_KEEP)
		argv[n++] = keep;
	if (job->chroot) {
		argv[n++] = where;
		proc = open_proc();
		ok = ok && proc >= 0;
	}
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
		if (proc >= 0)
			add_move(job, proc, 4);
		ok = finish(w, job, why, size);
	} else {
		snprintf(why, size, "%s", strerror(errno));
	}
	fd_close(&ends[1]);
	fd_close(&null);
	fd_close(&proc);
	return ok;
}

bool hire(struct worker *w, const struct hire_terms *t, char *why, size_t size)
{
	struct hire_env env = {NULL, 0};
	struct limits limits = limits_of(t->conf);
	struct job job = {.binary = -1,
		.as = t->as,
		.chroot = conf_power_chroot(t->conf),
		.chdir = t->conf->chdir,
		.umask = t->conf->umask,
		.limits = limits.at,
		.nlimits = limits.n,
		.may_gain = !t->conf->no_new_privs};
	bool cgi = t->conf->type == POOL_CGI, ok;

	job.has_nice = conf_power_nice(t->conf->priority, &job.nice);

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
