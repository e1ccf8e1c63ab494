/* SPDX-License-Identifier: MIT
 *
 * check_meta: what a program is told about a request (RFC 3875 4.1), and what it is not.
 */
#include "gateway/meta.h"

#include <limits.h>

#include "common/variable.h"
#include "gateway/script.h"
#include "tests/unit/gateway/stage.h"

static struct conn client;
static struct plan_listener via;
static struct request *r;
static struct buf all; /* "NAME=value\n" each */

static void up(void)
{
	stage_up();
	via = stage_via;
	client = (struct conn){.via = &via, .peer = {.port = 40001}};
	ck_assert(ip_parse(SPAN_LIT("198.51.100.7"), &client.peer.ip));
	stage_pool((struct msg_plan_pool){.pool = 1});
}

static void down(void)
{
	if (r)
		request_free(r);
	buf_free(&all);
	stage_down();
}

static bool sink(void *arg, struct span name, struct span value)
{
	struct buf *to = arg;

	ck_assert_ptr_nonnull(value.p);
	return buf_put_span(to, name) && buf_puts(to, "=") && buf_put_span(to, value) &&
	       buf_puts(to, "\n");
}

static void collect(void)
{
	buf_clear(&all);
	ck_assert(buf_puts(&all, "\n"));
	ck_assert(meta_each(r, sink, &all));
	ck_assert(buf_put(&all, "", 1));
}

static void ask(const char *head)
{
	r = stage_request(&fake_front, &client, head);
	r->pool = plan_pool(r->plan, 1);
	r->script_name = request_path(r);
	collect();
}

/* NULL: not set. Set twice is never right. */
static const char *value(const char *name)
{
	static char text[2][1024];
	static unsigned turn;
	char *to = text[turn++ % 2], key[128], *at;

	snprintf(key, sizeof key, "\n%s=", name);
	at = strstr(all.data, key);
	if (!at)
		return NULL;
	ck_assert_msg(!strstr(at + 1, key), "%s is there twice", name);
	at += strlen(key);
	snprintf(to, sizeof text[0], "%.*s", (int)strcspn(at, "\n"), at);
	return to;
}

static void is(const char *name, const char *wanted)
{
	const char *got = value(name);

	if (wanted)
		ck_assert_msg(got && strcmp(got, wanted) == 0, "%s is '%s', not '%s'", name,
			got ? got : "(not set)", wanted);
	else
		ck_assert_msg(!got, "%s is set to '%s'", name, got);
}

/* ---- the variables, for several requests ---- */

struct pair {
	const char *name, *value;
};

