/* SPDX-License-Identifier: MIT
 *
 * check_listeners: doors that stay open over a reload, and whose they are.
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
#include "manager/listeners.h"

static char dir[40], path[80], address[90], why[300];
static struct listeners doors;

static void setup(void)
{
	strcpy(dir, "/tmp/check-listen-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/sock", dir);
	snprintf(address, sizeof address, "unix:%s", path);
	why[0] = '\0';
	listeners_init(&doors);
}

static void teardown(void)
{
	listeners_close(&doors);
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

/* ---- doors of HTTP ---- */

static bool prepare(const char *a, const char *b)
{
	char *at[] = {strdup(a), strdup(b ? b : "")};
	struct conf conf = {.gateway.listen = {at, b ? 2 : 1}};
	bool ok = listeners_prepare(&doors, &conf, why, sizeof why);

	free(at[0]);
	free(at[1]);
	return ok;
}

static struct listener *at(const char *a)
{
	list_for_each (it, &doors.all) {
		struct listener *l = container_of(it, struct listener, link);
		if (strcmp(l->address, a) == 0)
			return l;
	}
	return NULL;
}

START_TEST(an_unchanged_door_keeps_its_socket_and_number)
{
	struct listener *l;
	int fd;

	ck_assert(prepare("127.0.0.1:0", NULL));
	listeners_commit(&doors);
	l = at("127.0.0.1:0");
	fd = l->fd;
	ck_assert(prepare("127.0.0.1:0", address));
	listeners_commit(&doors);
	ck_assert_ptr_eq(at("127.0.0.1:0"), l);
	ck_assert_int_eq(l->fd, fd);
	ck_assert_uint_eq(l->number, 1);
	ck_assert_uint_eq(at(address)->number, 2);
}
END_TEST

START_TEST(another_spelling_is_the_same_door)
{
	struct listener *l;
	char plain[20], star[24];
	struct sockaddr_storage ss;
	int fd = listen_open("*:0", why, sizeof why);

	ss = name_of(fd);
	close(fd);
	snprintf(plain, sizeof plain, "%u", ntohs(((struct sockaddr_in *)&ss)->sin_port));
	snprintf(star, sizeof star, "*:%s", plain);
	ck_assert(prepare(plain, NULL));
	listeners_commit(&doors);
	l = at(plain);
	ck_assert(prepare(star, NULL));
	listeners_commit(&doors);
	ck_assert_ptr_eq(at(plain), l);
}
END_TEST

static bool prepare_at_port(const char *text)
{
	char *at[] = {strdup(text)};
	struct conf_pool pool = {.name = path, .listen = {at, 1}, .listen_backlog = 5};
	struct conf_pool *pools[] = {&pool};
	struct conf conf = {.pools = pools, .npools = 1};
	bool ok = listeners_prepare(&doors, &conf, why, sizeof why);

	free(at[0]);
	return ok;
}

/* A pool's PORT stays open when it stays in the plan; what is another set of addresses is another
 * door, for which the port is not free yet. */
START_TEST(a_port_of_both_families_is_a_door_of_its_own)
{
	char plain[20], star[24], wanted[200];
	struct sockaddr_storage ss;
	struct listener *l;
	int fd = listen_open("*:0", why, sizeof why);

	ss = name_of(fd);
	close(fd);
	snprintf(plain, sizeof plain, "%u", ntohs(((struct sockaddr_in *)&ss)->sin_port));
	snprintf(star, sizeof star, "*:%s", plain);
	ck_assert_msg(prepare_at_port(plain), "%s", why);
	listeners_commit(&doors);
	l = at(plain);
	ck_assert(l->both);
	ck_assert(prepare_at_port(plain));
	listeners_commit(&doors);
	ck_assert_ptr_eq(at(plain), l);
	ck_assert(!prepare_at_port(star));
	snprintf(wanted, sizeof wanted,
		"listen %s: %s of before is in its way, and a reload closes nothing first: restart "
		"hearth, or name another port",
		star, plain);
	ck_assert_str_eq(why, wanted);
	ck_assert(!prepare(plain, NULL));
	ck_assert_str_eq(why + strlen("listen "), strstr(wanted, star) + strlen("*:"));
	ck_assert_ptr_eq(at(plain), l);
	ck_assert(l->wanted);
}
END_TEST

