#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A program that closes its connection behind each answer, though it was asked to keep it, as Ruby's does:
# the next request may be on its way there already. Nobody notices: not the client, whatever its method, and
# not the process.
# variants: plain
. "$(dirname "$0")/lib.sh"
[ -x /usr/bin/python3 ] || skip "python3 is not installed"

# It closes so late that whoever waits in line has been sent to it by then.
cat >"$T/bin/closes" <<'END'
#!/usr/bin/python3
import socket, struct, time

def record(kind, content=b''):
    return struct.pack('!BBHHBx', 1, kind, 1, len(content), 0) + content

listener = socket.socket(fileno=0)
while True:
    connection, _ = listener.accept()
    stream = connection.makefile('rb')
    while head := stream.read(8):
        _, kind, _, length, padding = struct.unpack('!BBHHBx', head)
        stream.read(length + padding)
        if kind == 5 and length == 0:
            connection.sendall(record(6, b'Content-Type: text/plain\r\n\r\nserved\n') + record(6) + record(3, bytes(8)))
            time.sleep(0.005)
            break
    stream.close()
    connection.close()
END
chmod 755 "$T/bin/closes"
{
	head_of_conf
	echo "[app]"
	echo "command = $T/bin/closes"
	echo "route = /app/"
	user_line
	printf '%s\n' "pm = static" "pm.max_children = 2"
} >"$T/conf"
hearth_start "$T/conf"

for how in "-X GET" "-X PATCH" "-X DELETE"; do
	# shellcheck disable=SC2086 # words
	burst 40 /app/ $how
	expect "answers to $how" "$(burst_count 200)" 40
done
expect_no_log 'child.*(exited|goes to another)'
hearth_stop
