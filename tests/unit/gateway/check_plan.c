/* SPDX-License-Identifier: MIT
 *
 * check_plan: rows become a plan, or a sentence that says why not.
 */
#include "gateway/plan.h"

#include <netinet/in.h>
#include <sys/mman.h>

#include "tests/unit/gateway/stage.h"

static struct plan *p;

static void up(void)
{
	stage_up();
	p = plan_new(42);
}

static void down(void)
{
	plan_unref(p);
	stage_down();
}

static void add_pool(uint32_t id)
{
	ck_assert_ptr_null(plan_add_pool(p, &(struct msg_plan_pool){.pool = id,
						    .name = SPAN_LIT("a"),
						    .kind = POOL_CGI,
						    .pm = PM_STATIC,
						    .max_queue = id}));
}

static const char *set_gateway(uint32_t threads, const char *root)
{
	return plan_set_gateway(p, &(struct msg_plan_gateway){.threads = threads,
					   .header_timeout_ms = 1,
					   .body_timeout_ms = 2,
					   .keepalive_timeout_ms = 3,
					   .write_timeout_ms = 4,
					   .max_header_size = 5,
					   .max_headers = 6,
					   .max_body = 1ull << 40,
					   .max_connections = 7,
					   .document_root = span_of(root),
					   .index = SPAN_LIT("index.html"),
					   .spool_dir = SPAN_LIT("/var/tmp")});
}

START_TEST(the_gateways_row_is_kept)
{
	ck_assert_ptr_null(set_gateway(2, stage_dir));
	ck_assert_uint_eq(p->generation, 42);
	ck_assert_uint_eq(p->threads, 2);
	ck_assert_uint_eq(p->header_timeout_ms, 1);
	ck_assert_uint_eq(p->body_timeout_ms, 2);
	ck_assert_uint_eq(p->keepalive_timeout_ms, 3);
	ck_assert_uint_eq(p->write_timeout_ms, 4);
	ck_assert_uint_eq(p->max_header_size, 5);
	ck_assert_uint_eq(p->max_headers, 6);
	ck_assert_uint_eq(p->max_connections, 7);
	ck_assert_uint_eq(p->max_body, 1ull << 40);
	ck_assert_str_eq(p->document_root, stage_dir);
	ck_assert_str_eq(p->index, "index.html");
	ck_assert_str_eq(p->spool_dir, "/var/tmp");
}
END_TEST

START_TEST(the_gateways_row_comes_once)
{
	ck_assert_ptr_null(set_gateway(1, NULL));
	ck_assert_str_eq(set_gateway(1, NULL), "the gateway's row came twice");
}
END_TEST

START_TEST(the_gateways_row_must_come)
{
	ck_assert_str_eq(plan_seal(p), "the gateway's row is missing");
}
END_TEST

START_TEST(threads_have_a_range)
{
	static const uint32_t bad[] = {0, 65, UINT32_MAX};

	ck_assert_str_eq(set_gateway(bad[_i], NULL), "threads is out of range");
}
END_TEST

static const char *set_format(const char *format)
{
	return plan_set_gateway(p, &(struct msg_plan_gateway){.threads = 1,
					   .access_format = span_of(format),
					   .spool_dir = SPAN_LIT("/var/tmp")});
}

START_TEST(the_access_format_is_compiled)
{
	ck_assert_ptr_null(set_format("%s %{Host}i"));
	ck_assert_uint_eq(p->form.n, 3);
	ck_assert_int_eq(p->form.items[0].what, ACCESS_STATUS);
	ck_assert_int_eq(p->form.items[1].what, ACCESS_LITERAL);
	ck_assert_int_eq(p->form.items[2].what, ACCESS_HEADER);
	ck_assert_str_eq(p->form.items[2].text.p, "Host");
	ck_assert(!p->form.json);
}
END_TEST

START_TEST(a_bad_access_format_is_refused)
{
	ck_assert_str_eq(set_format("%s %z"), "its access format is not good");
}
END_TEST

START_TEST(a_document_root_is_opened)
{
	ck_assert_ptr_null(set_gateway(64, stage_dir));
	ck_assert_int_eq(p->root_fd, -1);
	ck_assert_ptr_null(plan_seal(p));
	ck_assert_int_ge(p->root_fd, 0);
}
END_TEST

