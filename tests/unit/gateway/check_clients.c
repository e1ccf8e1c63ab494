/* SPDX-License-Identifier: MIT
 *
 * check_clients: who is counted as whom, how far, and by how many threads at once.
 */
#include "gateway/clients.h"

#include "tests/unit/gateway/stage.h"

static struct ip ip(const char *text)
{
	struct ip ip;

	ck_assert_msg(ip_parse(span_of(text), &ip), "%s", text);
	return ip;
}

/* One more from there, of at most so many. NULL: it was refused. */
static struct client *enter(const char *text, uint32_t most)
{
	struct ip from = ip(text);
	struct client *c;

	if (!clients_enter(&from, most, &c))
		return NULL;
	ck_assert_ptr_nonnull(c);
	return c;
}

START_TEST(one_may_have_so_many_and_another_as_many)
{
	struct client *first[3], *second;

	for (int i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(first[i] = enter("192.0.2.1", 3));
	ck_assert_ptr_null(enter("192.0.2.1", 3));
	ck_assert_ptr_nonnull(second = enter("192.0.2.2", 3));
	clients_leave(first[0]);
	ck_assert_ptr_nonnull(first[0] = enter("192.0.2.1", 3));
	ck_assert_ptr_null(enter("192.0.2.1", 3));
	ck_assert_ptr_null(enter("192.0.2.1", 2)); /* a new plan may allow less */
	for (int i = 0; i < 3; i++)
		clients_leave(first[i]);
	clients_leave(second);
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(first[i] = enter("192.0.2.1", 3));
	for (int i = 0; i < 3; i++)
		clients_leave(first[i]);
}
END_TEST

static const struct {
	const char *a, *b;
	bool same;
} pairs[] = {
	{"192.0.2.1", "::ffff:192.0.2.1", true},
	{"192.0.2.1", "192.0.2.129", false},
	{"2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true},
	{"2001:db8:1:2::1", "2001:db8:1:3::1", false},
	{"2001:db8::1", "2001:db9::1", false},
	{"126.255.255.255", "128.0.0.0", false},
};

START_TEST(clients_are_told_apart)
{
	struct client *a = enter(pairs[_i].a, 1), *b = enter(pairs[_i].b, 1);

	ck_assert_ptr_nonnull(a);
	ck_assert_int_eq(b == NULL, pairs[_i].same);
	clients_leave(a);
	clients_leave(b);
}
END_TEST

static const char *const local[] = {
	"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1", NULL /* a unix socket */};

START_TEST(nobody_on_this_machine_is_counted)
{
	struct ip from = local[_i] ? ip(local[_i]) : (struct ip){0};
	struct client *c = NULL;

	for (int i = 0; i < 10; i++) {
		ck_assert(clients_enter(&from, 1, &c));
		ck_assert_ptr_null(c);
	}
	clients_leave(c);
}
END_TEST

START_TEST(zero_is_no_limit)
{
	struct ip from = ip("192.0.2.1");
	struct client *c;

	for (int i = 0; i < 10; i++) {
		ck_assert(clients_enter(&from, 0, &c));
		ck_assert_ptr_null(c);
	}
}
END_TEST

START_TEST(a_flood_is_one_line)
{
	struct client *c = enter("192.0.2.1", 1);
	const char *logged;

	for (int i = 0; i < 1000; i++)
		ck_assert_ptr_null(enter("192.0.2.1", 1));
	logged = stage_logged();
	ck_assert_ptr_nonnull(strstr(logged, "192.0.2.1"));
	ck_assert_ptr_nonnull(strstr(logged, "max_client_connections"));
	ck_assert_uint_le(strlen(logged), 400); /* two at most, if a second ended just then */
	clients_leave(c);
}
END_TEST

/* ---- many, from many threads ---- */

#define MANY 20000

static struct client *many[MANY];

static struct ip numbered(uint32_t n)
{
	struct ip from = {.bytes = {0x20, 0x01, 0x0d, 0xb8}};

	memcpy(from.bytes + 4, &n, sizeof n);
	return from;
}

START_TEST(many_clients_have_a_row_each)
{
	struct client *again;

	for (uint32_t i = 0; i < MANY; i++) {
		struct ip from = numbered(i);
		ck_assert(clients_enter(&from, 1, &many[i]) && many[i]);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		struct ip from = numbered(i);
		ck_assert(!clients_enter(&from, 1, &again));
	}
	for (uint32_t i = 0; i < MANY; i += 2)
		clients_leave(many[i]);
	for (uint32_t i = 0; i < MANY; i++) {
		struct ip from = numbered(i);
		ck_assert_int_eq(clients_enter(&from, 1, &again), i % 2 == 0);
		if (i % 2 == 0)
			many[i] = again;
	}
	for (uint32_t i = 0; i < MANY; i++)
		clients_leave(many[i]);
}
END_TEST

/* Each comes and goes as one of a few; at most 4 at a time may be any of them. */
static _Atomic int present[8];

static void *come_and_go(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg;

	for (int i = 0; i < 20000; i++) {
		uint32_t who = (uint32_t)rand_r(&seed) % 8;
		struct ip from = numbered(who);
		struct client *c;
		if (!clients_enter(&from, 4, &c))
			continue;
		ck_assert_int_le(++present[who], 4);
		present[who]--;
		clients_leave(c);
	}
	return NULL;
}

START_TEST(threads_do_not_miscount)
{
	pthread_t threads[6];
	struct client *c[4];

	for (uintptr_t i = 0; i < nitems(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, come_and_go, (void *)i), 0);
	for (size_t i = 0; i < nitems(threads); i++)
		pthread_join(threads[i], NULL);
	for (uint32_t who = 0; who < 8; who++) {
		struct ip from = numbered(who);
		for (int i = 0; i < 4; i++)
			ck_assert(clients_enter(&from, 4, &c[i]));
		for (int i = 0; i < 4; i++)
			clients_leave(c[i]);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("clients");
	TCase *tc = tcase_create("clients");

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, stage_up, stage_down);
	tcase_add_test(tc, one_may_have_so_many_and_another_as_many);
	tcase_add_loop_test(tc, clients_are_told_apart, 0, nitems(pairs));
	tcase_add_loop_test(tc, nobody_on_this_machine_is_counted, 0, nitems(local));
	tcase_add_test(tc, zero_is_no_limit);
	tcase_add_test(tc, a_flood_is_one_line);
	tcase_add_test(tc, many_clients_have_a_row_each);
	tcase_add_test(tc, threads_do_not_miscount);
	return stage_run(s);
}
