/* SPDX-License-Identifier: MIT
 *
 * check_spool: bytes come out in the order in which they went in, wherever they lay meanwhile.
 */
#include "gateway/spool.h"

#include <sys/stat.h>

#include "tests/unit/gateway/stage.h"

static struct spool s;
static struct quota *all, *some; /* some is a part of all */

static void up(void)
{
	stage_up();
	s = SPOOL_INIT;
	all = quota_new("all", NULL);
	some = quota_new("some", all);
}

static void down(void)
{
	spool_close(&s);
	buf_free(&s.mem);
	ck_assert_uint_eq(some->used, 0);
	quota_unref(some);
	ck_assert_uint_eq(all->used, 0);
	quota_unref(all);
	stage_down();
}

static struct spool_place place(size_t in_memory)
{
	return (struct spool_place){.in_memory = in_memory, .dir = stage_dir, .quota = some};
}

/* What is on the disk is what is counted, at any time. */
static void accounts(void)
{
	uint64_t on_disk = s.file ? s.file->wr - s.file->freed : 0;

	ck_assert_uint_eq(some->used, on_disk);
	ck_assert_uint_eq(all->used, on_disk);
}

/* The next n bytes of the pattern, after `at` of them. */
static void put(uint64_t at, size_t n, size_t mem_max)
{
	struct spool_place to = place(mem_max);
	char *bytes = malloc(n ? n : 1);

	stage_pattern(bytes, n, at);
	ck_assert(spool_put(&s, (struct span){bytes, n}, &to));
	accounts();
	free(bytes);
}

/* Takes up to n bytes, which must be those of the pattern at `at`. */
static size_t take(uint64_t at, size_t n)
{
	static char room[65536];
	bool failed;
	struct span piece = spool_front(&s, room, sizeof room, &failed);

	ck_assert(!failed);
	piece.n = piece.n < n ? piece.n : n;
	ck_assert(stage_is_pattern(piece, at));
	spool_drop(&s, piece.n);
	accounts();
	return piece.n;
}

static void take_all(uint64_t at, uint64_t end, size_t step)
{
	while (at < end) {
		size_t n = take(at, step);
		ck_assert_uint_gt(n, 0);
		at += n;
	}
	ck_assert_uint_eq(spool_len(&s), 0);
	ck_assert_uint_eq(take(at, 1), 0);
}

START_TEST(empty_is_empty)
{
	struct spool_place nowhere = {.dir = "/nowhere/at/all"};
	bool failed = true;
	char room[1];

	ck_assert_uint_eq(spool_len(&s), 0);
	ck_assert(spool_in_memory(&s));
	ck_assert_uint_eq(spool_front(&s, room, sizeof room, &failed).n, 0);
	ck_assert(!failed);
	ck_assert(spool_put(&s, SPAN_NONE, &nowhere));
	ck_assert_uint_eq(spool_len(&s), 0);
}
END_TEST

START_TEST(memory_comes_first_and_to_the_last_byte)
{
	put(0, 99, 100);
	put(99, 1, 100);
	ck_assert(spool_in_memory(&s));
	put(100, 1, 100);
	ck_assert(!spool_in_memory(&s));
	ck_assert_uint_eq(buf_len(&s.mem), 100);
	ck_assert_uint_eq(spool_len(&s), 101);
	take_all(0, 101, 7);
}
END_TEST

START_TEST(nothing_overtakes_what_is_in_the_file)
{
	put(0, 10, 16);
	put(10, 10, 16); /* does not fit: all of it goes to the file */
	put(20, 3, 16);  /* would fit, but must stay behind */
	ck_assert_uint_eq(buf_len(&s.mem), 10);
	ck_assert_uint_eq(take(0, 10), 10);
	put(23, 2, 16); /* memory is empty, the file is not */
	ck_assert_uint_eq(buf_len(&s.mem), 0);
	ck_assert_uint_eq(some->used, 15);
	take_all(10, 25, 4);
}
END_TEST

/* Steps of taking and putting that are no divisors of anything. */
static const struct {
	size_t put, take, mem_max;
} sizes[] = {
	{1, 1, 0},
	{1, 3, 7},
	{13, 5, 64},
	{4097, 4095, 4096},
	{65536, 65535, 65536},
	{65537, 1021, 65536},
	{70001, 69997, 1},
	{200003, 65537, 65536},
};