START_TEST(no_document_root_is_no_reason_to_refuse)
{
	ck_assert_ptr_null(set_gateway(1, _i ? stage_path("none") : NULL));
	ck_assert_ptr_null(plan_seal(p));
	ck_assert_int_eq(p->root_fd, -1);
	if (_i)
		ck_assert_ptr_nonnull(strstr(stage_logged(), "no static files"));
	else
		ck_assert_str_eq(stage_logged(), "");
}
END_TEST

/* Of document_root and of a pool's sendfile_root. */
START_TEST(roots_are_followed)
{
	struct stat before, after;
	int fd;

	stage_mkdir("one");
	stage_mkdir("two");
	stage_link("one", "root");
	ck_assert_ptr_null(set_gateway(1, _i ? NULL : stage_path("root")));
	ck_assert_ptr_null(plan_add_pool(
		p, &(struct msg_plan_pool){.pool = 1,
			   .pm = PM_STATIC,
			   .kind = POOL_CGI,
			   .sendfile_root = _i ? span_of(stage_path("root")) : SPAN_NONE}));
	ck_assert_ptr_null(plan_seal(p));
	fd = _i ? p->pools[0]->sendfile_fd : p->root_fd;
	ck_assert_int_eq(fstat(fd, &before), 0);
	plan_follow_roots(p);
	ck_assert_str_eq(stage_logged(), "");
	ck_assert_int_eq(unlink(stage_path("root")), 0);
	plan_follow_roots(p); /* it serves on */
	stage_link("two", "root");
	plan_follow_roots(p);
	ck_assert_ptr_nonnull(strstr(stage_logged(), "is another directory now"));
	ck_assert_int_eq(fstat(fd, &after), 0);
	ck_assert_uint_ne(before.st_ino, after.st_ino);
}
END_TEST

START_TEST(a_sendfile_root_that_is_not_there)
{
	ck_assert_ptr_null(set_gateway(1, NULL));
	ck_assert_ptr_null(plan_add_pool(p, &(struct msg_plan_pool){.pool = 1,
						    .pm = PM_STATIC,
						    .kind = POOL_CGI,
						    .name = SPAN_LIT("cgi"),
						    .sendfile_root = SPAN_LIT("/none/such")}));
	ck_assert_ptr_null(plan_seal(p));
	ck_assert_int_eq(p->pools[0]->sendfile_fd, -1);
	ck_assert_ptr_nonnull(strstr(stage_logged(), "[pool cgi] sendfile_root /none/such"));
}
END_TEST

START_TEST(an_external_pool_has_addresses)
{
	add_pool(2);
	ck_assert_ptr_null(plan_add_pool(p, &(struct msg_plan_pool){.pool = 1,
						    .pm = PM_STATIC,
						    .kind = POOL_EXTERNAL,
						    .name = SPAN_LIT("other"),
						    .authorizer = 2}));
	ck_assert_ptr_null(plan_add_backend(p, &(struct msg_plan_backend){1, SPAN_LIT("unix:/a")}));
	ck_assert_ptr_null(plan_add_backend(p, &(struct msg_plan_backend){1, SPAN_LIT("b:9000")}));
	ck_assert_uint_eq(plan_pool(p, 1)->nbackends, 2);
	ck_assert_str_eq(plan_pool(p, 1)->backends[1], "b:9000");
	ck_assert_str_eq(plan_add_backend(p, &(struct msg_plan_backend){2, SPAN_LIT("unix:/a")}),
		"only an external pool has addresses");
	ck_assert_ptr_nonnull(plan_add_backend(p, &(struct msg_plan_backend){7, SPAN_LIT("x")}));
}
END_TEST

START_TEST(an_authorizer_is_a_pool_of_the_plan)
{
	ck_assert_ptr_null(set_gateway(1, NULL));
	ck_assert_ptr_null(plan_add_pool(p, &(struct msg_plan_pool){.pool = 1,
						    .pm = PM_STATIC,
						    .kind = POOL_FASTCGI,
						    .name = SPAN_LIT("app"),
						    .authorizer = 2}));
	ck_assert_ptr_nonnull(plan_seal(p));
	add_pool(2);
	ck_assert_str_eq(plan_seal(p), "an authorizer is a pool of scripts");
	plan_pool(p, 2)->kind = POOL_EXTERNAL;
	ck_assert_ptr_null(plan_seal(p));
}
END_TEST

