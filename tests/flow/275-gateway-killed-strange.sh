#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A FastCGI program that knows requests and nothing else, and closes nothing by itself: after another
# gateway has come it serves, and not before it is done with what it did for the one before.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/real.sh"
needs /usr/bin/python3:python3
GATEWAY_MAY_DIE=yes

cat >"$T/bin/strange" <<'END'
#!/usr/bin/python3
import os, socket, struct, time

door = socket.socket(fileno=0)
kept = []


def record(kind, content):
    return struct.pack('>BBHHBB', 1, kind, 1, len(content), 0, 0) + content


def read(peer):
    head = peer.recv(8, socket.MSG_WAITALL)
    if len(head) < 8:
        return None, b''
    _, kind, number, length, padding, _ = struct.unpack('>BBHHBB', head)
    content = peer.recv(length + padding, socket.MSG_WAITALL) if length + padding else b''
    return kind if number else 0, content[:length]


def serve(peer):
    params = b''
    while True:
        kind, content = read(peer)
        if kind is None:
            return False
        if kind == 4:
            params += content
        if kind == 5 and not content:
            break
    mark = os.environ['MARK'].encode()
    if b'held' in params:
        open(mark, 'w').close()
        while os.path.exists(mark):
            time.sleep(0.01)
    try:
        peer.sendall(record(6, b'Content-Type: text/plain\r\n\r\n%d\n' % os.getpid())
                     + record(3, bytes(8)))
    except OSError:
        return False
    return True


while True:
    peer, _ = door.accept()
    kept.append(peer)
    while serve(peer):
        pass
END
chmod 755 "$T/bin/strange"
{
	head_of_conf
	echo "[strange]"
	echo "command = $T/bin/strange"
	echo "route = /"
	user_line
	printf '%s\n' "pm = static" "pm.max_children = 2" "env[MARK] = $T/mark/held"
} >"$T/conf"
hearth_start "$T/conf"
get_ok /

hold /held
wait_for '[ -e "$T/mark/held" ]'
victim=$(pids_of hearth-gateway)
kill -KILL "$victim"
wait_for '[ "$(count_of hearth-gateway)" = 1 ] && [ "$(pids_of hearth-gateway)" != "$victim" ]'
burst 8 /
expect "answers beside the busy worker" "$(burst_count 200)" 8
expect "workers that gave them" "$(cat "$T"/burst.* | sort -u | wc -l)" 1
wait_for "ctl status --json; grep -q '\"idle\":1' '$T/ctl.out'"
wait "$HELD"
release_worker
wait_for "ctl status --json; grep -q '\"idle\":2' '$T/ctl.out'"
get_ok /
expect_no_log 'child [0-9]+ (exited|closed|reset)'
hearth_stop
