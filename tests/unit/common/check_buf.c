/* SPDX-License-Identifier: MIT
 *
 * check_buf: growth, taking from the front, limits; and the reader that never leaves its bytes.
 */
#include <check.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/buf.h"

static struct buf b;

/* Sanitizers end a program that asks for more than there can be, unless they are told that it
 * wants to hear of it. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void setup(void)
{
	b = BUF_INIT;
}

static void teardown(void)
{
	buf_free(&b);
}

static unsigned char pattern(size_t i)
{
	return (unsigned char)(i * 7 + i / 251);
}

/* ---- the queue of bytes ---- */

START_TEST(an_empty_buffer_is_nothing_and_free_is_idempotent)
{
	ck_assert_uint_eq(buf_len(&b), 0);
	ck_assert_uint_eq(buf_span(&b).n, 0);
	ck_assert(buf_put(&b, NULL, 0));
	ck_assert(buf_put_span(&b, SPAN_NONE));
	ck_assert_ptr_null(b.data);
	buf_drop(&b, 0);
	buf_free(&b);
	buf_free(&b);
}
END_TEST

/* Loops count offences and assert once: an assertion is a message to Check's other process. */
START_TEST(bytes_come_out_as_they_went_in)
{
	size_t bad = 0;

	for (size_t i = 0; i < 100000; i++)
		bad += !buf_put(&b, &(unsigned char){pattern(i)}, 1);
	ck_assert_uint_eq(buf_len(&b), 100000);
	for (size_t i = 0; i < 100000; i++)
		bad += (unsigned char)buf_head(&b)[i] != pattern(i);
	ck_assert_uint_eq(bad, 0);
}
END_TEST

/* A queue that is taken from as it is put to must not grow with what passes through it. */
START_TEST(a_queue_in_use_stays_small)
{
	size_t in = 0, out = 0, bad = 0;

	for (int turn = 0; turn < 10000; turn++) {
		for (int i = 0; i < 100; i++)
			bad += !buf_put(&b, &(unsigned char){pattern(in++)}, 1);
		for (; buf_len(&b) > 50; buf_drop(&b, 1))
			bad += (unsigned char)*buf_head(&b) != pattern(out++);
	}
	ck_assert_uint_eq(bad, 0);
	ck_assert_uint_eq(buf_len(&b), in - out);
	ck_assert_uint_le(b.cap, 4096);
}
END_TEST

START_TEST(dropping_everything_starts_over)
{
	buf_puts(&b, "hello");
	buf_drop(&b, 2);
	ck_assert(span_is(buf_span(&b), "llo"));
	buf_drop(&b, 3);
	ck_assert_uint_eq(buf_len(&b), 0);
	ck_assert_uint_eq(b.start, 0);
	ck_assert_uint_eq(buf_room(&b), b.cap);
}
END_TEST

START_TEST(dropping_too_much_is_dropping_everything)
{
	buf_puts(&b, "hello");
	buf_drop(&b, 99);
	ck_assert_uint_eq(buf_len(&b), 0);
	ck_assert_uint_eq(b.end, 0);
}
END_TEST

START_TEST(reserved_room_is_there)
{
	for (size_t n = 1; n < 100000; n = n * 3 + 1) {
		ck_assert(buf_reserve(&b, n));
		ck_assert_uint_ge(buf_room(&b), n);
		memset(buf_tail(&b), 'x', n);
		buf_grew(&b, n);
		buf_drop(&b, n / 2);
	}
}
END_TEST

START_TEST(no_memory_is_an_answer_and_changes_nothing)
{
	static const size_t absurd[] = {
		SIZE_MAX, SIZE_MAX - 5, SIZE_MAX / 2, SIZE_MAX / 4, SIZE_MAX / 8};

	buf_puts(&b, "kept");
	for (size_t i = 0; i < nitems(absurd); i++) {
		ck_assert(!buf_reserve(&b, absurd[i]));
		ck_assert(span_is(buf_span(&b), "kept"));
	}
	ck_assert(buf_puts(&b, " on"));
	ck_assert(span_is(buf_span(&b), "kept on"));
}
END_TEST

START_TEST(formatted_text_of_any_length)
{
	char *wide = malloc(5001);

	memset(wide, 'w', 5000);
	wide[5000] = '\0';
	ck_assert(buf_putf(&b, "%d-%s", 42, "x"));
	ck_assert(span_is(buf_span(&b), "42-x"));
	ck_assert(buf_putf(&b, "%s|", wide));
	ck_assert_uint_eq(buf_len(&b), 4 + 5001);
	ck_assert_int_eq(buf_tail(&b)[-1], '|');
	ck_assert(buf_putf(&b, "%s", ""));
	ck_assert_uint_eq(buf_len(&b), 4 + 5001);
	free(wide);
}
END_TEST

