/* SPDX-License-Identifier: MIT
 *
 * digits: numbers as text, for what is done for every request: printf would cost a tenth of what a
 * small answer costs us.
 * Runs in: every process. Pure.
 */
#ifndef HEARTH_DIGITS_H
#define HEARTH_DIGITS_H

#include <stdint.h>

#define DIGITS_MAX    20
#define DIGITS_OF_HEX 16

/* In decimal digits, as many as it takes; without a NUL. Returns where they end. */
char *digits_put(char *to, uint64_t v);
/* In DIGITS_OF_HEX of them, as a request's id is shown. */
char *digits_put_hex(char *to, uint64_t v);

#endif
