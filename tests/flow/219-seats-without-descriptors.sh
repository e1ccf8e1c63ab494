#!/bin/bash
# SPDX-License-Identifier: MIT
#
# More requests at once than there are descriptors for connections to workers: those that find none
# are answered 503, and the workers, whose fault it is not, go on with what they have.
. "$(dirname "$0")/lib.sh"

# Every thread that waits in accept() has a descriptor set aside for it: half of the worker's own.
echo "a file" >"$T/www/file.txt"
{
	head_of_conf "threads = 2" "header_timeout = 60s"
	probe_pool app "pm = static" "pm.max_children = 1" "pm.concurrency = 30" | sed 's/^command.*/& threads=30/'
} >"$T/conf"
ulimit -n 64
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 1 ]'
worker=$(pids_of fcgi-probe)

# As many as may connect at all come first, and then they all ask at once.
cat >"$T/crowd.py" <<'PY'
import os, select, socket, sys, time
port, mark, n = int(sys.argv[1]), sys.argv[2], 30
all = [socket.create_connection(("127.0.0.1", port)) for _ in range(n)]
for s in all:
    s.settimeout(30)
    s.sendall(b"GET /file.txt HTTP/1.1\r\nHost: a\r\n\r\n")
    while b"a file\n" not in s.recv(4096):
        pass
for i, s in enumerate(all):
    s.sendall(b"GET /app/held?%s/%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % (mark.encode(), i))
# Those that are held, and those that are answered already, are all.
answered = {}
while len(answered) + len(os.listdir(mark)) < n:
    time.sleep(0.02)
    for s in select.select(all, [], [], 0)[0]:
        answered[s] = 1
for name in os.listdir(mark):
    os.unlink(mark + "/" + name)
for s in all:
    print(s.recv(4096)[9:12].decode())
PY
timeout 60 /usr/bin/python3 "$T/crowd.py" "$PORT" "$T/mark" >"$T/codes" || fail "no answers: $(cat "$T/codes")"
expect "answers" "$(grep -cE '^(200|503)$' "$T/codes")" 30
expect "answers of one kind: $(sort "$T/codes" | uniq -c)" "$(sort -u "$T/codes" | wc -l)" 2
expect_log 'app. requests are answered 503: the gateway has no descriptor'
# Its seats are as good as before, also those of a thread that has had few of them till now.
expect "the worker" "$(pids_of fcgi-probe)" "$worker"
burst 5 '/app/together?n=5'
expect "answers" "$(burst_count 200)" 5
expect "the worker" "$(pids_of fcgi-probe)" "$worker"
expect_no_log 'does not answer|SIGKILL'
hearth_stop
