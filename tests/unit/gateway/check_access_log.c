/* SPDX-License-Identifier: MIT
 *
 * check_access_log: one request, one line, whatever bytes it was made of.
 */
#include "gateway/access_log.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "common/fd.h"
#include "tests/unit/gateway/stage.h"

static int file = -1;
static struct access_queue *queue; /* of this lane, for [gateway]'s file */
static struct buf taken;           /* from a pipe */

static void up(void)
{
	signal(SIGPIPE, SIG_IGN);
	stage_up();
	file = memfd_create("access", MFD_CLOEXEC);
	ck_assert_int_ge(file, 0);
	access_log_open(dup(file), false);
}

static void down(void)
{
	access_log_open(-1, false);
	close(file);
	queue = NULL;
	buf_free(&taken);
	stage_down();
}

/* The only queue that there is may not be armed: then it is the one that was. */
static struct access_queue *queue_here(void)
{
	if (!list_empty(&lane_here->logs))
		queue = list_first(&lane_here->logs, struct access_queue, link);
	return queue;
}

static size_t waiting(void)
{
	return queue_here() ? buf_len(&queue->bytes) : 0;
}

static struct timer *timer(void)
{
	ck_assert_ptr_nonnull(queue_here());
	return &queue->timer;
}

/* All that was written, without the dates in brackets. */
static const char *written(void)
{
	static char text[256 * 1024];
	ssize_t n = pread(file, text, sizeof text - 1, 0);
	char *at = text, *end;

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	while ((at = strstr(at, " - - [")) && (end = strchr(at, ']'))) {
		at += 6;
		memmove(at, end, strlen(end) + 1);
	}
	return text;
}

/* In is what came from the client; if it has a head, that has been read. */
static struct request *request(struct span in, bool parsed)
{
	struct request *r = request_new(lane_here, &fake_front, NULL);
	const struct http_limits lim = {32 * 1024, 32 * 1024, 64};

	ck_assert(r && buf_put_span(&r->in, in));
	r->scan = 0;
	if (http_parse_head(buf_head(&r->in), buf_len(&r->in), &r->scan, &lim, &r->head) > 0)
		ck_assert(parsed);
	else
		ck_assert(!parsed);
	r->answer.status = 200;
	r->answer.sent = 1234;
	return r;
}

static void log_one(struct request *r, const char *peer)
{
	access_log_line(r, peer);
	access_log_write(lane_here);
	request_free(r);
}

#define LOG(bytes, parsed, line)                             \
	{                                                    \
		(bytes), sizeof(bytes) - 1, (parsed), (line) \
	}
#define H "Host: a\r\n"

static const struct {
	const char *bytes;
	size_t n;
	bool parsed;
	const char *line; /* from the quote of the request line on */
} lines[] = {
	/* The combined format. */
	LOG("GET /a?b HTTP/1.1\r\n" H "\r\n", true, "\"GET /a?b HTTP/1.1\" 200 1234 \"-\" \"-\""),
	LOG("GET / HTTP/1.0\r\nReferer: http://r/\r\nUser-Agent: u (x; y)\r\n\r\n", true,
		"\"GET / HTTP/1.0\" 200 1234 \"http://r/\" \"u (x; y)\""),
	LOG("GET / HTTP/1.1\r\n" H "REFERER: r\r\nuser-agent:\r\n\r\n", true,
		"\"GET / HTTP/1.1\" 200 1234 \"r\" \"-\""),
	LOG("\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", true, "\"GET / HTTP/1.1\" 200 1234 \"-\" \"-\""),

	/* Quotes and backslashes end no field: all that is behind a backslash is our own. */
	LOG("GET /\"x\" HTTP/1.1\r\n" H "User-Agent: a\" \"b\r\n\r\n", true,
		"\"GET /\\x22x\\x22 HTTP/1.1\" 200 1234 \"-\" \"a\\x22 \\x22b\""),
	LOG("GET /\\ HTTP/1.1\r\n" H "User-Agent: a\\\r\n\r\n", true,
		"\"GET /\\x5c HTTP/1.1\" 200 1234 \"-\" \"a\\x5c\""),
	LOG("GET / HTTP/1.1\r\n" H "User-Agent: \\x22\r\n\r\n", true,
		"\"GET / HTTP/1.1\" 200 1234 \"-\" \"\\x5cx22\""),

	/* Bytes that a line must not have. */
	LOG("GET / HTTP/1.1\r\n" H "User-Agent: a\tb\xff\xc2\x85z\r\n\r\n", true,
		"\"GET / HTTP/1.1\" 200 1234 \"-\" \"a\\x09b\\xff\\xc2\\x85z\""),
	LOG("GET / HTTP/1.1\r\n" H "User-Agent: gr\xc3\xbc\xc3\x9f\r\n\r\n", true,
		"\"GET / HTTP/1.1\" 200 1234 \"-\" \"gr\\xc3\\xbc\\xc3\\x9f\""),

	/* What never became a request. */
	LOG("", false, "\"-\" 200 1234 \"-\" \"-\""),
	LOG("\x16\x03\x01\0\n\x1b[2J", false,
		"\"\\x16\\x03\\x01\\x00\\x0a\\x1b[2J\" 200 1234 \"-\" \"-\""),
	LOG("rubbish\r\nand more", false, "\"rubbish\" 200 1234 \"-\" \"-\""),
	LOG("GET /x HTTP/1.1\r\nbad header\r\n\r\n", false,
		"\"GET /x HTTP/1.1\" 200 1234 \"-\" \"-\""),
};

