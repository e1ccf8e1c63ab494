/* SPDX-License-Identifier: MIT
 *
 * php_settings: see php_settings.h.
 */
#include "manager/php_settings.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>

#include "common/mem.h"
#include "manager/php_command.h"

/* ---- values ---- */

static const char *flag_value(const char *text)
{
	static const char *const flags[][2] = {{"on", "1"}, {"yes", "1"}, {"true", "1"}, {"1", "1"},
		{"off", "0"}, {"no", "0"}, {"false", "0"}, {"none", "0"}, {"0", "0"}};

	for (size_t i = 0; i < nitems(flags); i++)
		if (strcasecmp(flags[i][0], text) == 0)
			return flags[i][1];
	return NULL;
}

static size_t word_length(const char *p)
{
	size_t n = 0;

	while (isalnum((unsigned char)p[n]) || p[n] == '_')
		n++;
	return n;
}

static bool is_word(const char *text)
{
	return *text && text[word_length(text)] == '\0';
}

/* A number, or a constant such as E_ALL. */
static size_t operand_length(const char *p)
{
	size_t n = word_length(p);

	return strncmp(p, "E_", 2) == 0 || strspn(p, "0123456789") == n ? n : 0;
}

/* "E_ALL & ~E_NOTICE": nothing but operands with operators between them, and its brackets closed;
 * PHP would refuse all settings for one that it cannot read. */
static bool is_expression(const char *p)
{
	unsigned open = 0;

	for (;;) {
		for (; *p && strchr("~!( ", *p); p++)
			open += *p == '(';
		size_t n = operand_length(p);
		if (n == 0)
			return false;
		for (p += n; *p && strchr(") ", *p); p++)
			if (*p == ')' && open-- == 0)
				return false;
		if (*p == '\0')
			return open == 0;
		if (!strchr("&|^", *p++))
			return false;
	}
}

static const char *value_wrong(const char *value)
{
	for (const char *p = value; *p; p++)
		if (iscntrl((unsigned char)*p))
			return "has a control character in it: php.ini has no way to say that";
	if (strchr(value, '"'))
		return "has a double quote in it: php.ini has no safe way to say that";
	if (strchr(value, '\'') && strstr(value, "${"))
		return "has both ' and ${ in it: php.ini has no way to say that";
	return NULL;
}

/* As php.ini has it: words and expressions bare, for PHP to know on, none and E_ALL; all else as it
 * is, for in single quotes nothing has a meaning. php-cgi would put into quotes by itself what does
 * not begin with a letter, a digit or a quote, so an expression is made to. */
static void put_value(const char *value, struct buf *out)
{
	if (*value == '\0' || is_word(value)) {
		buf_puts(out, value);
	} else if (is_expression(value)) {
		buf_putf(out, "0|(%s)", value);
	} else if (!strchr(value, '\'')) {
		buf_putf(out, "'%s'", value);
	} else {
		buf_puts(out, "\"");
		for (; *value; value++)
			buf_putf(out, "%s%c", *value == '\\' ? "\\" : "", *value);
		buf_puts(out, "\"");
	}
}

static void put_flag(const char *value, struct buf *out)
{
	buf_puts(out, flag_value(value));
}

typedef void put_setting(const char *value, struct buf *out);

static void put_lines(const struct pairs *pairs, put_setting *put, struct buf *out)
{
	for (size_t i = 0; i < pairs->n; i++) {
		buf_putf(out, "%s=", pairs->at[i].key);
		put(pairs->at[i].value, out);
		buf_puts(out, "\n");
	}
}

void php_settings_put(const struct pairs *values, const struct pairs *flags, struct buf *out)
{
	put_lines(values, put_value, out);
	put_lines(flags, put_flag, out);
}

/* ---- arguments ---- */

struct argv {
	char **at;
	size_t n;
};

static void add(struct argv *argv, char *word)
{
	argv->at = mem_array(argv->at, argv->n + 2, sizeof *argv->at);
	argv->at[argv->n++] = word;
	argv->at[argv->n] = NULL;
}

static void add_setting(struct argv *argv, const char *line, size_t n)
{
	add(argv, mem_strdup("-d"));
	add(argv, mem_strndup(line, n));
}

static void add_lines(struct argv *argv, struct span lines)
{
	while (lines.n > 0) {
		const char *end = memchr(lines.p, '\n', lines.n);
		size_t n = (size_t)(end - lines.p);
		add_setting(argv, lines.p, n);
		lines = span_from(lines, n + 1);
	}
}

/* Whether php.ini has a way to write it between [ and ]. */
static bool can_be_said(const char *name)
{
	for (const char *p = name; *p; p++)
		if (iscntrl((unsigned char)*p) || strchr(";\"'\\]", *p))
			return false;
	return !strstr(name, "${");
}

