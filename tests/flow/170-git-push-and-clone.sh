#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Push, clone and fetch through git-http-backend with git's own client, in all the ways it has to ask:
# three protocols, one large object and thousands of small ones, chunks, gzip, shallow, many at once.
# The pool is that of examples/git-over-http.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/real.sh"
needs git:git /usr/lib/git-core/git-http-backend:git /usr/lib/cgit/cgit.cgi:cgit

git_home
repository project.git
repository streamed.git
repository small.git
git_code >"$T/conf"
git init -q "$T/work"
git_import 100 20 30000000 | git -C "$T/work" -c core.compression=0 fast-import --quiet || fail "git fast-import"
git init -q "$T/small"
git_import 20 20 | git -C "$T/small" fast-import --quiet || fail "git fast-import"
hearth_start "$T/conf"
url=http://127.0.0.1:$PORT
export GIT_TRACE_CURL_NO_DATA=1

# ---- up: more than http.postBuffer goes in chunks ----

# pushed REPOSITORY WORK COMMIT [OPTION]...: below /code/ or /stream/; all of it, and sound.
pushed()
{
	local repository=$T/repos/${1#*/}
	git -C "$2" "${@:4}" push -q "$url/${1%/*}/git/${1#*/}" "$3:refs/heads/main" 2>"$T/said" || fail "push to $1: $(cat "$T/said")"
	expect "what $1 has" "$(git -C "$repository" rev-parse main)" "$(git -C "$2" rev-parse "$3")"
	git -C "$repository" fsck --strict >"$T/said" 2>&1 || fail "fsck after a push to $1: $(cat "$T/said")"
}

GIT_TRACE_CURL=$T/trace pushed code/project.git "$T/work" main
grep -q 'Transfer-Encoding: chunked' "$T/trace" || fail "the push was not sent in chunks"
grep -q 'HTTP/1.1 200 OK' "$T/trace" || fail "no HTTP/1.1: $(grep -m 3 HTTP/ "$T/trace")"
pushed stream/streamed.git "$T/work" main~1 -c http.postBuffer=65536
pushed code/small.git "$T/small" main
git -C "$T/small" commit -q --allow-empty -m 'not in chunks'
pushed stream/small.git "$T/small" main -c http.postBuffer=100000000
git -C "$T/small" push -q "$url/code/git/small.git" --delete nowhere 2>"$T/said" && fail "nowhere was deleted"
git -C "$T/small" push -q "$url/code/git/small.git" main:side :side 2>"$T/said" && fail "two for one name"
pushed code/small.git "$T/small" main -c push.atomic=true

# ---- down ----

# cloned NAME REPOSITORY [OPTION]...: it has what the server has.
cloned()
{
	local name=$1 repository=$2
	shift 2
	git "$@" clone -q "$url/$repository" "$T/$name" 2>"$T/said" || fail "git $* clone $repository: $(cat "$T/said")"
	expect "what $name has" "$(git -C "$T/$name" rev-parse HEAD)" "$(git -C "$T/repos/${repository##*/}" rev-parse main)"
	[ -z "$(git -C "$T/$name" status --porcelain)" ] || fail "$name is not clean"
}

GIT_TRACE_CURL=$T/trace GIT_TRACE_PACKET=$T/packets cloned two code/git/project.git -c protocol.version=2
grep -q 'Git-Protocol: version=2' "$T/trace" || fail "protocol 2 was not asked for"
grep -q 'clone< version 2' "$T/packets" || fail "protocol 2 was not spoken"
cmp "$T/two/large" <(git -C "$T/work" show main:large) || fail "the large file is another"
cloned zero stream/git/small.git -c protocol.version=0

git clone -q --depth 1 "$url/code/git/project.git" "$T/shallow" 2>"$T/said" || fail "shallow: $(cat "$T/said")"
expect "commits of a shallow clone" "$(git -C "$T/shallow" rev-list --count HEAD)" 1
git -C "$T/shallow" fetch -q --deepen 10 2>"$T/said" || fail "deepen: $(cat "$T/said")"
expect "commits after --deepen 10" "$(git -C "$T/shallow" rev-list --count HEAD)" 11
git -C "$T/shallow" fetch -q --unshallow 2>"$T/said" || fail "unshallow: $(cat "$T/said")"
expect "commits after --unshallow" "$(git -C "$T/shallow" rev-list --count HEAD)" 101

# Of commits that the server does not know git has much to say, and says it in gzip.
WHEN=1900000000 git_import 300 1 | git -C "$T/zero" fast-import --quiet --force || fail "git fast-import"
for version in 0 2; do
	git -C "$T/small" commit -q --allow-empty -m "to be fetched by $version"
	pushed code/small.git "$T/small" main
	GIT_TRACE_CURL=$T/trace git -C "$T/zero" -c protocol.version=$version fetch -q 2>"$T/said" || fail "fetch: $(cat "$T/said")"
	grep -iq 'Content-Encoding: gzip' "$T/trace" || fail "the negotiation was not in gzip"
	expect "what was fetched" "$(git -C "$T/zero" rev-parse origin/main)" "$(git -C "$T/small" rev-parse main)"
done

# As files, object by object, which needs no git on the server but the script.
as_pool git -C "$T/repos/small.git" update-server-info
GIT_SMART_HTTP=0 cloned dumb code/git/small.git
git clone -q "$url/code/git/nowhere.git" "$T/nowhere" 2>"$T/said" && fail "there is no such repository"
grep -q 'not found' "$T/said" || fail "it is not said that there is none: $(cat "$T/said")"

# ---- sixteen at once ----

for i in {1..16}; do
	cloned "many.$i" code/git/small.git &
	clones[i]=$!
done
for i in {1..16}; do
	wait "${clones[i]}" || fail "clone $i of 16"
done
no_script_is_left
hearth_stop
