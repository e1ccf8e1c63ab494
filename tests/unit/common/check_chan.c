/* SPDX-License-Identifier: MIT
 *
 * check_chan: letters and descriptors between two ends, and what becomes of a peer that lies.
 *
 * Here stands a gateway; its peer is a runner, either a channel as well or a bare socket that can
 * say what no channel would. A runner's RAN has no descriptors, a gateway's RUN has three.
 */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/chan.h"
#include "common/fd.h"
#include "common/log.h"

/* An end with what came to it. */
struct side {
	struct chan chan;
	unsigned letters, lost;
	uint32_t last; /* number of the latest run */
	char why[64];
	int keep; /* which descriptor of a RUN to keep, -1: none */
	int kept;
	const char *answer; /* of the handler */
	bool close_in_handler;
	struct side **freed; /* on_lost frees the side and says so here */
};

static struct loop l;
static int bare; /* the peer's socket, when it is no channel */

static const char *arrived(struct side *s, uint32_t run)
{
	ck_assert_uint_eq(s->last + 1, run);
	s->last = run;
	s->letters++;
	if (s->close_in_handler)
		chan_close(&s->chan);
	return s->answer;
}

static const char *on_ran(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	(void)fds;
	return arrived(owner, m->ran.run);
}

static const char *on_run(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	struct side *s = owner;

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
	if (s->keep >= 0)
		s->kept = fd_take(&fds[s->keep]);
	return arrived(s, m->run.run);
}

static const char *on_worker_left(void *owner, const union msg *m, int fds[MSG_FDS_MAX])
{
	(void)owner, (void)m, (void)fds;
	ck_abort_msg("a letter that no runner sends was handled");
	return NULL;
}

static void on_lost(void *owner, const char *why)
{
	struct side *s = owner;

	ck_assert(!chan_is_open(&s->chan));
	s->lost++;
	snprintf(s->why, sizeof s->why, "%s", why);
	if (s->freed) {
		*s->freed = NULL;
		free(s);
	}
}

static chan_handler *const of_gateway[MSG_TYPES] = {
	[MSG_RAN] = on_ran, [MSG_WORKER_LEFT] = on_worker_left};
static chan_handler *const of_runner[MSG_TYPES] = {[MSG_RUN] = on_run};

/* ---- tools ---- */

static void side_open(struct side *s, int fd, enum msg_peer self)
{
	enum msg_peer peer = self == GATEWAY ? RUNNER : GATEWAY;

	*s = (struct side){.keep = -1, .kept = -1};
	ck_assert_int_eq(chan_open(&s->chan, &l, fd, "peer", self, peer,
				 self == GATEWAY ? of_gateway : of_runner, s, on_lost),
		0);
}

static void open_pair(struct side *gateway, struct side *runner)
{
	int ends[2];

	ck_assert_int_eq(fd_seqpair(ends), 0);
	side_open(gateway, ends[0], GATEWAY);
	side_open(runner, ends[1], RUNNER);
}

static void open_bare(struct side *s, enum msg_peer self)
{
	int ends[2];

	ck_assert_int_eq(fd_seqpair(ends), 0);
	side_open(s, ends[0], self);
	bare = ends[1];
}

static void turns(int n)
{
	while (n-- > 0)
		loop_turn(&l, 0);
}

static unsigned open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void three_fds(int fds[3])
{
	for (int i = 0; i < 3; i++)
		fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
}

/* Any bytes with any number of descriptors. */
static void say(struct span bytes, unsigned nfds)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * 10)];
		struct cmsghdr align;
	} ctl = {.bytes = {0}};
	struct iovec iov = {(void *)(uintptr_t)bytes.p, bytes.n};
	struct msghdr mh = {.msg_iov = &iov, .msg_iovlen = 1};
	int fds[10] = {0};

	if (nfds) {
		mh.msg_control = ctl.bytes;
		mh.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		struct cmsghdr *cm = CMSG_FIRSTHDR(&mh);
		*cm = (struct cmsghdr){CMSG_LEN(sizeof(int) * nfds), SOL_SOCKET, SCM_RIGHTS};
		memcpy(CMSG_DATA(cm), fds, sizeof(int) * nfds);
	}
	ck_assert_int_eq(sendmsg(bare, &mh, MSG_NOSIGNAL), (ssize_t)bytes.n);
}