START_TEST(pools_are_found_by_number)
{
	add_pool(3);
	add_pool(1);
	ck_assert_uint_eq(plan_pool(p, 1)->max_queue, 1);
	ck_assert_uint_eq(plan_pool(p, 3)->max_queue, 3);
	ck_assert_ptr_null(plan_pool(p, 2));
	ck_assert_ptr_null(plan_pool(p, 1)->directory);
}
END_TEST

START_TEST(a_pools_row_is_kept)
{
	const struct plan_pool *pool;

	ck_assert_ptr_null(plan_add_pool(
		p, &(struct msg_plan_pool){9, SPAN_LIT("php"), POOL_FASTCGI, 1, 2, 3, 4, 5, 1, 0, 6,
			   7, 8, 9, 1, 0, 1, 0, FOLLOW_ALL, PM_ONDEMAND, 10, 11, 12, 13, 15, 14, 1,
			   SPAN_LIT("/srv/x"), SPAN_LIT("a/b"), SPAN_LIT("/srv/y"), SPAN_LIT("/s"),
			   SPAN_LIT("/p"), SPAN_LIT("pong"), SPAN_LIT("/jail"),
			   SPAN_LIT(".php/.phar")}));
	pool = plan_pool(p, 9);
	ck_assert_str_eq(pool->chroot, "/jail");
	ck_assert_uint_eq(pool->resolve_ms, 12);
	ck_assert_uint_eq(pool->rest_most_ms, 13);
	ck_assert_uint_eq(pool->idle_timeout_ms, 15);
	ck_assert_uint_eq(pool->authorizer, 14);
	ck_assert(pool->php_outside);
	ck_assert_str_eq(pool->extensions, ".php/.phar");
	ck_assert_int_eq(pool->kind, POOL_FASTCGI);
	ck_assert_str_eq(pool->name, "php");
	ck_assert_uint_eq(pool->max_children, 1);
	ck_assert_uint_eq(pool->max_queue, 2);
	ck_assert_uint_eq(pool->queue_timeout_ms, 3);
	ck_assert_uint_eq(pool->terminate_timeout_ms, 4);
	ck_assert_uint_eq(pool->abort_grace_ms, 8);
	ck_assert_uint_eq(pool->kill_grace_ms, 9);
	ck_assert(pool->pass_authorization && !pool->isindex);
	ck_assert(pool->mute && !pool->plain);
	ck_assert_int_eq(pool->follow, FOLLOW_ALL);
	ck_assert_str_eq(pool->index, "a/b");
	ck_assert_str_eq(pool->sendfile_root, "/srv/y");
	ck_assert_uint_eq(pool->header_timeout_ms, 5);
	ck_assert_str_eq(pool->directory, "/srv/x");
	ck_assert_int_eq(pool->pm, PM_ONDEMAND);
	ck_assert_uint_eq(pool->concurrency, 10);
	ck_assert_uint_eq(pool->slow_timeout_ms, 11);
	ck_assert_str_eq(pool->status_path, "/s");
	ck_assert_str_eq(pool->ping_path, "/p");
	ck_assert_str_eq(pool->ping_response, "pong");
}
END_TEST

static const struct {
	const char *root, *path, *inside;
} views[] = {
	{NULL, "/srv/a", "/srv/a"},
	{NULL, NULL, NULL},
	{"/srv", "/srv/a", "/a"},
	{"/srv", "/srv/a/b", "/a/b"},
	{"/srv", "/srv/", "/"},
	{"/srv", "/srv", "/"},
	{"/srv", "/srv2/a", NULL},
	{"/srv", "/sr", NULL},
	{"/srv", "/other/srv/a", NULL},
	{"/srv", "", NULL},
	{"/srv", NULL, NULL},
	{"/srv/x y", "/srv/x y/a", "/a"},
};

START_TEST(paths_in_another_root)
{
	struct span inside;

	ck_assert_ptr_null(plan_add_pool(p, &(struct msg_plan_pool){.pool = 1,
						    .pm = PM_STATIC,
						    .kind = POOL_CGI,
						    .chroot = span_of(views[_i].root)}));
	inside = plan_inside(plan_pool(p, 1), span_of(views[_i].path));
	ck_assert_int_eq(inside.p != NULL, views[_i].inside != NULL);
	ck_assert(span_eq(inside, span_of(views[_i].inside)));
}
END_TEST

