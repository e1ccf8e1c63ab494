#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What malformed requests become behind nginx, on few kept connections that good ones share: whatever it
# lets through does no harm to the gateway, to a worker, or to the answers of others.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"
. "$(dirname "$0")/nginx.sh"
command -v nginx >/dev/null || skip "nginx is not installed"

fcgi_conf "pm.max_children = 2" "listen.mode = 0666" "max_body = 100k" >"$T/conf"
hearth_start "$T/conf"

nginx_start <<END
merge_slashes off;
underscores_in_headers on;
ignore_invalid_headers off;
client_header_timeout 2s;
client_body_timeout 2s;
upstream app { server unix:$SOCKET; keepalive 2; }
server {
	listen 127.0.0.1:$PORT;
	client_max_body_size 200k;
	fastcgi_keep_conn on;
	fastcgi_param QUERY_STRING \$query_string;
	fastcgi_param REQUEST_METHOD \$request_method;
	fastcgi_param CONTENT_TYPE \$content_type;
	fastcgi_param CONTENT_LENGTH \$content_length;
	fastcgi_param SCRIPT_NAME /echo;
	fastcgi_param PATH_INFO /echo;
	fastcgi_param X_URI \$uri;
	fastcgi_param REQUEST_URI \$request_uri;
	fastcgi_param SERVER_PROTOCOL \$server_protocol;
	fastcgi_param REMOTE_ADDR \$remote_addr;
	fastcgi_param HTTP_HOST \$http_host;
	location / { fastcgi_pass app; }
	location /streamed { fastcgi_pass app; fastcgi_request_buffering off; fastcgi_buffering off; }
}
END
wait_for "curl -s -o /dev/null http://127.0.0.1:$PORT/"
both()
{
	pids_of hearth-gateway
	pids_of fcgi-probe
}
before=$(both)

client "$PORT" <<'END'
import re, socket

port = int(sys.argv[1])
H = b"Host: a\r\n"
GET, POST = b"GET / HTTP/1.1\r\n" + H, b"POST /%s HTTP/1.1\r\n" + H
EVIL = b"GET /evil HTTP/1.1\r\n" + H + b"\r\n"

# The start of a request, and what belongs to it.
lines = [b"GET / HTTP/1.1", b"get / HTTP/1.1", b"GET  / HTTP/1.1", b"GET\t/\tHTTP/1.1", b"GET / HTTP/1.2", b"GET / HTTP/2.0",
    b"GET / HTTP/11.1", b"GET / HTTP/1.", b"GET / http/1.1", b"GET /", b"GET", b"", b" GET / HTTP/1.1", b"G\0T / HTTP/1.1",
    b"G\xc3\xa9T / HTTP/1.1", b"GET /\0 HTTP/1.1", b"GET /%00 HTTP/1.1", b"GET /%0d%0aX:y HTTP/1.1", b"GET /%2e%2e/%2e%2e/etc HTTP/1.1",
    b"GET /../../etc/passwd HTTP/1.1", b"GET /%zz HTTP/1.1", b"GET /%u0041 HTTP/1.1", b"GET //a//b/./c/.. HTTP/1.1", b"GET /\xff\xfe HTTP/1.1",
    b"GET /a?%00=\x7f&\xff HTTP/1.1", b"GET * HTTP/1.1", b"OPTIONS * HTTP/1.1", b"GET http://b/ HTTP/1.1", b"GET http:// HTTP/1.1",
    b"GET ftp://b/ HTTP/1.1", b"CONNECT b:80 HTTP/1.1", b"TRACE / HTTP/1.1", b"PRI * HTTP/2.0", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03",
    b"GET /" + b"a" * 7000 + b" HTTP/1.1", b"GET /?" + b"b=%41&" * 1200 + b" HTTP/1.1", b"PURGE / HTTP/1.1", b"X" * 300 + b" / HTTP/1.1",
    b"GET / HTTP/0.9", b"GET / HTTP/1.0\0", b"GET /#a HTTP/1.1", b"GET /a b HTTP/1.1", b"GET \\..\\ HTTP/1.1"]
fields = [b"Host : a", b" Host: a", b"Host: a\r\nHost: b", b"Host:", b"Host: a\0b", b"Host: a/../b", b"Host: [::1", b"Host: a:99999",
    b"X: a\r\n b", b"X", b": y", b"X Y: z", b"X\0: y", b"X: \0", b"X: \x7f\x01", b"X\xff: y", b"X: () { :; }; echo", b"Proxy: http://evil/",
    b"proxy_: x\r\nPROXY: y", b"PHP_VALUE: a", b"Content_Length: 5", b"Content-Type: \xff\xfe", b"X: " + b"y" * 7000,
    b"\r\n".join(b"X-%d: y" % i for i in range(90)), b"Connection: keep-alive, close, x", b"Expect: 100-continue", b"Expect: more",
    b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nConnection: Upgrade, HTTP2-Settings", b"Range: bytes=0-,-1,5-4", b"X: a\nY: b", b"X: a\rY: b",
    b"Script-Filename: /etc/passwd", b"Request-Id: forged", b"Te: trailers, chunked", b"Cookie: " + b"a=b; " * 500]
