/* SPDX-License-Identifier: MIT
 *
 * plan_listener: of a plan (plan.h), what is listened on.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#include "common/fd.h"
#include "common/log.h"
#include "common/mem.h"
#include "gateway/plan.h"

/* Unlike an endpoint's, the address of a listener may be "::". */
static void put_address(
	const struct sockaddr_storage *ss, char *host, size_t size, char port[static 8])
{
	const struct sockaddr_in *in = (const void *)ss;
	const struct sockaddr_in6 *in6 = (const void *)ss;

	host[0] = port[0] = '\0';
	if (ss->ss_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, host, (socklen_t)size);
		snprintf(port, 8, "%u", ntohs(in->sin_port));
	} else if (ss->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, host, (socklen_t)size);
		snprintf(port, 8, "%u", ntohs(in6->sin6_port));
	}
}

static void learn_address(struct plan_listener *l)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof ss;

	if (getsockname(l->fd, (void *)&ss, &len) < 0)
		log_warn("listener %s: getsockname: %m", l->address);
	put_address(&ss, l->host, sizeof l->host, l->port);
	l->is_unix = ss.ss_family == AF_UNIX;
	l->any_address = strcmp(l->host, "0.0.0.0") == 0 || strcmp(l->host, "::") == 0;
}

/* Takes the next of words with blanks between them. */
static struct span next_word(struct span *list)
{
	const char *blank = memchr(list->p, ' ', list->n);
	struct span word = {list->p, blank ? (size_t)(blank - list->p) : list->n};

	*list = span_from(*list, blank ? word.n + 1 : word.n);
	return word;
}

/* Networks. */
static const char *add_allowed(struct plan_listener *l, struct span list)
{
	const char *why = NULL;

	while (list.n && !why)
		why = cidr_list_add(&l->allowed, next_word(&list));
	return why;
}

/* False: it is none that a user may have; (uid_t)-1 is nobody's. */
static bool read_user(struct span text, uint32_t *user)
{
	uint64_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9' || n > UINT32_MAX)
			return false;
		n = n * 10 + (uint64_t)(text.p[i] - '0');
	}
	*user = (uint32_t)n;
	return text.n > 0 && n < UINT32_MAX;
}

static const char *add_users(struct plan_listener *l, struct span list)
{
	while (list.n) {
		l->users = mem_array(l->users, l->nusers + 1, sizeof *l->users);
		if (!read_user(next_word(&list), &l->users[l->nusers]))
			return "a user who may connect is no number";
		l->nusers++;
	}
	return NULL;
}

bool plan_listener_has_user(const struct plan_listener *l, uint32_t user)
{
	size_t i = 0;

	while (i < l->nusers && l->users[i] != user)
		i++;
	return l->nusers == 0 || user == 0 || i < l->nusers;
}

const char *plan_add_listener(struct plan *p, const struct msg_plan_listener *m, int *fd)
{
	struct plan_listener *l;
	const char *why;

	p->listeners = mem_array(p->listeners, p->nlisteners + 1, sizeof *l);
	l = &p->listeners[p->nlisteners++];
	*l = (struct plan_listener){.id = m->listener,
		.fd = fd_take(fd),
		.address = mem_strndup(m->address.n ? m->address.p : "", m->address.n),
		.proxy = m->proxy,
		.pool = m->pool,
		.pages = m->pages};
	learn_address(l);
	why = add_users(l, m->users);
	return why ? why : add_allowed(l, m->allowed);
}

const struct plan_listener *plan_listener(const struct plan *p, uint32_t id)
{
	for (size_t i = 0; i < p->nlisteners; i++)
		if (p->listeners[i].id == id)
			return &p->listeners[i];
	return NULL;
}
