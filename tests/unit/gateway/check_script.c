/* SPDX-License-Identifier: MIT
 *
 * check_script: which file a path names, what of the path is left, and what runs the file.
 */
#include "gateway/script.h"

#include "tests/unit/gateway/stage.h"

static struct request *r;

static void make_tree(void)
{
	stage_mkdir("cgi");
	stage_file("cgi/run", 0755, SPAN_LIT("x"));
	stage_file("cgi/x.py", 0644, SPAN_LIT("x"));
	stage_file("cgi/x.py.sh", 0644, SPAN_LIT("x"));
	stage_file("cgi/plain", 0644, SPAN_LIT("x"));
	stage_file("cgi/.secret", 0755, SPAN_LIT("x"));
	stage_file("cgi/upload.jpg", 0755, SPAN_LIT("x"));
	stage_mkdir("cgi/sub");
	stage_file("cgi/sub/x", 0755, SPAN_LIT("x"));
	stage_mkdir("cgi/sub.d");
	stage_file("cgi/sub.d/noext", 0644, SPAN_LIT("x"));
	stage_mkdir("cgi/.git");
	stage_file("cgi/.git/hook", 0755, SPAN_LIT("x"));
	stage_file("cgi/.git/hook.php", 0644, SPAN_LIT("x"));
	stage_file("cgi/.php", 0644, SPAN_LIT("x"));
	stage_mkdir("cgi/.well-known");
	stage_file("cgi/.well-known/who.php", 0644, SPAN_LIT("x"));
	stage_mkdir("cgi/v1.php");
	stage_file("cgi/v1.php/real.php", 0644, SPAN_LIT("x"));
	stage_file("cgi/app.php", 0644, SPAN_LIT("x"));
	stage_file("cgi/run~", 0755, SPAN_LIT("x"));
	stage_file("cgi/open", 0777, SPAN_LIT("x"));
	stage_file("cgi/perl", 0755, SPAN_LIT("x"));
	stage_file("cgi/open.php", 0666, SPAN_LIT("x"));
	stage_link("x.py", "cgi/link.py");
	stage_link("app.php", "cgi/link.php");
	ck_assert_int_eq(mkfifo(stage_path("cgi/fifo"), 0777), 0);
}

static void up(void)
{
	stage_up();
	make_tree();
}

static void down(void)
{
	if (r)
		request_free(r);
	stage_down();
}

static void plan(enum msg_pool_kind kind, const char *directory, const char *root)
{
	stage_plan((struct msg_plan_gateway){.document_root = span_of(root)});
	stage_pool((struct msg_plan_pool){.kind = kind, .directory = span_of(directory)});
}

static void add_interpreter(const char *extension, const char *program)
{
	ck_assert_ptr_null(plan_add_interpreter(lane_here->plan,
		&(struct msg_plan_interpreter){1, span_of(extension), span_of(program)}));
}

/* What script_find says of this path. */
static int find(const char *path)
{
	char head[256];

	if (r)
		request_free(r);
	snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
	r = stage_request(&fake_front, NULL, head);
	ck_assert(
		route_find(r->plan->routes, r->plan->nroutes, r->host, request_path(r), &r->match));
	r->pool = plan_pool(r->plan, 1);
	return script_find(r);
}

/* A path below the stage's directory, NUL behind it. */
static void file_is(const struct buf *b, const char *name)
{
	ck_span_is(buf_span(b), stage_path(name));
	ck_assert_int_eq(buf_tail(b)[0], '\0');
}

/* ---- scripts of a directory ---- */