static const struct {
	const char *head;
	struct pair pairs[13];
} requests[] = {
	{"GET /a%20b/c?d=e%20f HTTP/1.1\r\nHost: www.example.org:8443\r\n\r\n",
		{{"GATEWAY_INTERFACE", "CGI/1.1"}, {"SERVER_SOFTWARE", "hearth/" HEARTH_VERSION},
			{"SERVER_PROTOCOL", "HTTP/1.1"}, {"SERVER_NAME", "www.example.org"},
			{"REQUEST_METHOD", "GET"}, {"REQUEST_URI", "/a%20b/c?d=e%20f"},
			{"QUERY_STRING", "d=e%20f"}, {"SCRIPT_NAME", "/a b/c"},
			{"REQUEST_SCHEME", "http"}, {"REDIRECT_STATUS", "200"},
			{"HTTP_HOST", "www.example.org:8443"}}},
	{"GET / HTTP/1.0\r\n\r\n",
		{{"SERVER_PROTOCOL", "HTTP/1.0"}, {"SERVER_NAME", "192.0.2.1"},
			{"SERVER_ADDR", "192.0.2.1"}, {"SERVER_PORT", "8080"},
			{"REMOTE_ADDR", "198.51.100.7"}, {"REMOTE_HOST", "198.51.100.7"},
			{"REMOTE_PORT", "40001"}, {"QUERY_STRING", ""}, {"REQUEST_URI", "/"},
			{"HTTP_HOST", NULL}}},
	/* RFC 3875: not set is not the same as empty. */
	{"GET /x? HTTP/1.1\r\nHost: a\r\n\r\n",
		{{"QUERY_STRING", ""}, {"REQUEST_URI", "/x?"}, {"PATH_INFO", NULL},
			{"PATH_TRANSLATED", NULL}, {"CONTENT_LENGTH", NULL}, {"CONTENT_TYPE", NULL},
			{"AUTH_TYPE", NULL}, {"REMOTE_USER", NULL}, {"REMOTE_IDENT", NULL},
			{"HTTPS", NULL}, {"SCRIPT_FILENAME", NULL}, {"DOCUMENT_ROOT", NULL}}},
	{"POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain; charset=x\r\n"
	 "Content-Length: 77\r\n\r\n",
		{{"REQUEST_METHOD", "POST"}, {"CONTENT_TYPE", "text/plain; charset=x"},
			{"CONTENT_LENGTH", "5"}, {"HTTP_CONTENT_TYPE", NULL},
			{"HTTP_CONTENT_LENGTH", NULL}}},
	{"POST /x HTTP/1.1\r\nHost: a\r\n\r\n", {{"CONTENT_LENGTH", NULL}, {"CONTENT_TYPE", NULL}}},
	/* A type without a body is a field all the same (RFC 3875 4.1.3). */
	{"GET /x HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n\r\n",
		{{"CONTENT_LENGTH", NULL}, {"CONTENT_TYPE", "text/plain"}}},
	/* A chunked body has been counted by then. */
	{"PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n",
		{{"CONTENT_LENGTH", "5"}, {"HTTP_TRANSFER_ENCODING", NULL},
			{"HTTP_TRAILER", NULL}}},
	/* The path as sent: a program that routes by it must see what the client meant. */
	{"GET /a//b/../%63?x=/../ HTTP/1.1\r\nHost: a\r\n\r\n",
		{{"REQUEST_URI", "/a//b/../%63?x=/../"}, {"SCRIPT_NAME", "/a/c"},
			{"QUERY_STRING", "x=/../"}}},
	/* RFC 9112 3.2.2: the target's authority is the host, whatever Host says. */
	{"GET http://a.example:81/x HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		{{"HTTP_HOST", "a.example:81"}, {"SERVER_NAME", "a.example"},
			{"REQUEST_URI", "/x"}}},
	{"GET http://a.example/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n",
		{{"REQUEST_URI", "/x?y"}, {"QUERY_STRING", "y"}}},
	{"GET http://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n",
		{{"REQUEST_URI", "/"}, {"QUERY_STRING", ""}}},
	{"GET http://a.example?y HTTP/1.1\r\nHost: a.example\r\n\r\n",
		{{"REQUEST_URI", "/?y"}, {"QUERY_STRING", "y"}, {"SCRIPT_NAME", "/"}}},
	{"GET http://a.example? HTTP/1.1\r\nHost: a.example\r\n\r\n",
		{{"REQUEST_URI", "/?"}, {"QUERY_STRING", ""}}},
	{"GET http://a.example/?y HTTP/1.1\r\nHost: a.example\r\n\r\n",
		{{"REQUEST_URI", "/?y"}, {"QUERY_STRING", "y"}}},
};

START_TEST(variables)
{
	r = stage_request(&fake_front, &client, requests[_i].head);
	r->pool = plan_pool(r->plan, 1);
	r->script_name = request_path(r);
	r->body_len = 5;
	r->read_whole = true;
	collect();
	for (const struct pair *p = requests[_i].pairs; p->name; p++)
		is(p->name, p->value);
}
END_TEST

/* ---- bodies: RFC 3875 4.1.2 ---- */

static const struct {
	const char *fields;
	bool whole;
	unsigned here; /* so many bytes have come */
	const char *length;
} bodies[] = {
	{"", true, 0, NULL}, {"Content-Length: 5\r\n", true, 5, "5"},
	{"Content-Length: 005\r\n", true, 5, "5"}, {"Content-Length: 5\r\n", false, 2, "5"},
	{"Content-Length: 0\r\n", true, 0, "0"}, /* framed by its client: a body, of nothing */
	{"Transfer-Encoding: chunked\r\n", true, 5, "5"},
	{"Transfer-Encoding: chunked\r\n", true, 0, "0"},
	{"Transfer-Encoding: chunked\r\n", false, 2, NULL}, /* nobody knows yet */
};

START_TEST(a_body_has_a_length)
{
	char head[256];

	snprintf(head, sizeof head, "POST /x HTTP/1.1\r\nHost: a\r\n%s\r\n", bodies[_i].fields);
	r = stage_request(&fake_front, &client, head);
	r->pool = plan_pool(r->plan, 1);
	r->read_whole = bodies[_i].whole;
	r->body_len = bodies[_i].here;
	collect();
	is("CONTENT_LENGTH", bodies[_i].length);
}
END_TEST

/* ---- who is asked: RFC 3875 4.1.14, 4.1.15 ---- */

