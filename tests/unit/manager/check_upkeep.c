/* SPDX-License-Identifier: MIT
 *
 * check_upkeep: when a process is due, by its age and by its memory; time is set by hand.
 */
#include <check.h>
#include <unistd.h>

#include "manager/upkeep.h"

#include "common/span.h"

static struct loop loop;
static struct upkeep u;
static const char *said;
static int times;

static void due(struct upkeep *it, const char *limit)
{
	ck_assert_ptr_eq(it, &u);
	said = limit;
	times++;
}

static void begin(const struct upkeep_terms *terms)
{
	said = NULL;
	times = 0;
	ck_assert_int_eq(loop_init(&loop), 0);
	upkeep_begin(&u, &loop, (int)getpid(), terms, due);
}

static void end(void)
{
	upkeep_end(&u);
	upkeep_end(&u);
	loop_close(&loop);
}

static void fire(void)
{
	ck_assert(!mono_is_never(u.timer.due));
	loop.now = u.timer.due;
	u.timer.fn(&u.timer);
}

START_TEST(without_limits_there_is_no_timer)
{
	begin(&(struct upkeep_terms){.jitter = 10});
	ck_assert_uint_eq(loop.timers, 0);
	ck_assert_uint_eq(u.max_requests, 0);
	end();
}
END_TEST

START_TEST(requests_are_drawn)
{
	uint32_t low = UINT32_MAX, high = 0;

	for (int i = 0; i < 200; i++) {
		begin(&(struct upkeep_terms){.max_requests = 1000, .jitter = 10});
		low = u.max_requests < low ? u.max_requests : low;
		high = u.max_requests > high ? u.max_requests : high;
		ck_assert_uint_eq(loop.timers, 0);
		end();
	}
	ck_assert_uint_ge(low, 900);
	ck_assert_uint_le(high, 1100);
	ck_assert_uint_gt(high - low, 20);
}
END_TEST

START_TEST(a_lifetime)
{
	struct mono born;

	begin(&(struct upkeep_terms){.max_lifetime = 60000, .jitter = 10});
	born = loop.now;
	fire();
	ck_assert_str_eq(said, "pm.max_lifetime");
	ck_assert_int_ge(mono_ms_between(born, loop.now), 54000);
	ck_assert_int_le(mono_ms_between(born, loop.now), 66000);
	end();
}
END_TEST

START_TEST(too_large)
{
	struct mono born;

	begin(&(struct upkeep_terms){.max_memory = 4096});
	born = loop.now;
	fire();
	ck_assert_str_eq(said, "pm.max_memory");
	ck_assert_uint_gt(u.bytes, 4096);
	ck_assert_int_lt(mono_ms_between(born, loop.now), 10000);
	end();
}
END_TEST

START_TEST(small_enough_until_it_is_old)
{
	struct mono born;

	begin(&(struct upkeep_terms){.max_memory = UINT64_C(1) << 40, .max_lifetime = 35000});
	born = loop.now;
	while (!said) {
		ck_assert_int_le(mono_ms_between(loop.now, u.timer.due), 10000);
		fire();
	}
	ck_assert_str_eq(said, "pm.max_lifetime");
	ck_assert_int_eq(mono_ms_between(born, loop.now), 35000);
	ck_assert_int_eq(times, 1);
	ck_assert_uint_gt(u.bytes, 0);
	end();
}
END_TEST

START_TEST(a_process_that_cannot_be_seen)
{
	begin(&(struct upkeep_terms){.max_memory = 1});
	u.pid = -1;
	fire();
	ck_assert_ptr_null(said);
	fire();
	end();
}
END_TEST

START_TEST(one_that_never_began)
{
	struct upkeep nobody = {0};

	upkeep_end(&nobody);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("upkeep");
	TCase *tc = tcase_create("upkeep");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, without_limits_there_is_no_timer);
	tcase_add_test(tc, requests_are_drawn);
	tcase_add_test(tc, a_lifetime);
	tcase_add_test(tc, too_large);
	tcase_add_test(tc, small_enough_until_it_is_old);
	tcase_add_test(tc, a_process_that_cannot_be_seen);
	tcase_add_test(tc, one_that_never_began);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
