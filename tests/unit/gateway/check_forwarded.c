/* SPDX-License-Identifier: MIT
 *
 * check_forwarded: whom lists name that were written by many hands, some of them dirty.
 */
#include "gateway/forwarded.h"

#include <stdio.h>

#include "tests/unit/feed.h"

/* Ours are 10.0.0.0/8, fd00::/8; the peer is 10.0.0.1. */
static bool trusts(const void *arg, const struct ip *ip)
{
	(void)arg;
	return (ip_is_v4(ip) && ip->bytes[12] == 10) || ip->bytes[0] == 0xfd;
}

static struct http_head head;
static char text[4096];

static struct forwarded read_all(const char *fields)
{
	const struct http_limits lim = {sizeof text, sizeof text, 64};
	struct forwarded f = {.client = {.port = 77}};
	size_t scan = 0;

	snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", fields);
	memset(&head, 0, offsetof(struct http_head, headers));
	ck_assert_msg(http_parse_head(text, strlen(text), &scan, &lim, &head) > 0, "%s", fields);
	ck_assert(ip_parse(SPAN_LIT("10.0.0.1"), &f.client.ip));
	forwarded_read(&head, text, trusts, NULL, &f);
	return f;
}

static const char *client(const char *fields)
{
	static char who[IP_TEXT_MAX + 32];
	struct forwarded f = read_all(fields);
	char address[IP_TEXT_MAX];

	snprintf(who, sizeof who, "%s %u%s", ip_put(&f.client.ip, address), f.client.port,
		f.secure ? " https" : "");
	return who;
}

#define PEER "10.0.0.1 77"
#define XFF  "X-Forwarded-For: "
#define XFP  "X-Forwarded-Proto: "
#define FWD  "Forwarded: "

