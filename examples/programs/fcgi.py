# SPDX-License-Identifier: MIT
#
# FastCGI for Python, with nothing but the standard library: serve(application) is a WSGI server on the
# listening socket that is descriptor 0 (any framework's application will do). A thread for each
# connection, one request at a time on it: with pm.concurrency = N, hearth opens N. A body is in memory up
# to SPOOL bytes and then in a file; PARAMS_MAX bounds the rest of what a request may take.

import io
import socket
import struct
import sys
import tempfile
import threading
import traceback

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES, VALUES, UNKNOWN = range(1, 12)
COMPLETE, CANT_MPX, _, UNKNOWN_ROLE = range(4)
RESPONDER, KEEP_CONN = 1, 1
SPOOL, PARAMS_MAX = 1 << 20, 1 << 20


def pairs(data):
    """The names and values of a PARAMS or GET_VALUES stream."""
    at = 0

    def length():
        nonlocal at
        size = 4 if data[at] & 0x80 else 1
        number = int.from_bytes(data[at:at + size], 'big') & 0x7fffffff
        at += size
        return number

    while at < len(data):
        n, v = length(), length()
        yield data[at:at + n].decode('latin-1'), data[at + n:at + n + v].decode('latin-1')
        at += n + v


class ErrorStream(io.TextIOBase):
    def __init__(self, connection, number):
        self.connection, self.number, self.used = connection, number, False

    def write(self, text):
        self.used = True
        self.connection.send(STDERR, self.number, text.encode(errors='replace'))
        return len(text)


class Connection:
    def __init__(self, sock):
        self.sock, self.stream = sock, sock.makefile('rb', 1 << 16)

    def record(self):
        head = self.stream.read(8)
        if len(head) < 8:
            raise EOFError
        version, kind, number, length, padding = struct.unpack('!BBHHBx', head)
        content = self.stream.read(length + padding)[:length]
        if version != 1 or len(content) < length:
            raise EOFError
        return kind, number, content

    def put(self, kind, number, content=b''):
        self.sock.sendall(struct.pack('!BBHHBx', 1, kind, number, len(content), 0) + content)

    def send(self, kind, number, content):
        """A stream's bytes, in as many records as they need; none if there are none, which would end it."""
        for at in range(0, len(content), 65528):
            self.put(kind, number, content[at:at + 65528])

    def end(self, number, status, app_status=0):
        self.put(END, number, struct.pack('!IB3x', app_status, status))

    def manage(self, kind, content):
        if kind == GET_VALUES:
            self.put(VALUES, 0, b'\x0f\x01FCGI_MPXS_CONNS0' if b'FCGI_MPXS_CONNS' in content else b'')
        else:
            self.put(UNKNOWN, 0, struct.pack('!B7x', kind))

    def request(self):
        """The next one that is complete: its number, whether to keep the connection, parameters, body."""
        active = None
        while True:
            kind, number, content = self.record()
            if number == 0:
                self.manage(kind, content)
            elif kind == BEGIN:
                role, flags = struct.unpack('!HB', content[:3])
                if active or role != RESPONDER:
                    self.end(number, CANT_MPX if active else UNKNOWN_ROLE)
                else:
                    active, keep, params = number, flags & KEEP_CONN, bytearray()
                    body = tempfile.SpooledTemporaryFile(SPOOL)
            elif number != active:
                pass  # it has been answered already
            elif kind == ABORT:
                self.end(number, COMPLETE, 1)
                active = None
            elif kind == PARAMS:
                params += content
                if len(params) > PARAMS_MAX:
                    raise EOFError
            elif kind == STDIN and content:
                body.write(content)
            elif kind == STDIN:
                body.seek(0)
                return number, keep, dict(pairs(params)), body

    def answer(self, application, number, params, body, errors):
        def start_response(status, headers, exc_info=None):
            lines = [f'Status: {status}'] + [f'{name}: {value}' for name, value in headers]
            head.append(('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1'))
            return write

        def write(data):
            self.send(STDOUT, number, b''.join(head) + data)
            head.clear()

        head = []
        environ = params | {
            'wsgi.version': (1, 0), 'wsgi.url_scheme': params.get('REQUEST_SCHEME', 'http'), 'wsgi.input': body,
            'wsgi.errors': errors, 'wsgi.multithread': True, 'wsgi.multiprocess': True,
            'wsgi.run_once': False}
        parts = application(environ, start_response)
        try:
            for part in parts:
                write(part)
            write(b'')
        finally:
            getattr(parts, 'close', lambda: None)()

    def serve(self, application):
        keep = True
        while keep:
            number, keep, params, body = self.request()
            errors = ErrorStream(self, number)
            with body:
                try:
                    self.answer(application, number, params, body, errors)
                except OSError:
                    raise
                except Exception:
                    errors.write(traceback.format_exc())
            self.put(STDOUT, number)
            if errors.used:
                self.put(STDERR, number)
            self.end(number, COMPLETE)


def attend(sock, application):
    with sock:
        try:
            Connection(sock).serve(application)
        except (EOFError, OSError, IndexError, struct.error):
            pass  # whoever is at the other end has gone, or speaks nonsense


def serve(application):
    listener = socket.socket(fileno=sys.stdin.fileno())
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=attend, args=(sock, application), daemon=True).start()
