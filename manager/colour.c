/* SPDX-License-Identifier: MIT
 *
 * colour: see colour.h.
 */
#include "manager/colour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool colour_understood(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && term[0] && strcmp(term, "dumb") != 0;
}

bool colour_wanted(int fd)
{
	const char *no = getenv("NO_COLOR");

	return colour_understood(fd) && !(no && no[0]);
}

const char *colour_text(bool wanted, enum colour c)
{
	static const char *const sequences[COLOURS] = {
		[COLOUR_OFF] = "\033[0m",
		[COLOUR_BOLD] = "\033[1m",
		[COLOUR_DIM] = "\033[2m",
		[COLOUR_GREEN] = "\033[32m",
		[COLOUR_CYAN] = "\033[36m",
		[COLOUR_YELLOW] = "\033[33m",
		[COLOUR_RED] = "\033[1;31m",
	};

	return wanted ? sequences[c] : "";
}
