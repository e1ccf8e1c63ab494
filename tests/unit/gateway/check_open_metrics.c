/* SPDX-License-Identifier: MIT
 *
 * check_open_metrics: the text of families, samples and histograms.
 */
#include "gateway/open_metrics.h"

#include <check.h>
#include <stdlib.h>

static struct buf b;
static struct open_metrics m = {.b = &b};

static void is(const char *wanted)
{
	ck_assert(!m.failed);
	ck_assert_msg(span_is(buf_span(&b), wanted), "%.*s instead of\n%s", SPAN_FMT(buf_span(&b)),
		wanted);
	buf_free(&b);
}

START_TEST(a_counter_ends_with_total)
{
	om_family(&m, "a_requests", "counter", NULL, "Of \"all\",\nreally.");
	om_number(&m, NULL, 0, 7);
	om_number(&m, &(struct om_label){"pool", SPAN_LIT("x")}, 1, 18446744073709551615u);
	is("# TYPE a_requests counter\n"
	   "# HELP a_requests Of \\\"all\\\",\\nreally.\n"
	   "a_requests_total 7\n"
	   "a_requests_total{pool=\"x\"} 18446744073709551615\n");
}
END_TEST

START_TEST(a_unit_is_said)
{
	om_family(&m, "a_wait_seconds", "gauge", "seconds", "W.");
	om_seconds(&m, NULL, 0, 1500);
	om_seconds(&m, NULL, 0, 0);
	om_seconds(&m, NULL, 0, 12000000);
	om_seconds(&m, NULL, 0, 3000001);
	is("# TYPE a_wait_seconds gauge\n"
	   "# UNIT a_wait_seconds seconds\n"
	   "# HELP a_wait_seconds W.\n"
	   "a_wait_seconds 0.0015\n"
	   "a_wait_seconds 0.0\n"
	   "a_wait_seconds 12.0\n"
	   "a_wait_seconds 3.000001\n");
}
END_TEST

START_TEST(labels_are_escaped)
{
	const struct om_label labels[] = {
		{"pool", SPAN_LIT("a\"b\\c\nd\xff")}, {"state", SPAN_LIT("idle")}};

	om_family(&m, "a", "gauge", NULL, "A.");
	om_number(&m, labels, 2, 1);
	is("# TYPE a gauge\n# HELP a A.\n"
	   "a{pool=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\",state=\"idle\"} 1\n");
}
END_TEST

START_TEST(an_info_is_called_so)
{
	om_family(&m, "a_build", "info", NULL, "A.");
	om_number(&m, &(struct om_label){"version", SPAN_LIT("1")}, 1, 1);
	om_end(&m);
	is("# TYPE a_build info\n# HELP a_build A.\na_build_info{version=\"1\"} 1\n# EOF\n");
}
END_TEST

START_TEST(buckets_add_up)
{
	static struct tally_times t;

	tally_time(&t, 400);
	tally_time(&t, 900);
	tally_time(&t, 90000000);
	om_family(&m, "a_seconds", "histogram", "seconds", "A.");
	om_histogram(&m, &(struct om_label){"pool", SPAN_LIT("x")}, 1, &t);
	is("# TYPE a_seconds histogram\n# UNIT a_seconds seconds\n# HELP a_seconds A.\n"
	   "a_seconds_bucket{pool=\"x\",le=\"0.0005\"} 1\n"
	   "a_seconds_bucket{pool=\"x\",le=\"0.001\"} 2\n"
	   "a_seconds_bucket{pool=\"x\",le=\"0.0025\"} 2\n"
	   "a_seconds_bucket{pool=\"x\",le=\"0.005\"} 2\n"
	   "a_seconds_bucket{pool=\"x\",le=\"0.01\"} 2\n"
	   "a_seconds_bucket{pool=\"x\",le=\"0.025\"} 2\n"
	   "a_seconds_bucket{pool=\"x\",le=\"0.05\"} 2\n"
	   "a_seconds_bucket{pool=\"x\",le=\"0.1\"} 2\n"
	   "a_seconds_bucket{pool=\"x\",le=\"0.25\"} 2\n"
	   "a_seconds_bucket{pool=\"x\",le=\"0.5\"} 2\n"
	   "a_seconds_bucket{pool=\"x\",le=\"1.0\"} 2\n"
	   "a_seconds_bucket{pool=\"x\",le=\"2.5\"} 2\n"
	   "a_seconds_bucket{pool=\"x\",le=\"5.0\"} 2\n"
	   "a_seconds_bucket{pool=\"x\",le=\"10.0\"} 2\n"
	   "a_seconds_bucket{pool=\"x\",le=\"30.0\"} 2\n"
	   "a_seconds_bucket{pool=\"x\",le=\"60.0\"} 2\n"
	   "a_seconds_bucket{pool=\"x\",le=\"+Inf\"} 3\n"
	   "a_seconds_count{pool=\"x\"} 3\n"
	   "a_seconds_sum{pool=\"x\"} 90.0013\n");
}
END_TEST

START_TEST(of_an_empty_histogram_little_is_said)
{
	static struct tally_times t;

	om_family(&m, "a_seconds", "histogram", "seconds", "A.");
	om_histogram(&m, NULL, 0, &t);
	is("# TYPE a_seconds histogram\n# UNIT a_seconds seconds\n# HELP a_seconds A.\n"
	   "a_seconds_bucket{le=\"+Inf\"} 0\n"
	   "a_seconds_count 0\n"
	   "a_seconds_sum 0.0\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("open_metrics");
	TCase *t = tcase_create("open_metrics");
	SRunner *runner = srunner_create(s);
	int failed;

	tcase_add_test(t, a_counter_ends_with_total);
	tcase_add_test(t, a_unit_is_said);
	tcase_add_test(t, labels_are_escaped);
	tcase_add_test(t, an_info_is_called_so);
	tcase_add_test(t, buckets_add_up);
	tcase_add_test(t, of_an_empty_histogram_little_is_said);
	suite_add_tcase(s, t);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
