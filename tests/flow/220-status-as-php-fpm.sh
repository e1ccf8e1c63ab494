#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A pool's status page beside the one of a php-fpm that is started here: header fields, order, keys and
# bytes are the same in all formats, but for values, and for what hearth adds behind.
# variants: plain
. "$(dirname "$0")/lib.sh"

FPM=$(command -v php-fpm8.2 /usr/sbin/php-fpm8.2 /usr/sbin/php-fpm* 2>/dev/null | head -n 1)
[ -n "$FPM" ] || skip "php-fpm is not installed"
command -v cgi-fcgi >/dev/null || skip "cgi-fcgi (libfcgi-bin) is not installed"
PAGES="/usr/bin/python3 -S $ROOT/tests/flow/tools/status-pages.py"

{
	echo "[global]"
	echo "error_log = $T/fpm.log"
	echo "daemonize = no"
	echo "[www]"
	[ "$(id -u)" -ne 0 ] || echo "user = nobody"
	echo "listen = $T/fpm.sock"
	echo "pm = static"
	echo "pm.max_children = 1"
	echo "pm.status_path = /status"
	echo "ping.path = /ping"
} >"$T/fpm.conf"
"$FPM" -n -F -y "$T/fpm.conf" -p "$T" >/dev/null 2>&1 &
FPM_PID=$!
wait_for '[ -S "$T/fpm.sock" ]'

{
	head_of_conf
	echo "[www]"
	echo "command = $T/bin/fcgi-probe"
	echo "route = /"
	user_line
	echo "pm = static"
	echo "pm.max_children = 1"
	echo "pm.status_path = /status"
	echo "ping.path = /ping"
} >"$T/conf"
hearth_start "$T/conf"
get_ok /hello

# theirs PATH QUERY [METHOD]: what php-fpm says, into $T/theirs.head and $T/theirs
theirs()
{
	SCRIPT_NAME=$1 SCRIPT_FILENAME=$1 REQUEST_METHOD=${3:-GET} QUERY_STRING=$2 \
		cgi-fcgi -bind -connect "$T/fpm.sock" >"$T/theirs.all" 2>/dev/null || fail "php-fpm does not answer"
	sed '/^\r$/,$d' "$T/theirs.all" | tr -d '\r' >"$T/theirs.head"
	sed '1,/^\r$/d' "$T/theirs.all" >"$T/theirs"
}
# Names of fields in small letters; Date, Server and the length are HTTP's.
fields()
{
	tr -d '\r' <"$1" | grep : | grep -viE '^(date|server|content-length|connection|x-powered-by|status):' |
		sed 's/^[^:]*/\L&/' | sort
}
same()
{
	local format=$1 query=$2
	theirs /status "$query"
	get "/status?$query"
	expect_status 200
	fields "$T/theirs.head" >"$T/theirs.fields"
	fields "$T/head" >"$T/our.fields"
	cmp -s "$T/theirs.fields" "$T/our.fields" ||
		fail "fields of ?$query: $(diff "$T/theirs.fields" "$T/our.fields")"
	$PAGES same "$format" "$T/theirs" "$T/body" >"$T/same" || fail "?$query: $(cat "$T/same")"
}
same text ""
same text full
same text nonsense
for format in html xml json openmetrics; do
	same "$format" "$format"
	same "$format" "full&$format"
done
same html 'json&xml&html'
same xml 'json&xml&openmetrics'
same json 'openmetrics&json=True'

theirs /ping ""
get /ping
expect "the pong" "$(body)" "$(cat "$T/theirs")"
fields "$T/theirs.head" >"$T/theirs.fields"
expect "fields of the ping" "$(fields "$T/head")" "$(cat "$T/theirs.fields")"

kill "$FPM_PID"
wait "$FPM_PID" 2>/dev/null
hearth_stop
