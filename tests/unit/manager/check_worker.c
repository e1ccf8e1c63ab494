/* SPDX-License-Identifier: MIT
 *
 * check_worker: the state x event table, cell by cell, with a process that only pretends.
 *
 * The processes, pipes and signals below worker.c are replaced by what stands here, so that a test
 * says what was done to whom and when.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"

#include "../../../manager/worker.c"

static struct loop loop;
static struct worker w;
static struct worker_patience patience = {.leave_ms = 5000, .stop_ms = 3000};
static int terms, kills, readies, leaves, deaths;
static bool leave_answer;
static char last_how[512];
static int news_writer;

/* ---- the pretended world ---- */

pid_t spawn_start(const struct job *job, int *news)
{
	int ends[2];

	(void)job;
	ck_assert_int_eq(fd_pipe(ends, 0), 0);
	*news = ends[0];
	news_writer = ends[1];
	return 4242;
}

enum spawn_news spawn_read_news(int news, char *why, size_t size)
{
	char c = 0;

	if (read(news, &c, 1) < 0)
		return SPAWN_PENDING;
	snprintf(why, size, "exec /bin/nothing: not there");
	return c == 'x' ? SPAWN_FAILED : SPAWN_EXECED;
}

void child_watch(struct child *c, struct loop *l, pid_t pid,
	void (*fn)(struct child *c, int how, int status))
{
	(void)l;
	c->pid = pid;
	c->on_exit = fn;
}

void child_signal(const struct child *c, int sig)
{
	ck_assert_int_eq(c->pid, 4242);
	terms += sig == SIGTERM;
}

void child_kill_tree(const struct child *c)
{
	ck_assert_int_eq(c->pid, 4242);
	kills++;
}

void reap_describe(int how, int status, char *text, size_t size)
{
	snprintf(text, size, "ended %d/%d", how, status);
}

static void on_ready(struct worker *it)
{
	ck_assert_ptr_eq(it, &w);
	readies++;
}

static bool on_leave(struct worker *it)
{
	ck_assert_ptr_eq(it, &w);
	leaves++;
	return leave_answer;
}

static void on_dead(struct worker *it, const char *how)
{
	ck_assert_ptr_eq(it, &w);
	deaths++;
	snprintf(last_how, sizeof last_how, "%s", how);
}

static const struct worker_owner owner_ops = {on_ready, on_leave, on_dead};

static void setup(void)
{
	struct job job = {.binary = -1};

	ck_assert_int_eq(loop_init(&loop), 0);
	log_set_level(LOG_AT_ALERT);
	terms = kills = readies = leaves = deaths = 0;
	leave_answer = true;
	last_how[0] = '\0';
	worker_init(&w, &loop, &owner_ops, &patience);
	ck_assert(worker_start(&w, &job));
}

static void teardown(void)
{
	fd_close(&news_writer);
	worker_release(&w);
	loop_close(&loop);
}

/* ---- the table ---- */

#define S WORKER_STARTING
#define R WORKER_READY
#define L WORKER_LEAVING
#define T WORKER_STOPPING
#define K WORKER_KILLING
#define D WORKER_DEAD

