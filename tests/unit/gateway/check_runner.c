/* SPDX-License-Identifier: MIT
 *
 * check_runner: runners that come and go, played by the test at the other end of their channel.
 */
#include "gateway/runner.h"

#include "common/fd.h"
#include "tests/unit/gateway/stage.h"

static struct plan_pool *pool;
static int theirs;
static unsigned left, broken;

static void on_left(uint32_t id)
{
	ck_assert_uint_eq(id, 7);
	left++;
}

static void on_broken(uint32_t id, uint32_t pid, const char *why)
{
	(void)pid, (void)why;
	ck_assert_uint_eq(id, 7);
	broken++;
}

static void on_drop(struct dispatch *d)
{
	dispatch_unref(d);
}

static void turns(void)
{
	for (int i = 0; i < 6; i++)
		stage_turn();
}

static void up(void)
{
	static const struct run_events no_runs;
	int ends[2];

	stage_up();
	runner_init(&no_runs, on_left, on_broken);
	pool = stage_pool((struct msg_plan_pool){.kind = POOL_CGI, .max_children = 2});
	pool->dispatch = dispatch_new(pool);
	pool->drop_dispatch = on_drop;
	dispatch_begin_closed(pool->dispatch);
	stage_seal();
	left = broken = 0;
	ck_assert_int_eq(fd_seqpair(ends), 0);
	theirs = ends[1];
	runner_join(pool->dispatch, 2, 7, 107, ends[0]);
	turns();
}

static void down(void)
{
	fd_close(&theirs);
	stage_down();
}

START_TEST(it_leaves_when_told)
{
	ck_assert(runner_leave(7));
	turns();
	ck_assert_uint_eq(left, 1);
	ck_assert(!runner_leave(7));
	ck_assert_uint_eq(broken, 0);
}
END_TEST

START_TEST(it_dies)
{
	fd_close(&theirs);
	turns();
	ck_assert_uint_eq(broken, 1);
	ck_assert(!runner_leave(7));
}
END_TEST

/* The two words cross: that to leave finds nobody, and nothing that is freed. */
START_TEST(it_is_told_to_leave_when_it_has_just_died)
{
	fd_close(&theirs);
	stage_turn();
	ck_assert(runner_leave(7));
	turns();
	ck_assert_uint_eq(broken, 1);
	ck_assert(!runner_leave(7));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("runner");
	TCase *tc = tcase_create("runner");

	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, it_leaves_when_told);
	tcase_add_test(tc, it_dies);
	tcase_add_test(tc, it_is_told_to_leave_when_it_has_just_died);
	suite_add_tcase(s, tc);
	return stage_run(s);
}
