#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A reload may ask for the PROXY protocol on a listener that is open, and stop asking: the socket
# stays, connections keep what they were accepted with.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

echo "a file" >"$T/www/file.txt"
conf()
{
	global_section
	echo "[gateway]"
	echo "listen = $1"
	user_line www-data
	echo "document_root = $T/www"
}
conf "127.0.0.1:$PORT unix:$T/sock,proxy" >"$T/conf"
hearth_start "$T/conf"
get_ok /file.txt "a file"
inode=$(stat -c %i "$T/sock")
exec {open}<>"/dev/tcp/127.0.0.1/$PORT"

conf "127.0.0.1:$PORT,proxy unix:$T/sock" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
get /file.txt --haproxy-protocol
expect_status 200
get /file.txt
expect "answer without a header" "$STATUS" 000
expect "the unix socket" "$(curl -sS --unix-socket "$T/sock" http://a/file.txt)" "a file"
expect "its file" "$(stat -c %i "$T/sock")" "$inode"
printf 'GET /file.txt HTTP/1.0\r\n\r\n' >&"$open"
timeout 40 cat <&"$open" | grep -q '^a file' || fail "the connection from before the reload got no answer"
exec {open}>&-

# A plan that fails changes nothing.
conf "127.0.0.1:$PORT 192.0.2.1:$PORT" >"$T/conf"
! ctl reload || fail "an address that is not ours was accepted"
get /file.txt --haproxy-protocol
expect_status 200

conf "127.0.0.1:$PORT" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
get_ok /file.txt "a file"
hearth_stop
