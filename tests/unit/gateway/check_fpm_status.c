/* SPDX-License-Identifier: MIT
 *
 * check_fpm_status: the bytes of status pages, against tests/golden/status (UPDATE=1 writes them),
 * and what their readers rely on.
 */
#include "gateway/fpm_status.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define DIR "tests/golden/status/"

/* Whatever is in it, every page stays a page. */
#define HOSTILE "a\"b\\c<d>&'e\r\nf: g\t\x01\x7f\xff\xc3\xa4\xf0\x9f\x90\x98\xe2\x80\xae/"

static const struct fpm_pool plain_pool = {.name = {"www", 3},
	.pm = {"dynamic", 7},
	.start = 1795281065,
	.start_since = 12,
	.accepted = 3456,
	.listen_queue = 1,
	.max_listen_queue = 7,
	.listen_queue_len = 1000,
	.idle = 2,
	.active = 1,
	.total = 3,
	.max_active = 3,
	.max_children_reached = 4,
	.slow = 5,
	.memory_peak = 2097152,
	.max_children = 8,
	.starting = 1,
	.refused = 9,
	.queue_timeouts = 10,
	.cold_starts = 11,
	.terminated = 12,
	.died = 13};

static const struct fpm_process idle = {.pid = 26690,
	.state = {"Idle", 4},
	.start = 1795281065,
	.start_since = 12,
	.requests = 33,
	.duration_us = 170,
	.method = {"GET", 3},
	.uri = {"/status?xml", 11},
	.cpu = 1234,
	.memory = 2097152,
	.request_id = {"0123456789abcdef", 16}};

static struct fpm_pool hostile_pool(void)
{
	struct fpm_pool p = plain_pool;

	p.name = SPAN_LIT(HOSTILE);
	return p;
}

static struct fpm_process hostile(void)
{
	struct fpm_process p = idle;

	p.method = p.uri = p.script = p.user = SPAN_LIT(HOSTILE);
	p.content_length = 5;
	return p;
}

static void compare(const char *name, const struct buf *got)
{
	static char wanted[64 * 1024];
	char path[256];
	FILE *file;
	size_t n;

	snprintf(path, sizeof path, DIR "%s", name);
	if (getenv("UPDATE") && (file = fopen(path, "w"))) {
		fwrite(buf_head(got), 1, buf_len(got), file);
		fclose(file);
	}
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s: %m", path);
	n = fread(wanted, 1, sizeof wanted, file);
	fclose(file);
	ck_assert_msg(n == buf_len(got) && memcmp(wanted, buf_head(got), n) == 0,
		"%s differs:\n%.*s", path, (int)buf_len(got), buf_head(got));
}

static const char *const names[FPM_FORMATS] = {"text", "html", "xml", "json", "openmetrics"};

START_TEST(pages_have_their_golden_bytes)
{
	const struct fpm_process two[] = {idle, hostile()};
	const struct fpm_pool odd = hostile_pool();
	enum fpm_format f = (enum fpm_format)_i;
	struct buf b = BUF_INIT;
	char name[64];

	ck_assert(fpm_put(&b, f, &plain_pool, NULL, 0, false));
	snprintf(name, sizeof name, "pool.%s", names[f]);
	compare(name, &b);
	buf_clear(&b);
	ck_assert(fpm_put(&b, f, &odd, two, 2, true));
	snprintf(name, sizeof name, "full.%s", names[f]);
	compare(name, &b);
	buf_free(&b);
}
END_TEST

START_TEST(a_pool_without_processes_has_an_empty_list)
{
	struct buf b = BUF_INIT;

	ck_assert(fpm_put(&b, FPM_JSON, &plain_pool, NULL, 0, true));
	ck_assert_ptr_nonnull(memmem(
		buf_head(&b), buf_len(&b), ", \"processes\":[]}", strlen(", \"processes\":[]}")));
	buf_free(&b);
}
END_TEST

/* ---- the query ---- */

START_TEST(words_anywhere_in_the_query_choose)
{
	ck_assert_int_eq(fpm_format_of(SPAN_NONE), FPM_TEXT);
	ck_assert_int_eq(fpm_format_of(SPAN_LIT("full")), FPM_TEXT);
	ck_assert_int_eq(fpm_format_of(SPAN_LIT("full&json")), FPM_JSON);
	ck_assert_int_eq(fpm_format_of(SPAN_LIT("json=True")), FPM_JSON);
	ck_assert_int_eq(fpm_format_of(SPAN_LIT("xjsony")), FPM_JSON);
	ck_assert_int_eq(fpm_format_of(SPAN_LIT("openmetrics&json")), FPM_JSON);
	ck_assert_int_eq(fpm_format_of(SPAN_LIT("json&xml")), FPM_XML);
	ck_assert_int_eq(fpm_format_of(SPAN_LIT("xml&html")), FPM_HTML);
	ck_assert_int_eq(fpm_format_of(SPAN_LIT("openmetrics")), FPM_OPENMETRICS);
	ck_assert_int_eq(fpm_format_of(SPAN_LIT("JSON")), FPM_TEXT);
	ck_assert(fpm_wants_full(SPAN_LIT("json&full")));
	ck_assert(!fpm_wants_full(SPAN_LIT("json")));
	ck_assert(!fpm_wants_full(SPAN_NONE));
}
END_TEST

