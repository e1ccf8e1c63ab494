#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Debian's own files of php-fpm, with one line more, as a daemon behind nginx.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/nginx.sh"
FPM=$(find /etc/php -maxdepth 2 -name fpm 2>/dev/null | sort | tail -n 1)
[ -f "$FPM/php-fpm.conf" ] && [ -f "$FPM/pool.d/www.conf" ] || skip "php-fpm is not installed"
VERSION=$(basename "$(dirname "$FPM")")
[ -x "/usr/bin/php-cgi$VERSION" ] || skip "php-cgi$VERSION is not installed"
command -v nginx >/dev/null || skip "nginx is not installed"

# Where a machine has them, only the pool lacks something, and is told what.
mkdir -p "$T/php/$VERSION/fpm/pool.d" "$T/run/php" "$T/log.d"
place()
{
	sed "s|/etc/php/|$T/php/|; s|/run/php/|$T/run/php/|; s|/var/log/|$T/log.d/|" "$FPM/$1" >"$T/php/$VERSION/fpm/$1"
}
place php-fpm.conf
place pool.d/www.conf
# A plain user cannot give a socket away, under php-fpm either.
[ "$(id -u)" -eq 0 ] || sed -i '/^listen\.\(owner\|group\)/d' "$T/php/$VERSION/fpm/pool.d/www.conf"
MAIN=$T/php/$VERSION/fpm/php-fpm.conf WWW=$T/php/$VERSION/fpm/pool.d/www.conf
# The daemon's own sockets are not to be those of another test.
sed -i "s|^\[global\]|&\ncontrol = $T/run/control.sock\nruntime_dir = $T/run|" "$MAIN"
"$T/bin/hearth" check -c "$MAIN" >"$T/said" 2>&1 && fail "it is good without a command"
expect "complaints" "$(grep -vc ' warning: ' "$T/said")" 1
grep -q "^$WWW:[0-9]*: pool 'www' has no command: .*: add \"command = /usr/bin/php-cgi$VERSION\"$" "$T/said" ||
	fail "$(cat "$T/said")"

cp "/usr/bin/php-cgi$VERSION" "$T/bin/"
echo "command = $T/bin/php-cgi$VERSION" >>"$WWW"
"$T/bin/hearth" check -c "$MAIN" >"$T/said" 2>&1 || fail "$(cat "$T/said")"
[ "$(id -u)" -ne 0 ] || ! grep -q warning "$T/said" || fail "$(cat "$T/said")"
LOG=$T/log.d/php$VERSION-fpm.log
"$T/bin/hearth" run -D -c "$MAIN" >"$T/stdout" 2>&1 </dev/null || fail "no start: $(cat "$T/stdout" "$LOG")"
MANAGER=$(cat "$T/run/php/php$VERSION-fpm.pid")
SOCKET=$T/run/php/php$VERSION-fpm.sock
[ -S "$SOCKET" ] || fail "there is no $SOCKET"
[ "$(id -u)" -ne 0 ] || expect "whose the socket is" "$(stat -c '%U %G %a' "$SOCKET")" "www-data www-data 660"
! grep -a "http://" "$LOG" || fail "a port is open for HTTP"

echo '<?php echo "php ", $_GET["n"] * 2, " ", $_SERVER["PATH_INFO"] ?? "-";' >"$T/www/two.php"
chmod 755 "$T" "$T/run" "$T/run/php"
nginx_start <<END
server {
	listen 127.0.0.1:$PORT;
	root $T/www;
	location ~ \.php$ { include /etc/nginx/fastcgi_params; fastcgi_pass unix:$SOCKET;
		fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name; }
}
END
wait_for "curl -s -o /dev/null http://127.0.0.1:$PORT/"
for i in 1 2 3; do
	get_ok "/two.php?n=$i" "php $((i * 2)) -"
done
nginx_stop
kill "$MANAGER"
wait_for "not_running $MANAGER" 20
MANAGER=
[ ! -e "$T/run/php/php$VERSION-fpm.pid" ] || fail "the pid file is left"
wait_for nothing_left 5