static const struct cell {
	enum worker_state from;
	enum worker_event ev;
	enum worker_state to;
	int terms, kills;
} cells[] = {
	{S, WORKER_ON_EXECED, R, 0, 0},
	{S, WORKER_ON_EXEC_FAILED, K, 0, 0},
	{S, WORKER_ON_LEAVE, T, 1, 0},
	{S, WORKER_ON_LEFT, S, 0, 0},
	{S, WORKER_ON_BROKEN, S, 0, 0},
	{S, WORKER_ON_DEADLINE, K, 0, 1},
	{S, WORKER_ON_STOP, T, 1, 0},
	{S, WORKER_ON_KILL, K, 0, 1},
	{S, WORKER_ON_EXITED, D, 0, 0},
	{R, WORKER_ON_EXECED, R, 0, 0},
	{R, WORKER_ON_EXEC_FAILED, R, 0, 0},
	{R, WORKER_ON_LEAVE, L, 0, 0},
	{R, WORKER_ON_LEFT, T, 1, 0},
	{R, WORKER_ON_BROKEN, K, 0, 1},
	{R, WORKER_ON_DEADLINE, R, 0, 0},
	{R, WORKER_ON_STOP, T, 1, 0},
	{R, WORKER_ON_KILL, K, 0, 1},
	{R, WORKER_ON_EXITED, D, 0, 0},
	{L, WORKER_ON_EXECED, L, 0, 0},
	{L, WORKER_ON_EXEC_FAILED, L, 0, 0},
	{L, WORKER_ON_LEAVE, L, 0, 0},
	{L, WORKER_ON_LEFT, T, 1, 0},
	{L, WORKER_ON_BROKEN, K, 0, 1},
	{L, WORKER_ON_DEADLINE, T, 1, 0},
	{L, WORKER_ON_STOP, T, 1, 0},
	{L, WORKER_ON_KILL, K, 0, 1},
	{L, WORKER_ON_EXITED, D, 0, 0},
	{T, WORKER_ON_EXECED, T, 0, 0},
	{T, WORKER_ON_EXEC_FAILED, T, 0, 0},
	{T, WORKER_ON_LEAVE, T, 0, 0},
	{T, WORKER_ON_LEFT, T, 0, 0},
	{T, WORKER_ON_BROKEN, T, 0, 0},
	{T, WORKER_ON_DEADLINE, K, 0, 1},
	{T, WORKER_ON_STOP, T, 0, 0},
	{T, WORKER_ON_KILL, K, 0, 1},
	{T, WORKER_ON_EXITED, D, 0, 0},
	{K, WORKER_ON_EXECED, K, 0, 0},
	{K, WORKER_ON_EXEC_FAILED, K, 0, 0},
	{K, WORKER_ON_LEAVE, K, 0, 0},
	{K, WORKER_ON_LEFT, K, 0, 0},
	{K, WORKER_ON_BROKEN, K, 0, 0},
	{K, WORKER_ON_DEADLINE, K, 0, 1},
	{K, WORKER_ON_STOP, K, 0, 0},
	{K, WORKER_ON_KILL, K, 0, 0},
	{K, WORKER_ON_EXITED, D, 0, 0},
	{D, WORKER_ON_EXECED, D, 0, 0},
	{D, WORKER_ON_EXEC_FAILED, D, 0, 0},
	{D, WORKER_ON_LEAVE, D, 0, 0},
	{D, WORKER_ON_LEFT, D, 0, 0},
	{D, WORKER_ON_BROKEN, D, 0, 0},
	{D, WORKER_ON_DEADLINE, D, 0, 0},
	{D, WORKER_ON_STOP, D, 0, 0},
	{D, WORKER_ON_KILL, D, 0, 0},
	{D, WORKER_ON_EXITED, D, 0, 0},
};

START_TEST(a_cell_does_what_it_says)
{
	const struct cell *c = &cells[_i];

	w.state = c->from;
	worker_event(&w, c->ev, "why");
	ck_assert_msg(w.state == c->to, "%s x %s -> %s", worker_state_names[c->from],
		event_names[c->ev], worker_state_names[w.state]);
	ck_assert_int_eq(terms, c->terms);
	ck_assert_int_eq(kills, c->kills);
	ck_assert_int_eq(deaths, c->to == D && c->from != D);
}
END_TEST

START_TEST(every_cell_is_decided_and_tested)
{
	ck_assert_uint_eq(nitems(cells), (size_t)WORKER_STATES * WORKER_EVENTS);
	for (int s = 0; s < WORKER_STATES; s++)
		for (int e = 0; e < WORKER_EVENTS; e++)
			ck_assert_ptr_nonnull(table[s][e]);
}
END_TEST

/* ---- lives ---- */

START_TEST(it_is_ready_when_its_exec_succeeded)
{
	fd_close(&news_writer);
	loop_turn(&loop, 1000);
	ck_assert_int_eq(w.state, WORKER_READY);
	ck_assert_int_eq(readies, 1);
}
END_TEST

START_TEST(a_failed_exec_is_told_in_the_obituary)
{
	ck_assert_int_eq(write(news_writer, "x", 1), 1);
	w.child.on_exit(&w.child, 1, 127); /* before the pipe was read */
	ck_assert_int_eq(deaths, 1);
	ck_assert_ptr_nonnull(strstr(last_how, "exec /bin/nothing: not there"));
	ck_assert(mono_is_never(w.ready_at));
}
END_TEST

START_TEST(a_death_that_nobody_asked_for_is_unexpected)
{
	worker_event(&w, WORKER_ON_EXECED, NULL);
	w.child.on_exit(&w.child, 1, 3);
	ck_assert_ptr_nonnull(strstr(last_how, "ended 1/3 after 0."));
	ck_assert_ptr_nonnull(strstr(last_how, "unexpected"));
}
END_TEST

