#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Preconditions as real clients send them: dates, tags, and a change that no date shows.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

echo "some text" >"$T/www/a.txt"
head_of_conf >"$T/conf"
hearth_start "$T/conf"

get_ok /a.txt "some text"
tag=$(header ETag)
[[ $tag =~ ^\"[^\"]+\"$ ]] || fail "no strong tag: $tag"
[ -n "$(header Last-Modified)" ] || fail "no Last-Modified"
modified=$(header Last-Modified)

rm "$T/body"
get /a.txt -H "If-None-Match: $tag"
expect_status 304
expect "tag of a 304" "$(header ETag)" "$tag"
[ ! -s "$T/body" ] || fail "a 304 has a body"
expect "type in a 304" "$(header Content-Type)" ""
get /a.txt -H "If-None-Match: \"x\", W/$tag"
expect_status 304
get /a.txt -H "If-None-Match: \"x\""
expect_status 200
get /a.txt -H "If-Modified-Since: $modified"
expect_status 304
get /a.txt -H "If-Match: \"x\""
expect_status 412
get /a.txt -H "If-Match: $tag"
expect_status 200
get /a.txt -H "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT"
expect_status 412

# curl's own ways.
get /a.txt -z "$T/www/a.txt"
expect_status 304
get /a.txt --etag-save "$T/tag"
expect_status 200
get /a.txt --etag-compare "$T/tag"
expect_status 304

# The same length, in place, and the date set back: still another representation.
touch -r "$T/www/a.txt" "$T/was"
echo "same size" >"$T/www/a.txt"
touch -r "$T/was" "$T/www/a.txt"
expect "size" "$(stat -c %s "$T/www/a.txt")" 10
get /a.txt --etag-compare "$T/tag"
expect_status 200
expect_body "same size"
hearth_stop
