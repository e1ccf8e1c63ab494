#!/bin/bash
# SPDX-License-Identifier: MIT
#
# listen.allowed_users: whose processes may connect, whatever the modes of the socket say; others are
# disconnected at once, and the log says who they were.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

[ "$(id -u)" -eq 0 ] || skip "it takes root to be several users"
command -v setpriv >/dev/null || skip "setpriv is not installed"
chmod 755 "$T"
fcgi_conf "listen.mode = 0666" "listen.allowed_users = nobody, 54321" >"$T/conf"
hearth_start "$T/conf"

# as USER: what comes back of a connection that asks for values
as()
{
	setpriv --reuid "$1" --regid 65534 --clear-groups /usr/bin/python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
try:
    s.sendall(bytes([1, 9, 0, 0, 0, 17, 0, 0, 15, 0]) + b"FCGI_MPXS_CONNS")
    print("answered" if s.recv(100) else "closed")
except (ConnectionResetError, BrokenPipeError):
    print("closed")
' "$SOCKET"
}

expect nobody "$(as nobody)" answered
expect 54321 "$(as 54321)" answered
expect root "$(as 0)" answered
expect "somebody else" "$(as 54322)" closed
expect_log "pool app. listen unix:$SOCKET: a connection from a unix socket is that of user 54322, process [0-9]+, who is none of listen.allowed_users: closed"

# A reload lets him in.
sed -i 's/54321/54322/' "$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
expect "he is let in" "$(as 54322)" answered
expect "who was" "$(as 54321)" closed
hearth_stop