START_TEST(a_runner_that_was_let_go_has_done_nothing_wrong)
{
	worker_event(&w, WORKER_ON_EXECED, NULL);
	w.has_family = w.introduced = true;
	w.child.on_exit(&w.child, CLD_EXITED, 0);
	ck_assert_ptr_nonnull(strstr(last_how, "as asked: its channel was closed"));
	ck_assert_ptr_nonnull(w.wanted);
}
END_TEST

START_TEST(a_runner_that_fails_was_not_let_go)
{
	worker_event(&w, WORKER_ON_EXECED, NULL);
	w.has_family = w.introduced = true;
	w.child.on_exit(&w.child, CLD_EXITED, 1);
	ck_assert_ptr_nonnull(strstr(last_how, "unexpected"));
}
END_TEST

START_TEST(the_first_reason_stays)
{
	worker_event(&w, WORKER_ON_EXECED, NULL);
	worker_event(&w, WORKER_ON_LEAVE, "reload");
	worker_event(&w, WORKER_ON_STOP, "stop");
	w.child.on_exit(&w.child, 1, 0);
	ck_assert_ptr_nonnull(strstr(last_how, "as asked: reload"));
}
END_TEST

START_TEST(nobody_uses_it_so_it_stops_at_once)
{
	leave_answer = false;
	worker_event(&w, WORKER_ON_EXECED, NULL);
	worker_event(&w, WORKER_ON_LEAVE, "reload");
	ck_assert_int_eq(w.state, WORKER_STOPPING);
	ck_assert_int_eq(leaves, 1);
	ck_assert_int_eq(terms, 1);
}
END_TEST

START_TEST(the_ladder_goes_from_leave_to_term_to_kill)
{
	patience = (struct worker_patience){.leave_ms = 10, .stop_ms = 10};
	worker_event(&w, WORKER_ON_EXECED, NULL);
	worker_event(&w, WORKER_ON_LEAVE, "reload");
	ck_assert_int_eq(w.state, WORKER_LEAVING);
	while (w.state == WORKER_LEAVING)
		loop_turn(&loop, 100);
	ck_assert_int_eq(w.state, WORKER_STOPPING);
	while (w.state == WORKER_STOPPING)
		loop_turn(&loop, 100);
	ck_assert_int_eq(w.state, WORKER_KILLING);
	ck_assert_int_eq(terms, 1);
	ck_assert_int_eq(kills, 1);
}
END_TEST

START_TEST(who_has_a_family_may_end_it_first)
{
	patience = (struct worker_patience){.leave_ms = 10, .stop_ms = 10};
	worker_event(&w, WORKER_ON_EXECED, NULL);
	w.has_family = true;
	worker_event(&w, WORKER_ON_BROKEN, "it talks nonsense");
	ck_assert_int_eq(w.state, WORKER_STOPPING);
	ck_assert_int_eq(terms, 1);
	ck_assert_int_eq(kills, 0);
	while (w.state == WORKER_STOPPING)
		loop_turn(&loop, 100);
	ck_assert_int_eq(kills, 1);
	w.child.on_exit(&w.child, 1, 0);
	ck_assert_ptr_nonnull(strstr(last_how, "it talks nonsense"));
}
END_TEST

START_TEST(what_it_held_is_given_back)
{
	char path[] = "/tmp/check-worker-XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	w.path = strdup(path);
	w.socket = fd;
	worker_release(&w);
	worker_release(&w);
	ck_assert_int_eq(w.socket, -1);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("worker");
	TCase *tc = tcase_create("worker");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_cell_does_what_it_says, 0, (int)nitems(cells));
	tcase_add_test(tc, every_cell_is_decided_and_tested);
	tcase_add_test(tc, it_is_ready_when_its_exec_succeeded);
	tcase_add_test(tc, a_failed_exec_is_told_in_the_obituary);
	tcase_add_test(tc, a_death_that_nobody_asked_for_is_unexpected);
	tcase_add_test(tc, a_runner_that_was_let_go_has_done_nothing_wrong);
	tcase_add_test(tc, a_runner_that_fails_was_not_let_go);
	tcase_add_test(tc, the_first_reason_stays);
	tcase_add_test(tc, nobody_uses_it_so_it_stops_at_once);
	tcase_add_test(tc, the_ladder_goes_from_leave_to_term_to_kill);
	tcase_add_test(tc, who_has_a_family_may_end_it_first);
	tcase_add_test(tc, what_it_held_is_given_back);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