static const struct {
	struct plan_listener via;
	const char *local; /* where the connection ends, if its listener is at any address */
	bool secure;
	const char *head;
	const char *name, *port, *addr, *host;
} places[] = {
	{{.host = "192.0.2.1", .port = "8080"}, NULL, false,
		"GET / HTTP/1.1\r\nHost: a.example\r\n", "a.example", "8080", "192.0.2.1",
		"a.example"},
	{{.host = "192.0.2.1", .port = "8080"}, NULL, false, "GET / HTTP/1.1\r\nHost: A:81\r\n",
		"A", "8080", "192.0.2.1", "A:81"},
	{{.host = "192.0.2.1", .port = "80"}, NULL, false, "GET / HTTP/1.0\r\n", "192.0.2.1", "80",
		"192.0.2.1", NULL},
	{{.host = "192.0.2.1", .port = "80"}, NULL, false,
		"GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n", "[2001:db8::1]", "80", "192.0.2.1",
		"[2001:db8::1]"},
	{{.host = "192.0.2.1", .port = "80"}, NULL, false,
		"GET / HTTP/1.1\r\nHost: [2001:db8::1]:81\r\n", "[2001:db8::1]", "80", "192.0.2.1",
		"[2001:db8::1]:81"},
	{{.host = "192.0.2.1", .port = "80"}, NULL, false,
		"GET http://b:82/ HTTP/1.1\r\nHost: a:81\r\n", "b", "80", "192.0.2.1", "b:82"},
	{{.host = "192.0.2.1", .port = "80"}, NULL, false, "GET http://[::1]:82/ HTTP/1.0\r\n",
		"[::1]", "80", "192.0.2.1", NULL},

	/* IPv6, one address or any: the brackets belong to the name, not to the address. */
	{{.host = "2001:db8::1", .port = "8080"}, NULL, false, "GET / HTTP/1.0\r\n",
		"[2001:db8::1]", "8080", "2001:db8::1", NULL},
	{{.host = "::", .port = "8080"}, "2001:db8::2", false, "GET / HTTP/1.0\r\n",
		"[2001:db8::2]", "8443", "2001:db8::2", NULL},
	{{.host = "0.0.0.0", .port = "8080"}, "192.0.2.2", false, "GET / HTTP/1.0\r\n", "192.0.2.2",
		"8443", "192.0.2.2", NULL},

	/* A unix socket has neither address nor port: what the client says is all we know. */
	{{.is_unix = true}, NULL, false, "GET / HTTP/1.0\r\n", "localhost", "80", NULL, NULL},
	{{.is_unix = true}, NULL, false, "GET / HTTP/1.1\r\nHost: a\r\n", "a", "80", NULL, "a"},
	{{.is_unix = true}, NULL, false, "GET / HTTP/1.1\r\nHost: a:\r\n", "a", "80", NULL, "a:"},
	{{.is_unix = true}, NULL, false, "GET / HTTP/1.1\r\nHost: a:81\r\n", "a", "81", NULL,
		"a:81"},
	{{.is_unix = true}, NULL, false, "GET / HTTP/1.1\r\nHost: [::1]:81\r\n", "[::1]", "81",
		NULL, "[::1]:81"},

	/* A proxy that we trust was met by https. */
	{{.host = "192.0.2.1", .port = "8080"}, NULL, true, "GET / HTTP/1.1\r\nHost: a\r\n", "a",
		"443", "192.0.2.1", "a"},
	{{.host = "192.0.2.1", .port = "8080"}, NULL, true, "GET / HTTP/1.1\r\nHost: a:8443\r\n",
		"a", "8443", "192.0.2.1", "a:8443"},
	{{.host = "192.0.2.1", .port = "8080"}, NULL, true, "GET / HTTP/1.1\r\nHost: a:\r\n", "a",
		"443", "192.0.2.1", "a:"},
	{{.host = "192.0.2.1", .port = "8080"}, NULL, true,
		"GET http://b:81/ HTTP/1.1\r\nHost: a\r\n", "b", "81", "192.0.2.1", "b:81"},
	{{.host = "192.0.2.1", .port = "8080"}, NULL, true, "GET / HTTP/1.0\r\n", "192.0.2.1",
		"443", "192.0.2.1", NULL},
	{{.is_unix = true}, NULL, true, "GET / HTTP/1.1\r\nHost: a\r\n", "a", "443", NULL, "a"},
};

START_TEST(the_server_as_the_client_sees_it)
{
	char head[256];

	via = places[_i].via;
	if (places[_i].local) {
		ck_assert(ip_parse(span_of(places[_i].local), &client.local.ip));
		client.local.port = 8443;
	}
	snprintf(head, sizeof head, "%s\r\n", places[_i].head);
	r = stage_request(&fake_front, &client, head);
	r->pool = plan_pool(r->plan, 1);
	r->secure = places[_i].secure;
	collect();
	is("SERVER_NAME", places[_i].name);
	is("SERVER_PORT", places[_i].port);
	is("SERVER_ADDR", places[_i].addr);
	is("HTTP_HOST", places[_i].host);
	is("HTTPS", places[_i].secure ? "on" : NULL);
	is("REQUEST_SCHEME", places[_i].secure ? "https" : "http");
}
END_TEST

/* ---- the path: RFC 3875 4.1.5, 4.1.6, 4.1.7, 4.1.13 ---- */

