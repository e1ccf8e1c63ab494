/* SPDX-License-Identifier: MIT
 *
 * check_proxy_protocol: headers of both versions, whole, one byte at a time, and cut anywhere.
 */
#include "gateway/proxy_protocol.h"

#include <stdio.h>

#include "tests/unit/feed.h"

#define V2      "\r\n\r\n\0\r\nQUIT\n"
#define V4_PAIR "\xc0\x00\x02\x01\xcb\x00\x71\x09\x30\x39\x01\xbb"
#define V6_PAIR                                                            \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x20\x01\x0d\xb8\0\0\0" \
	"\0\0\0\0\0\0\0\0\x02\xff\xff\x00\x50"
#define NUL8   "\0\0\0\0\0\0\0\0"
#define NUL108 NUL8 NUL8 NUL8 NUL8 NUL8 NUL8 NUL8 NUL8 NUL8 NUL8 NUL8 NUL8 NUL8 "\0\0\0\0"

#define ROW(bytes, said)                       \
	{                                      \
		bytes, sizeof(bytes) - 1, said \
	}
#define V4_SAID "192.0.2.1 12345 203.0.113.9 443"
#define V6_SAID "2001:db8::1 65535 2001:db8::2 80"
#define TEN     "0123456789"

static const struct {
	const char *bytes;
	size_t n;
	const char *said; /* "": its own addresses; NULL: refused */
} headers[] = {
	/* Version 1. */
	ROW("PROXY TCP4 192.0.2.1 203.0.113.9 12345 443\r\n", V4_SAID),
	ROW("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
		"255.255.255.255 65535 255.255.255.255 65535"),
	ROW("PROXY TCP4 192.0.2.1 203.0.113.9 0 0\r\n", "192.0.2.1 0 203.0.113.9 0"),
	ROW("PROXY TCP6 2001:db8::1 2001:DB8:0:0::2 65535 80\r\n", V6_SAID),
	ROW("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535"),
	ROW("PROXY TCP6 ::ffff:192.0.2.1 ::ffff:203.0.113.9 12345 443\r\n", V4_SAID),
	ROW("PROXY UNKNOWN\r\n", ""),
	ROW("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
		""),
	ROW("PROXY UNKNOWN TCP4 192.0.2.1 \x01\xff\r\n", ""),
	ROW("PROXY UNKNOWN \r\n", ""),
	/* Its end: CR and LF within 107 bytes, and no other. */
	ROW("PROXY TCP4 192.0.2.1 203.0.113.9 12345 443\n", NULL),
	ROW("PROXY TCP4 192.0.2.1 203.0.113.9 12345 443\r\r\n", NULL),
	ROW("PROXY TCP4 192.0.2.1 203.0.113.9 12345 443\rX", NULL),
	ROW("PROXY UNKNOWN\n", NULL),
	ROW("PROXY UNKNOWN\rGET / HTTP/1.1\r\n", NULL),
	ROW("PROXY UNKNOWN \n\r\n", NULL),
	ROW("PROXY UNKNOWN " TEN TEN TEN TEN TEN TEN TEN TEN TEN "1\r\n", ""),
	ROW("PROXY UNKNOWN " TEN TEN TEN TEN TEN TEN TEN TEN TEN "12\r\n", NULL),
	/* Its words. */
	ROW("PROXY \r\n", NULL),
	ROW("PROXY UNKNOWNX\r\n", NULL),
	ROW("PROXY unknown\r\n", NULL),
	ROW("PROXY TCP5 192.0.2.1 203.0.113.9 12345 443\r\n", NULL),
	ROW("PROXY UDP4 192.0.2.1 203.0.113.9 12345 443\r\n", NULL),
	ROW("PROXY TCP4\r\n", NULL),
	ROW("PROXY TCP4 192.0.2.1\r\n", NULL),
	ROW("PROXY TCP4 192.0.2.1 203.0.113.9\r\n", NULL),
	ROW("PROXY TCP4 192.0.2.1 203.0.113.9 12345\r\n", NULL),
	ROW("PROXY TCP4 192.0.2.1 203.0.113.9 12345 \r\n", NULL),
	ROW("PROXY TCP4 192.0.2.1 203.0.113.9 12345 443 \r\n", NULL),
	ROW("PROXY TCP4 192.0.2.1 203.0.113.9 12345 443 9\r\n", NULL),
	ROW("PROXY TCP4  192.0.2.1 203.0.113.9 12345 443\r\n", NULL),
	ROW("PROXY  TCP4 192.0.2.1 203.0.113.9 12345 443\r\n", NULL),
	ROW("PROXY\tTCP4 192.0.2.1 203.0.113.9 12345 443\r\n", NULL),
	ROW("PROXY TCP4\t192.0.2.1 203.0.113.9 12345 443\r\n", NULL),
	ROW("PROXY TCP4 192.0.2.1\0 203.0.113.9 12345 443\r\n", NULL),
	ROW("PROXY TCP4 192.0.2.01 203.0.113.9 12345 443\r\n", NULL),
	ROW("PROXY TCP4 192.0.2.256 203.0.113.9 12345 443\r\n", NULL),
	ROW("PROXY TCP4 localhost 203.0.113.9 12345 443\r\n", NULL),
	ROW("PROXY TCP4 192.0.2.1 203.0.113.9 012345 443\r\n", NULL),
	ROW("PROXY TCP4 192.0.2.1 203.0.113.9 012 443\r\n", NULL),
	ROW("PROXY TCP4 192.0.2.1 203.0.113.9 65536 443\r\n", NULL),
	ROW("PROXY TCP4 192.0.2.1 203.0.113.9 -1 443\r\n", NULL),
	ROW("PROXY TCP4 192.0.2.1 203.0.113.9 1x 443\r\n", NULL),
	ROW("PROXY TCP4 2001:db8::1 2001:db8::2 65535 80\r\n", NULL),
	ROW("PROXY TCP4 192.0.2.1 2001:db8::2 65535 80\r\n", NULL),
	ROW("PROXY TCP6 192.0.2.1 203.0.113.9 12345 443\r\n", NULL),
	ROW("PROXY TCP6 2001:db8::1 203.0.113.9 12345 443\r\n", NULL),
	ROW("PROXY TCP6 [2001:db8::1] [2001:db8::2] 65535 80\r\n", NULL),
	ROW("PROXY TCP6 :: 2001:db8::2 65535 80\r\n", NULL),
	/* Another protocol. */
	ROW("GET / HTTP/1.1\r\nHost: a\r\n\r\n", NULL),
	ROW("PROXYTCP4 ", NULL),
	ROW("proxy TCP4 192.0.2.1 203.0.113.9 12345 443\r\n", NULL),
	ROW(" PROXY UNKNOWN\r\n", NULL),
	ROW("\r\nPROXY UNKNOWN\r\n", NULL),
	ROW("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NULL),
	ROW("\x16\x03\x01\x02\x00", NULL),
	ROW("\0", NULL),

	/* Version 2. */
	ROW(V2 "\x21\x11\x00\x0c" V4_PAIR, V4_SAID),
	ROW(V2 "\x21\x12\x00\x0c" V4_PAIR, V4_SAID),
	ROW(V2 "\x21\x21\x00\x24" V6_PAIR, V6_SAID),
	ROW(V2 "\x21\x22\x00\x24" V6_PAIR, V6_SAID),
	ROW(V2 "\x21\x21\x00\x24" NUL8 "\0\0\xff\xff\xc0\x00\x02\x01" NUL8
	       "\0\0\xff\xff\xcb\x00\x71\x09\x30\x39\x01\xbb",
		V4_SAID),
	/* With what else a proxy tells. */
	ROW(V2 "\x21\x11\x00\x13" V4_PAIR "\x01\x00\x02h2\x04\x00", V4_SAID),
	ROW(V2 "\x21\x11\x00\x0f" V4_PAIR "\x03\xff\xff", V4_SAID),
	ROW(V2 "\x21\x21\x00\x28" V6_PAIR "\xde\xad\xbe\xef", V6_SAID),
	/* Of whom nothing is said. */
	ROW(V2 "\x20\x00\x00\x00", ""),
	ROW(V2 "\x20\x11\x00\x0c" V4_PAIR, ""),
	ROW(V2 "\x20\xff\x00\x03"
	       "abc",
		""),
	ROW(V2 "\x20\x11\x00\x00", ""),
	ROW(V2 "\x21\x00\x00\x00", ""),
	ROW(V2 "\x21\x00\x00\x0c" V4_PAIR, ""),
	ROW(V2 "\x21\x10\x00\x0c" V4_PAIR, ""),
	ROW(V2 "\x21\x01\x00\x00", ""),
	ROW(V2 "\x21\x31\x00\xd8" NUL108 NUL108, ""),
	ROW(V2 "\x21\x32\x00\xdb" NUL108 NUL108 "abc", ""),
	/* Too short for its addresses, too long for anybody. */
	ROW(V2 "\x21\x11\x00\x0b" V4_PAIR, NULL),
	ROW(V2 "\x21\x11\x00\x00", NULL),
	ROW(V2 "\x21\x21\x00\x0c" V4_PAIR, NULL),
	ROW(V2 "\x21\x21\x00\x23" V6_PAIR, NULL),
	ROW(V2 "\x21\x31\x00\xd7" NUL108 NUL108, NULL),
	ROW(V2 "\x21\x11\xff\xff" V4_PAIR, NULL),
	ROW(V2 "\x20\x00\x0f\xf1", NULL),
	/* Versions, commands, families, transports that there are not. */
	ROW(V2 "\x11\x11\x00\x0c" V4_PAIR, NULL),
	ROW(V2 "\x31\x11\x00\x0c" V4_PAIR, NULL),
	ROW(V2 "\x01\x11\x00\x0c" V4_PAIR, NULL),
	ROW(V2 "\x22\x11\x00\x0c" V4_PAIR, NULL),
	ROW(V2 "\x2f\x11\x00\x0c" V4_PAIR, NULL),
	ROW(V2 "\x21\x41\x00\x0c" V4_PAIR, NULL),
	ROW(V2 "\x21\xf1\x00\x0c" V4_PAIR, NULL),
	ROW(V2 "\x21\x13\x00\x0c" V4_PAIR, NULL),
	ROW(V2 "\x21\x1f\x00\x0c" V4_PAIR, NULL),
	ROW(V2 "\x21\x21\x00\x24" NUL8 NUL8 NUL8 NUL8 "\0\0\0\0", NULL),
	/* Nearly the signature. */
	ROW("\r\n\r\n\0\r\nQUIT\r", NULL),
	ROW("\r\n\r\nGET", NULL),
	ROW("\r\n\r\n\0\r\nquit\n\x20\x00\x00\x00", NULL),
};

static const char *say(const struct proxy_header *h)
{
	static char text[2 * IP_TEXT_MAX + 20];
	char client[IP_TEXT_MAX], local[IP_TEXT_MAX];

	if (!h->named)
		return "";
	snprintf(text, sizeof text, "%s %u %s %u", ip_put(&h->client.ip, client), h->client.port,
		ip_put(&h->local.ip, local), h->local.port);
	return text;
}

/* Feeds what there is; the verdict, and after how many bytes it fell. */
static ssize_t feed(struct feed_wall wall, struct feed_plan plan, const char *bytes, size_t n,
	struct proxy_header *h, const char **why)
{
	ssize_t used = 0;

	for (size_t came = 0; used == 0 && came < n;) {
		came = feed_next(plan, came, n);
		*why = NULL;
		used = proxy_parse(feed_put(wall, bytes, came), came, h, why);
	}
	return used;
}

START_TEST(a_header_however_cut)
{
	static const char next[] = "GET / HTTP/1.1\r\n\r\n";
	char bytes[512];
	const size_t size = headers[_i].n, n = size + sizeof next - 1;
	struct feed_wall wall = feed_wall(n);
	struct proxy_header h;
	const char *why = NULL;

	memcpy(bytes, headers[_i].bytes, size);
	memcpy(bytes + size, next, sizeof next - 1);
	for (size_t i = 0; i < feed_plans(n); i++) {
		ssize_t used = feed(wall, feed_plan(i, n), bytes, n, &h, &why);
		if (!headers[_i].said) {
			ck_assert_msg(used == -1, "row %d, cut %zu: %zd", _i, i, used);
			ck_assert_ptr_nonnull(why);
			continue;
		}
		ck_assert_msg(used == (ssize_t)size, "row %d, cut %zu: %zd", _i, i, used);
		ck_assert_str_eq(say(&h), headers[_i].said);
		ck_assert_ptr_null(why);
	}
	feed_wall_free(wall);
}
END_TEST

START_TEST(less_than_a_header_is_waited_for)
{
	struct feed_wall wall = feed_wall(512);
	struct proxy_header h;
	const char *why;

	for (size_t n = 0; headers[_i].said && n < headers[_i].n; n++) {
		ssize_t used = proxy_parse(feed_put(wall, headers[_i].bytes, n), n, &h, &why);
		if (used == 0)
			continue;
		/* All is said: only records have to come. */
		ck_assert_int_eq(used, (ssize_t)headers[_i].n);
		ck_assert_str_eq(say(&h), headers[_i].said);
		ck_assert_int_eq(headers[_i].bytes[0], '\r');
		ck_assert_uint_ge(n, h.named ? 16 + 12 : 16);
	}
	feed_wall_free(wall);
}
END_TEST

START_TEST(the_longest_header)
{
	static char bytes[PROXY_HEADER_MAX] = V2 "\x21\x11\x0f\xf0" V4_PAIR;
	struct proxy_header h;
	const char *why;

	ck_assert_int_eq(proxy_parse(bytes, 16 + 11, &h, &why), 0);
	ck_assert_int_eq(proxy_parse(bytes, 16 + 12, &h, &why), PROXY_HEADER_MAX);
	ck_assert_str_eq(say(&h), V4_SAID);
	bytes[15] = (char)0xf1; /* said at once, not when it has come */
	ck_assert_int_eq(proxy_parse(bytes, 16, &h, &why), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proxy_protocol");
	TCase *tc = tcase_create("proxy_protocol");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, a_header_however_cut, 0, nitems(headers));
	tcase_add_loop_test(tc, less_than_a_header_is_waited_for, 0, nitems(headers));
	tcase_add_test(tc, the_longest_header);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