static void say_letter(enum msg_type type, const void *payload, unsigned nfds)
{
	struct buf b = BUF_INIT;

	ck_assert(msg_encode(&b, type, payload));
	say(buf_span(&b), nfds);
	buf_free(&b);
}

static void setup(void)
{
	log_open(NULL, LOG_AT_ALERT);
	ck_assert_int_eq(loop_init(&l), 0);
	bare = -1;
}

static void teardown(void)
{
	fd_close(&bare);
	loop_close(&l);
}

/* ---- no descriptor left ---- */

static bool pass_over(void *owner, enum msg_type type)
{
	(void)owner;
	ck_assert_int_eq(type, MSG_RUN);
	return true;
}

/* Its descriptors are lost, and the channel too, unless who has it can do without the letter. */
START_TEST(what_a_letter_brings_finds_no_room)
{
	struct side gateway, runner;
	struct rlimit before, none;
	unsigned open;
	int fds[3];

	open_pair(&gateway, &runner);
	runner.chan.on_cut = _i ? pass_over : NULL;
	three_fds(fds);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){.rlim_cur = (rlim_t)fds[0] + 1, .rlim_max = before.rlim_max};
	ck_assert(chan_send(&gateway.chan, MSG_RUN, &(struct msg_run){.run = 1}, fds));
	open = open_fds();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	turns(1);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_uint_eq(runner.letters, 0);
	ck_assert_uint_eq(runner.lost, !_i);
	ck_assert_uint_eq(open_fds(), open - !_i);
	if (_i) {
		three_fds(fds);
		ck_assert(chan_send(&gateway.chan, MSG_RUN, &(struct msg_run){.run = 1}, fds));
		turns(1);
		ck_assert_uint_eq(runner.letters, 1);
		chan_close(&runner.chan);
	}
	chan_close(&gateway.chan);
}
END_TEST

/* ---- there and back ---- */

START_TEST(letters_arrive_in_order_both_ways)
{
	struct side gateway, runner;
	int fds[3];

	open_pair(&gateway, &runner);
	for (uint32_t i = 1; i <= 100; i++) {
		three_fds(fds);
		ck_assert(chan_send(&gateway.chan, MSG_RUN, &(struct msg_run){.run = i}, fds));
		ck_assert(chan_send(&runner.chan, MSG_RAN, &(struct msg_ran){.run = i}, NULL));
	}
	turns(20);
	ck_assert_uint_eq(gateway.letters, 100);
	ck_assert_uint_eq(runner.letters, 100);
	chan_close(&gateway.chan);
	chan_close(&runner.chan);
	ck_assert_uint_eq(gateway.lost + runner.lost, 0);
}
END_TEST

START_TEST(descriptors_are_the_channels_when_sent)
{
	struct side gateway, runner;
	unsigned before;
	int fds[3];

	open_pair(&gateway, &runner);
	before = open_fds();
	three_fds(fds);
	ck_assert(chan_send(&gateway.chan, MSG_RUN, &(struct msg_run){.run = 1}, fds));
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(fds[i], -1);
	ck_assert_uint_eq(open_fds(), before);
	turns(1);
	ck_assert_uint_eq(open_fds(), before); /* the handler kept none */
	chan_close(&gateway.chan);
	chan_close(&runner.chan);
}
END_TEST

START_TEST(a_descriptor_that_a_handler_keeps_works)
{
	struct side gateway, runner;
	int fds[3], ends[2];
	unsigned before;
	char byte = 0;

	open_pair(&gateway, &runner);
	runner.keep = 1;
	three_fds(fds);
	fd_close(&fds[1]);
	ck_assert_int_eq(fd_pipe(ends, -1), 0);
	fds[1] = fd_take(&ends[1]);
	before = open_fds();
	ck_assert(chan_send(&gateway.chan, MSG_RUN, &(struct msg_run){.run = 1}, fds));
	turns(1);
	ck_assert_uint_eq(open_fds(), before - 2);
	ck_assert_int_eq(write(runner.kept, "x", 1), 1);
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	ck_assert_int_eq(byte, 'x');
	fd_close(&runner.kept);
	ck_assert_int_eq(read(ends[0], &byte, 1), 0);
	fd_close(&ends[0]);
	chan_close(&gateway.chan);
	chan_close(&runner.chan);
}
END_TEST

