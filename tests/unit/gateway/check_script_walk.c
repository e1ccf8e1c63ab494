/* SPDX-License-Identifier: MIT
 *
 * check_script_walk: down a made-up tree, as root and as a plain user: what is found, what is not
 * looked for, which links are followed, and what nobody would want to run.
 */
#include "gateway/script_walk.h"

#include <limits.h>

#include "tests/unit/gateway/stage.h"

static struct script_walk w;

static void make_tree(void)
{
	stage_mkdir("cgi");
	stage_file("cgi/run", 0755, SPAN_LIT("x"));
	stage_file("cgi/open", 0757, SPAN_LIT("x"));
	stage_file("cgi/secret", 0000, SPAN_LIT("x"));
	stage_file("cgi/.hidden", 0755, SPAN_LIT("x"));
	stage_file("cgi/run~", 0755, SPAN_LIT("x"));
	stage_file("cgi/php8.2", 0755, SPAN_LIT("x"));
	stage_file("cgi/env", 0755, SPAN_LIT("#!/bin/sh\n"));
	stage_mkdir("cgi/a");
	stage_mkdir("cgi/a/b");
	stage_file("cgi/a/b/run", 0755, SPAN_LIT("x"));
	stage_mkdir("cgi/a.bak");
	stage_file("cgi/a.bak/run", 0755, SPAN_LIT("x"));
	stage_mkdir("cgi/.git");
	stage_file("cgi/.git/run", 0755, SPAN_LIT("x"));
	stage_mkdir("cgi/.well-known");
	stage_file("cgi/.well-known/run", 0755, SPAN_LIT("x"));
	stage_mkdir("cgi/page.x");
	stage_file("cgi/page.x/page.x", 0755, SPAN_LIT("x"));
	stage_mkdir("cgi/anybody");
	stage_file("cgi/anybody/run", 0755, SPAN_LIT("x"));
	ck_assert_int_eq(chmod(stage_path("cgi/anybody"), 0777), 0);
	stage_mkdir("cgi/sticky");
	stage_file("cgi/sticky/run", 0755, SPAN_LIT("x"));
	ck_assert_int_eq(chmod(stage_path("cgi/sticky"), 01777), 0);
	ck_assert_int_eq(mkfifo(stage_path("cgi/fifo"), 0700), 0);
	stage_mkdir("elsewhere");
	stage_file("elsewhere/run", 0755, SPAN_LIT("xy"));
	stage_file("elsewhere/python3.11", 0755, SPAN_LIT("x"));
}

static void make_links(void)
{
	stage_link("run", "cgi/link");
	stage_link("link", "cgi/link2");
	stage_link("../elsewhere/run", "cgi/out");
	stage_link("../elsewhere", "cgi/outdir");
	stage_link(stage_path("elsewhere/run"), "cgi/absolute");
	stage_link("../elsewhere/python3.11", "cgi/tool");
	stage_link("tool", "cgi/tool2");
	stage_link("anybody/run", "cgi/into");
	stage_link("fifo", "cgi/to-fifo");
	stage_link("nowhere", "cgi/dangling");
	stage_link("circle", "cgi/circle");
	stage_link("/proc/self/exe", "cgi/magic");
	stage_link("/proc/self/cwd/run", "cgi/magic2");
	stage_link("cgi", "root");
}

static void up(void)
{
	stage_up();
	ck_assert_int_eq(chmod(stage_dir, 0755), 0);
	make_tree();
	make_links();
	log_set_level(LOG_AT_NOTICE);
}

static int walk(const char *path)
{
	static char root[128];

	if (!w.root) {
		snprintf(root, sizeof root, "%s", stage_path("cgi"));
		w.root = root;
	}
	return script_walk(&w, span_of(path));
}

/* As somebody who has only those rights that everybody has. */
static int walk_without_rights(const char *path)
{
	bool root = geteuid() == 0;
	int status;

	ck_assert(!root || seteuid(65534) == 0);
	status = walk(path);
	ck_assert(!root || seteuid(0) == 0);
	return status;
}

static void begin(enum msg_follow follow)
{
	w = (struct script_walk){.strict = true, .follow = follow};
}

/* ---- what is found ---- */

