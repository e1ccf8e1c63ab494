/* SPDX-License-Identifier: MIT
 *
 * check_file_cache: what is kept, for how long, how much of it, and who may still use what is not.
 */
#include "gateway/file_cache.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/unit/gateway/stage.h"

static void up(void)
{
	stage_up();
	stage_mkdir("www");
	stage_file("www/small", 0644, SPAN_LIT("small"));
	stage_file("www/large", 0644, SPAN_LIT("large"));
	ck_assert_int_eq(truncate(stage_path("www/large"), 100000), 0);
	stage_plan((struct msg_plan_gateway){.document_root = span_of(stage_path("www"))});
	stage_seal();
}

/* Longer than a file system's tick: what is there has settled. */
static void settle(void)
{
	struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
	struct stat st;

	ck_assert_int_eq(stat(stage_path("www/large"), &st), 0);
	while (time(NULL) <= st.st_ctim.tv_sec + 2)
		nanosleep(&pause, NULL);
	stage_turn();
}

static void down(void)
{
	file_cache_clear(lane_here);
	stage_down();
}

static struct file *get(const char *path)
{
	struct file *f = file_cache_get(lane_here, span_of(path), CODING_IDENTITY, FILE_ITSELF);

	ck_assert_ptr_nonnull(f);
	return f;
}

/* The file itself stays in the cache: the pointer tells whether it is the same. */
static const struct file *peek(const char *path)
{
	struct file *f = get(path);

	file_unref(f);
	return f;
}

