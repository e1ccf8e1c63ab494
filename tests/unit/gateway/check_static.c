/* SPDX-License-Identifier: MIT
 *
 * check_static: files below the document root, and everything that is not to be had.
 */
#include "gateway/static.h"

#include <time.h>

#include "gateway/http_reply.h"
#include "tests/unit/gateway/stage.h"

#define LARGE 40000 /* by sendfile */

static void make_large(void)
{
	char *bytes = malloc(LARGE);

	stage_pattern(bytes, LARGE, 0);
	stage_file("www/large.bin", 0644, (struct span){bytes, LARGE});
	free(bytes);
}

static void make_tree(void)
{
	stage_file("outside.txt", 0644, SPAN_LIT("outside"));
	stage_mkdir("www");
	stage_file("www/a.txt", 0644, SPAN_LIT("a text"));
	stage_file("www/a b.txt", 0644, SPAN_LIT("a text with a space"));
	stage_file("www/empty.html", 0644, SPAN_LIT(""));
	stage_file("www/.htpasswd", 0644, SPAN_LIT("secret"));
	stage_mkdir("www/.git");
	stage_file("www/.git/config", 0644, SPAN_LIT("secret"));
	stage_mkdir("www/dir");
	stage_file("www/dir/index.html", 0644, SPAN_LIT("index"));
	stage_mkdir("www/bare");
	stage_mkdir("www/odd");
	stage_mkdir("www/odd/index.html");
	ck_assert_int_eq(mkfifo(stage_path("www/fifo"), 0644), 0);
	stage_link("a.txt", "www/inside");
	stage_link("../outside.txt", "www/outside");
	stage_link("..", "www/up");
	stage_link("/etc/passwd", "www/passwd");
	stage_link("none", "www/dangling");
	stage_link("loop", "www/loop");
	make_large();
}

static void up(void)
{
	stage_up();
	make_tree();
	stage_plan((struct msg_plan_gateway){
		.document_root = span_of(stage_path("www")), .index = SPAN_LIT("index.html")});
	stage_seal();
}

static void down(void)
{
	told_forget();
	stage_down();
}

/* Before us is a head; behind us is what the face was told. */
static void ask(const char *method, const char *target)
{
	char head[512];

	told_forget();
	snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: a\r\n\r\n", method, target);
	static_serve(stage_request(&fake_front, NULL, head));
	ck_assert_uint_eq(told.ended + (told.refused != 0), 1);
}

static bool has_line(const char *line)
{
	ck_assert(buf_put(&told.lines, "", 1));
	told.lines.end--;
	return strstr(buf_head(&told.lines), line) != NULL;
}

/* ---- types ---- */

static const struct {
	const char *file, *type;
} types[] = {
	{"a.html", "text/html; charset=utf-8"},
	{"/dir/a.css", "text/css; charset=utf-8"},
	{"a.JS", "text/javascript; charset=utf-8"},
	{"a.json", "application/json"},
	{"a.tar.gz", "application/gzip"},
	{"a.svg", "image/svg+xml"},
	{"a.Png", "image/png"},
	{"a.wasm", "application/wasm"},
	{"a.woff2", "font/woff2"},
	{"a.b/c", "application/octet-stream"},
	{"a.html/c", "application/octet-stream"},
	{"html", "application/octet-stream"},
	{"a.", "application/octet-stream"},
	{"a.htmlx", "application/octet-stream"},
	{"", "application/octet-stream"},
	{"/", "application/octet-stream"},
};

START_TEST(type)
{
	ck_assert_str_eq(static_type(span_of(types[_i].file)), types[_i].type);
}
END_TEST

/* ---- what is served ---- */

static const struct {
	const char *target, *body, *type;
} files[] = {
	{"/a.txt", "a text", "text/plain"},
	{"/a.txt?query", "a text", "text/plain"},
	{"/a%20b.txt", "a text with a space", "text/plain"},
	{"//dir/../a.txt", "a text", "text/plain"},
	{"/empty.html", "", "text/html"},
	{"/inside", "a text", "application/octet-stream"},
	{"/dir/", "index", "text/html"},
	{"/dir/index.html", "index", "text/html"},
	{"/dir/.", "index", "text/html"},
};

START_TEST(served)
{
	char line[128];

	ask("GET", files[_i].target);
	ck_assert_int_eq(told.status, 200);
	ck_span_is(buf_span(&told.body), files[_i].body);
	snprintf(line, sizeof line, "Content-Type: %s", files[_i].type);
	ck_assert(has_line(line));
}
END_TEST