static const struct {
	const char *path;
	int status;
	const char *found; /* so much of the path */
	const char *why;
} rows[] = {
	{"/run", 0, "/run", ""},
	{"/run/", 0, "/run", ""},
	{"/run/a/b", 0, "/run", ""},
	{"/run/.x/y~", 0, "/run", ""},
	{"/a/b/run", 0, "/a/b/run", ""},
	{"/a/b/run/run", 0, "/a/b/run", ""},
	{"/secret", 0, "/secret", ""}, /* it is not read */
	{"/env", 0, "/env", ""},
	{"/sticky/run", 0, "/sticky/run", ""},

	{"", SCRIPT_WALK_DIRECTORY, "", ""},
	{"/", SCRIPT_WALK_DIRECTORY, "", ""},
	{"/a", SCRIPT_WALK_DIRECTORY, "/a", ""},
	{"/a/", SCRIPT_WALK_DIRECTORY, "/a", ""},
	{"/a/b/", SCRIPT_WALK_DIRECTORY, "/a/b", ""},
	{"/anybody", SCRIPT_WALK_DIRECTORY, "/anybody", ""},

	{"/none", 404, NULL, ""},
	{"/none/run", 404, NULL, ""},
	{"/a/none", 404, NULL, ""},
	{"/RUN", 404, NULL, ""},
	{"/.hidden", 404, NULL, ""},
	{"/.git/run", 404, NULL, ""},
	{"/.well-known/run", 404, NULL, ""},
	{"/run~", 404, NULL, ""},
	{"/none~", 404, NULL, ""},
	{"/a.bak/run", 404, NULL, ""},

	{"/open", 403, "/open", "everybody may write to it (mode 0757)"},
	{"/anybody/run", 403, "/anybody", "everybody may write to this directory (mode 0777)"},
	{"/anybody/none", 403, "/anybody", "everybody may write to this directory"},
	{"/php8.2", 403, "/php8.2", "named like an interpreter"},
	{"/fifo", 403, "/fifo", "neither a file nor a directory"},
	{"/fifo/x", 403, "/fifo", "neither a file nor a directory"},
};

static void check_row(const char *path, int status, const char *found, const char *why)
{
	ck_assert_int_eq(walk(path), status);
	if (found)
		ck_span_is(((struct span){path, w.len}), found);
	if (why[0])
		ck_assert_msg(strstr(w.why, why) != NULL, "%s: %s", path, w.why);
	else
		ck_assert_str_eq(w.why, "");
}

START_TEST(found)
{
	begin(FOLLOW_NONE);
	check_row(rows[_i].path, rows[_i].status, rows[_i].found, rows[_i].why);
	if (rows[_i].status == 0)
		ck_assert(S_ISREG(w.st.st_mode));
}
END_TEST

START_TEST(what_is_found_is_told)
{
	begin(FOLLOW_ALL);
	ck_assert_int_eq(walk("/out/x"), 0);
	ck_assert_int_eq(w.st.st_size, 2);
	ck_assert_uint_eq(w.st.st_mode & 07777, 0755);
}
END_TEST

START_TEST(a_name_may_be_as_long_as_a_name_can_be)
{
	char path[NAME_MAX + 3];
	int dir = open(stage_path("cgi"), O_PATH | O_DIRECTORY | O_CLOEXEC);

	begin(FOLLOW_NONE);
	memset(path, 'a', sizeof path);
	path[0] = '/';
	path[NAME_MAX + 1] = '\0';
	close(openat(dir, path + 1, O_WRONLY | O_CREAT | O_CLOEXEC, 0755));
	close(dir);
	ck_assert_int_eq(walk(path), 0);
	path[NAME_MAX + 1] = 'a';
	path[NAME_MAX + 2] = '\0';
	check_row(path, 404, "", "");
}
END_TEST

START_TEST(the_directory_itself_may_be_reached_by_links)
{
	begin(FOLLOW_NONE);
	w.root = stage_path("root");
	ck_assert_int_eq(walk("/run"), 0);
}
END_TEST