static const struct {
	const char *fields, *who;
} heads[] = {
	{"", PEER},
	{"X-Real-IP: 192.0.2.1\r\nX_Forwarded_For: 192.0.2.1\r\nX-Forwarded: for=192.0.2.1\r\n",
		PEER},

	/* X-Forwarded-For: one address in many clothes. */
	{XFF "192.0.2.1\r\n", "192.0.2.1 0"},
	{"x-forwarded-FOR:192.0.2.1\r\n", "192.0.2.1 0"},
	{XFF "192.0.2.1:8080\r\n", "192.0.2.1 8080"},
	{XFF "2001:db8::1\r\n", "2001:db8::1 0"},
	{XFF "[2001:db8::1]\r\n", "2001:db8::1 0"},
	{XFF "[2001:db8::1]:1\r\n", "2001:db8::1 1"},
	{XFF "::ffff:192.0.2.1\r\n", "192.0.2.1 0"},
	{XFF "[::ffff:192.0.2.1]:9\r\n", "192.0.2.1 9"},
	/* ... and what is none. */
	{XFF "\r\n", PEER},
	{XFF ",,, ,\r\n", PEER},
	{XFF "unknown\r\n", PEER},
	{XFF "192.0.2\r\n", PEER},
	{XFF "192.0.2.1:\r\n", PEER},
	{XFF "192.0.2.1:65536\r\n", PEER},
	{XFF "192.0.2.1:x\r\n", PEER},
	{XFF "192.0.2.1 192.0.2.2\r\n", PEER},
	{XFF "192.0.2.1;192.0.2.2\r\n", PEER},
	{XFF "\"192.0.2.1\"\r\n", PEER},
	{XFF "[192.0.2.1]\r\n", PEER},
	{XFF "[2001:db8::1\r\n", PEER},
	{XFF "2001:db8::1]\r\n", PEER},
	{XFF "[2001:db8::1]x\r\n", PEER},
	{XFF "[]\r\n", PEER},
	{XFF "[\r\n", PEER},
	{XFF "]\r\n", PEER},
	{XFF ":\r\n", PEER},
	{XFF ":80\r\n", PEER},
	{XFF "::\r\n", PEER},
	{XFF "[::]:80\r\n", PEER},
	{XFF "localhost\r\n", PEER},
	{XFF "192.0.2.01\r\n", PEER},
	{XFF "fe80::1%eth0\r\n", PEER},
	/* Lists, read from the end; only what trusted ones have written. */
	{XFF "198.51.100.9, 192.0.2.1\r\n", "192.0.2.1 0"},
	{XFF "198.51.100.9,192.0.2.1 \t, 10.0.0.2\r\n", "192.0.2.1 0"},
	{XFF "198.51.100.9, 192.0.2.1, 10.0.0.2, fd00::7\r\n", "192.0.2.1 0"},
	{XFF "10.0.0.3, 10.0.0.2\r\n", "10.0.0.3 0"}, /* all are ours: the first */
	{XFF "192.0.2.1, unknown, 10.0.0.2\r\n", "10.0.0.2 0"},
	{XFF "192.0.2.1, , 10.0.0.2,\r\n", "192.0.2.1 0"},
	{XFF "nonsense, 192.0.2.1\r\n", "192.0.2.1 0"},
	{XFF "\"open, 192.0.2.1\r\n", "192.0.2.1 0"},
	/* Lines of one name are one list. */
	{XFF "198.51.100.9\r\n" XFF "192.0.2.1\r\n", "192.0.2.1 0"},
	{XFF "192.0.2.1\r\nX: y\r\n" XFF "10.0.0.2\r\n", "192.0.2.1 0"},
	{XFF "198.51.100.9, 192.0.2.1\r\n" XFF "10.0.0.3, 10.0.0.2\r\n", "192.0.2.1 0"},
	{XFF "192.0.2.1\r\n" XFF "\r\n" XFF ",\r\n", "192.0.2.1 0"},

	/* X-Forwarded-Proto. */
	{XFP "https\r\n", PEER " https"},
	{XFP "HTTPS\r\n", PEER " https"},
	{XFP "http\r\n", PEER},
	{XFP "wss\r\n", PEER},
	{XFP "https://\r\n", PEER},
	{XFP "\r\n", PEER},
	{XFF "192.0.2.1\r\n" XFP "https\r\n", "192.0.2.1 0 https"},
	{XFF "unknown\r\n" XFP "https\r\n", PEER " https"},
	/* One for each proxy, or one alone. */
	{XFF "192.0.2.1, 10.0.0.2\r\n" XFP "https, http\r\n", "192.0.2.1 0 https"},
	{XFF "192.0.2.1, 10.0.0.2\r\n" XFP "http, https\r\n", "192.0.2.1 0"},
	{XFF "192.0.2.1, 10.0.0.2\r\n" XFP "https\r\n", "192.0.2.1 0 https"},
	/* What the client claimed. */
	{XFF "192.0.2.1\r\n" XFP "https, http\r\n", "192.0.2.1 0"},
	{XFF "192.0.2.1\r\n" XFP "https\r\n" XFP "http\r\n", "192.0.2.1 0"},

	/* Forwarded. */
	{FWD "for=192.0.2.1\r\n", "192.0.2.1 0"},
	{FWD "For=192.0.2.1\r\n", "192.0.2.1 0"},
	{FWD "for=\"192.0.2.1\"\r\n", "192.0.2.1 0"},
	{FWD "for=\"192.0.2.1:4711\"\r\n", "192.0.2.1 4711"},
	{FWD "for=192.0.2.1:4711\r\n", "192.0.2.1 4711"}, /* common, if against the grammar */
	{FWD "for=\"[2001:db8:cafe::17]:4711\"\r\n", "2001:db8:cafe::17 4711"},
	{FWD "for=[2001:db8:cafe::17]\r\n", "2001:db8:cafe::17 0"},
	{FWD "for=\"[2001:db8:cafe::17]:_hidden\"\r\n", "2001:db8:cafe::17 0"},
	{FWD "for=192.0.2.1;proto=https;by=203.0.113.43\r\n", "192.0.2.1 0 https"},
	{FWD "proto=https;host=\"a,b;c\";for=192.0.2.1\r\n", "192.0.2.1 0 https"},
	{FWD "for=192.0.2.1 ; Proto=\"HTTPS\" ;\r\n", "192.0.2.1 0 https"},
	{FWD "for=192.0.2.1; secret=egah2CGj55fSJFs, for=10.0.0.2\r\n", "192.0.2.1 0"},
	{FWD "for=198.51.100.9, for=192.0.2.1;proto=https, for=10.0.0.2;proto=http\r\n",
		"192.0.2.1 0 https"},
	{FWD "for=192.0.2.1, for=10.0.0.2;proto=https\r\n", "192.0.2.1 0 https"},
	{FWD "for=198.51.100.9;proto=https, for=192.0.2.1\r\n", "192.0.2.1 0"},
	{FWD "for=192.0.2.1\r\n" FWD "for=10.0.0.2\r\n", "192.0.2.1 0"},
	{FWD "for=unknown;proto=https\r\n", PEER " https"},
	{FWD "for=_SEVKISEK\r\n", PEER},
	{FWD "for=192.0.2.1, for=_gazonk, for=10.0.0.2\r\n", "10.0.0.2 0"},
	{FWD "proto=https\r\n", PEER " https"},
	{FWD "by=10.0.0.1\r\n", PEER},
	{FWD "for=192.0.2.1, by=10.0.0.1\r\n", PEER}, /* it does not say for whom */
	/* An element that breaks the grammar is not guessed at. */
	{FWD "for=192.0.2.1;for=198.51.100.9\r\n", PEER},
	{FWD "proto=https;proto=http;for=192.0.2.1\r\n", PEER},
	{FWD "192.0.2.1\r\n", PEER},
	{FWD "for\r\n", PEER},
	{FWD "for=\r\n", PEER},
	{FWD "for=\"\r\n", PEER},
	{FWD "for=\"192.0.2.1\r\n", PEER},
	{FWD "for=192.0.2.1\"\r\n", PEER},
	{FWD "for=\"192.0.2.1\"x\r\n", PEER},
	{FWD "for=\"192\\.0.2.1\"\r\n", PEER},
	{FWD "for = 192.0.2.1\r\n", PEER},
	{FWD "=192.0.2.1\r\n", PEER},
	{FWD ";;;\r\n", PEER},
	{FWD "for=192.0.2.1 proto=https\r\n", PEER},
	/* A quote that the client has left open reaches over nothing behind it. */
	{FWD "for=\"x, for=192.0.2.1\r\n", "192.0.2.1 0"},
	{FWD "for=\"x\r\n" FWD "for=192.0.2.1\r\n", "192.0.2.1 0"},
	{FWD "for=\"198.51.100.9\\\", for=192.0.2.1;by=\"[fd00::1]\"\r\n", "192.0.2.1 0"},

	/* Both: what a proxy that sets only one passes of the other is its client's. */
	{XFF "192.0.2.1\r\n" FWD "for=198.51.100.9;proto=https\r\n", "192.0.2.1 0"},
	{FWD "for=198.51.100.9\r\n" XFF "unknown\r\n", PEER},
	{FWD "for=192.0.2.1\r\n" XFP "https\r\n", "192.0.2.1 0"},

	/* Nobody may have them dropped (Apache CVE-2022-31813). */
	{XFF "192.0.2.1\r\nConnection: X-Forwarded-For, close\r\n", "192.0.2.1 0"},
	{"Connection: forwarded\r\n" FWD "for=192.0.2.1\r\n", "192.0.2.1 0"},
};

