#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A gigabyte of output, or a quarter of it, reaches a client that lets it wait, byte for byte as many,
# and the gateway does not grow by it: with buffering the rest waits in a file up to max_spool, and then
# the program waits; without, the program waits. So it does for a file of that size.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

ALL=1073741824
SOME=268435456
mkdir -m 1777 "$T/spool"
script flood <<END
#!/bin/sh
printf 'Content-Type: application/octet-stream\nContent-Length: $ALL\n\n'
exec head -c $ALL /dev/zero
END
sed "s/$ALL/$SOME/" "$T/www/cgi-bin/flood" | script flood-some
script nph-flood <<END
#!/bin/sh
printf 'HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n'
exec head -c $SOME /dev/zero
END
script file <<'END'
#!/bin/sh
printf 'X-Sendfile: hole\n\n'
END
mkdir "$T/files"
truncate -s $SOME "$T/files/hole"
{
	head_of_conf "spool_dir = $T/spool"
	script_pool "max_spool = 32m" "sendfile_root = $T/files"
	script_pool "response_buffering = no" | sed "s/^\[scripts\]/[direct]/; s|= /cgi-bin/|= /direct/|"
	probe_pool app "pm = static" "pm.max_children = 1" "max_spool = 32m"
	probe_pool straight "pm = static" "pm.max_children = 1" "response_buffering = no"
} >"$T/conf"
hearth_start "$T/conf"
gateway=$(pids_of hearth-gateway)

# In kilobytes, the most that it ever had.
peak()
{
	sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$gateway/status"
}

get_ok /app/pid
get_ok /straight/pid
before=$(peak)
# A sanitizer keeps what was freed for a while.
may_grow=32000
! grep -q __asan_init "$T/bin/hearth-gateway" || may_grow=500000
! grep -q __tsan_init "$T/bin/hearth-gateway" || may_grow=500000

# takes PATH BYTES
takes()
{
	local path=$1 line=''
	exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET %s HTTP/1.0\r\nHost: a\r\n\r\n' "$path" >&"$S"
	until IFS= read -r -t 40 line <&"$S" && [ "$line" = $'\r' ]; do
		[ -n "$line" ] || fail "$path: no head"
	done
	case $path in
	/cgi-bin/flood) expect_log 'pool scripts.*max_spool .* is used up' ;;
	/app/*) expect_log 'pool app.*max_spool .* is used up' ;;
	*) sleep 0.2 ;; # it may well run full meanwhile
	esac
	expect "bytes of $path" "$(cat <&"$S" | wc -c)" "$2"
	exec {S}>&-
}
takes /cgi-bin/flood $ALL
takes /direct/flood-some $SOME
takes "/app/big?n=$SOME" $SOME
takes "/straight/big?n=$SOME" $SOME
takes /cgi-bin/nph-flood $SOME
takes /cgi-bin/file $SOME
grown=$(($(peak) - before))
[ $grown -lt $may_grow ] || fail "the gateway has grown by $grown kB"
expect "what is left in the spool" "$(find "/proc/$gateway/fd" -lname "$T/spool/*" | wc -l)" 0
hearth_stop
