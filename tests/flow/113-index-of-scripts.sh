#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A directory of scripts is answered by the first of its index scripts that is there; without one it
# is not there. Without its slash it is sent to where it is.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script tell <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n%s|%s|%s|%s|%s\n' "$SCRIPT_NAME" "$PATH_INFO" "$QUERY_STRING" "$REQUEST_METHOD" "$SCRIPT_FILENAME"
END
bin=$T/www/cgi-bin
copy() { mkdir -p "$bin/$(dirname "$1")" && cp "$bin/tell" "$bin/$1" && chmod "${2:-755}" "$bin/$1"; }
copy index.cgi
copy sub/index.py 644
copy sub/index.php
copy two/index.cgi
copy two/index.pl
copy 'odd name%/index.cgi'
copy refused/index.cgi 644
copy refused/index.sh
copy directory/index.cgi/x
copy directory/index.rb
copy own/start
copy own/index.cgi
copy none/other
mkdir "$bin/empty"

{
	head_of_conf "access.log = $T/access.log" "access.format = %m %{target}r %s %n"
	script_pool "interpreter[.py] = /bin/sh"
	script_pool "index = none start" | sed "s/^\[scripts\]/[own]/; s|^route = .*|route = /own/|; s|^directory = .*|directory = $bin/own|"
	script_pool "index =" | sed "s/^\[scripts\]/[off]/; s|^route = .*|route = /off/|"
	script_pool "host = root.test" | sed "s/^\[scripts\]/[root]/; s|^route = .*|route = /|"
	echo "[exact]"
	echo "type = cgi"
	echo "route = =/cgi-bin/two/index.pl =/one/sub"
	echo "directory = $bin"
	user_line
} >"$T/conf"
hearth_start "$T/conf"

# answers PATH SCRIPT_NAME QUERY METHOD FILE [CURL-ARGUMENT]...
answers()
{
	get "$1" "${@:6}"
	expect_status 200
	expect "what $1 runs" "$(body)" "$2||$3|$4|$bin/$5"
}
answers /cgi-bin/ /cgi-bin/index.cgi '' GET index.cgi
answers '/cgi-bin/?a=b' /cgi-bin/index.cgi a=b GET index.cgi
answers /cgi-bin/sub/ /cgi-bin/sub/index.py '' GET sub/index.py
answers /cgi-bin/two/ /cgi-bin/two/index.cgi '' GET two/index.cgi
answers /cgi-bin/two/ /cgi-bin/two/index.cgi '' POST two/index.cgi -d body=1
answers /cgi-bin/odd%20name%25/ '/cgi-bin/odd name%/index.cgi' '' GET 'odd name%/index.cgi'
answers /cgi-bin/directory/ /cgi-bin/directory/index.rb '' GET directory/index.rb
answers /own/ /own/start '' GET own/start
answers / /index.cgi '' GET index.cgi -H 'Host: root.test'
answers '/two/?x' /two/index.cgi x GET two/index.cgi -H 'Host: root.test'

# moved PATH TO [CURL-ARGUMENT]...
moved()
{
	get "$1" "${@:3}"
	expect_status 301
	expect "where $1 is" "$(header Location)" "$2"
}
moved /cgi-bin /cgi-bin/
moved '/cgi-bin?a=b&c' '/cgi-bin/?a=b&c'
moved /cgi-bin/sub /cgi-bin/sub/
moved '/cgi-bin/sub?' '/cgi-bin/sub/?'
moved //cgi-bin//sub /cgi-bin/sub/
moved /cgi-bin/odd%20name%25 /cgi-bin/odd%20name%25/
moved /own /own/
moved /two /two/ -H 'Host: root.test'
moved /cgi-bin/sub /cgi-bin/sub/ --head
get /cgi-bin/sub -d body=1
expect_status 404
get /cgi-bin/sub -L
expect "who follows" "$(body)" "/cgi-bin/sub/index.py|||GET|$bin/sub/index.py"

for path in /cgi-bin/none/ /cgi-bin/none /cgi-bin/empty/ /cgi-bin/nowhere/ /off/ /off /off/sub/ /off/sub /one/sub /cgi-bin/directory/index.cgi; do
	get $path
	expect_status 404
done
expect "a file as a directory" "$(get /off/index.cgi/; body)" "/off/index.cgi|/||GET|$bin/index.cgi"

# One that is there and may not be run answers by its refusal: it is not as if it were not there.
get /cgi-bin/refused/
expect_status 403
get /cgi-bin/refused
expect_status 403
expect_log "script $bin/refused/index.cgi: it is not executable"

# It is what answers for its own name: here another pool, which has no such file.
rm "$bin/two/index.cgi"
get /cgi-bin/two/index.pl
expect_status 404
get /cgi-bin/two/
expect_status 404
copy index.pl
answers /cgi-bin/two/ /cgi-bin/two/index.pl '' GET index.pl
wait_for 'grep -qx "GET /cgi-bin/two/ 200 exact" "$T/access.log"'
wait_for 'grep -qx "GET /cgi-bin/sub 301 scripts" "$T/access.log"'
hearth_stop
