/* SPDX-License-Identifier: MIT
 *
 * daemon: see daemon.h.
 */
#include "manager/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/limit.h"
#include "common/log.h"
#include "common/mem.h"
#include "manager/conf_power.h"
#include "manager/control.h"
#include "manager/herald.h"
#include "manager/pool_orders.h"
#include "manager/reload.h"
#include "manager/strays.h"
#include "manager/value.h"

/* For what killed workers and runners have left to die. What a FastCGI worker has put into a
 * session of its own stays. */
#define STRAYS_MS 100

struct daemon {
	struct house house;
	struct control control;
	struct herald herald;
	const struct daemon_job *job;
	char *pidfile; /* ours, written */
	int parent;    /* waits to hear that we serve; -1: nobody does */
};

/* ---- background ---- */

/* Nobody must wait for ever: the pipe ends with the child, and its exit status says the rest. */
static _Noreturn void wait_for_child(int from, pid_t child)
{
	char ready = 0;
	int status = 0;

	while (read(from, &ready, 1) < 0 && errno == EINTR)
		;
	if (ready)
		_exit(0);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : 70);
}

static void leave_terminal(bool keep_stderr)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (!keep_stderr)
		dup2(null, STDERR_FILENO);
	fd_close(&null);
}

/* Returns in the child. A session leader may be: files are opened with O_NOCTTY. */
static bool go_background(struct daemon *d, char *why, size_t size)
{
	int ends[2];
	pid_t pid;

	if (fd_pipe(ends, -1) < 0 || (pid = fork()) < 0) {
		snprintf(why, size, "cannot go into the background: %s", strerror(errno));
		return false;
	}
	if (pid > 0) {
		fd_close(&ends[1]);
		wait_for_child(ends[0], pid);
	}
	fd_close(&ends[0]);
	d->parent = ends[1];
	if (setsid() >= 0 && chdir("/") == 0)
		return true;
	snprintf(why, size, "cannot go into the background: %s", strerror(errno));
	return false;
}

/* Until now complaints went to the terminal; whoever logs to stderr keeps it. */
static void release_parent(struct daemon *d)
{
	const char *log = d->house.conf->global.error_log;

	if (d->parent < 0)
		return;
	leave_terminal(strcmp(log, "stderr") == 0);
	if (write(d->parent, "!", 1) < 0)
		log_debug("whoever started us did not wait");
	fd_close(&d->parent);
}

/* ---- pid file ---- */

/* "./x" is "x", as it is to the loader: on reload the same paths shall come out. */
static char *absolute(const char *path)
{
	char cwd[PATH_MAX];

	while (path[0] == '.' && path[1] == '/')
		path += 1 + strspn(path + 1, "/");
	if (path[0] == '/' || !getcwd(cwd, sizeof cwd))
		return mem_strdup(path);
	return mem_printf("%s/%s", cwd, path);
}

/* Root could rename over a device: -p /dev/null must not cost the machine its /dev/null. */
static bool may_replace(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0 || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
		return true;
	errno = S_ISDIR(st.st_mode) ? EISDIR : EEXIST;
	return false;
}

/* Beside its place and then moved there: nobody reads half a number. */
static bool write_pidfile(struct daemon *d, char *why, size_t size)
{
	char *draft = mem_printf("%s.%d", d->pidfile, (int)getpid());
	FILE *f = may_replace(d->pidfile) ? fopen(draft, "wxe") : NULL;
	bool ok = f && fprintf(f, "%d\n", (int)getpid()) > 0;

	ok = f && fclose(f) == 0 && ok && rename(draft, d->pidfile) == 0;
	if (!ok) {
		snprintf(why, size, "pid file %s: %s", d->pidfile, strerror(errno));
		unlink(draft);
		free(d->pidfile);
		d->pidfile = NULL;
	}
	free(draft);
	return ok;
}

