/* SPDX-License-Identifier: MIT
 *
 * forwarded: see forwarded.h. In what follows, an element of a list is what one proxy has written.
 */
#include "gateway/forwarded.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span trim(struct span s)
{
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	while (s.n && is_blank(*s.p))
		s = span_from(s, 1);
	return s;
}

/* ---- lists from their ends: lines of one name are one list (RFC 9110 5.3) ---- */

struct list_back {
	const struct http_head *head;
	const char *base, *name;
	uint32_t before; /* the lines that are not begun yet */
	struct span line;
};

static struct list_back list_of(const struct http_head *head, const char *base, const char *name)
{
	return (struct list_back){head, base, name, head->nheaders, SPAN_NONE};
}

static bool last_line(struct list_back *l)
{
	while (l->before > 0) {
		const struct http_header *h = &l->head->headers[--l->before];
		if (span_is_nocase(http_span(l->base, h->name), l->name)) {
			l->line = http_span(l->base, h->value);
			return true;
		}
	}
	return false;
}

/* Where the last element of the line begins. A comma in quotes is none; quotes are counted from
 * the end, so that one that the client has left open reaches over no element behind it. */
static size_t last_element(struct span line)
{
	bool quoted = false;
	size_t i = line.n;

	for (; i > 0; i--) {
		if (line.p[i - 1] == '"')
			quoted = !quoted;
		else if (line.p[i - 1] == ',' && !quoted)
			break;
	}
	return i;
}

/* Takes the last element off. Empty ones do not count (RFC 9110 5.6.1). */
static bool take_last(struct list_back *l, struct span *element)
{
	do {
		while (l->line.n == 0)
			if (!last_line(l))
				return false;
		size_t at = last_element(l->line);
		*element = trim(span_from(l->line, at));
		l->line.n = at ? at - 1 : 0;
	} while (element->n == 0);
	return true;
}

/* ---- words ---- */

/* ":PORT", or nothing. A port that hides itself (RFC 7239 6.3) is one that we do not know. */
static bool read_port(struct span text, uint16_t *port)
{
	*port = 0;
	if (text.n == 0)
		return true;
	if (text.p[0] != ':' || text.n == 1)
		return false;
	return text.p[1] == '_' || ip_port_parse(span_from(text, 1), port);
}

/* ADDRESS, [V6ADDRESS], either with a port; an IPv6 address without brackets has none. */
static bool read_node(struct span text, struct endpoint *node)
{
	const char *close = text.n ? memchr(text.p, ']', text.n) : NULL;
	const char *colon = text.n ? memchr(text.p, ':', text.n) : NULL;
	struct span address = text;
	size_t end = text.n;

	*node = (struct endpoint){0};
	if (ip_parse(text, &node->ip))
		return true;
	if (text.n && text.p[0] == '[' && close) {
		end = (size_t)(close + 1 - text.p);
		address = (struct span){text.p + 1, end - 2};
		if (!colon || colon > close)
			return false;
	} else if (colon) {
		end = (size_t)(colon - text.p);
		address.n = end;
	}
	return ip_parse(address, &node->ip) && read_port(span_from(text, end), &node->port);
}

/* Other schemes say nothing. */
static void read_scheme(struct span text, bool *secure)
{
	if (span_is_nocase(text, "https"))
		*secure = true;
	else if (span_is_nocase(text, "http"))
		*secure = false;
}

/* ---- an element of Forwarded (RFC 7239 4) ---- */

static size_t skip_blanks(struct span s, size_t i)
{
	while (i < s.n && is_blank(s.p[i]))
		i++;
	return i;
}

/* Brackets and colons need quotes, but not everybody knows. An escape does not occur in what we
 * want to know, and would be two meanings of one text. False: this is no value. */
static bool take_value(struct span *rest, struct span *value)
{
	const bool quoted = rest->n && rest->p[0] == '"';
	struct span s = span_from(*rest, quoted);
	size_t n = 0;

	while (n < s.n && s.p[n] != '"' && s.p[n] != '\\' &&
		(quoted || (s.p[n] != ';' && !is_blank(s.p[n]))))
		n++;
	*value = (struct span){s.p, n};
	if (quoted && (n == s.n || s.p[n] != '"'))
		return false;
	*rest = span_from(s, skip_blanks(s, n + quoted));
	return rest->n == 0 || rest->p[0] == ';';
}

/* name=value, and the semicolon behind it. The blanks around that are against the grammar, and
 * common. */
static bool take_pair(struct span *rest, struct span *name, struct span *value)
{
	size_t n = 0;

	while (n < rest->n && http_is(rest->p[n], HTTP_TOKEN))
		n++;
	*name = (struct span){rest->p, n};
	if (n == 0 || n == rest->n || rest->p[n] != '=')
		return false;
	*rest = span_from(*rest, n + 1);
	if (!take_value(rest, value))
		return false;
	*rest = trim(span_from(*rest, 1));
	return true;
}

/* False: the element breaks the grammar, or says a thing twice. */
static bool read_element(struct span rest, struct span *node, struct span *scheme)
{
	struct span name, value;

	*node = *scheme = SPAN_NONE;
	while (rest.n) {
		if (!take_pair(&rest, &name, &value))
			return false;
		struct span *to = span_is_nocase(name, "for")     ? node
				  : span_is_nocase(name, "proto") ? scheme
								  : NULL;
		if (to && to->p)
			return false;
		if (to)
			*to = value;
	}
	return true;
}

/* ---- the walk from us to the client: true if nobody on it hides from whom he has the request ----
 */

static bool walk_forwarded(
	struct list_back *list, forwarded_trust *trust, const void *arg, struct forwarded *f)
{
	struct span element, node, scheme;
	struct endpoint hop;
	bool traced = false;

	for (; take_last(list, &element); traced = true) {
		if (!read_element(element, &node, &scheme))
			return false;
		read_scheme(scheme, &f->secure);
		if (!read_node(node, &hop))
			return false;
		f->client = hop;
		if (!trust(arg, &hop.ip))
			return true;
	}
	return traced;
}

/* X-Forwarded-Proto may have as many elements as there were proxies, or one of the nearest that
 * knew. */
static bool walk_x_forwarded(struct list_back *fors, struct list_back *protos,
	forwarded_trust *trust, const void *arg, struct forwarded *f)
{
	struct span element;
	struct endpoint hop;
	bool traced = false;

	for (;; traced = true) {
		if (take_last(protos, &element))
			read_scheme(element, &f->secure);
		if (!take_last(fors, &element))
			return traced;
		if (!read_node(element, &hop))
			return false;
		f->client = hop;
		if (!trust(arg, &hop.ip))
			return true;
	}
}

void forwarded_read(const struct http_head *head, const char *base, forwarded_trust *trust,
	const void *arg, struct forwarded *f)
{
	struct list_back fors = list_of(head, base, "X-Forwarded-For");
	struct list_back protos = list_of(head, base, "X-Forwarded-Proto");
	struct list_back forwarded = list_of(head, base, "Forwarded");
	bool has_x = http_find(head->headers, head->nheaders, base, "X-Forwarded-For");
	bool has_other = http_find(head->headers, head->nheaders, base, "Forwarded");
	struct forwarded other = *f;

	if (has_other)
		other.traced = walk_forwarded(&forwarded, trust, arg, &other);
	if (has_other && !has_x) {
		*f = other;
		return;
	}
	f->traced = walk_x_forwarded(&fors, &protos, trust, arg, f) &&
		    (!has_other || (other.traced && ip_eq(&other.client.ip, &f->client.ip)));
}
