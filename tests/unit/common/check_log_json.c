/* SPDX-License-Identifier: MIT
 *
 * check_log_json: an object is whole and one line, whatever the record carries and however little
 * room there is; and whom it is about only we can say.
 */
#include "common/log_json.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/utf8.h"

static char text[8192];

/* ---- whom it is about ---- */

static const struct {
	const char *text, *pool, *request;
	unsigned long pid;
} abouts[] = {
	{"[pool app] child 12 exited", "app", "", 12},
	{"[pool app] child 12, request 0123456789abcdef \"GET /\": x", "app", "0123456789abcdef",
		12},
	{"[pool cgi] request 0123456789abcdef: script /x (pid 7) said", "cgi", "0123456789abcdef",
		7},
	{"gateway 9 exited", "", "", 9},
	{"request 0123456789abcdef waited", "", "0123456789abcdef", 0},
	{"request 0123456789ABCDEF waited", "", "", 0},
	{"request 0123", "", "", 0},
	{"[pool app] it said \"request 0123456789abcdef (pid 3)\"", "app", "", 0},
	{"\"[pool other] child 3\"", "", "", 0},
	{"[pool unfinished", "", "", 0},
	{"[pool app]", "app", "", 0},
	{"[pool app] child 99999999999999999999999999", "app", "", 0},
	{"", "", "", 0},
};

START_TEST(only_what_stands_before_a_quote_is_believed)
{
	struct log_about a = log_about(span_of(abouts[_i].text));

	ck_assert(span_is(a.pool, abouts[_i].pool));
	ck_assert(span_is(a.request, abouts[_i].request));
	ck_assert_uint_eq(a.pid, abouts[_i].pid);
}
END_TEST

/* ---- the object ---- */

static struct log_record record(const char *message)
{
	return (struct log_record){.time = "T",
		.level = "notice",
		.process = "manager",
		.about = span_of(message),
		.message = span_of(message)};
}

START_TEST(what_is_not_known_is_left_out)
{
	struct log_record r = record("ready");

	ck_assert_uint_eq(log_json_put(text, sizeof text, &r), strlen(text));
	ck_assert_str_eq(text, "{\"time\":\"T\",\"level\":\"notice\",\"process\":\"manager\","
			       "\"message\":\"ready\"}");
}
END_TEST

START_TEST(what_is_known_has_members)
{
	struct log_record r = record("[pool app] child 12, request 0123456789abcdef");

	r.event = "said";
	r.stream = "stderr";
	r.note = "a note";
	r.message = SPAN_LIT("\"\\\n\x1b\0\xff\xc3\xa9\xe2\x80\xa8");
	log_json_put(text, sizeof text, &r);
	ck_assert_str_eq(text,
		"{\"time\":\"T\",\"level\":\"notice\",\"process\":\"manager\",\"event\":\"said\","
		"\"pool\":\"app\",\"pid\":12,\"request\":\"0123456789abcdef\",\"stream\":"
		"\"stderr\",\"note\":\"a note\","
		"\"message\":\"\\\"\\\\\\u000a\\u001b\\u0000\\\\xff\xc3\xa9\\u2028\"}");
}
END_TEST

START_TEST(a_request_may_be_told_aside)
{
	struct log_record r = record("[pool app] child 12, \"request 0123456789abcdef\"");

	r.request = 0xff;
	log_json_put(text, sizeof text, &r);
	ck_assert_ptr_nonnull(strstr(text, "\"request\":\"00000000000000ff\""));
}
END_TEST

/* Strings closed, nothing but escapes of RFC 8259 in them, and the braces around it. */
static void is_whole(const char *json, size_t n)
{
	bool inside = false;
	uint32_t code;

	ck_assert(n > 2 && json[0] == '{' && json[n - 1] == '}');
	for (size_t i = 0; i < n;) {
		size_t len = utf8_code((struct span){json + i, n - i}, &code);
		ck_assert_uint_gt(len, 0);
		ck_assert(!utf8_is_tricky(code));
		if (inside && json[i] == '\\') {
			ck_assert_ptr_nonnull(strchr("\"\\u", json[i + 1]));
			len = json[i + 1] == 'u' ? 6 : 2;
		} else if (json[i] == '"') {
			inside = !inside;
		}
		i += len;
	}
	ck_assert(!inside);
}

START_TEST(an_object_is_whole_in_any_room)
{
	static const char *const pieces[] = {"\"", "\\", "\n", "x", "\xff", "\xf0\x9f\x94\xa5"};
	char message[5000], about[400];
	struct log_record r;
	size_t used = 0;

	while (used + 8 < sizeof message)
		used += (size_t)snprintf(message + used, 8, "%s", pieces[_i]);
	snprintf(about, sizeof about, "[pool %0300d] child 123456, request 0123456789abcdef", 1);
	r = record(message);
	r.about = span_of(about);
	r.event = r.stream = r.note = "a name that is rather long";
	for (size_t size = LOG_JSON_MIN; size < LOG_JSON_MIN + 40; size++) {
		size_t n = log_json_put(text, size, &r);
		ck_assert_uint_lt(n, size);
		is_whole(text, n);
		ck_assert_ptr_nonnull(strstr(text, "\"message\":\""));
	}
	is_whole(text, log_json_put(text, sizeof text, &r));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("log_json");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(
		tc, only_what_stands_before_a_quote_is_believed, 0, (int)nitems(abouts));
	tcase_add_test(tc, what_is_not_known_is_left_out);
	tcase_add_test(tc, what_is_known_has_members);
	tcase_add_test(tc, a_request_may_be_told_aside);
	tcase_add_loop_test(tc, an_object_is_whole_in_any_room, 0, 6);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
