/* SPDX-License-Identifier: MIT
 *
 * check_loop: descriptors, timers and signals, and above all what callbacks may do to them.
 *
 * Time is not waited for: a timer of the past is due, one of the far future is not.
 */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/loop.h"
#include "common/span.h"

#define PAST(n)    ((struct mono){n})
#define FAR_FUTURE ((struct mono){INT64_MAX / 2})

static struct loop l;
static char trace[4096];

static void note(char c)
{
	size_t n = strlen(trace);

	ck_assert_uint_lt(n, sizeof trace - 1);
	trace[n] = c;
}

/* What happened in one turn. */
static const char *turn(void)
{
	memset(trace, 0, sizeof trace);
	loop_turn(&l, 0);
	return trace;
}

static void setup(void)
{
	memset(trace, 0, sizeof trace);
	ck_assert_int_eq(loop_init(&l), 0);
}

static void teardown(void)
{
	loop_close(&l);
}

/* ---- descriptors ---- */

struct source {
	struct io io;
	char name;
	void (*then)(struct source *s); /* after it was noted */
	struct source *other;
};

static void on_source(struct io *io, uint32_t events)
{
	struct source *s = container_of(io, struct source, io);

	ck_assert(events & EPOLLIN);
	note(s->name);
	if (s->then)
		s->then(s);
}

/* Readable from the start. */
static void source_init(struct source *s, char name, void (*then)(struct source *s))
{
	*s = (struct source){.io = {eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK), on_source},
		.name = name,
		.then = then};
	ck_assert_int_ge(s->io.fd, 0);
}

static void del_self(struct source *s)
{
	loop_del(&l, &s->io);
}

static void del_and_free_self(struct source *s)
{
	loop_del(&l, &s->io);
	fd_close(&s->io.fd);
	free(s);
}

static void free_both(struct source *s)
{
	del_and_free_self(s->other);
	del_and_free_self(s);
}

static void add_other(struct source *s)
{
	loop_del(&l, &s->io);
	ck_assert_int_eq(loop_add(&l, &s->other->io, EPOLLIN), 0);
}

static void stop(struct source *s)
{
	(void)s;
	l.stop = true;
}

START_TEST(an_event_comes_until_its_cause_is_gone)
{
	struct source a;
	uint64_t value;

	source_init(&a, 'a', NULL);
	ck_assert_int_eq(loop_add(&l, &a.io, EPOLLIN), 0);
	ck_assert_str_eq(turn(), "a");
	ck_assert_str_eq(turn(), "a");
	ck_assert_int_eq(read(a.io.fd, &value, sizeof value), sizeof value);
	ck_assert_str_eq(turn(), "");
	loop_del(&l, &a.io);
	fd_close(&a.io.fd);
}
END_TEST

START_TEST(events_can_be_paused_and_resumed)
{
	struct source a;

	source_init(&a, 'a', NULL);
	ck_assert_int_eq(loop_add(&l, &a.io, 0), 0);
	ck_assert_str_eq(turn(), "");
	ck_assert_int_eq(loop_mod(&l, &a.io, EPOLLIN), 0);
	ck_assert_str_eq(turn(), "a");
	ck_assert_int_eq(loop_mod(&l, &a.io, 0), 0);
	ck_assert_str_eq(turn(), "");
	loop_del(&l, &a.io);
	fd_close(&a.io.fd);
}
END_TEST

START_TEST(a_callback_may_delete_its_io)
{
	struct source a;

	source_init(&a, 'a', del_self);
	loop_add(&l, &a.io, EPOLLIN);
	ck_assert_str_eq(turn(), "a");
	ck_assert_str_eq(turn(), "");
	loop_del(&l, &a.io); /* again: harmless */
	fd_close(&a.io.fd);
	loop_del(&l, &a.io); /* and without a descriptor */
}
END_TEST

START_TEST(a_callback_may_free_its_owner)
{
	struct source *a = malloc(sizeof *a);

	source_init(a, 'a', del_and_free_self);
	loop_add(&l, &a->io, EPOLLIN);
	ck_assert_str_eq(turn(), "a");
	ck_assert_str_eq(turn(), "");
}
END_TEST

/* Both are ready in the same turn, and whichever comes first frees the other as well. */
START_TEST(an_event_already_fetched_does_not_reach_a_deleted_io)
{
	struct source *a = malloc(sizeof *a), *z = malloc(sizeof *z);

	source_init(a, 'a', free_both);
	source_init(z, 'a', free_both);
	a->other = z;
	z->other = a;
	loop_add(&l, &a->io, EPOLLIN);
	loop_add(&l, &z->io, EPOLLIN);
	ck_assert_str_eq(turn(), "a");
	ck_assert_str_eq(turn(), "");
}
END_TEST