/* Another program has it; that we have the same port elsewhere is not why. */
START_TEST(a_port_that_is_ours_elsewhere_is_not_in_the_way)
{
	char ours[40], theirs[40];
	struct sockaddr_storage ss;
	int fd = listen_open("127.0.0.2:0", why, sizeof why);

	ss = name_of(fd);
	snprintf(theirs, sizeof theirs, "127.0.0.2:%u",
		ntohs(((struct sockaddr_in *)&ss)->sin_port));
	snprintf(ours, sizeof ours, "127.0.0.1:%s", strchr(theirs, ':') + 1);
	ck_assert(!prepare(ours, theirs));
	ck_assert_ptr_nonnull(strstr(why, theirs));
	ck_assert_ptr_nonnull(strstr(why, "end the program that has it"));
	close(fd);
}
END_TEST

/* The word behind an address is no part of it: the socket stays, the flag changes with the plan. */
START_TEST(a_door_may_change_its_protocol)
{
	char with[120];
	struct listener *l;
	int fd;

	snprintf(with, sizeof with, "%s,proxy", address);
	ck_assert(prepare(address, NULL));
	listeners_commit(&doors);
	l = at(address);
	fd = l->fd;
	ck_assert(!l->next.proxy);
	ck_assert(prepare(with, NULL));
	ck_assert(l->next.proxy);
	listeners_revert(&doors);
	ck_assert(!l->next.proxy);
	ck_assert(prepare(with, NULL));
	listeners_commit(&doors);
	ck_assert(at(address) == l && l->fd == fd && l->next.proxy);
	ck_assert(prepare(with, NULL));
	listeners_revert(&doors);
	ck_assert(l->next.proxy);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

/* ---- the doors of pools ---- */

static bool prepare_pool(struct conf_pool *pool, unsigned mode)
{
	struct conf_pool *pools[] = {pool};
	char *at[] = {address};
	struct conf conf = {.pools = pools, .npools = 1};

	pool->listen = (struct words){at, 1};
	pool->listen_mode = mode;
	pool->listen_backlog = 5;
	return listeners_prepare(&doors, &conf, why, sizeof why);
}

static unsigned mode_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(lstat(name, &st), 0);
	return st.st_mode & 0777;
}

