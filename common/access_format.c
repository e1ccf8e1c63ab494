/* SPDX-License-Identifier: MIT
 *
 * access_format: see access_format.h.
 */
#include "common/access_format.h"

#include <stdio.h>

/* The combined line of Apache and nginx: who serves has no user names, hence the two dashes. */
static const char combined[] = "%R - - [%T] \"%{line}r\" %s %B \"%{Referer}i\" \"%{User-Agent}i\"";

static const char json_object[] =
	"{\"time\":%{iso}t,\"request_id\":%L,\"client\":%R,\"client_port\":%c,\"method\":%m,"
	"\"target\":%{target}r,\"path\":%r,\"protocol\":%H,\"host\":%v,\"status\":%s,\"bytes\":%B,"
	"\"bytes_sent\":%O,\"request_length\":%l,\"referer\":%{Referer}i,"
	"\"user_agent\":%{User-Agent}i,\"pool\":%n,\"script\":%f,\"pid\":%p,\"duration\":%d,"
	"\"queue_time\":%W,\"upstream_time\":%S,\"first_byte_time\":%F,\"cpu\":%C,\"memory\":%M,"
	"\"end\":%{word}X}";

/* What may stand in braces. */
enum takes { NOTHING, UNIT, MEMORY, CPU, REQUEST, END, NAME, DATE, TAKES };

struct word {
	const char *name;
	enum access_option option;
};

static const struct word units[] = {
	{"seconds", ACCESS_SECONDS},
	{"milliseconds", ACCESS_MILLISECONDS},
	{"miliseconds", ACCESS_MILLISECONDS}, /* as php-fpm spells it */
	{"milli", ACCESS_MILLISECONDS},
	{"mili", ACCESS_MILLISECONDS},
	{"microseconds", ACCESS_MICROSECONDS},
	{"micro", ACCESS_MICROSECONDS},
	{NULL, 0},
};
static const struct word sizes[] = {
	{"bytes", ACCESS_IN_BYTES},
	{"kilobytes", ACCESS_KILOBYTES},
	{"kilo", ACCESS_KILOBYTES},
	{"megabytes", ACCESS_MEGABYTES},
	{"mega", ACCESS_MEGABYTES},
	{NULL, 0},
};
static const struct word cpus[] = {
	{"total", ACCESS_TOTAL}, {"user", ACCESS_OF_USER}, {"system", ACCESS_OF_SYSTEM}, {NULL, 0}};
static const struct word requests[] = {
	{"path", ACCESS_PATH}, {"target", ACCESS_TARGET}, {"line", ACCESS_LINE}, {NULL, 0}};
static const struct word ends[] = {{"sign", ACCESS_SIGN}, {"word", ACCESS_WORD}, {NULL, 0}};
static const struct word dates[] = {{"clf", ACCESS_CLF}, {"iso", ACCESS_ISO}, {NULL, 0}};

static const struct {
	const struct word *words; /* NULL: none are known */
	const char *expects;
} braces[TAKES] = {
	[NOTHING] = {NULL, "nothing in braces"},
	[UNIT] = {units, "seconds, milliseconds or microseconds in its braces"},
	[MEMORY] = {sizes, "bytes, kilobytes or megabytes in its braces"},
	[CPU] = {cpus, "total, user or system in its braces"},
	[REQUEST] = {requests, "path, target or line in its braces"},
	[END] = {ends, "sign or word in its braces"},
	[NAME] = {NULL, "a name in braces before its letter"},
	[DATE] = {dates, "a format of strftime, clf or iso in its braces"},
};

