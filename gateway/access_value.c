/* SPDX-License-Identifier: MIT
 *
 * access_value: see access_value.h.
 */
#include "gateway/access_value.h"

#include <time.h>

#include "common/digits.h"
#include "gateway/access_text.h"

void put_plain(struct line *l, struct span s)
{
	if (!buf_put_span(l->b, s))
		l->failed = true;
}

void put_unknown(struct line *l)
{
	put_plain(l, l->json ? SPAN_LIT("null") : SPAN_LIT("-"));
}

void put_escaped(struct line *l, struct span s)
{
	if (!(l->json ? access_json_put(l->b, s) : access_text_put(l->b, s)))
		l->failed = true;
}

static void put_string(struct line *l, struct span s)
{
	put_plain(l, SPAN_LIT("\""));
	put_escaped(l, s);
	put_plain(l, SPAN_LIT("\""));
}

void put_text(struct line *l, struct span s)
{
	if (!s.p || (s.n == 0 && !l->json))
		put_unknown(l);
	else if (l->json)
		put_string(l, s);
	else
		put_escaped(l, s);
}

/* At least `least` digits, before `end`. */
static char *digits(char *end, uint64_t v, unsigned least)
{
	for (unsigned n = 0; v || n < least; n++, v /= 10)
		*--end = (char)('0' + v % 10);
	return end;
}

void put_number(struct line *l, uint64_t v)
{
	char text[DIGITS_MAX];

	put_plain(l, (struct span){text, (size_t)(digits_put(text, v) - text)});
}

void put_fraction(struct line *l, uint64_t v, unsigned places)
{
	char text[DIGITS_MAX + 1], *end = text + sizeof text, *at = end;
	uint64_t unit = 1;

	for (unsigned i = 0; i < places; i++)
		unit *= 10;
	at = digits(at, v % unit, places);
	*--at = '.';
	at = digits(at, v / unit, 1);
	put_plain(l, (struct span){at, (size_t)(end - at)});
}

/* Seconds and milliseconds with three places, as php-fpm has them; programs get all there are. */
void put_time(struct line *l, const struct access_item *it, struct mono from, struct mono to)
{
	int64_t us = mono_us_between(from, to);
	uint64_t v = us > 0 ? (uint64_t)us : 0;

	if (it->option == ACCESS_MICROSECONDS)
		put_number(l, v);
	else if (it->option == ACCESS_MILLISECONDS)
		put_fraction(l, v, 3);
	else if (l->json)
		put_fraction(l, v, 6);
	else
		put_fraction(l, (v + 500) / 1000, 3);
}

/* 2025-11-18T10:00:00.123+01:00; all but the milliseconds is made once a second. */
static void put_iso(struct line *l, int64_t us)
{
	static _Thread_local struct {
		time_t of;
		char date[32], zone[8];
	} made;
	time_t second = (time_t)(us / 1000000);
	char text[64], *at;
	struct tm tm;

	if (made.of != second) {
		localtime_r(&second, &tm);
		strftime(made.date, sizeof made.date, "%Y-%m-%dT%H:%M:%S", &tm);
		strftime(made.zone, sizeof made.zone, "%z", &tm);
		memmove(made.zone + 4, made.zone + 3, 3);
		made.zone[3] = ':';
		made.of = second;
	}
	at = stpcpy(text, made.date);
	*at = '.';
	digits(at + 4, (uint64_t)(us / 1000 % 1000), 3);
	at = stpcpy(at + 4, made.zone);
	put_text(l, (struct span){text, (size_t)(at - text)});
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
/* What does not fit is not written. One record is one line, whatever %n says. */
static void put_strftime(struct line *l, const char *format, time_t second)
{
	char text[256];
	struct tm tm;
	size_t n;

	localtime_r(&second, &tm);
	n = strftime(text, sizeof text, format, &tm);
	for (char *end = text; (end = memchr(end, '\n', n - (size_t)(end - text)));)
		*end = ' ';
	if (n)
		put_plain(l, (struct span){text, n});
	else
		put_unknown(l);
}
#pragma GCC diagnostic pop

void put_date(struct line *l, const struct access_item *it, int64_t us)
{
	time_t second = (time_t)(us / 1000000);

	if (it->option == ACCESS_ISO)
		put_iso(l, us);
	else if (it->option == ACCESS_GIVEN)
		put_strftime(l, it->text.p, second);
	else
		put_strftime(l, "%d/%b/%Y:%H:%M:%S %z", second);
}
