#!/bin/bash
# SPDX-License-Identifier: MIT
#
# chroot behind a web server: programs and scripts are told of files as they are in their root, whether the
# web server names them from outside or as it would for php-fpm; and there is no way out.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"

[ "$(id -u)" -eq 0 ] || skip "only root can give another root"
ldd "$T/bin/hearth-exec" 2>&1 | grep -qE 'statically linked|not a (valid )?dynamic' ||
	skip "hearth-exec is not linked statically in this build"
J=$T/jail
mkdir -p "$J/cgi/sub" "$J/bin" "$T/outside"
cp "$BUILD/tools/portrait" "$J/bin/" || skip "the tools are not built"
for lib in $(ldd "$J/bin/portrait" | grep -o '/[^ ]*'); do
	mkdir -p "$J${lib%/*}" && cp "$lib" "$J$lib"
done
cp "$J/bin/portrait" "$J/cgi/sub/"
cp "$J/bin/portrait" "$T/outside/"
chmod -R a+rX "$J"
{
	global_section ""
	printf '%s\n' "[gateway]" "listen =" "user = www-data" \
		"[app]" "command = /bin/portrait" "chroot = $J" "user = nobody" "pm.max_children = 1" "listen = $T/app.sock" \
		"[scripts]" "type = cgi" "chroot = $J" "user = nobody" "directory = $J/cgi" "listen = $T/scripts.sock"
} >"$T/conf"
hearth_start "$T/conf"

client "$J" "$T/outside" "$(stat -c '%d:%i' "$J")" <<'END'
J, outside, root = sys.argv[1:]
app, scripts = Conn(T + "/app.sock"), Conn(T + "/scripts.sock")

def portrait(c, how, **params):
    a = c.get("/x", **params)
    assert a.code == 200, (params, a.out)
    lines = a.body.decode().split("\n")
    assert "root " + root in lines, lines
    return dict(l[len(how) + 1 :].split("=", 1) for l in lines if l.startswith(how + " ") and "=" in l)

# A program: paths from outside, those of its own root, and what only looks like the one.
for given, told in ((J + "/www/x.php", "/www/x.php"), (J, "/"), (J + "/", "/"), ("/www/x.php", "/www/x.php"), ("/", "/"),
        (J + "2/x.php", J + "2/x.php"), ("", ""), (J + "/../x", "/../x")):
    got = portrait(app, "param", SCRIPT_FILENAME=given, DOCUMENT_ROOT=given, PATH_TRANSLATED=given, CONTEXT_DOCUMENT_ROOT=given, OTHER=given)
    for name in ("SCRIPT_FILENAME", "DOCUMENT_ROOT", "PATH_TRANSLATED", "CONTEXT_DOCUMENT_ROOT"):
        assert got[name] == told, (name, given, got[name])
    assert got["OTHER"] == given

# Scripts: the file is found either way, and told as it is in there.
for file in (J + "/cgi/sub/portrait", "/cgi/sub/portrait"):
    got = portrait(scripts, "env", SCRIPT_FILENAME=file + "/info", DOCUMENT_ROOT=J + "/cgi", PATH_TRANSLATED=J + "/cgi/info", PATH_INFO="")
    assert got["SCRIPT_FILENAME"] == "/cgi/sub/portrait", got
    assert got["DOCUMENT_ROOT"] == "/cgi" and got["PATH_TRANSLATED"] == "/cgi/info" and got["PATH_INFO"] == "/info", got
    assert not [v for v in got.values() if J in v], got
for file in (outside + "/portrait", J + "/bin/portrait", "/bin/portrait", J + "/cgi/../bin/portrait", "/cgi/../bin/portrait",
        "/cgi", "/cgi/", "cgi/sub/portrait", "/sub/portrait", J + "/" + J + "/cgi/sub/portrait", "/etc/passwd", ""):
    assert scripts.get("/x", SCRIPT_FILENAME=file, PATH_INFO="").code == 404, file
END
hearth_stop
