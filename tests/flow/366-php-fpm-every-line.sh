#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Every directive that Debian's files of php-fpm hold in a comment, taken out of it: one after
# another, and all of them. Each is honoured, or there is a warning that names its line.
# variants: plain
. "$(dirname "$0")/lib.sh"
FPM=$(find /etc/php -maxdepth 2 -name fpm 2>/dev/null | sort | tail -n 1)
[ -f "$FPM/php-fpm.conf" ] && [ -f "$FPM/pool.d/www.conf" ] || skip "php-fpm is not installed"
[ -x /usr/bin/php-cgi ] || skip "php-cgi is not installed"

mkdir -p "$T/run/php" "$T/log.d"
# Paths of this test; and ; name = value, as it stands there, is a directive.
stock()
{
	sed "s|^include=.*||; s|/run/php/|$T/run/php/|; s|/var/log/|$T/log.d/|; s|/path/to/pools/|$T/|; s|/var/www|/var|" "$FPM/$1" |
		sed "s|= log/|= $T/log.d/|; s|^\(; *\)\(process\.[a-z]* = \)|;\2|; s|= -19$|= 5|"
}
{
	stock php-fpm.conf
	stock pool.d/www.conf | sed "s|^\[www\]|&\ncommand = /usr/bin/php-cgi|"
} >"$T/stock"
mkdir "$T/www.pool"
commented='^;\([a-z_.]*\(\[[A-Za-z_]*\]\)\? = \|listen\.acl_[a-z]* =\|chroot =\)'
mapfile -t lines < <(grep -n "$commented" "$T/stock" | cut -d: -f1)
[ ${#lines[@]} -gt 55 ] || fail "only ${#lines[@]} directives were found"

# They are nothing here, or wait for something else in the file.
idle='log_buffering|events\.mechanism|listen\.setfib|request_slowlog_trace_depth|request_terminate_timeout_track_finished'
waiting='pm\.status_listen|syslog\.(facility|ident)|pm\.process_idle_timeout|access\.format|access\.suppress_path|slowlog'
check()
{
	"$T/bin/hearth" check -c "$1" >"$T/said" 2>&1 || fail "$2: $(cat "$T/said")"
	grep -v '^configuration OK' "$T/said" >"$T/warnings"
}
check "$T/stock" "the stock files"
before=$(cat "$T/warnings")
for n in "${lines[@]}"; do
	sed "${n}s/^;//" "$T/stock" >"$T/conf"
	line=$(sed -n "${n}p" "$T/conf")
	check "$T/conf" "$line"
	if [[ $line =~ ^($idle|$waiting)(\[\])?\ = ]]; then
		grep -q "^$T/conf:$n: warning: ${BASH_REMATCH[1]}" "$T/said" || fail "no warning of $line: $(cat "$T/said")"
	elif [ "$(id -u)" -eq 0 ]; then
		expect "warnings of $line" "$(cat "$T/warnings")" "$before"
	fi
done

# All at once; of what may stand there once, the first.
sed "s/$commented/\\1/" "$T/stock" | awk -F' *=' '/^[a-z]/ && $1 !~ /suppress_path/ && seen[$1]++ && !/^process/ { next } { print }' |
	sed "s|^request_slowlog_timeout = 0|request_slowlog_timeout = 5|" >"$T/conf"
check "$T/conf" "all of them"
grep -qE ': warning: (access\.format|slowlog|access\.suppress_path)' "$T/said" && fail "$(cat "$T/said")"
"$T/bin/hearth" check -v -c "$T/conf" >"$T/dump" 2>/dev/null || fail "no dump"
"$T/bin/hearth" check -v -c "$T/dump" 2>/dev/null | cmp - "$T/dump" || fail "the dump loads as something else"
for line in 'pm.process_idle_timeout = 10s;' 'php_admin_value[memory_limit] = 32M' 'listen.acl_users =' 'chroot =' 'env[HOSTNAME] = $HOSTNAME'; do
	grep -qxF "$line" "$T/conf" || fail "not tried: $line"
done

# Slips are errors, and so is a protection that would not be there.
for line in 'pm.max_childs = 5' 'apparmor_hat = web' 'listen.setfibs = 1'; do
	echo "$line" | cat "$T/stock" - >"$T/conf"
	"$T/bin/hearth" check -c "$T/conf" >"$T/said" 2>&1 && fail "$line is taken"
	expect "errors of $line" "$(grep -vc ' warning: ' "$T/said")" 1
done
"$T/bin/hearth" explain listen.setfib >"$T/said" 2>&1
grep -q "Linux has no such tables" "$T/said" || fail "explain: $(cat "$T/said")"
