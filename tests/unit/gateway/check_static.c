/* SPDX-License-Identifier: MIT
 *
 * check_static: files below the document root, and everything that is not to be had.
 */
#include "gateway/static.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

#include "gateway/file_cache.h"
#include "gateway/file_reply.h"
#include "gateway/http_reply.h"
#include "gateway/request_target.h"
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
	stage_mkdir("www/.well-known");
	stage_file("www/.well-known/acme", 0644, SPAN_LIT("token"));
	stage_file("www/.well-known/.secret", 0644, SPAN_LIT("secret"));
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

static void stage_root(const char *index, bool autoindex)
{
	stage_plan((struct msg_plan_gateway){.document_root = span_of(stage_path("www")),
		.index = span_of(index),
		.charset = SPAN_LIT("utf-8"),
		.precompressed = true,
		.autoindex = autoindex});
	file_cache_clear(lane_here);
}

static void up(void)
{
	stage_up();
	make_tree();
	stage_root("index.html", false);
	stage_seal();
}

static void down(void)
{
	told_forget();
	file_cache_clear(lane_here);
	stage_down();
}

/* Before us is a head; behind us is what the face was told. */
static void ask_with(const char *method, const char *target, const char *fields)
{
	char head[1024];

	told_forget();
	snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, target, fields);
	ck_assert(static_serve(stage_request(&fake_front, NULL, head)));
	ck_assert_uint_eq(told.ended + (told.refused != 0), 1);
}

static void ask(const char *method, const char *target)
{
	ask_with(method, target, "");
}

static void get(const char *target)
{
	ask("GET", target);
}

static bool has_line(const char *line)
{
	ck_assert(buf_put(&told.lines, "", 1));
	told.lines.end--;
	return strstr(buf_head(&told.lines), line) != NULL;
}

/* ---- what is served ---- */

