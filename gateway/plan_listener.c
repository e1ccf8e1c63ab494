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

/* Networks with blanks between them. */
static const char *add_allowed(struct plan_listener *l, struct span list)
{
	const char *why = NULL;

	while (list.n && !why) {
		const char *blank = memchr(list.p, ' ', list.n);
		size_t n = blank ? (size_t)(blank - list.p) : list.n;
		why = cidr_list_add(&l->allowed, (struct span){list.p, n});
		list = span_from(list, blank ? n + 1 : n);
	}
	return why;
}

const char *plan_add_listener(struct plan *p, const struct msg_plan_listener *m, int *fd)
{
	struct plan_listener *l;

	p->listeners = mem_array(p->listeners, p->nlisteners + 1, sizeof *l);
	l = &p->listeners[p->nlisteners++];
	*l = (struct plan_listener){.id = m->listener,
		.fd = fd_take(fd),
		.address = mem_strndup(m->address.n ? m->address.p : "", m->address.n),
		.proxy = m->proxy,
		.pool = m->pool,
		.pages = m->pages,
		.users = m->users.n ? mem_strndup(m->users.p, m->users.n) : NULL};
	learn_address(l);
	return add_allowed(l, m->allowed);
}

const struct plan_listener *plan_listener(const struct plan *p, uint32_t id)
{
	for (size_t i = 0; i < p->nlisteners; i++)
		if (p->listeners[i].id == id)
			return &p->listeners[i];
	return NULL;
}
