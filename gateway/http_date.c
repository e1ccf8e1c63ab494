/* SPDX-License-Identifier: MIT
 *
 * http_date: see http_date.h. The C library's calendar would do, but strptime() is lenient, knows
 * locales, and timegm() accepts the 31st of February.
 */
#include "gateway/http_date.h"

#include "gateway/http_field.h"

#define DAY       INT64_C(86400)
#define LAST_WORD INT64_C(253402300799) /* the last second of 9999 */

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970 began with a Thursday */
static const char *const long_days[] = {
	"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

struct moment {
	int year, month, day, hour, minute, second; /* month: 0 to 11 */
};

/* ---- the calendar ---- */

/* Days from 1970 to the first of March of this year's count, in which February is the last month
 * and so leap days end a year. */
static int64_t day_number(int year, int month, int day)
{
	int64_t y = month < 2 ? year - 1 : year;
	int64_t m = (month + 10) % 12;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
}

static int days_of(int year, int month)
{
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 1 ? 28 + leap : 30 + ((month + (month > 6)) % 2 == 0);
}

static bool to_seconds(const struct moment *m, int64_t *seconds)
{
	if (m->day < 1 || m->day > days_of(m->year, m->month) || m->hour > 23 || m->minute > 59 ||
		m->second > 60) /* a leap second */
		return false;
	*seconds = day_number(m->year, m->month, m->day) * DAY + m->hour * 3600 + m->minute * 60 +
		   m->second;
	return true;
}

/* ---- reading: each call takes what it names off the text; false leaves nothing to hope for ----
 */

static bool take(struct span *s, const char *what)
{
	struct span w = span_of(what);

	if (!span_starts(*s, w))
		return false;
	*s = span_from(*s, w.n);
	return true;
}

static bool take_number(struct span *s, size_t digits, int *value)
{
	int n = 0;

	if (s->n < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (!http_is_digit(s->p[i]))
			return false;
		n = n * 10 + (s->p[i] - '0');
	}
	*value = n;
	*s = span_from(*s, digits);
	return true;
}

/* One of the names of three letters in a row. */
static bool take_name(struct span *s, const char *names, int *index)
{
	for (int i = 0; s->n >= 3 && names[3 * i]; i++) {
		if (memcmp(s->p, names + (size_t)(3 * i), 3) != 0)
			continue;
		*index = i;
		*s = span_from(*s, 3);
		return true;
	}
	return false;
}

static bool take_time(struct span *s, struct moment *m)
{
	return take_number(s, 2, &m->hour) && take(s, ":") && take_number(s, 2, &m->minute) &&
	       take(s, ":") && take_number(s, 2, &m->second);
}

static bool read_fixdate(struct span s, struct moment *m)
{
	int day;

	return take_name(&s, days, &day) && take(&s, ", ") && take_number(&s, 2, &m->day) &&
	       take(&s, " ") && take_name(&s, months, &m->month) && take(&s, " ") &&
	       take_number(&s, 4, &m->year) && take(&s, " ") && take_time(&s, m) &&
	       take(&s, " GMT") && s.n == 0;
}

static bool take_long_day(struct span *s)
{
	for (size_t i = 0; i < nitems(long_days); i++)
		if (take(s, long_days[i]))
			return true;
	return false;
}

/* RFC 9110 5.6.7: more than 50 years ahead means the century before. */
static int full_year(int two_digits, int64_t now)
{
	int this_year = 1970 + (int)(now / (365 * DAY + DAY / 4));
	int year = this_year - this_year % 100 + two_digits;

	if (year > this_year + 50)
		return year - 100;
	return year <= this_year - 50 ? year + 100 : year;
}

static bool read_rfc850(struct span s, int64_t now, struct moment *m)
{
	if (!take_long_day(&s) || !take(&s, ", ") || !take_number(&s, 2, &m->day) ||
		!take(&s, "-") || !take_name(&s, months, &m->month) || !take(&s, "-") ||
		!take_number(&s, 2, &m->year) || !take(&s, " ") || !take_time(&s, m))
		return false;
	m->year = full_year(m->year, now);
	return take(&s, " GMT") && s.n == 0;
}

static bool read_asctime(struct span s, struct moment *m)
{
	int day;

	return take_name(&s, days, &day) && take(&s, " ") && take_name(&s, months, &m->month) &&
	       take(&s, " ") &&
	       (take(&s, " ") ? take_number(&s, 1, &m->day) : take_number(&s, 2, &m->day)) &&
	       take(&s, " ") && take_time(&s, m) && take(&s, " ") && take_number(&s, 4, &m->year) &&
	       s.n == 0;
}

bool http_date_parse(struct span text, int64_t now, int64_t *seconds)
{
	struct moment m;

	return (read_fixdate(text, &m) || read_rfc850(text, now, &m) || read_asctime(text, &m)) &&
	       to_seconds(&m, seconds);
}

/* ---- writing ---- */

static void put_number(char *to, int value, int digits)
{
	for (; digits-- > 0; value /= 10)
		to[digits] = (char)('0' + value % 10);
}

/* The inverse of day_number: 146097 days are 400 years. */
static struct moment calendar_of(int64_t number)
{
	int64_t n = number + 719468, era = n / 146097, day = n % 146097;
	int64_t y = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t in_year = day - (365 * y + y / 4 - y / 100), m = (5 * in_year + 2) / 153;
	int month = (int)((m + 2) % 12);

	return (struct moment){.year = (int)(era * 400 + y + (month < 2)),
		.month = month,
		.day = (int)(in_year - (153 * m + 2) / 5 + 1)};
}

void http_date_format(int64_t seconds, char to[HTTP_DATE_SIZE])
{
	static const char form[HTTP_DATE_SIZE] = "ddd, 00 mmm 0000 00:00:00 GMT";
	int64_t s = seconds < 0 ? 0 : seconds > LAST_WORD ? LAST_WORD : seconds;
	struct moment m = calendar_of(s / DAY);
	int rest = (int)(s % DAY);

	memcpy(to, form, HTTP_DATE_SIZE);
	memcpy(to, days + 3 * (s / DAY % 7), 3);
	put_number(to + 5, m.day, 2);
	memcpy(to + 8, months + (size_t)(3 * m.month), 3);
	put_number(to + 12, m.year, 4);
	put_number(to + 17, rest / 3600, 2);
	put_number(to + 20, rest / 60 % 60, 2);
	put_number(to + 23, rest % 60, 2);
}
