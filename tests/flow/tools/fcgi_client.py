# SPDX-License-Identifier: MIT
"""A FastCGI client that may be as odd as it likes: what web servers send, record by record.

For the flow tests, which import it from their directory of tools. Knows nothing of hearth.
"""
import socket
import struct

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES, GET_VALUES_RESULT, UNKNOWN = range(1, 12)
RESPONDER, AUTHORIZER, FILTER = 1, 2, 3
COMPLETE, CANT_MPX, OVERLOADED, UNKNOWN_ROLE = range(4)


def record(kind, request, content=b"", padding=0, version=1):
    return struct.pack(">BBHHBx", version, kind, request, len(content), padding) + content + b"\0" * padding


def length(n, long=False):
    return struct.pack(">I", n | 0x80000000) if long or n > 127 else bytes([n])


def pair(name, value, long=False):
    if isinstance(name, str):
        name = name.encode()
    if isinstance(value, str):
        value = value.encode()
    return length(len(name), long) + length(len(value), long) + name + value


def pairs(params, long=False):
    if isinstance(params, dict):
        params = params.items()
    return b"".join(pair(n, v, long) for n, v in params)


def begin(request, role=RESPONDER, keep=True):
    return record(BEGIN, request, struct.pack(">HB5x", role, keep))


def stream(kind, request, content, piece=65535, padding=0):
    """All of it and its end."""
    out = b"".join(
        record(kind, request, content[i : i + piece], padding) for i in range(0, len(content), piece)
    )
    return out + record(kind, request, b"", padding)


def params_for(path, query="", method="GET", **more):
    """What a web server would say of a request for this path."""
    p = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": path,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_URI": path + ("?" + query if query else ""),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.7",
    }
    p.update(more)
    return p


def request(number, path, query="", body=None, role=RESPONDER, keep=True, piece=65535, padding=0, **more):
    """A whole request."""
    if body is not None:
        more.setdefault("method", "POST")
        more.setdefault("CONTENT_LENGTH", str(len(body)))
    out = begin(number, role, keep)
    out += stream(PARAMS, number, pairs(params_for(path, query, **more)), piece, padding)
    if role != AUTHORIZER:
        out += stream(STDIN, number, body or b"", piece, padding)
    return out


class Answer:
    def __init__(self):
        self.out, self.err, self.status, self.app = bytearray(), bytearray(), None, None
        self.out_ended = self.err_ended = False
        self.records = 0

    @property
    def head(self):
        return self.out.partition(b"\r\n\r\n")[0].decode()

    @property
    def body(self):
        return self.out.partition(b"\r\n\r\n")[2]

    def field(self, name):
        for line in self.head.split("\r\n"):
            if line.lower().startswith(name.lower() + ":"):
                return line.partition(":")[2].strip()
        return None

    @property
    def code(self):
        return int((self.field("Status") or "0").split()[0])


class Conn:
    def __init__(self, address, timeout=30, rcvbuf=0):
        """A path, a port of 127.0.0.1, or (ADDRESS, PORT)."""
        unix = isinstance(address, str) and address.startswith("/")
        inet = address if isinstance(address, tuple) else None if unix else ("127.0.0.1", int(address))
        family = socket.AF_UNIX if unix else socket.AF_INET6 if ":" in inet[0] else socket.AF_INET
        self.s = socket.socket(family, socket.SOCK_STREAM)
        if rcvbuf:
            self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self.s.settimeout(timeout)
        self.s.connect(inet or address)
        self.unread = b""
        self.answers = {}
        self.order = []
        self.others = []

    def send(self, *what):
        self.s.sendall(b"".join(what))

    def _fill(self, n):
        while len(self.unread) < n:
            more = self.s.recv(262144)
            if not more:
                return False
            self.unread += more
        return True

    def read(self):
        """One record: kind, request, content. None at the end of the connection."""
        try:
            if not self._fill(8):
                assert not self.unread, "it ends within a record"
                return None
        except ConnectionResetError:
            return None
        version, kind, number, n, padding = struct.unpack(">BBHHBx", self.unread[:8])
        assert version == 1, "version %d" % version
        assert self._fill(8 + n + padding), "it ends within a record"
        content = self.unread[8 : 8 + n]
        self.unread = self.unread[8 + n + padding :]
        return kind, number, content

    def take(self):
        """The next record into the answers. Its kind, or None."""
        got = self.read()
        if not got:
            return None
        kind, number, content = got
        if kind in (GET_VALUES_RESULT, UNKNOWN):
            assert number == 0
            self.others.append((kind, content))
            return kind
        a = self.answers.setdefault(number, Answer())
        assert a.status is None, "a record behind the end of request %d" % number
        a.records += 1
        self.order.append(number)
        if kind == STDOUT:
            assert not a.out_ended
            a.out += content
            a.out_ended = not content
        elif kind == STDERR:
            assert not a.err_ended
            a.err += content
            a.err_ended = not content
        else:
            assert kind == END, "a record of kind %d" % kind
            a.app, a.status = struct.unpack(">IB3x", content)
        return kind

    def ended(self, number):
        a = self.answers.get(number)
        return a is not None and a.status is not None

    def answer(self, number=1):
        """Waits for it, and forgets it."""
        while not self.ended(number):
            assert self.take(), "the connection ended"
        return self.answers.pop(number)

    def other(self):
        while not self.others:
            assert self.take(), "the connection ended"
        return self.others.pop(0)

    def get(self, path, query="", number=1, **more):
        self.send(request(number, path, query, **more))
        return self.answer(number)

    def is_over(self):
        """Nothing but the end comes, and that soon."""
        got = self.read()
        assert got is None, "it goes on with %r" % (got,)
        return True

    def close(self):
        self.s.close()


def values(content):
    out = {}
    while content:
        n, v = content[0], content[1]
        assert n < 128 and v < 128
        out[content[2 : 2 + n].decode()] = content[2 + n : 2 + n + v].decode()
        content = content[2 + n + v :]
    return out