static bool may_have_scripts(const struct dirent *e)
{
	static const char *const none[] = {".", "..", "proc", "sys"};

	for (size_t i = 0; i < nitems(none); i++)
		if (strcmp(e->d_name, none[i]) == 0)
			return false;
	return e->d_type == DT_DIR || e->d_type == DT_LNK || e->d_type == DT_UNKNOWN;
}

/* The sections are one argument, of which php-cgi wants the first line to be a setting. */
static void add_locks(struct argv *argv, struct span lines, const char *root)
{
	DIR *dir = lines.n > 0 ? opendir(root) : NULL;
	struct buf text = BUF_INIT;
	struct dirent *e;

	if (lines.n == 0)
		return;
	buf_puts(&text, "hearth.locked=1");
	while (dir && (e = readdir(dir)))
		if (may_have_scripts(e) && can_be_said(e->d_name))
			buf_putf(&text, "\n[PATH=/%s]\n%.*s", e->d_name, (int)lines.n - 1, lines.p);
	if (dir)
		closedir(dir);
	add_setting(argv, buf_head(&text), buf_len(&text));
	buf_free(&text);
}

/* Where getopt would stop, from the word `at` on: php-cgi takes no option behind that. */
static size_t end_of_options(const struct words *command, size_t at)
{
	while (at < command->n && command->at[at][0] == '-' && strcmp(command->at[at], "--") != 0) {
		const char *option = command->at[at++];
		if (strlen(option) == 2 && strchr("bcdTz", option[1]) && at < command->n)
			at++;
	}
	return at;
}

/* Settings stand right behind the program. A section has no end but that of all options, so those
 * of the command itself stand before. */
char **php_settings_argv(const struct conf_pool *pool, const char *root)
{
	const struct words *command = &pool->command;
	size_t program = php_command_word(command);
	size_t end = end_of_options(command, program + 1);
	struct argv argv = {NULL, 0};
	struct buf plain = BUF_INIT, admin = BUF_INIT;

	php_settings_put(&pool->php_value, &pool->php_flag, &plain);
	php_settings_put(&pool->php_admin_value, &pool->php_admin_flag, &admin);
	for (size_t i = 0; i < command->n; i++) {
		if (i == end)
			add_locks(&argv, buf_span(&admin), root);
		add(&argv, mem_strdup(command->at[i]));
		if (i == program) {
			add_lines(&argv, buf_span(&plain));
			add_lines(&argv, buf_span(&admin));
		}
	}
	if (end == command->n)
		add_locks(&argv, buf_span(&admin), root);
	buf_free(&plain);
	buf_free(&admin);
	return argv.at;
}

void php_settings_free(char **argv)
{
	for (size_t i = 0; argv && argv[i]; i++)
		free(argv[i]);
	free(argv);
}

/* ---- rules ---- */

static void check_pairs(struct check *k, struct conf_pool *pool, const char *name,
	const struct pairs *pairs, bool flags)
{
	bool php = pool->type != POOL_FASTCGI || pool->command.n == 0 ||
		   php_command_word(&pool->command) < pool->command.n;

	for (size_t i = 0; i < pairs->n; i++) {
		const struct pair *p = &pairs->at[i];
		const struct conf_mark *mark = check_mark(k, &pool->marks, name, p->key);
		const char *why = flags ? NULL : value_wrong(p->value);
		if (flags && !flag_value(p->value))
			why = "is not on or off";
		if (why)
			complain(k->c, mark->file, mark->line, "%s[%s] = '%.60s' of pool '%s' %s",
				name, p->key, p->value, pool->name, why);
		else if (!php)
			complain(k->c, mark->file, mark->line,
				"%s[%s] of pool '%s' needs a command that is PHP: name a php-cgi "
				"there, or take the line away",
				name, p->key, pool->name);
	}
}

/* php-cgi looks for sections of directories below /, and of / itself it takes none. */
static void check_locks(struct check *k, struct conf_pool *pool)
{
	bool flag = pool->php_admin_value.n == 0;
	const struct pairs *pairs = flag ? &pool->php_admin_flag : &pool->php_admin_value;
	const char *name = flag ? "php_admin_flag" : "php_admin_value";
	const struct conf_mark *mark;

	if (pool->type != POOL_FASTCGI || !pool->chroot || pairs->n == 0)
		return;
	mark = check_mark(k, &pool->marks, name, pairs->at[0].key);
	complain_mildly(k->c, mark->file, mark->line,
		"%s of pool '%s' does not hold for scripts in %s itself, which is / to them: they "
		"may change it; let scripts lie in directories below",
		name, pool->name, pool->chroot);
}

void php_settings_check(struct check *k, struct conf_pool *pool)
{
	check_pairs(k, pool, "php_value", &pool->php_value, false);
	check_pairs(k, pool, "php_flag", &pool->php_flag, true);
	check_pairs(k, pool, "php_admin_value", &pool->php_admin_value, false);
	check_pairs(k, pool, "php_admin_flag", &pool->php_admin_flag, true);
	check_locks(k, pool);
}
