/* SPDX-License-Identifier: MIT
 *
 * top_screen: see top_screen.h.
 */
#include "manager/top_screen.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* Another page, no cursor, nothing wraps; and back. */
#define ENTER "\033[?1049h\033[?25l\033[?7l"
#define LEAVE "\033[?7h\033[?25h\033[?1049l"

#define HOME        "\033[H"
#define CLEAR_LINE  "\033[K\r\n"
#define CLEAR_BELOW "\033[J"

/* There is one terminal, and it has to be given back whatever ends us. */
static struct {
	bool ours, modes_changed;
	struct termios before;
} screen;

/* A terminal may have been made non-blocking by somebody else who has it too. */
static bool write_all(struct span s)
{
	while (s.n) {
		ssize_t n = write(STDOUT_FILENO, s.p, s.n);
		struct pollfd room = {.fd = STDOUT_FILENO, .events = POLLOUT};
		if (n > 0)
			s = span_from(s, (size_t)n);
		else if (n < 0 && errno == EAGAIN)
			poll(&room, 1, 1000);
		else if (n < 0 && errno != EINTR)
			return false;
	}
	return true;
}

/* Control-C stays a signal. */
static void change_modes(void)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &screen.before) < 0)
		return;
	raw = screen.before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	screen.modes_changed = tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) == 0;
}

void screen_enter(void)
{
	if (screen.ours)
		return;
	change_modes();
	screen.ours = true;
	write_all(SPAN_LIT(ENTER));
}

void screen_leave(void)
{
	if (!screen.ours)
		return;
	screen.ours = false;
	write_all(SPAN_LIT(LEAVE));
	if (screen.modes_changed)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &screen.before);
	screen.modes_changed = false;
}

/* The last line has no end: behind it the page would scroll. */
bool screen_draw(struct span lines)
{
	struct buf frame = BUF_INIT;
	const char *end;
	bool ok = buf_puts(&frame, HOME);

	while (ok && lines.n && (end = memchr(lines.p, '\n', lines.n))) {
		size_t n = (size_t)(end - lines.p);
		ok = buf_put(&frame, lines.p, n);
		lines = span_from(lines, n + 1);
		ok = ok && buf_puts(&frame, lines.n ? CLEAR_LINE : "\033[K");
	}
	ok = ok && buf_puts(&frame, CLEAR_BELOW) && write_all(buf_span(&frame));
	buf_free(&frame);
	return ok;
}

void screen_size(unsigned *rows, unsigned *cols)
{
	struct winsize w = {0};

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);
	*rows = w.ws_row ? w.ws_row : 24;
	*cols = w.ws_col ? w.ws_col : 80;
}

static const struct {
	const char *bytes;
	enum top_key key;
} keys[] = {
	{"\033[A", TOP_KEY_UP},
	{"\033OA", TOP_KEY_UP},
	{"\033[B", TOP_KEY_DOWN},
	{"\033OB", TOP_KEY_DOWN},
	{"\033[5~", TOP_KEY_PAGE_UP},
	{"\033[6~", TOP_KEY_PAGE_DOWN},
	{"\033[H", TOP_KEY_HOME},
	{"\033OH", TOP_KEY_HOME},
	{"\033[1~", TOP_KEY_HOME},
	{"\033[F", TOP_KEY_END},
	{"\033OF", TOP_KEY_END},
	{"\033[4~", TOP_KEY_END},
	{"q", TOP_KEY_QUIT},
	{"Q", TOP_KEY_QUIT},
	{"s", TOP_KEY_SORT},
	{"k", TOP_KEY_UP},
	{"j", TOP_KEY_DOWN},
	{" ", TOP_KEY_PAGE_DOWN},
};

enum top_key screen_key(struct span *typed)
{
	for (size_t i = 0; i < nitems(keys); i++) {
		if (!span_starts(*typed, span_of(keys[i].bytes)))
			continue;
		*typed = span_from(*typed, strlen(keys[i].bytes));
		return keys[i].key;
	}
	*typed = span_from(*typed, 1);
	return TOP_KEY_NONE;
}

bool screen_is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < nitems(names); i++) {
		const char *value = getenv(names[i]);
		if (value && value[0])
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}
