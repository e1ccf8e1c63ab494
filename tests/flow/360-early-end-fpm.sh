#!/bin/bash
# SPDX-License-Identifier: MIT
#
# fastcgi_finish_request() of a php-fpm in an external pool: the client has all of the answer at once, and
# nobody waits for a process that works on behind it, once it is known that they do.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/real.sh"
. "$(dirname "$0")/php.sh"
needs php-fpm8.2:php-fpm

cat >"$T/www/work.php" <<'END'
<?php
$mark = $_SERVER['QUERY_STRING'];
echo "answered by ", getmypid(), "\n";
if ($mark == '')
	return;
fastcgi_finish_request();
file_put_contents($mark, 'once', FILE_APPEND);
do {
	usleep(10000);
	clearstatcache();
} while (!file_exists("$mark.go"));
unlink($mark);
END
cat >"$T/www/slow.php" <<'END'
<?php
usleep(60000);
echo "slow\n";
END
fpm_start
sed -i 's/^pm.max_children = 1/pm.max_children = 2/' "$T/fpm.conf"
kill -USR2 "$FPM"
wait_for "[ \"\$(pgrep -cP $FPM)\" = 2 ]"
{
	head_of_conf
	for pool in fpm slow1 slow2 slow3; do
		printf '%s\n' "[$pool]" "type = external" "backend = unix:$T/fpm.sock" "route = *.php" "host = $pool.test" "pm.max_children = 2"
	done | sed '/^host = fpm.test/d; /^host = slow/a pm.process_idle_timeout = 100ms'
} >"$T/conf"
hearth_start "$T/conf"

# lingers NAME
lingers()
{
	get_ok "/work.php?$T/mark/$1" "answered by"
	LINGERER=$(body)
	wait_for "[ -s '$T/mark/$1' ]"
}

released()
{
	: >"$T/mark/$1.go"
	wait_for "[ ! -e '$T/mark/$1' ]"
}

# A pool that takes its time is not taken for one of these. (If a process does not run twice when it
# should, it may be: not each of three.)
for i in 1 2 3; do
	for _ in 1 2 3; do
		get /slow.php -H "Host: slow$i.test"
		expect_body slow
	done
	[ "$(log_count "pool slow$i. .*went on working")" -gt 0 ] || break
	[ $i -lt 3 ] || fail "slow ones are taken for those that work on"
done
# Their connections make way for those that come.
wait_for '! awk -v path="$T/fpm.sock" "\$8 == path && \$6 == \"03\"" /proc/net/unix | grep .'

# The first that is given to one that works on waits for it; which one that is, is php-fpm's to say.
lingers first
hold /work.php
wait_for "not_running $HELD || { ctl status --json fpm; grep -q '\"busy\":1[,}]' '$T/ctl.out'; }"
get_ok /slow.php slow
expect "how often it worked" "$(cat "$T/mark/first")" once
released first
wait "$HELD"

for round in 1 2 3; do
	lingers "round$round"
	for _ in 1 2 3 4; do
		get_ok /work.php "answered by"
		[ "$(body)" != "$LINGERER" ] || fail "round $round: it was given to the one that works on"
	done
	expect "how often it worked" "$(cat "$T/mark/round$round")" once
	released "round$round"
done
php_stop "$FPM"
hearth_stop
