/* SPDX-License-Identifier: MIT
 *
 * notify: see notify.h.
 */
#include "manager/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"

/* What is longer systemd does not read. */
#define LETTER_MAX 4096

/* A reader that has no room. What is owed to it is a few letters; more than that it will not miss.
 */
#define AGAIN_MS 50
#define OWED_MAX (4 * LETTER_MAX)

/* ---- the variables ---- */

/* One in the abstract name space, which is written with @, begins with a NUL (unix(7)). */
const char *notify_address(const char *text, struct sockaddr_un *to, socklen_t *len)
{
	size_t n = strlen(text), most = sizeof to->sun_path - (text[0] != '@');

	if ((text[0] != '/' && text[0] != '@') || n < 2)
		return "it must be a unix socket: a path that begins with /, or @NAME";
	if (n > most)
		return "it is too long for the address of a socket";
	*to = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(to->sun_path, text, n);
	if (text[0] == '@')
		to->sun_path[0] = '\0';
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (text[0] != '@'));
	return NULL;
}

static bool read_number(const char *text, int64_t *n)
{
	char *end;

	errno = 0;
	*n = strtoll(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

const char *notify_watchdog(const char *usec, const char *pid, long self, int64_t *ms)
{
	int64_t whose = self, us;

	*ms = 0;
	if (!usec)
		return NULL;
	if (pid && !read_number(pid, &whose))
		return "WATCHDOG_PID is no number";
	if (whose != self)
		return NULL;
	if (!read_number(usec, &us) || us == 0)
		return "WATCHDOG_USEC is no time";
	*ms = us < 2000 ? 1 : us / 2000;
	return NULL;
}

static void take_socket(struct notify *n, const char *address)
{
	const char *wrong = notify_address(address, &n->to, &n->to_len);

	if (!wrong) {
		n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		wrong = n->fd < 0 ? strerror(errno) : NULL;
	}
	if (wrong)
		log_warn("NOTIFY_SOCKET=%s: %s: nobody is told how hearth stands", address, wrong);
}

static void take_watchdog(struct notify *n)
{
	const char *wrong = notify_watchdog(
		getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"), getpid(), &n->watchdog_ms);

	if (wrong)
		log_warn("%s: the watchdog is told nothing", wrong);
}

void notify_take(struct notify *n)
{
	const char *address = getenv("NOTIFY_SOCKET");

	*n = NOTIFY_NONE;
	if (address && address[0])
		take_socket(n, address);
	if (n->fd >= 0)
		take_watchdog(n);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

/* ---- letters ---- */

/* False: later, perhaps. The address is looked up each time, for whoever reads there may be another
 * one by now. */
static bool send_letter(struct notify *n, struct span letter)
{
	ssize_t sent = sendto(
		n->fd, letter.p, letter.n, MSG_NOSIGNAL, (struct sockaddr *)&n->to, n->to_len);

	if (sent >= 0)
		return true;
	if (errno == EAGAIN || errno == ENOBUFS)
		return false;
	if (!n->complained)
		log_notice("nobody hears at NOTIFY_SOCKET how hearth stands: %m");
	n->complained = true;
	return true;
}

static void on_again(struct timer *t)
{
	struct notify *n = container_of(t, struct notify, again);

	while (buf_len(&n->owed)) {
		struct span first = span_of(buf_head(&n->owed));
		if (!send_letter(n, first)) {
			timer_set_ms(n->loop, &n->again, AGAIN_MS);
			return;
		}
		buf_drop(&n->owed, first.n + 1);
	}
}

static void owe(struct notify *n, struct span letter)
{
	if (!n->loop || buf_len(&n->owed) + letter.n >= OWED_MAX)
		return;
	if (buf_put(&n->owed, letter.p, letter.n + 1))
		timer_set_ms(n->loop, &n->again, AGAIN_MS);
}

/* None overtakes another that is owed. */
static bool post(struct notify *n, const char *text)
{
	return n->fd < 0 || (!buf_len(&n->owed) && send_letter(n, span_of(text)));
}

void notify_tell(struct notify *n, const char *fmt, ...)
{
	char text[LETTER_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	if (!post(n, text))
		owe(n, span_of(text));
}

bool notify_hint(struct notify *n, const char *fmt, ...)
{
	char text[LETTER_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	return post(n, text);
}

/* ---- its life ---- */

void notify_begin(struct notify *n, struct loop *l)
{
	n->loop = l;
	timer_init(&n->again, on_again);
}

void notify_end(struct notify *n)
{
	if (n->loop)
		timer_stop(n->loop, &n->again);
	n->loop = NULL;
	buf_free(&n->owed);
	fd_close(&n->fd);
	*n = NOTIFY_NONE;
}
