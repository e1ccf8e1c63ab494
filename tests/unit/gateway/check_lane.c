/* SPDX-License-Identifier: MIT
 *
 * check_lane: mail between threads, buffers that are used again, dates.
 */
#include "gateway/lane.h"

#include "tests/unit/gateway/stage.h"

/* ---- mail to oneself ---- */

struct letter {
	struct mail mail;
	unsigned number;
};

static unsigned trace[4096], ntrace;

static void note(struct lane *l, struct mail *m)
{
	ck_assert_ptr_eq(l, lane_here);
	trace[ntrace++] = container_of(m, struct letter, mail)->number;
}

START_TEST(mail_comes_in_order_and_not_at_once)
{
	struct letter letters[100];

	for (unsigned i = 0; i < nitems(letters); i++) {
		letters[i].number = i;
		lane_post(lane_here, &letters[i].mail, note);
	}
	ck_assert_uint_eq(ntrace, 0);
	stage_turn();
	ck_assert_uint_eq(ntrace, nitems(letters));
	for (unsigned i = 0; i < ntrace; i++)
		ck_assert_uint_eq(trace[i], i);
	stage_turn();
	ck_assert_uint_eq(ntrace, nitems(letters));
}
END_TEST

static void post_again(struct lane *l, struct mail *m)
{
	struct letter *letter = container_of(m, struct letter, mail);

	trace[ntrace++] = letter->number;
	if (--letter->number)
		lane_post(l, m, post_again);
}

START_TEST(a_letter_may_be_posted_again_when_it_has_come)
{
	struct letter letter = {.number = 5};

	lane_post(lane_here, &letter.mail, post_again);
	stage_turn();
	ck_assert_uint_eq(ntrace, 5);
	ck_assert_uint_eq(trace[4], 1);
	lane_post(lane_here, &letter.mail, note); /* the box was empty: it rings again */
	stage_turn();
	ck_assert_uint_eq(ntrace, 6);
}
END_TEST

/* ---- mail between two threads ---- */

#define LETTERS 2000

static struct letter there[LETTERS], back[LETTERS];
static unsigned came; /* lane 1's alone, until it has been joined */

/* Lane 1 sends each letter back, as one of its own. */
static void send_back(struct lane *l, struct mail *m)
{
	unsigned i = container_of(m, struct letter, mail)->number;

	ck_assert_ptr_eq(l, &lanes[1]);
	ck_assert_ptr_eq(lane_here, &lanes[1]);
	ck_assert_uint_eq(i, came++);
	back[i].number = i;
	lane_post(&lanes[0], &back[i].mail, note);
	if (came == LETTERS)
		l->loop.stop = true;
}

START_TEST(mail_between_two_threads_keeps_its_order)
{
	lanes_start(2);
	ck_assert_uint_eq(nlanes, 2);
	for (unsigned i = 0; i < LETTERS; i++) {
		there[i].number = i;
		lane_post(&lanes[1], &there[i].mail, send_back);
	}
	while (ntrace < LETTERS)
		loop_turn(&lanes[0].loop, -1);
	ck_assert_int_eq(pthread_join(lanes[1].thread, NULL), 0);
	ck_assert_uint_eq(came, LETTERS);
	for (unsigned i = 0; i < LETTERS; i++)
		ck_assert_uint_eq(trace[i], i);
}
END_TEST

static unsigned last[3];

/* From two lanes at once: each one's own letters keep their order. */
static void note_sender(struct lane *l, struct mail *m)
{
	unsigned number = container_of(m, struct letter, mail)->number;
	unsigned sender = number / LETTERS;

	(void)l;
	ck_assert_uint_eq(number % LETTERS, last[sender]++);
	ntrace++;
}

static struct letter outgoing[2][LETTERS];
static struct mail begin[2];

static void send_all(struct lane *l, struct mail *m)
{
	unsigned sender = l->index - 1;

	(void)m;
	for (unsigned i = 0; i < LETTERS; i++) {
		outgoing[sender][i].number = sender * LETTERS + i;
		lane_post(&lanes[0], &outgoing[sender][i].mail, note_sender);
	}
	l->loop.stop = true;
}