START_TEST(one_line_whatever_bytes)
{
	static char line[512];

	log_one(request((struct span){lines[_i].bytes, lines[_i].n}, lines[_i].parsed),
		"192.0.2.7");
	snprintf(line, sizeof line, "192.0.2.7 - - [] %s\n", lines[_i].line);
	ck_assert_str_eq(written(), line);
}
END_TEST

START_TEST(every_byte_in_a_request_that_was_none)
{
	char bytes[] = "a?z";
	const char *line;

	bytes[1] = (char)_i;
	log_one(request((struct span){bytes, 3}, false), "192.0.2.7");
	line = written();
	ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
	for (const char *p = line; *p != '\n'; p++)
		ck_assert_int_ge((unsigned char)*p, 0x20);
}
END_TEST

START_TEST(a_client_without_address)
{
	log_one(request(SPAN_LIT("GET / HTTP/1.1\r\n" H "\r\n"), true), "");
	ck_assert_str_eq(written(), "unix: - - [] \"GET / HTTP/1.1\" 200 1234 \"-\" \"-\"\n");
}
END_TEST

START_TEST(a_very_long_request_is_still_one_line)
{
	static char bytes[20000];
	const char *line;

	memset(bytes, '"', sizeof bytes);
	log_one(request((struct span){bytes, sizeof bytes}, false), "192.0.2.7");
	line = written();
	ck_assert_uint_gt(strlen(line), 2000);
	ck_assert_uint_lt(strlen(line), 20000);
	ck_assert_ptr_nonnull(strstr(line, "\\x22...\" 200 1234 \"-\" \"-\"\n"));
}
END_TEST

static void log_many(unsigned n)
{
	while (n--) {
		struct request *r = request(SPAN_LIT("GET / HTTP/1.1\r\n" H "\r\n"), true);

		access_log_line(r, "192.0.2.7");
		request_free(r);
	}
}

START_TEST(lines_wait_for_one_another)
{
	log_many(3);
	ck_assert_str_eq(written(), "");
	ck_assert(!mono_is_never(timer()->due)); /* but not for ever */
	timer_set(&lane_here->loop, timer(), (struct mono){1});
	stage_turn();
	ck_assert_uint_eq(waiting(), 0);
	ck_assert_ptr_nonnull(strstr(written(), "\"-\"\n192.0.2.7"));
	ck_assert(mono_is_never(timer()->due));
}
END_TEST

START_TEST(many_lines_do_not_wait)
{
	log_many(1000);
	ck_assert_uint_gt(strlen(written()), 30000);
	ck_assert_uint_lt(waiting(), 16 * 1024 + 1);
}
END_TEST

START_TEST(flushed_lines_do_not_wait)
{
	access_log_open(dup(file), true);
	log_many(1);
	ck_assert_str_ne(written(), "");
}
END_TEST

START_TEST(closed_nothing_is_kept)
{
	access_log_open(-1, false);
	log_many(1);
	ck_assert_uint_eq(waiting(), 0);
	access_log_write(lane_here);
	ck_assert_str_eq(written(), "");
}
END_TEST

START_TEST(another_file_gets_the_lines_that_waited)
{
	int other = memfd_create("other", MFD_CLOEXEC);

	log_many(1);
	access_log_open(dup(other), false);
	access_log_write(lane_here);
	ck_assert_str_eq(written(), "");
	close(file);
	file = other;
	ck_assert_str_ne(written(), "");
}
END_TEST

