# SPDX-License-Identifier: MIT
#
# check_wire: answers that are wrong, from a server that is told what to say: each has to be noticed.

import socket
import struct
import threading

import wire
from wire import Ask, Cut, Wire, Wrong

OWN = Ask('me', '/', lines=3).expected()
OTHER = Ask('you', '/', lines=3).expected()
HEAD = b'HTTP/1.1 200 OK\r\nX-Tag: me\r\n'
NO_BODY = b'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'


def with_length(body, n=None):
    return HEAD + b'Content-Length: %d\r\n\r\n' % (len(body) if n is None else n) + body


def in_chunks(body, end=b'0\r\n\r\n'):
    return HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n' + body[:5] + b'\r\n%x\r\n' % (len(body) - 5) + \
        body[5:] + b'\r\n' + end


# what the server says, how it ends (FIN, RST, or not at all), and what the client makes of it; and whether
# it had asked for the length to be told before
CASES = [
    (with_length(OWN), 'FIN', '200'),
    (in_chunks(OWN), 'FIN', '200'),
    (HEAD + b'\r\n' + OWN, 'FIN', '200'),
    (NO_BODY, 'FIN', '502'),
    (with_length(OTHER), 'FIN', 'wrong'),
    (in_chunks(OTHER), 'FIN', 'wrong'),
    (HEAD + b'\r\n' + OTHER, 'FIN', 'wrong'),
    (with_length(OWN).replace(b'X-Tag: me', b'X-Tag: you'), 'FIN', 'wrong'),
    (with_length(OWN[:-4]), 'FIN', 'short'),
    (in_chunks(OWN[:-4]), 'FIN', 'short'),
    (with_length(OWN[:-4]), 'FIN', 'wrong', True),
    (with_length(OWN + OWN), 'FIN', 'wrong'),
    (with_length(OWN) + NO_BODY, 'FIN', 'wrong'),
    (with_length(OWN) + b'x', 'FIN', 'wrong'),
    (HEAD + b'\r\n' + OWN + NO_BODY, 'FIN', 'wrong'),
    (b'nonsense\r\n\r\n', 'FIN', 'wrong'),
    (b'', 'FIN', 'gone'),
    (b'', 'RST', 'gone'),
    (HEAD[:9], 'FIN', 'cut'),
    (with_length(OWN[:-4], len(OWN)), 'FIN', 'cut'),
    (with_length(OTHER[:-4], len(OWN)), 'FIN', 'wrong'),
    (in_chunks(OWN[:-4], b''), 'FIN', 'cut'),
    (HEAD + b'\r\n' + OWN[:-4], 'FIN', 'half'),
    (HEAD + b'\r\n' + OWN[:-4], 'RST', 'cut'),
    (with_length(OWN[:-4], len(OWN)), 'never', 'wrong'),
    (b'', 'never', 'wrong'),
]


def serve(listener):
    for said, end, *_ in CASES:
        conn, _ = listener.accept()
        conn.recv(4096)
        conn.sendall(said)
        if end == 'never':
            conn.recv(1)
        elif end == 'RST':
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            SENT.acquire()
        conn.close()


def makes_of_it(address, length=False):
    w = Wire(address)
    try:
        ask = Ask('me', '/', lines=3, length=length)
        w.send(ask.head())
        status, _ = w.answer(ask)
        w.nothing_more()
        return str(status)
    except Wrong:
        return 'wrong'
    except Cut as cut:
        return cut.kind
    finally:
        w.close()


SENT = threading.Semaphore(0)
with socket.create_server(('127.0.0.1', 0)) as server:
    threading.Thread(target=serve, args=(server,), daemon=True).start()
    for i, case in enumerate(CASES):
        if case[1] == 'RST':  # once it has taken what is before it
            threading.Timer(0.3, SENT.release).start()
        wire.HANG = 1 if case[1] == 'never' else 60
        made = makes_of_it(server.getsockname(), *case[3:])
        assert made == case[2], f'case {i}, {case[:2]}: {made} where {case[2]} is right'
print(f'{len(CASES)} wrong and right answers were told apart')
