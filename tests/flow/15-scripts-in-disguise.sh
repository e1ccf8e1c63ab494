#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a pool would run is never sent as text: not by a link, another host, another route, a
# compressed copy, an index or a list; and what is no script is served as ever.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

mkdir -p "$T/www/pub/sub" "$T/scripts/deep" "$T/www/as-index" "$T/www/php-index"
script hello.sh <<<'#!/bin/sh
printf "Content-Type: text/plain\n\nran SECRET" | tr SECRET secret'
script data.txt <<<'SECRET data'
chmod 644 "$T/www/cgi-bin/data.txt"
gzip -k "$T/www/cgi-bin/hello.sh"
cp "$T/www/cgi-bin/hello.sh" "$T/scripts/deep/outside.sh"
echo "<?php SECRET ?>" >"$T/www/page.php"
gzip -k "$T/www/page.php"
cp "$T/www/page.php" "$T/www/php-index/index.php"
echo "public" >"$T/www/pub/file.txt"
# What a file system that folds names would open page.php by.
for name in PAGE.PHP Page.Php.GZ page.php. "page.php. " page.php.gz.; do cp "$T/www/page.php" "$T/www/$name"; done
ln -s ../page.php "$T/www/pub/page.txt"
ln -s ../page.php.gz "$T/www/pub/file.txt.gz"
ln -s ../cgi-bin/hello.sh "$T/www/pub/hello.txt"
ln -s ../cgi-bin "$T/www/pub/bin"
ln -s ../cgi-bin/hello.sh "$T/www/as-index/index.html"
ln -s ../page.php "$T/www/pub/sub/index.html"
mkdir "$T/www/inside" && cp "$T/www/cgi-bin/hello.sh" "$T/www/inside/tool.sh"

{
	head_of_conf "index = index.html index.php" "autoindex = yes"
	script_pool "host = cgi.example.test"
	echo "[tools]"
	echo "type = cgi"
	echo "route = /run-tools/"
	echo "directory = $T/www/inside"
	user_line
	echo "pm = ondemand"
	probe_pool php "pm = ondemand" "host = php.example.test" | sed 's|^route = .*|route = *.php|'
} >"$T/conf"
hearth_start "$T/conf"

# Each name of a script, asked for by a host that no route knows: nothing of it comes.
for path in /cgi-bin/hello.sh /cgi-bin/data.txt /cgi-bin/hello.sh.gz /cgi-bin//hello.sh /cgi-bin/./hello.sh \
	/page.php /page.php.gz /PAGE.PHP /Page.Php.GZ /page.php. /page.php.%20 /page.php.gz. /pub/page.txt /pub/hello.txt /pub/bin/hello.sh /pub/bin/data.txt \
	/as-index/index.html /pub/sub/index.html /inside/tool.sh /php-index/index.php; do
	for more in "" "Accept-Encoding: gzip" "Range: bytes=0-50"; do
		get "$path" -H "Host: other.test" -H "$more"
		expect_status 404
		! grep -aq SECRET "$T/body" || fail "$path was served"
	done
done
for path in /as-index/ /pub/sub/ /php-index/ /pub/ /cgi-bin/ /; do
	get "$path" -H "Host: other.test"
	expect_status 200
	expect_body "<table>"
	! grep -aq SECRET "$T/body" || fail "$path tells"
done
get /pub/file.txt -H "Accept-Encoding: gzip"
expect_status 200
expect "a script as a neighbour" "$(header Content-Encoding)" ""
expect "a file that is none" "$(body)" public
expect_log 'static /pub/hello.txt: it lies in the directory of pool scripts'
expect_log 'static /pub/page.txt: files named \*\.php are scripts'

# Its own host runs it.
get /cgi-bin/hello.sh -H "Host: cgi.example.test"
expect_status 200
expect "a script that ran" "$(body)" "ran secret"
get /run-tools/tool.sh -H "Host: other.test"
expect "a script by its other route" "$(body)" "ran secret"
hearth_stop
