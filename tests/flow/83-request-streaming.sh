#!/bin/bash
# SPDX-License-Identifier: MIT
#
# request_buffering = no: a body reaches its worker or script as it comes, and waits in the client
# while they do not read; a length is only known if the client says it.
. "$(dirname "$0")/lib.sh"

mkdir -m 1777 "$T/spool"
script lines <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
while read -r line; do echo "$line"; done
END
script length <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\nlength %s, %s bytes' "${CONTENT_LENGTH-unset}" "$(wc -c)"
END
script deaf <<'END'
#!/bin/sh
exec <&-
: >"$QUERY_STRING"
while [ -e "$QUERY_STRING" ]; do sleep 0.05; done
printf 'Content-Type: text/plain\r\n\r\ndone'
END
script later-deaf <<'END'
#!/bin/sh
: >"$QUERY_STRING.begun"
while [ ! -e "$QUERY_STRING.close" ]; do sleep 0.05; done
exec <&-
while [ ! -e "$QUERY_STRING.answer" ]; do sleep 0.05; done
printf 'Content-Type: text/plain\r\n\r\ndone'
END
script early <<'END'
#!/bin/sh
printf 'Status: 403\r\nContent-Type: text/plain\r\n\r\nno, thanks'
END
conf()
{
	head_of_conf "spool_dir = $T/spool" "max_body = 100m" "body_timeout = $1"
	script_pool "request_buffering = no" "response_buffering = no"
	probe_pool app "pm = static" "pm.max_children = 1" "request_buffering = no"
}
conf 60s >"$T/conf"
hearth_start "$T/conf"

laters=()
# say TEXT, and hear TEXT in what has come by now, on the connection $S.
connect()
{
	exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
	: >"$T/heard"
	cat <&"$S" >>"$T/heard" &
	LISTENER=$!
}

say()
{
	# shellcheck disable=SC2059 # escapes are wanted
	printf "$1" >&"$S"
}

hear()
{
	wait_for "grep -aqF -- '$1' '$T/heard'"
}

leave()
{
	exec {S}>&-
	kill "$LISTENER" 2>/dev/null
	wait "$LISTENER" 2>/dev/null
}

# Line by line, there and back, before the body is complete; and the connection lives on.
for path in /app/lines /cgi-bin/lines; do
	connect
	say "POST $path HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	for word in one two three; do
		say "$(printf %x $((${#word} + 1)))\r\n$word\n\r\n"
		hear "$word"
	done
	say '0\r\n\r\nGET /app/hello HTTP/1.1\r\nHost: a\r\n\r\n'
	hear 'hello from the probe'
	leave
done

# Lengths.
head -c 300000 /dev/urandom >"$T/large"
get "/app/tell?$T/mark/told" -H Expect: -H 'Transfer-Encoding: chunked' -T "$T/large"
expect_status 200
expect "a body in chunks" "$(cat "$T/mark/told")" "whole 300000 of unknown"
rm "$T/mark/told"
get "/app/tell?$T/mark/told" -H Expect: --data-binary "@$T/large"
expect "a body with a length" "$(cat "$T/mark/told")" "whole 300000 of 300000"
get /cgi-bin/length -H Expect: -H 'Transfer-Encoding: chunked' -T "$T/large"
expect_body "length unset, 300000 bytes"
get /cgi-bin/length --data-binary "@$T/large"
expect_body "length 300000, 300000 bytes"
get /app/echo --data-binary "@$T/large"
cmp "$T/large" "$T/body" || fail "other bytes came back"
head -c 20000000 /dev/urandom >"$T/huge"
get /app/echo -H 'Transfer-Encoding: chunked' -T "$T/huge"
cmp "$T/huge" "$T/body" || fail "other bytes came back"

# The word to go on is given when there is a worker, once; not behind an answer.
hold_worker app
connect
say "POST /app/echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
wait_for "ctl status --json; grep -q '\"listen queue\":1\|\"waiting\":1' '$T/ctl.out'"
[ -s "$T/heard" ] && fail "told to go on before there was a worker: $(cat "$T/heard")"
release_worker
expect_held "who held it" 200
hear "100 Continue"
say hello
hear hello
expect "words to go on" "$(grep -c '100 Continue' "$T/heard")" 1
leave
get /cgi-bin/early -H 'Expect: 100-continue' --data-binary "@$T/huge"
expect_status 403

# An answer before the body is complete is the answer, and the last on its connection.
for path in /app/hello /cgi-bin/early; do
	connect
	say "POST $path HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome"
	wait_for "not_running $LISTENER" # the end has come
	expect "answers to $path" "$(grep -c '^HTTP/1' "$T/heard")" 1
	leave
	get_ok /app/hello hello
done

# ---- longer than body_timeout, several at once
conf 4s >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
# A worker takes nothing: nothing is read beyond a little, and it is not the client who is late.
get "/app/wait?$T/mark/wait" -H Expect: -T "$T/huge" &
waits=$!
wait_for '[ -e "$T/mark/wait" ]'
# A script closes its input later, whether we have more for it or not.
for sent in 10000 100000; do
	exec {later}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n' "/cgi-bin/later-deaf?$T/mark/$sent" >&"$later"
	head -c $sent /dev/zero >&"$later"
	cat <&"$later" >"$T/heard.$sent" 2>/dev/null &
	laters+=($!)
	wait_for "[ -e '$T/mark/$sent.begun' ]"
	: >"$T/mark/$sent.close"
done
# One has closed it before: nobody is late with what nobody wants.
connect
say "POST /cgi-bin/deaf?$T/mark/deaf HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
wait_for '[ -e "$T/mark/deaf" ]'
say '4\r\nsome\r\n'
sleep 4.5
find "/proc/$(pids_of hearth-gateway)/fd" -lname "$T/spool/*" | grep . && fail "there is a file"
rm "$T/mark/wait"
wait $waits
expect_body 20000000
rm "$T/mark/deaf"
hear 'done'
leave
for sent in 10000 100000; do
	: >"$T/mark/$sent.answer"
	wait_for "grep -aqF done '$T/heard.$sent'"
done
kill "${laters[@]}" 2>/dev/null
hearth_stop