/* Files, and routes that find them. Paths of variables are below the stage's directory. */
static const struct {
	enum msg_pool_kind kind;
	enum msg_route_kind route;
	const char *at, *target;
	const char *script_name, *path_info, *translated, *file, *query;
} paths[] = {
	{POOL_CGI, ROUTE_PREFIX, "/bin/", "/bin/run", "/bin/run", NULL, NULL, "cgi/run", ""},
	{POOL_CGI, ROUTE_PREFIX, "/bin/", "/bin/run?", "/bin/run", NULL, NULL, "cgi/run", ""},
	{POOL_CGI, ROUTE_PREFIX, "/bin/", "/bin/run/", "/bin/run", "/", "www/", "cgi/run", ""},
	{POOL_CGI, ROUTE_PREFIX, "/bin/", "/bin/run/a/b?c=d", "/bin/run", "/a/b", "www/a/b",
		"cgi/run", "c=d"},
	{POOL_CGI, ROUTE_PREFIX, "/bin/", "/bin/sub/x/y", "/bin/sub/x", "/y", "www/y", "cgi/sub/x",
		""},
	{POOL_CGI, ROUTE_PREFIX, "/bin/", "/bin/sub%2ed/an%20x/y%20z", "/bin/sub.d/an x", "/y z",
		"www/y z", "cgi/sub.d/an x", ""},
	{POOL_CGI, ROUTE_PREFIX, "/bin/", "/b%69n/r%75n/a%2Bb+c%25", "/bin/run", "/a+b+c%",
		"www/a+b+c%", "cgi/run", ""},
	{POOL_CGI, ROUTE_PREFIX, "/bin/", "/bin/run/%C3%BC/%E2%82%AC?%C3%BC=%ff", "/bin/run",
		"/\xc3\xbc/\xe2\x82\xac", "www/\xc3\xbc/\xe2\x82\xac", "cgi/run", "%C3%BC=%ff"},
	{POOL_CGI, ROUTE_PREFIX, "/bin/", "/bin/run/a;b=c,d/e%3bf", "/bin/run", "/a;b=c,d/e;f",
		"www/a;b=c,d/e;f", "cgi/run", ""},
	{POOL_CGI, ROUTE_PREFIX, "/bin/", "/bin/run/this%2eis%2epath%3Binfo", "/bin/run",
		"/this.is.path;info", "www/this.is.path;info", "cgi/run", ""},
	{POOL_CGI, ROUTE_PREFIX, "/bin/", "/bin/run/a//b/../c/.", "/bin/run", "/a/c/", "www/a/c/",
		"cgi/run", ""},
	{POOL_CGI, ROUTE_PREFIX, "/bin/", "/bin/run/%3fa=b?c?d%3F&e=/../f", "/bin/run", "/?a=b",
		"www/?a=b", "cgi/run", "c?d%3F&e=/../f"},
	{POOL_CGI, ROUTE_PREFIX, "/bin/", "/bin/run?a=%zz%", "/bin/run", NULL, NULL, "cgi/run",
		"a=%zz%"},
	{POOL_CGI, ROUTE_PREFIX, "/bin/", "/bin/run/A/b", "/bin/run", "/A/b", "www/A/b", "cgi/run",
		""},
	{POOL_CGI, ROUTE_PREFIX, "/", "/run/a", "/run", "/a", "www/a", "cgi/run", ""},
	{POOL_CGI, ROUTE_EXACT, "/deep/run", "/deep/run?x", "/deep/run", NULL, NULL, "cgi/run",
		"x"},
	{POOL_CGI, ROUTE_SUFFIX, ".cgi", "/dir.cgi/one.cgi/a%20b", "/dir.cgi/one.cgi", "/a b",
		"www/a b", "cgi/dir.cgi/one.cgi", ""},
	{POOL_FASTCGI, ROUTE_PREFIX, "/app/", "/app", "/app", NULL, NULL, "www/app", ""},
	{POOL_FASTCGI, ROUTE_PREFIX, "/app/", "/app/", "/app", "/", "www/", "www/app", ""},
	{POOL_FASTCGI, ROUTE_PREFIX, "/app/", "/app/a%20b?c", "/app", "/a b", "www/a b", "www/app",
		"c"},
	{POOL_FASTCGI, ROUTE_PREFIX, "/", "/a", "", "/a", "www/a", "www", ""},
	{POOL_FASTCGI, ROUTE_EXACT, "/one", "/one?", "/one", NULL, NULL, "www/one", ""},
	{POOL_FASTCGI, ROUTE_SUFFIX, ".php", "/p.php/x/y.php", "/p.php", "/x/y.php", "www/x/y.php",
		"www/p.php", ""},
};

static void make_tree(void)
{
	static const char *const dirs[] = {"cgi", "cgi/sub", "cgi/sub.d", "cgi/dir.cgi", "www"};
	static const char *const files[] = {
		"cgi/run", "cgi/sub/x", "cgi/sub.d/an x", "cgi/dir.cgi/one.cgi", "www/p.php"};

	for (size_t i = 0; i < nitems(dirs); i++)
		stage_mkdir(dirs[i]);
	for (size_t i = 0; i < nitems(files); i++)
		stage_file(files[i], 0755, SPAN_LIT("x"));
}

