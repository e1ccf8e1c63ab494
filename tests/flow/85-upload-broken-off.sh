#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A body that is passed on and broken off (by the client, by its framing, its size, its slowness)
# does not look complete to the worker, ends a script, and costs nobody else anything.
. "$(dirname "$0")/lib.sh"

script drink <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
: >"$QUERY_STRING"
cat
sleep 100
END
script whole <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
wc -c
END
script stubborn <<'END'
#!/bin/sh
trap '' TERM
: >"$QUERY_STRING"
cat >/dev/null
echo whole >"$QUERY_STRING"
END
conf()
{
	head_of_conf "max_body = 100k" "body_timeout = $1" "threads = 2"
	script_pool "request_buffering = no"
	probe_pool app "pm = static" "pm.max_children = 1" "request_buffering = no"
}
conf 60s >"$T/conf"
hearth_start "$T/conf"

# connect PATH HEADER [PART]: a request of which everything but its end is sent, with so much of its body.
connect()
{
	exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'POST %s HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n%s' "$1" "$2" "${3:-}" >&"$S"
}

# The first line of what comes until the connection ends.
answer()
{
	timeout 40 cat <&"$S" >"$T/answer" || fail "the connection stays open"
	exec {S}>&-
	head -n 1 "$T/answer" | tr -d '\r'
}

told()
{
	wait_for '[ -s "$T/mark/told" ]'
	cat "$T/mark/told"
	rm "$T/mark/told"
}

# The only worker has finished with it, if it ever began.
never_whole()
{
	get_ok /app/hello hello
	! grep -s whole "$T/mark/told" || fail "it looked complete"
	rm -f "$T/mark/told"
}

tell="/app/tell?$T/mark/told"
length='Content-Length: 50000'
chunked='Transfer-Encoding: chunked'

connect "$tell" "$length"
head -c 20000 /dev/zero >&"$S"
exec {S}>&-
expect "a client that left" "$(told)" "broken 20000 of 50000"
connect "$tell" "$chunked"
printf '5\r\nhello\r\n' >&"$S"
exec {S}>&-
expect "a client that left between chunks" "$(told)" "broken 5 of unknown"
connect "$tell" "$chunked"
printf '5\r\nhello\r\nnonsense\r\n' >&"$S"
expect "nonsense for a chunk" "$(answer)" "HTTP/1.1 400 Bad Request"
never_whole
connect "$tell" "$chunked"
{ printf '10000\r\n'; head -c 65536 /dev/zero; printf '\r\n10000\r\n'; } >&"$S"
expect "more than max_body" "$(answer)" "HTTP/1.1 413 Content Too Large"
never_whole
# Behind the answer's head there is only a cut.
connect /app/lines "$chunked"
printf '6\r\nhello\n\r\n' >&"$S"
head -c 5 <&"$S" >"$T/first" # "HTTP/"
printf 'nonsense\r\n' >&"$S"
expect "the answer had begun" "$(answer)" "1.1 200 OK"
grep -q '^0' "$T/answer" && fail "it looks complete: $(cat "$T/answer")"

# In the line, before any worker.
hold_worker app
connect "$tell" "$chunked"
printf 'nonsense\r\n' >&"$S"
expect "nonsense in the line" "$(answer)" "HTTP/1.1 400 Bad Request"
connect "$tell" "$length"
printf 'some' >&"$S"
exec {S}>&-
release_worker
expect_held "who held it" 200
get_ok /app/hello hello
[ -e "$T/mark/told" ] && fail "one of them reached the worker: $(cat "$T/mark/told")"

# Scripts end.
for end in '' 'nonsense\r\n'; do
	connect "/cgi-bin/drink?$T/mark/drinks" "$chunked"
	printf '5\r\nhello\r\n' >&"$S"
	wait_for '[ -e "$T/mark/drinks" ]'
	rm "$T/mark/drinks"
	# shellcheck disable=SC2059 # escapes are wanted
	printf "$end" >&"$S"
	exec {S}>&-
	wait_for '! scripts_run'
done

# What a script has not read to its end must not look like that before it is gone.
connect "/cgi-bin/stubborn?$T/mark/stubborn" "$chunked"
printf '5\r\nhello\r\n' >&"$S"
wait_for '[ -e "$T/mark/stubborn" ]'
exec {S}>&-
wait_for '! scripts_run'
expect "a body without its end" "$(cat "$T/mark/stubborn")" ""

# A worker that dies within a body, and clients that leave while they wait for one.
child=$(pids_of fcgi-probe)
connect "/app/wait?$T/mark/wait" "$length"
printf 'some' >&"$S"
wait_for '[ -e "$T/mark/wait" ]'
kill -KILL "$child"
expect "its worker died" "$(answer)" "HTTP/1.1 502 Bad Gateway"
rm "$T/mark/wait"
wait_for '[ -n "$(pids_of fcgi-probe)" ] && [ "$(pids_of fcgi-probe)" != '"$child"' ]'
get_ok /app/hello hello
get /cgi-bin/whole -d hello
expect "a script" "$(body)" 5

# Who sends no more is not waited for, by a worker or in the line; head and part are one piece.
conf 1s >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
connect "$tell" "$length" some
expect "a client that sends no more" "$(answer)" "HTTP/1.1 408 Request Timeout"
expect "a client that sends no more" "$(told)" "broken 4 of 50000"
hold_worker app
connect "$tell" "$length" some
expect "a client that sends no more in the line" "$(answer)" "HTTP/1.1 408 Request Timeout"
release_worker
expect_held "who held it" 200
get_ok /app/hello hello
[ -e "$T/mark/told" ] && fail "it reached the worker: $(cat "$T/mark/told")"
hearth_stop
