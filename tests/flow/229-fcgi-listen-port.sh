#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A pool's listen = PORT is, as php-fpm has it, all addresses of both families on one socket; who comes by IPv4
# is an IPv4 address to listen.allowed_clients and in the log; a reload keeps the socket.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

grep -qs '^0\{31\}1 ' /proc/net/if_inet6 || skip "this machine has no IPv6 (no ::1)"
P1=$(new_port) P2=$(new_port)

# conf ALLOWED: the other pool is on the IPv6 addresses of its port alone.
conf()
{
	fcgi_conf "listen.allowed_clients = $1" | sed "s|^listen = $SOCKET|listen = $P1|"
	echo "[other]"
	echo "command = $T/bin/fcgi-probe"
	user_line
	echo "listen = [::]:$P2"
	echo "listen.allowed_clients = 127.0.0.1 ::1"
}

# asks [HOST PORT hello|closed|refused]...: what comes of a connection there.
asks()
{
	client "$@" <<'END'
def ask(host, port, wanted):
    try:
        c = Conn((host, int(port)))
    except ConnectionRefusedError:
        assert wanted == "refused", host
        return
    if wanted == "closed":
        assert c.is_over(), host
    else:
        assert wanted == "hello" and c.get("/hello").body == b"hello from the probe\n", host
while sys.argv[1:]:
    ask(*sys.argv[1:4])
    del sys.argv[1:4]
END
}
# socket_of PORT: the inode of the one that listens there, by IPv6.
socket_of()
{
	awk -v "port=$(printf ':%04X' "$1")" '$2 ~ port "$" && $4 == "0A" { print $10 }' /proc/net/tcp6
}

conf "127.0.0.1 ::1" >"$T/conf"
hearth_start "$T/conf"
expect_log "ready to handle connections: .*fcgi://\[::\]:$P1/"
asks 127.0.0.1 "$P1" hello ::1 "$P1" hello ::1 "$P2" hello 127.0.0.1 "$P2" refused

# ---- a reload: the same socket, other clients
inode=$(socket_of "$P1")
[ -n "$inode" ] || fail "no socket at [::]:$P1"
conf "10.0.0.0/8" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
expect "the socket" "$(socket_of "$P1")" "$inode"
asks 127.0.0.1 "$P1" closed ::1 "$P1" closed
expect_log "pool app. listen $P1: a connection from 127.0.0.1 is not one of listen.allowed_clients: closed"

conf "127.0.0.0/8" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
asks 127.0.0.1 "$P1" hello ::1 "$P1" closed

# ---- other addresses of the port are another door, for which it is not free
sed -i "s|^listen = $P1\$|listen = *:$P1|" "$T/conf"
ctl reload && fail "the port was taken"
grep -q "listen \*:$P1: $P1 of before is in its way, and a reload closes nothing first: restart hearth" "$T/ctl.err" ||
	fail "other words: $(cat "$T/ctl.err")"
asks 127.0.0.1 "$P1" hello
hearth_stop
