#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A pool of scripts behind a web server: SCRIPT_FILENAME says which, and it is one below the pool's
# directory, or none.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

script env <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n'
env
pwd
END
script echo <<'END'
#!/bin/sh
echo "words on stderr" >&2
printf 'Content-Type: text/plain\n\n'
cat
END
script local <<'END'
#!/bin/sh
printf 'Location: /somewhere/else\n\n'
END
script slow <<'END'
#!/bin/sh
: >"$QUERY_STRING"
while [ -e "$QUERY_STRING" ]; do sleep 0.02; done
printf 'Content-Type: text/plain\n\ndone\n'
END
script plain <<'END'
not to be seen
END
chmod 644 "$T/www/cgi-bin/plain"
mkdir -p "$T/www/cgi-bin/sub" "$T/www/elsewhere" "$T/www/cgi-bin-2"
cp "$T/www/cgi-bin/env" "$T/www/cgi-bin/sub/env"
cp "$T/www/cgi-bin/env" "$T/www/elsewhere/env"
cp "$T/www/cgi-bin/env" "$T/www/cgi-bin-2/env"
{
	global_section ""
	echo "[gateway]"
	echo "listen ="
	user_line www-data
	script_pool "listen = $SOCKET" "listen.mode = 0600" "env[GIVEN_HERE] = by the pool"
} | sed '/^route/d' >"$T/conf"
hearth_start "$T/conf"

client "$T/www" <<'END'
www = sys.argv[1]
c = Conn(SOCKET)

def get(file, **more):
    return c.get("/cgi-bin/x", SCRIPT_FILENAME=file, **more)

a = get(www + "/cgi-bin/env", PATH_INFO="/info", GIT_PROJECT_ROOT="/srv/git", HTTP_USER_AGENT="tester")
assert a.code == 200, a.out
env = dict(l.split("=", 1) for l in a.body.decode().split("\n") if "=" in l)
assert env["SCRIPT_FILENAME"] == www + "/cgi-bin/env" and env["PATH_INFO"] == "/info"
assert env["SCRIPT_NAME"] == "/cgi-bin/x" and env["GIT_PROJECT_ROOT"] == "/srv/git" and env["HTTP_USER_AGENT"] == "tester"
assert env["GATEWAY_INTERFACE"] == "CGI/1.1" # RFC 3875 4.1.4, whether or not the web server says it
assert env["REMOTE_ADDR"] == "192.0.2.7" and env["GIVEN_HERE"] == "by the pool" and env["REQUEST_ID"]
assert (www + "/cgi-bin\n").encode() in a.body
assert get(www + "/cgi-bin/sub/env").code == 200

# What is behind the script is its PATH_INFO, if nobody has said another.
a = c.get("/cgi-bin/env/more/info", SCRIPT_FILENAME=www + "/cgi-bin/env/more/info", PATH_INFO="")
assert b"\nPATH_INFO=/more/info\n" in a.body and b"\nSCRIPT_NAME=/cgi-bin/env\n" in a.body, a.out
a = c.get("/cgi-bin/env/", SCRIPT_FILENAME=www + "/cgi-bin/env/", PATH_INFO="")
assert b"\nPATH_INFO=/\n" in a.body and b"\nSCRIPT_NAME=/cgi-bin/env\n" in a.body, a.out

# Apache says by which proxy it comes there.
a = get("proxy:fcgi://localhost:8000" + www + "/cgi-bin/env")
assert ("\nSCRIPT_FILENAME=%s/cgi-bin/env\n" % www).encode() in a.body, a.out