/* ---- integers and strings ---- */

START_TEST(integers_are_big_endian)
{
	buf_put_u8(&b, 0x01);
	buf_put_u16(&b, 0x0203);
	buf_put_u32(&b, 0x04050607);
	buf_put_u64(&b, 0x08090a0b0c0d0e0f);
	ck_assert_uint_eq(buf_len(&b), 15);
	for (int i = 0; i < 15; i++)
		ck_assert_int_eq(buf_head(&b)[i], i + 1);
}
END_TEST

START_TEST(what_is_written_is_read)
{
	buf_put_u8(&b, 0xff);
	buf_put_u16(&b, 0xfffe);
	buf_put_u32(&b, 0xfffffffd);
	buf_put_u64(&b, UINT64_MAX - 3);
	buf_put_str(&b, SPAN_LIT("a\0b"));
	buf_put_str(&b, SPAN_NONE);
	struct cursor c = {buf_head(&b), buf_len(&b), false};

	ck_assert_uint_eq(cur_u8(&c), 0xff);
	ck_assert_uint_eq(cur_u16(&c), 0xfffe);
	ck_assert_uint_eq(cur_u32(&c), 0xfffffffd);
	ck_assert_uint_eq(cur_u64(&c), UINT64_MAX - 3);
	ck_assert(span_eq(cur_str(&c), SPAN_LIT("a\0b")));
	ck_assert(!cur_done(&c));
	ck_assert_uint_eq(cur_str(&c).n, 0);
	ck_assert(cur_done(&c));
}
END_TEST

START_TEST(the_first_read_beyond_the_end_sticks)
{
	struct cursor c = {"\1\2\3\4\5", 5, false};

	ck_assert_uint_eq(cur_u32(&c), 0x01020304);
	ck_assert_uint_eq(cur_u16(&c), 0);
	ck_assert(c.bad);
	ck_assert_uint_eq(cur_u8(&c), 0);
	ck_assert_uint_eq(cur_str(&c).n, 0);
	ck_assert_uint_eq(cur_u64(&c), 0);
	ck_assert(!cur_done(&c));
}
END_TEST

START_TEST(a_string_longer_than_its_bytes_is_none)
{
	static const char *const lies[] = {"\0\0\0\4abc",
		"\xff\xff\xff\xff"
		"abc",
		"\x7f\xff\xff\xff"
		"abc"};

	for (size_t i = 0; i < nitems(lies); i++) {
		struct cursor c = {lies[i], 7, false};
		ck_assert_uint_eq(cur_str(&c).n, 0);
		ck_assert(c.bad);
	}
}
END_TEST

/* The bytes end where memory ends: a reader that looks further does not come back. */
START_TEST(a_cursor_never_looks_beyond_its_bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *map = mmap(
		NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(map, MAP_FAILED);
	ck_assert_int_eq(mprotect(map + page, page, PROT_NONE), 0);
	for (size_t n = 0; n <= 8; n++) {
		struct cursor each[5];
		for (int i = 0; i < 5; i++)
			each[i] = (struct cursor){map + page - n, n, false};
		cur_u8(&each[0]);
		cur_u16(&each[1]);
		cur_u32(&each[2]);
		cur_u64(&each[3]);
		cur_str(&each[4]);
		ck_assert_int_eq(each[3].bad, n < 8);
		ck_assert_int_eq(each[4].bad, n < 4);
	}
	munmap(map, 2 * page);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("buf");
	TCase *tc = tcase_create("buf");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_empty_buffer_is_nothing_and_free_is_idempotent);
	tcase_add_test(tc, bytes_come_out_as_they_went_in);
	tcase_add_test(tc, a_queue_in_use_stays_small);
	tcase_add_test(tc, dropping_everything_starts_over);
	tcase_add_test(tc, dropping_too_much_is_dropping_everything);
	tcase_add_test(tc, reserved_room_is_there);
	tcase_add_test(tc, no_memory_is_an_answer_and_changes_nothing);
	tcase_add_test(tc, formatted_text_of_any_length);
	tcase_add_test(tc, integers_are_big_endian);
	tcase_add_test(tc, what_is_written_is_read);
	tcase_add_test(tc, the_first_read_beyond_the_end_sticks);
	tcase_add_test(tc, a_string_longer_than_its_bytes_is_none);
	tcase_add_test(tc, a_cursor_never_looks_beyond_its_bytes);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
