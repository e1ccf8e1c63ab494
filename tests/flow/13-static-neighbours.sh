#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Neighbours .br and .gz go to clients that accept them, with Vary for all; `precompressed = no` ends that.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

echo "some text" >"$T/www/a.txt"
gzip -k "$T/www/a.txt"
echo "alone" >"$T/www/alone.txt"
echo "secret" | gzip >"$T/secret.gz"
ln -s "$T/secret.gz" "$T/www/alone.txt.gz"
head_of_conf >"$T/conf"
hearth_start "$T/conf"

get /a.txt --compressed
expect_status 200
expect_body "some text"
expect "coding" "$(header Content-Encoding)" gzip
expect "Vary" "$(header Vary)" Accept-Encoding
expect "type" "$(header Content-Type)" "text/plain; charset=utf-8"
coded=$(header ETag)
get_ok /a.txt "some text"
expect "coding without Accept-Encoding" "$(header Content-Encoding)" ""
expect "Vary without Accept-Encoding" "$(header Vary)" Accept-Encoding
[ "$(header ETag)" != "$coded" ] || fail "both variants have one tag"
get /a.txt -H "Accept-Encoding: gzip;q=0"
expect "coding that is refused" "$(header Content-Encoding)" ""
get /a.txt -H "Accept-Encoding: gzip" -H "If-None-Match: $coded"
expect_status 304
expect "Vary of a 304" "$(header Vary)" Accept-Encoding
get /a.txt -H "Accept-Encoding: gzip" -r 0-1
expect_status 206
expect "bytes of the coded form" "$(od -An -tx1 "$T/body" | tr -d ' ')" 1f8b
get_ok /alone.txt alone
expect "Vary of a file that is alone" "$(header Vary)" ""
get /alone.txt --compressed
expect_body alone

# It comes, and goes, and is noticed at once.
echo "coming" >"$T/www/b.txt"
get /b.txt --compressed
expect "no neighbour yet" "$(header Content-Encoding)" ""
gzip -k "$T/www/b.txt"
get /b.txt --compressed
expect "a neighbour came" "$(header Content-Encoding)" gzip
rm "$T/www/b.txt.gz"
get /b.txt --compressed
expect "a neighbour went" "$(header Content-Encoding)" ""
hearth_stop

head_of_conf "precompressed = no" >"$T/conf"
hearth_start "$T/conf"
get /a.txt --compressed
expect "coding if it is switched off" "$(header Content-Encoding)" ""
expect "Vary if it is switched off" "$(header Vary)" ""
expect_body "some text"
hearth_stop
