#!/bin/bash
# SPDX-License-Identifier: MIT
#
# php_value and its kin in a pool of php-cgi: scripts see them, and cannot change what is the admin's.
# variants: plain
. "$(dirname "$0")/lib.sh"
[ -x /usr/bin/php-cgi ] || skip "php-cgi is not installed"
cp -L /usr/bin/php-cgi "$T/bin/php-cgi"

cat >"$T/www/show.php" <<'END'
<?php
ini_set('open_basedir', '/');
foreach (explode(' ', $_GET['n']) as $name) {
	$was = ini_get($name);
	$said = @ini_set($name, '77M') === false ? 'locked' : 'free';
	echo "$name=$was ($said ", ini_get($name), ")\n";
}
echo function_exists('passthru') ? "passthru\n" : "no passthru\n";
END
{
	head_of_conf
	cat <<END
[php]
command = $T/bin/php-cgi -d highlight.default=blue -- ignored
route = *.php
$(user_line)
pm.max_children = 1
php_value[memory_limit] = 33M
php_value[error_reporting] = ~E_NOTICE & (E_ALL | 0);
php_value[highlight.string] = red;\${green
php_value[highlight.comment] = "it's"
php_flag[display_errors] = off
php_flag[html_errors] = on
php_admin_value[highlight.keyword] = /a b/c;d
php_admin_value[open_basedir] = $T/www:/nowhere
php_admin_value[disable_functions] = passthru,exec
php_admin_flag[log_errors] = yes
END
} >"$T/conf"
hearth_start "$T/conf"
show()
{
	get_ok "/show.php?n=${1// /+}"
}
for i in 1 2; do
	show "memory_limit error_reporting highlight.string highlight.default display_errors html_errors"
	expect_body "memory_limit=33M (free 77M)"
	expect_body "error_reporting=32759 (free 77M)"
	expect_body "highlight.string=red;\${green (free 77M)"
	expect_body "highlight.default=blue (free 77M)"
	expect_body "display_errors=0 (free 77M)"
	expect_body "html_errors=1 (free 77M)"
	expect_body "no passthru"
	show "highlight.keyword open_basedir log_errors highlight.comment"
	expect_body "highlight.keyword=/a b/c;d (locked /a b/c;d)"
	expect_body "open_basedir=$T/www:/nowhere (locked $T/www:/nowhere)"
	expect_body "log_errors=1 (locked 1)"
	expect_body "highlight.comment=it's (free 77M)"
done

# A change of them is a reload; the worker is another one.
sed -i 's/= 33M/= 44M/' "$T/conf"
ctl reload || fail "$(cat "$T/ctl.err")"
wait_for 'show memory_limit && grep -q "memory_limit=44M" "$T/body"'
"$T/bin/hearth" check -v -c "$T/conf" >"$T/dump" 2>/dev/null
"$T/bin/hearth" check -v -c "$T/dump" 2>/dev/null | cmp - "$T/dump" || fail "the dump is another"
grep -qx 'php_admin_flag\[log_errors\] = yes' "$T/dump" || fail "the dump: $(grep php_ "$T/dump")"
hearth_stop