START_TEST(a_full_disk_is_said_once)
{
	const char *first;

	access_log_open(open("/dev/full", O_WRONLY | O_CLOEXEC), true);
	log_many(3);
	ck_assert_uint_eq(waiting(), 0);
	first = strstr(stage_logged(), "lines are lost");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(strstr(first + 1, "lines are lost"));
}
END_TEST

/* ---- pipes ---- */

static int pipe_ends[2];

static void log_to_pipe(bool blocking, bool flush)
{
	ck_assert_int_eq(pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK), 0);
	if (blocking)
		ck_assert_int_eq(fcntl(pipe_ends[1], F_SETFL, 0), 0);
	access_log_open(pipe_ends[1], flush);
}

/* Takes what the pipe holds; how much it was. */
static size_t take(size_t most)
{
	size_t before = buf_len(&taken);

	while (buf_len(&taken) - before < most) {
		ssize_t n;
		ck_assert(buf_reserve(&taken, 64 * 1024));
		n = read(pipe_ends[0], buf_tail(&taken), most < 65536 ? most : 65536);
		if (n <= 0)
			break;
		buf_grew(&taken, (size_t)n);
	}
	return buf_len(&taken) - before;
}

/* How many lines were taken, all of them whole. */
static size_t whole_lines(void)
{
	struct span s = buf_span(&taken);
	size_t n = 0;

	for (; s.n; n++) {
		const char *end = memchr(s.p, '\n', s.n);
		ck_assert_ptr_nonnull(end);
		ck_assert(span_starts(s, SPAN_LIT("192.0.2.7 - - [")));
		ck_assert_int_eq(end[-1], '"');
		s = span_from(s, (size_t)(end - s.p) + 1);
	}
	return n;
}

static void later(uint32_t ms)
{
	lane_here->loop.now = mono_add_ms(lane_here->loop.now, ms);
}

/* Whether it may block or not: nobody waits, and what waits is not lost. */
START_TEST(a_slow_reader_loses_nothing_for_a_while)
{
	log_to_pipe(_i & 1, _i & 2);
	log_many(5000);
	ck_assert_uint_gt(waiting(), 100000);
	while (take(SIZE_MAX))
		access_log_write(lane_here);
	ck_assert_uint_eq(waiting(), 0);
	ck_assert_uint_eq(whole_lines(), 5000);
	ck_assert_str_eq(stage_logged(), "");
}
END_TEST

START_TEST(too_slow_a_reader_loses_lines_but_no_half_ones)
{
	size_t came;

	log_to_pipe(false, false);
	log_many(30000);
	ck_assert_uint_lt(waiting(), 1100 * 1024);
	ck_assert_ptr_nonnull(strstr(stage_logged(), "its reader is too slow: lines are lost"));
	while (take(SIZE_MAX))
		access_log_write(lane_here);
	came = whole_lines();
	ck_assert_uint_gt(came, 10000);
	ck_assert_ptr_null(strstr(stage_logged(), "written again"));
	later(3000);
	log_many(1);
	access_log_write(lane_here);
	{
		char wanted[80];
		snprintf(wanted, sizeof wanted, "written again; %zu lines were lost", 30000 - came);
		ck_assert_ptr_nonnull(strstr(stage_logged(), wanted));
	}
}
END_TEST

/* A line of more than PIPE_BUF goes into the pipe in parts; nothing comes between them. */
START_TEST(a_large_line_is_finished_before_others)
{
	static char bytes[20000];

	memset(bytes, '"', sizeof bytes);
	log_to_pipe(false, true);
	for (int i = 0; i < 20; i++) {
		struct request *r = request((struct span){bytes, sizeof bytes}, false);
		access_log_line(r, "192.0.2.7");
		request_free(r);
		log_many(3);
		if (i % 5 == 4)
			take(7777);
	}
	do
		access_log_write(lane_here);
	while (take(7777));
	ck_assert_uint_eq(whole_lines(), 80);
}
END_TEST

START_TEST(a_line_that_was_begun_does_not_go_on_in_another_file)
{
	static char bytes[20000];
	struct request *r = request((struct span){bytes, sizeof bytes}, false);

	memset(buf_head(&r->in), '"', sizeof bytes);
	log_to_pipe(false, true);
	while (waiting() == 0)
		access_log_line(r, "192.0.2.7");
	request_free(r);
	access_log_open(dup(file), true);
	access_log_write(lane_here);
	log_many(1);
	ck_assert_int_eq(strncmp(written(), "192.0.2.7", 9), 0);
	ck_assert_ptr_nonnull(strstr(stage_logged(), "1 lines were lost"));
}
END_TEST

