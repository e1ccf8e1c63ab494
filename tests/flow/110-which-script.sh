#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The first regular file on the path is the script, and the rest is PATH_INFO; what is hidden, or was
# left behind by an editor or a package manager, is not there.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script tell <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n%s|%s|%s|%s\n' "$SCRIPT_NAME" "$PATH_INFO" "$SCRIPT_FILENAME" "$(pwd)"
END
bin=$T/www/cgi-bin
copy() { mkdir -p "$bin/$(dirname "$1")" && cp "$bin/tell" "$bin/$1"; }
for name in b.cgi dir/b.cgi dir.d/deep/x 'with space' a%41 'ümlaut' --help 'a;b' '-' "$(printf %0250d 1).cgi"; do
	copy "$name"
done
for name in .hidden .git/hook dir/.hidden b.cgi~ '#b.cgi#' b.cgi.{bak,BAK,orig,rej,swp,swo,old,save,tmp} \
	b.cgi.dpkg-{old,new,dist,tmp} b.cgi.rpm{new,save,orig} b.cgi.ucf-{old,dist} b.cgi.bak~ old.bak/b.cgi; do
	copy "$name"
done
{
	global_section "log_level = debug"
	gateway_section
	script_pool
	sed -n '/^\[scripts\]/,$p' <<<"$(script_pool 'host = root.test')" | sed 's/^\[scripts\]/[root]/; s|^route = .*|route = /|'
	sed -n '/^\[scripts\]/,$p' <<<"$(script_pool)" | sed 's/^\[scripts\]/[exact]/; s|^route = .*|route = =/one/b.cgi =/one/dir =/one/none =/one/b.cgi~|'
} >"$T/conf"
hearth_start "$T/conf"

# found PATH SCRIPT_NAME PATH_INFO FILE [CURL-ARGUMENT]...
found()
{
	local file=$bin/$4
	get "$1" "${@:5}"
	expect_status 200
	expect "what $1 finds" "$(body)" "$2|$3|$file|$(dirname "$file")"
}
found /cgi-bin/b.cgi /cgi-bin/b.cgi '' b.cgi
found /cgi-bin/b.cgi/ /cgi-bin/b.cgi / b.cgi
found /cgi-bin/b.cgi/extra/b.cgi /cgi-bin/b.cgi /extra/b.cgi b.cgi
found /cgi-bin/b.cgi/.x/y~ /cgi-bin/b.cgi /.x/y~ b.cgi
found /cgi-bin/dir/b.cgi/x /cgi-bin/dir/b.cgi /x dir/b.cgi
found /cgi-bin//dir/./deep/../b.cgi /cgi-bin/dir/b.cgi '' dir/b.cgi
found /cgi-bin/dir.d/deep/x/y /cgi-bin/dir.d/deep/x /y dir.d/deep/x
found /cgi-bin/with%20space/a%20b '/cgi-bin/with space' '/a b' 'with space'
found /cgi-bin/a%2541 /cgi-bin/a%41 '' a%41
found /cgi-bin/%c3%bcmlaut /cgi-bin/ümlaut '' ümlaut
found /cgi-bin/%62.cgi /cgi-bin/b.cgi '' b.cgi
found /cgi-bin/--help /cgi-bin/--help '' --help
found '/cgi-bin/a;b/c;d' '/cgi-bin/a;b' '/c;d' 'a;b'
found "/cgi-bin/$(printf %0250d 1).cgi" "/cgi-bin/$(printf %0250d 1).cgi" '' "$(printf %0250d 1).cgi"
found /dir/b.cgi/x /dir/b.cgi /x dir/b.cgi -H 'Host: root.test'
found /one/b.cgi /one/b.cgi '' b.cgi
found '/cgi-bin/b.cgi?/x' /cgi-bin/b.cgi '' b.cgi

for path in .hidden .git/hook .git dir/.hidden .hidden/x none none/b.cgi dir/none dir.d/deep/none/x "$(printf %0300d 1)" \
	b.cgi~ b.cgi~/x %23b.cgi%23 b.cgi.{bak,BAK,orig,rej,swp,swo,old,save,tmp} b.cgi.dpkg-{old,new,dist,tmp} \
	b.cgi.rpm{new,save,orig} b.cgi.ucf-{old,dist} b.cgi.bak~ old.bak/b.cgi B.CGI; do
	get "/cgi-bin/$path"
	expect_status 404
done
get /cgi-bin/b.cgi~ -d body=1
expect_status 404
get /cgi-bin/b.cgi~ --head
expect_status 404
for path in /one/dir /one/none /one/b.cgi~; do
	get "$path"
	expect_status 404
done
expect_log "DEBUG: .*script $bin/b.cgi.dpkg-old: not looked for"
expect_no_log 'ERROR'
hearth_stop
