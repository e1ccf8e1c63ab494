/* SPDX-License-Identifier: MIT
 *
 * check_proxy_front: a connection that must say whose it is before it may say anything else.
 */
#include "gateway/proxy_front.h"

#include "gateway/http_front.h"
#include "tests/unit/gateway/stage.h"

#define HEADER "PROXY TCP4 192.0.2.1 203.0.113.9 12345 443\r\n"
#define ASK    "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

/* ---- a host that says for whom it served ---- */

static unsigned served;
static char whom[IP_TEXT_MAX];

static int admit(struct request *r)
{
	(void)r;
	return 0;
}

static void serve(struct request *r)
{
	served++;
	ip_put(&r->client.ip, whom);
	ck_assert_uint_eq(r->client.port, ip_is_none(&r->client.ip) ? 0 : 12345);
	r->front->refuse(r, 404);
}

static void never(struct request *r)
{
	(void)r;
	ck_abort();
}

static const struct http_host host = {admit, serve, never, never, NULL, NULL, NULL};

static int client;
static struct conn *c;
static struct buf got;

static void up(void)
{
	stage_up();
	http_front_init(&host);
	stage_plan((struct msg_plan_gateway){.header_timeout_ms = 10000,
		.body_timeout_ms = 10000,
		.keepalive_timeout_ms = 10000,
		.write_timeout_ms = 10000});
	stage_seal();
}

static void down(void)
{
	buf_free(&got);
	stage_down();
}

static void greet(void)
{
	c = stage_conn(&proxy_face, &client);
	proxy_front_open(c);
	stage_turn();
}

static void send_bytes(const char *p, size_t n)
{
	ck_assert_int_eq(write(client, p, n), (ssize_t)n);
	stage_turn();
}

static void say(const char *text)
{
	send_bytes(text, strlen(text));
}

static bool is_closed(void)
{
	stage_turn();
	buf_clear(&got);
	return !stage_receive(client, &got);
}

/* It closed, without an answer, and told why. */
static void is_refused(const char *why)
{
	ck_assert(is_closed());
	ck_assert_uint_eq(buf_len(&got), 0);
	ck_assert_uint_eq(served, 0);
	ck_assert_msg(strstr(stage_logged(), why) != NULL, "not '%s' in: %s", why, stage_logged());
	close(client);
}

/* ---- headers that are good ---- */

START_TEST(a_header_and_a_request_however_cut)
{
	static const char all[] = HEADER ASK;
	const size_t n = sizeof all - 1;

	for (size_t i = 0; i < feed_plans(n); i++) {
		struct feed_plan plan = feed_plan(i, n);
		served = 0;
		greet();
		for (size_t came = 0, next; came < n; came = next) {
			next = feed_next(plan, came, n);
			ck_assert_uint_eq(served, 0);
			send_bytes(all + came, next - came);
		}
		ck_assert_uint_eq(served, 1);
		ck_assert_str_eq(whom, "192.0.2.1");
		ck_assert(conn_is_open(c));
		conn_close(c);
		close(client);
		stage_turn();
	}
}
END_TEST

START_TEST(both_ends_are_learnt)
{
	char text[IP_TEXT_MAX];

	greet();
	say(HEADER);
	ck_assert_ptr_eq(c->face, &http_face);
	ck_assert_str_eq(ip_put(&c->peer.ip, text), "192.0.2.1");
	ck_assert_uint_eq(c->peer.port, 12345);
	ck_assert_str_eq(ip_put(&c->local.ip, text), "203.0.113.9");
	ck_assert_uint_eq(c->local.port, 443);
	conn_close(c);
	close(client);
}
END_TEST

START_TEST(binary_headers_are_read)
{
	static const char v2[] = "\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x01"
				 "\xcb\x00\x71\x09\x30\x39\x01\xbb" ASK;

	greet();
	send_bytes(v2, sizeof v2 - 1);
	ck_assert_uint_eq(served, 1);
	ck_assert_str_eq(whom, "192.0.2.1");
	conn_close(c);
	close(client);
}
END_TEST

/* What stands behind the addresses is taken as it comes, and not a byte of what follows. */
START_TEST(long_headers_are_skipped)
{
	static char v2[4096 + sizeof ASK - 1] =
		"\r\n\r\n\0\r\nQUIT\n\x21\x11\x0f\xf0\xc0\x00\x02\x01"
		"\xcb\x00\x71\x09\x30\x39\x01\xbb";
	static const size_t steps[] = {1, 7, 4095, 4096, 4097, sizeof v2};

	memset(v2 + 28, '\n', 4096 - 28); /* an empty line before a request would be legal */
	memcpy(v2 + 4096, ASK, sizeof ASK - 1);
	greet();
	for (size_t at = 0; at < sizeof v2; at += steps[_i]) {
		ck_assert_uint_eq(served, 0);
		if (at > 28 && at < 4096)
			ck_assert_ptr_eq(c->face, &proxy_face);
		send_bytes(v2 + at, sizeof v2 - at < steps[_i] ? sizeof v2 - at : steps[_i]);
	}
	ck_assert_uint_eq(served, 1);
	ck_assert_str_eq(whom, "192.0.2.1");
	ck_assert_uint_eq(c->lingered, 0);
	conn_close(c);
	close(client);
}
END_TEST

START_TEST(half_of_a_long_header)
{
	static const char v2[] = "\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x09"
				 "12345678";

	greet();
	send_bytes(v2, sizeof v2 - 1);
	ck_assert(conn_is_open(c) && !c->readable);
	shutdown(client, SHUT_WR);
	is_refused("ends within its PROXY header");
}
END_TEST