static unsigned open_fds(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

START_TEST(a_settled_file_is_kept)
{
	const struct file *f;

	settle();
	f = peek("/small");
	stage_turn();
	ck_assert_ptr_eq(peek("/small"), f);
	ck_assert_int_eq(f->fd, -1);
	ck_assert(memcmp(f->contents, "small", 5) == 0);
	ck_assert_int_ge(peek("/large")->fd, 0);
	ck_assert_ptr_null(peek("/large")->contents);
}
END_TEST

/* Also within a turn, and however short the time since the last look. */
START_TEST(what_took_its_place_is_what_comes)
{
	struct file *f;

	settle();
	for (char i = '0'; i <= '9'; i++) {
		stage_file("www/new", 0644, (struct span){&i, 1});
		peek("/small");
		ck_assert_int_eq(rename(stage_path("www/new"), stage_path("www/small")), 0);
		f = get("/small");
		ck_assert_int_eq(*f->contents, i);
		file_unref(f);
	}
}
END_TEST

/* Written to through a mapping whose page is dirty already, a file has the stamps that it had; so
 * it has when its file system's clock has not ticked in between. */
static void tags_must_differ(const char *path)
{
	struct file *was, *is;
	struct stat before, after;
	char name[32], *map;
	int fd;

	snprintf(name, sizeof name, "www%s", path);
	fd = open(stage_path(name), O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	map = mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert(map != MAP_FAILED);
	map[0] = 'a';
	fstat(fd, &before);
	was = get(path);
	map[0] = 'b';
	is = get(path);
	fstat(fd, &after);
	if (before.st_ctim.tv_nsec == after.st_ctim.tv_nsec)
		ck_assert_str_ne(was->etag, is->etag);
	file_unref(was);
	file_unref(is);
	munmap(map, 5);
	close(fd);
}

START_TEST(no_two_contents_have_one_tag)
{
	for (int i = 0; i < 20; i++) {
		tags_must_differ("/small");
		tags_must_differ("/large");
	}
}
END_TEST

START_TEST(a_settled_file_keeps_its_tag)
{
	struct file *was, *is;

	settle();
	was = get("/large");
	file_cache_clear(lane_here);
	is = get("/large");
	ck_assert_str_eq(was->etag, is->etag);
	file_unref(was);
	file_unref(is);
}
END_TEST

/* Whoever has a reference keeps what it refers to. */
START_TEST(what_is_being_sent_stays)
{
	struct file *f = get("/large"), *now;

	ck_assert_int_eq(truncate(stage_path("www/large"), 50000), 0);
	stage_turn();
	now = get("/large");
	ck_assert_ptr_ne(now, f);
	ck_assert_uint_eq(f->size, 100000);
	ck_assert_uint_eq(now->size, 50000);
	ck_assert(!file_is_whole(f));
	ck_assert(file_is_whole(now));
	file_cache_clear(lane_here);
	ck_assert_int_ge(fcntl(f->fd, F_GETFD), 0);
	file_unref(f);
	file_unref(now);
}
END_TEST

START_TEST(nothing_is_kept_for_long)
{
	unsigned before = open_fds();
	struct timespec life = {.tv_sec = 2, .tv_nsec = 200 * 1000 * 1000};

	peek("/large");
	ck_assert_uint_eq(open_fds(), before + 1);
	nanosleep(&life, NULL);
	stage_turn();
	ck_assert_uint_eq(open_fds(), before);
}
END_TEST

START_TEST(descriptors_are_bounded)
{
	unsigned before = open_fds();
	char name[32];

	for (int i = 0; i < FILE_CACHE_FDS + 50; i++) {
		snprintf(name, sizeof name, "www/l%d", i);
		stage_file(name, 0644, SPAN_LIT(""));
		ck_assert_int_eq(truncate(stage_path(name), FILE_IN_MEMORY + 1), 0);
		peek(name + 3);
	}
	ck_assert_uint_eq(open_fds(), before + FILE_CACHE_FDS);
}
END_TEST

START_TEST(our_own_descriptors_are_given_back_when_they_lack)
{
	struct rlimit limit;
	struct file *f;
	unsigned used = open_fds();

	peek("/large");
	stage_file("www/other", 0644, SPAN_LIT("other"));
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = used + 1;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	f = get("/other");
	ck_assert_int_eq(f->error, 0);
	ck_assert(memcmp(f->contents, "other", 5) == 0);
	file_unref(f);
}
END_TEST

START_TEST(what_is_not_there_is_kept_if_it_was_expected)
{
	struct file *f = file_cache_get(lane_here, SPAN_LIT("/small"), CODING_GZIP, FILE_BESIDE);
	const struct file *was = f;

	ck_assert_int_eq(f->error, ENOENT);
	file_unref(f);
	stage_turn();
	f = file_cache_get(lane_here, SPAN_LIT("/small"), CODING_GZIP, FILE_BESIDE);
	ck_assert_ptr_eq(f, was);
	file_unref(f);
	stage_file("www/small.gz", 0644, SPAN_LIT("coded"));
	stage_turn();
	f = file_cache_get(lane_here, SPAN_LIT("/small"), CODING_GZIP, FILE_BESIDE);
	ck_assert_int_eq(f->error, 0);
	file_unref(f);
}
END_TEST

static int error_of_neighbour(enum file_need need)
{
	struct file *f = file_cache_get(lane_here, SPAN_LIT("/small"), CODING_GZIP, need);
	int error = f->error;

	file_unref(f);
	return error;
}

/* Where a glance is enough, no system call is made. */
START_TEST(a_glance_is_not_a_look)
{
	ck_assert_int_eq(error_of_neighbour(FILE_GLANCE), ENOENT);
	stage_file("www/small.gz", 0644, SPAN_LIT("coded"));
	ck_assert_int_eq(error_of_neighbour(FILE_GLANCE), ENOENT);
	ck_assert_int_eq(error_of_neighbour(FILE_BESIDE), 0);
	ck_assert_int_eq(error_of_neighbour(FILE_GLANCE), 0);
	ck_assert_int_eq(unlink(stage_path("www/small.gz")), 0);
	ck_assert_int_eq(error_of_neighbour(FILE_BESIDE), ENOENT);
}
END_TEST

/* However many names are thought up, none of them pushes a file out. */
START_TEST(names_of_nothing_are_not_kept)
{
	const struct file *kept;
	char name[32];

	settle();
	kept = peek("/small");
	for (int i = 0; i < 2 * FILE_CACHE_ENTRIES; i++) {
		snprintf(name, sizeof name, "/none%d", i);
		struct file *f = get(name);
		ck_assert_int_eq(f->error, ENOENT);
		file_unref(f);
	}
	ck_assert_ptr_eq(peek("/small"), kept);
}
END_TEST

START_TEST(a_directory_is_said_to_be_one)
{
	struct file *f;

	stage_mkdir("www/dir");
	f = get("/dir");
	ck_assert_int_eq(f->error, EISDIR);
	file_unref(f);
	ck_assert_int_eq(rmdir(stage_path("www/dir")), 0);
	stage_file("www/dir", 0644, SPAN_LIT("no more"));
	f = get("/dir");
	ck_assert_int_eq(f->error, 0);
	file_unref(f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("file_cache");
	TCase *tc = tcase_create("file_cache");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, a_settled_file_is_kept);
	tcase_add_test(tc, what_took_its_place_is_what_comes);
	tcase_add_test(tc, no_two_contents_have_one_tag);
	tcase_add_test(tc, a_settled_file_keeps_its_tag);
	tcase_add_test(tc, what_is_being_sent_stays);
	tcase_add_test(tc, nothing_is_kept_for_long);
	tcase_add_test(tc, descriptors_are_bounded);
	tcase_add_test(tc, our_own_descriptors_are_given_back_when_they_lack);
	tcase_add_test(tc, what_is_not_there_is_kept_if_it_was_expected);
	tcase_add_test(tc, a_glance_is_not_a_look);
	tcase_add_test(tc, names_of_nothing_are_not_kept);
	tcase_add_test(tc, a_directory_is_said_to_be_one);
	return stage_run(suite);
}