static const struct {
	const char *path;
	int status;
	const char *file, *script_name, *path_info, *interpreter;
} in_directory[] = {
	{"/bin/run", 0, "cgi/run", "/bin/run", "", NULL},
	{"/bin/run/", 0, "cgi/run", "/bin/run", "/", NULL},
	{"/bin/run/a/b", 0, "cgi/run", "/bin/run", "/a/b", NULL},
	{"/bin/run/.x", 0, "cgi/run", "/bin/run", "/.x", NULL},
	{"/bin/sub/x", 0, "cgi/sub/x", "/bin/sub/x", "", NULL},
	{"/bin/sub/x/y", 0, "cgi/sub/x", "/bin/sub/x", "/y", NULL},
	{"/bin//sub/./x", 0, "cgi/sub/x", "/bin/sub/x", "", NULL},

	/* The first file, not what the path looks like. */
	{"/bin/upload.jpg/x.py", 0, "cgi/upload.jpg", "/bin/upload.jpg", "/x.py", NULL},

	/* The interpreter follows the last extension of the file alone. */
	{"/bin/x.py", 0, "cgi/x.py", "/bin/x.py", "", "/bin/python"},
	{"/bin/x.py/a.sh", 0, "cgi/x.py", "/bin/x.py", "/a.sh", "/bin/python"},
	{"/bin/x.py.sh", 0, "cgi/x.py.sh", "/bin/x.py.sh", "", "/bin/sh"},

	/* Neither executable nor known. */
	{"/bin/plain", 403, NULL, NULL, NULL, NULL},
	{"/bin/sub.d/noext", 403, NULL, NULL, NULL, NULL},

	/* Nothing there. */
	{"/bin/none", 404, NULL, NULL, NULL, NULL},
	{"/bin/none/run", 404, NULL, NULL, NULL, NULL},
	{"/bin/sub/none", 404, NULL, NULL, NULL, NULL},

	/* Dot-files, and below dot-directories. */
	{"/bin/.secret", 404, NULL, NULL, NULL, NULL},
	{"/bin/.git/hook", 404, NULL, NULL, NULL, NULL},
	{"/bin/%2esecret", 404, NULL, NULL, NULL, NULL},

	/* Copies. */
	{"/bin/run~", 404, NULL, NULL, NULL, NULL},
	{"/bin/run/x~", 0, "cgi/run", "/bin/run", "/x~", NULL},

	/* Directories. */
	{"/bin", SCRIPT_DIRECTORY, NULL, NULL, NULL, NULL},
	{"/bin/", SCRIPT_DIRECTORY, NULL, NULL, NULL, NULL},
	{"/bin/sub", SCRIPT_DIRECTORY, NULL, NULL, NULL, NULL},
	{"/bin/sub/", SCRIPT_DIRECTORY, NULL, NULL, NULL, NULL},

	/* By a link: the name that was asked for is the script's. */
	{"/bin/link.py/x", 0, "cgi/link.py", "/bin/link.py", "/x", "/bin/python"},

	{"/bin/fifo", 403, NULL, NULL, NULL, NULL},
	{"/bin/open", 403, NULL, NULL, NULL, NULL},
	{"/bin/perl", 403, NULL, NULL, NULL, NULL},
};

START_TEST(directory)
{
	plan(POOL_CGI, stage_path("cgi"), NULL);
	add_interpreter("py", "/bin/python");
	add_interpreter("sh", "/bin/sh");
	stage_route(ROUTE_PREFIX, "/bin/");
	stage_seal();
	ck_assert_int_eq(find(in_directory[_i].path), in_directory[_i].status);
	if (in_directory[_i].status == 0) {
		file_is(&r->script_file, in_directory[_i].file);
		ck_span_is(r->script_name, in_directory[_i].script_name);
		ck_span_is(r->path_info, in_directory[_i].path_info);
		if (in_directory[_i].interpreter)
			ck_assert_str_eq(r->interpreter, in_directory[_i].interpreter);
		else
			ck_assert_ptr_null(r->interpreter);
	}
	/* What is the administrator's to mend is in the log. */
	ck_assert_int_eq(in_directory[_i].status == 403, *stage_logged() != '\0');
}
END_TEST

START_TEST(an_interpreter_for_any_extension)
{
	plan(POOL_CGI, stage_path("cgi"), NULL);
	add_interpreter("", "/bin/any");
	add_interpreter("py", "/bin/python");
	stage_route(ROUTE_PREFIX, "/bin/");
	stage_seal();
	ck_assert_int_eq(find("/bin/plain"), 0);
	ck_assert_str_eq(r->interpreter, "/bin/any");
	ck_assert_int_eq(find("/bin/sub.d/noext"), 0); /* the directory's dot is none of it */
	ck_assert_str_eq(r->interpreter, "/bin/any");
	ck_assert_int_eq(find("/bin/x.py"), 0);
	ck_assert_str_eq(r->interpreter, "/bin/python");
	ck_assert_int_eq(find("/bin/run"), 0); /* executable: it knows best */
	ck_assert_ptr_null(r->interpreter);
}
END_TEST

START_TEST(at_the_root_of_the_site)
{
	plan(POOL_CGI, stage_path("cgi"), NULL);
	stage_route(ROUTE_PREFIX, "/");
	stage_seal();
	ck_assert_int_eq(find("/sub/x/y"), 0);
	ck_span_is(r->script_name, "/sub/x");
	ck_span_is(r->path_info, "/y");
	ck_assert_int_eq(find("/"), SCRIPT_DIRECTORY);
}
END_TEST

