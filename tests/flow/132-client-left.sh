#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A client that leaves: its script goes on undisturbed for abort_grace (reads its input to the end,
# writes what it likes) and is then ended, at once, later or never; one whose input was broken off
# can not go on, and does not take what it has for the whole.
. "$(dirname "$0")/lib.sh"

# Begins its answer, waits until it may go on, counts its input, floods its output.
script worker <<'END'
#!/bin/sh
trap 'echo told >>"$QUERY_STRING.told"; exit 0' TERM
printf 'Content-Type: text/plain\n\nbegun\n'
: >"$QUERY_STRING.begun"
while [ ! -e "$QUERY_STRING.go" ]; do sleep 0.05; done
bytes=$(wc -c)
head -c 3000000 /dev/zero || exit 1
echo "$bytes" >"$QUERY_STRING.done"
END
script drinker <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nbegun\n'
: >"$QUERY_STRING.begun"
trap '' TERM
cat >/dev/null
: >"$QUERY_STRING.whole"
END
# pool NAME LINE...
pool()
{
	script_pool "${@:2}" | sed "s/^\[scripts\]/[$1]/; s|^route.*|route = /$1/|"
}
{
	head_of_conf
	pool now "kill_grace = 20s"
	pool later "kill_grace = 20s" "abort_grace = 10m"
	pool soon "kill_grace = 20s" "abort_grace = 300ms"
	pool never "kill_grace = 20s" "abort_grace = never"
	pool bounded "kill_grace = 20s" "abort_grace = never" "request_terminate_timeout = 4s"
	pool stream "kill_grace = 300ms" "abort_grace = 300ms" "request_buffering = no"
	pool streams "kill_grace = 300ms" "abort_grace = never" "request_buffering = no"
} >"$T/conf"
hearth_start "$T/conf"
head -c 1000000 /dev/zero >"$T/sent"

# leave PATH NAME [CONTENT-LENGTH]: asks, and leaves when the answer has begun. What it has not read makes its
# leaving a reset: so it is noticed even where nobody writes.
leave()
{
	local s
	exec {s}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'POST %s?%s HTTP/1.1\r\nHost: a\r\nContent-Length: %s\r\n\r\n' "$1" "$T/mark/$2" "${3:-1000000}" >&"$s"
	cat "$T/sent" >&"$s"
	wait_for "[ -e '$T/mark/$2.begun' ] && read -r -t 0 -u $s"
	exec {s}>&-
}

# How many of a pool's requests were ended for it.
told()
{
	log_count "\[pool $1\] request .* is ended: its client has left"
}

leave /bounded/worker bounded
leave /now/worker now
wait_for '[ -e "$T/mark/now.told" ]'
expect "lines about it" "$(told now)" 1

leave /later/worker later
: >"$T/mark/later.go"
wait_for '[ -e "$T/mark/later.done" ]'
expect "its input" "$(cat "$T/mark/later.done")" 1000000
expect "lines about it" "$(told later)" 0

leave /soon/worker soon
wait_for '[ -e "$T/mark/soon.told" ]'
expect "lines about it" "$(told soon)" 1

leave /never/worker never
leave /soon/worker other
wait_for '[ -e "$T/mark/other.told" ]'
: >"$T/mark/never.go"
wait_for '[ -e "$T/mark/never.done" ]'
expect "its input" "$(cat "$T/mark/never.done")" 1000000
expect "lines about it" "$(told never)" 0

wait_for '[ -e "$T/mark/bounded.told" ]'
expect_log '\[pool bounded\] request .* is ended: request_terminate_timeout passed, and nobody waits for it'

leave /stream/drinker stream 2000000
wait_for '! scripts_run'
leave /streams/drinker streams 2000000
wait_for '! scripts_run'
[ ! -e "$T/mark/stream.whole" ] && [ ! -e "$T/mark/streams.whole" ] || fail "half a body looked complete"
expect "lines about them" "$(told stream)$(told streams)" 11

wait_for '! scripts_run'
for name in now later soon other never bounded; do
	[ "$(wc -l <"$T/mark/$name.told" 2>/dev/null || echo 0)" -le 1 ] || fail "$name was told twice"
done
expect_no_log 'script .*(exited on signal|exited with code)'
hearth_stop
