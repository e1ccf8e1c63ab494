#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Requests by the FastCGI listener of a pool: parameters as they came, in any form; bodies; error streams;
# ids that are used again; what the protocol answers by itself.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

fcgi_conf "pm.max_children = 2" "max_body = 1m" >"$T/conf"
sed -i "s|^listen =$|&\naccess.log = $T/access\naccess.format = \"%R %m %r %s %{User-Agent}i %{X}e\"|" "$T/conf"
hearth_start "$T/conf"

client <<'END'
c = Conn(SOCKET)

# A kept connection, one id again and again; parameters in their order, and REQUEST_ID from us.
a = c.get("/hello")
assert a.code == 200 and a.body == b"hello from the probe\n" and a.field("Content-Type") == "text/plain", a.out
assert a.status == COMPLETE and a.app == 0 and a.out_ended and not a.err
assert a.field("Content-Length") is None and a.field("Server") is None
a = c.get("/env", "a=b", X_FIRST="1", B_SECOND="two words", A_THIRD="", HTTP_USER_AGENT="tester")
lines = a.body.decode().split("\n")
assert lines.index("X_FIRST=1") < lines.index("B_SECOND=two words") < lines.index("A_THIRD=")
assert "REMOTE_ADDR=192.0.2.7" in lines and "REQUEST_URI=/env?a=b" in lines
assert [l for l in lines if l.startswith("REQUEST_ID=")], lines
assert not [l for l in lines if l.startswith(("GATEWAY_INTERFACE=", "SERVER_NAME="))], "ours to say"

# What must not come from outside, whoever sends it; an empty HTTP_PROXY is what careful people set.
a = c.get("/env", HTTP_PROXY="http://evil/", PHP_VALUE="auto_prepend_file=x", PHP_ADMIN_VALUE="y", REQUEST_ID="forged",
    HTTP_X="() { :; }", PHP_VALUES="stays")
text = a.body.decode()
assert "HTTP_PROXY" not in text and "PHP_VALUE=" not in text and "PHP_ADMIN" not in text and "forged" not in text
assert "() {" not in text and "PHP_VALUES=stays" in text

# Cut at every byte, with and without padding; long lengths where short ones would do.
small = pairs(params_for("/env"))
for i in range(1, len(small)):
    c.send(begin(1), record(PARAMS, 1, small[:i], i % 256), record(PARAMS, 1, small[i:]), record(PARAMS, 1, b"", 7),
        record(STDIN, 1))
    assert b"SCRIPT_NAME=/env" in c.answer().body, i
whole = request(1, "/echo", body=b"some body", piece=7, padding=3)
for i in range(1, len(whole)):
    c.send(whole[:i])
    c.send(whole[i:])
    assert c.answer().body == b"some body", i
for value in (b"v" * n for n in (0, 1, 126, 127, 128, 129, 255, 256, 65535, 65536, 100000)):
    p = params_for("/env")
    p["LONG"] = value
    c.send(begin(1), stream(PARAMS, 1, pairs(p, long=len(value) % 2)), stream(STDIN, 1, b""))
    assert b"LONG=" + value + b"\n" in c.answer().body, len(value)
p = list(params_for("/env").items()) + [("TWICE", "1"), ("TWICE", "2")]
c.send(begin(1), stream(PARAMS, 1, pairs(p)), stream(STDIN, 1, b""))
assert b"TWICE=1\nTWICE=2\n" in c.answer().body

# Bodies: whole, in pieces, longer than a record, with the length that they have if none is said.
big = os.urandom(900000)
assert c.get("/echo", body=big).body == big
assert c.get("/echo", body=big[:70000], piece=1000, padding=255).body == big[:70000]
c.send(begin(1), stream(PARAMS, 1, pairs(params_for("/echo", method="POST"))), stream(STDIN, 1, b"unsaid"))
assert c.answer().body == b"unsaid"
a = c.get("/env", body=b"12345")
assert b"\nCONTENT_LENGTH=5\n" in a.body
c.send(begin(1), stream(PARAMS, 1, pairs(params_for("/env", method="POST"))), stream(STDIN, 1, b"1234"))
assert b"\nCONTENT_LENGTH=4\n" in c.answer().body
a = c.get("/echo", body=b"short", CONTENT_LENGTH="6")
assert a.code == 400, a.head
a = c.get("/echo", body=b"longer", CONTENT_LENGTH="4")
assert a.code == 200 and a.body == b"long", a.out
for odd in ("x", "-2", "-", "+1", "1 ", "99999999999999999999", "0x10"):
    assert c.get("/echo", body=b"", CONTENT_LENGTH=odd).code == 400, odd
