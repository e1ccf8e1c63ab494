/* SPDX-License-Identifier: MIT
 *
 * check_msg: every letter of msg.def, one by one: there and back, and refused when anything of it
 * is missing, too much or a lie.
 */
#include <check.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/msg.h"

/* ---- a letter of each type with a different value in each field ---- */

static uint32_t counter;
static const char text[] = "some\0text\nof a field";

static uint32_t some_u32(void)
{
	return 0x81000000u + ++counter;
}

static uint64_t some_u64(void)
{
	return 0x8000000100000000u + ++counter;
}

static struct span some_str(void)
{
	return (struct span){text, ++counter % sizeof text};
}

#define FILL_U32(x) m->x = some_u32();
#define FILL_U64(x) m->x = some_u64();
#define FILL_STR(x) m->x = some_str();
#define LETTER(NAME, name, number, from, to, fds, FIELDS, meaning) \
	static void fill_##name(union msg *any)                    \
	{                                                          \
		struct msg_##name *m = &any->name;                 \
		FIELDS(FILL_U32, FILL_U64, FILL_STR)               \
	}
#include "common/msg.def"
#undef LETTER

#define SAME_NUM(x) &&m->x == n->x
#define SAME_STR(x) &&span_eq(m->x, n->x)
#define LETTER(NAME, name, number, from, to, fds, FIELDS, meaning)      \
	static bool same_##name(const union msg *a, const union msg *b) \
	{                                                               \
		const struct msg_##name *m = &a->name, *n = &b->name;   \
		return true FIELDS(SAME_NUM, SAME_NUM, SAME_STR);       \
	}
#include "common/msg.def"
#undef LETTER

static const struct {
	void (*fill)(union msg *m);
	bool (*same)(const union msg *a, const union msg *b);
} samples[MSG_TYPES] = {
#define LETTER(NAME, name, number, from, to, fds, FIELDS, meaning) {fill_##name, same_##name},
#include "common/msg.def"
#undef LETTER
};

static struct buf b;
static union msg sent;

static void make(int type)
{
	b = BUF_INIT;
	memset(&sent, 0, sizeof sent);
	samples[type].fill(&sent);
	ck_assert(msg_encode(&b, (enum msg_type)type, &sent));
}

/* ---- each letter ---- */

START_TEST(a_letter_comes_back_as_it_was)
{
	enum msg_type type = MSG_TYPES;
	union msg got;

	make(_i);
	ck_assert_ptr_null(msg_decode(buf_span(&b), &type, &got));
	ck_assert_uint_eq(type, (unsigned)_i);
	ck_assert(samples[_i].same(&sent, &got));
	buf_free(&b);
}
END_TEST

START_TEST(a_letter_of_zeros_comes_back_too)
{
	enum msg_type type = MSG_TYPES;
	union msg got, zeros;

	b = BUF_INIT;
	memset(&zeros, 0, sizeof zeros);
	ck_assert(msg_encode(&b, (enum msg_type)_i, &zeros));
	ck_assert_ptr_null(msg_decode(buf_span(&b), &type, &got));
	ck_assert_uint_eq(type, (unsigned)_i);
	ck_assert(samples[_i].same(&zeros, &got));
	buf_free(&b);
}
END_TEST

/* The cut letter ends where memory ends. */
START_TEST(a_letter_cut_anywhere_is_refused)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *map = mmap(
		NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	enum msg_type type;
	union msg got;

	ck_assert_ptr_ne(map, MAP_FAILED);
	ck_assert_int_eq(mprotect(map + page, page, PROT_NONE), 0);
	make(_i);
	for (size_t n = 0; n < buf_len(&b); n++) {
		char *cut = memcpy(map + page - n, buf_head(&b), n);
		ck_assert_ptr_nonnull(msg_decode((struct span){cut, n}, &type, &got));
	}
	buf_free(&b);
	munmap(map, 2 * page);
}
END_TEST

START_TEST(a_letter_with_a_byte_too_many_is_refused)
{
	enum msg_type type;
	union msg got;

	make(_i);
	buf_put_u8(&b, 0);
	ck_assert_str_eq(msg_decode(buf_span(&b), &type, &got), "the letter is too long");
	buf_free(&b);
}
END_TEST

