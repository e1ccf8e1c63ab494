/* SPDX-License-Identifier: MIT
 *
 * check_cidr: addresses and networks, in and out of their texts.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/cidr.h"

static struct ip ip(const char *text)
{
	struct ip it;

	ck_assert_msg(ip_parse(span_of(text), &it), "%s", text);
	return it;
}

/* ---- addresses ---- */

static const struct {
	const char *text, *again; /* NULL: it is no address */
} addresses[] = {
	{"0.0.0.0", "0.0.0.0"},
	{"1.20.255.9", "1.20.255.9"},
	{"255.255.255.255", "255.255.255.255"},
	{"100.10.1.0", "100.10.1.0"},
	{"::1", "::1"},
	{"2001:DB8:0:0::0:1", "2001:db8::1"},
	{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	{"::ffff:192.0.2.1", "192.0.2.1"},
	{"::FFFF:c000:201", "192.0.2.1"},
	{"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
	{"::", NULL},
	{"0::0", NULL},
	{"", NULL},
	{"1.2.3", NULL},
	{"1.2.3.4.5", NULL},
	{"1.2.3.256", NULL},
	{"1.2.3.04", NULL},
	{"0x1.2.3.4", NULL},
	{" 1.2.3.4", NULL},
	{"1.2.3.4 ", NULL},
	{"1.2.3.4:80", NULL},
	{"16909060", NULL},
	{"[::1]", NULL},
	{"::1%lo", NULL},
	{"1::2::3", NULL},
	{":::", NULL},
	{"12345::", NULL},
	{"localhost", NULL},
	{"0000:0000:0000:0000:0000:ffff:255.255.255.2555", NULL},
	{"00000000000000000000000000000000000000000000000000:1", NULL},
};

START_TEST(addresses_are_read_and_written)
{
	char text[IP_TEXT_MAX];
	struct ip it;
	bool is = ip_parse(span_of(addresses[_i].text), &it);

	ck_assert_msg(is == (addresses[_i].again != NULL), "%s", addresses[_i].text);
	if (is)
		ck_assert_str_eq(ip_put(&it, text), addresses[_i].again);
}
END_TEST

START_TEST(a_nul_is_no_end)
{
	struct ip it;

	ck_assert(!ip_parse(SPAN_LIT("1.2.3.4\0"), &it));
	ck_assert(!ip_parse((struct span){"1.2.3.4\0x", 9}, &it));
	ck_assert(!ip_parse(SPAN_NONE, &it));
}
END_TEST

START_TEST(every_byte_is_written_right)
{
	char text[IP_TEXT_MAX], wanted[32];

	for (unsigned i = 0; i < 256; i++) {
		uint8_t v4[4] = {(uint8_t)i, 0, (uint8_t)(255 - i), (uint8_t)(i / 2)};
		struct ip it = ip_from_v4(v4);
		snprintf(wanted, sizeof wanted, "%u.0.%u.%u", i, 255 - i, i / 2);
		ck_assert_str_eq(ip_put(&it, text), wanted);
		ck_assert(ip_is_v4(&it) && !ip_is_none(&it));
	}
}
END_TEST

START_TEST(none_is_nothing)
{
	struct ip none = {{0}};
	char text[IP_TEXT_MAX];

	ck_assert(ip_is_none(&none) && !ip_is_v4(&none));
	ck_assert_str_eq(ip_put(&none, text), "");
}
END_TEST

START_TEST(ports)
{
	static const char *const bad[] = {
		"", "65536", "99999", "00", "080", "-1", "+1", "1 ", " 1", "0x1", "123456"};
	uint16_t port;

	ck_assert(ip_port_parse(SPAN_LIT("0"), &port) && port == 0);
	ck_assert(ip_port_parse(SPAN_LIT("65535"), &port) && port == 65535);
	ck_assert(ip_port_parse(SPAN_LIT("8080"), &port) && port == 8080);
	for (size_t i = 0; i < nitems(bad); i++)
		ck_assert_msg(!ip_port_parse(span_of(bad[i]), &port), "'%s'", bad[i]);
}
END_TEST

START_TEST(ends_of_sockets)
{
	struct sockaddr_storage ss = {.ss_family = AF_INET};
	struct sockaddr_in *in = (void *)&ss;
	struct sockaddr_in6 *in6 = (void *)&ss;
	char text[IP_TEXT_MAX];
	struct endpoint e;

	in->sin_addr.s_addr = htonl(0xc0000207);
	in->sin_port = htons(1234);
	e = endpoint_of(&ss);
	ck_assert_str_eq(ip_put(&e.ip, text), "192.0.2.7");
	ck_assert_uint_eq(e.port, 1234);
	ss = (struct sockaddr_storage){.ss_family = AF_INET6};
	in6->sin6_addr = in6addr_loopback;
	in6->sin6_port = htons(65535);
	e = endpoint_of(&ss);
	ck_assert_str_eq(ip_put(&e.ip, text), "::1");
	ck_assert_uint_eq(e.port, 65535);
	ss.ss_family = AF_UNIX;
	e = endpoint_of(&ss);
	ck_assert(ip_is_none(&e.ip) && e.port == 0);
}
END_TEST

/* ---- networks ---- */

static const struct {
	const char *net, *address;
	bool has;
} networks[] = {
	{"10.0.0.0/8", "10.0.0.0", true},
	{"10.0.0.0/8", "10.255.255.255", true},
	{"10.0.0.0/8", "11.0.0.0", false},
	{"10.0.0.0/8", "::ffff:10.1.2.3", true},
	{"10.0.0.0/8", "::10.1.2.3", false},
	{"192.168.4.0/22", "192.168.7.255", true},
	{"192.168.4.0/22", "192.168.8.0", false},
	{"192.0.2.128/25", "192.0.2.127", false},
	{"192.0.2.1", "192.0.2.1", true},
	{"192.0.2.1", "192.0.2.2", false},
	{"192.0.2.1/32", "192.0.2.1", true},
	{"0.0.0.0/0", "203.0.113.1", true},
	{"0.0.0.0/0", "2001:db8::1", false},
	{"::ffff:10.0.0.0/104", "10.9.9.9", true},
	{"::/0", "2001:db8::1", true},
	{"::/0", "203.0.113.1", false},
	{"::/80", "203.0.113.1", false},
	{"2001:db8::/32", "2001:db8:ffff::", true},
	{"2001:db8::/32", "2001:db9::", false},
	{"2001:db8::/33", "2001:db8:8000::", false},
	{"2001:db8::1", "2001:db8::1", true},
	{"2001:db8::1/128", "2001:db8::2", false},
};

START_TEST(networks_have_addresses)
{
	struct ip it = ip(networks[_i].address);
	struct cidr net;

	ck_assert_ptr_null(cidr_parse(networks[_i].net, &net));
	ck_assert_int_eq(cidr_has(&net, &it), networks[_i].has);
}
END_TEST

START_TEST(no_network_has_nobody)
{
	struct ip none = {{0}};
	struct cidr net;

	ck_assert_ptr_null(cidr_parse("::/0", &net));
	ck_assert(!cidr_has(&net, &none));
	ck_assert_ptr_null(cidr_parse("0.0.0.0/0", &net));
	ck_assert(!cidr_has(&net, &none));
}
END_TEST

START_TEST(what_is_no_network_is_told)
{
	static const char *const bad[] = {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
		"10.0.0.0/08", "10.0.0.0/8/8", "10.0.0.0/255.0.0.0", "10/8", "10.0.0.1/8",
		"10.0.0.0/8 ", "::/129", "::", "fd00::1/8", "[::1]", "::ffff:10.0.0.1/104", "unix",
		"localhost", "10.0.0.*", "10.0.0.1-9"};
	struct cidr net;

	for (size_t i = 0; i < nitems(bad); i++)
		ck_assert_msg(cidr_parse(bad[i], &net) != NULL, "'%s'", bad[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cidr");
	TCase *tc = tcase_create("cidr");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, addresses_are_read_and_written, 0, nitems(addresses));
	tcase_add_test(tc, a_nul_is_no_end);
	tcase_add_test(tc, every_byte_is_written_right);
	tcase_add_test(tc, none_is_nothing);
	tcase_add_test(tc, ports);
	tcase_add_test(tc, ends_of_sockets);
	tcase_add_loop_test(tc, networks_have_addresses, 0, nitems(networks));
	tcase_add_test(tc, no_network_has_nobody);
	tcase_add_test(tc, what_is_no_network_is_told);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
