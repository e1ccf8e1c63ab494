/* SPDX-License-Identifier: MIT
 *
 * top_screen: the terminal of `hearth top`: taken over, drawn upon, and given back as it was.
 * Runs in: the `hearth top` you type. Knows nothing of what is shown.
 */
#ifndef HEARTH_TOP_SCREEN_H
#define HEARTH_TOP_SCREEN_H

#include "common/buf.h"

enum top_key {
	TOP_KEY_NONE,
	TOP_KEY_QUIT,
	TOP_KEY_SORT,
	TOP_KEY_UP,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END
};

/* Takes over: no echo, no line editing, no cursor, a page of its own. */
void screen_enter(void);
/* As it was. Idempotent. */
void screen_leave(void);
/* Lines that end in "\n", in the place of those before: one write, so that nothing flickers. False:
 * the terminal is gone. */
bool screen_draw(struct span lines);
/* Of the terminal behind standard output, if it says, or else 24 and 80. */
void screen_size(unsigned *rows, unsigned *cols);
/* Takes one key from the bytes that were typed. */
enum top_key screen_key(struct span *typed);

/* Does the language of the environment have more than ASCII? */
bool screen_is_utf8(void);

#endif