static const struct {
	const char *target, *body, *type;
} files[] = {
	{"/a.txt", "a text", "text/plain"}, {"/a.txt?query", "a text", "text/plain"},
	{"/a%20b.txt", "a text with a space", "text/plain"},
	{"//dir/../a.txt", "a text", "text/plain"}, {"/empty.html", "", "text/html"},
	{"/inside", "a text", "application/octet-stream"}, {"/dir/", "index", "text/html"},
	{"/dir/index.html", "index", "text/html"}, {"/dir/.", "index", "text/html"},
	{"/.well-known/acme", "token", "application/octet-stream"}, /* RFC 8615 */
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

	/* No listing unless it is asked for. */
	{"/", 404},
	{"/bare/", 404},
	{"/odd/", 404},

	/* Dot-files, and below dot-directories. */
	{"/.htpasswd", 404},
	{"/%2ehtpasswd", 404},
	{"/.git", 404},
	{"/.git/", 404},
	{"/.git/config", 404},
	{"/.well-known/.secret", 404},
	{"/.well-known", 404},
	{"/dir/.well-known/acme", 404},
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

static const struct {
	const char *method;
	int status;
} methods[] = {
	{"POST", 405},
	{"PUT", 405},
	{"DELETE", 405},
	{"PATCH", 405},
	{"TRACE", 405},
	{"PROPFIND", 405},
	{"VERSION-CONTROL", 405},

	/* Methods are case-sensitive (RFC 9110 9.1). */
	{"get", 501},
	{"GETS", 501},
	{"BREW", 501},
};

START_TEST(only_reading_is_allowed)
{
	ask(methods[_i].method, "/a.txt");
	ck_assert_int_eq(told.refused, methods[_i].status);
	ck_assert_int_eq(has_line("Allow: GET, HEAD, OPTIONS\r\n"), methods[_i].status == 405);
}
END_TEST

START_TEST(options_are_told)
{
	ask("OPTIONS", "/a.txt");
	ck_assert_int_eq(told.status, 204);
	ck_assert(has_line("Allow: GET, HEAD, OPTIONS\r\n"));
}
END_TEST

/* ---- index files ---- */

START_TEST(the_first_index_that_is_there_answers)
{
	stage_root("none.html/index.html/index.htm", false);
	stage_seal();
	stage_file("www/dir/index.htm", 0644, SPAN_LIT("second"));
	get("/dir/");
	ck_span_is(buf_span(&told.body), "index");
	ck_assert_int_eq(unlink(stage_path("www/dir/index.html")), 0);
	stage_turn();
	get("/dir/");
	ck_span_is(buf_span(&told.body), "second");
}
END_TEST

START_TEST(there_may_be_no_index)
{
	stage_root("", false);
	stage_seal();
	get("/dir/");
	ck_assert_int_eq(told.refused, 404);
	get("/dir/index.html");
	ck_assert_int_eq(told.status, 200);
}
END_TEST

/* ---- lists ---- */

static bool body_has(const char *text)
{
	ck_assert(buf_put(&told.body, "", 1));
	told.body.end--;
	return strstr(buf_head(&told.body), text) != NULL;
}

static void list(const char *target)
{
	stage_root("index.html", true);
	stage_seal();
	get(target);
}

START_TEST(a_list_shows_what_can_be_had)
{
	list("/");
	ck_assert_int_eq(told.status, 200);
	ck_assert(has_line("Content-Type: text/html; charset=utf-8\r\n"));
	ck_assert(body_has("<a href=\"a.txt\">a.txt</a>"));
	ck_assert(body_has("<a href=\"a%20b.txt\">a b.txt</a>"));
	ck_assert(body_has("<a href=\"dir/\">dir/</a>"));
	ck_assert(body_has("<a href=\"inside\">inside</a>"));
	ck_assert(body_has(">40000<"));
	ck_assert(!body_has(".htpasswd") && !body_has(".git"));
	ck_assert(!body_has("fifo") && !body_has("outside") && !body_has("passwd"));
	ck_assert(!body_has("dangling") && !body_has("loop") && !body_has("\"up"));
	ck_assert(!body_has("\"../\""));
	ck_assert(strstr(told.body.data, "odd/") < strstr(told.body.data, "a.txt"));
}
END_TEST

START_TEST(an_index_comes_before_a_list)
{
	list("/dir/");
	ck_span_is(buf_span(&told.body), "index");
	list("/dir");
	ck_assert_int_eq(told.status, 301);
	list("/none/");
	ck_assert_int_eq(told.refused, 404);
	list("/a.txt/");
	ck_assert_int_eq(told.refused, 404);
	list("/.git/");
	ck_assert_int_eq(told.refused, 404);
	list("/up/");
	ck_assert_int_eq(told.refused, 403);
}
END_TEST

START_TEST(names_in_a_list_are_harmless)
{
	stage_file("www/bare/<script>&\"'.html", 0644, SPAN_LIT(""));
	stage_file("www/bare/javascript:alert(1)", 0644, SPAN_LIT(""));
	stage_file("www/bare/two\nlines", 0644, SPAN_LIT(""));
	stage_file("www/bare/?a=b#c%41", 0644, SPAN_LIT(""));
	list("/bare/");
	ck_assert(body_has("<a href=\"%3Cscript%3E%26%22%27.html\">"
			   "&#60;script&#62;&#38;&#34;&#39;.html</a>"));
	ck_assert(body_has("<a href=\"javascript%3Aalert%281%29\">"));
	ck_assert(body_has("<a href=\"%3Fa%3Db%23c%2541\">"));
	ck_assert(body_has("<a href=\"../\">"));
	ck_assert(!body_has("two"));
}
END_TEST

START_TEST(a_long_list_has_an_end)
{
	char name[32];

	for (int i = 0; i < 4100; i++) {
		snprintf(name, sizeof name, "www/bare/f%d", i);
		stage_file(name, 0644, SPAN_LIT(""));
	}
	list("/bare/");
	ck_assert(body_has("only 4096 are shown"));
}
END_TEST

/* ---- preconditions and ranges: what is asked of a file, and what it comes to ---- */

static const struct {
	const char *method, *fields;
	int status;
	const char *body;
} wishes[] = {
	{"GET", "Range: bytes=2-3\r\n", 206, "te"},
	{"GET", "Range: bytes=-4\r\n", 206, "text"},
	{"GET", "Range: bytes=6-\r\n", 416, ""},
	{"GET", "Range: bytes=3-2\r\n", 200, "a text"},
	{"HEAD", "Range: bytes=2-3\r\n", 200, "a text"},
	{"GET", "If-Match: \"x\"\r\n", 412, ""},
	{"HEAD", "If-Match: \"x\"\r\n", 412, ""},
	{"GET", "If-Match: *\r\n", 200, "a text"},
	{"GET", "If-None-Match: *\r\n", 304, ""},
	{"HEAD", "If-None-Match: *\r\n", 304, ""},
	{"GET", "If-None-Match: *\r\nRange: bytes=2-3\r\n", 304, ""},
	{"GET", "If-Range: \"x\"\r\nRange: bytes=2-3\r\n", 200, "a text"},
	{"GET", "If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT\r\n", 304, ""},
	{"GET", "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 412, ""},
};

START_TEST(wished)
{
	ask_with(wishes[_i].method, "/a.txt", wishes[_i].fields);
	ck_assert_int_eq(told.status ? told.status : told.refused, wishes[_i].status);
	ck_span_is(buf_span(&told.body), wishes[_i].body);
	ck_assert_int_eq(has_line("ETag: \""), told.status != 0);
	ck_assert_int_eq(has_line("Last-Modified: "), told.status != 0);
	ck_assert_int_eq(has_line("Content-Type: "), told.status / 100 == 2);
	ck_assert_int_eq(has_line("Accept-Ranges: bytes"), told.status / 100 == 2);
	ck_assert_int_eq(has_line("Content-Range: bytes "),
		wishes[_i].status == 206 || wishes[_i].status == 416);
}
END_TEST

static void etag_of(const char *target, char to[64])
{
	const char *line;

	get(target);
	ck_assert(has_line("ETag: "));
	line = strstr(buf_head(&told.lines), "ETag: ") + 6;
	snprintf(to, 64, "%.*s", (int)strcspn(line, "\r"), line);
}

START_TEST(the_tag_is_the_files)
{
	char tag[64], fields[128];

	etag_of("/a.txt", tag);
	snprintf(fields, sizeof fields, "If-None-Match: %s\r\n", tag);
	ask_with("GET", "/a.txt", fields);
	ck_assert_int_eq(told.status, 304);
	snprintf(fields, sizeof fields, "If-Range: %s\r\nRange: bytes=0-0\r\n", tag);
	ask_with("GET", "/a.txt", fields);
	ck_assert_int_eq(told.status, 206);
}
END_TEST

START_TEST(several_ranges_come_in_parts)
{
	char want[1024], line[80];

	ask_with("GET", "/a.txt", "Range: bytes=4-,0-0\r\n");
	ck_assert_int_eq(told.status, 206);
	ck_assert(has_line("Content-Type: multipart/byteranges; boundary="));
	ck_assert(body_has("--"));
	snprintf(line, sizeof line, "%.34s", told.body.data);
	snprintf(want, sizeof want,
		"%s\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Content-Range: bytes 4-5/6\r\n\r\nxt\r\n"
		"%s\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Content-Range: bytes 0-0/6\r\n\r\na\r\n%s--\r\n",
		line, line, line);
	ck_span_is(buf_span(&told.body), want);
}
END_TEST

/* ---- neighbours ---- */

static const struct {
	const char *accepts, *body, *coding;
} codings[] = {
	{"", "a text", NULL},
	{"Accept-Encoding: gzip\r\n", "gzipped", "gzip"},
	{"Accept-Encoding: gzip, br\r\n", "brotli", "br"},
	{"Accept-Encoding: gzip, br;q=0.5\r\n", "gzipped", "gzip"},
	{"Accept-Encoding: zstd\r\n", "a text", NULL},
	{"Accept-Encoding: gzip\r\nRange: bytes=0-1\r\n", "gz", "gzip"},
	{"Accept-Encoding: gzip\r\nRange: bytes=0-0,2-2\r\n", "gzipped", "gzip"},
};

START_TEST(neighbours)
{
	char line[64];

	stage_file("www/a.txt.gz", 0644, SPAN_LIT("gzipped"));
	stage_file("www/a.txt.br", 0644, SPAN_LIT("brotli"));
	ask_with("GET", "/a.txt", codings[_i].accepts);
	ck_span_is(buf_span(&told.body), codings[_i].body);
	ck_assert(has_line("Vary: Accept-Encoding\r\n"));
	ck_assert(has_line("Content-Type: text/plain; charset=utf-8\r\n"));
	snprintf(line, sizeof line, "Content-Encoding: %s\r\n",
		codings[_i].coding ? codings[_i].coding : "");
	ck_assert_int_eq(has_line(line), codings[_i].coding != NULL);
}
END_TEST

START_TEST(neighbours_come_and_go)
{
	static const char gzip[] = "Accept-Encoding: gzip\r\n";

	ask_with("GET", "/a.txt", gzip);
	ck_span_is(buf_span(&told.body), "a text");
	ck_assert(!has_line("Vary"));
	stage_file("www/a.txt.gz", 0644, SPAN_LIT("gzipped"));
	stage_turn();
	ask_with("GET", "/a.txt", gzip);
	ck_span_is(buf_span(&told.body), "gzipped");
	ask_with("GET", "/a.txt", "Accept-Encoding: gzip\r\nIf-None-Match: *\r\n");
	ck_assert_int_eq(told.status, 304);
	ck_assert(has_line("Vary: Accept-Encoding\r\n"));
	ck_assert_int_eq(unlink(stage_path("www/a.txt.gz")), 0);
	stage_turn();
	ask_with("GET", "/a.txt", gzip);
	ck_span_is(buf_span(&told.body), "a text");
	ck_assert(!has_line("Vary"));
}
END_TEST

START_TEST(odd_neighbours_are_none)
{
	stage_mkdir("www/a.txt.gz");
	stage_link("../outside.txt", "www/a.txt.br");
	ask_with("GET", "/a.txt", "Accept-Encoding: gzip, br\r\n");
	ck_span_is(buf_span(&told.body), "a text");
	ck_assert(!has_line("Vary"));
}
END_TEST

START_TEST(each_variant_has_its_tag)
{
	char plain[64], coded[64];

	stage_file("www/a.txt.gz", 0644, SPAN_LIT("gzipped"));
	etag_of("/a.txt", plain);
	etag_of("/a.txt.gz", coded);
	ck_assert_str_ne(plain, coded);
	ck_assert(has_line("Content-Type: application/gzip\r\n"));
	ck_assert(!has_line("Content-Encoding"));
	ask_with("GET", "/a.txt", "Accept-Encoding: gzip\r\n");
	ck_assert(has_line(coded));
}
END_TEST

/* ---- nobody gets what was ---- */

/* As old as a file has to be for its next change to show. */
static void wait_until_settled(const char *target)
{
	struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};

	for (int i = 0; i < 200; i++) {
		struct file *f = file_cache_get(lane_here, span_of(target), CODING_IDENTITY, false);
		bool settled = f && f->settled;

		file_unref(f);
		if (settled)
			return;
		nanosleep(&pause, NULL);
		stage_turn();
	}
	ck_abort_msg("it never settles");
}

static void write_over(const char *name, const char *text)
{
	int fd = open(stage_path(name), O_WRONLY | O_TRUNC | O_CLOEXEC);

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* In place, and then the date is set back: only the time of change tells. */
static void forge(const char *name, const char *text)
{
	struct stat st;

	ck_assert_int_eq(stat(stage_path(name), &st), 0);
	write_over(name, text);

	struct timespec times[2] = {st.st_atim, st.st_mtim};

	ck_assert_int_eq(utimensat(AT_FDCWD, stage_path(name), times, 0), 0);
}

static void replace(const char *name, const char *text)
{
	stage_file("www/new", 0644, span_of(text));
	ck_assert_int_eq(rename(stage_path("www/new"), stage_path(name)), 0);
}

static void (*const ways[])(const char *name, const char *text) = {write_over, forge, replace};

/* Every change is seen: in the tick of the last one, and when that is long ago. */
START_TEST(changes_are_seen)
{
	char before[64], after[64];

	for (int settled = 0; settled < 2; settled++) {
		if (settled)
			wait_until_settled("/a.txt");
		etag_of("/a.txt", before);
		stage_turn();
		ways[_i]("www/a.txt", settled ? "b text" : "c text");
		stage_turn();
		etag_of("/a.txt", after);
		ck_span_is(buf_span(&told.body), settled ? "b text" : "c text");
		if (settled)
			ck_assert_str_ne(before, after);
	}
}
END_TEST

START_TEST(a_swapped_link_is_seen)
{
	stage_mkdir("www/one");
	stage_mkdir("www/two");
	stage_file("www/one/x", 0644, SPAN_LIT("one"));
	stage_file("www/two/x", 0644, SPAN_LIT("two"));
	stage_link("one", "www/current");
	wait_until_settled("/current/x");
	get("/current/x");
	ck_span_is(buf_span(&told.body), "one");
	stage_link("two", "www/next");
	ck_assert_int_eq(rename(stage_path("www/next"), stage_path("www/current")), 0);
	stage_turn();
	get("/current/x");
	ck_span_is(buf_span(&told.body), "two");
}
END_TEST

START_TEST(what_is_gone_is_gone)
{
	wait_until_settled("/a.txt");
	get("/a.txt");
	ck_assert_int_eq(chmod(stage_path("www/a.txt"), geteuid() ? 0 : 0600), 0);
	stage_turn();
	get("/a.txt");
	ck_assert_int_eq(told.status ? told.status : told.refused, geteuid() ? 403 : 200);
	ck_assert_int_eq(unlink(stage_path("www/a.txt")), 0);
	stage_turn();
	get("/a.txt");
	ck_assert_int_eq(told.refused, 404);
	stage_link("../outside.txt", "www/a.txt");
	stage_turn();
	get("/a.txt");
	ck_assert_int_eq(told.refused, 403);
}
END_TEST

/* ---- where openat2 is hidden ---- */

static void hide_openat2(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {nitems(code), code};

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

START_TEST(by_hand_no_link_is_followed)
{
	hide_openat2();
	get("/dir/index.html");
	ck_span_is(buf_span(&told.body), "index");
	get("/dir/");
	ck_span_is(buf_span(&told.body), "index");
	get("/dir");
	ck_assert_int_eq(told.status, 301);
	get("/inside");
	ck_assert_int_eq(told.refused, 403);
	get("/outside");
	ck_assert_int_eq(told.refused, 403);
	get("/up/outside.txt");
	ck_assert_int_ge(told.refused, 403);
	get("/none/none");
	ck_assert_int_eq(told.refused, 404);
	list("/");
	ck_assert(body_has("a.txt") && !body_has("inside"));
}
END_TEST

/* ---- a fallback ---- */

static const struct {
	const char *target;
	bool lists, lacks;
} lacking[] = {
	{"/a.txt", false, false},
	{"/none", false, true},
	{"/a.txt/more", false, true},
	{"/dir/", false, false},
	{"/dir", false, false},
	{"/bare", false, false},
	{"/bare/", false, true},
	{"/bare/", true, false},
	{"/none/", true, true},
	{"/a.txt/", true, true},
	{"/odd/", false, true},
	{"/fifo", false, true},
	{"/dangling", false, true},
	{"/loop", false, false},
	{"/passwd", false, false},
	{"/.htpasswd", false, false},
	{"/.none", false, false},
	{"/.git/config", false, false},
	{"/bare/.none/x", true, false},
	{"/.well-known/none", false, true},
};

static struct request *of_fallback(const char *method, int i)
{
	char head[256];

	stage_plan((struct msg_plan_gateway){.document_root = span_of(stage_path("www")),
		.index = SPAN_LIT("index.html"),
		.fallback = SPAN_LIT("/dir/index.html"),
		.autoindex = lacking[i].lists});
	stage_seal();
	file_cache_clear(lane_here);
	told_forget();
	snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: a\r\n\r\n", method, lacking[i].target);
	return stage_request(&fake_front, NULL, head);
}

/* What is asked before a body is read, and what is found when the file is opened, agree. */
START_TEST(a_fallback_is_for_what_is_not_there)
{
	struct request *r = of_fallback("GET", _i);

	ck_assert_int_eq(static_lacks(r), lacking[_i].lacks);
	ck_span_is(request_path(r), lacking[_i].target);
	ck_assert_int_eq(static_serve(r), !lacking[_i].lacks);
	ck_assert_uint_eq(told.ended + (told.refused != 0), !lacking[_i].lacks);
	if (!lacking[_i].lacks)
		return;
	ck_assert(request_fall_back(r));
	ck_assert(!static_lacks(r));
	ck_assert(static_serve(r));
	ck_span_is(buf_span(&told.body), "index");
}
END_TEST

START_TEST(nothing_falls_back_twice)
{
	struct request *r = of_fallback("GET", 1);

	strcpy(r->plan->fallback, "/none");
	ck_assert(!static_serve(r));
	ck_assert(request_fall_back(r));
	ck_assert(!static_lacks(r));
	ck_assert(static_serve(r));
	ck_assert_int_eq(told.refused, 404);
}
END_TEST

START_TEST(a_target_is_read_anew_behind_a_fallback)
{
	struct request *r = of_fallback("GET", 1);

	ck_assert(request_fall_back(r));
	ck_span_is(request_path(r), "/dir/index.html");
	ck_span_is(r->target.raw_path, "/none");
	ck_assert_int_eq(request_read_target(r), 0);
	ck_span_is(request_path(r), "/none");
	ck_assert(!r->fell_back);
	request_fail(r, 404);
}
END_TEST

/* ---- with a client: what the wire sees ---- */

static struct buf got;
static enum http_reply_end how;
static struct request *asked; /* until it has its answer */

static void on_done(struct request *r, enum http_reply_end end)
{
	how = end;
	asked = NULL;
	stage_done(r);
}

static void nothing(struct conn *c)
{
	(void)c;
}

static bool resumes;

static void on_drained(struct conn *c)
{
	(void)c;
	if (resumes && asked)
		file_reply_resume(asked);
}

static const struct conn_face face = {nothing, on_drained, nothing, nothing, nothing};

static const char *wire_with(const char *method, const char *target, const char *fields)
{
	int client;
	struct conn *c = stage_conn(&face, &client);
	char head[256];

	http_reply_init(on_done);
	snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, target, fields);
	how = REPLY_CUT;
	asked = stage_request(&http_front, c, head);
	static_serve(asked);
	conn_flush(c);
	while (asked || conn_unsent(c)) {
		stage_receive(client, &got);
		stage_turn();
	}
	stage_receive(client, &got);
	ck_assert_int_eq(how, REPLY_COMPLETE);
	conn_close(c);
	stage_turn();
	close(client);
	ck_assert(buf_put(&got, "", 1));
	got.end--;
	return buf_head(&got);
}

static const char *wire(const char *method, const char *target)
{
	return wire_with(method, target, "");
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

/* The parts of a large file are too large for memory, and each waits for the one before. */
START_TEST(large_parts_are_sent_one_by_one)
{
	stage_file("www/huge.bin", 0644, SPAN_LIT("x"));
	ck_assert_int_eq(truncate(stage_path("www/huge.bin"), 1000000), 0);
	resumes = true;
	wire_with("GET", "/huge.bin", "Range: bytes=100000-299999,500000-799999,-1\r\n");
	ck_assert_ptr_nonnull(strstr(got.data, "multipart/byteranges"));
	ck_assert_ptr_nonnull(strstr(got.data, "bytes 100000-299999/1000000\r\n\r\n"));
	ck_assert_ptr_nonnull(memmem(got.data, buf_len(&got), "bytes 500000-799999/1000000\r\n\r\n",
		sizeof "bytes 500000-799999/1000000" + 3));
	ck_assert_uint_gt(buf_len(&got), 500001);
	ck_assert(memcmp(buf_tail(&got) - 4, "--\r\n", 4) == 0);
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
	tcase_add_loop_test(tc, only_reading_is_allowed, 0, nitems(methods));
	tcase_add_test(tc, options_are_told);
	tcase_add_test(tc, large_files_are_served_whole);
	tcase_add_test(tc, large_parts_are_sent_one_by_one);
	tcase_add_loop_test(tc, head_has_the_length_and_no_body, 0, 3);
}

static void add_wishes(TCase *tc)
{
	tcase_add_loop_test(tc, wished, 0, nitems(wishes));
	tcase_add_test(tc, the_tag_is_the_files);
	tcase_add_test(tc, several_ranges_come_in_parts);
	tcase_add_loop_test(tc, neighbours, 0, nitems(codings));
	tcase_add_test(tc, neighbours_come_and_go);
	tcase_add_test(tc, odd_neighbours_are_none);
	tcase_add_test(tc, each_variant_has_its_tag);
}

static void add_directories(TCase *tc)
{
	tcase_add_test(tc, the_first_index_that_is_there_answers);
	tcase_add_test(tc, there_may_be_no_index);
	tcase_add_test(tc, a_list_shows_what_can_be_had);
	tcase_add_test(tc, an_index_comes_before_a_list);
	tcase_add_test(tc, names_in_a_list_are_harmless);
	tcase_add_test(tc, a_long_list_has_an_end);
}

static void add_fallback(TCase *tc)
{
	tcase_add_loop_test(tc, a_fallback_is_for_what_is_not_there, 0, nitems(lacking));
	tcase_add_test(tc, nothing_falls_back_twice);
	tcase_add_test(tc, a_target_is_read_anew_behind_a_fallback);
}

static void add_changes(TCase *tc)
{
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, changes_are_seen, 0, nitems(ways));
	tcase_add_test(tc, a_swapped_link_is_seen);
	tcase_add_test(tc, what_is_gone_is_gone);
	tcase_add_test(tc, by_hand_no_link_is_followed);
}

int main(void)
{
	Suite *suite = suite_create("static");
	TCase *tc = tcase_create("static");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	add_answers(tc);
	add_wishes(tc);
	add_directories(tc);
	add_fallback(tc);
	add_changes(tc);
	return stage_run(suite);
}
