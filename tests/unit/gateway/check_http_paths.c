/* SPDX-License-Identifier: MIT
 *
 * check_http_paths: targets as they come in messages, and the one form in which the house knows
 * them: what costumes were tried on other servers, and what each is here.
 */
#include "tests/unit/gateway/messages.h"

#define AT(target) "GET " target " HTTP/1.1\r\n" HOST END EVIL
#define IS(path)   "GET " path " 1 - | GET /evil 1 -"

static const struct message rows[] = {
	/* Any byte below 0x21, and 0x7f, ends the trust (nginx CVE-2013-4547). */
	M(AT("/a\0"), "400"),
	M(AT("/a\0b"), "400"),
	M(AT("/a\tb"), "400"),
	M(AT("/a \0.php"), "400"),
	M(AT("/a\x01"), "400"),
	M(AT("/a\x1f"), "400"),
	M(AT("/a\x7f"), "400"),
	M(AT("/a\x80"), "400"),
	M(AT("/\xc3\xa9"), "400"),
	M(AT("/?\xc3\xa9"), "400"),
	M(AT("/?a\x01"), "400"),
	M(AT("/a#b"), "400"),
	M(AT("/#"), "400"),
	M(AT("/?a#b"), "400"),

	/* Decoded once: no control comes out of it (CVE-2019-11043, CVE-2019-16278) ... */
	M(AT("/a%20b"), IS("/a b")),
	M(AT("/%41%62"), IS("/Ab")),
	M(AT("/%c3%A9"), IS("/~~")),
	M(AT("/%22%3c%3e%5c"), IS("/\"<>\\")),
	M(AT("/%00"), "400"),
	M(AT("/a%00.html"), "400"),
	M(AT("/%01"), "400"),
	M(AT("/%09"), "400"),
	M(AT("/a%0ab"), "400"),
	M(AT("/a%0Db"), "400"),
	M(AT("/a%0d%0aX:y"), "400"),
	M(AT("/.%0d./.%0d./"), "400"),
	M(AT("/%1b[2J"), "400"),
	M(AT("/%7f"), "400"),
	M(AT("/%"), "400"),
	M(AT("/%2"), "400"),
	M(AT("/a%zz"), "400"),
	M(AT("/%2x"), "400"),
	M(AT("/%u002e"), "400"),
	M(AT("/%%2e"), "400"),
	/* ... and never twice (CVE-2021-42013). */
	M(AT("/%252e%252e/a"), IS("/%2e%2e/a")),
	M(AT("/%2500"), IS("/%00")),
	M(AT("/%252fa"), IS("/%2fa")),
	M(AT("/%25%32%65"), IS("/%2e")),
	M(AT("/%25%30%30"), IS("/%00")),

	/* ".." in any costume (CVE-2000-0920, CVE-2021-41773). */
	M(AT("/a/../b"), IS("/b")),
	M(AT("/a/b/../../c"), IS("/c")),
	M(AT("/a/%2e%2e/b"), IS("/b")),
	M(AT("/a/.%2E/b"), IS("/b")),
	M(AT("/a/%2e./b"), IS("/b")),
	M(AT("/a/./b/."), IS("/a/b/")),
	M(AT("/a/b/.."), IS("/a/")),
	M(AT("/a/..?.."), IS("/?..")),
	M(AT("/a//../b"), IS("/b")),
	M(AT("/.."), "400"),
	M(AT("/../"), "400"),
	M(AT("/../etc/passwd"), "400"),
	M(AT("/a/../../b"), "400"),
	M(AT("//../a"), "400"),
	M(AT("/./../a"), "400"),
	M(AT("/%2e%2e/a"), "400"),
	M(AT("/%2E%2E/a"), "400"),
	M(AT("/.%2e/.%2e/a"), "400"),
	M(AT("/a/%2e%2e/%2e%2e/b"), "400"),
	/* What only resembles it is a name. */
	M(AT("/..a/...//b.."), IS("/..a/.../b..")),
	M(AT("/..;/a"), IS("/..;/a")),
	M(AT("/..;a=b/c"), IS("/..;a=b/c")),
	M(AT("/a/..%20/b"), IS("/a/.. /b")),
	M(AT("/..%c0%af../a"), IS("/..~~../a")),
	M(AT("/%c0%ae%c0%ae/a"), IS("/~~~~/a")),
	M(AT("/%ef%bc%8e%ef%bc%8e/"), IS("/~~~~~~/")),
	M(AT("/\\..\\..\\a"), IS("/\\..\\..\\a")),
	M(AT("/%5c..%5ca"), IS("/\\..\\a")),
	M(AT("/..\\a"), IS("/..\\a")),
	M(AT("/a::$DATA"), IS("/a::$DATA")),
	M(AT("/a."), IS("/a.")),

	/* An encoded slash is in no path of ours (uWSGI CVE-2018-7490). */
	M(AT("/a%2fb"), "404"),
	M(AT("/a%2Fb"), "404"),
	M(AT("/..%2f..%2fa"), "404"),
	M(AT("/%2f"), "404"),
	M(AT("/%2e%2e%2fa"), "404"),
	M(AT("/?a%2fb"), IS("/?a%2fb")),

	/* Slashes: one form (lighttpd CVE-2008-4359). */
	M(AT("//"), IS("/")),
	M(AT("//a"), IS("/a")),
	M(AT("/a//b///"), IS("/a/b/")),
	M(AT("///a/..//b"), IS("/b")),
	M(AT("//b.example/a"), IS("/b.example/a")),
	M(AT("//u@b:80/a"), IS("/u@b:80/a")),

	/* Parameters and the rest of what RFC 3986 3.3 allows are data, and more is. */
	M(AT("/a;b=c/d"), IS("/a;b=c/d")),
	M(AT("/a;/../b"), IS("/b")),
	M(AT("/!$&'()*+,=:@~-._"), IS("/!$&'()*+,=:@~-._")),
	M(AT("/\"<>[]\\^`{|}"), IS("/\"<>[]\\^`{|}")),
	M(AT("/*"), IS("/*")),
	M(AT("/?"), IS("/?")),
	M(AT("/??"), IS("/??")),
	M(AT("/a?b=c/../d%00%zz//"), IS("/a?b=c/../d%00%zz//")),
	M(AT("/%3fa?b"), IS("/?a?b")),
	M(AT("/%23"), IS("/#")),

	/* Absolute form. */
	M(AT("http://a"), IS("/")),
	M(AT("http://a/"), IS("/")),
	M(AT("HTTP://A:80/b/../c"), IS("/c")),
	M(AT("https://[::1]:443/b"), IS("/b")),
	M(AT("http://a?b"), IS("/?b")),
	M(AT("http://a//b"), IS("/b")),
	M(AT("http://b.example/c"), IS("/c")),
	M(AT("http://a:/b"), IS("/b")),
	M(AT("http://"), "400"),
	M(AT("http:///a"), "400"),
	M(AT("http://?a"), "400"),
	M(AT("http://:80/a"), "400"),
	M(AT("http:/a"), "400"),
	M(AT("http:a"), "400"),
	M(AT("http//a"), "400"),
	M(AT("http:\\\\a"), "400"),
	M(AT("http://u@a/"), "400"),
	M(AT("http://u:p@a/"), "400"),
	M(AT("http://a@/"), "400"),
	M(AT("http://a:x/"), "400"),
	M(AT("http://a:80x/"), "400"),
	M(AT("http://a:80:80/"), "400"),
	M(AT("http://a:65536/"), "400"),
	M(AT("http://a..b/"), "400"),
	M(AT("http://../"), "400"),
	M(AT("http://a,b/"), "400"),
	M(AT("http://a\\b/"), "400"),
	M(AT("http://%61/"), "400"),
	M(AT("http://a%00/"), "400"),
	M(AT("http://[::1/"), "400"),
	M(AT("http://[::1]b/"), "400"),
	M(AT("http://a/../b"), "400"),
	M(AT("http://a/%2f"), "404"),
	M(AT("http://a/#b"), "400"),
	M(AT("http://a#b"), "400"),
	M(AT("ftp://a/"), "400"),
	M(AT("ws://a/"), "400"),
	M(AT("file:///etc/passwd"), "400"),
	M(AT("javascript:a"), "400"),
	M(AT("a"), "400"),
	M(AT("a/b"), "400"),
	M(AT("../a"), "400"),
	M(AT("./a"), "400"),
	M(AT("?a"), "400"),
	M(AT("\\a"), "400"),
	M(AT("%2fa"), "400"),
	M(AT("*"), "400"),
	M(AT("a:80"), "400"),
	M(AT("@a"), "400"),
};

START_TEST(message)
{
	check_message(&rows[_i]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("paths");

	tcase_add_loop_test(tc, message, 0, nitems(rows));
	return check_messages("http_paths", tc);
}
