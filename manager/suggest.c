/* SPDX-License-Identifier: MIT
 *
 * suggest: see suggest.h.
 */
#include "manager/suggest.h"

#include "manager/value.h"

/* Whether `also`, "product name, product name", has the name. */
static bool known_as(const char *also, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = also; p && (p = strchr(p, ' ')); p++)
		if (strncasecmp(p + 1, name, n) == 0 && (p[n + 1] == ',' || p[n + 1] == '\0'))
			return true;
	return false;
}

/* 0 is as good as the name itself; UINT32_MAX is too far to be meant. */
static unsigned strangeness(const struct directive *d, const char *name)
{
	const char *dot = strchr(d->name, '.');
	unsigned far = value_distance(d->name, name);

	if (known_as(d->also, name) || (dot && strcmp(dot + 1, name) == 0))
		return 0;
	return far <= 1 + strlen(name) / 5 && far < strlen(name) ? far : UINT32_MAX;
}

/* What php-fpm has and we have not: what does the same, or why nothing has to. */
static const struct stranger {
	const char *name, *advice;
} strangers[] = {
	{"apparmor_hat", "begin command with aa-exec -p PROFILE --"},
	{"events.mechanism", "leave it out: it is always epoll"},
	{"listen.setfib", "leave it out: Linux has no such tables"},
	{"log_buffering", "leave it out: lines are always written whole"},
	{"prefix",
		"write whole paths, or with $pool; relative ones start at the file they stand in"},
	{"request_slowlog_trace_depth", "slowlog_command may show a stack as deep as you like"},
	{"request_terminate_timeout_track_finished",
		"leave it out: a request runs until its program says that it is over"},
	{"systemd_interval", "leave it out: nothing is sent to systemd"},
};

static bool tell_stranger(const char *name, struct buf *out)
{
	for (size_t i = 0; i < nitems(strangers); i++)
		if (strcasecmp(strangers[i].name, name) == 0)
			return buf_putf(out, "; %s", strangers[i].advice);
	return false;
}

const char *suggest_pool(const struct conf *conf, const char *name)
{
	const char *best = NULL;
	unsigned least = 2 + (unsigned)strlen(name) / 5;

	for (size_t i = 0; i < conf->npools; i++) {
		unsigned far = value_distance(conf->pools[i]->name, name);
		if (far >= least)
			continue;
		least = far;
		best = conf->pools[i]->name;
	}
	return best;
}

void suggest(enum conf_section section, const char *name, struct buf *out)
{
	const struct directive *best = NULL;
	unsigned least = UINT32_MAX;

	if (tell_stranger(name, out))
		return;
	directive_for_each(d)
	{
		unsigned strange = strangeness(d, name);
		if ((section == SECTIONS || d->section == section) && strange < least) {
			best = d;
			least = strange;
		}
	}
	if (best)
		buf_putf(out, "; did you mean %s?", best->name);
	for (enum conf_section in = 0; in < SECTIONS && !best; in++)
		if ((best = directive_find(in, name)))
			buf_putf(out, "; it belongs in %s", section_title(in));
}
