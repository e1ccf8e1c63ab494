/* SPDX-License-Identifier: MIT
 *
 * command: what can be asked of a running hearth. The table serves both ends: the command line
 * checks its words with it before it rings, the daemon carries them out.
 * Runs in: the manager and the command line.
 */
#ifndef HEARTH_COMMAND_H
#define HEARTH_COMMAND_H

#include "manager/house.h"

#define COMMAND_WORDS_MAX 8

struct command {
	const char *name;
	const char *usage; /* what follows the name */
	const char *help;
	const char *flag; /* the one it knows, or NULL */
	size_t least;     /* operands that it needs */
	size_t operands;  /* the most it takes */
	bool number;      /* its last operand is a count, as of pm.max_children */
	bool outlives;    /* its end is the end of the daemon: wait for that */
	void (*fn)(struct house *h, struct asker *a, char *const *words, size_t n);
};

extern const struct command commands[];
extern const size_t ncommands;

const struct command *command_find(const char *name);
/* words[0] is the name. False: the usage is wrong. */
bool command_fits(const struct command *c, char *const *words, size_t n);
/* False, and why: what should be a number is none, whatever pool it is for. */
bool command_counts(const struct command *c, char *const *words, size_t n, char *why, size_t size);
/* line: words with a NUL between them, as they came over the wire. */
void command_run(struct house *h, struct asker *a, struct span line);

#endif
