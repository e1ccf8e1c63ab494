/* SPDX-License-Identifier: MIT
 *
 * suggest: see suggest.h.
 */
#include "manager/suggest.h"

#include "manager/php_fpm.h"
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
	const struct php_fpm_stranger *stranger = php_fpm_stranger(SECTIONS, name);
	unsigned least = UINT32_MAX;

	if (stranger) {
		buf_putf(out, "; %s", stranger->advice);
		return;
	}
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
