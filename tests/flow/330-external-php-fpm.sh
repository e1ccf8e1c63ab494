#!/bin/bash
# SPDX-License-Identifier: MIT
#
# An external pool before php-fpm: connections are kept, and given back when nothing comes; a restart
# under load loses nothing.
# variants: plain
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin
FPM=$(command -v php-fpm8.2) || skip "php-fpm is not installed"
command -v ab >/dev/null || skip "ab is not installed"
cp "$FPM" "$T/bin/php-fpm"

cat >"$T/fpm.conf" <<END
[global]
error_log = $T/fpm.log
daemonize = no
[www]
$([ "$(id -u)" -ne 0 ] || printf 'user = nobody\ngroup = nogroup\n')
listen = $T/fpm.sock
listen.mode = 0666
pm = static
pm.max_children = 4
pm.max_requests = 100
END
fpm_start()
{
	"$T/bin/php-fpm" -n -y "$T/fpm.conf" >>"$T/fpm.out" 2>&1 &
	SERVER=$!
	wait_for '[ -S "$T/fpm.sock" ]' 30
}
fpm_stop()
{
	kill "-$1" "$SERVER"
	wait_quietly "$SERVER"
}

cat >"$T/www/echo.php" <<'END'
<?php
error_log("said by the script");
header("X-Script: " . $_SERVER["SCRIPT_FILENAME"]);
echo $_SERVER["REQUEST_METHOD"], " ", $_GET["a"] ?? "", "\n", file_get_contents("php://input");
END
echo '<?php echo getmypid(), PHP_EOL;' >"$T/www/pid.php"
cat >"$T/www/held.php" <<'END'
<?php
[$mark] = explode('&', $_SERVER["QUERY_STRING"]);
touch($mark . getmypid());
while (!file_exists($mark . "go")) {
	usleep(10000);
	clearstatcache();
}
echo getmypid(), PHP_EOL;
END
chmod -R a+rX "$T/www"
{
	head_of_conf "threads = 3"
	echo "[other]"
	echo "type = external"
	echo "backend = unix:$T/fpm.sock"
	echo "route = *.php"
	echo "pm.max_children = 6"
	echo "pm.process_idle_timeout = 1s"
} >"$T/conf"
hearth_start "$T/conf"

# Nobody is there yet: the request waits until somebody is.
hold "/echo.php?a=early"
expect_log 'WARNING: .*\[pool other\] unix:.*/fpm.sock rests for [0-9]+ ms: no such socket'
fpm_start
expect_held "that came too early" 200
expect_log 'NOTICE: .*\[pool other\] unix:.*/fpm.sock is back'

get "/echo.php?a=b" --data-binary "the body"
expect_status 200
expect "what came back" "$(body)" "POST b
the body"
expect "the script's file" "$(header x-script)" "$T/www/echo.php"
expect_log '\[pool other\] unix:.*/fpm.sock, request [0-9a-f]{16} said into stderr: .*said by the script'
head -c 2000000 /dev/urandom >"$T/sent"
get /echo.php --data-binary "@$T/sent"
tail -c 2000000 "$T/body" | cmp - "$T/sent" || fail "other bytes came back"

# More at once than it has children: six connections, of which it serves four; and many in line.
burst 60 "/held.php?$T/mark/" &
load=$!
wait_for '[ "$(ls "$T/mark" | wc -l)" = 4 ]' 20
touch "$T/mark/go"
wait $load
expect "at once" "$(burst_count 200)" 60
expect "children that have served" "$(cat "$T"/burst.[0-9]* | sort -u | wc -l)" 4

# Connections that are kept hold children; they are given back.
connections()
{
	ss -xH state established 2>/dev/null | grep -cF "$T/fpm.sock"
}
if command -v ss >/dev/null; then
	wait_for '[ $(connections) -eq 0 ]'
fi

# served: how many requests there were.
served()
{
	ctl status --json other && sed -n 's/.*"backends":\[{[^}]*"requests":\([0-9]*\),.*/\1/p' "$T/ctl.out"
}
for signal in QUIT TERM; do
	# More than there is time for: it is told when it is enough.
	ab -q -k -r -n 1000000 -c 8 "http://127.0.0.1:$PORT/pid.php" >"$T/ab" 2>&1 &
	LOAD=$!
	from=$(log_count 'is back')
	served=$(served)
	wait_for '[ "$(served)" -gt $((served + 100)) ]' 20
	fpm_stop $signal
	fpm_start
	wait_for '[ "$(log_count "is back")" -gt $from ]' 20
	served=$(served)
	wait_for '[ "$(served)" -gt $((served + 100)) ]' 20
	kill -INT "$LOAD"
	wait "$LOAD"
	grep -Eq '^Complete requests: +[1-9]' "$T/ab" || fail "$signal: $(cat "$T/ab")"
	! grep -E 'Non-2xx' "$T/ab" || fail "$signal: $(cat "$T/ab")"
done
fpm_stop TERM
expect_no_log 'ERROR'
hearth_stop
