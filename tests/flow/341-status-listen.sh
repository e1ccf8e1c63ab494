#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pm.status_listen: the pool's pages and nothing else, without a worker, and by the rules of listen.*; a
# reload takes it away.
# variants: plain
. "$(dirname "$0")/lib.sh"

command -v cgi-fcgi >/dev/null || skip "cgi-fcgi (libfcgi-bin) is not installed"
conf()
{
	head_of_conf
	probe_pool app "pm = ondemand" "ping.path = /ping" "pm.status_path = /status" "listen.mode = 0600" "$@"
}
conf "pm.status_listen = $T/pages.sock" >"$T/conf"
hearth_start "$T/conf"

# ask PATH: the answer in $T/all
ask()
{
	SCRIPT_NAME=$1 SCRIPT_FILENAME=$1 QUERY_STRING='' REQUEST_METHOD=GET cgi-fcgi -bind -connect "$T/pages.sock" >"$T/all"
}

expect "the socket's mode" "$(stat -c %a "$T/pages.sock")" 600
ask /ping
expect "the pong" "$(tail -n 1 "$T/all")" pong
ask /status
grep -q '^pool: *app' "$T/all" || fail "the status: $(cat "$T/all")"
for path in /app/hello /app/ping / /status/ ''; do
	ask "$path"
	grep -q '^Status: 404' "$T/all" || fail "$path: $(cat "$T/all")"
done
expect "workers" "$(count_of fcgi-probe)" 0
get_ok /app/hello hello

conf >"$T/conf"
sed -i '/^listen.mode/d' "$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait_for '[ ! -e "$T/pages.sock" ]'
get_ok /app/hello hello
hearth_stop
