#!/bin/bash
# SPDX-License-Identifier: MIT
#
# For tests of what systemd is told, sourced behind lib.sh: who reads at NOTIFY_SOCKET, in systemd's
# place. Each letter is a line of $TOLD: the pid that it came from, as the kernel says, and its
# assignments, with a tab before each.

[ -x /usr/bin/python3 ] || skip "python3 is not installed"
TOLD=$T/told RECEIVER=''

# hear [ADDRESS]: reads there from now on, and has hearth told of it. It is none of this test's
# processes, or it would count as left behind; it ends with the test.
hear()
{
	export NOTIFY_SOCKET=${1:-$T/notify}
	: >"$TOLD"
	/usr/bin/python3 -c '
import os, socket, struct, sys
address = os.environ["NOTIFY_SOCKET"]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
s.bind("\0" + address[1:] if address[0] == "@" else address)
s.settimeout(1)
starter = os.getppid()
print("listens", flush=True)
while os.getppid() == starter:
    try:
        data, extra, flags, peer = s.recvmsg(8192, 256)
    except TimeoutError:
        continue
    pid = struct.unpack("3i", extra[0][2])[0]
    print(pid, data.decode().replace("\n", "\t"), sep="\t", flush=True)
' >"$TOLD" 2>"$T/receiver.err" </dev/null &
	RECEIVER=$!
	wait_for 'grep -q ^listens "$TOLD"'
}

# Nobody reads any more.
unhear()
{
	kill "$RECEIVER"
	wait "$RECEIVER" 2>/dev/null
	rm -f "$T/notify"
}

# told ASSIGNMENT: how many letters had it, as a regular expression from its beginning to its end.
told()
{
	grep -cP "\\t$1(\\t|\$)" "$TOLD"
}

# wait_told ASSIGNMENT [TIMES]
wait_told()
{
	poll_for "[ \$(told '$1') -ge ${2:-1} ]" 20 || fail "not told ${2:-1} times: $1; but: $(cat "$TOLD")"
}

# The status that was told last.
last_status()
{
	grep -oP '\tSTATUS=\K[^\t]*' "$TOLD" | tail -n 1
}