START_TEST(a_reader_that_left)
{
	log_to_pipe(_i, true);
	close(pipe_ends[0]);
	log_many(3);
	ck_assert_uint_eq(waiting(), 0);
	ck_assert_ptr_nonnull(strstr(stage_logged(), "Broken pipe: lines are lost"));
}
END_TEST

static void *take_all(void *arg)
{
	take(SIZE_MAX);
	return arg;
}

START_TEST(at_the_end_a_reader_gets_a_moment)
{
	pthread_t reader;

	log_to_pipe(_i, false);
	log_many(3000);
	ck_assert_uint_gt(waiting(), 0);
	ck_assert_int_eq(fcntl(pipe_ends[0], F_SETFL, 0), 0);
	ck_assert_int_eq(pthread_create(&reader, NULL, take_all, NULL), 0);
	access_log_finish(lane_here);
	access_log_open(-1, false); /* the reader sees the end */
	pthread_join(reader, NULL);
	ck_assert_uint_eq(whole_lines(), 3000);
}
END_TEST

START_TEST(at_the_end_nobody_waits_for_ever)
{
	log_to_pipe(_i, false);
	log_many(3000);
	access_log_finish(lane_here);
	ck_assert_uint_eq(waiting(), 0);
	take(SIZE_MAX);
	{
		char wanted[80];
		snprintf(wanted, sizeof wanted, "%zu lines were lost", 3000 - whole_lines());
		ck_assert_ptr_nonnull(strstr(stage_logged(), wanted));
	}
}
END_TEST

START_TEST(a_socket_does_not_block_either)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	pipe_ends[0] = ends[0];
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	access_log_open(ends[1], false);
	log_many(8000);
	ck_assert_uint_gt(waiting(), 0);
	do
		access_log_write(lane_here);
	while (take(7777));
	ck_assert_uint_eq(whole_lines(), 8000);
}
END_TEST

#define LINE "192.0.2.7 - - [] \"GET / HTTP/1.1\" 200 1234 \"-\" \"-\"\n"

/* A limit on the size of files is a disk that fills up in the middle of a line. */
START_TEST(a_disk_that_is_full_and_has_room_again)
{
	struct rlimit small = {10000, RLIM_INFINITY}, none = {RLIM_INFINITY, RLIM_INFINITY};
	static struct request *many[500];
	const char *text;
	size_t n = 0;

	signal(SIGXFSZ, SIG_IGN);
	log_many(1);
	access_log_write(lane_here);
	/* Behind the limit Check could not write down its verdicts either. */
	for (int i = 0; i < 500; i++)
		ck_assert_ptr_nonnull(
			many[i] = request(SPAN_LIT("GET / HTTP/1.1\r\n" H "\r\n"), true));
	setrlimit(RLIMIT_FSIZE, &small);
	for (int i = 0; i < 500; i++)
		access_log_line(many[i], "192.0.2.7");
	access_log_write(lane_here);
	setrlimit(RLIMIT_FSIZE, &none);
	for (int i = 0; i < 500; i++)
		request_free(many[i]);
	ck_assert_ptr_nonnull(strstr(stage_logged(), "File too large: lines are lost"));
	later(3000);
	log_many(1);
	access_log_write(lane_here);
	ck_assert_ptr_nonnull(strstr(stage_logged(), "written again; "));
	for (text = written(); *text; text = strchr(text, '\n') + 1, n++)
		ck_assert_int_eq(strncmp(text, LINE, sizeof LINE - 1), 0);
	ck_assert_uint_gt(n, 50);
	ck_assert_uint_lt(n, 500);
	log_many(1);
	access_log_open(open("/dev/full", O_WRONLY | O_CLOEXEC), true);
	log_many(1);
	text = strstr(stage_logged(), "written again");
	ck_assert_ptr_nonnull(strstr(text, "No space left on device: lines are lost"));
}
END_TEST

/* ---- lines that wait for a script ---- */

static struct access_late late;

static void log_late(void)
{
	struct request *r = request(SPAN_LIT("GET / HTTP/1.1\r\n" H "\r\n"), true);

	list_init(&late.link);
	r->plan->form.usage = true;
	r->late = &late;
	log_one(r, "192.0.2.7");
	ck_assert_str_eq(written(), "");
}

static unsigned lines_written(void)
{
	unsigned n = 0;

	access_log_write(lane_here);
	for (const char *p = written(); (p = strchr(p, '\n')); p++)
		n++;
	return n;
}

