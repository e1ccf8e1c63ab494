/* SPDX-License-Identifier: MIT
 *
 * check_sizing_hour: an hour of requests, simulated, for sizing.c and for php-fpm's two algorithms.
 *
 * What is compared is how long requests waited because a worker was missing that might have been
 * there (the cold wait), at the same number of seconds that all processes lived together, starting
 * included. For that a knob is turned which administrators have: php-fpm's dynamic pool gets more
 * spare servers, until it costs as much as ours, and our ondemand pool another idle timeout, until
 * it costs no more than php-fpm's. Nothing is random but by a fixed seed, and time is a number.
 *
 * Where the load changes slowly, php-fpm with more spare servers does as well as ours; where it
 * jumps, it does not. Where single requests come all the time, php-fpm's ondemand pools do not
 * shrink: each of its children gets one now and then. That is a static pool by another name, with
 * the cold waits of one; there it is the processes that are compared.
 */
#include "hour.h"

/* ---- the loads ---- */

static double trickle(double s)
{
	(void)s;
	return 2;
}

static double waves(double s)
{
	return 30 * (1 - cos(s * 2 * 3.14159265 / 600));
}

static double lessons(double s)
{
	return fmod(s, 600) < 300 ? 50 : 0.1;
}

static void load_bursts(struct load *l)
{
	add_stream(l, trickle, 2, 200);
	add_crowds(l, 60, 50, 20, 800);
}

static void load_waves(struct load *l)
{
	add_stream(l, waves, 60, 400);
	add_crowds(l, 90, 30, 20, 400);
}

static void load_lessons(struct load *l)
{
	add_stream(l, lessons, 50, 400);
}

static void load_cold_bursts(struct load *l)
{
	add_crowds(l, 180, 50, 20, 800);
}

static void load_crowds(struct load *l)
{
	add_crowds(l, 300, 600, 15000, 1000);
}

/* ---- the comparison ---- */

static const struct sizing_limits dynamic = {.spares = true,
	.most = MOST,
	.start = 5,
	.min_spare = 3,
	.max_spare = 8,
	.rate = 32,
	.idle_ms = SIZING_SPARE_REST_MS};

static const struct sizing_limits ondemand = {
	.on_demand = true, .most = MOST, .rate = 64, .idle_ms = 10000};

struct pair {
	struct outcome ours, theirs;
	char knob[80];
};

static struct pair compare_dynamic(const struct load *l)
{
	struct pair p = {.ours = run(l, &hearth, dynamic)};
	struct sizing_limits limits = dynamic;

	p.theirs = run(l, &fpm_dynamic, limits);
	while (p.theirs.process_s < p.ours.process_s && limits.max_spare < MOST) {
		limits.start++;
		limits.min_spare++;
		limits.max_spare++;
		p.theirs = run(l, &fpm_dynamic, limits);
	}
	snprintf(p.knob, sizeof p.knob, "dynamic, php-fpm with %u to %u spare, ours with %u to %u",
		limits.min_spare, limits.max_spare, dynamic.min_spare, dynamic.max_spare);
	return p;
}

static struct pair compare_cold(const struct load *l)
{
	struct pair p = {.theirs = run(l, &fpm_ondemand, ondemand)};
	struct sizing_limits limits = ondemand;

	do {
		limits.idle_ms -= 500;
		p.ours = run(l, &hearth, limits);
	} while (p.ours.process_s > p.theirs.process_s && limits.idle_ms > 500);
	snprintf(p.knob, sizeof p.knob, "ondemand, php-fpm lets go after 10 s, ours after %.1f s",
		(double)limits.idle_ms / 1000);
	return p;
}

static struct pair compare_ondemand(const struct load *l)
{
	return (struct pair){
		run(l, &hearth, ondemand), run(l, &fpm_ondemand, ondemand), "ondemand, 10 s both"};
}

static const struct contest {
	const char *name;
	void (*fill)(struct load *l);
	struct pair (*compare)(const struct load *l);
	double cold, processes; /* ours are at most this part of theirs */
} contests[] = {
	{"a trickle, and a burst of 50 each minute", load_bursts, compare_dynamic, 0.6, 1},
	{"waves up to 60 a second, and bursts of 30", load_waves, compare_dynamic, 1, 1},
	{"lessons: 50 a second, and a break", load_lessons, compare_dynamic, 0.1, 1},
	{"600 in a quarter of a minute, now and then", load_crowds, compare_dynamic, 0.1, 1},
	{"bursts of 50, and nothing else", load_cold_bursts, compare_dynamic, 0.5, 1},
	{"bursts of 50, and nothing else", load_cold_bursts, compare_cold, 0.7, 1},
	{"a trickle, and a burst of 50 each minute", load_bursts, compare_ondemand, HUGE_VAL, 0.5},
	{"waves up to 60 a second, and bursts of 30", load_waves, compare_ondemand, HUGE_VAL, 0.7},
	{"lessons: 50 a second, and a break", load_lessons, compare_ondemand, HUGE_VAL, 0.7},
	{"600 in a quarter of a minute, now and then", load_crowds, compare_ondemand, HUGE_VAL,
		0.5},
};

static void print(const char *who, const struct outcome *o)
{
	printf("    %-8s %8.1f s of cold waits, p99 %6.0f ms, %8.0f process-seconds\n", who,
		o->cold_s, o->p99_ms, o->process_s);
}

START_TEST(an_hour)
{
	const struct contest *c = &contests[_i];
	struct load *l = calloc(1, sizeof *l);
	struct pair p;

	seed = UINT64_C(88172645463325252);
	c->fill(l);
	sort(l);
	p = c->compare(l);
	printf("%s: %zu requests; %s\n", c->name, l->n, p.knob);
	print("hearth", &p.ours);
	print("php-fpm", &p.theirs);
	fflush(stdout); /* it is a process of its own, and may end in an assertion */
	free(l);
	ck_assert_msg(p.ours.process_s <= c->processes * p.theirs.process_s, "process-seconds");
	ck_assert_msg(p.ours.cold_s <= c->cold * p.theirs.cold_s, "cold waits");
	/* Nobody waits for much longer than a start takes, but where there are more than MOST. */
	ck_assert_msg(p.ours.p99_ms <= p.theirs.p99_ms || p.ours.p99_ms <= 1.1 * START_MS,
		"the last percent");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sizing_hour");
	TCase *tc = tcase_create("sizing_hour");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, an_hour, 0, (int)nitems(contests));
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
