/* SPDX-License-Identifier: MIT
 *
 * C++ with libfcgi's streams (libfcgi++): a request's three streams become the buffers of an
 * istream and two ostreams, which the pages get as they would get std::cin, std::cout and
 * std::cerr. One request at a time.
 */
#include <fcgio.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <istream>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

struct Request {
	FCGX_Request &raw;
	std::istream in;
	std::ostream out, err;

	std::string parameter(const char *name) const
	{
		const char *value = FCGX_GetParam(name, raw.envp);
		return value ? value : "";
	}

	std::ostream &begin(const char *type)
	{
		return out << "Content-Type: " << type << "\r\n\r\n";
	}
};

static void hello(Request &r)
{
	r.begin("text/plain") << "Hello from C++, process " << getpid() << '\n';
}

static void env(Request &r)
{
	std::set<std::string> lines;
	for (char **each = r.raw.envp; *each; each++)
		lines.insert(*each);
	r.begin("text/plain");
	for (const auto &line : lines)
		r.out << line << '\n';
}

static void echo(Request &r)
{
	std::vector<char> some(65536);
	r.begin("application/octet-stream");
	do {
		r.in.read(some.data(), static_cast<std::streamsize>(some.size()));
		r.out.write(some.data(), r.in.gcount());
	} while (r.in);
}

static void slow(Request &r)
{
	int ms = 0;
	std::sscanf(r.parameter("QUERY_STRING").c_str(), "ms=%d", &ms);
	std::this_thread::sleep_for(std::chrono::milliseconds(ms));
	r.begin("text/plain") << ms << " ms, 1 at once\n";
}

static void crash(Request &)
{
	kill(getpid(), SIGKILL);
}

static void say(Request &r)
{
	r.err << "C++ has something to say\n";
	r.begin("text/plain") << "said\n";
}

static void lost(Request &r)
{
	r.out << "Status: 404 Not Found\r\n";
	r.begin("text/plain") << "no such page\n";
}

static const std::map<std::string, void (*)(Request &)> pages{
	{"/hello", hello},
	{"/env", env},
	{"/echo", echo},
	{"/slow", slow},
	{"/crash", crash},
	{"/say", say},
};

int main()
{
	FCGX_Request raw;

	FCGX_Init();
	FCGX_InitRequest(&raw, 0, 0);
	while (FCGX_Accept_r(&raw) >= 0) {
		/* Gone, and thereby flushed, before the next request takes the place of this one.
		 */
		fcgi_streambuf in(raw.in), out(raw.out), err(raw.err);
		Request r{raw, std::istream(&in), std::ostream(&out), std::ostream(&err)};
		auto page = pages.find(r.parameter("PATH_INFO"));

		(page == pages.end() ? lost : page->second)(r);
	}
}
