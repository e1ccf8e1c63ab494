/* SPDX-License-Identifier: MIT
 *
 * check_fd: descriptors have one owner, and are born close-on-exec.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fd.h"

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static bool is_cloexec(int fd)
{
	return fcntl(fd, F_GETFD) & FD_CLOEXEC;
}

static bool is_nonblock(int fd)
{
	return fcntl(fd, F_GETFL) & O_NONBLOCK;
}

START_TEST(closing_is_idempotent_and_keeps_errno)
{
	int fd = open("/dev/null", O_RDWR), was = fd;

	errno = ENOENT;
	fd_close(&fd);
	ck_assert_int_eq(fd, -1);
	ck_assert(!is_open(was));
	errno = EACCES;
	fd_close(&fd);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(errno, EACCES);
	fd = was;
	fd_close(&fd); /* not open any more: an error that nobody can use */
	ck_assert_int_eq(errno, EACCES);
}
END_TEST

START_TEST(taking_leaves_nothing_behind)
{
	int fd = open("/dev/null", O_RDWR), was = fd, taken = fd_take(&fd);

	ck_assert_int_eq(taken, was);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(fd_take(&fd), -1);
	fd_close(&fd);
	ck_assert(is_open(taken));
	fd_close(&taken);
}
END_TEST

START_TEST(the_first_three_exist_even_if_nobody_gave_them)
{
	int log = dup(STDERR_FILENO), next;

	for (int fd = 0; fd < 3; fd++)
		close(fd);
	ck_assert_int_eq(fd_guard_std(), 0);
	for (int fd = 0; fd < 3; fd++) {
		ck_assert(is_open(fd));
		ck_assert(!is_cloexec(fd));
	}
	next = open("/dev/null", O_RDWR);
	ck_assert_int_gt(next, 2);
	ck_assert_int_eq(fd_guard_std(), 0);
	ck_assert(!is_open(next + 1));
	dup2(log, STDERR_FILENO);
	close(log);
	close(next);
}
END_TEST

START_TEST(a_hole_among_the_first_three_is_filled)
{
	int was = dup(STDIN_FILENO);

	close(STDIN_FILENO);
	ck_assert_int_eq(fd_guard_std(), 0);
	ck_assert(is_open(STDIN_FILENO));
	dup2(was, STDIN_FILENO);
	close(was);
}
END_TEST

START_TEST(a_pipe_is_non_blocking_at_our_end_alone)
{
	for (int ours = -1; ours < 2; ours++) {
		int ends[2];
		ck_assert_int_eq(fd_pipe(ends, ours), 0);
		for (int i = 0; i < 2; i++) {
			ck_assert(is_cloexec(ends[i]));
			ck_assert_int_eq(is_nonblock(ends[i]), i == ours);
		}
		fd_close(&ends[0]);
		fd_close(&ends[1]);
	}
}
END_TEST

START_TEST(flags_can_be_set)
{
	int fd = open("/dev/null", O_RDWR);

	ck_assert_int_eq(fd_cloexec(fd, true), 0);
	ck_assert(is_cloexec(fd));
	ck_assert_int_eq(fd_cloexec(fd, false), 0);
	ck_assert(!is_cloexec(fd));
	ck_assert_int_eq(fd_nonblock(fd), 0);
	ck_assert(is_nonblock(fd));
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	fd_close(&fd);
	ck_assert_int_eq(fd_nonblock(-1), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(fd_cloexec(-1, true), -1);
}
END_TEST

/* 160 KiB in one letter must fit into the default buffers. */
START_TEST(a_seqpair_holds_one_large_letter)
{
	static char letter[160 * 1024];
	int ends[2], type;
	socklen_t len = sizeof type;

	ck_assert_int_eq(fd_seqpair(ends), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert(is_cloexec(ends[i]));
		ck_assert(is_nonblock(ends[i]));
		ck_assert_int_eq(getsockopt(ends[i], SOL_SOCKET, SO_TYPE, &type, &len), 0);
		ck_assert_int_eq(type, SOCK_SEQPACKET);
		ck_assert_int_eq(send(ends[i], letter, sizeof letter, 0), sizeof letter);
		ck_assert_int_eq(recv(ends[!i], letter, sizeof letter, 0), sizeof letter);
	}
	fd_close(&ends[0]);
	fd_close(&ends[1]);
}
END_TEST

START_TEST(failing_leaves_no_descriptor)
{
	struct rlimit was, none;
	int ends[2] = {-1, -1}, probe = open("/dev/null", O_RDWR);

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = was;
	none.rlim_cur = (rlim_t)probe + 1;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_int_eq(fd_pipe(ends, 0), -1);
	ck_assert_int_eq(errno, EMFILE);
	ck_assert_int_eq(fd_seqpair(ends), -1);
	ck_assert_int_eq(errno, EMFILE);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
	ck_assert(!is_open(probe + 1));
	close(probe);
}
END_TEST

START_TEST(the_limit_on_open_files_is_raised)
{
	struct rlimit lim;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &lim), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){64, lim.rlim_max}), 0);
	ck_assert_uint_eq(fd_limit_raise(), lim.rlim_max);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &lim), 0);
	ck_assert_uint_eq(lim.rlim_cur, lim.rlim_max);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fd");
	TCase *tc = tcase_create("fd");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, closing_is_idempotent_and_keeps_errno);
	tcase_add_test(tc, taking_leaves_nothing_behind);
	tcase_add_test(tc, the_first_three_exist_even_if_nobody_gave_them);
	tcase_add_test(tc, a_hole_among_the_first_three_is_filled);
	tcase_add_test(tc, a_pipe_is_non_blocking_at_our_end_alone);
	tcase_add_test(tc, flags_can_be_set);
	tcase_add_test(tc, a_seqpair_holds_one_large_letter);
	tcase_add_test(tc, failing_leaves_no_descriptor);
	tcase_add_test(tc, the_limit_on_open_files_is_raised);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