START_TEST(two_senders_do_not_disturb_each_other)
{
	lanes_start(3);
	lane_post(&lanes[1], &begin[0], send_all);
	lane_post(&lanes[2], &begin[1], send_all);
	while (ntrace < 2 * LETTERS)
		loop_turn(&lanes[0].loop, -1);
	ck_assert_int_eq(pthread_join(lanes[1].thread, NULL), 0);
	ck_assert_int_eq(pthread_join(lanes[2].thread, NULL), 0);
}
END_TEST

START_TEST(ids_of_lanes_differ)
{
	ck_assert_uint_eq(lanes[0].next_id >> 26 & 63, 0);
	lanes_start(2);
	ck_assert_uint_eq(lanes[1].next_id >> 26 & 63, 1);
	lane_post(&lanes[1], &begin[0], send_all);
	pthread_join(lanes[1].thread, NULL);
}
END_TEST

/* ---- spares ---- */

START_TEST(a_buffer_given_back_is_used_again)
{
	struct buf b = lane_buf(lane_here);
	const char *data = b.data;

	ck_assert_uint_ge(b.cap, 4096);
	ck_assert(buf_puts(&b, "secret"));
	lane_buf_back(lane_here, &b);
	ck_assert_ptr_null(b.data);
	ck_assert_uint_eq(b.cap, 0);
	b = lane_buf(lane_here);
	ck_assert_ptr_eq(b.data, data);
	ck_assert_uint_eq(buf_len(&b), 0);
	buf_free(&b);
}
END_TEST

static const struct {
	size_t cap;
	bool kept;
} caps[] = {{0, false}, {256, false}, {4096, true}, {65536, true}, {131072, false}};

START_TEST(only_buffers_of_a_good_size_are_kept)
{
	struct buf b = BUF_INIT;

	if (caps[_i].cap)
		ck_assert(buf_reserve(&b, caps[_i].cap));
	ck_assert_uint_eq(b.cap, caps[_i].cap);
	lane_buf_back(lane_here, &b);
	ck_assert_uint_eq(lane_here->nspares, caps[_i].kept);
	ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(spares_are_bounded)
{
	struct buf b[LANE_SPARES + 1];

	for (size_t i = 0; i < nitems(b); i++)
		b[i] = lane_buf(lane_here);
	for (size_t i = 0; i < nitems(b); i++)
		lane_buf_back(lane_here, &b[i]);
	ck_assert_uint_eq(lane_here->nspares, LANE_SPARES);
}
END_TEST

/* ---- dates ---- */

/* Not what time it is, but that it is written as it should be. */
START_TEST(dates_have_their_forms)
{
	struct tm tm = {0};
	const char *end = strptime(lane_date(lane_here), "%a, %d %b %Y %H:%M:%S GMT", &tm);

	ck_assert(end && *end == '\0');
	ck_assert_uint_eq(strlen(lane_date(lane_here)), strlen("Sun, 06 Nov 1994 08:49:37 GMT"));
	end = strptime(lane_clf_date(lane_here), "%d/%b/%Y:%H:%M:%S %z", &tm);
	ck_assert(end && *end == '\0');
}
END_TEST

START_TEST(dates_are_made_anew_when_time_went_on)
{
	struct tm tm;
	time_t said;

	lane_date(lane_here);
	lane_here->date_at = 0;
	strcpy(lane_here->date, "stale");
	strcpy(lane_here->clf_date, "stale");
	ck_assert_ptr_nonnull(strptime(lane_date(lane_here), "%a, %d %b %Y %H:%M:%S GMT", &tm));
	said = timegm(&tm);
	ck_assert_int_eq(said, lane_here->date_at);
	ck_assert_str_ne(lane_clf_date(lane_here), "stale");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lane");
	TCase *tc = tcase_create("lane");

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, stage_up, stage_down);
	tcase_add_test(tc, mail_comes_in_order_and_not_at_once);
	tcase_add_test(tc, a_letter_may_be_posted_again_when_it_has_come);
	tcase_add_test(tc, mail_between_two_threads_keeps_its_order);
	tcase_add_test(tc, two_senders_do_not_disturb_each_other);
	tcase_add_test(tc, ids_of_lanes_differ);
	tcase_add_test(tc, a_buffer_given_back_is_used_again);
	tcase_add_loop_test(tc, only_buffers_of_a_good_size_are_kept, 0, nitems(caps));
	tcase_add_test(tc, spares_are_bounded);
	tcase_add_test(tc, dates_have_their_forms);
	tcase_add_test(tc, dates_are_made_anew_when_time_went_on);
	return stage_run(suite);
}
