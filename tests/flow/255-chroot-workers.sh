#!/bin/bash
# SPDX-License-Identifier: MIT
#
# chroot of a fastcgi pool: its workers have another root and no way out of it, find their program,
# their directory and the files that they are told of in there.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || skip "only root can give another root"
J=$T/jail/app
mkdir -p "$J/srv/www/sub" "$J/bin" "$J/srv/dir"
cp "$BUILD/tools/portrait" "$J/bin/" || skip "the tools are not built"
# install PROGRAM: what it is linked with, at the same paths in there.
libraries_of()
{
	local lib
	for lib in $(ldd "$1" | grep -o '/[^ ]*'); do
		mkdir -p "$J${lib%/*}" && cp "$lib" "$J$lib"
	done
}
libraries_of "$J/bin/portrait"
echo '<?php ?>' >"$J/srv/www/sub/x.php"
mkdir "$T/elsewhere"
echo '<?php ?>' >"$T/elsewhere/x.php"

# pools ROOT [LINE]...
pools()
{
	global_section
	gateway_section | sed "s|^document_root.*|document_root = $1|"
	printf '%s\n' "[app]" "command = /bin/portrait --flag" "route = /app/ *.php" "pm.max_children = 1" "user = nobody" \
		"chroot = $T/jail/\$pool" "chdir = /srv/dir" "${@:2}"
}
has()
{
	grep -qxF -- "$1" "$T/body" || fail "wanted '$1', got: $(grep "^${1%%[ =]*} " "$T/body")"
}
lacks()
{
	! grep "^$1" "$T/body" || fail "it has $1"
}
confined()
{
	has "root $(stat -c '%d:%i' "$J")"
	has 'cwd /srv/dir'
	has 'fds 0 1 2'
	has "user $(id -u nobody) $(id -u nobody)"
	has 'arg 0 /bin/portrait'
	has 'parent-death 9'
	lacks proc-owner # there is no /proc in there
}

pools "$J/srv/www" >"$T/conf"
"$T/bin/hearth" check -c "$T/conf" >"$T/said" 2>&1 || fail "check says: $(cat "$T/said")"
hearth_start "$T/conf"
get_ok /sub/x.php/info
confined
has 'param SCRIPT_FILENAME=/srv/www/sub/x.php'
has 'param DOCUMENT_ROOT=/srv/www'
has 'param PATH_TRANSLATED=/srv/www/info'
has 'param SCRIPT_NAME=/sub/x.php'
get_ok /app/any/thing
confined
has 'param SCRIPT_FILENAME=/srv/www/app'
has 'param PATH_TRANSLATED=/srv/www/any/thing'
# Seen from outside as well.
expect "root of the worker" "$(readlink "/proc/$(pgrep -P "$MANAGER" portrait)/root")" "$J"
for fd in /proc/"$(pgrep -P "$MANAGER" portrait)"/fd/*; do
	! [ -d "$fd" ] || fail "the worker has a directory open"
done
hearth_stop

# What does not lie in there is not told, and check says so.
pools "$T/elsewhere" >"$T/conf"
"$T/bin/hearth" check -c "$T/conf" >"$T/said" 2>&1 || fail "check says: $(cat "$T/said")"
grep -q "^$T/conf:[0-9]*: warning: chroot of pool 'app': the files of its route '\*.php' cannot be opened" "$T/said" ||
	fail "check says: $(cat "$T/said")"
hearth_start "$T/conf"
get_ok /x.php/info
confined
lacks 'param SCRIPT_FILENAME='
lacks 'param PATH_TRANSLATED='
has 'param DOCUMENT_ROOT=/'
hearth_stop

# A root that goes away is an error that is told, and nobody runs outside of it.
mv "$J" "$T/jail/moved"
sed -i "s|\$pool|moved|" "$T/conf"
hearth_start "$T/conf"
get_ok /app/x
mv "$T/jail/moved" "$T/jail/gone"
kill "$(pgrep -P "$MANAGER" portrait)"
expect_log "chroot $T/jail/moved: No such file or directory"
[ -z "$(pgrep -P "$MANAGER" portrait)" ] || fail "a worker runs without its root"
hearth_stop
