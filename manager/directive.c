/* SPDX-License-Identifier: MIT
 *
 * directive: see directive.h. What there is to configure is data, in directive.def; here is what
 * can be done with any row of it.
 */
#include "manager/directive.h"

#include "common/log.h"
#include "manager/value.h"

/* What a field is in memory; types of one shape share how they are set and written. */
enum shape {
	SHAPE_STRING,
	SHAPE_NUMBER,
	SHAPE_MODE,
	SHAPE_LIMIT,
	SHAPE_NICE,
	SHAPE_WORDS,
	SHAPE_NONE
};

struct type {
	enum shape shape;
	const char *noun;   /* what to give */
	const char *sample; /* how that may look */
	const char *wrong;  /* what a value is that is no such thing */
	const struct unit *units;
};

#include "manager/directive.def"

const size_t directives_count = nitems(directives);

static const struct choice *choices_of(const struct directive *d)
{
	static const struct choice none[] = {{NULL, 0}};

	return d->type == TYPE_BOOL ? booleans : d->choices ? d->choices : none;
}

static const struct choice *choice_named(const struct directive *d, const char *name)
{
	for (const struct choice *it = choices_of(d); it->name; it++)
		if (strcasecmp(it->name, name) == 0)
			return it;
	return NULL;
}

static const struct choice *choice_valued(const struct directive *d, uint64_t value)
{
	for (const struct choice *it = choices_of(d); it->name; it++)
		if (it->value == value)
			return it;
	return NULL;
}

/* Numbers are kept in fields of either width. */
static void number_store(const struct directive *d, void *field, uint64_t value)
{
	if (d->size == sizeof(unsigned))
		*(unsigned *)field = (unsigned)value;
	else
		*(uint64_t *)field = value;
}

static uint64_t number_load(const struct directive *d, const void *field)
{
	return d->size == sizeof(unsigned) ? *(const unsigned *)field : *(const uint64_t *)field;
}

static const char *set_number(const struct setting *s, void *field)
{
	const struct type *type = &types[s->d->type];
	const struct choice *choice = choice_named(s->d, s->text);
	uint64_t value;

	if (choice) {
		number_store(s->d, field, choice->value);
		return NULL;
	}
	if (!value_number(s->text, type->units, &value))
		return type->wrong;
	if (value < s->d->min || value > s->d->max)
		return "is out of range";
	number_store(s->d, field, value);
	return NULL;
}

static void put_number(const struct directive *d, const void *field, struct buf *out)
{
	uint64_t value = number_load(d, field);
	const struct choice *choice = choice_valued(d, value);

	if (choice)
		buf_puts(out, choice->name);
	else
		value_put_number(value, types[d->type].units, out);
}

static const char *set_mode(const struct setting *s, void *field)
{
	return value_mode(s->text, field) ? NULL : types[s->d->type].wrong;
}

static void put_mode(const struct directive *d, const void *field, struct buf *out)
{
	(void)d;
	buf_putf(out, "%04o", *(const unsigned *)field);
}

/* dir/path without the "." steps a person writes; ".." is left to the kernel, which knows about
 * symbolic links. */
static char *path_below(const struct setting *s, const char *path)
{
	size_t n = strlen(s->dir);
	char *whole;

	if (*path == '/')
		return conf_strdup(s->conf, path);
	while (path[0] == '.' && (path[1] == '/' || path[1] == '\0'))
		path += 1 + strspn(path + 1, "/");
	while (n > 0 && s->dir[n - 1] == '/')
		n--;
	if (*path == '\0')
		return n > 0 ? conf_strndup(s->conf, s->dir, n) : conf_strdup(s->conf, "/");
	whole = conf_alloc(s->conf, n + strlen(path) + 2);
	memcpy(whole, s->dir, n);
	whole[n] = '/';
	strcpy(whole + n + 1, path);
	return whole;
}

/* Slashes at its end would show up in the middle of what scripts are told. */
static char *without_end(char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	return path;
}

