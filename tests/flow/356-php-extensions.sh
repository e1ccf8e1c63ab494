#!/bin/bash
# SPDX-License-Identifier: MIT
#
# security.limit_extensions by both fronts: what has another extension is not run, an uploaded picture
# with a script's name behind it neither; which file PHP has not found or may not read, the log says; and
# settings of PHP from a web server go no further without pass_php_value.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fcgi.sh"
. "$(dirname "$0")/real.sh"
needs php-cgi:php-cgi

cat >"$T/www/page.php" <<'END'
<?php echo "ran as ", $_SERVER["SCRIPT_FILENAME"], ini_get("memory_limit") == "77M" ? " told" : "", "\n";
END
for name in page.txt up.jpg "page.php~" page.phar unreadable.php; do
	cp "$T/www/page.php" "$T/www/$name"
done
chmod 0 "$T/www/unreadable.php"
mkdir "$T/www/private" "$T/www/site.php"
cp "$T/www/page.php" "$T/www/private/page.php"
cp "$T/www/page.php" "$T/www/private/up.jpg"
owned_by_pool "$T/www/private"
chmod 700 "$T/www/private"
{
	head_of_conf
	echo "[php]"
	echo "command = $(command -v php-cgi)"
	printf '%s\n' "route = *.php *.txt *.phar" "listen = $SOCKET"
	user_line
	printf '%s\n' "pm = static" "pm.max_children = 2"
	echo "[any]"
	echo "command = $(command -v php-cgi)"
	printf '%s\n' "route = *.php *.txt" "host = any.test" "security.limit_extensions ="
	user_line
	fcgi_pool "pass_php_value = yes" | sed "s|= $SOCKET|= $T/probe.sock|"
} >"$T/conf"
hearth_start "$T/conf"

# ---- HTTP -------------------------------------------------------------------------------------------

get_ok /page.php "ran as $T/www/page.php"
get_ok /page.phar "ran as $T/www/page.phar"
for how in "" "-d some=thing"; do
	# shellcheck disable=SC2086 # words
	get /page.txt $how
	expect_status 403
	expect_body "Access denied."
	expect_body "<p>Request "
done
get /page.txt --head
expect_status 403
expect_log "\[pool php\] Access to the script .$T/www/page.txt. has been denied \(see security.limit_extensions\)"
get /page.txt -H "Host: any.test"
expect "where any extension may run" "$(body)" "ran as $T/www/page.txt"
get /up.jpg/x.php
expect_status 404
get /unreadable.php
expect_status 403
expect_log "\[pool php\] PHP may not read the file .$T/www/unreadable.php. as the user with the id"

# ---- FastCGI ----------------------------------------------------------------------------------------

client "$T/www" "$(id -u)" <<'END'
import re
www, root = sys.argv[1], sys.argv[2] == "0"
c = Conn(SOCKET)

def is_page(a, words):
    return re.fullmatch(words + "\n<p>Request [0-9a-f]{16}</p>\n", a.body.decode())

def get(file, body=None, **more):
    if file is not None:
        more["SCRIPT_FILENAME"] = www + file if file.startswith("/") else file
    return c.get("/x", body=body, PATH_INFO="", **more)

for file, script in (("/page.php", "/page.php"), ("/page.php/x.jpg", "/page.php"), ("/page.phar/", "/page.phar")):
    a = get(file)
    assert a.body.decode() == "ran as %s%s\n" % (www, script), (file, a.out)
for file, script in (("/page.txt", "/page.txt"), ("/up.jpg", "/up.jpg"), ("/up.jpg/x.php", "/up.jpg"), ("/up.jpg/a/b.php", "/up.jpg"),
        ("/page.php~", "/page.php~"), ("/", None), ("/private", "/private")):
    for body in (None, b"x" * 200000):
        a = get(file, body)
        if script is None:
            assert a.code == 404 and is_page(a, "File not found.") and a.err == b"Primary script unknown", (file, a.out, a.err)
        else:
            assert a.code == 403 and is_page(a, "Access denied."), (file, a.out)
            assert a.err.decode() == "Access to the script '%s%s' has been denied (see security.limit_extensions)" % (www, script), a.err
assert get("").code == 403  # of which php-cgi would die
assert get(None).code == 404
assert get("up.jpg").code == 403
assert get("proxy:fcgi://localhost:9000%s/up.jpg/x.php?y" % www).code == 403
assert get("proxy:fcgi://localhost:9000%s/page.php?y" % www).body.startswith(b"ran as")
a = get("/page.php/uploads", PATH_TRANSLATED=www + "/up.jpg", REDIRECT_URL="/x")
assert a.code == 403, a.out

# What is not there; site.php is a directory.
for file in ("/none.php", "/site.php", "/none.php/x"):
    assert get(file).code == 404, file

# Where the gateway may not look the whole name counts. So cgi.fix_pathinfo should be off there.
assert get("/private/page.php").body.startswith(b"ran as")
assert get("/private/up.jpg").code == 403
assert not root or get("/private/up.jpg/x.jpg").code == 403

# Settings from outside: not passed on, and where they are it is for the program to make something of them.
a = get("/page.php", PHP_VALUE="memory_limit=77M", PHP_ADMIN_VALUE="memory_limit=77M")
assert a.body == b"ran as %s/page.php\n" % www.encode(), a.out
a = Conn(T + "/probe.sock").get("/env", PHP_VALUE="memory_limit=77M")
assert b"PHP_VALUE=memory_limit=77M" in a.body, a.out
END
expect_log "\[pool php\] Primary script unknown: PHP has found no file .$T/www/none.php. as the user with the id [0-9]+"
expect_log "\[pool php\] PHP_(ADMIN_)?VALUE comes from the web server: it is not passed on without pass_php_value = yes"
get /page.php -H "PHP-Value: memory_limit=77M" -H "Php_Value: memory_limit=77M"
expect "by HTTP" "$(body)" "ran as $T/www/page.php"
expect "what is said of settings" "$(log_count 'comes from the web server')" 1
expect_no_log 'child [0-9]+ (exited|closed|reset)'
hearth_stop
