#!/usr/bin/python3
# SPDX-License-Identifier: MIT
#
# A FastCGI program with nothing but the standard library: one request at a time on the socket that is its
# standard input. It works for WORK_MS per request and tells who answered, which request of its life that
# was, and how long it took from its birth until it could take the first.

import os
import socket
import struct
import time

BEGIN, END, STDIN, STDOUT = 1, 3, 5, 6


def since_birth():
    """Milliseconds; the kernel counts births in hundredths of a second."""
    with open('/proc/self/stat') as stat, open('/proc/uptime') as uptime:
        born = int(stat.read().rpartition(')')[2].split()[19]) / os.sysconf('SC_CLK_TCK')
        return max(0, float(uptime.read().split()[0]) - born) * 1000


def record(kind, content):
    return struct.pack('!BBHHBx', 1, kind, 1, len(content), 0) + content


def records(stream):
    while len(head := stream.read(8)) == 8:
        _, kind, _, length, padding = struct.unpack('!BBHHBx', head)
        content = stream.read(length)
        stream.read(padding)
        yield kind, content


def work():
    time.sleep(float(os.environ.get('WORK_MS', '200')) / 1000)


ready, served = since_birth(), 0
listener = socket.socket(fileno=0)
while True:
    connection, _ = listener.accept()
    with connection, connection.makefile('rb') as stream:
        for kind, content in records(stream):
            if kind == STDIN and not content:  # the request is complete
                begun = time.monotonic()
                work()
                served += 1
                text = f'{os.getpid()} {served} {ready:.0f} {(time.monotonic() - begun) * 1000:.0f}\n'
                connection.sendall(record(STDOUT, b'Content-Type: text/plain\r\n\r\n' + text.encode()) +
                                   record(STDOUT, b'') + record(END, bytes(8)))
