#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A route such as *.cgi: the first file on the path is the script if its name ends so, and what holds
# for a directory of scripts holds here too. A FastCGI program opens its file by itself, by its rules.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

mkdir -p "$T/www/dir.cgi/sub" "$T/www/.well-known" "$T/www/.git" "$T/www/old.bak" "$T/www/open" "$T/outside"
cat >"$T/www/run.cgi" <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n%s|%s|%s\n' "$SCRIPT_NAME" "$PATH_INFO" "$SCRIPT_FILENAME"
END
chmod 755 "$T/www/run.cgi"
for name in dir.cgi/sub/b.cgi .well-known/a.cgi .git/a.cgi .a.cgi old.bak/a.cgi open/a.cgi everybody.cgi later.php; do
	cp "$T/www/run.cgi" "$T/www/$name"
done
chmod 777 "$T/www/everybody.cgi" "$T/www/open"
cp "$T/www/run.cgi" "$T/outside/out.cgi"
cp "$T/www/run.cgi" "$T/outside/index.php"
ln -s ../outside/out.cgi "$T/www/out.cgi"
ln -s ../outside "$T/www/outdir"
ln -s ../outside/index.php "$T/www/index.php"
echo "a picture" >"$T/www/picture.jpg" && chmod 666 "$T/www/picture.jpg"
pool()
{
	echo "[$1]"
	echo "type = cgi"
	echo "route = *.cgi"
	echo "directory = $T/www"
	user_line
	printf '%s\n' "${@:2}"
}
{
	head_of_conf
	pool owner
	pool none "host = none.test" "follow_symlinks = no"
	probe_pool php "pm = ondemand" | sed 's|^route = .*|route = *.php|'
} >"$T/conf"
hearth_start "$T/conf"

# found PATH SCRIPT_NAME PATH_INFO
found()
{
	get_ok "$1"
	expect "what $1 finds" "$(body)" "$2|$3|$T/www$2"
}
found /run.cgi /run.cgi ''
found /run.cgi/a/b.cgi /run.cgi /a/b.cgi
found /dir.cgi/sub/b.cgi/x /dir.cgi/sub/b.cgi /x
found /.well-known/a.cgi /.well-known/a.cgi ''
found /out.cgi/x /out.cgi /x
found /outdir/out.cgi /outdir/out.cgi ''

for path in /none.cgi /dir.cgi /dir.cgi/ /dir.cgi/none.cgi /picture.jpg/x.cgi /run.cgi~ /.a.cgi /.git/a.cgi /old.bak/a.cgi /RUN.CGI; do
	get $path
	expect_status 404
done
expect_no_log 'ERROR: .*picture'
for path in /everybody.cgi /open/a.cgi; do
	get $path
	expect_status 403
done
expect_log "\[pool owner\] script $T/www/everybody.cgi: everybody may write to it"
expect_log "\[pool owner\] script $T/www/open: everybody may write to this directory"
for path in /out.cgi /outdir/out.cgi; do
	get $path -H "Host: none.test"
	expect_status 403
done
expect_log "\[pool none\] script $T/www/outdir: follow_symlinks = no"

# The probe has no deed for an empty PATH_INFO, but it is the probe that says so.
for path in /index.php /later.php /outdir/index.php; do
	get $path
	expect "the program's answer to $path" "$(body)" "no such deed"
done
get /picture.jpg/x.php
expect_status 404
hearth_stop
