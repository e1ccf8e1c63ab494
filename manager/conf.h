/* SPDX-License-Identifier: MIT
 *
 * conf: the configuration as plain structs, and the complaints about it. No behaviour but birth,
 * death and look-up.
 * Runs in: the manager. Filled by conf_load through the table in directive.c and by nobody else.
 */
#ifndef HEARTH_CONF_H
#define HEARTH_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/msg.h"

/* Words of a value that is a list (listen, route, command, host). */
struct words {
	char **at;
	size_t n;
};

/* name[key] = value: env, interpreter, rlimit. The key of a plain `interpreter` is empty. */
struct pair {
	char *key, *value;
};

struct pairs {
	struct pair *at;
	size_t n;
};

/* Where a directive was set. A section's first line has a mark too, whose name is empty. */
struct conf_mark {
	const char *name, *key;
	const char *file;
	unsigned line;
};

struct conf_marks {
	struct conf_mark *at;
	size_t n;
};

enum conf_leftovers { LEFTOVERS_END, LEFTOVERS_KEEP };

struct conf_global {
	char *error_log;          /* a path, "stderr" or "syslog" */
	unsigned log_level;       /* enum log_level */
	unsigned log_format;      /* enum log_format */
	unsigned syslog_facility; /* of syslog(3) */
	char *syslog_ident;
	uint64_t log_limit;
	char *control;
	char *runtime_dir;
	char *pid;                        /* NULL: no pid file */
	unsigned daemonize;               /* a truth */
	uint64_t process_control_timeout; /* all times: milliseconds */
	uint64_t process_max;             /* 0: no limit */
	uint64_t emergency_restart_threshold, emergency_restart_interval; /* 0: off */
	uint64_t systemd_interval;                                        /* 0: off */
	char *priority;                   /* a nice value; NULL: untouched */
	char *rlimit_files, *rlimit_core; /* or NULL */
	struct conf_marks marks;
};

struct conf_gateway {
	struct words listen;
	char *user, *group;
	unsigned threads; /* 0: auto */
	struct words trusted_proxies;
	char *document_root;
	struct words index;
	unsigned autoindex, precompressed; /* truths */
	char *fallback;                    /* a path of a URL, or "none" */
	char *mime_types, *charset;
	char *request_id_header; /* a name, or "none" */
	char *access_log;        /* a path, "stderr", or NULL */
	char *access_format;
	struct pairs suppress_path; /* keys are empty */
	char *spool_dir;
	char *admin_path; /* NULL: there is none */
	struct words admin_allow;
	uint64_t max_spool;
	uint64_t header_timeout, body_timeout, keepalive_timeout, write_timeout;
	uint64_t min_receive_rate;
	uint64_t max_request_line, max_header_size, max_headers, max_body;
	uint64_t max_connections, max_client_connections, max_pipeline;
	struct conf_marks marks;
};

struct conf_pool {
	char *name;
	const char *file; /* where its section stands */
	unsigned line;
	unsigned type; /* enum msg_pool_kind */
	char *prefix;  /* NULL: where the file lies */
	struct words command;
	struct words backend; /* of an external pool */
	uint64_t resolve_interval;
	char *authorizer; /* a pool's name, or NULL */
	char *directory;
	struct pairs interpreter;
	struct words route, host;
	struct words listen; /* unix:/PATH also where the file has a path alone */
	uint64_t listen_backlog;
	char *listen_owner, *listen_group;
	unsigned listen_mode;
	struct words acl_users, acl_groups;
	struct words allowed_clients; /* one network a word */
	struct words allowed_users;
	char *status_listen;           /* an address, or NULL */
	struct words limit_extensions; /* none: see directive.def */
	unsigned pass_php_value;       /* a truth */
	struct pairs php_value, php_flag, php_admin_value, php_admin_flag;
	unsigned pm; /* enum msg_pm */
	uint64_t max_children, max_queue;
	uint64_t start_servers, min_spare_servers, max_spare_servers; /* 0: see directive.def */
	uint64_t max_spawn_rate, concurrency;
	uint64_t max_requests, max_lifetime, max_memory; /* 0: none */
	uint64_t jitter;                                 /* percent */
	char *status_path, *ping_path, *ping_response;
	uint64_t queue_timeout, process_idle_timeout;
	uint64_t request_terminate_timeout, response_header_timeout; /* 0: none */
	uint64_t request_slowlog_timeout;                            /* the same */
	char *slowlog;                                               /* NULL: to the error log */
	struct words slowlog_command;
	char *access_log;           /* a path, "stderr", or NULL: the gateway's */
	char *access_format;        /* NULL: the gateway's */
	struct pairs suppress_path; /* keys are empty */
	unsigned request_buffering, response_buffering; /* truths */
	uint64_t max_body;                              /* 0: the gateway's */
	uint64_t max_spool;
	uint64_t abort_grace, kill_grace;     /* abort_grace MSG_NEVER: it is left to run */
	unsigned leftovers;                   /* enum conf_leftovers */
	unsigned pass_authorization, isindex; /* truths */
	unsigned follow_symlinks;             /* enum msg_follow */
	struct words index;
	char *sendfile_root;
	uint64_t restart_backoff_max;
	unsigned batch;                         /* a truth: SCHED_BATCH */
	unsigned catch_output, decorate_output; /* truths */
	char *user, *group, *chroot, *chdir;
	unsigned umask;
	unsigned clear_env, dumpable, no_new_privs; /* truths */
	char *priority, *rlimit_files,
		*rlimit_core; /* as in [global], which they get if they are unset */
	struct pairs rlimit, env;
	struct conf_marks marks;
};

struct conf {
	struct conf_global global;
	struct conf_gateway gateway;
	struct conf_pool **pools; /* in the order of the file */
	size_t npools;
	char *path;   /* the file it came from */
	char **files; /* every file read, for messages; conf_pool.file points in here */
	size_t nfiles;
	struct conf_block *blocks; /* all of the memory above */
};

struct conf *conf_new(void);
void conf_free(struct conf *c);
struct conf_pool *conf_pool_find(const struct conf *c, const char *name);

/* Memory that lives as long as c, zeroed. */
void *conf_alloc(struct conf *c, size_t n);
char *conf_strndup(struct conf *c, const char *s, size_t n);
char *conf_strdup(struct conf *c, const char *s);
char *conf_printf(struct conf *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The array `at` of n items with room for one more; use what this returns. */
void *conf_extend(struct conf *c, void *at, size_t n, size_t size);

/* The mark of name[key] in one section (key NULL: any key), or NULL. */
const struct conf_mark *conf_mark_find(
	const struct conf_marks *marks, const char *name, const char *key);

/* What is wrong with a configuration, whole and in order; it outlives the configuration. */
struct complaint {
	unsigned file, line, order;
	bool warning;
	char *text;
};

struct complaints {
	struct complaint *at;
	size_t n;
	size_t errors; /* those that are not warnings */
	char **files;  /* in the order in which they were read */
	size_t nfiles;
};

#define COMPLAINTS_INIT ((struct complaints){NULL, 0, 0, NULL, 0})

/* Complaints about this file come after those about files named before. */
void complaints_file(struct complaints *c, const char *file);
void complain(struct complaints *c, const char *file, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* A warning: the configuration is usable, but does not do what it says. */
void complain_mildly(struct complaints *c, const char *file, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* FILE:LINE: sentence, one a line, in the order of files and lines; warnings say that they are. */
void complaints_put(struct complaints *c, struct buf *out);
void complaints_free(struct complaints *c);

#endif
