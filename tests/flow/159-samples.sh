#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Every script in cgi-bin/ answers right under what `make run` runs (those with forms have a test of
# their own), and the page at / links and explains all of them. Those whose interpreter is not
# installed are no errors there, and are named here.
# variants: plain
. "$(dirname "$0")/lib.sh"
# shellcheck source=samples.sh
. "$(dirname "$0")/samples.sh"

# ---- hello, hello-c, env ----------------------------------------------------------------------

get_ok /cgi-bin/hello 'Hello from process '
get /cgi-bin/hello --data-binary "@$T/large"
expect_status 200

get_ok '/cgi-bin/hello-c?x=y&name=%3Cb%3E+%26+B%c3%a9a&z' $'<h1>Hello, &#60;b&#62; &#38; B\xc3\xa9a</h1>'
get_ok '/cgi-bin/hello-c?name=%zz%4' '<h1>Hello, %zz%4</h1>'
get_ok '/cgi-bin/hello-c?names=1' '<h1>Hello, world</h1>'
get_ok "/cgi-bin/hello-c?name=$(head -c 1000 "$T/large")"
[ "$(stat -c %s "$T/body")" -lt 700 ] || fail "a name without bound"
get /cgi-bin/hello-c --data-binary "@$T/large"
expect_status 200

get_ok '/cgi-bin/env/a%20b?q=%3Cb%3E' '<th scope="row">PATH_INFO</th><td>/a b</td>'
expect_body '<th scope="row">QUERY_STRING</th><td>q=%3Cb%3E</td>'
get /cgi-bin/env -H 'X-Test: <b>"&' -X DELETE
expect_body '<th scope="row">HTTP_X_TEST</th><td>&lt;b&gt;&quot;&amp;</td>'
expect_body '<th scope="row">REQUEST_METHOD</th><td>DELETE</td>'

# ---- chart ------------------------------------------------------------------------------------

get_ok /cgi-bin/chart 'aria-label="bars: 3,1,4'
well_formed
get_ok '/cgi-bin/chart?1,2.5%2C3' 'aria-label="bars: 1,2.5,3"'
expect "bars" "$(grep -c '<rect' "$T/body")" 3
get_ok '/cgi-bin/chart?0'
for query in a '1,,2' '1,2,' '-1' '%3Cb%3E' 1e9 1234567890 "$(printf '%s,' {1..50})1"; do
	refused 400 "/cgi-bin/chart?$query"
done

# ---- clock ------------------------------------------------------------------------------------

if installed clock; then
	get_ok /cgi-bin/clock 'new EventSource('
	get_ok '/cgi-bin/clock?events=2'
	expect "type of events" "$(header Content-Type)" text/event-stream
	expect "events" "$(grep -cE '^data: [0-9]{2}:[0-9]{2}:[0-9]{2}$' "$T/body")" 2
	get /cgi-bin/clock --head -H 'Accept: text/event-stream'
	expect "type of HEAD" "$(header Content-Type)" text/event-stream
	only_get /cgi-bin/clock
fi

# ---- calendar.php -----------------------------------------------------------------------------

if installed calendar.php; then
	get_ok /cgi-bin/calendar.php/2024/2 '<h1>February 2024</h1>'
	expect_body '<td>29</td>'
	! grep -q '<td>30</td>' "$T/body" || fail "a day too many"
	expect_body 'href="/cgi-bin/calendar.php/2024/01"'
	expect_body 'href="/cgi-bin/calendar.php/2024/03"'
	expect "X-Powered-By" "$(header X-Powered-By)" ''
	get_ok /cgi-bin/calendar.php 'class="today"'
	for path in /2024/13 /2024/0 /2024 /1/1 '/2024/2/1' '/%3Cb%3E'; do
		refused 404 "/cgi-bin/calendar.php$path"
	done
	only_get /cgi-bin/calendar.php
fi

# ---- redirect ---------------------------------------------------------------------------------

