/* SPDX-License-Identifier: MIT
 *
 * check_facts: what is worth a letter to the manager.
 */
#include "gateway/facts.h"

#include "tests/unit/gateway/stage.h"

static const struct {
	struct dispatch_facts before, now;
	bool news;
} rows[] = {
	{{0}, {0}, false},
	{{.requests = 7, .max_waiting = 3, .max_busy = 2},
		{.requests = 7, .max_waiting = 3, .max_busy = 2}, false},
	{{.idle = 1}, {.idle = 2}, true},
	{{.idle = 1}, {0}, true},
	{{0}, {.busy = 1}, true},
	{{.busy = 3}, {.busy = 3}, false}, /* they run on */
	{{0}, {.waiting = 1}, true},
	{{.waiting = 1}, {.waiting = 1}, true}, /* for longer and longer */
	{{.waiting = 1}, {0}, true},
	{{0}, {.requests = 1}, true},
	{{0}, {.refused = 1}, true},
	{{0}, {.timed_out = 1}, true},
	{{0}, {.slow = 1}, true},
	{{0}, {.max_waiting = 1}, true},
	{{0}, {.max_busy = 1}, true},
	{{.idle = 1}, {.idle = 1, .longest_idle_ms = 1}, true},
	{{.idle = 1, .longest_idle_ms = 1000}, {.idle = 1, .longest_idle_ms = 2000}, true},
	{{.idle = 1, .longest_idle_ms = 9500}, {.idle = 1, .longest_idle_ms = 10500}, true},
	{{.idle = 1, .longest_idle_ms = 100000}, {.idle = 1, .longest_idle_ms = 101000}, false},
	{{.idle = 1, .longest_idle_ms = 100000}, {.idle = 1, .longest_idle_ms = 107000}, true},
	{{.idle = 1, .longest_idle_ms = 100000}, {.idle = 1, .longest_idle_ms = 99000}, true},
};

START_TEST(news)
{
	ck_assert_int_eq(facts_are_news(&rows[_i].before, &rows[_i].now), rows[_i].news);
}
END_TEST

/* A pool with workers that nobody wants, for a day: one letter a second would be 86,400. */
START_TEST(idleness_is_told_less_and_less_often)
{
	struct dispatch_facts last = {.idle = 1}, now = last;
	unsigned letters = 0;

	for (now.longest_idle_ms = 0; now.longest_idle_ms < 86400000; now.longest_idle_ms += 1000) {
		ck_assert_uint_le(now.longest_idle_ms - last.longest_idle_ms,
			last.longest_idle_ms / 16 + 2000);
		if (!facts_are_news(&last, &now))
			continue;
		last = now;
		letters++;
	}
	ck_assert_uint_lt(letters, 200);
	ck_assert_uint_gt(letters, 50);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("facts");
	TCase *tc = tcase_create("facts");

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, news, 0, nitems(rows));
	tcase_add_test(tc, idleness_is_told_less_and_less_often);
	return stage_run(suite);
}