/* Unless another hearth has taken the place meanwhile. */
static void remove_pidfile(struct daemon *d)
{
	FILE *f = d->pidfile ? fopen(d->pidfile, "re") : NULL;
	int pid = 0;

	if (f && fscanf(f, "%d", &pid) == 1 && pid == (int)getpid())
		unlink(d->pidfile);
	if (f)
		fclose(f);
	free(d->pidfile);
	d->pidfile = NULL;
}

/* ---- signals ---- */

static void stop_fast(struct house *h)
{
	house_stop(h, h->mood < HOUSE_STOPPING ? HOUSE_STOPPING : HOUSE_KILLING);
}

static void stop_gracefully(struct house *h)
{
	house_stop(h, HOUSE_DRAINING);
}

/* Without a file a hangup is what it was first: the terminal has gone. */
static void reload(struct house *h)
{
	if (h->path)
		reload_begin(h, NULL);
	else
		stop_fast(h);
}

static void reopen(struct house *h)
{
	char why[300];

	if (!house_reopen(h, why, sizeof why))
		log_error("%s", why);
}

static void reap(struct house *h)
{
	(void)h;
	reap_all();
}

static const struct {
	int signo;
	void (*fn)(struct house *h);
} reactions[] = {
	{SIGTERM, stop_fast},
	{SIGINT, stop_fast},
	{SIGQUIT, stop_gracefully},
	{SIGHUP, reload},
	{SIGUSR2, reload},
	{SIGUSR1, reopen},
	{SIGCHLD, reap},
};

static void on_signal(struct loop *l, int signo)
{
	for (size_t i = 0; i < nitems(reactions); i++)
		if (reactions[i].signo == signo)
			reactions[i].fn(container_of(l, struct house, loop));
}

/* Whoever started us may have ignored signals, and a signalfd never sees an ignored one. But a
 * hangup that would end us stays ignored: that is what nohup asked for. */
static void unignore(const struct house *h, int signo)
{
	struct sigaction old, dfl = {.sa_handler = SIG_DFL};

	sigaction(signo, NULL, &old);
	if (signo != SIGHUP || h->path || old.sa_handler != SIG_IGN)
		sigaction(signo, &dfl, NULL);
}