static char *string_made(const struct setting *s, enum directive_type type, const char *text)
{
	bool path = type == TYPE_PATH || (type == TYPE_PROGRAM && strchr(text, '/'));

	if (!path || choice_named(s->d, text))
		return conf_strdup(s->conf, text);
	return without_end(path_below(s, text));
}

/* A text that begins with a quote is one word. */
static const char *set_string(const struct setting *s, void *field)
{
	const char *rest = s->text, *why = NULL;
	char *text = conf_strdup(s->conf, s->text);

	if (*s->text == '"') {
		why = value_word(&rest, text);
		if (!why && *rest)
			why = "goes on after its closing quote";
		if (!why && *text == '\0' && !(s->d->flags & MAY_BE_EMPTY))
			why = "is empty";
	}
	if (!why)
		*(char **)field = string_made(s, s->d->type, text);
	return why;
}

static void put_string(const struct directive *d, const void *field, struct buf *out)
{
	(void)d;
	value_put_text(*(char *const *)field, out);
}

static const char *set_limit(const struct setting *s, void *field)
{
	struct rlimit is;
	const char *name = s->d->limit ? s->d->limit : s->key;
	const char *why = value_limit(s->text, limit_find(span_of(name)), &is);

	if (!why)
		*(char **)field = conf_strdup(s->conf, s->text);
	return why;
}

static const char *set_nice(const struct setting *s, void *field)
{
	int nice;

	if (!value_nice(s->text, &nice))
		return types[s->d->type].wrong;
	*(char **)field = conf_strdup(s->conf, s->text);
	return NULL;
}

static const char *set_words(const struct setting *s, void *field)
{
	struct words words = {NULL, 0};
	char *word = conf_alloc(s->conf, strlen(s->text) + 1);
	const char *why = NULL;

	for (const char *p = s->text + strspn(s->text, " \t"); *p && !why;) {
		enum directive_type type = s->d->type == TYPE_COMMAND && words.n == 0 ? TYPE_PROGRAM
										      : TYPE_TEXT;
		why = value_word(&p, word);
		words.at = conf_extend(s->conf, words.at, words.n, sizeof *words.at);
		words.at[words.n++] = string_made(s, type, word);
	}
	if (!why)
		*(struct words *)field = words;
	return why;
}

static void put_words(const struct directive *d, const void *field, struct buf *out)
{
	const struct words *words = field;

	(void)d;
	for (size_t i = 0; i < words->n; i++) {
		buf_puts(out, i > 0 ? " " : "");
		value_put_word(words->at[i], out);
	}
}

static const char *set_nothing(const struct setting *s, void *field)
{
	(void)s;
	(void)field;
	return NULL;
}

static void put_nothing(const struct directive *d, const void *field, struct buf *out)
{
	(void)d;
	(void)field;
	(void)out;
}

static const struct {
	const char *(*set)(const struct setting *s, void *field);
	void (*put)(const struct directive *d, const void *field, struct buf *out);
} shapes[] = {
	[SHAPE_STRING] = {set_string, put_string},
	[SHAPE_NUMBER] = {set_number, put_number},
	[SHAPE_MODE] = {set_mode, put_mode},
	[SHAPE_LIMIT] = {set_limit, put_string},
	[SHAPE_NICE] = {set_nice, put_string},
	[SHAPE_WORDS] = {set_words, put_words},
	[SHAPE_NONE] = {set_nothing, put_nothing},
};

static void *field_of(const struct directive *d, void *base)
{
	return (char *)base + d->offset;
}

static const void *field_in(const struct directive *d, const void *base)
{
	return (const char *)base + d->offset;
}

/* That of the key, or the one behind the last. */
static struct pair *pair_of(struct pairs *pairs, const struct setting *s, const char *key)
{
	for (size_t i = 0; i < pairs->n && s->d->key != KEY_LIST; i++)
		if (strcmp(pairs->at[i].key, key) == 0)
			return &pairs->at[i];
	pairs->at = conf_extend(s->conf, pairs->at, pairs->n, sizeof *pairs->at);
	return &pairs->at[pairs->n];
}