START_TEST(a_pool_may_have_an_access_log_of_its_own)
{
	struct msg_plan_access m = {1, 1, SPAN_LIT("json")};
	int fd = memfd_create("access", MFD_CLOEXEC);
	const struct plan_pool *pool;

	ck_assert_str_eq(
		plan_add_access(p, &m, &fd), "it names a pool that the plan does not have");
	ck_assert_int_ge(fd, 0);
	add_pool(1);
	pool = plan_pool(p, 1);
	ck_assert(!pool->has_access && pool->access_fd == -1);
	ck_assert_ptr_null(plan_add_access(p, &m, &fd));
	ck_assert(pool->has_access && pool->access_flush && pool->form.json);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_ge(pool->access_fd, 0);
	ck_assert_str_eq(plan_add_access(p, &m, &fd), "the access log of a pool came twice");
	add_pool(2);
	m = (struct msg_plan_access){2, 0, SPAN_LIT("%z")};
	ck_assert_str_eq(plan_add_access(p, &m, &fd), "its access format is not good");
}
END_TEST

START_TEST(paths_are_left_out_for_a_pool_or_for_all)
{
	ck_assert_str_eq(plan_add_suppress(p, &(struct msg_plan_suppress){1, SPAN_LIT("/p")}),
		"it names a pool that the plan does not have");
	add_pool(1);
	ck_assert_ptr_null(plan_add_suppress(p, &(struct msg_plan_suppress){1, SPAN_LIT("/p")}));
	ck_assert_ptr_null(plan_add_suppress(p, &(struct msg_plan_suppress){1, SPAN_LIT("/q")}));
	ck_assert_ptr_null(plan_add_suppress(p, &(struct msg_plan_suppress){0, SPAN_LIT("/all")}));
	ck_assert_uint_eq(plan_pool(p, 1)->suppress.n, 2);
	ck_assert_str_eq(plan_pool(p, 1)->suppress.at[1], "/q");
	ck_assert_str_eq(p->suppress.at[0], "/all");
}
END_TEST

START_TEST(pools_are_refused)
{
	add_pool(1);
	ck_assert_str_eq(
		plan_add_pool(
			p, &(struct msg_plan_pool){.pool = 1, .pm = PM_STATIC, .kind = POOL_CGI}),
		"this pool came twice");
	ck_assert_str_eq(
		plan_add_pool(p, &(struct msg_plan_pool){.pool = 2, .pm = PM_STATIC, .kind = 0}),
		"no such kind of pool");
	ck_assert_str_eq(
		plan_add_pool(p, &(struct msg_plan_pool){.pool = 2, .pm = PM_STATIC, .kind = 4}),
		"no such kind of pool");
	ck_assert_str_eq(
		plan_add_pool(p,
			&(struct msg_plan_pool){
				.pool = 2, .pm = PM_STATIC, .kind = POOL_CGI, .follow = 3}),
		"no such rule for links");
	ck_assert_uint_eq(p->npools, 1);
}
END_TEST

START_TEST(rows_name_a_pool_that_there_is)
{
	static const char why[] = "it names a pool that the plan does not have";

	add_pool(1);
	ck_assert_str_eq(plan_add_route(p, &(struct msg_plan_route){.pool = 2, .kind = 1}), why);
	ck_assert_str_eq(plan_add_env(p, &(struct msg_plan_env){.pool = 2}), why);
	ck_assert_str_eq(plan_add_interpreter(p, &(struct msg_plan_interpreter){.pool = 2}), why);
	ck_assert_uint_eq(p->nroutes, 0);
}
END_TEST

START_TEST(routes_have_a_kind)
{
	static const uint32_t bad[] = {0, 4, 257, UINT32_MAX};

	add_pool(1);
	ck_assert_str_eq(plan_add_route(p, &(struct msg_plan_route){.pool = 1, .kind = bad[_i]}),
		"no such kind of route");
}
END_TEST

static void add_route(uint32_t kind, const char *path, const char *host)
{
	ck_assert_ptr_null(
		plan_add_route(p, &(struct msg_plan_route){1, kind, span_of(path), span_of(host)}));
}