static bool watch_signals(struct house *h, char *why, size_t size)
{
	sigset_t set;

	/* Orphans of workers come to us: reaped here even where process 1 reaps nobody. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	for (size_t i = 0; i < nitems(reactions); i++) {
		unignore(h, reactions[i].signo);
		sigaddset(&set, reactions[i].signo);
	}
	if (loop_signals(&h->loop, &set, on_signal) == 0)
		return true;
	snprintf(why, size, "signals: %s", strerror(errno));
	return false;
}

/* ---- a daemon's day ---- */

static void on_open(struct house *h)
{
	struct daemon *d = container_of(h, struct daemon, house);
	struct buf urls = BUF_INIT;

	listeners_put_urls(&h->doors, &urls);
	buf_put(&urls, "", 1);
	if (d->job->greet)
		d->job->greet(buf_head(&urls), d->job->greet_arg);
	else
		log_event("ready", LOG_AT_NOTICE, 0, "ready to handle connections: %s",
			buf_head(&urls));
	buf_free(&urls);
	herald_open(&d->herald, d->job->background); /* as long as the parent is there */
	release_parent(d);
}

/* Without root less is done than was asked for, and that is said at once and in one line. */
static void announce(const struct conf *conf)
{
	struct buf vain = BUF_INIT;

	log_notice("hearth %s is running, pid %d", HEARTH_VERSION, (int)getpid());
	conf_power_put_vain(conf, &vain);
	if (buf_len(&vain))
		log_warn("not started by root: %.*s have no effect; all programs run as user %u",
			SPAN_FMT(buf_span(&vain)), (unsigned)geteuid());
	else if (geteuid() != 0)
		log_notice("not started by root: all programs run as user %u", (unsigned)geteuid());
	buf_free(&vain);
}

/* The gateway and all others inherit the first; the rest is for them to be told. */
static bool take_seat(const struct conf *conf, char *why, size_t size)
{
	const struct conf_global *g = &conf->global;
	struct limit core = {.row = limit_find(SPAN_LIT("core"))};
	int nice;

	if (conf_power_nice(g->priority, &nice) && setpriority(PRIO_PROCESS, 0, nice) < 0) {
		snprintf(why, size, "process.priority: %s", strerror(errno));
		return false;
	}
	if (g->rlimit_core && !value_limit(g->rlimit_core, core.row, &core.is) &&
		limit_set(&core) < 0) {
		snprintf(why, size, "rlimit_core: %s", strerror(errno));
		return false;
	}
	return true;
}

/* The column: the first that fails ends it. *conf is taken by the house in the end. Programs are
 * started last: whoever cannot boot shall not have killed anybody. */
static bool boot(struct daemon *d, struct conf **conf, char *why, size_t size)
{
	struct house *h = &d->house;
	const char *control = (*conf)->global.control;

	if (!watch_signals(h, why, size) || !take_seat(*conf, why, size) ||
		!house_make_parent(control, why, size) ||
		!control_open(&d->control, h, control, why, size) ||
		!house_furnish(h, *conf, why, size) ||
		(d->pidfile && !write_pidfile(d, why, size)) || !reload_first(h, *conf, why, size))
		return false;
	announce(*conf);
	*conf = NULL;
	downlink_start(&h->downlink);
	return true;
}

/* The reason went into the log; whoever looks at the terminal should know that there is one. */
static void tell_terminal(const struct daemon *d, int status)
{
	const struct conf *conf = house_conf(&d->house);

	if (status && !d->house.conf && d->house.journal.in_use && conf &&
		strcmp(conf->global.error_log, "stderr") != 0)
		fprintf(stderr, "hearth: did not start: see error_log %s\n",
			conf->global.error_log);
}

/* systemctl status shows it when nothing else is left of us. */
static void tell_starter(struct notify *n, const char *why)
{
	char text[600];

	log_escape(text, sizeof text, why, strlen(why));
	notify_tell(n, "STATUS=did not start: %s", text);
}

/* Those who asked us to stop hear of it when nothing is left of us but this process. */
static void shut(struct daemon *d)
{
	strays_end(STRAYS_MS);
	reap_rest(STRAYS_MS);
	control_shut(&d->control);
	remove_pidfile(d);
	if (d->house.mood > HOUSE_SERVING)
		log_notice("hearth %s has stopped", HEARTH_VERSION);
	house_answer_all(&d->house.for_end, 0, NULL);
	pool_orders_end(&d->house);
	herald_end(&d->herald);
	control_close(&d->control);
	house_close(&d->house);
	fd_close(&d->parent);
}

int daemon_run(const struct daemon_job *job)
{
	struct daemon d = {.job = job, .parent = -1, .control = {.io = {.fd = -1}}};
	struct conf *conf = job->conf;
	char *path = job->path ? absolute(job->path) : NULL;
	struct notify notify;
	char why[512];
	int status = 1;

	notify_take(&notify);
	list_init(&d.control.callers);
	d.pidfile = job->pidfile ? absolute(job->pidfile) : NULL;
	spawn_raise_files();
	if ((job->background && !go_background(&d, why, sizeof why)) ||
		!house_init(&d.house, &reload_ops, why, sizeof why)) {
		log_error("%s", why);
		notify_end(&notify);
		conf_free(conf);
		return 71;
	}
	d.house.path = path;
	d.house.doors.handed = job->handed;
	d.house.on_open = on_open;
	d.house.notify = notify;
	notify_begin(&d.house.notify, &d.house.loop);
	herald_begin(&d.herald, &d.house);
	if (boot(&d, &conf, why, sizeof why)) {
		loop_run(&d.house.loop);
		status = d.house.status;
	} else {
		log_error("%s", why);
		tell_starter(&d.house.notify, why);
	}
	tell_terminal(&d, status);
	conf_free(conf);
	shut(&d);
	return status;
}
