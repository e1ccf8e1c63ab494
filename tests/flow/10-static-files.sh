#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What no route claims is a file below document_root: index, types, HEAD, 404, and never anything outside.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

echo "secret" >"$T/secret"
mkdir "$T/www/sub" "$T/www/empty"
echo "<p>front</p>" >"$T/www/index.html"
echo "below" >"$T/www/sub/index.html"
echo "some text" >"$T/www/some text.txt"
{ head_of_conf "index = index.html"; probe_pool app "pm = ondemand" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"

get_ok / front
[[ $(header Content-Type) == text/html* ]] || fail "type of / is $(header Content-Type)"
[ -n "$(header Date)" ] || fail "no Date"
get_ok /sub/ below
get_ok "/some%20text.txt" "some text"
expect "length" "$(header Content-Length)" 10

get "/some%20text.txt" --head
expect_status 200
expect "length of HEAD" "$(header Content-Length)" 10
expect "body of HEAD" "$(wc -c <"$T/body")" "$(wc -c <"$T/head")" # curl -I writes the head to both

get /nowhere
expect_status 404
! grep -q "$T" "$T/body" || fail "the error page tells a path"
get /empty/
[[ $STATUS == 40[34] ]] || fail "a directory without index: $STATUS"
for path in /../secret /%2e%2e/secret /sub/../../secret /sub/..%2f..%2fsecret //../secret; do
	get "$path"
	[[ $STATUS == 4* ]] || fail "$path: $STATUS"
	! grep -q secret "$T/body" || fail "$path leads outside"
done
ln -s "$T/secret" "$T/www/link"
chmod 000 "$T/secret"
get /link
[[ $STATUS == 40[34] ]] || fail "an unreadable file: $STATUS"
get /hello.txt -X DELETE
[[ $STATUS == 40[45] ]] || fail "DELETE on a file: $STATUS"
hearth_stop
