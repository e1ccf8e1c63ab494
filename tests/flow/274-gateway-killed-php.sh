#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A php-cgi that was busy when the gateway was killed: the other one serves alone until it is done, and
# then both do.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/real.sh"
needs php-cgi:php-cgi
GATEWAY_MAY_DIE=yes

cat >"$T/www/held.php" <<'END'
<?php
ignore_user_abort(true);
set_time_limit(0);
$mark = $_SERVER['QUERY_STRING'];
if (substr($mark, 0, 1) == '/') {
	touch($mark);
	do {
		usleep(10000);
		clearstatcache();
	} while (file_exists($mark));
	touch("$mark.done");
}
usleep(20000);
echo getmypid(), "\n";
END
{
	head_of_conf
	echo "[php]"
	echo "command = $(command -v php-cgi)"
	echo "route = *.php"
	user_line
	printf '%s\n' "pm = static" "pm.max_children = 2"
} >"$T/conf"
hearth_start "$T/conf"
get_ok /held.php

rm -f "$T/mark/held"
hold "/held.php?$T/mark/held"
wait_for '[ -e "$T/mark/held" ]'
victim=$(pids_of hearth-gateway)
kill -KILL "$victim"
wait_for '[ "$(count_of hearth-gateway)" = 1 ] && [ "$(pids_of hearth-gateway)" != "$victim" ]'
burst 8 /held.php
expect "answers beside the busy worker" "$(burst_count 200)" 8
expect "workers that gave them" "$(cat "$T"/burst.* | sort -u | wc -l)" 1
wait "$HELD"
release_worker
wait_for '[ -e "$T/mark/held.done" ]'
wait_for "ctl status --json; grep -q '\"idle\":2' '$T/ctl.out'"
rm -f "$T"/mark/*
curl -sS --max-time 50 -o "$T/one" "http://127.0.0.1:$PORT/held.php?$T/mark/one" &
one=$!
hold "/held.php?$T/mark/two"
wait_for '[ -e "$T/mark/one" ] && [ -e "$T/mark/two" ]' # at once
rm "$T/mark/one" "$T/mark/two"
wait $one "$HELD"
[ -s "$T/one" ] && [ -s "$T/held" ] || fail "no answers of both"
expect_no_log 'child [0-9]+ (exited|closed|reset)'
hearth_stop