const struct access_term access_terms[] = {
	{'%', ACCESS_LITERAL, NOTHING, "%%", "a percent sign"},
	{'B', ACCESS_BYTES, NOTHING, "%B", "the bytes of the answer's body"},
	{'c', ACCESS_PORT, NOTHING, "%c", "the client's port"},
	{'C', ACCESS_CPU, CPU, "%C",
		"how much of a processor the script has used, in percent: the line waits for its "
		"exit; %{user}C and %{system}C are known of no script"},
	{'d', ACCESS_DURATION, UNIT, "%d",
		"how long the request took, from the first byte of its head to the last byte "
		"given to the client's socket or to what waits for it, in seconds; %{milli}d or "
		"%{micro}d"},
	{'e', ACCESS_VARIABLE, NAME, "%{NAME}e", "a variable that the script was given"},
	{'f', ACCESS_SCRIPT, NOTHING, "%f", "the script's file"},
	{'F', ACCESS_FIRST_BYTE, UNIT, "%F",
		"the time until the first byte of the answer; units as for %d"},
	{'H', ACCESS_PROTOCOL, NOTHING, "%H", "the protocol of the request, such as HTTP/1.1"},
	{'i', ACCESS_HEADER, NAME, "%{NAME}i",
		"a header field of the request, such as %{User-Agent}i"},
	{'l', ACCESS_LENGTH, NOTHING, "%l", "the length of the request's body"},
	{'L', ACCESS_ID, NOTHING, "%L", "the request's id, as in the error log"},
	{'m', ACCESS_METHOD, NOTHING, "%m", "the method"},
	{'M', ACCESS_MEMORY, MEMORY, "%M",
		"the most memory that the script has used, in bytes: the line waits for its exit; "
		"%{kilo}M or %{mega}M"},
	{'n', ACCESS_POOL, NOTHING, "%n", "the name of the pool"},
	{'o', ACCESS_ANSWER_HEADER, NAME, "%{NAME}o",
		"a header field of the answer, such as %{Content-Type}o"},
	{'O', ACCESS_ALL_BYTES, NOTHING, "%O",
		"the bytes of the answer, its head and chunks included"},
	{'p', ACCESS_WORKER_PID, NOTHING, "%p", "the pid of the worker or script"},
	{'P', ACCESS_MANAGER_PID, NOTHING, "%P", "the pid of hearth"},
	{'q', ACCESS_QUERY, NOTHING, "%q", "the query, or nothing"},
	{'Q', ACCESS_QUERY_MARK, NOTHING, "%Q", "a question mark if there is a query"},
	{'r', ACCESS_REQUEST, REQUEST, "%r",
		"the path, decoded; %{target}r the target as it was sent, query included; "
		"%{line}r the whole request line"},
	{'R', ACCESS_CLIENT, NOTHING, "%R", "the client's address; unix: for one without"},
	{'s', ACCESS_STATUS, NOTHING, "%s",
		"the status of the answer; 499 if the client left before there was one"},
	{'S', ACCESS_WORKER_TIME, UNIT, "%S",
		"how long the worker or script took to answer; units as for %d"},
	{'t', ACCESS_BEGAN, DATE, "%t",
		"when the request came; %{%Y-%m-%d}t as strftime(3) would write it, %{iso}t as "
		"in 2025-11-18T10:00:00.000+01:00"},
	{'T', ACCESS_LOGGED, DATE, "%T", "when it was answered; formats as for %t"},
	{'u', ACCESS_USER, NOTHING, "%u", "the user: REMOTE_USER of the pool's authorizer, else -"},
	{'v', ACCESS_HOST, NOTHING, "%v", "the host that was asked, without its port"},
	{'W', ACCESS_QUEUE_TIME, UNIT, "%W",
		"how long the request waited for a worker; units as for %d"},
	{'X', ACCESS_END, END, "%X",
		"how it ended: + complete, and the connection goes on; - complete, and it is "
		"closed; X neither; %{word}X says kept, closed, cut, or left if it was the client "
		"who went away"},
};
const size_t access_terms_count = nitems(access_terms);

const char *access_format_text(const char *format, bool *json)
{
	*json = strcmp(format, "json") == 0;
	if (*json)
		return json_object;
	return strcmp(format, "combined") == 0 ? combined : format;
}