START_TEST(sealing_sorts_routes)
{
	add_pool(1);
	add_route(ROUTE_SUFFIX, ".php", "");
	add_route(ROUTE_PREFIX, "/", "");
	add_route(ROUTE_PREFIX, "/", "example.org");
	add_route(ROUTE_EXACT, "/x", "");
	ck_assert_ptr_null(set_gateway(1, NULL));
	ck_assert_ptr_null(plan_seal(p));
	ck_assert_uint_eq(p->nroutes, 4);
	ck_assert_int_eq(p->routes[0].kind, ROUTE_EXACT);
	ck_span_is(p->routes[1].host, "example.org");
	ck_span_is(p->routes[2].host, "");
	ck_span_is(p->routes[3].path, ".php");
}
END_TEST

START_TEST(variables_are_kept_in_order)
{
	add_pool(1);
	ck_assert_ptr_null(
		plan_add_env(p, &(struct msg_plan_env){1, SPAN_LIT("A=B"), SPAN_LIT("x y")}));
	ck_assert_ptr_null(plan_add_env(p, &(struct msg_plan_env){1, SPAN_LIT("C"), SPAN_NONE}));
	ck_assert_uint_eq(plan_pool(p, 1)->nenv, 2);
	ck_assert_str_eq(plan_pool(p, 1)->env[0].name, "A=B");
	ck_assert_str_eq(plan_pool(p, 1)->env[0].value, "x y");
	ck_assert_str_eq(plan_pool(p, 1)->env[1].value, "");
}
END_TEST

static void add_interpreter(const char *extension, const char *program)
{
	ck_assert_ptr_null(plan_add_interpreter(
		p, &(struct msg_plan_interpreter){1, span_of(extension), span_of(program)}));
}

static const char *interpreter(const char *extension)
{
	const char *found = plan_interpreter(plan_pool(p, 1), span_of(extension));

	return found ? found : "none";
}

START_TEST(an_extension_of_its_own_beats_any)
{
	add_pool(1);
	ck_assert_str_eq(interpreter("py"), "none");
	if (_i)
		add_interpreter("", "/bin/any");
	add_interpreter("py", "/bin/python");
	add_interpreter("pl", "/bin/perl");
	if (!_i)
		add_interpreter("", "/bin/any");
	ck_assert_str_eq(interpreter("py"), "/bin/python");
	ck_assert_str_eq(interpreter("pl"), "/bin/perl");
	ck_assert_str_eq(interpreter("PY"), "/bin/any");
	ck_assert_str_eq(interpreter("pyc"), "/bin/any");
	ck_assert_str_eq(interpreter("p"), "/bin/any");
	ck_assert_str_eq(interpreter(""), "/bin/any");
}
END_TEST

START_TEST(without_any_there_is_none)
{
	add_pool(1);
	add_interpreter("py", "/bin/python");
	ck_assert_str_eq(interpreter("py"), "/bin/python");
	ck_assert_str_eq(interpreter("sh"), "none");
	ck_assert_str_eq(interpreter(""), "none");
}
END_TEST

/* A listening socket on a port of the kernel's choice. */
static int listen_on(uint32_t address)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(address)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
	return fd;
}

static const struct plan_listener *add_listener(int fd)
{
	ck_assert_ptr_null(plan_add_listener(p,
		&(struct msg_plan_listener){.listener = 5, .address = SPAN_LIT("as configured")},
		&fd));
	ck_assert_int_eq(fd, -1); /* taken */
	return &p->listeners[p->nlisteners - 1];
}

START_TEST(a_listener_knows_its_address)
{
	const struct plan_listener *l = add_listener(listen_on(INADDR_LOOPBACK));

	ck_assert_uint_eq(l->id, 5);
	ck_assert_str_eq(l->address, "as configured");
	ck_assert_str_eq(l->host, "127.0.0.1");
	ck_assert_int_gt(atoi(l->port), 0);
	ck_assert(!l->any_address && !l->is_unix);
	ck_assert(add_listener(listen_on(INADDR_ANY))->any_address);
	ck_assert_str_eq(p->listeners[0].host, "127.0.0.1");
}
END_TEST

static const char *add_pools_listener(uint32_t pool, const char *allowed)
{
	int fd = listen_on(INADDR_LOOPBACK);

	return plan_add_listener(p,
		&(struct msg_plan_listener){.listener = 6,
			.address = SPAN_LIT("of a pool"),
			.pool = pool,
			.allowed = span_of(allowed)},
		&fd);
}

