/* SPDX-License-Identifier: MIT
 *
 * digits: see digits.h.
 */
#include "common/digits.h"

#include <stddef.h>

char *digits_put(char *to, uint64_t v)
{
	char reversed[DIGITS_MAX];
	size_t n = 0;

	do
		reversed[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n)
		*to++ = reversed[--n];
	return to;
}

char *digits_put_hex(char *to, uint64_t v)
{
	for (size_t i = DIGITS_OF_HEX; i-- > 0; v >>= 4)
		to[i] = "0123456789abcdef"[v & 0xf];
	return to + DIGITS_OF_HEX;
}