START_TEST(a_letter_too_large_is_not_sent)
{
	static char large[CHAN_MAX];
	struct side gateway, runner;
	unsigned before;
	int fds[3];

	open_pair(&gateway, &runner);
	before = open_fds();
	three_fds(fds);
	ck_assert(!chan_send(&gateway.chan, MSG_RUN,
		&(struct msg_run){.run = 1, .argv = {large, sizeof large}}, fds));
	ck_assert_int_eq(fds[0], -1);
	ck_assert_uint_eq(open_fds(), before);
	three_fds(fds);
	ck_assert(chan_send(&gateway.chan, MSG_RUN,
		&(struct msg_run){.run = 1, .argv = {large, sizeof large - 18}}, fds));
	turns(1);
	ck_assert_uint_eq(runner.letters, 1);
	chan_close(&gateway.chan);
	chan_close(&runner.chan);
}
END_TEST

START_TEST(what_the_socket_has_no_room_for_waits_its_turn)
{
	static char payload[10000];
	struct side gateway, runner;
	unsigned before;
	int fds[3];

	open_pair(&gateway, &runner);
	before = open_fds();
	for (uint32_t i = 1; i <= 300; i++) {
		struct msg_run run = {.run = i, .environment = {payload, sizeof payload}};
		three_fds(fds);
		ck_assert(chan_send(&gateway.chan, MSG_RUN, &run, fds));
	}
	ck_assert(!list_empty(&gateway.chan.unsent));
	ck_assert(gateway.chan.writing);
	for (int i = 0; i < 1000 && runner.letters < 300; i++)
		turns(1);
	ck_assert_uint_eq(runner.letters, 300);
	turns(1);
	ck_assert(list_empty(&gateway.chan.unsent));
	ck_assert_uint_eq(gateway.chan.unsent_bytes, 0);
	ck_assert(!gateway.chan.writing);
	ck_assert_uint_eq(open_fds(), before);
	chan_close(&gateway.chan);
	chan_close(&runner.chan);
}
END_TEST

START_TEST(a_peer_that_never_reads_is_refused_one_day)
{
	static char payload[CHAN_MAX - 1000];
	struct side gateway;
	unsigned sent = 0;

	open_bare(&gateway, RUNNER);
	while (sent < 10000 && chan_send(&gateway.chan, MSG_RAN,
				       &(struct msg_ran){.why = {payload, sizeof payload}}, NULL))
		sent++;
	ck_assert_uint_gt(sent, 100);
	ck_assert_uint_lt(sent, 10000);
	chan_close(&gateway.chan);
}
END_TEST

/* ---- ends ---- */

START_TEST(end_of_file_is_told_once_after_the_last_letter)
{
	struct side gateway;

	open_bare(&gateway, GATEWAY);
	say_letter(MSG_RAN, &(struct msg_ran){.run = 1}, 0);
	say_letter(MSG_RAN, &(struct msg_ran){.run = 2}, 0);
	fd_close(&bare);
	turns(3);
	ck_assert_uint_eq(gateway.letters, 2);
	ck_assert_uint_eq(gateway.lost, 1);
	ck_assert_str_eq(gateway.why, "closed");
	ck_assert(!chan_is_open(&gateway.chan));
	chan_close(&gateway.chan);
	ck_assert_uint_eq(gateway.lost, 1);
}
END_TEST

START_TEST(sending_to_the_dead_is_no_error_and_leaks_nothing)
{
	struct side gateway;
	unsigned before;
	int fds[3];

	open_bare(&gateway, GATEWAY);
	fd_close(&bare);
	before = open_fds();
	for (int closed = 0; closed < 2; closed++) {
		three_fds(fds);
		ck_assert(chan_send(&gateway.chan, MSG_RUN, &(struct msg_run){.run = 1}, fds));
		ck_assert_int_eq(fds[2], -1);
		ck_assert_uint_eq(open_fds(), before - (unsigned)closed);
		turns(1);
	}
	ck_assert_uint_eq(gateway.lost, 1);
}
END_TEST

START_TEST(letters_that_wait_go_with_the_channel)
{
	static char payload[10000];
	struct side gateway;
	unsigned before = open_fds();
	int fds[3];

	open_bare(&gateway, GATEWAY);
	while (list_empty(&gateway.chan.unsent)) {
		three_fds(fds);
		chan_send(&gateway.chan, MSG_RUN,
			&(struct msg_run){.environment = {payload, sizeof payload}}, fds);
	}
	chan_close(&gateway.chan);
	ck_assert(list_empty(&gateway.chan.unsent));
	fd_close(&bare);
	ck_assert_uint_eq(open_fds(), before);
	ck_assert_uint_eq(gateway.lost, 0);
}
END_TEST

