#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Sockets that somebody has opened before (sd_listen_fds(3)) serve by name or by address, for HTTP and
# FastCGI; what nobody names is closed; they survive reloads that leave them out, keep their modes, and
# nothing of them reaches a program.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"
P1=$(new_port) P2=$(new_port) P3=$(new_port)

# activate NAMES ADDRESS...: hearth with these sockets from descriptor 3 on; $MANAGER.
cat >"$T/activate.py" <<'END'
import os, socket, sys
names, addresses, command = sys.argv[1], sys.argv[2].split(), sys.argv[3:]
socks = []
for address in addresses:
    kind = socket.SOCK_DGRAM if address.startswith("udp:") else socket.SOCK_STREAM
    address = address.removeprefix("udp:")
    if address.startswith("/"):
        s = socket.socket(socket.AF_UNIX, kind)
        s.bind(address)
        os.chmod(address, 0o604)
    elif address.startswith("any:"):
        s = socket.socket(socket.AF_INET6, kind)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        s.bind(("::", int(address[4:])))
    else:
        s = socket.socket(socket.AF_INET, kind)
        s.bind(("127.0.0.1", int(address)))
    if kind == socket.SOCK_STREAM:
        s.listen(16)
    socks.append(s)
high = [os.dup2(s.fileno(), 100 + i, False) for i, s in enumerate(socks)]
for i, fd in enumerate(high):
    os.dup2(fd, 3 + i, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(socks)))
if names:
    os.environ["LISTEN_FDNAMES"] = names
os.execv(command[0], command)
END
activate()
{
	: >"$LOG"
	python3 "$T/activate.py" "$1" "${*:2}" "$T/bin/hearth" run -c "$T/conf" >"$T/stdout" 2>>"$LOG" </dev/null &
	MANAGER=$!
}
ready()
{
	poll_for "grep -q 'ready to handle connections' '$LOG' || not_running $MANAGER" 20
	grep -q 'ready to handle connections' "$LOG" || fail "hearth did not start"
}
# gone REASON: it did not start, and says why
gone()
{
	wait_quietly "$MANAGER"
	MANAGER=
	[ "$EXIT" -ne 0 ] || fail "hearth started"
	grep -q -- "$1" "$LOG" || fail "not said: $1"
}
says_hello()
{
	client "$1" <<'END'
assert Conn(sys.argv[1]).get("/hello").body == b"hello from the probe\n"
END
}
http_hello()
{
	PORT=$1
	get_ok /hello hello
}

# ---- by name: HTTP at two addresses, FastCGI at a path; and one that nobody wants
fcgi_conf "route = /" "clear_env = no" | sed "s|^listen =\$|listen = systemd:web|; s|^listen = /.*|listen = systemd:app|" >"$T/conf"
activate web:app:web:other "$P1" "$SOCKET" "$P2" "$P3"
ready
http_hello "$P1"
http_hello "$P2"
says_hello "$SOCKET"
expect_log "WARNING: the socket \"other\" at 127.0.0.1:$P3, which was handed over, is in no listen: closed"
expect "the mode" "$(stat -c %a "$SOCKET")" 604
for pid in $(pids_of fcgi-probe) $(pids_of hearth-gateway); do
	! tr '\0' '\n' <"/proc/$pid/environ" | grep -q LISTEN_ || fail "a child knows of LISTEN_*"
done
inherited=$(find "/proc/$(pids_of fcgi-probe | head -n 1)/fd" -lname "$(readlink "/proc/$MANAGER/fd/3" | sed 's/[][]/\\&/g')" 2>/dev/null)
expect "what a worker has of them" "$inherited" ""

# ---- a reload leaves the path out, another takes it in
cp "$T/conf" "$T/conf.1"
sed -i '/^listen = systemd:app/d' "$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
http_hello "$P1"
[ -S "$SOCKET" ] || fail "the socket's file is gone"
cp "$T/conf.1" "$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
says_hello "$SOCKET"
sed 's|systemd:app|systemd:nothing|' "$T/conf.1" >"$T/conf"
! ctl reload || fail "a name that nobody has was taken"
grep -q 'listen systemd:nothing: no socket of this name was handed over' "$T/ctl.err" || fail "said: $(cat "$T/ctl.err")"
says_hello "$SOCKET"
hearth_stop
[ -S "$SOCKET" ] || fail "the socket's file is gone at the end"
rm "$SOCKET"

# ---- by address, without names; a port alone is a socket at all addresses
fcgi_conf "route = /" | sed "s|^listen =\$|listen = 127.0.0.1:$P1 $P2|" >"$T/conf"
activate "" "$P1" "$SOCKET" "any:$P2"
ready
http_hello "$P1"
http_hello "$P2"
says_hello "$SOCKET"
expect_no_log "which was handed over"
hearth_stop
rm "$SOCKET"

# ---- what cannot be
sed -i 's/^listen = 127.*/listen = systemd:web/' "$T/conf"
"$T/bin/hearth" check -c "$T/conf" >/dev/null || fail "check knows nothing of sockets"
activate other "$P1"
gone "listen systemd:web: no socket of this name was handed over: give its unit FileDescriptorName=web"
activate web "udp:$P1"
gone 'descriptor 3, which was handed over as "web", is no stream socket that listens'
activate web:more "$P1"
gone "LISTEN_FDNAMES has not as many names as LISTEN_FDS says"
