#!/bin/bash
# SPDX-License-Identifier: MIT
#
# fossil as CGI: a script whose interpreter is fossil itself. Its pages, its files, a login that lasts,
# and clone, commit and update of its own client, whose bodies are binary in both directions.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/real.sh"
needs /usr/bin/fossil:fossil

mkdir "$T/home" "$T/repos" "$T/work"
export HOME=$T/home USER=tester
fossil=/usr/bin/fossil
{
	# Only the server's fossil leaves a process behind for chores, which ends with its pool.
	$fossil setting backoffice-disable 1 --global
	cd "$T/work" && $fossil init -A tester "$T/repos/project.fossil" && $fossil open "$T/repos/project.fossil"
	$fossil user password tester secret -R "$T/repos/project.fossil"
	head -c 3000000 /dev/urandom >large
	for i in {1..200}; do echo "file $i" >"file$i.txt"; done
	$fossil addremove && $fossil commit -m 'the first' --no-warnings && $fossil close
} >"$T/said" 2>&1 || fail "fossil: $(cat "$T/said")"
owned_by_pool "$T/repos"
script fossil <<END_OF_SCRIPT
#!/usr/bin/fossil
repository: $T/repos/project.fossil
END_OF_SCRIPT
for pool in scripts streams; do
	script_pool "max_body = 100m" "env[HOME] = $T/repos"
done | awk '/^\[/ && n++ { sub(/scripts/, "streams"); last = 1 } last { sub(/route = .*/, "route = /streamed/") } { print }
	END { print "request_buffering = no" }' >"$T/pools"
{ head_of_conf; cat "$T/pools"; } >"$T/conf"
hearth_start "$T/conf"
url=http://127.0.0.1:$PORT/cgi-bin/fossil

# ---- pages ----

get_ok /cgi-bin/fossil/timeline "the first"
get /cgi-bin/fossil -L
expect_status 200
get_ok "/cgi-bin/fossil/raw/file17.txt?ci=trunk" "file 17"
get_ok "/cgi-bin/fossil/raw/large?ci=trunk&m=application/octet-stream"
cmp "$T/body" "$T/work/large" || fail "the large file is another"
get /cgi-bin/fossil/nowhere
expect_status 404
get_ok /cgi-bin/fossil/style.css "div.sidebox"
etag=$(header ETag)
[ -z "$etag" ] || { get /cgi-bin/fossil/style.css -H "If-None-Match: $etag"; expect_status 304; }
get_ok /cgi-bin/fossil/zip/trunk/project.zip
[ "$(head -c 2 "$T/body")" = PK ] || fail "the archive is none"

# ---- a login: a form, a cookie, a redirect ----

get /cgi-bin/fossil/login -c "$T/cookies"
get /cgi-bin/fossil/login -b "$T/cookies" -c "$T/cookies" -e "$url/login" -d u=tester -d p=wrong -d in=Login
expect_body "incorrect"
get /cgi-bin/fossil/login -b "$T/cookies" -c "$T/cookies" -e "$url/login" -d u=tester -d p=secret -d in=Login -d g=timeline
expect_status 302
[[ $(header Location) == "$url"/* ]] || fail "it leads to $(header Location)"
get /cgi-bin/fossil/setup -b "$T/cookies"
expect_status 200
get /cgi-bin/fossil/setup
expect_status 302

# ---- clone, commit, update ----

quietly()
{
	"$@" >"$T/said" 2>&1 || fail "$*: $(tail -n 5 "$T/said")"
}

for pool in cgi-bin streamed; do
	quietly $fossil clone --save-http-password "http://tester:secret@127.0.0.1:$PORT/$pool/fossil" "$T/$pool.fossil"
	mkdir "$T/$pool"
	cd "$T/$pool" || exit 1
	quietly $fossil open "$T/$pool.fossil"
	cmp large "$T/work/large" || fail "the clone's large file is another"
	head -c 2000000 /dev/urandom >"new-$pool"
	echo changed >>file3.txt
	quietly $fossil add "new-$pool"
	quietly $fossil commit -m "a commit over $pool" --no-warnings
	get_ok "/$pool/fossil/raw/new-$pool?ci=trunk&m=application/octet-stream"
	cmp "$T/body" "new-$pool" || fail "what was committed is not what is there"
done
cd "$T/cgi-bin" || exit 1
quietly $fossil update
cmp new-streamed "$T/streamed/new-streamed" || fail "the other's commit did not come"
get_ok /cgi-bin/fossil/timeline "a commit over streamed"

# ---- sixteen at once ----

cd / || exit 1
VARIES='nonce|generated in|Fossil' crowd 64 "/cgi-bin/fossil/raw/file17.txt?ci=trunk" \
	"/cgi-bin/fossil/raw/large?ci=trunk&m=application/octet-stream" /cgi-bin/fossil/style.css "/cgi-bin/fossil/raw/file18.txt?ci=trunk"
for i in {1..16}; do
	$fossil clone "http://127.0.0.1:$PORT/cgi-bin/fossil" "$T/many.$i.fossil" >"$T/said.$i" 2>&1 &
	clones[i]=$!
done
for i in {1..16}; do
	wait "${clones[i]}" || fail "clone $i of 16: $(tail -n 5 "$T/said.$i")"
	expect "what clone $i has" "$($fossil info -R "$T/many.$i.fossil" | grep -c '^project-code')" 1
done
as_pool $fossil test-integrity -R "$T/repos/project.fossil" >"$T/said" 2>&1 || fail "integrity: $(cat "$T/said")"
hearth_stop
