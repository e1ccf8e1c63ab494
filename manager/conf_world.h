/* SPDX-License-Identifier: MIT
 *
 * conf_world: what a configuration names and the machine must have: directories, programs, users,
 * limits.
 * Runs in: the manager. Asks the file system, the user database and the kernel, and changes none of
 * them; which directives name such things is conf_check's to know.
 */
#ifndef HEARTH_CONF_WORLD_H
#define HEARTH_CONF_WORLD_H

#include "common/limit.h"
#include "manager/conf.h"

struct check {
	struct conf *conf;
	struct complaints *c;
	bool root;
};

/* The line to blame for a directive; if it is not there, that of its section. */
const struct conf_mark *check_mark(
	struct check *k, const struct conf_marks *marks, const char *name, const char *key);
bool check_is_set(const struct conf_marks *marks, const char *name);

/* A name or a number, for systems that do not know its name. False: there is no such. */
bool conf_user_id(const char *name, uid_t *uid);
bool conf_group_id(const char *name, gid_t *gid);
/* What is wrong with it; NULL: nothing. */
const char *conf_no_directory(const char *path);
/* Is it certain that there is none? One above it that is closed to us may be open to whoever runs
 * hearth. */
bool conf_lacks_directory(const char *path);

/* Each complains if it is not so. `of` says whose directive it is: " of pool 'x'". */
void check_directory(struct check *k, const struct conf_marks *marks, const char *name,
	const char *of, const char *path);
/* ... of those whose / is `root`; NULL: ours. */
void check_directory_in(struct check *k, const struct conf_marks *marks, const char *name,
	const char *of, const char *root, const char *path);
/* Does it lie in a directory that hearth makes: control's, or runtime_dir? */
bool check_is_in_made(const struct check *k, const char *path);
/* A log is a file in a directory that is there, or will be. */
void check_log(struct check *k, const struct conf_marks *marks, const char *name, const char *path);
/* The program becomes its full path, as the pool's processes see it. */
void check_program(struct check *k, const struct conf_pool *pool, const char *name, const char *key,
	char **program);
/* Hearth may give so much. value NULL: none is asked for. */
void check_limit(struct check *k, const struct conf_mark *mark, const char *name,
	const struct limit_row *row, const char *of, const char *value);
void check_identity(struct check *k, const struct conf_marks *marks, const char *of,
	const char *user, const char *group);

#endif
