#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Whatever is refused, however early: the page has the request's id, and it is that of the access log,
# of the error log, and of the header field that tells it, if there is to be one.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

mkdir "$T/www/dir" "$T/www/cgi-bin"
echo "a file" >"$T/www/file.txt"
echo secret >"$T/www/secret.txt"
chmod 000 "$T/www/secret.txt"
echo text | script plain
chmod 644 "$T/www/cgi-bin/plain"
printf '#!/nowhere/sh\n' | script nowhere
printf '#!/bin/sh\necho nonsense\n' | script nonsense
printf '#!/bin/sh\necho nonsense\n' | script nph-nonsense
mkdir "$T/www/cgi-bin/sub"
printf '#!/bin/sh\nprintf "Content-Type: text/plain\\n\\nindex"\n' | script sub/index
conf()
{
	global_section
	gateway_section "access.log = $T/access" 'access.format = "%L %s"' "max_request_line = 1k" "max_header_size = 4k" "max_headers = 10" \
		"max_body = 1000" "header_timeout = 1s" "body_timeout = 1s" "$@"
	script_pool "index = index" "listen = $T/scripts.sock"
	fcgi_pool "route = /app/" "pm.max_children = 4" "pm.status_path = /app/status"
	probe_pool mute "response_header_timeout = 1s"
	probe_pool full "pm.max_children = 1" "pm.max_queue = 0"
}
conf >"$T/conf"
hearth_start "$T/conf"
hold_worker full

