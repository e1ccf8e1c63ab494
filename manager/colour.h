/* SPDX-License-Identifier: MIT
 *
 * colour: colours for a terminal, where they are wanted.
 * Runs in: the manager, for commands that talk to a person.
 */
#ifndef HEARTH_COLOUR_H
#define HEARTH_COLOUR_H

#include <stdbool.h>

enum colour {
	COLOUR_OFF, /* back to plain */
	COLOUR_BOLD,
	COLOUR_DIM,
	COLOUR_GREEN,
	COLOUR_CYAN,
	COLOUR_YELLOW,
	COLOUR_RED,
	COLOURS
};

/* Is fd a terminal that knows what moves its cursor and changes its colours? */
bool colour_understood(int fd);
/* Is fd a terminal that knows colours, and has nobody asked for none (NO_COLOR)? */
bool colour_wanted(int fd);
/* What switches to this colour; nothing where colours are not wanted. */
const char *colour_text(bool wanted, enum colour c);

#endif