START_TEST(a_row_makes_sense)
{
	const struct msg_row *row = &msg_rows[_i];

	ck_assert(row->from && !(row->from & ~ANY));
	ck_assert(row->to && !(row->to & ~ANY));
	ck_assert_uint_le(row->fds, MSG_FDS_MAX);
	ck_assert_uint_gt(strlen(row->name), 0);
	ck_assert_uint_gt(strlen(row->meaning), 0);
	for (int other = 0; other < _i; other++) {
		ck_assert_uint_ne(row->number, msg_rows[other].number);
		ck_assert_str_ne(row->name, msg_rows[other].name);
	}
}
END_TEST

/* ---- any letter ---- */

START_TEST(an_unknown_number_is_refused)
{
	unsigned refused = 0, unknown = 0;

	for (unsigned number = 0; number <= UINT16_MAX; number++) {
		char bytes[2] = {(char)(number >> 8), (char)number};
		enum msg_type type;
		union msg got;
		const char *why = msg_decode((struct span){bytes, 2}, &type, &got);
		refused += why != NULL;
		unknown += why && strcmp(why, "no such letter") == 0;
	}
	ck_assert_uint_eq(refused, UINT16_MAX + 1u);
	ck_assert_uint_eq(unknown, UINT16_MAX + 1u - MSG_TYPES);
}
END_TEST

START_TEST(a_string_that_claims_more_than_there_is_is_refused)
{
	static const char *const lies[] = {
		"\0\0\0\x0b", "\xff\xff\xff\xff", "\x80\0\0\0", "\0\0\1\0"};
	enum msg_type type;
	union msg got;

	for (size_t i = 0; i < nitems(lies); i++) {
		b = BUF_INIT;
		buf_put_u16(&b, msg_rows[MSG_CTL_TEXT].number);
		buf_put(&b, lies[i], 4);
		buf_puts(&b, "0123456789");
		ck_assert_str_eq(msg_decode(buf_span(&b), &type, &got), "the letter is too short");
		buf_free(&b);
	}
}
END_TEST

/* runners/PROTOCOL.md gives these bytes; other people's runners rely on them. */
START_TEST(the_runner_protocol_is_what_its_page_says)
{
	static const char kill_7[] = "\x02\x5a\0\0\0\7\0\0\x13\x88";
	static const char run_1[] = "\x02\x59\0\0\0\1\0\0\0\5/a\0b\0\0\0\0\1/\0\0\0\4X=1";
	const struct msg_run run = {1, {"/a\0b", 5}, {"/", 1}, {"X=1", 4}};

	b = BUF_INIT;
	ck_assert(msg_encode(&b, MSG_KILL, &(struct msg_kill){7, 5000}));
	ck_assert(span_eq(buf_span(&b), SPAN_LIT(kill_7)));
	buf_clear(&b);
	ck_assert(msg_encode(&b, MSG_RUN, &run));
	ck_assert(span_eq(buf_span(&b), (struct span){run_1, sizeof run_1}));
	ck_assert_uint_eq(msg_rows[MSG_READY].number, 600);
	ck_assert_uint_eq(msg_rows[MSG_RUN].fds, 3);
	ck_assert_uint_eq(msg_rows[MSG_RAN].number, 610);
	ck_assert_uint_eq(msg_rows[MSG_EXITED].number, 611);
	buf_free(&b);
}
END_TEST

START_TEST(letters_are_appended)
{
	b = BUF_INIT;
	buf_puts(&b, "before");
	ck_assert(msg_encode(&b, MSG_KILL, &(struct msg_kill){1, 2}));
	ck_assert(span_starts(buf_span(&b), SPAN_LIT("before\x02\x5a")));
	ck_assert_uint_eq(buf_len(&b), 6 + 10);
	buf_free(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("msg");
	TCase *each = tcase_create("each letter"), *any = tcase_create("any letter");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(each, a_letter_comes_back_as_it_was, 0, MSG_TYPES);
	tcase_add_loop_test(each, a_letter_of_zeros_comes_back_too, 0, MSG_TYPES);
	tcase_add_loop_test(each, a_letter_cut_anywhere_is_refused, 0, MSG_TYPES);
	tcase_add_loop_test(each, a_letter_with_a_byte_too_many_is_refused, 0, MSG_TYPES);
	tcase_add_loop_test(each, a_row_makes_sense, 0, MSG_TYPES);
	tcase_add_test(any, an_unknown_number_is_refused);
	tcase_add_test(any, a_string_that_claims_more_than_there_is_is_refused);
	tcase_add_test(any, the_runner_protocol_is_what_its_page_says);
	tcase_add_test(any, letters_are_appended);
	suite_add_tcase(s, each);
	suite_add_tcase(s, any);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