# refusals FIELD: asks for each of them. Prints what is wrong.
refusals()
{
	client "$1" "$PORT" "$LOG" <<'END'
import re, socket, threading
FIELD, PORT, LOG = sys.argv[1], int(sys.argv[2]), sys.argv[3]
REST = "Host: a\r\nConnection: close\r\n\r\n"

# What is sent, the status, and whether the error log has a line about it.
by_http = [
    ("RUBBISH\r\n\r\n", 400, 0),
    ("GET /file.txt HTTP/1.1\r\n\r\n", 400, 0),
    ("GET /%zz HTTP/1.1\r\n" + REST, 400, 0),
    ("GET /file.txt HTTP/2.0\r\n" + REST, 505, 0),
    ("GET /" + "x" * 2000 + " HTTP/1.1\r\n" + REST, 414, 0),
    ("GET / HTTP/1.1\r\nX: " + "x" * 8000 + "\r\n" + REST, 431, 0),
    ("GET / HTTP/1.1\r\n" + "X: y\r\n" * 20 + REST, 431, 0),
    ("GET / HT", 408, 0),
    ("POST /app/echo HTTP/1.1\r\nContent-Length: 10\r\n" + REST + "abc", 408, 0),
    ("POST /app/echo HTTP/1.1\r\nContent-Length: 5000\r\n" + REST, 413, 0),
    ("POST /app/echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + REST + "fff\r\n", 413, 0),
    ("POST /app/echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + REST + "z\r\n", 400, 0),
    ("POST /app/echo HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n" + REST, 501, 0),
    ("FROB /file.txt HTTP/1.1\r\n" + REST, 501, 0),
    ("POST /file.txt HTTP/1.1\r\nContent-Length: 0\r\n" + REST, 405, 0),
    ("GET /file.txt HTTP/1.1\r\nExpect: wonders\r\n" + REST, 417, 0),
    ("GET /file.txt HTTP/1.1\r\nRange: bytes=100-\r\n" + REST, 416, 0),
    ("GET /file.txt HTTP/1.1\r\nIf-Match: \"x\"\r\n" + REST, 412, 0),
    ("GET /none HTTP/1.1\r\n" + REST, 404, 0),
    ("GET /secret.txt HTTP/1.1\r\n" + REST, 403, 0),
    ("GET /dir/ HTTP/1.1\r\n" + REST, 404, 0),
    ("GET /hearth/none HTTP/1.1\r\n" + REST, 404, 0),
    ("GET /hearth/live HTTP/1.1\r\nVia: 1.1 proxy\r\n" + REST, 404, 0),
    ("POST /hearth/live HTTP/1.1\r\nContent-Length: 0\r\n" + REST, 405, 0),
    ("POST /app/status HTTP/1.1\r\nContent-Length: 0\r\n" + REST, 405, 0),
    ("GET /cgi-bin/none HTTP/1.1\r\n" + REST, 404, 0),
    ("GET /cgi-bin/sub HTTP/1.1\r\n" + REST, 301, 0),
    ("GET /cgi-bin/plain HTTP/1.1\r\n" + REST, 403, 1),
    ("GET /cgi-bin/nowhere HTTP/1.1\r\n" + REST, 500, 1),
    ("GET /cgi-bin/nonsense HTTP/1.1\r\n" + REST, 502, 1),
    ("GET /cgi-bin/nph-nonsense HTTP/1.1\r\n" + REST, 502, 1),
    ("GET /app/crash HTTP/1.1\r\n" + REST, 502, 1),
    ("GET /app/garbage HTTP/1.1\r\n" + REST, 502, 1),
    ("GET /mute/silent HTTP/1.1\r\n" + REST, 504, 1),
    ("GET /full/hello HTTP/1.1\r\n" + REST, 503, 0),
]
by_fastcgi = [
    (SOCKET, "/app/echo", {"body": b"x" * 5000}, 413, 0),
    (SOCKET, "/app/echo", {"CONTENT_LENGTH": "many"}, 400, 1),
    (SOCKET, "/app/echo", {"body": b"abc", "CONTENT_LENGTH": "5"}, 400, 1),
    (SOCKET, "/app/status", {"method": "POST"}, 405, 0),
    (SOCKET, "/crash", {}, 502, 1),
    (T + "/scripts.sock", "/none", {"SCRIPT_FILENAME": T + "/www/cgi-bin/none"}, 404, 0),
    (T + "/scripts.sock", "/else", {"SCRIPT_FILENAME": "/etc/passwd"}, 404, 1),
    (T + "/scripts.sock", "/nowhere", {"SCRIPT_FILENAME": T + "/www/cgi-bin/nowhere"}, 500, 1),
]
wrong, seen, one = [], {}, threading.Lock()

def logged(path, words):
    for _ in range(200):
        with open(path, errors="replace") as f:
            if any(all(w in line for w in words) for line in f):
                return True
        time.sleep(0.05)
    return False

def judge(what, head, body, status, has_line):
    got = int(re.search(r"^(?:HTTP/1.1|Status:) (\d+)", head, re.M).group(1))
    if got != status and status is not None:
        return "status %d, not %d" % (got, status)
    ids = re.findall(r"Request ([0-9a-f]{16})<", body)
    told = re.findall(r"^X-Request-Id: (.*?)\r?$", head, re.M | re.I)
    if len(ids) != 1 or len(body) > 250:
        return "no page with an id: %r" % body
    if told != (ids if FIELD == "yes" else []):
        return "the head tells %r" % told
    if ids[0] in seen:
        return "the id of another: " + seen[ids[0]]
    seen[ids[0]] = what
    if not logged(T + "/access", ["%s %d\n" % (ids[0], got)]):
        return "not in the access log: " + ids[0]
    if has_line and not logged(LOG, [ids[0]]):
        return "not in the error log: " + ids[0]

def ask_http(sent, status, has_line):
    s = socket.create_connection(("127.0.0.1", PORT), 30)
    s.sendall(sent.encode())
    got = b""
    while True:
        try:
            more = s.recv(65536)
        except ConnectionResetError:
            break
        if not more:
            break
        got += more
    head, _, body = got.decode().partition("\r\n\r\n")
    return judge(sent, head, body, status, has_line)

def ask_fastcgi(to, path, more, status, has_line):
    a = Conn(to).get(path, **more)
    return judge(path, a.head, a.body.decode(), status, has_line)

# A worker that dies of its first request may be the sign of a broken pool, which is 503.
def ask_one(fn, row):
    if not any(deadly in repr(row) for deadly in ("/crash", "/garbage")):
        return fn(*row)
    with one:
        while Conn(SOCKET).get("/hello").code != 200:
            time.sleep(0.01)
        return fn(*row)

def run(fn, row):
    try:
        why = ask_one(fn, row)
    except Exception as e:
        why = repr(e)
    if why:
        wrong.append("%r: %s" % (row[:3], why))

threads = [threading.Thread(target=run, args=(ask_http, row)) for row in by_http]
threads += [threading.Thread(target=run, args=(ask_fastcgi, row)) for row in by_fastcgi]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert not wrong, "\n".join(wrong)
END
}

refusals no
get /none --head
expect_status 404
expect "the length of a page that is not sent" "$(header Content-Length)" 148
conf "request_id_header = X-Request-Id" >"$T/conf"
ctl reload || fail "$(cat "$T/ctl.err")"
refusals yes
conf "request_id_header = none" >"$T/conf"
ctl reload || fail "$(cat "$T/ctl.err")"
get /none
expect "without the directive" "$(header X-Request-Id)" ""
release_worker
expect_held "the request that ran" 200
hearth_stop
