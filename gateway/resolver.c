/* SPDX-License-Identifier: MIT
 *
 * resolver: see resolver.h. A thread a question: they are few, and none shall wait for another that
 * nobody answers.
 */
#include "gateway/resolver.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

static void deliver(struct lane *l, struct mail *m)
{
	struct resolver_question *q = container_of(m, struct resolver_question, mail);

	(void)l;
	q->answered(q);
}

static void *look_up(void *arg)
{
	static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct resolver_question *q = arg;
	int err = getaddrinfo(q->host, NULL, &hints, &q->answer);

	if (err) {
		q->answer = NULL;
		q->why = err == EAI_SYSTEM ? strerrordesc_np(errno) : gai_strerror(err);
	}
	lane_post(&lanes[0], &q->mail, deliver);
	return NULL;
}

/* Signals are for the thread that has a loop for them, which blocks them as we do. */
static int begin(struct resolver_question *q)
{
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	err = pthread_create(&thread, &attr, look_up, q);
	pthread_attr_destroy(&attr);
	return err;
}

void resolver_ask(struct resolver_question *q)
{
	int err;

	q->answer = NULL;
	q->why = NULL;
	list_init(&q->mail.link);
	err = begin(q);
	if (!err)
		return;
	q->why = strerrordesc_np(err);
	lane_post(&lanes[0], &q->mail, deliver);
}
