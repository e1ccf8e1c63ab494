/* SPDX-License-Identifier: MIT
 *
 * check_sendfile: the file that a script names is the answer, with what the script says of it.
 */
#include "gateway/sendfile.h"

#include "gateway/file_reply.h"
#include "gateway/relay.h"
#include "tests/unit/gateway/stage.h"

static struct plan_pool *pool;

static void make_tree(void)
{
	stage_mkdir("files");
	stage_mkdir("files/sub");
	stage_file("files/a.txt", 0644, SPAN_LIT("0123456789"));
	stage_file("files/a b.bin", 0644, SPAN_LIT("spaced"));
	stage_file("files/sub/.hidden", 0644, SPAN_LIT("hidden"));
	stage_file("secret", 0644, SPAN_LIT("secret"));
	ck_assert_int_eq(mkfifo(stage_path("files/fifo"), 0644), 0);
	stage_link("../secret", "files/out");
	stage_link("a.txt", "files/in");
	stage_link("files", "link");
}

/* The root is a link, by which some programs name it and others do not. */
static void up(void)
{
	stage_up();
	make_tree();
	stage_plan((struct msg_plan_gateway){.charset = SPAN_LIT("utf-8")});
	pool = stage_pool((struct msg_plan_pool){.sendfile_root = span_of(stage_path("link"))});
	stage_seal();
}

static void down(void)
{
	told_forget();
	stage_down();
}

/* Before us is the head that the script has said (RFC 3875 6), %s in it is the stage's directory.
 */
static void answer(const char *method, const char *fields, const char *said)
{
	static char head_text[1024], request[1024];
	const struct cgi_limits lim = CGI_LIMITS;
	struct cgi_head head;
	struct request *r;
	size_t scan = 0;
	int n;

	told_forget();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	n = snprintf(head_text, sizeof head_text, said, stage_dir);
#pragma GCC diagnostic pop
	snprintf(request, sizeof request, "%s /x HTTP/1.1\r\nHost: a\r\n%s\r\n", method, fields);
	r = stage_request(&fake_front, NULL, request);
	r->pool = pool;
	buf_puts(&r->script_file, "/srv/script");
	ck_assert_int_eq(cgi_head_parse(head_text, (size_t)n, &scan, &lim, &head), n);
	sendfile_serve(r, &head, head_text);
	ck_assert_uint_eq(told.ended + (told.refused != 0), 1);
}

static bool has_line(const char *line)
{
	ck_assert(buf_put(&told.lines, "", 1));
	told.lines.end--;
	return strstr(buf_head(&told.lines), line) != NULL;
}

#define FILE_A "X-Sendfile: %s/link/a.txt\n"

static const struct {
	const char *said, *body;
} named[] = {
	{"X-Sendfile: %s/link/a.txt\n\n", "0123456789"},
	{"X-Sendfile: %s/files/a.txt\n\n", "0123456789"}, /* where the link leads */
	{"X-Sendfile: a.txt\n\n", "0123456789"},
	{"X-Sendfile: in\n\n", "0123456789"},
	{"X-Sendfile: a b.bin\n\n", "spaced"},
	{"X-Accel-Redirect: /a%%20b.bin\n\n", "spaced"},
	{"X-Accel-Redirect: /a.txt?x\n\n", "0123456789"},
};

START_TEST(a_file_is_the_answer)
{
	answer("GET", "", named[_i].said);
	ck_assert_int_eq(told.status, 200);
	ck_span_is(buf_span(&told.body), named[_i].body);
	ck_assert(has_line("ETag: \"") && has_line("Last-Modified: "));
	ck_assert(has_line("Accept-Ranges: bytes\r\n"));
	ck_assert_str_eq(stage_logged(), "");
}
END_TEST

/* By the name that it has for the script. */
START_TEST(a_file_is_named_from_another_root)
{
	pool->chroot = stage_dir;
	answer("GET", "", "X-Sendfile: /link/a.txt\n\n");
	pool->chroot = NULL;
	ck_assert_uint_eq(told.status, 200);
	answer("GET", "", "X-Sendfile: /link/a.txt\n\n");
	ck_assert_uint_eq(told.refused, 403);
}
END_TEST

static const struct {
	const char *said;
	int status;
	const char *why;
} refused[] = {
	{"X-Sendfile: none\n\n", 404, "there is no such regular file"},
	{"X-Sendfile: a.txt/\n\n", 404, "there is no such regular file"},
	{"X-Sendfile: fifo\n\n", 404, "there is no such regular file"},
	{"X-Sendfile: sub\n\n", 404, "it is a directory"},
	{"X-Sendfile: sub/\n\n", 404, "it is a directory"},
	{"X-Sendfile: %s/secret\n\n", 403, "that is not below sendfile_root"},
	{"X-Sendfile: /etc/passwd\n\n", 403, "that is not below sendfile_root"},
	{"X-Sendfile: ../secret\n\n", 403, "it climbs"},
	{"X-Sendfile: out\n\n", 403, "a link leads out of sendfile_root"},
	{"X-Sendfile: sub/.hidden\n\n", 403, "begin with a dot"},
	{"X-Accel-Redirect: /%%2e%%2e/secret\n\n", 403, "it climbs"},
	{"X-Accel-Redirect: secret\n\n", 502, "no path of a URL"},
};