START_TEST(the_client_is_found)
{
	ck_assert_msg(strcmp(client(heads[_i].fields), heads[_i].who) == 0, "%sis for %s, not %s",
		heads[_i].fields, client(heads[_i].fields), heads[_i].who);
}
END_TEST

static const struct {
	const char *fields;
	bool traced;
} traces[] = {
	{"", false},
	{"Via: 1.1 ours\r\n", false},
	{XFP "https\r\n", false},
	{XFF "\r\n", false},
	{XFF "192.0.2.1\r\n", true},
	{XFF "10.0.0.3, 10.0.0.2\r\n", true}, /* one of ours */
	{XFF "unknown\r\n", false},
	{XFF "unix:, 10.0.0.2\r\n", false},
	{XFF "unknown, 192.0.2.1\r\n", true}, /* behind one whom nobody trusts */
	{FWD "for=192.0.2.1\r\n", true},
	{FWD "for=10.0.0.3, for=10.0.0.2\r\n", true},
	{FWD "for=_hidden;proto=https\r\n", false},
	{FWD "for=_hidden, for=10.0.0.2\r\n", false},
	{FWD "proto=https\r\n", false},
	{FWD "nonsense\r\n", false},
	/* One of the two is the client's own. */
	{XFF "192.0.2.1\r\n" FWD "for=192.0.2.1\r\n", true},
	{XFF "192.0.2.1\r\n" FWD "for=\"192.0.2.1:80\"\r\n", true},
	{XFF "10.0.0.9\r\n" FWD "for=192.0.2.1\r\n", false},
	{XFF "192.0.2.1\r\n" FWD "for=10.0.0.9\r\n", false},
	{XFF "192.0.2.1\r\n" FWD "for=_hidden\r\n", false},
	{XFF "unknown\r\n" FWD "for=192.0.2.1\r\n", false},
};

START_TEST(the_client_is_traced)
{
	ck_assert_msg(read_all(traces[_i].fields).traced == traces[_i].traced, "%sis %straced",
		traces[_i].fields, traces[_i].traced ? "not " : "");
}
END_TEST

/* Whatever a client sends: the proxy writes behind it, in the same line or in one of its own. */
START_TEST(a_client_cannot_name_another)
{
	char fields[sizeof text];

	for (size_t i = 0; i < 2; i++) {
		const char *sent = heads[_i].fields;
		bool x = strncmp(sent, XFF, strlen(XFF)) == 0;
		if (!x && strncmp(sent, FWD, strlen(FWD)) != 0)
			return;
		if (strstr(strstr(sent, "\r\n") + 2, ": "))
			return; /* one line, which the proxy goes on writing */
		int n = snprintf(fields, sizeof fields, "%.*s", (int)strcspn(sent, "\r"), sent);
		if (i == 0)
			snprintf(fields + n, sizeof fields - (size_t)n, ", %s192.0.2.77\r\n",
				x ? "" : "for=");
		else
			snprintf(fields + n, sizeof fields - (size_t)n, "\r\n%s%s192.0.2.77\r\n",
				x ? XFF : FWD, x ? "" : "for=");
		ck_assert_msg(strcmp(client(fields), "192.0.2.77 0") == 0, "%sis for %s", fields,
			client(fields));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("forwarded");
	TCase *tc = tcase_create("forwarded");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, the_client_is_found, 0, nitems(heads));
	tcase_add_loop_test(tc, the_client_is_traced, 0, nitems(traces));
	tcase_add_loop_test(tc, a_client_cannot_name_another, 0, nitems(heads));
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
