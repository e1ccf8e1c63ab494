# SPDX-License-Identifier: MIT
#
# wire: one request and its answer on a connection, and the judgement whether that is the answer. What a
# client may believe is decided here alone: its own tag, the whole body, nothing behind it. Knows nothing
# of pools and faults.

import socket
import time
import zlib

HANG = 120  # seconds without a byte: long enough for any machine


class Wrong(Exception):
    """An answer that no fault explains."""


class Cut(Exception):
    """The answer ended too early: the connection did."""

    def __init__(self, kind):
        super().__init__(kind)
        # gone: before its first byte; cut: within, and it shows; half: within, in a stream that only its end
        # ends; short: the script has ended early, and had not said how much there would be
        self.kind = kind


class Ask:
    """A request; `path` is that of the pool, with its slash."""

    def __init__(self, tag, path, body=None, lines=0, ms=0, pieces=0, hold='',
                 version='1.1', close=False, chunked=False, length=False):
        self.tag, self.path, self.body, self.lines = tag, path, body, lines
        self.ms, self.pieces, self.hold = ms, pieces, hold
        self.version, self.close, self.chunked, self.length = version, close, chunked, length

    def head(self):
        query = (f'tag={self.tag}&lines={self.lines}&ms={self.ms}&pieces={self.pieces}'
                 f'&length={int(self.length)}&hold={self.hold}')
        method = 'GET' if self.body is None else 'POST'
        lines = [f'{method} {self.path}echo?{query} HTTP/{self.version}', 'Host: chaos']
        if self.close and self.version == '1.1':
            lines.append('Connection: close')
        if self.body is not None:
            lines.append('Transfer-Encoding: chunked' if self.chunked else f'Content-Length: {len(self.body)}')
        return ('\r\n'.join(lines) + '\r\n\r\n').encode()

    def body_bytes(self):
        if self.body is None or not self.chunked:
            return self.body or b''
        parts = [self.body[i:i + 5000] for i in range(0, len(self.body), 5000)]
        return b''.join(b'%x\r\n%s\r\n' % (len(p), p) for p in parts) + b'0\r\n\r\n'

    def expected(self):
        body, tag = self.body or b'', self.tag.encode()
        begin = b'begin %s %d %08x\n' % (tag, len(body), zlib.crc32(body))
        return begin + (tag + b'\n') * self.lines + b'end %s\n' % tag


class Wire:
    """A connection, since `born`: what it has brought may be read long after its other end has died."""

    def __init__(self, address, receive=None):
        self.born = time.monotonic()
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock.settimeout(HANG)
        if receive:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        self.got = b''
        self.slowly = 0  # seconds between reads
        try:
            self.sock.connect(address)
        except TimeoutError:
            raise Wrong('hang: could not connect')
        except OSError as e:
            self.sock.close()
            raise Wrong(f'refused: {e}')

    def send(self, data):
        try:
            self.sock.sendall(data)
        except TimeoutError:
            raise Wrong(f'hang: the server took nothing for {HANG} s')
        except OSError:
            pass  # what that means shows when its side is read

    def close(self):
        self.sock.close()

    def _more(self):
        """False: the stream has ended; Cut if it was reset."""
        if self.slowly:
            time.sleep(self.slowly)
        try:
            some = self.sock.recv(2000 if self.slowly else 65536)
        except TimeoutError:
            raise Wrong(f'hang: no answer for {HANG} s')
        except OSError:
            raise Cut('cut' if self.got else 'gone')
        self.got += some
        return bool(some)

    def _until(self, mark):
        while mark not in self.got:
            if not self._more():
                raise Cut('cut' if self.got else 'gone')
        found, self.got = self.got.split(mark, 1)
        return found

    def _exactly(self, n, body):
        while n:
            if not self.got and not self._more():
                raise Cut('cut')
            some, self.got = self.got[:n], self.got[n:]
            n -= len(some)
            body += some

    def _head(self):
        head = self._until(b'\r\n\r\n').decode('latin-1').split('\r\n')
        words = head[0].split(' ', 2)
        if not head[0].startswith('HTTP/1.1 ') or not words[1].isdigit():
            raise Wrong(f'no answer begins like this: {head[0][:80]!r}')
        fields = {}
        for line in head[1:]:
            name, _, value = line.partition(':')
            fields[name.lower()] = value.strip()
        return int(words[1]), fields

    def _body(self, fields, body):
        """True: the end of the stream was its end."""
        if fields.get('transfer-encoding') == 'chunked':
            while (n := int(self._until(b'\r\n'), 16)):
                self._exactly(n, body)
                if self._until(b'\r\n'):
                    raise Wrong('a chunk does not end where it said')
            self._until(b'\r\n')
        elif 'content-length' in fields:
            self._exactly(int(fields['content-length']), body)
        else:
            while self.got or self._more():
                body += self.got
                self.got = b''
            return True
        return False

    def answer(self, ask):
        """(status, whether the connection goes on); Cut; Wrong."""
        body, expected = bytearray(), ask.expected()
        try:
            status, fields = self._head()
        except Cut as cut:
            self.got = b''
            raise cut
        try:
            to_end = self._body(fields, body)
        except Cut:
            if status == 200 and not expected.startswith(bytes(body)):
                raise Wrong(f'{ask.tag}: what came before the cut is not its own: {tail(body)}')
            raise Cut('cut')
        if status == 200 and bytes(body) != expected:
            if expected.startswith(bytes(body)) and not ask.length:
                raise Cut('half' if to_end else 'short')
            raise Wrong(f'{ask.tag}: the answer is not its own, or not whole: {len(body)} bytes '
                        f'where {len(expected)} were due: {bytes(body[:60])!r} ... {tail(body)}')
        if status == 200 and fields.get('x-tag') != ask.tag:
            raise Wrong(f'{ask.tag}: the head is that of {fields.get("x-tag")}')
        closes = to_end or fields.get('connection', '').lower() == 'close'
        return status, not closes and ask.version == '1.1' and not ask.close

    def nothing_more(self):
        """Between requests the server has nothing to say."""
        if self.got:
            raise Wrong(f'bytes that nobody asked for: {self.got[:80]!r}')


def tail(body):
    return repr(bytes(body[-60:]))
