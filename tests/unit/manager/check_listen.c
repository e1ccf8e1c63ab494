/* SPDX-License-Identifier: MIT
 *
 * check_listen: addresses, modes, stale sockets.
 */
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "manager/listen.h"

static char dir[40], path[80], address[90], why[300];

static void setup(void)
{
	strcpy(dir, "/tmp/check-listen-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/sock", dir);
	snprintf(address, sizeof address, "unix:%s", path);
	why[0] = '\0';
}

static void teardown(void)
{
	unlink(path);
	rmdir(dir);
}

static struct sockaddr_storage name_of(int fd)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof ss;

	ck_assert_int_eq(getsockname(fd, (void *)&ss, &len), 0);
	return ss;
}

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof value;

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

static const struct {
	const char *address;
	int family;
} good[] = {{"127.0.0.1:0", AF_INET}, {"*:0", AF_INET}, {"0", AF_INET}, {"localhost:0", AF_INET},
	{"[::1]:0", AF_INET6}, {"[::]:0", AF_INET6}, {"127.0.0.1:0,proxy", AF_INET}};

START_TEST(an_address_becomes_a_listening_socket)
{
	int fd = listen_open(good[_i].address, why, sizeof why);

	if (fd < 0 && good[_i].family == AF_INET6)
		return; /* a machine without IPv6 */
	ck_assert_msg(fd >= 0, "%s", why);
	ck_assert_int_eq(name_of(fd).ss_family, good[_i].family);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_REUSEADDR), 1);
	ck_assert_int_ne(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
	if (good[_i].family == AF_INET6)
		ck_assert_int_eq(option(fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
	close(fd);
}
END_TEST

/* As php-fpm has it; of HTTP it is IPv4 alone (above). */
START_TEST(a_port_alone_of_a_pool_is_at_both_families)
{
	const struct listen_rights rights = {.backlog = 1};
	int fd = listen_open_as("0", &rights, why, sizeof why);
	struct sockaddr_storage ss;

	ck_assert_msg(fd >= 0, "%s", why);
	ss = name_of(fd);
	if (ss.ss_family == AF_INET6) /* else a machine without IPv6 */
		ck_assert_int_eq(option(fd, IPPROTO_IPV6, IPV6_V6ONLY), 0);
	ck_assert_int_eq(option(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
	ck_assert_int_ne(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
	close(fd);
	fd = listen_open_as("[::]:0", &rights, why, sizeof why);
	if (fd >= 0)
		ck_assert_int_eq(option(fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
	fd_close(&fd);
	fd = listen_open_as("*:0", &rights, why, sizeof why);
	ck_assert_int_eq(name_of(fd).ss_family, AF_INET);
	close(fd);
}
END_TEST

static const char *const bad[] = {"", ":", "example.org:80", "127.0.0.1", "127.0.0.1:http",
	"127.0.0.1:99999x", "[::1:80", "1.2.3.4.5:80"};

START_TEST(what_is_no_address_is_refused_in_words)
{
	ck_assert_int_eq(listen_open(bad[_i], why, sizeof why), -1);
	ck_assert_msg(strncmp(why, "listen ", 7) == 0, "%s", why);
}
END_TEST

START_TEST(a_taken_port_is_named)
{
	int fd = listen_open("127.0.0.1:0", why, sizeof why);
	struct sockaddr_storage ss = name_of(fd);
	char same[40], want[140];

	snprintf(same, sizeof same, "127.0.0.1:%u", ntohs(((struct sockaddr_in *)&ss)->sin_port));
	snprintf(want, sizeof want,
		"listen %s: Address already in use: end the program that has it, or name another",
		same);
	ck_assert_int_eq(listen_open(same, why, sizeof why), -1);
	ck_assert_str_eq(why, want);
	close(fd);
}
END_TEST

START_TEST(a_unix_socket_has_its_mode_whatever_the_umask)
{
	struct stat st;
	int fd;

	umask(077);
	fd = listen_open(address, why, sizeof why);
	ck_assert_msg(fd >= 0, "%s", why);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0666);
	ck_assert_int_eq(umask(022), 077);
	close(fd);
}
END_TEST

START_TEST(a_stale_socket_is_replaced)
{
	int fd = listen_open(address, why, sizeof why);

	close(fd); /* as a kill -9 leaves it */
	fd = listen_open(address, why, sizeof why);
	ck_assert_msg(fd >= 0, "%s", why);
	close(fd);
}
END_TEST

START_TEST(a_living_socket_is_not)
{
	int fd = listen_open(address, why, sizeof why), other;

	ck_assert_int_eq(listen_open(address, why, sizeof why), -1);
	ck_assert_ptr_nonnull(strstr(why, "Address already in use"));
	other = listen_knock(path, SOCK_STREAM);
	ck_assert_int_ge(other, 0);
	close(other);
	close(fd);
}
END_TEST

START_TEST(a_file_in_its_place_stays)
{
	FILE *f = fopen(path, "w");

	fclose(f);
	ck_assert_int_eq(listen_open(address, why, sizeof why), -1);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_path_too_long_is_refused)
{
	char longer[300] = "unix:/tmp/";

	memset(longer + strlen(longer), 'x', 200);
	ck_assert_int_eq(listen_open(longer, why, sizeof why), -1);
	ck_assert_ptr_nonnull(strstr(why, "File name too long"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("listen");
	TCase *tc = tcase_create("listen");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, an_address_becomes_a_listening_socket, 0, (int)nitems(good));
	tcase_add_test(tc, a_port_alone_of_a_pool_is_at_both_families);
	tcase_add_loop_test(tc, what_is_no_address_is_refused_in_words, 0, (int)nitems(bad));
	tcase_add_test(tc, a_taken_port_is_named);
	tcase_add_test(tc, a_unix_socket_has_its_mode_whatever_the_umask);
	tcase_add_test(tc, a_stale_socket_is_replaced);
	tcase_add_test(tc, a_living_socket_is_not);
	tcase_add_test(tc, a_file_in_its_place_stays);
	tcase_add_test(tc, a_path_too_long_is_refused);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
