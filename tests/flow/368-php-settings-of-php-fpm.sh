#!/bin/bash
# SPDX-License-Identifier: MIT
#
# php_value and its kin in an external pool: php-fpm gets them with each request.
# variants: plain
. "$(dirname "$0")/lib.sh"
FPM=$(find /usr/sbin -name 'php-fpm[0-9]*' | sort | tail -n 1)
[ -x "$FPM" ] || skip "php-fpm is not installed"
cp "$FPM" "$T/bin/php-fpm"
cat >"$T/fpm.conf" <<END
[global]
error_log = $T/fpm.log
daemonize = no
[www]
$(user_line)
listen = $T/fpm.sock
listen.mode = 0666
pm = static
pm.max_children = 1
END
"$T/bin/php-fpm" -F -y "$T/fpm.conf" >"$T/out" 2>&1 &
PHP=$!
wait_for '[ -S "$T/fpm.sock" ]'

cat >"$T/www/show.php" <<'END'
<?php
foreach (explode(' ', $_GET['n']) as $name) {
	$was = ini_get($name);
	echo "$name=$was (", @ini_set($name, '77M') === false ? 'locked' : 'free', ")\n";
}
END
{
	head_of_conf
	cat <<END
[php]
type = external
backend = unix:$T/fpm.sock
route = *.php
php_value[memory_limit] = 33M
php_value[error_reporting] = ~E_NOTICE & E_ALL
php_flag[html_errors] = on
php_admin_value[highlight.keyword] = a b;c
php_admin_flag[log_errors] = off
END
} >"$T/conf"
hearth_start "$T/conf"
for i in 1 2; do
	get_ok "/show.php?n=memory_limit+error_reporting+html_errors+highlight.keyword+log_errors"
	for said in "memory_limit=33M (free)" "error_reporting=32759 (free)" "html_errors=1 (free)" \
		"highlight.keyword=a b;c (locked)" "log_errors=0 (locked)"; do
		expect_body "$said"
	done
done
kill "$PHP"
wait_quietly "$PHP"
hearth_stop
