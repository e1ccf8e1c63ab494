#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A script named nph-* answers by itself: what it says leaves as it is and when it is said, and the
# connection ends with it: in order, or by a reset if the script was killed.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script nph-answer <<'END'
#!/bin/sh
printf 'HTTP/1.1 299 My Own\r\nContent-Length: 3\r\nTransfer-Encoding: not really\r\nX-Method: %s\r\n\r\nthis is more' "$REQUEST_METHOD"
END
script nph-wait <<'END'
#!/bin/sh
printf 'HTTP/1.0 200 OK\nContent-Type: text/plain\n\nfirst\n'
until [ -e "$QUERY_STRING" ]; do sleep 0.02; done
[ "$PATH_INFO" != /die ] || kill -KILL $$
echo second
[ "$PATH_INFO" != /close ] || { exec >&-; until [ -e "$QUERY_STRING.end" ]; do sleep 0.02; done; }
END
script nph-post <<'END'
#!/bin/sh
n=$(wc -c)
printf 'HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n%s' ${#n} "$n"
END
script nph-bad <<'END'
#!/bin/sh
case $QUERY_STRING in
cgi) printf 'Content-Type: text/plain\n\nan ordinary answer' ;;
part) printf 'HTTP/1.1 200' ;;
die) kill -KILL $$ ;;
esac
END
script plain <<'END'
#!/bin/sh
printf 'HTTP/1.1 201 Made\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nhere'
END
{
	head_of_conf "access.log = $T/access.log" "access.format = %{line}r %s %B %O %{word}X"
	script_pool
	script_pool "request_buffering = no" | sed "s/^\[scripts\]/[streamed]/; s|= /cgi-bin/|= /streamed/|"
} >"$T/conf"
hearth_start "$T/conf"

# Byte for byte, for whichever version and method, and nothing behind it.
for start in 'GET /cgi-bin/nph-answer HTTP/1.1' 'GET /cgi-bin/nph-answer HTTP/1.0' 'HEAD /cgi-bin/nph-answer HTTP/1.1' 'GET /streamed/nph-answer HTTP/1.1'; do
	raw "$start\r\nHost: a\r\nConnection: keep-alive\r\n\r\nGET /cgi-bin/plain HTTP/1.1\r\nHost: a\r\n\r\n" >"$T/got"
	printf 'HTTP/1.1 299 My Own\r\nContent-Length: 3\r\nTransfer-Encoding: not really\r\nX-Method: %s\r\n\r\nthis is more' "${start%% *}" >"$T/wanted"
	cmp "$T/got" "$T/wanted" || fail "$start: $(cat "$T/got")"
done

# Unbuffered, and the end is an end.
exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
printf 'GET %s HTTP/1.1\r\nHost: a\r\n\r\n' "/cgi-bin/nph-wait?$T/mark/go" >&"$S"
for _ in 1 2 3 4; do
	IFS= read -r -t 40 line <&"$S" || fail "nothing came"
done
expect "what came" "$line" first
: >"$T/mark/go"
expect "what came then" "$(cat <&"$S")" second
exec {S}>&-

# Of a script that was killed it is a reset, and of one that ends without saying more it is not.
raw "GET /cgi-bin/nph-wait/die?$T/mark/go HTTP/1.1\r\nHost: a\r\n\r\n" >"$T/got" 2>"$T/err" && fail "no reset"
grep -q 'reset' "$T/err" || fail "no reset: $(cat "$T/err")"
expect_log 'nph-wait( \(pid [0-9]+\))? \("GET /cgi-bin/nph-wait/die.*what it wrote may not be all \(it exited on signal 9'
exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
printf 'GET %s HTTP/1.1\r\nHost: a\r\n\r\n' "/cgi-bin/nph-wait/close?$T/mark/go" >&"$S"
until [ "$line" = second ]; do
	IFS= read -r -t 40 line <&"$S" || fail "the end did not come before the script's"
done
: >"$T/mark/go.end"
cat <&"$S" >"$T/got" || fail "no end"
expect "behind it" "$(cat "$T/got")" ""
exec {S}>&-

# Bodies, and who waits for a word before one is sent.
for pool in cgi-bin streamed; do
	get "/$pool/nph-post" -d 12345
	expect "/$pool" "$(body)" 5
	get "/$pool/nph-post" -T "$T/bin/hearth" -H 'Expect: 100-continue' --expect100-timeout 20
	expect "/$pool" "$(body)" "$(wc -c <"$T/bin/hearth")"
done

# What does not begin like HTTP is none.
for how in cgi part die none; do
	get "/cgi-bin/nph-bad?$how"
	expect_status 502
done
expect_log "nph-bad .*an nph script.s first line is one like .*; it said \"Content-Type: text/plain..0a..0aan ordinary answer\""
expect_log 'nph-bad .*its output ended within the header; it said "HTTP/1.1 200"'
expect_log 'nph-bad .*it ended without any output \(it exited'

# A status line makes no nph script.
get /cgi-bin/plain
expect_status 201
expect "framing" "$(header Content-Length)" 4
hearth_stop QUIT

size=$(wc -c <"$T/wanted")
expect "in the log" "$(grep -c "^GET /cgi-bin/nph-answer HTTP/1.1 299 $size $size closed" "$T/access.log")" 1
expect "of the killed" "$(grep -c '^GET /cgi-bin/nph-wait/die.* 200 .* cut' "$T/access.log")" 1
expect "of the others" "$(grep -c '^GET /cgi-bin/nph-bad.* 502 ' "$T/access.log")" 4