START_TEST(what_is_not_to_be_had_is_logged)
{
	answer("GET", "", refused[_i].said);
	ck_assert_int_eq(told.refused, refused[_i].status);
	ck_assert_ptr_nonnull(strstr(stage_logged(), refused[_i].why));
	ck_assert_ptr_nonnull(strstr(stage_logged(), "script /srv/script names the file \""));
}
END_TEST

START_TEST(a_root_that_is_not_there)
{
	close(pool->sendfile_fd);
	pool->sendfile_fd = -1;
	answer("GET", "", "X-Sendfile: a.txt\n\n");
	ck_assert_int_eq(told.refused, 500);
	ck_assert_ptr_nonnull(strstr(stage_logged(), "sendfile_root cannot be opened"));
}
END_TEST

/* ---- what is said of it ---- */

START_TEST(the_script_has_its_say)
{
	answer("GET", "",
		FILE_A "Content-Type: text/x; charset=y\nContent-Disposition: attachment\n"
		       "Set-Cookie: a\nSet-Cookie: b\nETag: \"mine\"\nAccept-Ranges: none\n"
		       "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\nDate: never\nServer: me\n\n");
	ck_span_is(buf_span(&told.lines),
		"Content-Disposition: attachment\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n"
		"Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nETag: \"mine\"\r\n"
		"Content-Type: text/x; charset=y\r\nAccept-Ranges: bytes\r\n");
}
END_TEST

START_TEST(what_it_does_not_say_is_ours_to)
{
	answer("GET", "", FILE_A "ETag: W/\"mine\"\n\n");
	ck_assert(has_line("ETag: W/\"mine\"\r\n") && has_line("Last-Modified: "));
	ck_assert(has_line("Content-Type: application/octet-stream\r\n") ||
		  has_line("Content-Type: text/plain; charset=utf-8\r\n"));
}
END_TEST

#define MINE  FILE_A "ETag: \"mine\"\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\nSet-Cookie: a\n"
#define SINCE "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

static const struct {
	const char *method, *fields, *said;
	int status;
	const char *body; /* NULL: a page of ours */
} wishes[] = {
	{"GET", "If-None-Match: \"mine\"\r\n", MINE "\n", 304, ""},
	{"GET", "If-None-Match: \"other\"\r\n", MINE "\n", 200, "0123456789"},
	{"GET", SINCE, MINE "\n", 304, ""},
	{"GET", SINCE, FILE_A "\n", 200, "0123456789"},
	{"GET", SINCE, FILE_A "Last-Modified: now\n\n", 200, "0123456789"},
	{"GET", "If-Match: \"other\"\r\n", MINE "\n", 412, NULL},
	{"GET", "Range: bytes=2-4\r\n", MINE "\n", 206, "234"},
	{"GET", "Range: bytes=2-4\r\nIf-Range: \"mine\"\r\n", MINE "\n", 206, "234"},
	{"GET", "Range: bytes=2-4\r\nIf-Range: \"other\"\r\n", MINE "\n", 200, "0123456789"},
	{"GET", "Range: bytes=20-\r\n", MINE "\n", 416, NULL},
	{"GET", "Range: bytes=0-1,4-5\r\n", MINE "Content-Encoding: x\n\n", 200, "0123456789"},
	{"HEAD", "If-None-Match: \"mine\"\r\n", MINE "\n", 304, ""},

	/* Conditions are those of a GET, and of what was found. */
	{"POST", "If-None-Match: \"mine\"\r\nRange: bytes=0-1\r\n", MINE "\n", 200, "0123456789"},
	{"GET", "If-None-Match: \"mine\"\r\nRange: bytes=0-1\r\n", MINE "Status: 404\n\n", 404,
		"0123456789"},
};

START_TEST(conditions_and_ranges)
{
	answer(wishes[_i].method, wishes[_i].fields, wishes[_i].said);
	if (!wishes[_i].body) {
		ck_assert_int_eq(told.refused, wishes[_i].status);
		ck_assert(!has_line("Set-Cookie"));
		return;
	}
	ck_assert_int_eq(told.status, wishes[_i].status);
	ck_span_is(buf_span(&told.body), wishes[_i].body);
	if (strstr(wishes[_i].said, "Set-Cookie"))
		ck_assert(has_line("Set-Cookie: a\r\n"));
}
END_TEST

START_TEST(parts_are_of_the_type_that_the_script_says)
{
	answer("GET", "Range: bytes=0-1,4-5\r\n", MINE "Content-Type: x/y\n\n");
	ck_assert_int_eq(told.status, 206);
	ck_assert(has_line("Content-Type: multipart/byteranges"));
	ck_assert(!has_line("x/y"));
	ck_assert(buf_put(&told.body, "", 1));
	ck_assert_ptr_nonnull(
		strstr(buf_head(&told.body), "Content-Type: x/y\r\nContent-Range: bytes 4-5/10"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sendfile");
	TCase *tc = tcase_create("sendfile");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_loop_test(tc, a_file_is_the_answer, 0, nitems(named));
	tcase_add_test(tc, a_file_is_named_from_another_root);
	tcase_add_loop_test(tc, what_is_not_to_be_had_is_logged, 0, nitems(refused));
	tcase_add_test(tc, a_root_that_is_not_there);
	tcase_add_test(tc, the_script_has_its_say);
	tcase_add_test(tc, what_it_does_not_say_is_ours_to);
	tcase_add_loop_test(tc, conditions_and_ranges, 0, nitems(wishes));
	tcase_add_test(tc, parts_are_of_the_type_that_the_script_says);
	return stage_run(suite);
}