/* A client may ask as often as it likes. */
START_TEST(a_refusal_is_told_once_and_names_what_is_refused)
{
	char line[512];

	plan(POOL_CGI, stage_path("cgi"), NULL);
	stage_route(ROUTE_PREFIX, "/bin/");
	stage_seal();
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(find("/bin/open/x"), 403);
	snprintf(line, sizeof line,
		"ERROR: [pool pool] script %s: everybody may write to it (mode 0777): chmod o-w it",
		stage_path("cgi/open"));
	ck_assert_ptr_nonnull(strstr(stage_logged(), line));
	ck_assert_ptr_eq(strchr(stage_logged(), '\n'), strrchr(stage_logged(), '\n'));
	file_is(&r->script_file, "cgi/open");
	ck_assert_int_eq(find("/bin/none"), 404);
	ck_assert_uint_eq(buf_len(&r->script_file), 0);
}
END_TEST

START_TEST(links_are_followed_as_the_pool_says)
{
	plan(POOL_CGI, stage_path("cgi"), NULL);
	plan_pool(lane_here->plan, 1)->follow = FOLLOW_NONE;
	add_interpreter("py", "/bin/python");
	stage_route(ROUTE_PREFIX, "/bin/");
	stage_seal();
	ck_assert_int_eq(find("/bin/link.py"), 403);
	ck_assert_ptr_nonnull(strstr(stage_logged(), "/cgi/link.py: follow_symlinks = no"));
	plan_pool(lane_here->plan, 1)->follow = FOLLOW_ALL;
	ck_assert_int_eq(find("/bin/link.py"), 0);
}
END_TEST

START_TEST(an_exact_route_names_one_script)
{
	plan(POOL_CGI, stage_path("cgi"), NULL);
	stage_route(ROUTE_EXACT, "/some/where/run");
	stage_route(ROUTE_EXACT, "/none");
	stage_route(ROUTE_EXACT, "/some/where/sub");
	stage_route(ROUTE_EXACT, "/sub/");
	stage_route(ROUTE_EXACT, "/run~");
	stage_route(ROUTE_EXACT, "/");
	stage_seal();
	ck_assert_int_eq(find("/some/where/run"), 0);
	file_is(&r->script_file, "cgi/run");
	ck_span_is(r->script_name, "/some/where/run");
	ck_span_is(r->path_info, "");
	ck_assert_int_eq(find("/none"), 404);
	ck_assert_int_eq(find("/some/where/sub"), 404);
	ck_assert_int_eq(find("/sub/"), 404);
	ck_assert_int_eq(find("/run~"), 404);
	ck_assert_int_eq(find("/"), 404);
}
END_TEST

/* ---- scripts by suffix ---- */

static const struct {
	const char *path;
	int status;
	const char *file, *script_name, *path_info;
} by_suffix[] = {
	{"/app.php", 0, "cgi/app.php", "/app.php", ""},
	{"/app.php/", 0, "cgi/app.php", "/app.php", "/"},
	{"/app.php/a/b.php", 0, "cgi/app.php", "/app.php", "/a/b.php"},
	{"/v1.php/real.php", 0, "cgi/v1.php/real.php", "/v1.php/real.php", ""},
	{"/v1.php/real.php/x", 0, "cgi/v1.php/real.php", "/v1.php/real.php", "/x"},
	{"/v1.php", 404, NULL, NULL, NULL},
	{"/v1.php/none.php", 404, NULL, NULL, NULL},
	{"/none.php", 404, NULL, NULL, NULL},
	{"/none.php/app.php", 404, NULL, NULL, NULL},
	{"/upload.jpg/none.php", 404, NULL, NULL, NULL},
	{"/open/none.php", 404, NULL, NULL, NULL},
	{"/fifo/none.php", 404, NULL, NULL, NULL},
	{"/.git/hook.php", 404, NULL, NULL, NULL},
	{"/.php", 404, NULL, NULL, NULL},
	{"/.well-known/who.php/x", 0, "cgi/.well-known/who.php", "/.well-known/who.php", "/x"},

	/* It is the program that opens these, by rules of its own. */
	{"/open.php", 0, "cgi/open.php", "/open.php", ""},
	{"/link.php", 0, "cgi/link.php", "/link.php", ""},
};

static void check_suffix(int i)
{
	ck_assert_int_eq(find(by_suffix[i].path), by_suffix[i].status);
	ck_assert_str_eq(stage_logged(), "");
	if (by_suffix[i].status)
		return;
	file_is(&r->script_file, by_suffix[i].file);
	ck_span_is(r->script_name, by_suffix[i].script_name);
	ck_span_is(r->path_info, by_suffix[i].path_info);
	ck_assert_ptr_null(r->interpreter);
}

START_TEST(suffix)
{
	plan(POOL_FASTCGI, stage_path("cgi"), NULL);
	stage_route(ROUTE_SUFFIX, ".php");
	stage_seal();
	check_suffix(_i);
}
END_TEST

