#!/bin/bash
# SPDX-License-Identifier: MIT
#
# adminer, as the distribution has it, by the configuration of examples/php: somebody logs in, makes a table
# of what he uploads, and reads it again; by HTTP alone and behind nginx.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/real.sh"
. "$(dirname "$0")/php.sh"
needs php-cgi:php-cgi nginx:nginx-light /usr/bin/python3:python3 /usr/share/adminer/adminer.php:adminer
php-cgi -m | grep -qx sqlite3 || skip "php-sqlite3 is not installed"

mkdir "$T/www/adminer" "$T/db"
cat >"$T/www/adminer/index.php" <<'END'
<?php
function adminer_object()
{
	include_once '/usr/share/adminer/plugins/plugin.php';
	include_once '/usr/share/adminer/plugins/login-password-less.php';
	return new AdminerPlugin([new AdminerLoginPasswordLess(password_hash('secret', PASSWORD_DEFAULT, ["cost" => 4]))]);
}
include '/usr/share/adminer/adminer.php';
END
php_site
for port in "$PORT" "$BY_NGINX"; do
	: >"$T/db/$port.sqlite"
	owned_by_pool "$T/db"
	site "$port" "$T/db/$port.sqlite" <<'END'
site, db = Site(sys.argv[1]), sys.argv[2]
assert "Login" in site.get("/adminer/").text, site.text[:500]

# A wrong password, and a token that is none.
fields = {"auth[driver]": "sqlite", "auth[server]": "", "auth[username]": "", "auth[password]": "wrong", "auth[db]": db}
site.post("/adminer/", fields)
assert "Invalid" in site.text or site.code == 403, (site.code, site.text[:1000])
fields["auth[password]"] = "secret"
site.get("/adminer/")
site.post("/adminer/", fields)
home = site.url
assert site.code == 200 and "sqlite=" in home and any(c.name.startswith("adminer_sid") for c in site.jar), (site.code, home)

# What has the session's token only.
sql = home + "&sql="
action, fields = site.get(sql).form("query", "token")
stale = dict(fields, query="create table stale (x)", token="1:1")
assert "Query executed OK" not in site.post(action or sql, stale).text

rows = "insert into notes values " + ",\n".join("(%d, '%s')" % (i, "x" * 200) for i in range(500))
load = home + "&import="
action, fields = site.get(load).form("token")
site.upload(action or load, fields, "sql_file[]", "notes.sql", ("create table notes (n integer, words text);\n" + rows).encode())
assert site.code == 200 and "Query executed OK" in site.text, (site.code, re.sub("<[^>]*>", "", site.text)[:2000])

action, fields = site.get(sql).form("query", "token")
site.post(action or sql, dict(fields, query="select 'sum ' || sum(n) || ' of ' || count(*) from notes"))
assert "sum 124750 of 500" in site.text, re.sub("<[^>]*>", "", site.text)[:2000]
assert "notes" in site.get(home).text and "stale" not in site.text

# Somebody else has no session.
other = Site(sys.argv[1]).get(home)
assert "Login" in other.text and "notes" not in other.text
END
done
expect_no_log 'child [0-9]+ (exited|closed|reset)'
php_stop "$NGINX"
hearth_stop