START_TEST(a_pool_s_listener_knows_who_may_come)
{
	struct ip friend, other;
	const struct plan_listener *l;

	add_pool(3);
	ck_assert_ptr_null(add_pools_listener(3, "10.0.0.0/8 ::1"));
	l = plan_listener(p, 6);
	ck_assert(l && l->pool == 3 && !plan_listener(p, 7));
	ck_assert(
		ip_parse(SPAN_LIT("10.1.2.3"), &friend) && ip_parse(SPAN_LIT("11.1.2.3"), &other));
	ck_assert(cidr_list_has(&l->allowed, &friend) && !cidr_list_has(&l->allowed, &other));
	ck_assert_ptr_nonnull(add_pools_listener(3, "10.0.0.0/8 x"));
}
END_TEST

static const char *add_users_listener(const char *users)
{
	int fd = listen_on(INADDR_LOOPBACK);

	return plan_add_listener(p,
		&(struct msg_plan_listener){.listener = 7,
			.address = SPAN_LIT("of users"),
			.pool = 3,
			.users = span_of(users)},
		&fd);
}

START_TEST(a_listener_may_be_for_some_users)
{
	const struct plan_listener *l;

	add_pool(3);
	ck_assert_ptr_null(add_users_listener("33 1000 4294967294"));
	l = plan_listener(p, 7);
	ck_assert_uint_eq(l->nusers, 3);
	ck_assert(plan_listener_has_user(l, 33) && plan_listener_has_user(l, 1000));
	ck_assert(plan_listener_has_user(l, 4294967294));
	ck_assert(plan_listener_has_user(l, 0));
	ck_assert(!plan_listener_has_user(l, 3) && !plan_listener_has_user(l, UINT32_MAX));
}
END_TEST

START_TEST(a_listener_is_for_all_users)
{
	add_pool(3);
	ck_assert_ptr_null(add_users_listener(""));
	ck_assert(plan_listener_has_user(plan_listener(p, 7), 65534));
}
END_TEST

static const char *const no_users[] = {
	" ", "x", "33 x", "33  34", "-1", "4294967295", "4294967296", "99999999999999999999"};

START_TEST(what_is_no_user_is_refused)
{
	add_pool(3);
	ck_assert_str_eq(add_users_listener(no_users[_i]), "a user who may connect is no number");
}
END_TEST

START_TEST(a_listener_s_pool_must_be_there)
{
	ck_assert_ptr_null(plan_set_gateway(p, &(struct msg_plan_gateway){.threads = 1,
						       .access_format = SPAN_LIT("json"),
						       .spool_dir = SPAN_LIT("/tmp")}));
	ck_assert_ptr_null(add_pools_listener(3, ""));
	ck_assert_str_eq(plan_seal(p), "it names a pool that the plan does not have");
	add_pool(3);
	ck_assert_ptr_null(plan_seal(p));
}
END_TEST