/* Without a directory of the pool the document root is where scripts are. */
START_TEST(suffix_below_the_document_root)
{
	plan(POOL_FASTCGI, NULL, stage_path("cgi"));
	stage_route(ROUTE_SUFFIX, ".php");
	stage_seal();
	check_suffix(_i);
}
END_TEST

/* What an earlier call left in errno says nothing about this file. */
START_TEST(suffix_is_not_misled_by_an_old_error)
{
	plan(POOL_FASTCGI, stage_path("cgi"), NULL);
	stage_route(ROUTE_SUFFIX, ".php");
	stage_seal();
	errno = EACCES;
	ck_assert_int_eq(find("/v1.php/real.php"), 0);
	ck_span_is(r->script_name, "/v1.php/real.php");
	errno = EACCES;
	ck_assert_int_eq(find("/v1.php"), 404);
	ck_assert_str_eq(stage_logged(), "");
}
END_TEST

START_TEST(scripts_by_suffix_of_a_cgi_pool_are_run)
{
	plan(POOL_CGI, stage_path("cgi"), NULL);
	stage_route(ROUTE_SUFFIX, ".php");
	stage_seal();
	ck_assert_int_eq(find("/app.php"), 403);
	ck_assert_ptr_nonnull(strstr(stage_logged(), "it is not executable"));
	add_interpreter("php", "/bin/php");
	ck_assert_int_eq(find("/app.php"), 0);
	ck_assert_str_eq(r->interpreter, "/bin/php");
	ck_assert_int_eq(find("/v1.php"), 404);
	ck_assert_int_eq(find("/v1.php/real.php/x"), 0);
	ck_span_is(r->script_name, "/v1.php/real.php");
	ck_assert_int_eq(find("/open/none.php"), 404);
	ck_assert_int_eq(find("/open.php"), 403);
	ck_assert_ptr_nonnull(strstr(stage_logged(), "/open.php: everybody may write to it"));
}
END_TEST

/* ---- applications, which have no file ---- */

START_TEST(an_application_is_told_where_it_is_mounted)
{
	plan(POOL_FASTCGI, NULL, NULL);
	stage_route(ROUTE_PREFIX, "/app/");
	stage_seal();
	ck_assert_int_eq(find("/app/a/b"), 0);
	ck_span_is(r->script_name, "/app");
	ck_span_is(r->path_info, "/a/b");
	ck_assert_uint_eq(buf_len(&r->script_file), 0);
	ck_assert_uint_eq(buf_len(&r->path_translated), 0);
	ck_assert_int_eq(find("/app"), 0);
	ck_span_is(r->path_info, "");
}
END_TEST

/* RFC 3875 4.1.6: PATH_INFO below the document root. */
START_TEST(path_info_is_translated)
{
	plan(POOL_FASTCGI, NULL, stage_path("www"));
	stage_route(ROUTE_PREFIX, "/app/");
	stage_seal();
	ck_assert_int_eq(find("/app/a/b"), 0);
	file_is(&r->path_translated, "www/a/b");
	file_is(&r->script_file, "www/app");
	ck_assert_int_eq(find("/app"), 0);
	ck_assert_uint_eq(buf_len(&r->path_translated), 0);
}
END_TEST

START_TEST(path_info_is_translated_below_the_pools_directory_if_that_is_all)
{
	plan(POOL_CGI, stage_path("cgi"), NULL);
	stage_route(ROUTE_PREFIX, "/bin/");
	stage_seal();
	ck_assert_int_eq(find("/bin/run/a/b"), 0);
	file_is(&r->path_translated, "cgi/a/b");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("script");
	TCase *tc = tcase_create("script");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_loop_test(tc, directory, 0, nitems(in_directory));
	tcase_add_test(tc, an_interpreter_for_any_extension);
	tcase_add_test(tc, at_the_root_of_the_site);
	tcase_add_test(tc, a_refusal_is_told_once_and_names_what_is_refused);
	tcase_add_test(tc, links_are_followed_as_the_pool_says);
	tcase_add_test(tc, an_exact_route_names_one_script);
	tcase_add_loop_test(tc, suffix, 0, nitems(by_suffix));
	tcase_add_loop_test(tc, suffix_below_the_document_root, 0, nitems(by_suffix));
	tcase_add_test(tc, suffix_is_not_misled_by_an_old_error);
	tcase_add_test(tc, scripts_by_suffix_of_a_cgi_pool_are_run);
	tcase_add_test(tc, an_application_is_told_where_it_is_mounted);
	tcase_add_test(tc, path_info_is_translated);
	tcase_add_test(tc, path_info_is_translated_below_the_pools_directory_if_that_is_all);
	return stage_run(suite);
}