START_TEST(the_path_in_its_parts)
{
	const bool cgi = paths[_i].kind == POOL_CGI;
	char head[256];

	make_tree();
	stage_plan((struct msg_plan_gateway){.document_root = span_of(stage_path("www"))});
	stage_pool((struct msg_plan_pool){
		.kind = paths[_i].kind, .directory = cgi ? span_of(stage_path("cgi")) : SPAN_NONE});
	stage_route(paths[_i].route, paths[_i].at);
	stage_seal();
	snprintf(head, sizeof head, "GET %s HTTP/1.0\r\n\r\n", paths[_i].target);
	r = stage_request(&fake_front, &client, head);
	ck_assert(
		route_find(r->plan->routes, r->plan->nroutes, r->host, request_path(r), &r->match));
	r->pool = plan_pool(r->plan, 1);
	ck_assert_int_eq(script_find(r), 0);
	collect();
	is("SCRIPT_NAME", paths[_i].script_name);
	is("PATH_INFO", paths[_i].path_info);
	is("PATH_TRANSLATED", paths[_i].translated ? stage_path(paths[_i].translated) : NULL);
	is("SCRIPT_FILENAME", stage_path(paths[_i].file));
	is("QUERY_STRING", paths[_i].query);
	is("REQUEST_URI", paths[_i].target);
	is("DOCUMENT_ROOT", stage_path("www"));
}
END_TEST

/* RFC 3875 6.2.2: it is a GET without a body, of what came with the first request to the same host.
 */
START_TEST(a_local_redirect)
{
	ask("POST /x?y HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"
	    "Content-Length: 5\r\nCookie: c\r\n\r\n");
	r->body_len = 5;
	ck_assert(request_move(r, SPAN_LIT("/there/%41?z")));
	buf_clear(&r->path);
	ck_assert(buf_reserve(&r->path, 100));
	ck_assert_int_eq(http_target_parse(request_target(r), false, false, buf_tail(&r->path),
				 buf_room(&r->path), &r->target),
		0);
	collect();
	is("REQUEST_METHOD", "GET");
	is("REQUEST_URI", "/there/%41?z");
	is("QUERY_STRING", "z");
	is("CONTENT_LENGTH", NULL);
	is("CONTENT_TYPE", NULL);
	is("HTTP_COOKIE", "c");
	is("SERVER_NAME", "a");
}
END_TEST

START_TEST(script_and_path)
{
	struct request *was;

	ask("GET /cgi-bin/x.py/a%20b HTTP/1.1\r\nHost: a\r\n\r\n");
	was = r;
	was->script_name = SPAN_LIT("/cgi-bin/x.py");
	was->path_info = SPAN_LIT("/a b");
	ck_assert(buf_puts(&was->script_file, "/srv/cgi-bin/x.py"));
	ck_assert(buf_puts(&was->path_translated, "/srv/www/a b"));
	collect();
	is("SCRIPT_NAME", "/cgi-bin/x.py");
	is("PATH_INFO", "/a b");
	is("PATH_TRANSLATED", "/srv/www/a b");
	is("SCRIPT_FILENAME", "/srv/cgi-bin/x.py");
	was->script_name = SPAN_NONE; /* an application at the root */
	collect();
	is("SCRIPT_NAME", "");
}
END_TEST

START_TEST(the_root_is_the_plans_or_the_pools)
{
	struct msg_plan_gateway row = {.document_root = SPAN_LIT("/srv/www")};

	stage_plan(_i ? row : (struct msg_plan_gateway){0});
	stage_pool((struct msg_plan_pool){.directory = SPAN_LIT("/srv/app")});
	ask("GET / HTTP/1.0\r\n\r\n");
	is("DOCUMENT_ROOT", _i ? "/srv/www" : "/srv/app");
}
END_TEST

/* What the program's user cannot see is not told. */
static const struct {
	const char *document_root, *directory, *root, *translated;
} jails[] = {
	{"/jail/www", NULL, "/www", "/www/i"},
	{"/jail/www", "/jail/cgi", "/www", "/www/i"},
	{"/jail", "/jail/cgi", "/", "/i"},
	{"/srv/www", "/jail/cgi", "/cgi", NULL},
	{NULL, "/jail/cgi", "/cgi", "/cgi/i"},
	{"/srv/www", NULL, "/", NULL},
	{NULL, NULL, "/", NULL},
	{"/jailed/www", NULL, "/", NULL},
};