bodies = [(b"Content-Length: 5", b"12345"), (b"Content-Length: 5", b"123"), (b"Content-Length: 5", b"12345" + EVIL), (b"Content-Length: -1", b""),
    (b"Content-Length: +5", b"12345"), (b"Content-Length: 5, 5", b"12345"), (b"Content-Length: 5\r\nContent-Length: 6", b"123456"),
    (b"Content-Length: 0x5", b"12345"), (b"Content-Length: 99999999999999999999", b"x"), (b"Content-Length: 18446744073709551621", b"12345"),
    (b"Content-Length: 150000", b"x" * 150000), (b"Content-Length: 0", EVIL), (b"Content-Length:", b""), (b"Content-Length: 5 ", b"12345"),
    (b"Transfer-Encoding: chunked", b"5\r\n12345\r\n0\r\n\r\n"), (b"Transfer-Encoding: chunked", b"5;a=b\r\n12345\r\n0\r\nX: y\r\n\r\n"),
    (b"Transfer-Encoding: chunked", b"5\r\n1234567\r\n0\r\n\r\n"), (b"Transfer-Encoding: chunked", b"-5\r\n12345\r\n0\r\n\r\n"),
    (b"Transfer-Encoding: chunked", b"10000000000000005\r\n12345\r\n0\r\n\r\n"), (b"Transfer-Encoding: chunked", b"5\n12345\n0\n\n"),
    (b"Transfer-Encoding: chunked", b"5\r\n123"), (b"Transfer-Encoding: chunked", b"0\r\n\r\n" + EVIL), (b"Transfer-Encoding: chunked", b"zz\r\n"),
    (b"Transfer-Encoding: chunked\r\nContent-Length: 3", b"5\r\n12345\r\n0\r\n\r\n"), (b"Content-Length: 6\r\nTransfer-Encoding: chunked", b"0\r\n\r\nX"),
    (b"Transfer-Encoding: chunked, chunked", b"0\r\n\r\n"), (b"Transfer-Encoding: xchunked", b"0\r\n\r\n" + EVIL), (b"Transfer-Encoding: identity", b"x"),
    (b"Transfer-Encoding : chunked", b"0\r\n\r\n" + EVIL), (b"Transfer-Encoding:\x0bchunked", b"0\r\n\r\n" + EVIL), (b"Transfer-Encoding: gzip, chunked", b"0\r\n\r\n"),
    (b"Transfer-Encoding: chunked", b"1\r\nx\r\n" * 3000 + b"0\r\n\r\n"), (b"Transfer-Encoding: chunked", b"1000\r\n" + b"x" * 4096 + b"\r\n" * 40),
    (b"Expect: 100-continue\r\nContent-Length: 5", b""), (b"Expect: 100-continue\r\nContent-Length: 5", b"12345" + EVIL),
    (b"Transfer-Encoding: chunked", b"30000\r\n" + b"x" * 0x30000 + b"\r\n0\r\n\r\n"), (b"Content-Length: 8\r\nContent-Type: x\0y", b"\1\1\0\1\0\x08\0\0"),
    # what would be records, were it taken for more than a body
    (b"Content-Length: 3216", (b"\1\2\0\1\0\0\0\0" + b"\1\1\0\2\0\x08\0\0\0\1\1\0\0\0\0\0") * 134)]
odd = [l + b"\r\n" + H + b"\r\n" for l in lines] + [b"GET / HTTP/1.1\r\n" + f + b"\r\n\r\n" for f in fields] + [GET + f + b"\r\n\r\n" for f in fields]
whole = len(odd)
odd += [POST % place + f + b"\r\n\r\n" + b for f, b in bodies for place in (b"", b"streamed")]
odd += [(POST % place + b"Content-Length: 90000\r\n\r\n" + b"x" * 90000)[:n] for n in (40, 100, 40000, 90000) for place in (b"", b"streamed")]

def connect():
    return socket.create_connection(("127.0.0.1", port), timeout=30)

good, count = connect(), 0

def is_well():
    """Two requests at once, on a connection that goes on and on one that is new: each has its own back."""
    global count
    other, wanted = connect(), []
    for s in (good, other):
        count += 1
        body = b"<%d>" % count * (1 + count % 5 * 700)
        s.sendall(b"POST /good HTTP/1.1\r\n" + H + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        wanted.append((s, body))
    for s, body in wanted:
        got = b""
        while b"\r\n\r\n" not in got or not got.endswith((b"0\r\n\r\n", body)):
            more = s.recv(65536)
            assert more, (got, body)
            got += more
        head, _, rest = got.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        if b"chunked" in head.lower():
            out = b""
            while True:
                n, _, rest = rest.partition(b"\r\n")
                if int(n, 16) == 0:
                    break
                out, rest = out + rest[: int(n, 16)], rest[int(n, 16) + 2 :]
            rest = out
        assert rest == body, (rest[:80], body[:80])
    other.close()

codes = {}
for i, m in enumerate(odd):
    s, got = connect(), b""
    try:
        s.sendall(m)
        if i % 3 == 0:
            is_well() # while that one is open
        if i >= whole and i % 2:
            s.shutdown(socket.SHUT_WR)
        s.settimeout(30 if i < whole else 0.1) # there may be nothing to wait for
        got = s.recv(65536)
        s.settimeout(0.01)
        while s.recv(65536):
            pass
    except (ConnectionResetError, BrokenPipeError, TimeoutError):
        pass
    s.close()
    code = re.match(rb"HTTP/1.\d (\d+)", got)
    code = int(code[1]) if code else None
    assert code not in (500, 502, 503, 504), (m[:200], got)
    codes[code] = codes.get(code, 0) + 1
    if i % 3:
        is_well()
print(len(odd), "messages", codes)
assert codes.get(200, 0) > 20 and codes.get(400, 0) > 20
END
expect "the gateway and its workers" "$(both)" "$before"
expect_no_log 'does not speak FastCGI|: closed|exited on signal|child [0-9]+ .* while serving'
nginx_stop
hearth_stop
