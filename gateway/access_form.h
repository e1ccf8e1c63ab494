/* SPDX-License-Identifier: MIT
 *
 * access_form: what an access log says of a request, and of which it says nothing: parts of a plan.
 * Runs in: the gateway. Knows no request and no file.
 */
#ifndef HEARTH_ACCESS_FORM_H
#define HEARTH_ACCESS_FORM_H

#include "common/access_format.h"

/* Zero: an empty line. Texts end with NUL. */
struct access_form {
	struct access_item *items;
	size_t n;
	bool json;
	bool usage; /* some of that is known only when a script has exited, */
	bool pid;   /* or is surely running */
};

/* NULL, or what is wrong with it. */
const char *access_form_read(struct access_form *form, struct span format);
void access_form_free(struct access_form *form);

/* Zero: none. */
struct access_paths {
	char **at;
	size_t n;
};

void access_paths_add(struct access_paths *paths, struct span path);
bool access_paths_have(const struct access_paths *paths, struct span path);
void access_paths_free(struct access_paths *paths);

#endif
