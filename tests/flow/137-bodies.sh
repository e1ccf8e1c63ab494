#!/bin/bash
# SPDX-License-Identifier: MIT
#
# 64 MB to scripts that read nothing, echo, write as much before they read, close their input, or
# read a byte a second: nobody waits for anybody who waits for him, whether the body was collected
# first or is passed on as it comes; and a length is told if it is known.
# variants: plain
. "$(dirname "$0")/lib.sh"

script deaf <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\ndeaf'
END
script echo <<'END'
#!/bin/sh
printf 'Content-Type: application/octet-stream\n\n'
exec cat
END
script first-writes <<'END'
#!/bin/sh
printf 'Content-Type: application/octet-stream\n\n'
head -c 67108864 /dev/zero
printf '%s read' "$(wc -c)"
END
script closes <<'END'
#!/bin/sh
exec <&-
printf 'Content-Type: text/plain\n\nclosed'
END
script drips <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n'
while dd bs=1 count=1 2>/dev/null; do sleep 1; done
END
script silent-drips <<'END'
#!/bin/sh
while dd bs=1 count=1 of=/dev/null 2>/dev/null; do sleep 1; done
END
script length <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nlength %s, %s bytes' "${CONTENT_LENGTH-unset}" "$(wc -c)"
END
{
	head_of_conf "max_body = 100m" "max_spool = 1g"
	script_pool "request_terminate_timeout = 50s"
	for pool in buffered streamed; do
		script_pool "request_terminate_timeout = 1s" "kill_grace = 100ms" | sed "s/^\[scripts\]/[late-$pool]/; s|^route.*|route = /late-$pool/|"
	done
	script_pool "request_buffering = no" "response_buffering = no" "request_terminate_timeout = 50s" |
		sed 's/^\[scripts\]/[streamed]/; s|^route.*|route = /streamed/|'
} | sed '/^\[late-streamed\]/a request_buffering = no' >"$T/conf"
hearth_start "$T/conf"
size=67108864
truncate -s $size "$T/sent" # sparse: it is zeros
sum=$(md5sum <"$T/sent")

# answer PATH [CURL-ARGUMENT]...: its last bytes and how many there are.
answer()
{
	local path=$1
	shift
	curl -sS --max-time 50 -H Expect: -T "$T/sent" -w '%{stderr}%{http_code}' "$@" "http://127.0.0.1:$PORT$path" \
		2>"$T/status" | tee >(md5sum >"$T/sum") >(wc -c >"$T/count") | tail -c 20 | tr -d '\0'
	wait_for '[ -s "$T/sum" ] && [ -s "$T/count" ]'
	STATUS=$(tail -c 3 "$T/status")
}

chunked='Transfer-Encoding: chunked'
for pool in cgi-bin streamed; do
	expect "$pool: who reads nothing" "$(answer /$pool/deaf)" deaf
	expect "$pool: who closes his input" "$(answer /$pool/closes -H "$chunked")" closed
	answer "/$pool/echo" >/dev/null
	expect "$pool: an echo" "$(cat "$T/sum")" "$sum"
	expect "$pool: who writes first" "$(answer /$pool/first-writes -H "$chunked")" "$size read"
	expect "$pool: what he wrote" "$(cat "$T/count")" $((size + ${#size} + 5))
done
for pool in buffered streamed; do
	answer "/late-$pool/drips" >/dev/null
	# Mostly one; the next may be in time, and on a busy machine even the first may not.
	[ "$(cat "$T/count")" -le 20 ] || fail "late-$pool: who drips has sent $(cat "$T/count") bytes"
	answer "/late-$pool/silent-drips" >/dev/null
	expect "late-$pool: who says nothing" "$STATUS" 504
done

truncate -s 300000 "$T/sent"
get /cgi-bin/length -H Expect: -H "$chunked" -T "$T/sent"
expect "chunks, collected" "$(body)" "length 300000, 300000 bytes"
get /streamed/length -H Expect: -H "$chunked" -T "$T/sent"
expect "chunks, passed on" "$(body)" "length unset, 300000 bytes"
get /streamed/length -H Expect: -T "$T/sent"
expect "a length, passed on" "$(body)" "length 300000, 300000 bytes"
get /cgi-bin/length -H "$chunked" -d ''
expect "no bytes in chunks" "$(body)" "length 0, 0 bytes"
wait_for '! scripts_run'
hearth_stop
