/* SPDX-License-Identifier: MIT
 *
 * check_notify: which addresses can be told something, how often a watchdog wants to hear, and that
 * letters come whole and in order to a reader that has no room for a while.
 */
#include "manager/notify.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"

#define MOST sizeof(((struct sockaddr_un *)NULL)->sun_path)

/* ---- addresses ---- */

static const struct {
	const char *text, *path; /* path NULL: none */
} addresses[] = {
	{"/run/systemd/notify", "/run/systemd/notify"},
	{"/n", "/n"},
	{"@/org/freedesktop/systemd1/notify", "\0/org/freedesktop/systemd1/notify"},
	{"@a", "\0a"},
	{"", NULL},
	{"/", NULL},
	{"@", NULL},
	{"run/notify", NULL},
	{"./notify", NULL},
	{"vsock:2:1234", NULL},
	{"vsock-stream:2:1234", NULL},
	{"unix:/run/notify", NULL},
};

START_TEST(an_address_is_a_unix_socket)
{
	struct sockaddr_un to;
	socklen_t len = 0;
	const char *text = addresses[_i].text, *wrong = notify_address(text, &to, &len);
	size_t n = strlen(text);

	if (!addresses[_i].path) {
		ck_assert_ptr_nonnull(wrong);
		return;
	}
	ck_assert_ptr_null(wrong);
	ck_assert_int_eq(to.sun_family, AF_UNIX);
	ck_assert_mem_eq(to.sun_path, addresses[_i].path, n);
	ck_assert_uint_eq(len, offsetof(struct sockaddr_un, sun_path) + n + (text[0] == '/'));
}
END_TEST

/* A path takes a NUL behind it, a name in the abstract space none. */
static const struct {
	char first;
	size_t len;
	bool fits;
} lengths[] = {{'/', MOST - 1, true}, {'/', MOST, false}, {'@', MOST, true}, {'@', MOST + 1, false},
	{'/', 4000, false}};

START_TEST(an_address_has_a_length)
{
	static char text[4001];
	struct sockaddr_un to;
	socklen_t len;
	const char *wrong;

	memset(text, 'a', lengths[_i].len);
	text[0] = lengths[_i].first;
	text[lengths[_i].len] = '\0';
	wrong = notify_address(text, &to, &len);
	ck_assert_int_eq(wrong == NULL, lengths[_i].fits);
	if (!wrong)
		ck_assert_uint_le(len, sizeof to);
}
END_TEST

/* ---- the watchdog ---- */

static const struct {
	const char *usec, *pid;
	int64_t ms;
	const char *wrong;
} watchdogs[] = {
	{NULL, NULL, 0, NULL},
	{NULL, "77", 0, NULL},
	{"30000000", NULL, 15000, NULL},
	{"30000000", "77", 15000, NULL},
	{"30000000", "78", 0, NULL},
	{"x", "78", 0, NULL},
	{"3000000", "77", 1500, NULL},
	{"5001", "77", 2, NULL},
	{"1999", "77", 1, NULL},
	{"1", NULL, 1, NULL},
	{"18446744073709551615", NULL, 0, "WATCHDOG_USEC is no time"},
	{"0", NULL, 0, "WATCHDOG_USEC is no time"},
	{"", NULL, 0, "WATCHDOG_USEC is no time"},
	{"-5", NULL, 0, "WATCHDOG_USEC is no time"},
	{"30s", "77", 0, "WATCHDOG_USEC is no time"},
	{"30000000", "", 0, "WATCHDOG_PID is no number"},
	{"30000000", "77x", 0, "WATCHDOG_PID is no number"},
};

START_TEST(a_watchdog_is_told_twice_as_often)
{
	int64_t ms = -1;

	ck_assert_pstr_eq(notify_watchdog(watchdogs[_i].usec, watchdogs[_i].pid, 77, &ms),
		watchdogs[_i].wrong);
	ck_assert_int_eq(ms, watchdogs[_i].ms);
}
END_TEST

/* ---- letters ---- */

static struct loop loop;
static struct notify n;
static char dir[] = "/tmp/check-notify.XXXXXX", path[64], text[8192];
static int reader;