START_TEST(a_directory_that_is_not_there_is_told)
{
	begin(FOLLOW_NONE);
	w.root = stage_path("nowhere");
	ck_assert_int_eq(walk("/run"), 404);
	ck_assert_ptr_nonnull(strstr(w.why, "No such file or directory"));
	w.root = stage_path("cgi/run");
	ck_assert_int_eq(walk("/run"), 404);
	ck_assert_ptr_nonnull(strstr(w.why, "Not a directory"));
}
END_TEST

START_TEST(leftovers_are_told_at_debug_level)
{
	begin(FOLLOW_NONE);
	walk("/run~");
	ck_assert_str_eq(stage_logged(), "");
	log_set_level(LOG_AT_DEBUG);
	walk("/a/b/#run#/more");
	ck_assert_ptr_nonnull(strstr(stage_logged(), "/cgi/a/b/#run#: "));
}
END_TEST

START_TEST(a_directory_that_cannot_be_searched)
{
	begin(FOLLOW_NONE);
	ck_assert_int_eq(walk_without_rights("/a/b/run"), 0);
	ck_assert_int_eq(chmod(stage_path("cgi/a"), 0600), 0);
	ck_assert_int_eq(walk_without_rights("/a/b/run"), 403);
	ck_assert_ptr_nonnull(strstr(w.why, "may not search (x) this directory"));
	ck_assert_uint_eq(w.len, 2); /* it is the directory that is told, not what was asked for */
	ck_assert_int_eq(chmod(stage_path("cgi/a"), 0755), 0);
}
END_TEST

/* ---- by suffix, and for others ---- */

START_TEST(a_suffix_that_the_file_must_have)
{
	begin(FOLLOW_NONE);
	w.suffix = SPAN_LIT(".x");
	ck_assert_int_eq(walk("/page.x/page.x"), 0);
	ck_assert_int_eq(walk("/page.x/page.x/y"), 0);
	check_row("/page.x", SCRIPT_WALK_DIRECTORY, "/page.x", "");
	check_row("/open/page.x", 404, NULL, "");
	check_row("/fifo/page.x", 404, NULL, "");
}
END_TEST

START_TEST(well_known_is_not_hidden_where_the_site_begins)
{
	begin(FOLLOW_NONE);
	w.well_known = true;
	ck_assert_int_eq(walk("/.well-known/run"), 0);
	ck_assert_int_eq(walk("/.well-known"), 404);
	ck_assert_int_eq(walk("/.git/run"), 404);
	ck_assert_int_eq(walk("/a/.well-known/run"), 404);
}
END_TEST

START_TEST(what_another_program_runs_is_only_found)
{
	static const char *const all[] = {"/run~", "/open", "/anybody/run", "/php8.2", "/tool",
		"/a.bak/run", "/out", "/into"};

	w = (struct script_walk){.follow = FOLLOW_ALL};
	for (size_t i = 0; i < nitems(all); i++)
		check_row(all[i], 0, all[i], "");
	check_row("/.hidden", 404, NULL, "");
	check_row("/magic", 403, NULL, "by a link of /proc");
}
END_TEST

/* ---- links ---- */

static const struct {
	const char *path;
	int no, owner, yes;
	const char *why; /* of a refusal by the last of them */
} links[] = {
	{"/link", 403, 0, 0, ""},
	{"/link/x", 403, 0, 0, ""},
	{"/link2", 403, 0, 0, ""},
	{"/out", 403, 0, 0, ""},
	{"/absolute", 403, 0, 0, ""},
	{"/outdir/run", 403, 0, 0, ""},
	{"/outdir/none", 403, 404, 404, ""},
	{"/dangling", 404, 404, 404, ""},
	{"/dangling/x", 404, 404, 404, ""},
	{"/tool", 403, 403, 403, "/elsewhere/python3.11, which would run what clients send"},
	{"/tool2", 403, 403, 403, "leads to an interpreter"},
	{"/into", 403, 403, 403, "a directory that everybody may write to (mode 0777)"},
	{"/to-fifo", 403, 403, 403, "neither a file nor a directory"},
	{"/circle", 403, 403, 403, "leads in circles"},
	{"/magic", 403, 403, 403, "by a link of /proc"},
	{"/magic2", 403, 403, 403, "by a link of /proc"},
};

