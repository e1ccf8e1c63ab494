#!/bin/bash
# SPDX-License-Identifier: MIT
#
# fossil as CGI: a script whose interpreter is fossil itself. Its pages, its files, a login that lasts,
# and clone, commit and update of its own client, whose bodies are binary in both directions. The
# configuration is that of examples/fossil.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/real.sh"
needs /usr/bin/fossil:fossil

mkdir "$T/home" "$T/repos" "$T/checkout"
export HOME=$T/home USER=tester
fossil=/usr/bin/fossil
{
	# Only the server's fossil leaves processes behind for its chores, and hearth sees to their end.
	$fossil setting backoffice-disable 1 --global
	cd "$T/checkout" && $fossil init -A tester "$T/repos/project.fossil" && $fossil open "$T/repos/project.fossil"
	$fossil user password tester secret -R "$T/repos/project.fossil"
	head -c 1000000 /dev/urandom >large
	for i in {1..60}; do echo "file $i" >"file$i.txt"; done
	$fossil addremove && $fossil commit -m 'the first' --no-warnings && $fossil close
} >"$T/said" 2>&1 || fail "fossil: $(cat "$T/said")"
owned_by_pool "$T/repos"
mkdir "$T/projects"
sed "s|/srv/fossil/hello|$T/repos/project|" "$ROOT/examples/fossil/hello" >"$T/projects/hello"
chmod 755 "$T/projects/hello"
example fossil/hearth.conf -e "s|/srv/fossil/projects|$T/projects|; s|/srv/fossil|$T/repos|" >"$T/conf"
sed -n '/^\[fossil\]/,$p' "$T/conf" | sed 's|^\[fossil\]|[streamed]|; s|^route = .*|route = /streamed/|' >"$T/conf.streamed"
{ cat "$T/conf.streamed"; echo "request_buffering = no"; } >>"$T/conf"
hearth_start "$T/conf"
url=http://127.0.0.1:$PORT/hello

# ---- pages ----

get_ok /hello/timeline "the first"
get /hello -L
expect_status 200
get_ok "/hello/raw/file17.txt?ci=trunk" "file 17"
get_ok "/hello/raw/large?ci=trunk&m=application/octet-stream"
cmp "$T/body" "$T/checkout/large" || fail "the large file is another"
get /hello/nowhere
expect_status 404
get_ok /hello/style.css "div.sidebox"
etag=$(header ETag)
[ -z "$etag" ] || { get /hello/style.css -H "If-None-Match: $etag"; expect_status 304; }
get_ok /hello/zip/trunk/project.zip
[ "$(head -c 2 "$T/body")" = PK ] || fail "the archive is none"

# ---- a login: a form, a cookie, a redirect ----

get /hello/login -c "$T/cookies"
get /hello/login -b "$T/cookies" -c "$T/cookies" -e "$url/login" -d u=tester -d p=wrong -d in=Login
expect_body "incorrect"
get /hello/login -b "$T/cookies" -c "$T/cookies" -e "$url/login" -d u=tester -d p=secret -d in=Login -d g=timeline
expect_status 302
[[ $(header Location) == "$url"/* ]] || fail "it leads to $(header Location)"
get /hello/setup -b "$T/cookies"
expect_status 200
get /hello/setup
expect_status 302

# ---- clone, commit, update ----

quietly()
{
	"$@" >"$T/said" 2>&1 || fail "$*: $(tail -n 5 "$T/said")"
}

for name in whole streamed; do
	path=/hello
	[ $name = whole ] || path=/streamed/hello
	quietly $fossil clone --save-http-password "http://tester:secret@127.0.0.1:$PORT$path" "$T/$name.fossil"
	mkdir "$T/$name"
	cd "$T/$name" || exit 1
	quietly $fossil open "$T/$name.fossil"
	cmp large "$T/checkout/large" || fail "the clone's large file is another"
	head -c 500000 /dev/urandom >"new-$name"
	echo changed >>file3.txt
	quietly $fossil add "new-$name"
	quietly $fossil commit -m "a commit, $name" --no-warnings
	get_ok "$path/raw/new-$name?ci=trunk&m=application/octet-stream"
	cmp "$T/body" "new-$name" || fail "what was committed is not what is there"
done
cd "$T/whole" || exit 1
quietly $fossil update
cmp new-streamed "$T/streamed/new-streamed" || fail "the other's commit did not come"
get_ok /hello/timeline "a commit, streamed"

# ---- sixteen at once ----

cd / || exit 1
VARIES='nonce|generated in|Fossil' crowd 64 "/hello/raw/file17.txt?ci=trunk" \
	"/hello/raw/large?ci=trunk&m=application/octet-stream" /hello/style.css "/hello/raw/file18.txt?ci=trunk"
for i in {1..16}; do
	$fossil clone "http://127.0.0.1:$PORT/hello" "$T/many.$i.fossil" >"$T/said.$i" 2>&1 &
	clones[i]=$!
done
for i in {1..16}; do
	wait "${clones[i]}" || fail "clone $i of 16: $(tail -n 5 "$T/said.$i")"
	expect "what clone $i has" "$($fossil info -R "$T/many.$i.fossil" | grep -c '^project-code')" 1
done
as_pool $fossil test-integrity -R "$T/repos/project.fossil" >"$T/said" 2>&1 || fail "integrity: $(cat "$T/said")"
hearth_stop