START_TEST(an_io_added_in_a_callback_has_its_turn_next)
{
	struct source a, z;

	source_init(&a, 'a', add_other);
	source_init(&z, 'z', NULL);
	a.other = &z;
	loop_add(&l, &a.io, EPOLLIN);
	ck_assert_str_eq(turn(), "a");
	ck_assert_str_eq(turn(), "z");
	loop_del(&l, &z.io);
	fd_close(&a.io.fd);
	fd_close(&z.io.fd);
}
END_TEST

START_TEST(more_ready_than_fit_in_a_turn_all_get_theirs)
{
	enum { MANY = 600 };
	static struct source many[MANY];

	ck_assert_uint_ge(fd_limit_raise(), MANY + 20);
	for (int i = 0; i < MANY; i++) {
		source_init(&many[i], 'x', del_self);
		loop_add(&l, &many[i].io, EPOLLIN);
	}
	memset(trace, 0, sizeof trace);
	for (int i = 0; i < 5; i++)
		loop_turn(&l, 0);
	ck_assert_uint_eq(strlen(trace), MANY);
	for (int i = 0; i < MANY; i++)
		fd_close(&many[i].io.fd);
}
END_TEST

START_TEST(stop_ends_the_turn_and_the_run)
{
	struct source a, z;

	source_init(&a, 'a', stop);
	source_init(&z, 'a', stop);
	loop_add(&l, &a.io, EPOLLIN);
	loop_add(&l, &z.io, EPOLLIN);
	loop_run(&l);
	ck_assert_str_eq(trace, "a");
	loop_run(&l); /* stopped: not one turn */
	ck_assert_str_eq(trace, "a");
	del_self(&a);
	del_self(&z);
	fd_close(&a.io.fd);
	fd_close(&z.io.fd);
}
END_TEST

/* ---- timers ---- */

struct alarm {
	struct timer timer;
	char name;
	struct alarm *other;
	struct mono again;
};

static void on_alarm(struct timer *t)
{
	note(container_of(t, struct alarm, timer)->name);
}

static void on_alarm_stop_other(struct timer *t)
{
	on_alarm(t);
	timer_stop(&l, &container_of(t, struct alarm, timer)->other->timer);
}

static void on_alarm_again(struct timer *t)
{
	on_alarm(t);
	timer_set(&l, t, container_of(t, struct alarm, timer)->again);
}

static void on_alarm_free(struct timer *t)
{
	on_alarm(t);
	free(container_of(t, struct alarm, timer));
}

static void on_alarm_stop_loop(struct timer *t)
{
	on_alarm(t);
	l.stop = true;
}

static void alarm_init(struct alarm *a, char name, void (*fn)(struct timer *t))
{
	*a = (struct alarm){.name = name};
	timer_init(&a->timer, fn);
}

START_TEST(timers_fire_once_in_order)
{
	static const char shuffled[] = "hcgadbife";
	struct alarm alarms[9];

	for (int i = 0; i < 9; i++) {
		alarm_init(&alarms[i], shuffled[i], on_alarm);
		timer_set(&l, &alarms[i].timer, PAST(shuffled[i]));
	}
	ck_assert_str_eq(turn(), "abcdefghi");
	ck_assert_str_eq(turn(), "");
	ck_assert_uint_eq(l.timers, 0);
}
END_TEST

START_TEST(a_timer_of_the_future_waits)
{
	struct alarm a;

	alarm_init(&a, 'a', on_alarm);
	timer_set(&l, &a.timer, FAR_FUTURE);
	ck_assert_str_eq(turn(), "");
	timer_stop(&l, &a.timer);
	timer_stop(&l, &a.timer);
	ck_assert_uint_eq(l.timers, 0);
}
END_TEST

START_TEST(a_turn_waits_for_a_timer_and_not_forever)
{
	struct alarm a;
	struct mono due;

	alarm_init(&a, 'a', on_alarm_stop_loop);
	due = mono_add_ms(mono_now(), 20);
	timer_set(&l, &a.timer, due);
	loop_run(&l);
	ck_assert_str_eq(trace, "a");
	ck_assert(!mono_before(mono_now(), due));
}
END_TEST