assert c.get("/hello", CONTENT_LENGTH="").code == 200
# So Caddy says that it does not know.
a = c.get("/env", body=b"1234", CONTENT_LENGTH="-1")
assert b"\nCONTENT_LENGTH=4\n" in a.body, a.out
a = c.get("/env", CONTENT_LENGTH="-1")
assert a.code == 200 and b"CONTENT_LENGTH" not in a.body, a.out
# A body that is too large, by what is said and by what comes; the rest of it is skipped.
assert c.get("/echo", body=b"x" * 1100000).code == 413
c.send(begin(1), stream(PARAMS, 1, pairs(params_for("/echo", method="POST"))), stream(STDIN, 1, b"x" * 1100000))
assert c.answer().code == 413
assert c.get("/hello").code == 200

# Answers of other kinds.
assert c.get("/status", "451").field("Status") == "451 Probed"
a = c.get("/stderr", "words-for-both")
assert a.err == b"words-for-both\n" and a.err_ended and a.code == 200
assert c.get("/nohead").code == 502
assert c.get("/crash").code == 502
assert c.get("/hints").code == 200
assert len(c.get("/big", "n=3000000").body) >= 3000000
a = c.get("/hello", method="HEAD")
assert a.code == 200 and a.body == b"", a.out

# Parameters that nobody can mean.
c.send(begin(1), stream(PARAMS, 1, b"\x01\x05Ax"), stream(STDIN, 1, b""))
assert c.answer().code == 400
c.send(begin(1), stream(PARAMS, 1, pairs({"A=B": "c"})), stream(STDIN, 1, b""))
assert c.answer().code == 400
c.send(begin(1), stream(PARAMS, 1, pairs({"A": b"c\0d"})), stream(STDIN, 1, b""))
assert c.answer().code == 400
c.send(begin(1), stream(PARAMS, 1, pairs({"A": "x" * 200000})), stream(STDIN, 1, b""))
assert c.answer().code == 431
c.send(begin(1), stream(PARAMS, 1, b""), stream(STDIN, 1, b""))
assert c.answer().code == 404 # of the program

# What the protocol answers by itself.
c.send(record(GET_VALUES, 0, pairs({"FCGI_MAX_CONNS": "", "FCGI_MPXS_CONNS": "", "FCGI_MAX_REQS": "", "OTHER": ""})))
kind, content = c.other()
assert kind == GET_VALUES_RESULT
v = values(content)
assert v == {"FCGI_MAX_CONNS": "10000", "FCGI_MAX_REQS": "1000", "FCGI_MPXS_CONNS": "1"}, v
c.send(record(GET_VALUES, 0, b""))
assert c.other() == (GET_VALUES_RESULT, b"")
c.send(record(77, 0, b"what is this", 5))
kind, content = c.other()
assert kind == UNKNOWN and content[0] == 77
c.send(request(5, "/hello", role=9))
a = c.answer(5)
assert a.status == UNKNOWN_ROLE and not a.out

# The other roles, with their streams.
c.send(request(1, "/env", role=AUTHORIZER))
assert b"FCGI_ROLE=AUTHORIZER" in c.answer().body
c.send(request(1, "/env", role=AUTHORIZER), record(STDIN, 1))
assert c.answer().code == 200
c.send(request(1, "/env", role=FILTER, body=b"body"), stream(DATA, 1, b"data"))
assert b"FCGI_ROLE=FILTER" in c.answer().body

# Not kept: the connection ends with the answer.
a = c.get("/hello", keep=False)
assert a.code == 200
c.is_over()
END
expect_log 'pool app.*request [0-9a-f]+: (HTTP_PROXY|PHP_VALUE|PHP_ADMIN_VALUE) comes from the web server: it is not passed on'
expect_log 'pool app.*more of a body came than CONTENT_LENGTH says'
expect_log 'pool app.*less of a body came than CONTENT_LENGTH says'
expect_log 'by listen unix:.*: its parameters are no list of names and values'
expect_log 'words-for-both'
wait_for "grep -qF '192.0.2.7 GET \"GET /env?a=b HTTP/1.1\" 200 tester -' '$T/access' || grep -q 'tester' '$T/access'"
hearth_stop