# A web server that names no file: the path that was asked for below its document root, however it was cut.
for name, info in (("/cgi-bin/env/more/info", ""), ("/cgi-bin/env", "/more/info"), ("/cgi-bin", "/env/more/info"), ("", "/cgi-bin/env/more/info")):
    for root in (www, www + "/"):
        a = c.get(name, DOCUMENT_ROOT=root, PATH_INFO=info)
        text = a.body.decode()
        assert "\nPATH_INFO=/more/info\n" in text and "\nSCRIPT_NAME=/cgi-bin/env\n" in text, a.out
        assert "\nSCRIPT_FILENAME=%s/cgi-bin/env\n" % www in text, a.out
for name in ("/elsewhere/env", "/cgi-bin/../elsewhere/env", "cgi-bin/env", "//cgi-bin/env", ""):
    assert c.get(name, DOCUMENT_ROOT=www).code == 404, name
    assert c.get(name, DOCUMENT_ROOT="").code == 404, name

# What a web server has no reason to say to a loader, a shell or an interpreter.
a = get(www + "/cgi-bin/env", LD_PRELOAD="/tmp/x.so", PATH="/tmp", BASH_ENV="/tmp/x", PERL5OPT="-Mx", PYTHONPATH="/tmp",
    HOME="/tmp", GIVEN_HERE="by the web server", HTTP_PROXY="x", PHP_VALUE="x")
text = a.body.decode()
for name in ("LD_PRELOAD", "BASH_ENV", "PERL5OPT", "PYTHONPATH", "by the web server", "HTTP_PROXY", "PHP_VALUE", "PATH=/tmp"):
    assert name not in text, name

# Nothing else is run.
for file, code in ((www + "/elsewhere/env", 404), (www + "/cgi-bin-2/env", 404), (www + "/cgi-bin/../elsewhere/env", 404),
        (www + "/cgi-bin/./env", 404), (www + "//cgi-bin/env", 404), (www + "/cgi-bin//env", 404), ("/bin/sh", 404),
        ("env", 404), ("", 404), (www + "/cgi-bin", 404), (www + "/cgi-bin/", 404), (www + "/cgi-bin/sub", 404),
        (www + "/cgi-bin/none", 404), (www + "/cgi-bin/plain", 403), (www + "/cgi-bin/.hidden", 404)):
    a = get(file)
    assert a.code == code and b"not to be seen" not in a.out, (file, a.out)
a = c.get("/cgi-bin/env")
assert a.code == 404

# An answer before the request is whole: who still writes it reads the answer.
for i in range(20):
    d = Conn(SOCKET)
    d.send(begin(1, keep=False), stream(PARAMS, 1, pairs(params_for("/x", SCRIPT_FILENAME=www + "/cgi-bin/none"))))
    assert d.answer().code == 404
    d.send(record(STDIN, 1))
    d.is_over()

body = os.urandom(200000)
a = c.get("/x", SCRIPT_FILENAME=www + "/cgi-bin/echo", body=body)
assert a.body == body
a = get(www + "/cgi-bin/local")
assert a.field("Location") == "/somewhere/else" and a.field("Status") is None, a.out
c.send(request(1, "/x", role=AUTHORIZER, SCRIPT_FILENAME=www + "/cgi-bin/env"))
assert c.answer().status == UNKNOWN_ROLE

# Several at once, one of them aborted.
c.send(request(1, "/x", T + "/mark/one", SCRIPT_FILENAME=www + "/cgi-bin/slow"),
    request(2, "/x", T + "/mark/two", SCRIPT_FILENAME=www + "/cgi-bin/slow"))
while not (os.path.exists(T + "/mark/one") and os.path.exists(T + "/mark/two")):
    time.sleep(0.01)
c.send(record(ABORT, 2))
assert c.answer(2).status == COMPLETE
os.remove(T + "/mark/one")
assert c.answer(1).body == b"done\n"
os.remove(T + "/mark/two") if os.path.exists(T + "/mark/two") else None
END
expect_log 'pool scripts. SCRIPT_FILENAME is ".*/elsewhere/env": that is no path below'
expect_log 'LD_PRELOAD comes from the web server: it is not passed on'
expect_log 'words on stderr'
hearth_stop