if installed redirect; then
	there=http://127.0.0.1:$PORT/cgi-bin/hello
	get_ok /cgi-bin/redirect 'href="/cgi-bin/redirect/local"'
	get /cgi-bin/redirect/client
	expect_status 302
	expect Location "$(header Location)" "$there"
	get /cgi-bin/redirect/document
	expect_status 303
	expect Location "$(header Location)" "$there"
	expect_body 'It is <a href="/cgi-bin/hello">there</a>'
	refused 404 /cgi-bin/redirect/http://example.org/
	only_get /cgi-bin/redirect
fi

# ---- nph-teapot -------------------------------------------------------------------------------

if installed nph-teapot; then
	get /cgi-bin/nph-teapot
	expect_status 418
	expect_body "I'm a teapot, short and stout."
	get /cgi-bin/nph-teapot --head
	expect_status 418
fi

# ---- style, source ----------------------------------------------------------------------------

get_ok /cgi-bin/style ':root {'
expect "type of the style" "$(header Content-Type)" "text/css; charset=utf-8"
etag=$(header ETag)
[[ $etag == \"?*\" ]] || fail "no entity tag: $etag"
for tags in "$etag" "\"a\", W/$etag" '*'; do
	get /cgi-bin/style -H "If-None-Match: $tags"
	expect_status 304
done
get /cgi-bin/style -H 'If-None-Match: "other"'
expect_status 200

for name in hello hello.c index.cgi calendar.php; do
	get_ok "/cgi-bin/source?$name"
	cmp "$T/body" "$ROOT/cgi-bin/$name" || fail "not the source of $name"
done
get_ok '/cgi-bin/source?hello-c' 'int main(void)'
get_ok /cgi-bin/source 'source: the text of one of these samples'
for name in ../conf/sample.conf /etc/passwd .hidden .. none '%2e%2e/x' 'a+b' '*'; do
	refused 404 "/cgi-bin/source?$name"
done

# ---- the index page ---------------------------------------------------------------------------

# The page has a link to each of them, which leads to no error, and says what it is written in.
each_is_linked()
{
	local file name
	for file in "$SERVED"/*; do
		name=${file##*/}
		case $name in
		*.c | index.cgi) continue ;;
		esac
		installed "$name" || continue
		expect_body "<a href=\"/cgi-bin/$name\">$name</a> <span class=\"tag\">"
	done
	for name in shell C Perl Ruby Python awk JavaScript PHP Tcl Lua; do
		expect_body "<span class=\"tag\">$name</span>"
	done
	! grep -E '<p></p>|<span class="tag">[^A-Za-z]' "$T/body" || fail "a sample that does not explain itself"
}
get_ok / '<h1>hearth</h1>'
each_is_linked
expect_body '<a href="/hello/">hello, warm</a>'
for link in $(grep -o ' \(href\|src\)="[^"]*"' "$T/body" | cut -d'"' -f2 | sort -u); do
	get "$link"
	[ "$STATUS" -lt 500 ] && { [ "$STATUS" -lt 400 ] || [ "$STATUS" = 418 ]; } || fail "status $STATUS for $link"
done
get_ok /hello/ 'kept warm by hearth'
for path in /cgi-bin/index.cgi /cgi-bin/; do
	get_ok $path '<h1>hearth</h1>'
	each_is_linked
done

# An interpreter that is not there is no error.
sed -i '1s|.*|#!/opt/not/there/ruby|' "$SERVED/form"
get_ok / 'Ruby is not installed here: <code>apt install ruby</code>'
! grep -q 'href="/cgi-bin/form"' "$T/body" || fail "a link to what cannot be run"
rm "$SERVED/hello-c"
get_ok / 'Not compiled here'
hearth_stop
[ -z "$(find "$T" -maxdepth 1 -name 'hearth-sample.*')" ] || fail "the copy of the site is left behind"

# ---- and under hearth serve -------------------------------------------------------------------

serve "$T/tree/examples/site" -l "$PORT"
grep -q "http://127.0.0.1:$PORT/cgi-bin/hello" "$T/stdout" || fail "no links: $(cat "$T/stdout")"
get_ok / 'url=/cgi-bin/index.cgi'
get_ok /cgi-bin/index.cgi 'Not compiled here'
get_ok /cgi-bin/hello 'Hello from process '
hearth_stop INT

all_were_installed
