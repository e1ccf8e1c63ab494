#!/bin/bash
# SPDX-License-Identifier: MIT
#
# dokuwiki, as the distribution has it, by the configuration of examples/php: somebody logs in, writes a page,
# uploads a picture and has it shown; by HTTP alone and behind nginx.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/real.sh"
. "$(dirname "$0")/php.sh"
needs php-cgi:php-cgi nginx:nginx-light /usr/bin/python3:python3 /usr/share/dokuwiki/doku.php:dokuwiki

# A wiki of its own, whose configuration and pages lie beside the site. What knows nothing of where it lies is
# the distribution's.
mkdir "$T/www/wiki"
tar -C /usr/share/dokuwiki -chf - --exclude=./vendor --exclude=./inc/lang --exclude=./lib/plugins --exclude=./install.php . |
	tar -C "$T/www/wiki" -xf -
for part in vendor inc/lang lib/plugins; do
	ln -s "/usr/share/dokuwiki/$part" "$T/www/wiki/$part"
done
mkdir -p "$T/wiki/conf" "$T/wiki/data"/{attic,cache,index,locks,log,media,media_attic,media_meta,meta,pages,tmp}
for file in acronyms.conf dokuwiki.php entities.conf interwiki.conf license.php mediameta.php mime.conf plugins.php \
	plugins.required.php scheme.conf smileys.conf wordblock.conf manifest.json; do
	cp "/etc/dokuwiki/$file" "$T/wiki/conf/"
done
echo "<?php
define('DOKU_CONF', '$T/wiki/conf/');" >"$T/www/wiki/inc/preload.php"
echo "<?php
\$conf['savedir'] = '$T/wiki/data';
\$conf['useacl'] = 1;
\$conf['superuser'] = '@admin';
\$conf['updatecheck'] = 0;
\$conf['userewrite'] = 2;
\$conf['disableactions'] = 'register';" >"$T/wiki/conf/local.php"
printf '* @ALL 1\n* @user 8\n' >"$T/wiki/conf/acl.auth.php"
printf 'tester:%s:Tester:tester@example.test:user\n' "$(printf secret | md5sum | cut -d' ' -f1)" >"$T/wiki/conf/users.auth.php"
owned_by_pool "$T/wiki"
php_site -e 's|^index = .*|index = doku.php|'
sed -i 's|index index.php|index doku.php|' "$T/nginx/conf"
kill -HUP "$NGINX"

for port in "$PORT" "$BY_NGINX"; do
	site "$port" "by$port" <<'END'
import base64, json
site, name = Site(sys.argv[1]), sys.argv[2]
start = "/wiki/doku.php?id=" + name

# Nobody may write but who logs in.
assert "This topic does not exist yet" in site.get(start).text, site.text[:2000]
assert "wikitext" not in site.get(start + "&do=edit").text or "readonly" in site.text
action, fields = site.get(start + "&do=login").form("u", "sectok")
site.post(action, dict(fields, u="tester", p="wrong"))
assert "username or password was wrong" in site.text
action, fields = site.get(start + "&do=login").form("u", "sectok")
site.post(action, dict(fields, u="tester", p="secret"))
assert "Logged in as" in site.text and "Tester" in site.text, site.text[:3000]

# A page, in two turns: it is the same session all the time.
words = "many words " * 5000
for turn in ("first", "second"):
    action, fields = site.get(start + "&do=edit").form("wikitext", "sectok")
    fields.update({"wikitext": "====== The %s turn ======\n%s\n{{:%s.png}}\n" % (turn, words, name), "summary": turn, "do[save]": "1"})
    site.post(action, fields)
    assert site.code == 200 and "The %s turn</h1>" % turn in site.text and site.text.count("many words") == 5000, (site.code, site.url, site.text[:3000])
assert "Old revisions" in site.get(start + "&do=revisions").text
_, fields = site.get(start + "&do=edit").form("wikitext", "sectok")
site.post(start, dict(fields, wikitext="forged", sectok="0" * 32, **{"do[save]": "1"}))
assert "forged" not in site.get(start).text

# A picture by the form of the media manager, and the same by its script.
picture = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
action, fields = site.get("/wiki/lib/exe/mediamanager.php?ns=").form("sectok", "mediaid")
site.upload(action, dict(fields, mediaid=name + ".png"), "upload", "picture.png", picture)
assert "Upload successful" in site.text, site.text[:3000]
site.upload("/wiki/lib/exe/ajax.php", {"call": "mediaupload", "ns": "", "sectok": fields["sectok"]}, "qqfile", "other-%s.png" % name, picture)
assert json.loads(site.text).get("success"), site.text
for file in (name + ".png", "other-%s.png" % name):
    for url in ("/wiki/lib/exe/fetch.php?media=" + file, "/wiki/lib/exe/fetch.php/" + file):
        site.get(url)
        assert site.code == 200 and site.raw == picture and site.headers["Content-Type"] == "image/png", (url, site.code, site.headers)
# By PATH_INFO, which it makes its addresses of.
assert "The second turn</h1>" in site.get("/wiki/doku.php/" + name).text
assert '/wiki/lib/exe/fetch.php/%s.png' % name in site.text, site.text[:3000]
assert site.get("/wiki/lib/exe/fetch.php?media=none.png").code == 404

# What the pages are made of: scripts, and files.
site.get(start)
parts = set(re.findall(r'(?:src|href)="(/wiki/lib/[^"]*)"', site.text))
assert len(parts) > 4, parts
for part in parts:
    assert site.get(part.replace("&amp;", "&")).code == 200, part
assert "<title>" in site.get("/wiki/").text and site.code == 200

action = re.search(r'href="([^"]*do=logout[^"]*)"', site.get(start).text).group(1).replace("&amp;", "&")
assert "Logged in as" not in site.get(action).text
END
done
expect_no_log 'child [0-9]+ (exited|closed|reset)'
php_stop "$NGINX"
hearth_stop