START_TEST(who_is_not_named_is_the_other_end)
{
	static const char local[] = "\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00" ASK;

	greet();
	if (_i)
		send_bytes(local, sizeof local - 1);
	else
		say("PROXY UNKNOWN\r\n" ASK);
	ck_assert_uint_eq(served, 1);
	ck_assert_str_eq(whom, "");
	conn_close(c);
	close(client);
}
END_TEST

/* One header: a second is no request. */
START_TEST(a_second_header_is_a_bad_request)
{
	greet();
	say(HEADER HEADER ASK);
	ck_assert_uint_eq(served, 0);
	stage_receive(client, &got);
	ck_assert(buf_put(&got, "", 1));
	ck_assert_ptr_nonnull(strstr(buf_head(&got), " 400 "));
	close(client);
	stage_turn();
}
END_TEST

START_TEST(a_half_closed_client_is_served)
{
	greet();
	ck_assert_int_eq(write(client, HEADER ASK, sizeof HEADER ASK - 1), sizeof HEADER ASK - 1);
	shutdown(client, SHUT_WR);
	stage_turn();
	ck_assert_uint_eq(served, 1);
	is_closed();
	close(client);
}
END_TEST

/* ---- and others ---- */

START_TEST(a_request_without_a_header_is_refused)
{
	greet();
	say(ASK);
	is_refused("does not begin with a PROXY header");
}
END_TEST

START_TEST(the_first_wrong_byte_is_the_last)
{
	greet();
	say("PROXY TCP4 192.0.2.1 203.0.113.9 12345 443\n");
	is_refused("malformed PROXY line");
}
END_TEST

START_TEST(a_header_without_end_is_refused)
{
	greet();
	if (_i == 0) {
		for (int i = 0; i < 18; i++) /* 108 bytes */
			say("PROXY ");
		is_refused("does not end");
	} else {
		send_bytes("\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff", 16);
		is_refused("too long");
	}
}
END_TEST

START_TEST(half_a_header_and_then_nothing)
{
	greet();
	say("PROXY TCP4 192");
	ck_assert(conn_is_open(c));
	shutdown(client, SHUT_WR);
	is_refused("ends within its PROXY header");
}
END_TEST

START_TEST(a_probe_is_nobodys_fault)
{
	greet();
	shutdown(client, SHUT_WR);
	ck_assert(is_closed());
	ck_assert_str_eq(stage_logged(), "");
	close(client);
}
END_TEST

START_TEST(a_header_has_its_time)
{
	greet();
	say("PROXY TCP4 192");
	ck_assert_int_eq(mono_ms_between(lane_here->loop.now, c->due) / 1000, 9);
	c->face->expired(c);
	is_refused("within header_timeout");
}
END_TEST

/* A drip of bytes earns no more. */
START_TEST(the_time_is_that_of_the_whole)
{
	struct mono due;

	greet();
	due = c->due;
	for (const char *p = HEADER; p[1]; p++) {
		send_bytes(p, 1);
		ck_assert_int_eq(c->due.us, due.us);
	}
	conn_close(c);
	close(client);
}
END_TEST

START_TEST(a_flood_is_one_line)
{
	const char *log;
	unsigned lines = 0;

	for (int i = 0; i < 100; i++) {
		greet();
		say("x");
		ck_assert(is_closed());
		close(client);
	}
	log = stage_logged();
	for (; (log = strchr(log, '\n')); log++)
		lines++;
	ck_assert_uint_ge(lines, 1);
	ck_assert_uint_le(lines, 10); /* two a second */
	ck_assert_uint_eq(lane_here->counters.errors, 100);
}
END_TEST

START_TEST(draining_ends_what_has_not_begun)
{
	greet();
	lane_here->draining = true;
	if (_i == 0) {
		say("PROXY TC");
		proxy_front_drain(c);
		ck_assert(!conn_is_open(c));
	} else { /* it has come, and we have not looked */
		ck_assert_int_eq(
			write(client, HEADER ASK, sizeof HEADER ASK - 1), sizeof HEADER ASK - 1);
		proxy_front_drain(c);
		ck_assert_uint_eq(served, 1);
	}
	proxy_front_drain(c); /* the dead are on the list until the turn is over */
	conn_close(c);
	close(client);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proxy_front");
	TCase *tc = tcase_create("proxy_front");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_test(tc, a_header_and_a_request_however_cut);
	tcase_add_test(tc, both_ends_are_learnt);
	tcase_add_test(tc, binary_headers_are_read);
	tcase_add_loop_test(tc, long_headers_are_skipped, 0, 6);
	tcase_add_test(tc, half_of_a_long_header);
	tcase_add_loop_test(tc, who_is_not_named_is_the_other_end, 0, 2);
	tcase_add_test(tc, a_second_header_is_a_bad_request);
	tcase_add_test(tc, a_half_closed_client_is_served);
	tcase_add_test(tc, a_request_without_a_header_is_refused);
	tcase_add_test(tc, the_first_wrong_byte_is_the_last);
	tcase_add_loop_test(tc, a_header_without_end_is_refused, 0, 2);
	tcase_add_test(tc, half_a_header_and_then_nothing);
	tcase_add_test(tc, a_probe_is_nobodys_fault);
	tcase_add_test(tc, a_header_has_its_time);
	tcase_add_test(tc, the_time_is_that_of_the_whole);
	tcase_add_test(tc, a_flood_is_one_line);
	tcase_add_loop_test(tc, draining_ends_what_has_not_begun, 0, 2);
	return stage_run(suite);
}