START_TEST(a_line_is_written_when_its_script_has_exited)
{
	log_late();
	log_many(2);
	ck_assert_uint_eq(lines_written(), 2);
	access_log_used(&late, &(struct usage){1, true, 2, 3});
	ck_assert_uint_eq(lines_written(), 3);
	access_log_used(&late, &(struct usage){1, true, 2, 3});
	ck_assert_uint_eq(lines_written(), 3);
}
END_TEST

START_TEST(at_the_end_no_line_waits)
{
	log_late();
	access_log_finish(lane_here);
	ck_assert_uint_eq(lines_written(), 1);
	access_log_used(&late, &(struct usage){0});
	ck_assert_uint_eq(lines_written(), 1);
}
END_TEST

/* ---- of a pool ---- */

/* Lines that wait have a file until they are written, whoever has left it meanwhile. */
START_TEST(a_pool_has_a_file_as_long_as_somebody_refers_to_it)
{
	struct plan_pool *pool = stage_pool((struct msg_plan_pool){0});
	int ends[2];
	char got[512];
	ssize_t n;

	ck_assert_int_eq(fd_pipe(ends, -1), 0);
	pool->has_access = true;
	ck_assert_ptr_null(plan_add_suppress(
		lane_here->plan, &(struct msg_plan_suppress){1, SPAN_LIT("/ping")}));
	pool->access_file = access_log_of_pool(1, "pool");
	pool->drop_access_file = access_log_unref;
	ck_assert_ptr_eq(access_log_of_pool(1, "pool"), pool->access_file);
	access_log_unref(pool->access_file);
	access_log_open_pool(1, ends[1], false);
	access_log_open_pool(2, dup(ends[1]), false); /* there is none: it is closed */
	for (int i = 0; i < 3; i++) {
		struct request *r = request(i ? SPAN_LIT("GET /ping HTTP/1.1\r\n" H "\r\n")
					      : SPAN_LIT("GET / HTTP/1.1\r\n" H "\r\n"),
			true);
		r->pool = pool;
		r->answer.status = i == 2 ? 503 : 200;
		access_log_line(r, "192.0.2.7");
		request_free(r);
	}
	pool->drop_access_file(pool->access_file);
	pool->access_file = NULL;
	pool->has_access = false;
	timer_set(&lane_here->loop, timer(), (struct mono){1});
	stage_turn();
	queue = NULL;
	n = read(ends[0], got, sizeof got - 1);
	ck_assert_int_eq(n, 2); /* its format is empty: two lines, one was left out */
	ck_assert_int_eq(read(ends[0], got, sizeof got), 0); /* and it is closed */
	close(ends[0]);
	ck_assert_str_eq(written(), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("access_log");
	TCase *tc = tcase_create("access_log");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_loop_test(tc, one_line_whatever_bytes, 0, nitems(lines));
	tcase_add_loop_test(tc, every_byte_in_a_request_that_was_none, 0, 256);
	tcase_add_test(tc, a_client_without_address);
	tcase_add_test(tc, a_very_long_request_is_still_one_line);
	tcase_add_test(tc, a_pool_has_a_file_as_long_as_somebody_refers_to_it);
	tcase_add_test(tc, lines_wait_for_one_another);
	tcase_add_test(tc, many_lines_do_not_wait);
	tcase_add_test(tc, flushed_lines_do_not_wait);
	tcase_add_test(tc, closed_nothing_is_kept);
	tcase_add_test(tc, another_file_gets_the_lines_that_waited);
	tcase_add_test(tc, a_full_disk_is_said_once);
	tcase_add_loop_test(tc, a_slow_reader_loses_nothing_for_a_while, 0, 4);
	tcase_add_test(tc, too_slow_a_reader_loses_lines_but_no_half_ones);
	tcase_add_test(tc, a_large_line_is_finished_before_others);
	tcase_add_test(tc, a_line_that_was_begun_does_not_go_on_in_another_file);
	tcase_add_loop_test(tc, a_reader_that_left, 0, 2);
	tcase_add_loop_test(tc, at_the_end_a_reader_gets_a_moment, 0, 2);
	tcase_add_loop_test(tc, at_the_end_nobody_waits_for_ever, 0, 2);
	tcase_add_test(tc, a_socket_does_not_block_either);
	tcase_add_test(tc, a_disk_that_is_full_and_has_room_again);
	tcase_add_test(tc, a_line_is_written_when_its_script_has_exited);
	tcase_add_test(tc, at_the_end_no_line_waits);
	return stage_run(suite);
}