START_TEST(a_pool_s_socket_has_the_mode_it_shall_have)
{
	struct conf_pool pool = {.name = path};
	struct listener *l;

	ck_assert_msg(prepare_pool(&pool, 0640), "%s", why);
	ck_assert_uint_eq(mode_of(path), 0640);
	listeners_commit(&doors);
	l = at(address);
	ck_assert_ptr_eq(l->now.pool, &pool);
	/* Another one only when the plan serves. */
	ck_assert(prepare_pool(&pool, 0600));
	ck_assert_uint_eq(mode_of(path), 0640);
	listeners_revert(&doors);
	ck_assert_uint_eq(l->next.rights.mode, 0640);
	ck_assert(prepare_pool(&pool, 0600));
	listeners_commit(&doors);
	ck_assert_uint_eq(mode_of(path), 0600);
	ck_assert_ptr_eq(at(address), l);
	/* It becomes a door of HTTP, for everybody, and goes. */
	ck_assert(prepare(address, NULL));
	listeners_commit(&doors);
	ck_assert_ptr_eq(at(address), l);
	ck_assert_ptr_null(l->now.pool);
	ck_assert_uint_eq(mode_of(path), 0666);
	ck_assert(prepare("127.0.0.1:0", NULL));
	listeners_commit(&doors);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

/* Whoever owns the directory may put another thing in the place of the socket. */
START_TEST(what_is_no_socket_keeps_its_rights)
{
	struct conf_pool pool = {.name = path};
	char other[200];
	int fd;

	ck_assert(prepare_pool(&pool, 0640));
	listeners_commit(&doors);
	snprintf(other, sizeof other, "%s.file", path);
	fd = open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	unlink(path);
	ck_assert_int_eq(symlink(other, path), 0);
	ck_assert(prepare_pool(&pool, 0666));
	listeners_commit(&doors);
	ck_assert_uint_eq(mode_of(other), 0600);
	unlink(path);
	ck_assert_int_eq(rename(other, path), 0);
	ck_assert(prepare_pool(&pool, 0660));
	listeners_commit(&doors);
	ck_assert_uint_eq(mode_of(path), 0600);
}
END_TEST

START_TEST(urls_of_pools_say_that_they_speak_fastcgi)
{
	struct conf_pool pool = {.name = path};
	struct buf urls = BUF_INIT;
	char wanted[200];

	ck_assert(prepare_pool(&pool, 0640));
	ck_assert(listeners_put_urls(&doors, &urls));
	snprintf(wanted, sizeof wanted, "fcgi:%s", address);
	ck_assert(span_is(buf_span(&urls), wanted));
	buf_free(&urls);
}
END_TEST

/* Both are wanted: without a number of its own a port 0 is told apart by its words. */
START_TEST(two_new_ports_may_differ_in_their_protocol)
{
	ck_assert(prepare("127.0.0.1:0", "127.0.0.1:0,proxy"));
	listeners_commit(&doors);
	ck_assert_uint_eq(doors.last_number, 2);
	ck_assert(prepare("127.0.0.1:0,proxy", "127.0.0.1:0"));
	ck_assert_uint_eq(doors.last_number, 2);
}
END_TEST

START_TEST(commit_closes_what_is_not_wanted)
{
	ck_assert(prepare(address, NULL));
	listeners_commit(&doors);
	ck_assert(prepare("127.0.0.1:0", NULL));
	ck_assert_int_eq(access(path, F_OK), 0); /* until then it serves */
	listeners_commit(&doors);
	ck_assert_ptr_null(at(address));
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(revert_closes_what_is_new)
{
	ck_assert(prepare("127.0.0.1:0", NULL));
	listeners_commit(&doors);
	ck_assert(prepare(address, NULL));
	listeners_revert(&doors);
	ck_assert_ptr_null(at(address));
	ck_assert(at("127.0.0.1:0")->wanted);
}
END_TEST

/* ---- doors that somebody else has opened ---- */

static struct activated_socket given[2];
static struct activated handed = {given, nitems(given)};

/* The first at a path, the second at some port. */
static void hand_over(void)
{
	static char name[] = "web", inet[40];
	struct sockaddr_storage ss;

	given[0] = (struct activated_socket){
		.fd = listen_open(address, why, sizeof why), .name = name, .address = address};
	given[1] = (struct activated_socket){
		.fd = listen_open("127.0.0.1:0", why, sizeof why), .name = name, .address = inet};
	ss = name_of(given[1].fd);
	snprintf(inet, sizeof inet, "127.0.0.1:%u", ntohs(((struct sockaddr_in *)&ss)->sin_port));
	doors.handed = &handed;
}

static void take_back(void)
{
	listeners_close(&doors);
	fd_close(&given[0].fd);
	fd_close(&given[1].fd);
	doors.handed = NULL;
}

START_TEST(what_was_handed_over_is_not_opened)
{
	hand_over();
	ck_assert_msg(prepare(address, given[1].address), "%s", why);
	ck_assert_int_eq(at(address)->fd, given[0].fd);
	ck_assert_int_eq(at(given[1].address)->fd, given[1].fd);
	take_back();
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_name_is_all_sockets_that_have_it)
{
	hand_over();
	ck_assert_msg(prepare("systemd:web", NULL), "%s", why);
	listeners_commit(&doors);
	ck_assert_int_eq(at(address)->fd, given[0].fd);
	ck_assert_int_eq(at(given[1].address)->fd, given[1].fd);
	ck_assert(prepare("systemd:web", address)); /* twice, but by the same */
	ck_assert(!prepare("systemd:app", NULL));
	ck_assert_ptr_nonnull(strstr(why, "listen systemd:app: no socket of this name"));
	take_back();
}
END_TEST

START_TEST(it_stays_open_when_no_plan_wants_it)
{
	hand_over();
	ck_assert(prepare("systemd:web", NULL));
	listeners_commit(&doors);
	ck_assert(prepare("127.0.0.1:0", NULL));
	listeners_commit(&doors);
	ck_assert_ptr_null(at(address));
	ck_assert_int_eq(option(given[0].fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert(prepare("systemd:web", NULL));
	ck_assert_int_eq(at(address)->fd, given[0].fd);
	listeners_revert(&doors);
	ck_assert_int_eq(option(given[0].fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
	take_back();
}
END_TEST

START_TEST(what_the_first_plan_does_not_want_is_closed)
{
	hand_over();
	ck_assert(prepare(address, NULL));
	ck_assert_int_ge(given[1].fd, 0);
	listeners_commit(&doors);
	ck_assert_int_ge(given[0].fd, 0);
	ck_assert_int_eq(given[1].fd, -1);
	take_back();
}
END_TEST

START_TEST(its_mode_is_not_ours_to_change)
{
	struct conf_pool pool = {.name = path};

	hand_over();
	ck_assert_int_eq(chmod(path, 0604), 0);
	ck_assert_msg(prepare_pool(&pool, 0640), "%s", why);
	listeners_commit(&doors);
	ck_assert(prepare_pool(&pool, 0600));
	listeners_commit(&doors);
	ck_assert_uint_eq(mode_of(path), 0604);
	take_back();
}
END_TEST

START_TEST(one_address_is_for_one)
{
	struct conf_pool pool = {.name = path};
	struct conf_pool *pools[] = {&pool};
	char *name[] = {(char[]){"systemd:web"}}, *same[] = {address};
	struct conf conf = {.gateway.listen = {name, 1}, .pools = pools, .npools = 1};

	hand_over();
	pool.listen = (struct words){same, 1};
	ck_assert(!listeners_prepare(&doors, &conf, why, sizeof why));
	ck_assert_ptr_nonnull(strstr(why, "this address is that of another listen, too"));
	take_back();
}
END_TEST

START_TEST(a_failure_changes_nothing)
{
	ck_assert(prepare("127.0.0.1:0", NULL));
	listeners_commit(&doors);
	ck_assert(!prepare(address, "nonsense"));
	ck_assert_ptr_null(at(address));
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert(at("127.0.0.1:0")->wanted);
}
END_TEST

START_TEST(urls_name_the_port_that_was_given)
{
	struct buf out = BUF_INIT;

	ck_assert(prepare("127.0.0.1:0", address));
	ck_assert(listeners_put_urls(&doors, &out));
	ck_assert(buf_put(&out, "", 1));
	ck_assert(strncmp(buf_head(&out), "http://127.0.0.1:", 17) == 0);
	ck_assert_ptr_null(strstr(buf_head(&out), ":0/"));
	ck_assert_ptr_nonnull(strstr(buf_head(&out), address));
	buf_free(&out);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("listeners");
	TCase *tc = tcase_create("listeners");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_unchanged_door_keeps_its_socket_and_number);
	tcase_add_test(tc, another_spelling_is_the_same_door);
	tcase_add_test(tc, a_port_of_both_families_is_a_door_of_its_own);
	tcase_add_test(tc, a_port_that_is_ours_elsewhere_is_not_in_the_way);
	tcase_add_test(tc, a_door_may_change_its_protocol);
	tcase_add_test(tc, a_pool_s_socket_has_the_mode_it_shall_have);
	tcase_add_test(tc, what_is_no_socket_keeps_its_rights);
	tcase_add_test(tc, urls_of_pools_say_that_they_speak_fastcgi);
	tcase_add_test(tc, two_new_ports_may_differ_in_their_protocol);
	tcase_add_test(tc, commit_closes_what_is_not_wanted);
	tcase_add_test(tc, revert_closes_what_is_new);
	tcase_add_test(tc, what_was_handed_over_is_not_opened);
	tcase_add_test(tc, a_name_is_all_sockets_that_have_it);
	tcase_add_test(tc, it_stays_open_when_no_plan_wants_it);
	tcase_add_test(tc, what_the_first_plan_does_not_want_is_closed);
	tcase_add_test(tc, its_mode_is_not_ours_to_change);
	tcase_add_test(tc, one_address_is_for_one);
	tcase_add_test(tc, a_failure_changes_nothing);
	tcase_add_test(tc, urls_name_the_port_that_was_given);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