/* ---- what readers do ---- */

static char *page(enum fpm_format f)
{
	const struct fpm_process two[] = {idle, hostile()};
	const struct fpm_pool odd = hostile_pool();
	struct buf b = BUF_INIT;

	ck_assert(fpm_put(&b, f, &odd, two, 2, true) && buf_put(&b, "", 1));
	return b.data;
}

/* A line is cut at its first colon; before it is the key, behind it after blanks the value. */
START_TEST(lines_of_text_are_a_key_a_colon_and_a_value)
{
	static const struct {
		const char *key, *value;
	} wanted[] = {{"accepted conn", "3456"}, {"listen queue", "1"},
		{"listen queue len", "1000"}, {"max children reached", "4"}, {"slow requests", "5"},
		{"start since", "12"}};
	char *text = page(FPM_TEXT), *rest = text;
	unsigned found[nitems(wanted)] = {0}, processes = 0;

	for (char *line; (line = strsep(&rest, "\n")) && rest;) {
		char *colon = strchr(line, ':');
		if (*line == '\0')
			continue;
		if (strcmp(line, "************************") == 0) {
			processes++;
			continue;
		}
		ck_assert_msg(colon != NULL, "a line without a key: %s", line);
		*colon = '\0';
		for (size_t i = 0; i < nitems(wanted) && !processes; i++)
			if (strcmp(line, wanted[i].key) == 0) {
				found[i]++;
				ck_assert_str_eq(
					colon + 1 + strspn(colon + 1, " "), wanted[i].value);
			}
	}
	for (size_t i = 0; i < nitems(wanted); i++)
		ck_assert_uint_eq(found[i], 1);
	ck_assert_uint_eq(processes, 2);
	free(text);
}
END_TEST

/* One exporter repairs what it takes for broken JSON: it looks for the value between these two. */
START_TEST(content_length_follows_request_uri_without_a_blank)
{
	char *text = page(FPM_JSON), *at = text;
	unsigned n = 0;

	while ((at = strstr(at, "\"request uri\":\""))) {
		char *end = strstr(at, "\",\"content length\":");
		ck_assert_ptr_nonnull(end);
		for (at += strlen("\"request uri\":\""); at < end; at++)
			ck_assert(*at != '"' || at[-1] == '\\');
		n++;
	}
	ck_assert_uint_eq(n, 2);
	free(text);
}
END_TEST

/* Keys that monitoring templates name, as members of the outermost object: numbers. */
START_TEST(keys_of_json_are_where_templates_look)
{
	static const char *const keys[] = {"start since", "accepted conn", "listen queue",
		"max listen queue", "listen queue len", "idle processes", "active processes",
		"total processes", "max active processes", "max children reached", "slow requests",
		"memory peak"};
	char *text = page(FPM_JSON), *processes = strstr(text, ", \"processes\":["), *at = text;

	ck_assert_ptr_nonnull(processes);
	for (size_t i = 0; i < nitems(keys); i++) {
		char key[64];
		snprintf(key, sizeof key, ",\"%s\":", keys[i]);
		at = strstr(at, key);
		ck_assert_msg(at && at < processes, "no %s in its place", keys[i]);
		at += strlen(key);
		ck_assert_msg(*at >= '0' && *at <= '9', "%s is no number", keys[i]);
	}
	free(text);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fpm_status");
	TCase *t = tcase_create("fpm_status");

	tcase_add_loop_test(t, pages_have_their_golden_bytes, 0, FPM_FORMATS);
	tcase_add_test(t, a_pool_without_processes_has_an_empty_list);
	tcase_add_test(t, words_anywhere_in_the_query_choose);
	tcase_add_test(t, lines_of_text_are_a_key_a_colon_and_a_value);
	tcase_add_test(t, content_length_follows_request_uri_without_a_blank);
	tcase_add_test(t, keys_of_json_are_where_templates_look);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *runner;
	int failed;

	setenv("TZ", "UTC", 1);
	runner = srunner_create(suite());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
