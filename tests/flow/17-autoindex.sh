#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Lists of directories, if they are asked for; empty `index`; several names; types and charset.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

mkdir -p "$T/www/dir/sub" "$T/www/with"
echo "x" >"$T/www/dir/<b>&.txt"
echo "x" >"$T/www/dir/.hidden"
ln -s /etc/passwd "$T/www/dir/passwd"
echo "index" >"$T/www/with/index.htm"
echo "alert(1)" >"$T/www/a.odd"
echo "x" >"$T/www/a.html"
echo "text/x-odd odd" >"$T/types"
head_of_conf "index = index.html index.htm" "autoindex = yes" "mime_types = $T/types" "charset = koi8-r" >"$T/conf"
hearth_start "$T/conf"

get_ok /dir/ '<a href="%3Cb%3E%26.txt">&#60;b&#62;&#38;.txt</a>'
expect_body '<a href="sub/">sub/</a>'
expect_body '<a href="../">'
! grep -qE 'hidden|passwd' "$T/body" || fail "the list says too much"
length=$(header Content-Length)
get /dir/ --head
expect_status 200
expect "length of HEAD" "$(header Content-Length)" "$length"
get "/dir/%3Cb%3E%26.txt"
expect_status 200
get_ok /with/ index
get /nowhere/
expect_status 404
get /dir/ -X POST
expect_status 405
expect Allow "$(header Allow)" "GET, HEAD, OPTIONS"
get /a.html -d "$(head -c 20000 /dev/zero | tr '\0' x)" -H "Expect: 100-continue"
expect_status 405
! grep -q "100 Continue" "$T/head" || fail "the body of a refused request was asked for"
get /dir/ -X BREW
expect_status 501
get /a.odd
expect "a type of the table" "$(header Content-Type)" "text/x-odd; charset=koi8-r"
get /a.html
expect "a type of our own" "$(header Content-Type)" "text/html; charset=koi8-r"
hearth_stop

head_of_conf "index =" "mime_types = none" "charset = none" >"$T/conf"
hearth_start "$T/conf"
get /dir/
expect_status 404
get /with/
expect_status 404
get /a.odd
expect "an unknown type" "$(header Content-Type)" application/octet-stream
get /a.html
expect "no charset" "$(header Content-Type)" text/html
hearth_stop
