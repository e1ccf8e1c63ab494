/* SPDX-License-Identifier: MIT
 *
 * check_pools: who gets what room there is under process.max, of pools that only pretend.
 */
#include <check.h>

#include "../../../manager/pools.c"

static struct loop loop;
static struct pools set;
static struct pool one, two, three;
static struct conf_pool conf;

/* ---- the pretended world: limits.start says how many workers a pool has ---- */

unsigned pool_count(struct pool *p, enum worker_state state)
{
	return state == WORKER_READY ? p->limits.start : 0;
}

void pool_review(struct pool *p)
{
	(void)p;
}

unsigned pool_wants(struct pool *p)
{
	return p->wants;
}

bool pool_new(struct pools *ps, const struct conf_pool *c, char *why, size_t size)
{
	(void)ps;
	(void)c;
	(void)why;
	(void)size;
	return false;
}

void pool_retire(struct pool *p)
{
	(void)p;
}

void pool_free(struct pool *p)
{
	(void)p;
}

void pool_scale(struct pool *p, unsigned most)
{
	(void)p;
	(void)most;
}

void pool_gateway_lost(struct pool *p)
{
	(void)p;
}

void worker_event(struct worker *w, enum worker_event ev, const char *why)
{
	(void)w;
	(void)ev;
	(void)why;
}

void renew_go_on(struct pool *p, const struct sizing *s)
{
	(void)p;
	(void)s;
}

void renew_after_death(struct pool *p, const struct worker *w)
{
	(void)p;
	(void)w;
}

static void put(struct pool *p, unsigned workers, unsigned waiting)
{
	static char name[] = "app";

	*p = (struct pool){.set = &set,
		.number = ++set.last_pool,
		.name = name,
		.kind = POOL_FASTCGI,
		.conf = &conf,
		.limits = {.most = 4, .seats = 1, .start = workers},
		.facts = {.waiting = waiting}};
	list_init(&p->workers);
	timer_init(&p->again, NULL);
	list_push_back(&set.all, &p->link);
}

static void begin(unsigned most)
{
	ck_assert_int_eq(loop_init(&loop), 0);
	pools_init(&set, &loop);
	set.bounds.most = most;
}

static void end(void)
{
	loop_close(&loop);
}

/* One worker of `dead` is gone: it is asked first, as it is when that is buried, and then all. */
static struct pool *heir_of_room(struct pool *dead)
{
	struct pool *const asked[] = {dead, &one, &two, &three};

	set.staff = set.bounds.most - 1;
	for (size_t i = 0; i < nitems(asked); i++)
		if (asked[i]->wants + (asked[i] == dead) > 0 &&
			set.duties->grant(asked[i], asked[i]->wants ? asked[i]->wants : 1) > 0) {
			set.staff++;
			return asked[i];
		}
	return NULL;
}

/* ---- the tests ---- */

START_TEST(a_tie_goes_round)
{
	unsigned got_two = 0, got_three = 0;

	begin(2);
	put(&one, 1, 0);
	put(&two, 0, 1);
	put(&three, 0, 1);
	two.wants = three.wants = 1;
	for (int i = 0; i < 12; i++) {
		struct pool *heir = heir_of_room(&two);
		got_two += heir == &two;
		got_three += heir == &three;
		two.wants = three.wants = 1;
	}
	ck_assert_uint_eq(got_two, 6);
	ck_assert_uint_eq(got_three, 6);
	end();
}
END_TEST

/* That room was perhaps made for them. */
START_TEST(who_waits_comes_before_who_fills_up)
{
	begin(2);
	put(&one, 0, 0);
	put(&two, 0, 0);
	put(&three, 1, 5);
	one.wants = two.wants = 4;
	three.wants = 1;
	for (int i = 0; i < 12; i++) {
		ck_assert_ptr_eq(heir_of_room(&two), &three);
		one.wants = two.wants = 4;
		three.wants = 1;
	}
	end();
}
END_TEST

START_TEST(what_they_leave_is_for_the_others)
{
	begin(6);
	put(&one, 0, 0);
	put(&two, 0, 0);
	put(&three, 0, 1);
	one.wants = two.wants = 4;
	three.wants = 2;
	set.staff = 0;
	ck_assert_uint_eq(set.duties->grant(&one, 4), 2);
	set.staff = 2;
	one.limits.start = 2;
	ck_assert_uint_eq(set.duties->grant(&two, 4), 2);
	set.staff = 4;
	two.limits.start = 2;
	ck_assert_uint_eq(set.duties->grant(&three, 2), 2);
	end();
}
END_TEST

START_TEST(a_full_house_gives_nothing)
{
	begin(2);
	put(&one, 1, 0);
	put(&two, 1, 0);
	put(&three, 0, 0);
	set.staff = 2;
	ck_assert_uint_eq(set.duties->grant(&three, 3), 0);
	ck_assert_uint_eq(three.wants, 3);
	set.bounds.most = 0;
	ck_assert_uint_eq(set.duties->grant(&three, 3), 3);
	end();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pools");
	TCase *tc = tcase_create("process.max");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, a_tie_goes_round);
	tcase_add_test(tc, who_waits_comes_before_who_fills_up);
	tcase_add_test(tc, what_they_leave_is_for_the_others);
	tcase_add_test(tc, a_full_house_gives_nothing);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
