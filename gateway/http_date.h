/* SPDX-License-Identifier: MIT
 *
 * http_date: moments as HTTP writes them (RFC 9110 5.6.7).
 * Runs in: the gateway. Pure: no I/O, no clock, no time zone, no allocation.
 */
#ifndef HEARTH_HTTP_DATE_H
#define HEARTH_HTTP_DATE_H

#include "common/span.h"

#define HTTP_DATE_SIZE 30

/* Reads any of the three forms: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
 * "Sun Nov  6 08:49:37 1994". False for everything else, and for days that no calendar has; that
 * the day of the week fits the date is not asked. A year of two digits is the one that is at most
 * 50 years ahead of `now`. Seconds since 1970. */
bool http_date_parse(struct span text, int64_t now, int64_t *seconds);
/* Writes the first form, always 29 characters and a NUL. What is before 1970 or behind the year
 * 9999 becomes the nearest moment that can be written. */
void http_date_format(int64_t seconds, char to[HTTP_DATE_SIZE]);

#endif
