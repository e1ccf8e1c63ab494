#!/usr/bin/python3
# SPDX-License-Identifier: MIT
#
# Python as a WSGI application, which fcgi.py beside this file serves: threads, so that pm.concurrency
# may be large where requests wait for something. They share one interpreter lock: for work, have more
# processes instead.

import os
import signal
import threading
import time
from urllib.parse import parse_qs

import fcgi

lock, at_work = threading.Lock(), 0


def hello(environ):
    return f'Hello from Python, process {os.getpid()}\n'


def env(environ):
    return ''.join(f'{name}={environ[name]}\n' for name in sorted(environ) if not name.startswith('wsgi.'))


def echo(environ):
    return iter(lambda: environ['wsgi.input'].read(65536), b'')


def count(change):
    global at_work
    with lock:
        at_work += change
        return at_work


def slow(environ):
    ms = int(parse_qs(environ.get('QUERY_STRING', '')).get('ms', ['0'])[0])
    count(1)
    time.sleep(ms / 1000)
    return f'{ms} ms, {count(-1) + 1} at once\n'


def crash(environ):
    os.kill(os.getpid(), signal.SIGKILL)


def say(environ):
    print('Python has something to say', file=environ['wsgi.errors'])
    return 'said\n'


PAGES = {'/hello': hello, '/env': env, '/echo': echo, '/slow': slow, '/crash': crash, '/say': say}


def application(environ, start_response):
    page = PAGES.get(environ.get('PATH_INFO'))
    answer = page(environ) if page else 'no such page\n'
    text = isinstance(answer, str)
    start_response('200 OK' if page else '404 Not Found',
                   [('Content-Type', 'text/plain' if text else 'application/octet-stream')])
    return [answer.encode('latin-1')] if text else answer


fcgi.serve(application)