START_TEST(in_another_root_paths_are_those_in_there)
{
	const char *root = jails[_i].document_root ? jails[_i].document_root : jails[_i].directory;

	stage_plan((struct msg_plan_gateway){.document_root = span_of(jails[_i].document_root)});
	stage_pool((struct msg_plan_pool){
		.directory = span_of(jails[_i].directory), .chroot = SPAN_LIT("/jail")});
	ask("GET / HTTP/1.0\r\n\r\n");
	buf_puts(&r->script_file, "/jail/cgi/x");
	if (root)
		buf_putf(&r->path_translated, "%s/i", root);
	collect();
	is("DOCUMENT_ROOT", jails[_i].root);
	is("SCRIPT_FILENAME", "/cgi/x");
	is("PATH_TRANSLATED", jails[_i].translated);
	buf_clear(&r->script_file);
	buf_puts(&r->script_file, "/srv/www/x");
	collect();
	is("SCRIPT_FILENAME", NULL);
}
END_TEST

START_TEST(ends_without_addresses)
{
	via = (struct plan_listener){.fd = -1, .is_unix = true};
	client.peer = (struct endpoint){0};
	ask("GET / HTTP/1.0\r\n\r\n");
	is("REMOTE_ADDR", "127.0.0.1");
	is("REMOTE_HOST", "127.0.0.1");
	is("REMOTE_PORT", NULL);
	is("SERVER_ADDR", NULL);
	is("SERVER_NAME", "localhost");
	is("SERVER_PORT", "80");
}
END_TEST

START_TEST(the_connection_knows_better_than_a_listener_at_any_address)
{
	strcpy(via.host, "0.0.0.0");
	ck_assert(ip_parse(SPAN_LIT("203.0.113.9"), &client.local.ip));
	ask("GET / HTTP/1.0\r\n\r\n");
	is("SERVER_ADDR", "203.0.113.9");
	is("SERVER_NAME", "203.0.113.9");
}
END_TEST

/* As the proxy before us has said. */
START_TEST(the_client_is_the_requests)
{
	r = stage_request(&fake_front, &client, "GET / HTTP/1.0\r\n\r\n");
	r->pool = plan_pool(r->plan, 1);
	ck_assert(ip_parse(SPAN_LIT("2001:db8::9"), &r->client.ip));
	r->client.port = 0;
	client.local.port = 8443;
	collect();
	is("REMOTE_ADDR", "2001:db8::9");
	is("REMOTE_HOST", "2001:db8::9");
	is("REMOTE_PORT", NULL);
	is("SERVER_PORT", "8443");
	is("HTTPS", NULL);
	is("REQUEST_SCHEME", "http");
}
END_TEST

START_TEST(every_request_has_an_id)
{
	char id[17];

	ask("GET / HTTP/1.0\r\n\r\n");
	snprintf(id, sizeof id, "%016llx", (unsigned long long)r->id);
	is("REQUEST_ID", id);
}
END_TEST

/* ---- header fields ---- */

static const struct {
	const char *fields;
	struct pair pair;
} headers[] = {
	{"Accept-Language: de\r\n", {"HTTP_ACCEPT_LANGUAGE", "de"}},
	{"x-FOO-9: bar\r\n", {"HTTP_X_FOO_9", "bar"}},
	{"X-Empty:\r\n", {"HTTP_X_EMPTY", ""}},
	{"X: \t a b \t\r\n", {"HTTP_X", "a b"}},

	/* Names that could pass themselves off for others. */
	{"X_Foo: evil\r\n", {"HTTP_X_FOO", NULL}},
	{"X_Foo: evil\r\nX-Foo: good\r\n", {"HTTP_X_FOO", "good"}},
	{"X-Foo: good\r\nX_Foo: evil\r\n", {"HTTP_X_FOO", "good"}},
	{"X.Foo: evil\r\n", {"HTTP_X.FOO", NULL}},
	{"X'Foo: evil\r\n", {"HTTP_X'FOO", NULL}},

	/* httpoxy, secrets, ours. */
	{"Proxy: evil\r\n", {"HTTP_PROXY", NULL}},
	{"pRoXy: evil\r\n", {"HTTP_PROXY", NULL}},
	{"Authorization: Basic eDp5\r\n", {"HTTP_AUTHORIZATION", NULL}},
	{"Proxy-Authorization: Basic eDp5\r\n", {"HTTP_PROXY_AUTHORIZATION", NULL}},
	{"Redirect-Status: 200\r\n", {"HTTP_REDIRECT_STATUS", NULL}},
	{"REDIRECT-status: 200\r\n", {"REDIRECT_STATUS", "200"}},
	{"Proxy-Connection: x\r\n", {"HTTP_PROXY_CONNECTION", "x"}},
	{"Trailer: x\r\n", {"HTTP_TRAILER", NULL}},
	{"Authorization: Basic eDp5\r\n", {"AUTH_TYPE", NULL}},

	/* Fields of one name are one list. */
	{"X: a\r\nY: b\r\nx: c\r\nX: d\r\n", {"HTTP_X", "a, c, d"}},
	{"X: a\r\nX:\r\n", {"HTTP_X", "a, "}},
	{"Cookie: a=b\r\ncookie: c=d\r\n", {"HTTP_COOKIE", "a=b; c=d"}},
	{"Cookie2: a\r\nCookie2: b\r\n", {"HTTP_COOKIE2", "a, b"}},
};

