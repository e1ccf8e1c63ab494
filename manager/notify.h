/* SPDX-License-Identifier: MIT
 *
 * notify: words to whoever started us and wants to hear how it goes: systemd, or whoever speaks as
 * it does (sd_notify(3)). NOTIFY_SOCKET is the address of a datagram socket, to which lines of
 * NAME=VALUE go; WATCHDOG_USEC says how long there may be silence, WATCHDOG_PID of whom.
 * Runs in: the manager. Knows how a letter gets there, and nothing of what is in it or when. Nobody
 * waits for a reader, and one that is not there is no fault of ours.
 */
#ifndef HEARTH_NOTIFY_H
#define HEARTH_NOTIFY_H

#include <sys/socket.h>
#include <sys/un.h>

#include "common/buf.h"
#include "common/loop.h"

struct notify {
	int fd; /* -1: nobody wants to hear */
	struct sockaddr_un to;
	socklen_t to_len;
	int64_t watchdog_ms; /* from one sign of life to the next; 0: nobody waits for them */
	struct loop *loop;
	struct timer again;
	struct buf owed; /* letters that the reader had no room for, a NUL behind each */
	bool complained;
};

#define NOTIFY_NONE ((struct notify){.fd = -1})

/* NULL, or why nothing can be sent there. Pure. */
const char *notify_address(const char *text, struct sockaddr_un *to, socklen_t *len);
/* Half of the silence that is allowed to the process `self`, in milliseconds; 0: any. The variables
 * may be NULL. NULL, or what is wrong with them. Pure. */
const char *notify_watchdog(const char *usec, const char *pid, long self, int64_t *ms);

/* Takes what the variables say, and them out of the environment. Those of the process that calls:
 * before it goes into the background. */
void notify_take(struct notify *n);
/* From now on what a reader has no room for is tried again. */
void notify_begin(struct notify *n, struct loop *l);
/* A letter that must not get lost, as long as somebody reads. Nothing without a reader. */
void notify_tell(struct notify *n, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* One that may: another follows. False: it is lost, as the reader has no room. */
bool notify_hint(struct notify *n, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Idempotent. */
void notify_end(struct notify *n);

#endif
