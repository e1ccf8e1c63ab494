/* SPDX-License-Identifier: MIT
 *
 * check_pipes: a body on its way into a script's pipe, from memory and from a file.
 */
#include "gateway/pipes.h"

#include <signal.h>

#include "common/fd.h"
#include "tests/unit/gateway/stage.h"

#define PIPE_HOLDS 65536

static struct spool body;
static struct pipes pipes;
static struct feed feed;
static int theirs[3];
static char bytes[4 * PIPE_HOLDS], got[sizeof bytes];

static void up(void)
{
	signal(SIGPIPE, SIG_IGN);
	stage_up();
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(i * 7 + i / 251);
	ck_assert(pipes_open(&pipes, &lane_here->loop, true, theirs));
	feed = (struct feed){&body, 0, true};
}

static void down(void)
{
	pipes_close(&pipes, &lane_here->loop);
	for (int i = 0; i < 3; i++)
		fd_close(&theirs[i]);
	spool_close(&body);
	buf_free(&body.mem);
	stage_down();
}

/* So many bytes, of which some stay in memory. */
static void collect(size_t n, size_t in_memory)
{
	struct spool_place to = {.in_memory = in_memory, .dir = stage_dir};

	for (size_t at = 0; at < n; at += 1000) {
		size_t some = n - at < 1000 ? n - at : 1000;
		ck_assert(spool_put(&body, (struct span){bytes + at, some}, &to));
	}
}

static enum fed feed_it(void)
{
	return pipe_feed(&pipes.in, &lane_here->loop, &feed);
}

/* Reads and feeds in turn until the end of the pipe. */
static size_t read_all(void)
{
	size_t n = 0;
	ssize_t some;

	while ((some = read(theirs[0], got + n, sizeof got - n)) > 0) {
		n += (size_t)some;
		feed_it();
	}
	ck_assert_int_eq(some, 0);
	return n;
}

static const struct {
	size_t n, in_memory;
} bodies[] = {{1, 0}, {1, 10}, {5000, 0}, {5000, 2500}, {5000, 10000}, {sizeof bytes, 0},
	{sizeof bytes, 3000}, {sizeof bytes, PIPE_HOLDS + 1}, {sizeof bytes, sizeof bytes}};

START_TEST(a_body_arrives_as_it_is)
{
	collect(bodies[_i].n, bodies[_i].in_memory);
	feed_it();
	ck_assert_uint_eq(read_all(), bodies[_i].n);
	ck_assert_int_eq(memcmp(got, bytes, bodies[_i].n), 0);
	ck_assert_uint_eq(feed.at, bodies[_i].n);
	ck_assert_int_eq(pipes.in.fd, -1);
}
END_TEST

START_TEST(it_may_begin_in_the_middle)
{
	collect(5000, 2000);
	feed.at = _i;
	ck_assert_int_eq(feed_it(), FED_ALL);
	ck_assert_uint_eq(read_all(), 5000 - (size_t)_i);
	ck_assert_int_eq(memcmp(got, bytes + _i, 5000 - (size_t)_i), 0);
}
END_TEST

START_TEST(a_full_pipe_is_no_end)
{
	collect(sizeof bytes, _i ? 0 : sizeof bytes);
	ck_assert_int_eq(feed_it(), FED_SOME);
	ck_assert_int_ge(pipes.in.fd, 0);
	ck_assert_uint_eq(feed.at, PIPE_HOLDS);
}
END_TEST

START_TEST(what_is_not_whole_has_no_end)
{
	collect(5000, _i ? 0 : 5000);
	feed.whole = false;
	ck_assert_int_eq(feed_it(), FED_SOME);
	ck_assert_int_ge(pipes.in.fd, 0);
	feed.whole = true;
	ck_assert_int_eq(feed_it(), FED_ALL);
	ck_assert_uint_eq(read_all(), 5000);
}
END_TEST

START_TEST(who_does_not_want_it_is_left_alone)
{
	collect(5000, _i ? 0 : 5000);
	fd_close(&theirs[0]);
	ck_assert_int_eq(feed_it(), FED_REFUSED);
	ck_assert_int_eq(pipes.in.fd, -1);
	ck_assert_int_eq(feed_it(), FED_SOME);
}
END_TEST

START_TEST(what_cannot_be_read_back_does_not_look_like_an_end)
{
	collect(5000, 1000);
	ck_assert_int_eq(ftruncate(body.file->fd, 1500), 0);
	ck_assert_int_eq(feed_it(), FED_FAILED);
	ck_assert_int_ge(pipes.in.fd, 0);
	ck_assert_uint_eq(feed.at, 2500);
}
END_TEST

/* Another user's script may open what it was given. */
START_TEST(the_pipes_may_be_opened_anew)
{
	struct stat st;

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(fstat(theirs[i], &st), 0);
		ck_assert_uint_eq(st.st_mode, S_IFIFO | 0666);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pipes");
	TCase *tc = tcase_create("pipes");

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_loop_test(tc, a_body_arrives_as_it_is, 0, (int)nitems(bodies));
	tcase_add_loop_test(tc, it_may_begin_in_the_middle, 1998, 2003);
	tcase_add_loop_test(tc, a_full_pipe_is_no_end, 0, 2);
	tcase_add_loop_test(tc, what_is_not_whole_has_no_end, 0, 2);
	tcase_add_loop_test(tc, who_does_not_want_it_is_left_alone, 0, 2);
	tcase_add_test(tc, what_cannot_be_read_back_does_not_look_like_an_end);
	tcase_add_test(tc, the_pipes_may_be_opened_anew);
	return stage_run(s);
}