START_TEST(followed)
{
	char no[64];

	begin(FOLLOW_NONE);
	ck_assert_int_eq(walk(links[_i].path), links[_i].no);
	snprintf(no, sizeof no, "follow_symlinks = no, and this is a link (of user %u", geteuid());
	ck_assert(links[_i].owner == 403 || links[_i].no == 404 || strstr(w.why, no));
	begin(FOLLOW_OWNER);
	ck_assert_int_eq(walk(links[_i].path), links[_i].owner);
	begin(FOLLOW_ALL);
	check_row(links[_i].path, links[_i].yes, NULL, links[_i].why);
}
END_TEST

/* Root can give files away; others have links of theirs to what is root's. */
static uid_t make_strangers(void)
{
	uid_t other = geteuid() == 0 ? 1 : 0;

	if (other == 1) {
		stage_file("elsewhere/theirs", 0755, SPAN_LIT("x"));
		stage_mkdir("elsewhere/dir");
		stage_file("elsewhere/dir/run", 0755, SPAN_LIT("x"));
		ck_assert_int_eq(chown(stage_path("elsewhere/theirs"), 1, 1), 0);
		ck_assert_int_eq(chown(stage_path("elsewhere/dir"), 1, 1), 0);
	}
	stage_link(other ? "../elsewhere/theirs" : "/etc/hostname", "cgi/strange");
	stage_link(other ? "../elsewhere/dir" : "/etc", "cgi/strange-dir");
	return other;
}

START_TEST(an_owner_for_both)
{
	uid_t other = make_strangers();
	char why[200];

	snprintf(why, sizeof why,
		"this link belongs to user %u and what it leads to belongs to user %u: give both "
		"one owner (chown -h), or set follow_symlinks = yes",
		geteuid(), other);
	begin(FOLLOW_OWNER);
	check_row("/strange", 403, "/strange", why);
	check_row("/strange/x", 403, "/strange", why);
	check_row("/strange-dir/none", 403, "/strange-dir", why);
	begin(FOLLOW_ALL);
	ck_assert_int_eq(walk("/strange"), 0);
	ck_assert_int_eq(walk("/strange-dir/none"), 404);
	if (other == 1) {
		ck_assert_int_eq(lchown(stage_path("cgi/strange"), 1, 1), 0);
		begin(FOLLOW_OWNER);
		ck_assert_int_eq(walk("/strange"), 0);
	}
}
END_TEST

/* ---- names in two cases ---- */

/* Two names for everything are what a file system that folds case looks like from outside. */
START_TEST(a_name_in_another_case_too)
{
	begin(FOLLOW_NONE);
	ck_assert_int_eq(link(stage_path("cgi/run"), stage_path("cgi/RUN")), 0);
	ck_assert_int_eq(walk("/run"), 0);
	ck_assert_int_eq(walk("/RUN"), 0);
	ck_assert_int_eq(walk("/Run"), 404);
	ck_assert_int_eq(chmod(stage_path("cgi"), 0311), 0);
	ck_assert_int_eq(walk_without_rights("/run"), 403);
	ck_assert_ptr_nonnull(strstr(w.why, "may not read (r) the directory"));
	ck_assert_int_eq(walk_without_rights("/env"), 0);
	ck_assert_int_eq(chmod(stage_path("cgi"), 0755), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("script_walk");
	TCase *tc = tcase_create("script_walk");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, stage_down);
	tcase_add_loop_test(tc, found, 0, nitems(rows));
	tcase_add_test(tc, what_is_found_is_told);
	tcase_add_test(tc, a_name_may_be_as_long_as_a_name_can_be);
	tcase_add_test(tc, the_directory_itself_may_be_reached_by_links);
	tcase_add_test(tc, a_directory_that_is_not_there_is_told);
	tcase_add_test(tc, leftovers_are_told_at_debug_level);
	tcase_add_test(tc, a_directory_that_cannot_be_searched);
	tcase_add_test(tc, a_suffix_that_the_file_must_have);
	tcase_add_test(tc, well_known_is_not_hidden_where_the_site_begins);
	tcase_add_test(tc, what_another_program_runs_is_only_found);
	tcase_add_loop_test(tc, followed, 0, nitems(links));
	tcase_add_test(tc, an_owner_for_both);
	tcase_add_test(tc, a_name_in_another_case_too);
	return stage_run(suite);
}
