#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A body reaches the script byte for byte, whether its length was announced or it came in chunks.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script cat <<'END'
#!/bin/sh
printf 'Content-Type: application/octet-stream\r\nX-Length: %s\r\nX-Type: %s\r\n\r\n' "$CONTENT_LENGTH" "$CONTENT_TYPE"
exec cat
END
head -c 100000 /dev/urandom >"$T/sent"
{ head_of_conf; script_pool; } >"$T/conf"
hearth_start "$T/conf"

get /cgi-bin/cat --data-binary "@$T/sent" -H 'Content-Type: a/b'
expect_status 200
cmp "$T/sent" "$T/body" || fail "other bytes came back"
expect "CONTENT_LENGTH" "$(header X-Length)" 100000
expect "CONTENT_TYPE" "$(header X-Type)" a/b

get /cgi-bin/cat --data-binary "@$T/sent" -H 'Transfer-Encoding: chunked' -H 'Content-Type: a/b'
expect_status 200
cmp "$T/sent" "$T/body" || fail "other bytes came back from chunks"
expect "CONTENT_LENGTH of chunks" "$(header X-Length)" 100000

get /cgi-bin/cat -X POST -d ''
expect_status 200
expect "an empty body" "$(wc -c <"$T/body")" 0
hearth_stop
