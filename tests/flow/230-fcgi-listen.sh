#!/bin/bash
# SPDX-License-Identifier: MIT
#
# listen, listen.owner, .group, .mode, .allowed_clients: who may connect where. The doors stay open over
# reloads and gateways that die, connections over reloads; socket files are gone at the end.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"
GATEWAY_MAY_DIE=1
P1=$(new_port) P2=$(new_port) P3=$(new_port)

rights()
{
	stat -c '%a %U %G' "$1"
}

conf()
{
	fcgi_conf "$@"
	echo "[other]"
	echo "command = $T/bin/fcgi-probe"
	user_line
	echo "listen = 127.0.0.1:$P2"
	echo "listen.allowed_clients = 10.0.0.0/8, 192.0.2.1"
}
says_hello()
{
	client "$@" <<'END'
for address in sys.argv[1:]:
    assert Conn(address).get("/hello").body == b"hello from the probe\n"
END
}

# ---- one socket, several addresses; a stale file is in the way
python3 -S -c "import socket; socket.socket(socket.AF_UNIX).bind('$SOCKET')"
conf "listen.mode = 0600" >"$T/conf"
sed -i "s|^listen = $SOCKET|& $T/second.sock 127.0.0.1:$P1|" "$T/conf"
hearth_start "$T/conf"
expect "rights" "$(rights "$SOCKET")" "600 $(id -un) $(id -gn)"
says_hello "$SOCKET" "$T/second.sock" "$P1"

# ---- who is not allowed is disconnected, with a word in the log
client "$P2" <<'END'
c = Conn(sys.argv[1])
assert c.is_over()
END
expect_log "pool other. listen 127.0.0.1:$P2: a connection from 127.0.0.1 is not one of listen.allowed_clients: closed"

# ---- a reload: other rights, another address less, one more; a kept connection goes on
cat >"$T/kept.py" <<'END'
c = Conn(SOCKET)
assert c.get("/hello").code == 200
open(T + "/mark/first", "w").close()
while not os.path.exists(T + "/mark/reloaded"):
    time.sleep(0.02)
a = c.get("/env")
assert a.code == 200
c.send(request(3, "/held", T + "/mark/held"))
while not os.path.exists(T + "/mark/held"):
    time.sleep(0.02)
open(T + "/mark/second", "w").close()
assert c.answer(3).code == 200
c.is_over()
END
client <"$T/kept.py" &
KEPT=$!
wait_for '[ -e "$T/mark/first" ]'
inode=$(stat -c %i "$SOCKET")
conf "listen.mode = 0666" "listen.backlog = 7" >"$T/conf"
sed -i "s|^listen = $SOCKET|& 127.0.0.1:$P1 127.0.0.1:$P3|" "$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
expect "rights after the reload" "$(rights "$SOCKET")" "666 $(id -un) $(id -gn)"
expect "the socket is the same" "$(stat -c %i "$SOCKET")" "$inode"
[ ! -e "$T/second.sock" ] || fail "a socket that is no longer named is there"
touch "$T/mark/reloaded"
says_hello "$P3"

# ---- a request in flight is answered though its pool is changed and its listener goes
wait_for '[ -e "$T/mark/second" ]'
conf >"$T/conf"
sed -i "s|^listen = $SOCKET|listen = 127.0.0.1:$P1|" "$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
rm "$T/mark/held"
wait "$KEPT" || fail "the kept connection"
[ ! -e "$SOCKET" ] || fail "a socket that is no longer named is there"

# ---- to another owner
if [ "$(id -u)" -eq 0 ]; then
	conf "listen.owner = nobody" "listen.group = www-data" >"$T/conf"
	ctl reload || fail "reload: $(cat "$T/ctl.err")"
	expect "rights" "$(rights "$SOCKET")" "660 nobody www-data"
	says_hello "$SOCKET"
else
	conf "listen.mode = 0600" >"$T/conf"
	ctl reload || fail "reload: $(cat "$T/ctl.err")"
fi

# ---- others by an access list, until it is taken away
may()
{
	client "$1" <<'END'
import pwd
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(pwd.getpwnam(sys.argv[1]).pw_gid)
    os.setuid(pwd.getpwnam(sys.argv[1]).pw_uid)
try:
    print("yes" if Conn(SOCKET).get("/hello").code == 200 else "no answer")
except PermissionError:
    print("no")
END
}
has_list()
{
	python3 -S -c "import os; print('system.posix_acl_access' in os.listxattr('$SOCKET'))"
}
conf "listen.mode = 0600" "listen.acl_users = games" "listen.acl_groups = tty,mail" >"$T/conf"
if ctl reload; then
	expect "the access list is there" "$(has_list)" True
	if [ "$(id -u)" -eq 0 ]; then
		expect "who is on the list may" "$(may games)" yes
		expect "whose group is on the list may" "$(may mail)" yes
		expect "others may not" "$(may nobody)" no
	fi
	conf "listen.mode = 0600" >"$T/conf"
	ctl reload || fail "reload: $(cat "$T/ctl.err")"
	expect "the access list is gone" "$(has_list)" False
	[ "$(id -u)" -ne 0 ] || expect "who was on the list may not" "$(may games)" no
else
	# It can only be tried where there are such lists.
	grep -q 'its file system has no access lists: use listen.group' "$T/ctl.err" || fail "other words: $(cat "$T/ctl.err")"
fi

# ---- without a gateway the door still takes connections
gateway=$(pids_of hearth-gateway)
client "$gateway" <<'END'
import signal
def is_dead():
    try:
        return open("/proc/%s/stat" % sys.argv[1]).read().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True
os.kill(int(sys.argv[1]), signal.SIGKILL)
until(is_dead, "its end") # it could take one connection more
assert Conn(SOCKET).get("/hello").code == 200
END
expect_log 'gateway [0-9]+ has taken over'
says_hello "$SOCKET"

# ---- an address that is taken is said so, and nothing changes
python3 -S -c "import socket, time; s = socket.socket(socket.AF_UNIX); s.bind('$T/taken.sock'); s.listen(); time.sleep(60)" &
TAKEN=$!
wait_for '[ -S "$T/taken.sock" ]'
sed "s|^listen = $SOCKET|& $T/taken.sock|" "$T/conf" >"$T/conf2" && mv "$T/conf2" "$T/conf"
ctl reload && fail "a socket of somebody else's was taken"
grep -q "listen $T/taken.sock: Address already in use" "$T/ctl.err" || fail "other words: $(cat "$T/ctl.err")"
kill "$TAKEN"
says_hello "$SOCKET"
hearth_stop
[ ! -e "$SOCKET" ] || fail "the socket's file is left"