START_TEST(a_timer_moved_further_away_fires_then)
{
	struct alarm a, z;

	alarm_init(&a, 'a', on_alarm);
	alarm_init(&z, 'z', on_alarm);
	timer_set(&l, &a.timer, PAST(1));
	timer_set(&l, &z.timer, PAST(2));
	timer_set(&l, &a.timer, FAR_FUTURE); /* the heap does not know yet */
	ck_assert_int_eq(a.timer.in_heap.us, 1);
	ck_assert_str_eq(turn(), "z");
	ck_assert_int_eq(a.timer.in_heap.us, FAR_FUTURE.us);
	ck_assert_str_eq(turn(), "");
	timer_set(&l, &a.timer, PAST(3));
	ck_assert_str_eq(turn(), "a");
}
END_TEST

START_TEST(a_timer_moved_nearer_fires_earlier)
{
	struct alarm a, b, c;

	alarm_init(&a, 'a', on_alarm);
	alarm_init(&b, 'b', on_alarm);
	alarm_init(&c, 'c', on_alarm);
	timer_set(&l, &a.timer, PAST(1));
	timer_set(&l, &b.timer, PAST(2));
	timer_set(&l, &c.timer, FAR_FUTURE);
	timer_set(&l, &c.timer, PAST(0));
	ck_assert_str_eq(turn(), "cab");
}
END_TEST

START_TEST(never_disarms)
{
	struct alarm a;

	alarm_init(&a, 'a', on_alarm);
	timer_set(&l, &a.timer, MONO_NEVER);
	ck_assert_uint_eq(l.timers, 0);
	timer_set(&l, &a.timer, PAST(1));
	timer_set(&l, &a.timer, MONO_NEVER);
	ck_assert_str_eq(turn(), "");
	ck_assert_uint_eq(l.timers, 0);
	timer_set(&l, &a.timer, PAST(1));
	ck_assert_str_eq(turn(), "a");
}
END_TEST

START_TEST(a_callback_may_stop_a_timer_that_is_due)
{
	struct alarm a, z;

	alarm_init(&a, 'a', on_alarm_stop_other);
	alarm_init(&z, 'z', on_alarm);
	a.other = &z;
	timer_set(&l, &a.timer, PAST(1));
	timer_set(&l, &z.timer, PAST(2));
	ck_assert_str_eq(turn(), "a");
	ck_assert_str_eq(turn(), "");
}
END_TEST

START_TEST(a_callback_may_stop_or_rearm_its_own_timer)
{
	struct alarm a, z;

	alarm_init(&a, 'a', on_alarm_stop_other);
	a.other = &a;
	alarm_init(&z, 'z', on_alarm_again);
	z.again = FAR_FUTURE;
	timer_set(&l, &a.timer, PAST(1));
	timer_set(&l, &z.timer, PAST(2));
	ck_assert_str_eq(turn(), "az");
	ck_assert_uint_eq(l.timers, 1);
	ck_assert_str_eq(turn(), "");
	timer_stop(&l, &z.timer);
}
END_TEST

START_TEST(a_callback_may_free_its_timer)
{
	struct alarm *a = malloc(sizeof *a), *z = malloc(sizeof *z);

	alarm_init(a, 'a', on_alarm_free);
	alarm_init(z, 'z', on_alarm_free);
	timer_set(&l, &a->timer, PAST(1));
	timer_set(&l, &z->timer, PAST(2));
	ck_assert_str_eq(turn(), "az");
}
END_TEST

START_TEST(stop_holds_back_timers_as_well)
{
	struct alarm a, z;

	alarm_init(&a, 'a', on_alarm_stop_loop);
	alarm_init(&z, 'z', on_alarm);
	timer_set(&l, &a.timer, PAST(1));
	timer_set(&l, &z.timer, PAST(2));
	loop_run(&l);
	ck_assert_str_eq(trace, "a");
}
END_TEST

static unsigned heap_faults(void)
{
	unsigned faults = 0;

	for (size_t n = 0; n < l.timers; n++) {
		faults += l.heap[n]->slot != n + 1;
		faults += n && mono_before(l.heap[n]->in_heap, l.heap[(n - 1) / 2]->in_heap);
		faults += mono_before(l.heap[n]->due, l.heap[n]->in_heap);
	}
	return faults;
}

