/* SPDX-License-Identifier: MIT
 *
 * check_activated: what the variables of sd_listen_fds(3) say, and which socket is meant by a
 * listen. That descriptors are taken is a flow test's: here they are those of the test's frame.
 */
#include "manager/activated.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/span.h"

static const struct {
	const char *pid, *fds, *names;
	size_t n;
	const char *why;
} variables[] = {
	{NULL, NULL, NULL, 0, NULL},
	{"77", NULL, NULL, 0, NULL},
	{NULL, "1", "a", 0, NULL},
	{"77", "0", NULL, 0, NULL},
	{"77", "0", "", 0, NULL},
	{"77", "1", NULL, 1, NULL},
	{"77", "3", NULL, 3, NULL},
	{"77", "1", "web", 1, NULL},
	{"77", "1", "", 1, NULL},
	{"77", "3", "a:b:c", 3, NULL},
	{"77", "3", "a::a", 3, NULL},
	{"77", "3", "::", 3, NULL},
	/* for somebody else: nothing of it is of interest */
	{"78", "1", NULL, 0, NULL},
	{"7", "x", "a:b", 0, NULL},
	{"x", "1", NULL, 0, "LISTEN_PID is no number"},
	{"", "1", NULL, 0, "LISTEN_PID is no number"},
	{"-77", "1", NULL, 0, "LISTEN_PID is no number"},
	{" 77", "1", NULL, 0, "LISTEN_PID is no number"},
	{"77x", "1", NULL, 0, "LISTEN_PID is no number"},
	{"99999999999999999999", "1", NULL, 0, "LISTEN_PID is no number"},
	{"77", "", NULL, 0, "LISTEN_FDS is no number of sockets"},
	{"77", "-1", NULL, 0, "LISTEN_FDS is no number of sockets"},
	{"77", "1 ", NULL, 0, "LISTEN_FDS is no number of sockets"},
	{"77", "0x1", NULL, 0, "LISTEN_FDS is no number of sockets"},
	{"77", "1001", NULL, 0, "LISTEN_FDS is no number of sockets"},
	{"77", "4294967297", NULL, 0, "LISTEN_FDS is no number of sockets"},
	{"77", "2", "a", 0, "LISTEN_FDNAMES has not as many names as LISTEN_FDS says"},
	{"77", "2", "", 0, "LISTEN_FDNAMES has not as many names as LISTEN_FDS says"},
	{"77", "1", "a:b", 0, "LISTEN_FDNAMES has not as many names as LISTEN_FDS says"},
	{"77", "2", "a:b:", 0, "LISTEN_FDNAMES has not as many names as LISTEN_FDS says"},
};

START_TEST(variables_say_how_many)
{
	size_t n = 5;
	const char *why = activated_count(
		variables[_i].pid, variables[_i].fds, variables[_i].names, 77, &n);

	ck_assert_pstr_eq(why, variables[_i].why);
	ck_assert_uint_eq(n, variables[_i].n);
}
END_TEST

/* ---- which one ---- */

static struct activated all;

static void add(const char *name, const char *address, bool both)
{
	all.at = mem_array(all.at, all.n + 1, sizeof *all.at);
	all.at[all.n++] = (struct activated_socket){.fd = open("/dev/null", O_RDONLY | O_CLOEXEC),
		.name = mem_strdup(name),
		.address = mem_strdup(address),
		.both = both};
}

static void setup(void)
{
	log_open(NULL, LOG_AT_ALERT);
	all = ACTIVATED_NONE;
	add("web", "127.0.0.1:8080", false);
	add("app", "unix:/run/app.sock", false);
	add("web", "[::]:8081", true);
	add("six", "[::]:8082", false);
	add("", "unix:@hidden", false);
}

static void teardown(void)
{
	activated_free(&all);
}

static const struct {
	const char *address;
	int at; /* -1: none */
} addresses[] = {{"127.0.0.1:8080", 0}, {"localhost:8080", 0}, {"127.0.0.1:08080", 0}, {"8080", -1},
	{"127.0.0.1:8081", -1}, {"[::]:8081", 2}, {"8081", 2}, {"*:8081", 2}, {"0.0.0.0:8081", 2},
	{"[0::0]:8082", 3}, {"8082", -1}, {"*:8082", -1}, {"[::1]:8081", -1},
	{"unix:/run/app.sock", 1}, {"unix:/run/app", -1}, {"unix:@hidden", -1}, {"nonsense", -1},
	{"0", -1}, {"127.0.0.1:0", -1}};

START_TEST(an_address_finds_its_socket)
{
	const struct activated_socket *s = activated_at(&all, addresses[_i].address);

	ck_assert_int_eq(s ? (int)(s - all.at) : -1, addresses[_i].at);
	ck_assert_ptr_null(activated_at(NULL, addresses[_i].address));
}
END_TEST

START_TEST(a_name_may_have_several)
{
	size_t from = 0;

	ck_assert_ptr_eq(activated_named(&all, "web", &from), &all.at[0]);
	ck_assert_ptr_eq(activated_named(&all, "web", &from), &all.at[2]);
	ck_assert_ptr_null(activated_named(&all, "web", &from));
	from = 0;
	ck_assert_ptr_null(activated_named(&all, "we", &from));
	from = 0;
	ck_assert_ptr_null(activated_named(NULL, "web", &from));
}
END_TEST

START_TEST(what_nobody_wants_is_closed)
{
	size_t from = 0;

	all.at[0].used = all.at[1].used = true;
	activated_close_unused(&all);
	ck_assert_int_ge(all.at[0].fd, 0);
	ck_assert_int_eq(all.at[2].fd, -1);
	ck_assert_int_eq(all.at[4].fd, -1);
	ck_assert_ptr_null(activated_at(&all, "8081"));
	ck_assert_ptr_eq(activated_named(&all, "web", &from), &all.at[0]);
	ck_assert_ptr_null(activated_named(&all, "web", &from));
	activated_close_unused(NULL);
}
END_TEST

START_TEST(without_variables_there_are_none)
{
	struct activated a;
	char why[200];

	unsetenv("LISTEN_PID");
	setenv("LISTEN_FDS", "1", 1);
	ck_assert(activated_take(&a, why, sizeof why));
	ck_assert_uint_eq(a.n, 0);
	ck_assert_ptr_null(getenv("LISTEN_FDS"));
	activated_free(&a);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("activated");
	TCase *tc = tcase_create("activated");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, variables_say_how_many, 0, (int)nitems(variables));
	tcase_add_loop_test(tc, an_address_finds_its_socket, 0, (int)nitems(addresses));
	tcase_add_test(tc, a_name_may_have_several);
	tcase_add_test(tc, what_nobody_wants_is_closed);
	tcase_add_test(tc, without_variables_there_are_none);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