static const struct access_term *term_of(char letter)
{
	for (size_t i = 0; i < nitems(access_terms); i++)
		if (access_terms[i].letter == letter)
			return &access_terms[i];
	return NULL;
}

static const struct word *word_of(const struct word *words, struct span text)
{
	for (; words && words->name; words++)
		if (span_is_nocase(text, words->name))
			return words;
	return NULL;
}

/* What stands in braces, with them, for a sentence. */
static int show(char *to, size_t size, struct span text, char letter)
{
	return text.p ? snprintf(to, size, "%%{%.*s}%c", SPAN_FMT(text), letter)
		      : snprintf(to, size, "%%%c", letter);
}

/* The word in braces, if one is there and known; else the text is a name, a date, or a mistake. */
static bool take_option(const struct access_term *term, struct access_item *item)
{
	const struct word *word = word_of(braces[term->takes].words, item->text);

	item->option = word ? word->option : 0;
	if (word)
		return true;
	if (term->takes != NAME && term->takes != DATE)
		return item->text.p == NULL;
	if (item->text.p)
		item->option = ACCESS_GIVEN;
	return item->text.n > 0 || (term->takes == DATE && !item->text.p);
}

static bool misuse(
	const struct access_item *item, const struct access_term *term, char *why, size_t size)
{
	char bad[64];

	show(bad, sizeof bad, item->text, term->letter);
	snprintf(why, size, "'%s': %%%c takes %s; for example %s", bad, term->letter,
		braces[term->takes].expects, term->title);
	return false;
}

static bool unknown(struct span text, char letter, char *why, size_t size)
{
	char bad[64];

	show(bad, sizeof bad, text, letter);
	snprintf(why, size,
		"'%s' is not a placeholder: write %%%% for a percent sign, and see "
		"\"hearth explain access.format\" for what there is",
		bad);
	return false;
}

/* Behind the percent sign. */
static bool take_placeholder(struct span *rest, struct access_item *item, char *why, size_t size)
{
	const struct access_term *term;
	const char *close;

	if (rest->n && *rest->p == '{') {
		close = memchr(rest->p, '}', rest->n);
		if (!close) {
			snprintf(why, size, "'%%%.*s' lacks a '}' and a letter behind it",
				rest->n < 40 ? (int)rest->n : 40, rest->p);
			return false;
		}
		item->text = (struct span){rest->p + 1, (size_t)(close - rest->p) - 1};
		*rest = span_from(*rest, item->text.n + 2);
	}
	if (rest->n == 0) {
		snprintf(why, size,
			"a placeholder at its end has no letter: write %%%% for a percent sign");
		return false;
	}
	term = term_of(*rest->p);
	if (!term)
		return unknown(item->text, *rest->p, why, size);
	if (!take_option(term, item))
		return misuse(item, term, why, size);
	item->what = term->what;
	if (term->what == ACCESS_LITERAL)
		item->text = (struct span){rest->p, 1};
	*rest = span_from(*rest, 1);
	return true;
}

bool access_format_next(struct span *rest, struct access_item *item, char *why, size_t size)
{
	const char *percent = memchr(rest->p, '%', rest->n);
	size_t n = percent ? (size_t)(percent - rest->p) : rest->n;

	*item = (struct access_item){ACCESS_LITERAL, 0, SPAN_NONE};
	if (n == 0) {
		*rest = span_from(*rest, 1);
		return take_placeholder(rest, item, why, size);
	}
	item->text = (struct span){rest->p, n};
	*rest = span_from(*rest, n);
	return true;
}

bool access_format_check(const char *format, char *why, size_t size)
{
	struct access_item item;
	bool json, good = true;
	struct span rest = span_of(access_format_text(format, &json));

	while (rest.n && good)
		good = access_format_next(&rest, &item, why, size);
	return good;
}