static const char *set_pair(const struct setting *s)
{
	struct pairs *pairs = field_of(s->d, s->section);
	const char *key = s->key ? s->key : "";
	struct pair *pair = pair_of(pairs, s, key);
	const char *why;

	if (pair == &pairs->at[pairs->n])
		pair->key = conf_strdup(s->conf, key);
	why = shapes[types[s->d->type].shape].set(s, &pair->value);
	if (pair == &pairs->at[pairs->n])
		pairs->n += why == NULL;
	return why;
}

const char *directive_set(const struct setting *s)
{
	if (*s->text == '\0' && !(s->d->flags & MAY_BE_EMPTY))
		return "is empty";
	if (s->d->key != KEY_NONE)
		return set_pair(s);
	return shapes[types[s->d->type].shape].set(s, field_of(s->d, s->section));
}

void directive_defaults(struct conf *conf, enum conf_section section, void *base)
{
	directive_for_each(d)
	{
		struct setting s = {d, conf, base, NULL, d->value, "/"};
		if (d->section == section && d->value)
			must(directive_set(&s) == NULL);
	}
}

static void put_line(const struct directive *d, const char *key, const void *field, struct buf *out)
{
	buf_puts(out, d->name);
	if (key && (*key || d->key == KEY_LIST))
		buf_putf(out, "[%s]", key);
	buf_puts(out, " = ");
	shapes[types[d->type].shape].put(d, field, out);
	buf_puts(out, "\n");
}

void directive_put(const struct directive *d, const void *base, struct buf *out)
{
	const void *field = field_in(d, base);
	const struct pairs *pairs = field;
	enum shape shape = types[d->type].shape;

	if (d->key != KEY_NONE)
		for (size_t i = 0; i < pairs->n; i++)
			put_line(d, pairs->at[i].key, &pairs->at[i].value, out);
	else if (shape == SHAPE_STRING || shape == SHAPE_LIMIT || shape == SHAPE_NICE
			 ? *(char *const *)field != NULL
		 : shape == SHAPE_WORDS
			 ? ((const struct words *)field)->n > 0 || d->flags & MAY_BE_EMPTY
			 : shape == SHAPE_NUMBER || shape == SHAPE_MODE)
		put_line(d, NULL, field, out);
}

bool directive_same(const struct directive *d, const void *a, const void *b)
{
	struct buf left = BUF_INIT, right = BUF_INIT;
	bool same;

	directive_put(d, a, &left);
	directive_put(d, b, &right);
	same = span_eq(buf_span(&left), buf_span(&right));
	buf_free(&left);
	buf_free(&right);
	return same;
}

const struct directive *directive_find(enum conf_section section, const char *name)
{
	directive_for_each(d) if (d->section == section && strcmp(d->name, name) == 0) return d;
	return NULL;
}

/* "a, b or c"; the last is `more` if there is that. */
static void put_choices(const struct choice *it, const char *more, struct buf *out)
{
	for (; it && it->name; it++) {
		const char *next = it[1].name ? it[1].name : more;
		bool two = it[1].name && (it[2].name || more);
		buf_putf(out, "%s%s", it->name, !next ? "" : two ? ", " : " or ");
	}
	buf_puts(out, more ? more : "");
}

void directive_expects(const struct directive *d, struct buf *out)
{
	const struct type *type = &types[d->type];

	put_choices(d->choices, d->takes ? d->takes : type->noun, out);
	if (d->max > 0) {
		buf_puts(out, " from ");
		value_put_number(d->min, type->units, out);
		buf_puts(out, " to ");
		value_put_number(d->max, type->units, out);
	}
	if (type->sample)
		buf_putf(out, " (%s)", type->sample);
}

const char *section_title(enum conf_section section)
{
	static const char *const titles[SECTIONS] = {"[global]", "[gateway]", "a pool"};

	return titles[section];
}