START_TEST(a_peer_that_dies_with_letters_waiting_is_found)
{
	static char payload[10000];
	struct side gateway;

	open_bare(&gateway, RUNNER);
	while (list_empty(&gateway.chan.unsent))
		chan_send(&gateway.chan, MSG_RAN,
			&(struct msg_ran){.why = {payload, sizeof payload}}, NULL);
	fd_close(&bare);
	turns(5);
	ck_assert_uint_eq(gateway.lost, 1);
	ck_assert(!chan_is_open(&gateway.chan));
}
END_TEST

START_TEST(a_handler_may_close_its_channel)
{
	struct side gateway;

	open_bare(&gateway, GATEWAY);
	gateway.close_in_handler = true;
	say_letter(MSG_RAN, &(struct msg_ran){.run = 1}, 0);
	say_letter(MSG_RAN, &(struct msg_ran){.run = 2}, 0);
	turns(3);
	ck_assert_uint_eq(gateway.letters, 1);
	ck_assert_uint_eq(gateway.lost, 0);
}
END_TEST

START_TEST(on_lost_may_free_the_owner)
{
	struct side *gateway = malloc(sizeof *gateway);

	open_bare(gateway, GATEWAY);
	gateway->freed = &gateway;
	if (_i == 0)
		fd_close(&bare);
	else if (_i == 1)
		say(SPAN_LIT("nonsense"), 0);
	else
		say_letter(MSG_RAN, &(struct msg_ran){.run = 1}, 0);
	gateway->answer = "refused";
	turns(3);
	ck_assert_ptr_null(gateway);
}
END_TEST

/* ---- peers that lie ---- */

static void assert_lost(struct side *s, const char *why, unsigned fds_before)
{
	turns(3);
	ck_assert_uint_eq(s->letters, 0);
	ck_assert_uint_eq(s->lost, 1);
	ck_assert_str_eq(s->why, why);
	ck_assert_uint_eq(open_fds(), fds_before - 1); /* ours; and nothing of theirs is left */
}

START_TEST(an_unlawful_letter_ends_the_peer)
{
	static const struct {
		struct span bytes;
		const char *why;
	} letters[] = {
		{{"x", 1}, "no such letter"},
		{{"\xff\xff", 2}, "no such letter"},
		{{"\2\x62", 2}, "the letter is too short"},
		{{"\2\x62\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0!", 19}, "the letter is too long"},
	};
	struct side gateway;
	unsigned before;

	open_bare(&gateway, GATEWAY);
	before = open_fds();
	say(letters[_i].bytes, 0);
	assert_lost(&gateway, letters[_i].why, before);
}
END_TEST

START_TEST(a_letter_in_the_wrong_direction_ends_the_peer)
{
	struct side gateway;
	unsigned before;

	open_bare(&gateway, GATEWAY);
	before = open_fds();
	if (_i == 0) /* for a runner, from a gateway */
		say_letter(MSG_RUN, &(struct msg_run){.run = 1}, 3);
	else if (_i == 1) /* handled here, but not when a runner says it */
		say_letter(MSG_WORKER_LEFT, &(struct msg_worker_left){1}, 0);
	else /* lawful, but there is no handler */
		say_letter(MSG_READY, &(struct msg_ready){1, 2}, 0);
	assert_lost(&gateway, "this peer never sends that letter", before);
}
END_TEST

START_TEST(a_wrong_number_of_descriptors_ends_the_peer)
{
	static const unsigned wrong[] = {0, 1, 2, 4};
	struct side runner;
	unsigned before;

	open_bare(&runner, RUNNER);
	before = open_fds();
	say_letter(MSG_RUN, &(struct msg_run){.run = 1}, wrong[_i]);
	assert_lost(&runner, "the letter has the wrong number of descriptors", before);
}
END_TEST

START_TEST(far_too_many_descriptors_end_the_peer)
{
	struct side runner;
	unsigned before;

	open_bare(&runner, RUNNER);
	before = open_fds();
	say_letter(MSG_RUN, &(struct msg_run){.run = 1}, 10);
	assert_lost(&runner, "the letter was cut short", before);
}
END_TEST