START_TEST(the_date_is_the_files)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 784111777}};

	ck_assert_int_eq(utimensat(AT_FDCWD, stage_path("www/a.txt"), times, 0), 0);
	ask("GET", "/a.txt");
	ck_assert(has_line("Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
}
END_TEST

/* ---- what is not ---- */

static const struct {
	const char *target;
	int status;
} refused[] = {
	{"/none", 404},
	{"/none/", 404},
	{"/dir/none", 404},
	{"/a.txt/", 404},
	{"/a.txt/b", 404},
	{"/dir/index.html/", 404},
	{"/A.TXT", 404},

	/* No listing, ever. */
	{"/", 404},
	{"/bare/", 404},
	{"/odd/", 404},

	/* Dot-files, and below dot-directories. */
	{"/.htpasswd", 404},
	{"/%2ehtpasswd", 404},
	{"/.git", 404},
	{"/.git/", 404},
	{"/.git/config", 404},
	{"/dir/../.git/config", 404},

	/* Links out of the root, or to nowhere. */
	{"/outside", 403},
	{"/up/outside.txt", 403},
	{"/up/", 403},
	{"/passwd", 403},
	{"/dangling", 404},
	{"/loop", 403},

	/* Neither file nor directory: and nobody waits for a writer. */
	{"/fifo", 404},
};

START_TEST(not_served)
{
	ask("GET", refused[_i].target);
	ck_assert_int_eq(told.refused, refused[_i].status);
	ck_assert_uint_eq(told.begun, 0);
}
END_TEST

START_TEST(without_a_root_there_is_nothing)
{
	stage_plan((struct msg_plan_gateway){0});
	stage_seal();
	ask("GET", "/a.txt");
	ck_assert_int_eq(told.refused, 404);
}
END_TEST

START_TEST(very_long_names_are_not_found)
{
	char target[301] = "/";

	memset(target + 1, 'x', sizeof target - 2);
	target[sizeof target - 1] = '\0';
	ask("GET", target);
	ck_assert_int_eq(told.refused, 404);
}
END_TEST

/* ---- directories without their slash ---- */

static const struct {
	const char *target, *location;
} redirects[] = {
	{"/dir", "Location: /dir/\r\n"},
	{"/bare?a=b&c", "Location: /bare/?a=b&c\r\n"},
	{"/dir?", "Location: /dir/?\r\n"},
	{"/%64ir", "Location: /dir/\r\n"},

	/* "//dir/" would be another host. */
	{"//dir", "Location: /dir/\r\n"},
	{"//evil.example/../dir", "Location: /dir/\r\n"},
	{"/\\evil.example/../dir", "Location: /dir/\r\n"},
	{"/odd%20one", "Location: /odd%20one/\r\n"},
	{"/%5cevil", "Location: /%5Cevil/\r\n"},
};

START_TEST(directories_end_in_a_slash)
{
	stage_mkdir("www/odd one");
	stage_mkdir("www/\\evil");
	ask("GET", redirects[_i].target);
	ck_assert_int_eq(told.status, 301);
	ck_assert_uint_eq(buf_len(&told.body), 0);
	ck_span_is(buf_span(&told.lines), redirects[_i].location);
}
END_TEST

/* ---- methods ---- */

START_TEST(only_reading_is_allowed)
{
	static const char *const methods[] = {"POST", "PUT", "DELETE", "get", "PROPFIND"};

	ask(methods[_i], "/a.txt");
	ck_assert_int_eq(told.refused, 405);
	ck_assert(has_line("Allow: GET, HEAD, OPTIONS\r\n"));
}
END_TEST

START_TEST(options_are_told)
{
	ask("OPTIONS", "/a.txt");
	ck_assert_int_eq(told.status, 204);
	ck_assert(has_line("Allow: GET, HEAD, OPTIONS\r\n"));
}
END_TEST

/* ---- with a client: what the wire sees ---- */

static struct buf got;
static enum http_reply_end how;

static void on_done(struct request *r, enum http_reply_end end)
{
	how = end;
	stage_done(r);
}

static void nothing(struct conn *c)
{
	(void)c;
}

static const struct conn_face face = {nothing, nothing, nothing, nothing, nothing};

static const char *wire(const char *method, const char *target)
{
	int client;
	struct conn *c = stage_conn(&face, &client);
	char head[128];

	http_reply_init(on_done);
	snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: a\r\n\r\n", method, target);
	static_serve(stage_request(&http_front, c, head));
	ck_assert_int_eq(how, REPLY_COMPLETE);
	conn_flush(c);
	stage_receive(client, &got);
	conn_close(c);
	stage_turn();
	close(client);
	ck_assert(buf_put(&got, "", 1));
	got.end--;
	return buf_head(&got);
}

START_TEST(large_files_are_served_whole)
{
	const char *body = strstr(wire("GET", "/large.bin"), "\r\n\r\n");

	ck_assert_ptr_nonnull(body);
	ck_assert_ptr_nonnull(strstr(got.data, "\r\nContent-Length: 40000\r\n"));
	ck_assert_int_eq(buf_tail(&got) - (body + 4), LARGE);
	ck_assert(stage_is_pattern((struct span){body + 4, LARGE}, 0));
	buf_free(&got);
}
END_TEST

/* RFC 9110 9.3.2: the same head, large or small. */
START_TEST(head_has_the_length_and_no_body)
{
	static const struct {
		const char *target, *length;
	} heads[] = {{"/large.bin", "Content-Length: 40000\r\n"},
		{"/a.txt", "Content-Length: 6\r\n"}, {"/empty.html", "Content-Length: 0\r\n"}};
	const char *reply = wire("HEAD", heads[_i].target), *end = strstr(reply, "\r\n\r\n");

	ck_assert(end && end[4] == '\0');
	ck_assert_msg(strstr(reply, heads[_i].length) != NULL, "%s", reply);
	buf_free(&got);
}
END_TEST

static void add_answers(TCase *tc)
{
	tcase_add_loop_test(tc, served, 0, nitems(files));
	tcase_add_test(tc, the_date_is_the_files);
	tcase_add_loop_test(tc, not_served, 0, nitems(refused));
	tcase_add_test(tc, without_a_root_there_is_nothing);
	tcase_add_test(tc, very_long_names_are_not_found);
	tcase_add_loop_test(tc, directories_end_in_a_slash, 0, nitems(redirects));
	tcase_add_loop_test(tc, only_reading_is_allowed, 0, 5);
	tcase_add_test(tc, options_are_told);
	tcase_add_test(tc, large_files_are_served_whole);
	tcase_add_loop_test(tc, head_has_the_length_and_no_body, 0, 3);
}

int main(void)
{
	Suite *suite = suite_create("static");
	TCase *tc = tcase_create("static");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_loop_test(tc, type, 0, nitems(types));
	add_answers(tc);
	return stage_run(suite);
}
