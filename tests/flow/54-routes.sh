#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Routes: exact before longest prefix before suffix, prefixes on whole segments, hosts narrow, files last.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

mkdir -p "$T/www/dir"
echo "file" >"$T/www/appendix.txt"
echo "php source" >"$T/www/dir/page.php"
route_pool()
{
	probe_pool "$1" "pm = ondemand" "pm.max_children = 1" "env[POOL] = $1" "${3:-}" | sed "s|^route = .*|route = $2|"
}
{
	head_of_conf
	route_pool short /app/
	route_pool long /app/deep/
	route_pool exact "=/app/deep/env"
	route_pool suffix "*.php"
	route_pool hosted /hosted/ "host = www.example.test *.wild.test"
} >"$T/conf"
hearth_start "$T/conf"

# served PATH SCRIPT_NAME PATH_INFO POOL [CURL-ARGUMENT]...
served()
{
	local path=$1 name=$2 info=$3 pool=$4 worker
	shift 4
	get "$path" "$@"
	expect_status 200
	expect "SCRIPT_NAME of $path" "$(sed -n 's/^SCRIPT_NAME=//p' "$T/body")" "$name"
	expect "PATH_INFO of $path" "$(sed -n 's/^PATH_INFO=//p' "$T/body")" "$info"
	for worker in $(pids_of fcgi-probe); do
		tr '\0' '\n' <"/proc/$worker/environ" | grep -qx "POOL=$pool" && return
	done
	fail "$path did not wake pool $pool"
}
served /app/env /app /env short
served /app/deep/more/env /app/deep /more/env long
served /app//x/../env /app /env short
served /app/%65nv /app /env short
served /hosted/env /hosted /env hosted -H 'Host: www.example.test'
served /hosted/env /hosted /env hosted -H 'Host: a.wild.test:8080'

get /hosted/env -H 'Host: other.test'
expect_status 404
get /hosted/env -H 'Host: wild.test'
expect_status 404
get_ok /appendix.txt file
get /application/env
expect_status 404
get /app/deep/env
[ "$STATUS" = 200 ] && tr '\0' '\n' <"/proc/$(pids_of fcgi-probe | tail -n 1)/environ" | grep -q POOL= || fail "the exact route: $STATUS"
# The probe answers 404 to a path that it does not know: the source must not come as a file.
get /dir/page.php
! grep -q 'php source' "$T/body" || fail "the source of a script was sent"
get /dir/none.php
expect_status 404
hearth_stop
