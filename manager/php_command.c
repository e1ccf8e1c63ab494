/* SPDX-License-Identifier: MIT
 *
 * php_command: see php_command.h.
 */
#include "manager/php_command.h"

#include <ctype.h>
#include <glob.h>
#include <unistd.h>

/* ---- programs ---- */

static const char *name_of(const char *word)
{
	const char *slash = strrchr(word, '/');

	return slash ? slash + 1 : word;
}

/* php-cgi, php-cgi8.2, php8.2-cgi, php82-cgi */
static bool is_php(const char *word)
{
	static const char version[] = "0123456789.-";
	const char *name = name_of(word);

	if (strncmp(name, "php", 3) != 0)
		return false;
	name += 3 + strspn(name + 3, version);
	if (strncmp(name, "cgi", 3) != 0)
		return false;
	return name[3 + strspn(name + 3, version)] == '\0';
}

size_t php_command_word(const struct words *command)
{
	size_t i = 0;

	while (i < command->n && !is_php(command->at[i]))
		i++;
	return i;
}

bool php_command_is_php(const struct words *command)
{
	return command->n > 0 && (php_command_word(command) < command->n ||
					 strncmp(name_of(command->at[0]), "php", 3) == 0);
}

/* ---- advice ---- */

bool php_command_is_lacking(const struct conf_pool *pool)
{
	return pool->type == POOL_FASTCGI && pool->command.n == 0 &&
	       conf_mark_find(&pool->marks, "listen", NULL) &&
	       conf_mark_find(&pool->marks, "pm", NULL) &&
	       !conf_mark_find(&pool->marks, "route", NULL) &&
	       !conf_mark_find(&pool->marks, "command", NULL);
}

/* "8.2" of "/etc/php/8.2/fpm/pool.d/www.conf"; empty if there is no such part. */
static const char *version_of(struct conf *conf, const char *file)
{
	const char *part = strstr(file, "/php/");
	size_t n = part ? strcspn(part + 5, "/") : 0;

	return n > 0 && isdigit((unsigned char)part[5]) ? conf_strndup(conf, part + 5, n) : "";
}

static const char *installed(struct conf *conf, const char *file)
{
	const char *best = conf_printf(conf, "/usr/bin/php-cgi%s", version_of(conf, file));
	glob_t found;

	if (access(best, X_OK) == 0)
		return best;
	best = access("/usr/bin/php-cgi", X_OK) == 0 ? "/usr/bin/php-cgi" : NULL;
	if (!best && glob("/usr/bin/php-cgi[0-9]*", 0, NULL, &found) == 0) {
		best = conf_strdup(conf, found.gl_pathv[found.gl_pathc - 1]);
		globfree(&found);
	}
	return best;
}

const char *php_command_advice(struct conf *conf, const struct conf_pool *pool)
{
	const char *program = installed(conf, pool->file), *version;

	if (program)
		return conf_printf(conf, "add \"command = %s\"", program);
	version = version_of(conf, pool->file);
	return conf_printf(conf,
		"add \"command = /usr/bin/php-cgi%s\", and install it (in Debian, it is in the "
		"package php%s-cgi)",
		version, version);
}