/* A thousand timers set, moved and stopped at random; those left fire, each once. */
START_TEST(a_heap_in_disorder_keeps_its_order)
{
	enum { MANY = 1000 };
	static struct alarm alarms[MANY];
	unsigned seed = 4711u + (unsigned)_i;
	size_t armed = 0;

	for (int i = 0; i < MANY; i++)
		alarm_init(&alarms[i], 'x', on_alarm);
	for (int i = 0; i < 20 * MANY; i++) {
		struct timer *t = &alarms[rand_r(&seed) % MANY].timer;
		switch (rand_r(&seed) % 4) {
		case 0:
			timer_stop(&l, t);
			break;
		case 1:
			timer_set(&l, t, MONO_NEVER);
			break;
		default:
			timer_set(&l, t, PAST(rand_r(&seed) % 1000000)); /* even soon after boot */
		}
		if (i % 500 == 0)
			ck_assert_uint_eq(heap_faults(), 0);
	}
	for (int i = 0; i < MANY; i++)
		armed += !mono_is_never(alarms[i].timer.due);
	ck_assert_uint_eq(strlen(turn()), armed);
	ck_assert_uint_eq(l.timers, 0);
}
END_TEST

/* ---- signals ---- */

static void on_signal(struct loop *loop, int signo)
{
	ck_assert_ptr_eq(loop, &l);
	note(signo == SIGUSR1 ? '1' : signo == SIGUSR2 ? '2' : '?');
	if (signo == SIGTERM)
		loop->stop = true;
}

static void take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGTERM);
	ck_assert_int_eq(loop_signals(&l, &set, on_signal), 0);
}

START_TEST(signals_are_events)
{
	take_signals();
	ck_assert_str_eq(turn(), "");
	raise(SIGUSR2);
	raise(SIGUSR1);
	ck_assert_str_eq(turn(), "12");
	ck_assert_str_eq(turn(), "");
	raise(SIGUSR1);
	ck_assert_str_eq(turn(), "1");
}
END_TEST

START_TEST(many_signals_at_once_are_all_events)
{
	static const int raised[] = {SIGUSR1, SIGUSR2, SIGHUP, SIGINT, SIGALRM, SIGURG, SIGWINCH};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof raised / sizeof raised[0]; i++)
		sigaddset(&set, raised[i]);
	ck_assert_int_eq(loop_signals(&l, &set, on_signal), 0);
	for (size_t i = 0; i < sizeof raised / sizeof raised[0]; i++)
		raise(raised[i]);
	ck_assert_uint_eq(strlen(turn()), sizeof raised / sizeof raised[0]);
	ck_assert_str_eq(turn(), "");
}
END_TEST

START_TEST(a_signal_may_stop_the_loop)
{
	take_signals();
	raise(SIGTERM);
	loop_run(&l);
	ck_assert_str_eq(trace, "?");
}
END_TEST

/* ---- ends ---- */

START_TEST(closing_closes_everything_and_is_idempotent)
{
	struct loop other;
	int probe = dup(STDIN_FILENO), again;
	sigset_t set;

	fd_close(&probe);
	probe = dup(STDIN_FILENO);
	fd_close(&probe);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ck_assert_int_eq(loop_init(&other), 0);
	ck_assert_int_eq(loop_signals(&other, &set, on_signal), 0);
	probe = other.epfd;
	loop_close(&other);
	loop_close(&other);
	again = dup(STDIN_FILENO);
	ck_assert_int_eq(again, probe);
	fd_close(&again);
}
END_TEST

static TCase *tests_of(const char *name, const TTest *const *tests, size_t n)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tc, tests[i]);
	return tc;
}

static TCase *io_tests(void)
{
	const TTest *const tests[] = {an_event_comes_until_its_cause_is_gone,
		events_can_be_paused_and_resumed, a_callback_may_delete_its_io,
		a_callback_may_free_its_owner, an_event_already_fetched_does_not_reach_a_deleted_io,
		an_io_added_in_a_callback_has_its_turn_next,
		more_ready_than_fit_in_a_turn_all_get_theirs, stop_ends_the_turn_and_the_run,
		signals_are_events, many_signals_at_once_are_all_events, a_signal_may_stop_the_loop,
		closing_closes_everything_and_is_idempotent};

	return tests_of("io", tests, nitems(tests));
}

static TCase *timer_tests(void)
{
	const TTest *const tests[] = {timers_fire_once_in_order, a_timer_of_the_future_waits,
		a_turn_waits_for_a_timer_and_not_forever, a_timer_moved_further_away_fires_then,
		a_timer_moved_nearer_fires_earlier, never_disarms,
		a_callback_may_stop_a_timer_that_is_due, a_callback_may_stop_or_rearm_its_own_timer,
		a_callback_may_free_its_timer, stop_holds_back_timers_as_well};
	TCase *tc = tests_of("timer", tests, nitems(tests));

	tcase_add_loop_test(tc, a_heap_in_disorder_keeps_its_order, 0, 10);
	return tc;
}

int main(void)
{
	Suite *s = suite_create("loop");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, io_tests());
	suite_add_tcase(s, timer_tests());
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