static void setup(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	log_open(NULL, LOG_AT_ALERT);
	ck_assert_int_eq(loop_init(&loop), 0);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/notify", dir);
	strcpy(at.sun_path, path);
	reader = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(reader, (struct sockaddr *)&at, sizeof at), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "4000000", 1);
	unsetenv("WATCHDOG_PID");
	notify_take(&n);
	notify_begin(&n, &loop);
}

static void teardown(void)
{
	notify_end(&n);
	notify_end(&n);
	ck_assert_uint_eq(loop.timers, 0);
	loop_close(&loop);
	fd_close(&reader);
	unlink(path);
	rmdir(dir);
	strcpy(dir, "/tmp/check-notify.XXXXXX");
}

/* The next letter; "" if there is none. */
static const char *next(void)
{
	ssize_t len = recv(reader, text, sizeof text - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	return text;
}

START_TEST(variables_are_taken)
{
	ck_assert_int_ge(n.fd, 0);
	ck_assert_int_eq(n.watchdog_ms, 2000);
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	notify_tell(&n, "READY=1\nSTATUS=%d pools", 3);
	ck_assert_str_eq(next(), "READY=1\nSTATUS=3 pools");
	ck_assert_str_eq(next(), "");
}
END_TEST

START_TEST(without_a_reader_nothing_is_done)
{
	struct notify none;

	setenv("WATCHDOG_USEC", "4000000", 1);
	setenv("NOTIFY_SOCKET", "vsock:2:1", 1);
	notify_take(&none);
	ck_assert_int_eq(none.fd, -1);
	ck_assert_int_eq(none.watchdog_ms, 0);
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	notify_begin(&none, &loop);
	notify_tell(&none, "READY=1");
	ck_assert(notify_hint(&none, "WATCHDOG=1"));
	ck_assert_uint_eq(loop.timers, 0);
	notify_end(&none);
}
END_TEST

START_TEST(a_reader_that_left_is_no_fault)
{
	fd_close(&reader);
	notify_tell(&n, "READY=1");
	ck_assert(n.complained);
	ck_assert_uint_eq(loop.timers, 0);
	ck_assert_uint_eq(buf_len(&n.owed), 0);
}
END_TEST

START_TEST(what_must_come_comes_later_and_in_order)
{
	unsigned sent = 0;

	while (notify_hint(&n, "WATCHDOG=1"))
		ck_assert_uint_lt(++sent, 1000000);
	notify_tell(&n, "RELOADING=1");
	notify_tell(&n, "READY=1");
	ck_assert_uint_eq(loop.timers, 1);
	ck_assert_str_eq(next(), "WATCHDOG=1");
	ck_assert(!notify_hint(&n, "STATUS=overtakes")); /* though there is room */
	while (--sent)
		ck_assert_str_eq(next(), "WATCHDOG=1");
	while (loop.timers)
		loop_turn(&loop, -1);
	ck_assert_str_eq(next(), "RELOADING=1");
	ck_assert_str_eq(next(), "READY=1");
	ck_assert_str_eq(next(), "");
	ck_assert(notify_hint(&n, "STATUS=x"));
}
END_TEST

START_TEST(what_is_owed_has_an_end)
{
	while (notify_hint(&n, "WATCHDOG=1"))
		;
	for (int i = 0; i < 10000; i++)
		notify_tell(&n, "STATUS=%d", i);
	ck_assert_uint_lt(buf_len(&n.owed), 64 * 1024);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("notify");
	TCase *t = tcase_create("variables"), *l = tcase_create("letters");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, an_address_is_a_unix_socket, 0, (int)nitems(addresses));
	tcase_add_loop_test(t, an_address_has_a_length, 0, (int)nitems(lengths));
	tcase_add_loop_test(t, a_watchdog_is_told_twice_as_often, 0, (int)nitems(watchdogs));
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(l, setup, teardown);
	tcase_add_test(l, variables_are_taken);
	tcase_add_test(l, without_a_reader_nothing_is_done);
	tcase_add_test(l, a_reader_that_left_is_no_fault);
	tcase_add_test(l, what_must_come_comes_later_and_in_order);
	tcase_add_test(l, what_is_owed_has_an_end);
	suite_add_tcase(s, l);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
