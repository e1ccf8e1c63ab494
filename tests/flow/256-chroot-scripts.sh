#!/bin/bash
# SPDX-License-Identifier: MIT
#
# chroot of a cgi pool: its scripts have another root and no way out of it, are told paths in there,
# and all that they start ends with them, although there is no /proc.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || skip "only root can give another root"
ldd "$T/bin/hearth-exec" 2>&1 | grep -qE 'statically linked|not a (valid )?dynamic' ||
	skip "hearth-exec is not linked statically in this build: sanitizers are shared libraries"
J=$T/jail
mkdir -p "$J/cgi/sub" "$J/bin" "$J/files" "$J/mark"
chmod 1777 "$J/mark"
chmod 755 "$J" "$J/cgi" "$J/cgi/sub"
cp "$BUILD/tools/portrait" "$J/cgi/sub/" || skip "the tools are not built"
# with_libraries PROGRAM PATH: a copy in there, and what it is linked with at the same paths.
with_libraries()
{
	local lib
	mkdir -p "$J${2%/*}" && cp "$1" "$J$2"
	for lib in $(ldd "$1" | grep -o '/[^ ]*'); do
		mkdir -p "$J${lib%/*}" && cp "$lib" "$J$lib"
	done
}
with_libraries "$BUILD/tools/portrait" /bin/portrait
with_libraries /bin/sh /bin/sh
with_libraries /bin/sleep /bin/sleep
mkdir "$J/dev" # a device takes more than being root in a container; sh is content with a file
: >"$J/dev/null" && chmod 666 "$J/dev/null"
echo text >"$J/cgi/named.txt"
printf '#!/no/such\n' >"$J/cgi/broken"
printf 'the file' >"$J/files/a.txt"
cat >"$J/cgi/send" <<'END'
#!/bin/sh
printf 'X-Sendfile: /files/a.txt\r\n\r\n'
END
cat >"$J/cgi/leave" <<'END'
#!/bin/sh
sleep 1000 </dev/null >/dev/null 2>&1 &
printf 'Content-Type: text/plain\r\n\r\nleft\n'
END
cat >"$J/cgi/hang" <<'END'
#!/bin/sh
sleep 1000 &
echo $! >/mark/pid
wait
END
chmod 755 "$J/cgi/broken" "$J/cgi/send" "$J/cgi/leave" "$J/cgi/hang"

# pool [LINE]...
pool()
{
	head_of_conf
	printf '%s\n' "[scripts]" "type = cgi" "route = /cgi-bin/" "directory = $J/cgi" "chroot = $J" "user = nobody" \
		"interpreter[.txt] = /bin/portrait" "sendfile_root = $J/files" "$@"
}
has()
{
	grep -qxF -- "$1" "$T/body" || fail "$PLACE: wanted '$1', got: $(grep "^${1%%[ =]*} " "$T/body")"
}
lacks()
{
	! grep "^$1" "$T/body" || fail "$PLACE: it has $1"
}
confined()
{
	has "root $(stat -c '%d:%i' "$J")"
	has 'fds 0 1 2'
	has "user $(id -u nobody) $(id -u nobody)"
	has 'parent-death 9'
	has 'limit nofile 77 88'
	has 'umask 0027'
	has 'nice 9'
	lacks proc-owner # there is no /proc in there
}
sleeps()
{
	find /proc -maxdepth 2 -regex '/proc/[0-9]+/exe' -lname "$J/bin/sleep" 2>/dev/null | grep -q .
}

[ "$(nice)" -le 9 ] || skip "there is no nicer value to test with"
pool "umask = 0027" "rlimit_files = 77:88" "process.priority = 9" "kill_grace = 100ms" >"$T/conf"
"$T/bin/hearth" check -c "$T/conf" >"$T/said" 2>&1 || fail "check says: $(cat "$T/said")"
hearth_start "$T/conf"

PLACE=/cgi-bin/sub/portrait/info
get_ok "$PLACE"
confined
has 'cwd /cgi/sub'
has 'arg 0 /cgi/sub/portrait'
has 'env SCRIPT_FILENAME=/cgi/sub/portrait'
has 'env SCRIPT_NAME=/cgi-bin/sub/portrait'
has 'env DOCUMENT_ROOT=/cgi'
lacks 'env PATH_TRANSLATED=' # it would lie below document_root
! grep -F "$T" "$T/body" || fail "it is told of what lies outside"
PLACE=/cgi-bin/named.txt
get_ok "$PLACE"
confined
has 'cwd /cgi'
has 'arg 0 /bin/portrait'
has 'arg 1 /cgi/named.txt'

# Files that it names are those of its own root; and why it did not start is said as it is in there.
get_ok /cgi-bin/send 'the file'
get /cgi-bin/broken
expect_status 500
expect_log 'the interpreter /no/such of /cgi/broken does not exist'

# Families end.
rm "$J/dev/null" # hearth itself needs none
get_ok /cgi-bin/named.txt
: >"$J/dev/null" && chmod 666 "$J/dev/null"
get_ok /cgi-bin/leave left
expect_log 'a script has left process [0-9]+ .*behind'
wait_for '! sleeps'
echo "request_terminate_timeout = 1s" >>"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
# On a slow machine the time may be over before it has started anything: then again.
hangs()
{
	get /cgi-bin/hang
	expect_status 504
	[ -s "$J/mark/pid" ]
}
wait_for hangs 40
wait_for '[ ! -d "/proc/$(cat "$J/mark/pid")" ]'
wait_for '! sleeps'
# The runner has what it needs for that, and nobody else has.
runner=$(pids_of hearth-exec | head -n 1)
[ -n "$runner" ] || fail "there is no runner"
expect "root of the runner" "$(readlink "/proc/$runner/root")" "$J"
[ "$(stat -c %u "/proc/$runner/fd")" -eq 0 ] || fail "the runner belongs to the pool's user, who could take its descriptors"
# Should one get hold of it nevertheless, in the moment before it is kept from him, ".." is no way out.
[ -d "/proc/$runner/fd/4/self" ] || fail "descriptor 4 of the runner is no /proc"
! unshare -m true 2>/dev/null || [ ! -d "/proc/$runner/fd/4/../etc" ] || fail "a way out of the root: $(ls -ld "/proc/$runner/fd/4/..")"
hearth_stop

# The whole root as the directory of scripts.
pool | sed -e "s|^directory = .*|directory = $J/cgi|" -e "s|^chroot = .*|chroot = $J/cgi|" -e '/^interpreter/d' >"$T/conf"
cp "$J/cgi/sub/portrait" "$J/cgi/portrait.cgi"
mkdir -p "$J/cgi/lib" "$J/cgi/lib64" && cp -r "$J"/lib/* "$J/cgi/lib/" && cp -r "$J"/lib64/* "$J/cgi/lib64/"
hearth_start "$T/conf"
PLACE=/cgi-bin/portrait.cgi
get_ok "$PLACE"
has "root $(stat -c '%d:%i' "$J/cgi")"
has 'cwd /'
has 'env SCRIPT_FILENAME=/portrait.cgi'
has 'env DOCUMENT_ROOT=/'
hearth_stop
