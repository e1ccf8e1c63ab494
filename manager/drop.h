/* SPDX-License-Identifier: MIT
 *
 * drop: who a child shall be, and becoming it for good.
 * Runs in: the manager (finding the identity) and its children between fork and exec (dropping).
 * Knows no pool; reads the user database, which is why identities are found before the fork.
 */
#ifndef HEARTH_DROP_H
#define HEARTH_DROP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct identity {
	char *user, *home; /* for USER and HOME */
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* NULL: those that we have */
	size_t ngroups;
};

/* Without privilege there is one answer whatever was asked: who we are. Group NULL: the user's
 * own. A user or group may be a number. False: `why` has the sentence. */
bool identity_find(
	struct identity *id, const char *user, const char *group, char *why, size_t size);
void identity_free(struct identity *id);

/* Becomes `id` and proves it; no way back. may_gain: setuid programs may still give it more, and
 * what they need is left (no_new_privs, the bounding set, securebits). NULL, or the step that
 * failed, with errno: then the process is neither here nor there and must end. */
const char *drop_to(const struct identity *id, bool may_gain);

#endif