START_TEST(descriptors_without_a_letter_end_the_peer)
{
	struct side runner;
	unsigned before;

	open_bare(&runner, RUNNER);
	before = open_fds();
	say(SPAN_LIT(""), 3);
	assert_lost(&runner, "closed", before);
}
END_TEST

START_TEST(an_oversized_letter_ends_the_peer)
{
	static char large[CHAN_MAX + 1] = "\2\x62";
	struct side gateway;
	unsigned before;

	open_bare(&gateway, GATEWAY);
	before = open_fds();
	say((struct span){large, sizeof large}, 1);
	assert_lost(&gateway, "the letter was cut short", before);
}
END_TEST

START_TEST(a_sentence_from_the_handler_ends_the_peer)
{
	struct side runner;
	unsigned before;

	open_bare(&runner, RUNNER);
	runner.answer = "no such run";
	before = open_fds();
	say_letter(MSG_RUN, &(struct msg_run){.run = 1}, 3);
	say_letter(MSG_RUN, &(struct msg_run){.run = 2}, 3);
	turns(3);
	ck_assert_uint_eq(runner.letters, 1);
	ck_assert_uint_eq(runner.lost, 1);
	ck_assert_str_eq(runner.why, "no such run");
	ck_assert_uint_eq(open_fds(), before - 1);
}
END_TEST

/* ---- without a loop ---- */

START_TEST(blocking_ends_speak_to_a_channel)
{
	struct side gateway;
	enum msg_type type;
	char bytes[100];
	union msg m;
	long n;
	int fds[3];

	open_bare(&gateway, GATEWAY);
	ck_assert_int_eq(chan_send_blocking(bare, MSG_RAN, &(struct msg_ran){.run = 1}), 0);
	turns(1);
	ck_assert_uint_eq(gateway.letters, 1);
	three_fds(fds);
	chan_send(&gateway.chan, MSG_RUN, &(struct msg_run){.run = 5}, fds);
	n = chan_recv_blocking(bare, bytes, sizeof bytes);
	ck_assert_int_gt(n, 0);
	ck_assert_ptr_null(msg_decode((struct span){bytes, (size_t)n}, &type, &m));
	ck_assert_uint_eq(m.run.run, 5);
	chan_close(&gateway.chan);
	ck_assert_int_eq(chan_recv_blocking(bare, bytes, sizeof bytes), 0);
	ck_assert_int_eq(chan_send_blocking(bare, MSG_RAN, &(struct msg_ran){.run = 1}), -1);
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

static TCase *lawful_tests(void)
{
	const TTest *const tests[] = {letters_arrive_in_order_both_ways,
		descriptors_are_the_channels_when_sent, a_descriptor_that_a_handler_keeps_works,
		a_letter_too_large_is_not_sent, what_the_socket_has_no_room_for_waits_its_turn,
		a_peer_that_never_reads_is_refused_one_day,
		end_of_file_is_told_once_after_the_last_letter,
		sending_to_the_dead_is_no_error_and_leaks_nothing,
		letters_that_wait_go_with_the_channel,
		a_peer_that_dies_with_letters_waiting_is_found, a_handler_may_close_its_channel,
		blocking_ends_speak_to_a_channel};
	TCase *tc = tests_of("lawful", tests, nitems(tests));

	tcase_add_loop_test(tc, on_lost_may_free_the_owner, 0, 3);
	return tc;
}

static TCase *unlawful_tests(void)
{
	const TTest *const tests[] = {far_too_many_descriptors_end_the_peer,
		descriptors_without_a_letter_end_the_peer, an_oversized_letter_ends_the_peer,
		a_sentence_from_the_handler_ends_the_peer};
	TCase *tc = tests_of("unlawful", tests, nitems(tests));

	tcase_add_loop_test(tc, an_unlawful_letter_ends_the_peer, 0, 4);
	tcase_add_loop_test(tc, a_letter_in_the_wrong_direction_ends_the_peer, 0, 3);
	tcase_add_loop_test(tc, what_a_letter_brings_finds_no_room, 0, 2);
	tcase_add_loop_test(tc, a_wrong_number_of_descriptors_ends_the_peer, 0, 4);
	return tc;
}

int main(void)
{
	Suite *s = suite_create("chan");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, lawful_tests());
	suite_add_tcase(s, unlawful_tests());
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