START_TEST(order_survives_odd_sizes)
{
	uint64_t in = 0, out = 0;

	/* Two in, one out: the queue grows beyond memory; then it runs dry, twice. */
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 20; i++) {
			put(in, sizes[_i].put, sizes[_i].mem_max);
			in += sizes[_i].put;
			if (i % 2)
				out += take(out, sizes[_i].take);
			ck_assert_uint_eq(spool_len(&s), in - out);
		}
		take_all(out, in, sizes[_i].take);
		out = in;
		ck_assert(spool_in_memory(&s));
	}
}
END_TEST

START_TEST(the_file_has_no_name_and_goes_when_it_is_used_up)
{
	struct stat st;
	int fd;

	put(0, 300000, 1);
	ck_assert_int_eq(fstat(s.file->fd, &st), 0);
	ck_assert_uint_eq(st.st_nlink, 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(rmdir(stage_dir), 0); /* nothing is in it */
	ck_assert_int_eq(mkdir(stage_dir, 0700), 0);
	fd = s.file->fd;
	take_all(0, 300000, 65536);
	ck_assert(spool_in_memory(&s));
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

/* A reader that is always a little behind never uses the file up. */
START_TEST(what_was_read_goes_back_to_the_disk)
{
	static const size_t piece = 1024 * 1024;
	struct stat st;

	for (uint64_t i = 0; i < 32; i++) {
		put(i * piece, piece, 0);
		for (uint64_t at = i ? (i - 1) * piece : piece; at < i * piece;)
			at += take(at, piece);
	}
	ck_assert_uint_eq(spool_len(&s), piece);
	ck_assert_uint_lt(some->used, 8 * piece);
	ck_assert_int_eq(fstat(s.file->fd, &st), 0);
	ck_assert_int_lt(st.st_blocks * 512, 16 * (off_t)piece);
	take_all(31 * piece, 32 * piece, piece);
}
END_TEST

START_TEST(used_up_it_begins_in_memory_again)
{
	put(0, 100, 10);
	take_all(0, 100, 100);
	put(100, 10, 10);
	ck_assert(spool_in_memory(&s));
	put(110, 1, 10);
	ck_assert(!spool_in_memory(&s));
	ck_assert_uint_eq(s.file->wr, 1); /* and in the file */
	take_all(100, 111, 2);
}
END_TEST

START_TEST(at_looks_without_taking)
{
	char room[1000];
	const uint64_t end = 64 + 3000;
	bool failed;

	put(0, 64, 64);
	put(64, 3000, 64);
	for (uint64_t at = 0; at < end;) {
		size_t size = 1 + at % sizeof room;
		struct span piece = spool_at(&s, at, room, size, &failed);

		ck_assert(!failed);
		ck_assert_uint_gt(piece.n, 0);
		ck_assert_uint_le(piece.n, size);
		ck_assert(stage_is_pattern(piece, at));
		at += piece.n;
	}
	ck_assert_uint_eq(spool_at(&s, end, room, sizeof room, &failed).n, 0);
	ck_assert(!failed);
	ck_assert_uint_eq(spool_len(&s), end);
}
END_TEST

/* Wherever one asks, and just there where memory ends. */
START_TEST(at_every_offset)
{
	char room[8];
	bool failed;

	put(0, 5, 5);
	put(5, 6, 5);
	for (uint64_t at = 0; at <= 11; at++) {
		struct span piece = spool_at(&s, at, room, sizeof room, &failed);

		ck_assert(!failed);
		ck_assert_int_eq(piece.n == 0, at == 11);
		ck_assert(stage_is_pattern(piece, at));
	}
}
END_TEST

START_TEST(at_end_of_memory_is_the_end)
{
	char room[8];
	bool failed;

	ck_assert_uint_eq(spool_at(&s, 0, room, sizeof room, &failed).n, 0);
	ck_assert(!failed);
	put(0, 5, 5);
	ck_assert_uint_eq(spool_at(&s, 3, room, sizeof room, &failed).n, 2);
	ck_assert_uint_eq(spool_at(&s, 5, room, sizeof room, &failed).n, 0);
	ck_assert(!failed);
}
END_TEST

static bool put_text(const char *text, struct spool_place to)
{
	errno = 0;
	return spool_put(&s, span_of(text), &to);
}

START_TEST(no_directory_no_spool)
{
	struct spool_place none = {.in_memory = 4, .dir = stage_path("none"), .quota = some};

	ck_assert(put_text("1234", none));
	ck_assert(!put_text("5", none));
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_uint_eq(spool_len(&s), 4); /* nothing was appended */
	ck_assert(spool_in_memory(&s));
	ck_assert(put_text("5", place(4)));
	ck_assert_uint_eq(spool_len(&s), 5);
}
END_TEST

START_TEST(a_full_disk_appends_nothing)
{
	put(0, 4, 4);
	put(4, 4, 4);
	close(s.file->fd);
	s.file->fd = open("/dev/full", O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(s.file->fd, 0);
	ck_assert(!put_text("x", place(4)));
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_uint_eq(spool_len(&s), 8);
	accounts();
}
END_TEST

/* ---- limits ---- */

START_TEST(a_limit_appends_nothing_and_is_named)
{
	struct spool_place to = place(4);

	quota_limit(_i ? all : some, 10);
	put(0, 4, 4);
	put(4, 10, 4);
	ck_assert(!spool_put(&s, SPAN_LIT("x"), &to));
	ck_assert_int_eq(errno, EDQUOT);
	ck_assert_ptr_eq(to.lacks, _i ? all : some);
	ck_assert_uint_eq(spool_len(&s), 14);
	accounts();
	take_all(0, 14, 3);
	put(14, 4, 4); /* there is room again */
	put(18, 10, 4);
	take_all(14, 28, 28);
}
END_TEST

START_TEST(a_limit_of_nothing_is_no_file)
{
	quota_limit(some, 0);
	put(0, 4, 4);
	ck_assert(!put_text("x", place(4)));
	ck_assert(spool_in_memory(&s));
}
END_TEST

START_TEST(what_was_cut_off_is_counted_no_more)
{
	put(0, 100, 10);
	ck_assert_uint_eq(some->used, 100);
	spool_close(&s);
	ck_assert_uint_eq(some->used, 0);
}
END_TEST

START_TEST(a_file_outlives_the_last_plan_with_its_pool)
{
	struct quota *gone = quota_new("gone", all);
	struct spool_place to = {.dir = stage_dir, .quota = gone};

	ck_assert(spool_put(&s, SPAN_LIT("bytes"), &to));
	quota_unref(gone);
	ck_assert_uint_eq(all->used, 5);
	spool_close(&s);
	ck_assert_uint_eq(all->used, 0);
}
END_TEST

static void hold(uint64_t at, size_t n)
{
	struct spool_place to = place(4);
	char *bytes = malloc(n);

	stage_pattern(bytes, n, at);
	ck_assert(!spool_put(&s, (struct span){bytes, n}, &to));
	ck_assert(spool_hold(&s, (struct span){bytes, n}, &to));
	ck_assert(spool_is_stuck(&s));
	accounts();
	free(bytes);
}

/* From memory, from the file, or from what is held itself. */
START_TEST(what_is_held_is_last)
{
	quota_limit(some, _i == 0 ? 0 : 10);
	put(0, 4, 4);
	if (_i)
		put(4, 10, 4);
	hold(_i ? 14 : 4, 100);
	hold(_i ? 114 : 104, 50);
	ck_assert_uint_eq(spool_len(&s), _i ? 164 : 154);
	for (uint64_t at = 0; at < (_i ? 14 : 4);)
		at += take(at, _i == 2 ? 64 : 3);
	ck_assert(!spool_is_stuck(&s));
	take_all(_i ? 14 : 4, _i ? 164 : 154, 7);
}
END_TEST

START_TEST(what_is_held_goes_to_the_file_when_there_is_room)
{
	quota_limit(some, 10);
	put(0, 4, 4);
	put(4, 10, 4);
	hold(14, 20);
	quota_limit(some, 1000);
	put(34, 5, 4);
	ck_assert(!spool_is_stuck(&s));
	ck_assert_uint_eq(some->used, 35);
	take_all(0, 39, 6);
}
END_TEST

/* A queue of many megabytes need not be used up first. */
START_TEST(what_is_held_goes_to_the_file_that_gave_something_back)
{
	const uint64_t limit = 12u * 1024 * 1024;
	uint64_t at = 0;

	quota_limit(some, limit);
	put(0, limit, 4);
	hold(limit, 1000);
	while (spool_is_stuck(&s))
		at += take(at, 65536);
	ck_assert_uint_le(at, limit / 2);
	take_all(at, limit + 1000, 65536);
}
END_TEST

START_TEST(nothing_is_held_by_an_empty_queue)
{
	struct spool_place to = place(0);

	quota_limit(some, 0);
	ck_assert(!spool_put(&s, SPAN_LIT("x"), &to));
	ck_assert(spool_hold(&s, SPAN_LIT("x"), &to));
	ck_assert(!spool_is_stuck(&s));
	ck_assert_uint_eq(buf_len(&s.mem), 1);
}
END_TEST

START_TEST(complaints_are_few_and_name_the_limit)
{
	struct spool_place to = place(0);

	quota_limit(some, 1);
	ck_assert(!spool_put(&s, SPAN_LIT("xyz"), &to));
	for (int i = 0; i < 100; i++)
		spool_complain(&to, EDQUOT, QUOTA_REFUSES);
	spool_complain(&to, EDQUOT, QUOTA_DELAYS);
	spool_complain(&to, ENOSPC, QUOTA_REFUSES);
	spool_complain(&to, ENOENT, QUOTA_REFUSES);
	ck_assert_ptr_nonnull(strstr(stage_logged(),
		"[some] max_spool (1 bytes) is used up: a request body is refused"));
	ck_assert_ptr_nonnull(strstr(stage_logged(), "is used up: workers wait"));
	ck_assert_ptr_nonnull(strstr(stage_logged(), "the disk is full: a request body"));
	ck_assert_uint_lt(strlen(stage_logged()), 600);
}
END_TEST

START_TEST(a_file_that_lost_its_bytes_is_an_error)
{
	char room[4];
	bool failed;

	put(0, 4, 4);
	put(4, 4, 4);
	ck_assert_int_eq(ftruncate(s.file->fd, 0), 0);
	ck_assert_uint_eq(spool_at(&s, 4, room, sizeof room, &failed).n, 0);
	ck_assert(failed);
	ck_assert_uint_eq(take(0, 4), 4);
	ck_assert_uint_eq(spool_front(&s, room, sizeof room, &failed).n, 0);
	ck_assert(failed);
}
END_TEST

START_TEST(closing_twice_is_closing)
{
	put(0, 8, 4);
	spool_close(&s);
	spool_close(&s);
	ck_assert(spool_in_memory(&s));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spool");
	TCase *tc = tcase_create("spool");

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, empty_is_empty);
	tcase_add_test(tc, memory_comes_first_and_to_the_last_byte);
	tcase_add_test(tc, nothing_overtakes_what_is_in_the_file);
	tcase_add_loop_test(tc, order_survives_odd_sizes, 0, nitems(sizes));
	tcase_add_test(tc, the_file_has_no_name_and_goes_when_it_is_used_up);
	tcase_add_test(tc, what_was_read_goes_back_to_the_disk);
	tcase_add_test(tc, used_up_it_begins_in_memory_again);
	tcase_add_test(tc, at_looks_without_taking);
	tcase_add_test(tc, at_every_offset);
	tcase_add_test(tc, at_end_of_memory_is_the_end);
	tcase_add_test(tc, no_directory_no_spool);
	tcase_add_test(tc, a_full_disk_appends_nothing);
	tcase_add_loop_test(tc, a_limit_appends_nothing_and_is_named, 0, 2);
	tcase_add_test(tc, a_limit_of_nothing_is_no_file);
	tcase_add_test(tc, what_was_cut_off_is_counted_no_more);
	tcase_add_test(tc, a_file_outlives_the_last_plan_with_its_pool);
	tcase_add_loop_test(tc, what_is_held_is_last, 0, 3);
	tcase_add_test(tc, what_is_held_goes_to_the_file_when_there_is_room);
	tcase_add_test(tc, what_is_held_goes_to_the_file_that_gave_something_back);
	tcase_add_test(tc, nothing_is_held_by_an_empty_queue);
	tcase_add_test(tc, complaints_are_few_and_name_the_limit);
	tcase_add_test(tc, a_file_that_lost_its_bytes_is_an_error);
	tcase_add_test(tc, closing_twice_is_closing);
	return stage_run(suite);
}
