#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Authorizers and filters: a program gets the streams that its role has, with their ends, whatever came
# between them; and what is aborted, or over, leaves nothing to whoever has its id next.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

# It answers with what it got, record by record; words that it is asked for go to its error stream first.
cat >"$T/bin/parrot" <<'END'
#!/usr/bin/python3
import hashlib, os, socket, sys
sys.path.insert(0, os.environ["TOOLS"])
sys.dont_write_bytecode = True
from fcgi_client import *
LAST = {RESPONDER: STDIN, AUTHORIZER: PARAMS, FILTER: DATA}
listener = socket.socket(fileno=0)
while True:
    c = Conn.__new__(Conn)
    c.s, c.unread = listener.accept()[0], b""
    while True:
        got = c.read()
        if not got:
            break
        kind, number, content = got
        if kind == BEGIN:
            role, sums, ends = content[1], {k: b"" for k in (PARAMS, STDIN, DATA)}, []
            continue
        sums[kind] += content
        if content:
            continue
        ends.append(kind)
        if kind != LAST[role]:
            continue
        said = "role %d ends %s\n" % (role, ends)
        for k in (STDIN, DATA):
            said += "%d %d %s\n" % (k, len(sums[k]), hashlib.sha1(sums[k]).hexdigest())
        words = b"w" * int((sums[PARAMS].partition(b"WORDS=")[2] or b"0;").partition(b";")[0])
        out = b"Content-Type: text/plain\r\n\r\n" + said.encode() + sums[PARAMS]
        if words:
            c.send(stream(STDERR, number, words))
        c.send(stream(STDOUT, number, out), record(END, number, b"\0" * 8))
    c.s.close()
END
chmod 755 "$T/bin/parrot"
cp "$ROOT/tests/flow/tools/fcgi_client.py" "$T/bin/"
{
	fcgi_conf "env[TOOLS] = $T/bin" "pm.max_children = 1" | sed "s|^command = .*|command = $T/bin/parrot|"
} >"$T/conf"
chmod 755 "$T" "$T/bin"
hearth_start "$T/conf"

client <<'END'
import hashlib
c = Conn(SOCKET)
NAMES = {RESPONDER: [PARAMS, STDIN], AUTHORIZER: [PARAMS], FILTER: [PARAMS, STDIN, DATA]}

def whole(number, role, body=b"", data=b"", piece=65535, padding=0, cut=None, **more):
    p = pairs(params_for("/x", FCGI_DATA_LENGTH=str(len(data)), FCGI_DATA_LAST_MOD="1700000000", CONTENT_LENGTH=str(len(body)), **more))
    out = begin(number, role)
    if cut is None:
        out += stream(PARAMS, number, p, piece, padding)
    else:
        out += record(PARAMS, number, p[:cut]) + record(PARAMS, number, p[cut:], padding) + record(PARAMS, number)
    if role != AUTHORIZER:
        out += stream(STDIN, number, body, piece, padding)
    if role == FILTER:
        out += stream(DATA, number, data, piece, padding)
    return out, len(p)

def check(a, role, body=b"", data=b""):
    assert a.code == 200 and a.status == COMPLETE, a.out
    lines = a.body.decode(errors="replace").split("\n")
    assert lines[0] == "role %d ends %s" % (role, NAMES[role]), lines[0]
    assert lines[1] == "%d %d %s" % (STDIN, len(body), hashlib.sha1(body).hexdigest()), lines[1]
    assert lines[2] == "%d %d %s" % (DATA, len(data), hashlib.sha1(data).hexdigest()), lines[2]
    return a

for role in NAMES:
    for n in (0, 1, 65535, 65536, 300000):
        body = b"" if role == AUTHORIZER else os.urandom(n // 3)
        data = os.urandom(n) if role == FILTER else b""
        for how in ({}, {"piece": 1000, "padding": 255}):
            c.send(whole(1, role, body, data, **how)[0])
            a = check(c.answer(), role, body, data)
            assert b"FCGI_DATA_LENGTH%d" % len(data) in a.out
    # Parameters cut at every byte.
    n = whole(1, role)[1]
    for i in range(1, n):
        c.send(whole(1, role, cut=i, padding=i % 256)[0])
        check(c.answer(), role)

# Three at once, their streams in turns; the one in the middle is aborted within its data.
parts = []
for i in (1, 2, 3):
    body, data = b"b%d" % i * 5000, b"d%d" % i * 30000
    p = pairs(params_for("/x", CONTENT_LENGTH=str(len(body))))
    parts.append([begin(i, FILTER), record(PARAMS, i, p), record(PARAMS, i), record(STDIN, i, body), record(STDIN, i), record(DATA, i, data[:100]),
        record(DATA, i, data[100:]), record(DATA, i)])
parts[1][6:] = [record(ABORT, 2)]
for k in range(8):
    c.send(b"".join(p[k] for p in parts if k < len(p)))
a = c.answer(2)
assert a.status == COMPLETE and not a.out
for i in (1, 3):
    check(c.answer(i), FILTER, b"b%d" % i * 5000, b"d%d" % i * 30000)
# The id of the aborted one is free, and what was on its way to it is nobody's.
c.send(record(DATA, 2, b"late"), record(DATA, 2), whole(2, RESPONDER, b"new")[0])
check(c.answer(2), RESPONDER, b"new")

# An error stream is all there before the end: the next with that id has none of it.
for i in range(20):
    c.send(whole(7, RESPONDER, b"%d" % i, QUERY_STRING="WORDS=60000;" if i % 2 == 0 else "")[0])
    a = check(c.answer(7), RESPONDER, b"%d" % i)
    assert a.err == (b"w" * 60000 if i % 2 == 0 else b""), (i, len(a.err))
# An abort behind the end says nothing, and does nothing to the next.
c.send(record(ABORT, 7), whole(7, AUTHORIZER)[0], record(ABORT, 6 + 1))
a = c.answer(7)
assert a.status == COMPLETE
c.send(whole(7, AUTHORIZER)[0], record(STDIN, 7))
check(c.answer(7), AUTHORIZER)
assert not c.answers and not c.others
END
hearth_stop
