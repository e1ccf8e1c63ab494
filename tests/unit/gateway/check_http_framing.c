/* SPDX-License-Identifier: MIT
 *
 * check_http_framing: where messages end (RFC 9112 6, 7, 9) and what they may weigh. One framing,
 * or none: behind a message that can be read in two ways nothing is read.
 */
#include "tests/unit/gateway/messages.h"

/* A chunked body in full, and one framing field. */
#define CHUNKS(bytes) TE END bytes
#define BODY          "0\r\n\r\n"
#define CODED(value)  POST "Transfer-Encoding: " value "\r\n" END BODY EVIL
#define SIZED(value)  CL value "\r\n" END "xEND"
#define EXT(ext)      CHUNKS("1" ext "\r\nx\r\n0\r\n\r\n")
#define TRAILER(line) CHUNKS("0\r\n" line "\r\n\r\n")

static const struct message rows[] = {
	/* 6: no framing field, no body, whatever the method. */
	M(POST END, "POST / 1 -"),
	M(POST END "x", "POST / 1 - | more"),
	M(POST END EVIL, "POST / 1 - | GET /evil 1 -"),
	M(POST "Content-Type: a/b\r\n" END "x=y\r\n", "POST / 2 - | 400"),

	/* 6.2: Content-Length, digits only (RFC 9110 8.6). */
	M(CL "0\r\n" END, "POST / 2 -"),
	M(CL "5\r\n" END "hello", "POST / 2 [hello]"),
	M(CL "5\r\n" END "hel", "POST / 2 [hel more"),
	M(CL "5\r\n" END, "POST / 2 [ more"),
	M(CL "5\r\n" END "hello" GET END, "POST / 2 [hello] | GET / 1 -"),
	M(CL "5\r\n" END "hello\r\n" GET END, "POST / 2 [hello] | GET / 1 -"),
	M(CL "5\r\n" END "hellothere" END, "POST / 2 [hello] | 400"),
	M(CL "3\r\n" END "\0\r\n", "POST / 2 [~~~]"),
	M(CL "22\r\n" END "GET /a HTTP/1.1\r\nHost: b\r\n\r\n",
		"POST / 2 [GET /a HTTP/1.1~~Host:] | 400"),
	M("GET / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n" END "hi" GET END,
		"GET / 2 [hi] | GET / 1 -"),
	M("HEAD / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n" END "hi", "HEAD / 2 [hi]"),
	M("PUT / HTTP/1.0\r\nContent-Length: 2\r\n" END "hi", "PUT / 1 [hi] close"),
	M(CL "\t2 \r\n" END "hi", "POST / 2 [hi]"),
	M(CL "0000000000000000000000000000000002\r\n" END "hi", "POST / 2 [hi]"),
	M(CL "0000000000000000000000000000000000\r\n" END, "POST / 2 -"),
	M(POST "content-LENGTH:2\r\n" END "hi", "POST / 2 [hi]"),
	M(SIZED(""), "400"),
	M(SIZED(" "), "400"),
	M(SIZED("+1"), "400"),
	M(SIZED("-1"), "400"),
	M(SIZED("-0"), "400"),
	M(SIZED("1 1"), "400"),
	M(SIZED("1\t1"), "400"),
	M(SIZED("0x1"), "400"),
	M(SIZED("0X1"), "400"),
	M(SIZED("1e0"), "400"),
	M(SIZED("1.0"), "400"),
	M(SIZED("1_0"), "400"),
	M(SIZED("1'0"), "400"),
	M(SIZED("a"), "400"),
	M(SIZED("1a"), "400"),
	M(SIZED("1;a"), "400"),
	M(SIZED("\"1\""), "400"),
	M(SIZED("(1)"), "400"),
	M(SIZED("1\0"), "400"),
	M(SIZED("\x0b"
		"1"),
		"400"),
	M(SIZED("1\x0c"), "400"),
	M(SIZED("\xb2"), "400"),
	M(SIZED("\xef\xbc\x91"), "400"),
	M(SIZED("1\xa0"), "400"),
	M(SIZED("NaN"), "400"),
	M(SIZED("1,1"), "400"),
	M(SIZED("1, 1"), "400"),
	M(SIZED("1, 2"), "400"),
	M(SIZED("1,"), "400"),
	M(SIZED(",1"), "400"),
	M(SIZED("1\r\nContent-Length: 1"), "400"),
	M(SIZED("1\r\nContent-Length: 2"), "400"),
	M(SIZED("0\r\nContent-Length: 1"), "400"),
	M(SIZED("1\r\ncontent-length:"), "400"),
	M(SIZED("1\r\n Content-Length: 2"), "400"),
	M(POST "Content-Length : 1\r\n" END "x", "400"),
	M(POST "Content-Length\t: 1\r\n" END "x", "400"),
	M(POST "Content-Length\0: 1\r\n" END "x", "400"),
	M(POST "Content_Length: 1\r\n" END "x", "POST / 2 - | more"),
	M(POST "Content-Lengt\xe8: 1\r\n" END "x", "400"),
	/* 6.3: a value that cannot be, and one that may not be. */
	M(SIZED("1000000000000000000"), "400"),
	M(SIZED("9223372036854775808"), "400"),
	M(SIZED("18446744073709551615"), "400"),
	M(SIZED("18446744073709551617"), "400"),
	M(SIZED("36893488147419103233"), "400"),
	M(SIZED("4294967297"), "413"),
	M(SIZED("999999999999999999"), "413"),
	M(SIZED("101"), "413"),

	/* 6.1: "chunked", once and last. */
	M(CHUNKS(BODY), "POST / 2 {}"),
	M(CHUNKS(BODY) GET END, "POST / 2 {} | GET / 1 -"),
	M(CHUNKS("5\r\nhello\r\n" BODY) GET END, "POST / 2 {hello} | GET / 1 -"),
	M(POST "transfer-encoding:CHUNKED\t\r\n" END BODY, "POST / 2 {}"),
	M("GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n" END "1\r\nx\r\n" BODY,
		"GET / 2 {x}"),
	M(CODED("gzip, chunked"), "501"),
	M(CODED("gzip,chunked"), "501"),
	M(CODED("identity, chunked"), "501"),
	M(CODED("gzip\r\nTransfer-Encoding: chunked"), "501"),
	M(CODED("x;a=b, chunked"), "501"),
	M(CODED("chunked, gzip"), "400"),
	M(CODED("chunked, identity"), "400"),
	M(CODED("chunked, chunked"), "400"),
	M(CODED("chunked,chunked"), "400"),
	M(CODED("chunked\r\nTransfer-Encoding: chunked"), "400"),
	M(CODED("chunked\r\nTransfer-Encoding: gzip"), "400"),
	M(CODED("chunked\r\nTransfer-Encoding:"), "400"),
	M(CODED("chunked\r\nTransfer-Encoding: x"), "400"),
	M(CODED("identity"), "400"),
	M(CODED("gzip"), "400"),
	M(CODED("xchunked"), "400"),
	M(CODED("chunkedx"), "400"),
	M(CODED("chunke"), "400"),
	M(CODED("x chunked"), "400"),
	M(CODED("chunked x"), "400"),
	M(CODED("chunked;"), "400"),
	M(CODED("chunked;a=b"), "400"),
	M(CODED("chunked,"), "400"),
	M(CODED(",chunked"), "400"),
	M(CODED(","), "400"),
	M(CODED(""), "400"),
	M(CODED("\"chunked\""), "400"),
	M(CODED("'chunked'"), "400"),
	M(CODED("ch\0unked"), "400"),
	M(CODED("chunked\0"), "400"),
	M(CODED("\x0b"
		"chunked"),
		"400"),
	M(CODED("chunked\x0b"), "400"),
	M(CODED("\x0c"
		"chunked"),
		"400"),
	M(CODED("\x7f"
		"chunked"),
		"400"),
	M(CODED("\xff"
		"chunked"),
		"400"),
	M(CODED("\xc2\xa0"
		"chunked"),
		"400"),
	M(CODED("\nchunked"), "400"),
	M(CODED("\rchunked"), "400"),
	M(CODED("chun\xc7\x8bked"), "400"),
	M(CODED("c hunked"), "400"),
	M(CODED("cow\r\n chunked"), "400"),
	M(POST "Transfer-Encoding : chunked\r\n" END BODY EVIL, "400"),
	M(POST "Transfer-Encoding\t: chunked\r\n" END BODY EVIL, "400"),
	M(POST " Transfer-Encoding: chunked\r\n" END BODY EVIL, "400"),
	M(POST "X: y\rTransfer-Encoding: chunked\r\n" END BODY EVIL, "400"),
	M(POST "X: y\nTransfer-Encoding: chunked\r\n" END BODY EVIL, "400"),
	/* Other fields' names are other fields. */
	M(POST "Transfer_Encoding: chunked\r\n" END BODY, "POST / 2 - | 400"),
	M(POST "X-Transfer-Encoding: chunked\r\n" END, "POST / 2 -"),
	M(POST "TE: chunked\r\n" END, "POST / 2 -"),
	/* 6.1: HTTP/1.0 has no transfer codings. */
	M("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" END BODY EVIL, "400"),
	M("POST / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n" END EVIL, "400"),
	M("POST / HTTP/1.2\r\n" HOST "Transfer-Encoding: chunked\r\n" END BODY, "POST / 2 {}"),
	/* 6.1, 6.3: both. */
	M(TE "Content-Length: 5\r\n" END BODY EVIL, "400"),
	M(TE "Content-Length: 0\r\n" END BODY EVIL, "400"),
	M(CL "5\r\nTransfer-Encoding: chunked\r\n" END BODY EVIL, "400"),
	M(CL "0\r\nTransfer-Encoding: chunked\r\n" END BODY EVIL, "400"),
	M(CL "5\r\nX: y\r\ntransfer-encoding: Chunked\r\n" END BODY EVIL, "400"),
	M(CL "5\r\nTransfer-Encoding: identity\r\n" END "hello" EVIL, "400"),
	M(CL "5\r\nTransfer-Encoding: gzip, chunked\r\n" END BODY EVIL, "400"),
	M(CL "5\r\nTransfer-Encoding:\r\n" END "hello" EVIL, "400"),

	/* 7.1: sizes. */
	M(CHUNKS("a\r\n0123456789\r\nA\r\n0123456789\r\n" BODY), "POST / 2 {01234567890123456789}"),
	M(CHUNKS("0005\r\nhello\r\n000\r\n\r\n"), "POST / 2 {hello}"),
	M(CHUNKS("2\r\n\r\n\r\n" BODY), "POST / 2 {~~}"),
	M(CHUNKS("5\r\nhello\r\n"), "POST / 2 {hello more"),
	M(CHUNKS("5\r\nhello\r\n0\r\n"), "POST / 2 {hello more"),
	M(CHUNKS("5\r\nhello\r\n0\r\n\r"), "POST / 2 {hello more"),
	M(CHUNKS("\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS(" 1\r\nx\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("1 \r\nx\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("1\t\r\nx\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("+1\r\nx\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("-1\r\nx\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("0x1\r\nx\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("1h\r\nx\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("1_0\r\nx\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("1,0\r\nx\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("1.\r\nx\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("g\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("1\0\r\nx\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("\xb9\r\nx\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("10000000000000001\r\nx\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("100000000\r\nx\r\n" BODY) EVIL, "POST / 2 { 413"),
	M(CHUNKS("ffffffffffffffff\r\nx\r\n" BODY) EVIL, "POST / 2 { 413"),
	M(CHUNKS("65\r\n"), "POST / 2 { 413"),
	M(CHUNKS("1\r\nx\r\nffffffffffffffff\r\n"), "POST / 2 {x 413"),
	M(CHUNKS("00000000000000001\r\nx\r\n"), "POST / 2 { 400"),
	/* ... and their lines. */
	M(CHUNKS("1\nx\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("1\rx\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("1\r\r\nx\r\n" BODY) EVIL, "POST / 2 { 400"),
	M(CHUNKS("1\r\nx\n" BODY) EVIL, "POST / 2 {x 400"),
	M(CHUNKS("1\r\nx\r" BODY) EVIL, "POST / 2 {x 400"),
	M(CHUNKS("1\r\nx" BODY) EVIL, "POST / 2 {x 400"),
	M(CHUNKS("1\r\nxy\r\n" BODY) EVIL, "POST / 2 {x 400"),
	M(CHUNKS("2\r\nx\r\n" BODY) EVIL, "POST / 2 {x~ 400"),
	M(CHUNKS("1\r\nx\r\n\r\n" BODY) EVIL, "POST / 2 {x 400"),
	M(CHUNKS("0\r\n\n") EVIL, "POST / 2 { 400"),
	M(CHUNKS("0\n\n") EVIL, "POST / 2 { 400"),
	M(CHUNKS("0\r\n\rx") EVIL, "POST / 2 { 400"),
	M(CHUNKS("0\r\n") EVIL, "POST / 2 { 400"),
	M(CHUNKS(EVIL), "POST / 2 { 400"),

	/* 7.1.1: extensions. */
	M(EXT(";a"), "POST / 2 {x}"),
	M(EXT(";a=b;c"), "POST / 2 {x}"),
	M(EXT(" ; a = b"), "POST / 2 {x}"),
	M(EXT(";a=\"b ;\\\"c\""), "POST / 2 {x}"),
	M(EXT(";a=b") GET END, "POST / 2 {x} | GET / 1 -"),
	M(EXT(";") EVIL, "POST / 2 { 400"),
	M(EXT(";;a") EVIL, "POST / 2 { 400"),
	M(EXT(";a=") EVIL, "POST / 2 { 400"),
	M(EXT(";=a") EVIL, "POST / 2 { 400"),
	M(EXT(";a b") EVIL, "POST / 2 { 400"),
	M(EXT(";a ") EVIL, "POST / 2 { 400"),
	M(EXT(";a=\"") EVIL, "POST / 2 { 400"),
	M(EXT(";a\n") EVIL, "POST / 2 { 400"),
	M(EXT(";a\nx\r\n") EVIL, "POST / 2 { 400"),
	M(EXT(";a=\"\r\n\"") EVIL, "POST / 2 { 400"),
	M(EXT(";a=\"\\\r\n\"") EVIL, "POST / 2 { 400"),
	M(EXT(";a=\"\n\"") EVIL, "POST / 2 { 400"),
	M(EXT(";\0") EVIL, "POST / 2 { 400"),
	M(EXT(";xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), "POST / 2 {x}"),
	M(EXT(";xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), "POST / 2 { 400"),

	/* 7.1.2: trailers, which follow the rules for fields. */
	M(TRAILER("X: y"), "POST / 2 {}"),
	M(TRAILER("X: y\r\nZ:") GET END, "POST / 2 {} | GET / 1 -"),
	M(TRAILER("Content-Length: 5") GET END, "POST / 2 {} | GET / 1 -"),
	M(TRAILER("Transfer-Encoding: x"), "POST / 2 {}"),
	M(TRAILER("X: y") "x", "POST / 2 {} | more"),
	M(TRAILER("X : y") EVIL, "POST / 2 { 400"),
	M(TRAILER(": y") EVIL, "POST / 2 { 400"),
	M(TRAILER("X") EVIL, "POST / 2 { 400"),
	M(TRAILER(" X: y") EVIL, "POST / 2 { 400"),
	M(TRAILER("X: y\r\n z") EVIL, "POST / 2 { 400"),
	M(TRAILER("X: y\nz") EVIL, "POST / 2 { 400"),
	M(TRAILER("X: y\rz") EVIL, "POST / 2 { 400"),
	M(TRAILER("X: \0") EVIL, "POST / 2 { 400"),
	M(TRAILER("X: " X64) EVIL, "POST / 2 { 400"),

	/* 9.3: who stays. */
	M(GET "Connection: close\r\n" END, "GET / 2 - close"),
	M(GET "Connection: x, CLOSE\r\n" END, "GET / 2 - close"),
	M(GET "Connection: keep-alive, close\r\n" END, "GET / 2 - close"),
	M(GET "Connection: closed\r\n" END, "GET / 2 -"),
	M(GET "Connection: Upgrade\r\nUpgrade: h2c\r\n" END, "GET / 3 -"),
	M("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n" END, "GET / 1 -"),
	M("GET / HTTP/1.0\r\nConnection: close\r\n" END, "GET / 1 - close"),

	/* RFC 9110 10.1.1. */
	M(CL "2\r\nExpect: 100-continue\r\n" END "hi", "POST / 3 100 [hi]"),
	M(TE "Expect: 100-Continue\r\n" END BODY, "POST / 3 100 {}"),
	M(CL "2\r\nExpect: tea\r\n" END "hi", "417"),
	M(CL "101\r\nExpect: 100-continue\r\n" END, "413"),
	M(CL "101\r\nExpect: tea\r\n" END, "413"),
	M("PUT / HTTP/1.0\r\nContent-Length: 2\r\nExpect: tea\r\n" END "hi", "PUT / 2 [hi] close"),
	M("PUT / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n" END "hi",
		"PUT / 2 [hi] close"),

	/* Sizes: here 256 bytes a request line, 1024 and 10 fields a head. */
	M("GET /" X64 X64 X64
	  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx HTTP/1.1\r\n" HOST END,
		"GET /" X64 X64 X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx 1 -"),
	M("GET /" X64 X64 X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx HTTP/1.1\r\n",
		"414"),
	M("GET /" X64 X64 X64 X64, "414"),
	M(GET "A:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:\r\nH:\r\nI:\r\n" END, "GET / 10 -"),
	M(GET "A:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:\r\nH:\r\nI:\r\nJ:\r\n" END, "431"),
	M(GET "A:" X64 X64 "\r\nA:" X64 X64 "\r\nA:" X64 X64 "\r\nA:" X64 X64 "\r\nA:" X64 X64
	      "\r\nA:" X64 X64 "\r\nA:" X64 X64 "\r\nA:" X64 X64 "\r\n" END,
		"431"),
};

START_TEST(message)
{
	check_message(&rows[_i]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("framing");

	tcase_add_loop_test(tc, message, 0, nitems(rows));
	return check_messages("http_framing", tc);
}
