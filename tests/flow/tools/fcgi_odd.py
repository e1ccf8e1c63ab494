# SPDX-License-Identifier: MIT
"""A FastCGI server with bad manners: fcgi_odd.py MARKS [SOCKET].

It listens at SOCKET, or at descriptor 0. As long as the file MARKS/well exists it behaves. Else,
by the path that is asked for: /twice is answered, and again when the next request has come, which
is not answered itself; any other has an end and no answer. For the flow tests; knows nothing of hearth.
"""
import os
import socket
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fcgi_client import BEGIN, END, PARAMS, STDIN, STDOUT, record, struct

MARKS = sys.argv[1]


def answer(request, body):
    page = b"Content-Type: text/plain\r\n\r\n" + body + b"\n"
    return record(STDOUT, request, page) + record(END, request, b"\0" * 8)


def requests(s):
    """Each that has come wholly: its id and parameters."""
    unread = b""
    params = b""
    while True:
        more = s.recv(65536)
        if not more:
            return
        unread += more
        while len(unread) >= 8:
            _, kind, request, n, padding = struct.unpack(">BBHHBx", unread[:8])
            if len(unread) < 8 + n + padding:
                break
            content, unread = unread[8 : 8 + n], unread[8 + n + padding :]
            if kind == BEGIN:
                params = b""
            elif kind == PARAMS:
                params += content
            elif kind == STDIN and not n:
                yield request, params


def serve(s):
    again = b""
    for request, params in requests(s):
        if again:
            s.sendall(again)
            again = b""
        elif os.path.exists(MARKS + "/well"):
            s.sendall(answer(request, b"well"))
        elif b"/twice" in params:
            s.sendall(answer(request, b"first"))
            again = answer(request, b"unasked")
        else:
            s.sendall(record(END, request, b"\0" * 8))


def serve_to_its_end(s):
    try:
        serve(s)
    except OSError:
        pass


if len(sys.argv) > 2:
    door = socket.socket(socket.AF_UNIX)
    door.bind(sys.argv[2])
    os.chmod(sys.argv[2], 0o666)
    door.listen(64)
else:
    door = socket.socket(fileno=0)
while True:
    threading.Thread(target=serve_to_its_end, args=(door.accept()[0],), daemon=True).start()
