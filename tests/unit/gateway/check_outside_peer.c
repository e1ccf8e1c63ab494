/* SPDX-License-Identifier: MIT
 *
 * check_outside_peer: addresses of external pools, as they are configured.
 */
#include "gateway/outside_peer.h"

#include <arpa/inet.h>

#include "tests/unit/gateway/stage.h"

/* What comes of it: a socket's path or an address; of a name the host; or nothing. */
static const struct {
	const char *text;
	enum outside_kind kind;
	int family;
	const char *is;
	uint16_t port;
} places[] = {
	{"unix:/run/app.sock", OUTSIDE_PEER, AF_UNIX, "/run/app.sock", 0},
	{"unix:a:1", OUTSIDE_PEER, AF_UNIX, "a:1", 0},
	{"unix:", OUTSIDE_NONSENSE, 0, NULL, 0},
	{"127.0.0.1:9000", OUTSIDE_PEER, AF_INET, "127.0.0.1", 9000},
	{"[::1]:65535", OUTSIDE_PEER, AF_INET6, "::1", 65535},
	{"[::ffff:10.0.0.1]:1", OUTSIDE_PEER, AF_INET6, "::ffff:10.0.0.1", 1},
	{"localhost:9000", OUTSIDE_NAME, 0, "localhost", 9000},
	{"php.example.net:80", OUTSIDE_NAME, 0, "php.example.net", 80},
	{"127.0.0:9000", OUTSIDE_NAME, 0, "127.0.0", 9000},
	{"", OUTSIDE_NONSENSE, 0, NULL, 0},
	{"localhost", OUTSIDE_NONSENSE, 0, NULL, 0},
	{"localhost:", OUTSIDE_NONSENSE, 0, NULL, 0},
	{":9000", OUTSIDE_NONSENSE, 0, NULL, 0},
	{"localhost:0", OUTSIDE_NONSENSE, 0, NULL, 0},
	{"localhost:65536", OUTSIDE_NONSENSE, 0, NULL, 0},
	{"localhost:99999999999", OUTSIDE_NONSENSE, 0, NULL, 0},
	{"localhost:-1", OUTSIDE_NONSENSE, 0, NULL, 0},
	{"localhost:9x", OUTSIDE_NONSENSE, 0, NULL, 0},
	{"::1:9000", OUTSIDE_NONSENSE, 0, NULL, 0},
	{"[localhost]:9000", OUTSIDE_NONSENSE, 0, NULL, 0},
	{"[]:9000", OUTSIDE_NONSENSE, 0, NULL, 0},
	{"[127.0.0.1]:9000", OUTSIDE_NONSENSE, 0, NULL, 0},
};

/* Of an address without a name, as it was. */
static void shows(const struct fcgi_peer *p, const char *is, uint16_t port)
{
	char text[INET6_ADDRSTRLEN];

	if (p->any.sa_family == AF_UNIX) {
		ck_assert_str_eq(p->un.sun_path, is);
	} else if (p->any.sa_family == AF_INET) {
		ck_assert_str_eq(inet_ntop(AF_INET, &p->in.sin_addr, text, sizeof text), is);
		ck_assert_uint_eq(ntohs(p->in.sin_port), port);
	} else {
		ck_assert_str_eq(inet_ntop(AF_INET6, &p->in6.sin6_addr, text, sizeof text), is);
		ck_assert_uint_eq(ntohs(p->in6.sin6_port), port);
	}
}

START_TEST(what_is_configured)
{
	struct outside_place got = outside_place_read(span_of(places[_i].text));

	ck_assert_int_eq(got.kind, places[_i].kind);
	if (got.kind == OUTSIDE_PEER) {
		ck_assert_int_eq(got.peer.any.sa_family, places[_i].family);
		shows(&got.peer, places[_i].is, places[_i].port);
	} else if (got.kind == OUTSIDE_NAME) {
		ck_assert_str_eq(got.host, places[_i].is);
		ck_assert_uint_eq(got.port, places[_i].port);
		ck_assert_uint_eq(got.peer.len, 0);
	}
}
END_TEST

START_TEST(a_path_may_be_too_long)
{
	char text[5 + sizeof((struct sockaddr_un){0}.sun_path) + 1] = "unix:";

	memset(text + 5, 'a', sizeof text - 6);
	ck_assert_int_eq(outside_place_read(span_of(text)).kind, OUTSIDE_NONSENSE);
	text[sizeof text - 2] = '\0';
	ck_assert_int_eq(outside_place_read(span_of(text)).kind, OUTSIDE_PEER);
}
END_TEST

START_TEST(a_host_may_be_too_long)
{
	char text[OUTSIDE_HOST_MAX + 3];

	memset(text, 'a', OUTSIDE_HOST_MAX);
	strcpy(text + OUTSIDE_HOST_MAX, ":1");
	ck_assert_int_eq(outside_place_read(span_of(text)).kind, OUTSIDE_NONSENSE);
	ck_assert_int_eq(outside_place_read(span_of(text + 1)).kind, OUTSIDE_NAME);
}
END_TEST

START_TEST(the_same_or_not)
{
	static const char *const all[] = {"unix:/a", "unix:/b", "127.0.0.1:1", "127.0.0.1:2",
		"127.0.0.2:1", "[::1]:1", "[::1]:2", "[::2]:1"};

	for (size_t i = 0; i < nitems(all); i++)
		for (size_t k = 0; k < nitems(all); k++) {
			struct outside_place a = outside_place_read(span_of(all[i])),
					     b = outside_place_read(span_of(all[k]));
			ck_assert_int_eq(outside_peer_same(&a.peer, &b.peer), i == k);
		}
}
END_TEST

START_TEST(names_say_where_they_have_led_to)
{
	struct outside_place four = outside_place_read(SPAN_LIT("10.0.0.1:9")),
			     six = outside_place_read(SPAN_LIT("[::1]:9")),
			     socket = outside_place_read(SPAN_LIT("unix:/a"));
	struct fcgi_peer none = {0};
	char label[OUTSIDE_LABEL_MAX];

	outside_peer_label(label, SPAN_LIT("db:9"), true, &four.peer);
	ck_assert_str_eq(label, "db:9 (10.0.0.1)");
	outside_peer_label(label, SPAN_LIT("db:9"), true, &six.peer);
	ck_assert_str_eq(label, "db:9 (::1)");
	outside_peer_label(label, SPAN_LIT("db:9"), true, &none);
	ck_assert_str_eq(label, "db:9");
	outside_peer_label(label, SPAN_LIT("10.0.0.1:9"), false, &four.peer);
	ck_assert_str_eq(label, "10.0.0.1:9");
	outside_peer_label(label, SPAN_LIT("unix:/a"), false, &socket.peer);
	ck_assert_str_eq(label, "unix:/a");
}
END_TEST

START_TEST(only_families_that_are_spoken)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct fcgi_peer p;

	ck_assert(!outside_peer_of(&p, (const struct sockaddr *)&un, 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("outside_peer");
	TCase *tc = tcase_create("outside_peer");

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, what_is_configured, 0, (int)nitems(places));
	tcase_add_test(tc, a_path_may_be_too_long);
	tcase_add_test(tc, a_host_may_be_too_long);
	tcase_add_test(tc, the_same_or_not);
	tcase_add_test(tc, names_say_where_they_have_led_to);
	tcase_add_test(tc, only_families_that_are_spoken);
	return stage_run(suite);
}