START_TEST(fields_become_variables)
{
	char head[512];

	snprintf(head, sizeof head, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", headers[_i].fields);
	ask(head);
	is(headers[_i].pair.name, headers[_i].pair.value);
}
END_TEST

/* Shellshock: what bash would have run. */
static const struct pair functions[] = {
	{"X-Evil: () { :; }; evil\r\n", "HTTP_X_EVIL"},
	{"User-Agent:\t() {\r\n", "HTTP_USER_AGENT"},
	{"Content-Type: () { :; }; evil\r\n", "CONTENT_TYPE"},
	{"X: () { :; }\r\nX: b\r\n", "HTTP_X"},
	{"Cookie: () { a=b\r\nCookie: b\r\n", "HTTP_COOKIE"},
};

START_TEST(functions_are_not_passed)
{
	char head[256];

	snprintf(head, sizeof head, "GET /() HTTP/1.1\r\nHost: a\r\n%sY: (){ :; }\r\n\r\n",
		functions[_i].name);
	ask(head);
	is(functions[_i].value, NULL);
	is("HTTP_Y", "(){ :; }"); /* not for bash */
	ck_assert_ptr_nonnull(strstr(stage_logged(), functions[_i].value));
	ck_assert_ptr_nonnull(strstr(stage_logged(), "looks like a function for bash"));
}
END_TEST

START_TEST(the_log_is_not_flooded_with_functions)
{
	ask("GET / HTTP/1.1\r\nHost: a\r\nX: () {\r\nY: () {\r\nZ: () {\r\n\r\n");
	collect();
	is("HTTP_X", NULL);
	is("HTTP_Z", NULL);
	ck_assert_ptr_nonnull(strstr(stage_logged(), "HTTP_X looks like"));
	ck_assert_ptr_null(strstr(stage_logged(), "HTTP_Y"));
	ck_assert_ptr_null(strstr(strstr(stage_logged(), "HTTP_X") + 1, "HTTP_X"));
}
END_TEST

START_TEST(passwords_are_for_those_who_ask)
{
	stage_plan((struct msg_plan_gateway){0});
	stage_pool((struct msg_plan_pool){.kind = _i ? POOL_CGI : POOL_FASTCGI,
		.directory = SPAN_LIT("/srv"),
		.pass_authorization = 1});
	ask("GET / HTTP/1.1\r\nHost: a\r\nauthorization: Basic eDp5\r\n"
	    "Proxy-Authorization: Basic eDp5\r\n\r\n");
	is("HTTP_AUTHORIZATION", "Basic eDp5");
	is("HTTP_PROXY_AUTHORIZATION", NULL);
	is("AUTH_TYPE", NULL); /* nobody has looked at it */
	is("REMOTE_USER", NULL);
}
END_TEST

/* What the manager refuses to configure is what is computed here, and nothing less. */
START_TEST(all_that_is_computed_is_known_as_such)
{
	unsigned n = 0;

	r = stage_request(&fake_front, &client,
		"POST /a HTTP/1.0\r\nContent-Type: b\r\nContent-Length: 1\r\n\r\n");
	r->pool = plan_pool(r->plan, 1);
	r->script_name = r->path_info = request_path(r);
	ck_assert(buf_puts(&r->script_file, "/f") && buf_puts(&r->path_translated, "/t"));
	r->secure = true;
	collect();
	for (const char *p = all.data + 1; *p; p = strchr(p, '\n') + 1, n++)
		ck_assert_msg(variable_is_computed((struct span){p, strcspn(p, "=")}), "%s", p);
	ck_assert_uint_eq(n, 22); /* DOCUMENT_ROOT is not known here */
	ck_assert(variable_is_computed(SPAN_LIT("REMOTE_USER")));
	ck_assert(!variable_is_computed(SPAN_LIT("HTTP_HOST")));
	ck_assert(!variable_is_computed(SPAN_LIT("remote_user")));
}
END_TEST

START_TEST(no_field_stands_alone)
{
	ask("GET / HTTP/1.1\r\nHost: a\r\nPATH: /evil\r\nLD-PRELOAD: x\r\nREMOTE-USER: root\r\n"
	    "Script-Filename: /etc/passwd\r\nHTTPS: on\r\n\r\n");
	is("PATH", NULL);
	is("LD_PRELOAD", NULL);
	is("REMOTE_USER", NULL);
	is("SCRIPT_FILENAME", NULL);
	is("HTTPS", NULL);
	is("HTTP_HTTPS", "on");
	is("HTTP_PATH", "/evil");
}
END_TEST

START_TEST(very_long_names_are_not_passed)
{
	char head[600], name[300];

	memset(name, 'X', sizeof name);
	name[251] = '\0';
	snprintf(head, sizeof head, "GET / HTTP/1.1\r\nHost: a\r\n%s: y\r\n\r\n", name);
	ask(head);
	ck_assert_ptr_nonnull(strstr(all.data, "XX=y"));
	request_free(r);
	name[251] = 'X';
	name[252] = '\0';
	snprintf(head, sizeof head, "GET / HTTP/1.1\r\nHost: a\r\n%s: y\r\n\r\n", name);
	ask(head);
	ck_assert_ptr_null(strstr(all.data, "XX=y"));
}
END_TEST

/* ---- what the configuration says ---- */

static void configure(const char *name, const char *text)
{
	ck_assert_ptr_null(plan_add_env(
		lane_here->plan, &(struct msg_plan_env){1, span_of(name), span_of(text)}));
}

START_TEST(configured_variables_are_passed)
{
	configure("APP_MODE", "x=y z");
	configure("EMPTY", "");
	configure("PATH", "/opt/bin");
	ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	is("APP_MODE", "x=y z");
	is("EMPTY", "");
	is("PATH", "/opt/bin");
}
END_TEST

START_TEST(configured_variables_never_replace_computed_ones)
{
	configure("REMOTE_ADDR", "evil");
	configure("SCRIPT_FILENAME", "evil"); /* not set here, but ours to set */
	configure("AUTH_TYPE", "evil");
	configure("REMOTE_USER", "evil");
	configure("HTTPS", "on");
	ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	is("REMOTE_ADDR", "198.51.100.7");
	is("SCRIPT_FILENAME", NULL);
	is("AUTH_TYPE", NULL);
	is("REMOTE_USER", NULL);
	is("HTTPS", NULL);
}
END_TEST

START_TEST(fields_never_replace_configured_variables)
{
	configure("HTTP_X_KEY", "good");
	ask("GET / HTTP/1.1\r\nHost: a\r\nX-Key: evil\r\nX-Other: y\r\n\r\n");
	is("HTTP_X_KEY", "good");
	is("HTTP_X_OTHER", "y");
}
END_TEST

static bool sated(void *arg, struct span name, struct span text)
{
	unsigned *left = arg;

	(void)name, (void)text;
	return (*left)-- > 0;
}

/* A sink without memory is asked no further, whoever was speaking. */
START_TEST(a_sink_may_have_enough)
{
	unsigned n = 0, all_of_them = 0;

	configure("A", "b");
	ask("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\nX: b\r\n\r\n");
	for (const char *p = all.data + 1; *p; p++)
		all_of_them += *p == '\n';
	for (; n < all_of_them; n++) {
		unsigned left = n;
		ck_assert(!meta_each(r, sated, &left));
		ck_assert_uint_eq(left, UINT_MAX);
	}
	ck_assert(meta_each(r, sated, &n));
	ck_assert_uint_eq(n, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("meta");
	TCase *tc = tcase_create("meta");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, up, down);
	tcase_add_loop_test(tc, variables, 0, nitems(requests));
	tcase_add_loop_test(tc, a_body_has_a_length, 0, nitems(bodies));
	tcase_add_test(tc, a_local_redirect);
	tcase_add_loop_test(tc, the_server_as_the_client_sees_it, 0, nitems(places));
	tcase_add_loop_test(tc, the_path_in_its_parts, 0, nitems(paths));
	tcase_add_test(tc, script_and_path);
	tcase_add_loop_test(tc, the_root_is_the_plans_or_the_pools, 0, 2);
	tcase_add_loop_test(tc, in_another_root_paths_are_those_in_there, 0, nitems(jails));
	tcase_add_test(tc, ends_without_addresses);
	tcase_add_test(tc, the_connection_knows_better_than_a_listener_at_any_address);
	tcase_add_test(tc, the_client_is_the_requests);
	tcase_add_test(tc, every_request_has_an_id);
	tcase_add_loop_test(tc, fields_become_variables, 0, nitems(headers));
	tcase_add_loop_test(tc, functions_are_not_passed, 0, nitems(functions));
	tcase_add_test(tc, the_log_is_not_flooded_with_functions);
	tcase_add_loop_test(tc, passwords_are_for_those_who_ask, 0, 2);
	tcase_add_test(tc, all_that_is_computed_is_known_as_such);
	tcase_add_test(tc, no_field_stands_alone);
	tcase_add_test(tc, very_long_names_are_not_passed);
	tcase_add_test(tc, configured_variables_are_passed);
	tcase_add_test(tc, configured_variables_never_replace_computed_ones);
	tcase_add_test(tc, fields_never_replace_configured_variables);
	tcase_add_test(tc, a_sink_may_have_enough);
	return stage_run(suite);
}