START_TEST(a_unix_listener_has_no_address)
{
	const struct plan_listener *l = add_listener(
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

	ck_assert(l->is_unix && !l->any_address);
	ck_assert_str_eq(l->host, "");
	ck_assert_str_eq(l->port, "");
}
END_TEST

START_TEST(listeners_are_closed_before_the_plan_goes)
{
	const struct plan_listener *l = add_listener(listen_on(INADDR_LOOPBACK));
	int fd = l->fd;

	plan_close_listeners(p);
	ck_assert_int_eq(l->fd, -1);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_str_eq(l->host, "127.0.0.1"); /* a connection may still ask */
}
END_TEST

static const char *trust(const char *network)
{
	return plan_add_trusted(p, &(struct msg_plan_trusted){span_of(network)});
}

START_TEST(nobody_is_trusted_who_is_not_named)
{
	struct ip none = {{0}}, v4, v6;

	ck_assert(ip_parse(SPAN_LIT("10.1.2.3"), &v4) && ip_parse(SPAN_LIT("fd00::1"), &v6));
	ck_assert(!cidr_list_has(&p->trusted, &none) && !cidr_list_has(&p->trusted, &v4) &&
		  !cidr_list_has(&p->trusted, &v6));
	ck_assert_ptr_null(trust("10.0.0.0/8"));
	ck_assert_ptr_null(trust("fd00::/8"));
	ck_assert(!cidr_list_has(&p->trusted, &none) && cidr_list_has(&p->trusted, &v4) &&
		  cidr_list_has(&p->trusted, &v6));
	ck_assert_ptr_null(trust("unix"));
	ck_assert(cidr_list_has(&p->trusted, &none));
	ck_assert(ip_parse(SPAN_LIT("11.1.2.3"), &v4) && !cidr_list_has(&p->trusted, &v4));
}
END_TEST

START_TEST(trust_is_spelled_well)
{
	ck_assert_ptr_nonnull(trust("everybody"));
	ck_assert_ptr_nonnull(trust(""));
	ck_assert_ptr_nonnull(trust("10.0.0.0/8 and a text that is longer than any address is"));
}
END_TEST

static unsigned dropped;

static void on_drop(struct dispatch *d)
{
	ck_assert_ptr_eq(d, (void *)&dropped);
	dropped++;
}

START_TEST(the_last_reference_takes_everything_along)
{
	int fd = add_listener(listen_on(INADDR_LOOPBACK))->fd;

	add_pool(1);
	plan_pool(p, 1)->dispatch = (void *)&dropped;
	plan_pool(p, 1)->drop_dispatch = on_drop;
	plan_ref(p);
	plan_unref(p);
	ck_assert_uint_eq(dropped, 0);
	plan_unref(p);
	ck_assert_uint_eq(dropped, 1);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	plan_unref(NULL);
	p = NULL;
}
END_TEST

static void add_row_tests(TCase *tc)
{
	tcase_add_test(tc, the_gateways_row_is_kept);
	tcase_add_test(tc, the_gateways_row_comes_once);
	tcase_add_test(tc, the_gateways_row_must_come);
	tcase_add_loop_test(tc, threads_have_a_range, 0, 3);
	tcase_add_test(tc, the_access_format_is_compiled);
	tcase_add_test(tc, a_bad_access_format_is_refused);
	tcase_add_test(tc, a_document_root_is_opened);
	tcase_add_loop_test(tc, no_document_root_is_no_reason_to_refuse, 0, 2);
	tcase_add_loop_test(tc, roots_are_followed, 0, 2);
	tcase_add_test(tc, a_sendfile_root_that_is_not_there);
	tcase_add_test(tc, an_external_pool_has_addresses);
	tcase_add_test(tc, an_authorizer_is_a_pool_of_the_plan);
	tcase_add_test(tc, pools_are_found_by_number);
	tcase_add_test(tc, a_pools_row_is_kept);
	tcase_add_loop_test(tc, paths_in_another_root, 0, nitems(views));
	tcase_add_test(tc, a_pool_may_have_an_access_log_of_its_own);
	tcase_add_test(tc, paths_are_left_out_for_a_pool_or_for_all);
	tcase_add_test(tc, pools_are_refused);
	tcase_add_test(tc, rows_name_a_pool_that_there_is);
	tcase_add_loop_test(tc, routes_have_a_kind, 0, 4);
	tcase_add_test(tc, sealing_sorts_routes);
	tcase_add_test(tc, variables_are_kept_in_order);
	tcase_add_loop_test(tc, an_extension_of_its_own_beats_any, 0, 2);
	tcase_add_test(tc, without_any_there_is_none);
}

int main(void)
{
	Suite *suite = suite_create("plan");
	TCase *tc = tcase_create("plan");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	add_row_tests(tc);
	tcase_add_test(tc, a_listener_knows_its_address);
	tcase_add_test(tc, a_unix_listener_has_no_address);
	tcase_add_test(tc, a_pool_s_listener_knows_who_may_come);
	tcase_add_test(tc, a_listener_s_pool_must_be_there);
	tcase_add_test(tc, a_listener_may_be_for_some_users);
	tcase_add_test(tc, a_listener_is_for_all_users);
	tcase_add_loop_test(tc, what_is_no_user_is_refused, 0, nitems(no_users));
	tcase_add_test(tc, listeners_are_closed_before_the_plan_goes);
	tcase_add_test(tc, nobody_is_trusted_who_is_not_named);
	tcase_add_test(tc, trust_is_spelled_well);
	tcase_add_test(tc, the_last_reference_takes_everything_along);
	return stage_run(suite);
}
