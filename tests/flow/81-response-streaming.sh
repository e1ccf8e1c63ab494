#!/bin/bash
# SPDX-License-Identifier: MIT
#
# response_buffering = no: what a script writes leaves when it writes it, there is never a file, and
# it waits while its client does not read. With buffering a client that reads costs no file either.
. "$(dirname "$0")/lib.sh"

mkdir -m 1777 "$T/spool"
script flood <<'END'
#!/usr/bin/perl
$| = 1;
print "Content-Type: text/plain\r\n\r\n";
for my $i (1 .. 400) {
	print "x" x 100000;
	open(F, ">>", $ENV{QUERY_STRING});
	print F "$i\n";
	close(F);
}
END
script drip <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\nContent-Length: 10\r\n\r\nfirst'
until [ -e "$QUERY_STRING" ]; do sleep 0.02; done
printf 'later'
END
{
	head_of_conf "spool_dir = $T/spool"
	script_pool "response_buffering = no"
	probe_pool app "pm = static" "pm.max_children = 1" "response_buffering = no"
	probe_pool buffered "pm = static" "pm.max_children = 2"
} >"$T/conf"
hearth_start "$T/conf"
gateway=$(pids_of hearth-gateway)

spools()
{
	find "/proc/$gateway/fd" -lname "$T/spool/*" | wc -l
}

connect()
{
	exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET %s HTTP/1.0\r\nHost: a\r\n\r\n' "$1" >&"$S"
}

# What is written is there, though the script has more to say and knows how much.
get "/cgi-bin/drip?$T/mark/go" -N &
wait_for 'grep -q first "$T/body"'
: >"$T/mark/go"
wait $!
expect "all of it" "$(body)" firstlater

# A script waits: it gets no further than pipes, sockets and 64k can hold.
connect "/cgi-bin/flood?$T/mark/count"
wait_for '[ -s "$T/mark/count" ]'
before=
until [ "$before" = "$(wc -l <"$T/mark/count")" ]; do
	before=$(wc -l <"$T/mark/count")
	sleep 0.3
done
[ "$before" -lt 300 ] || fail "the script did not wait: $before of 400"
expect "files" "$(spools)" 0
[ "$(cat <&"$S" | wc -c)" -gt 40000000 ] || fail "less came than was written"
exec {S}>&-

# A worker waits, and is free when its client has left.
connect "/app/big?n=40000000"
read -r -N 100 _ <&"$S"
wait_for 'ctl status --json; grep -q "\"busy\":1" "$T/ctl.out"'
expect "files" "$(spools)" 0
[ "$(cat <&"$S" | wc -c)" -gt 39990000 ] || fail "less came than was written"
exec {S}>&-
connect "/app/big?n=40000000"
read -r -N 100 _ <&"$S"
exec {S}>&-
get_ok /app/pid
pid=$(body)
get_ok /app/pid
expect "the worker" "$(body | cut -d' ' -f1)" "${pid% *}"

# With buffering: the worker goes on to the next while its client does not read; and one that reads
# costs no file.
connect "/buffered/big?n=20000000"
wait_for '[ "$(spools)" = 1 ]'
wait_for 'ctl status --json; ! grep -q "\"busy\":1" "$T/ctl.out"'
expect "files" "$(spools)" 1
exec {S}>&-
wait_for '[ "$(spools)" = 0 ]'

# Without its directory nothing could be opened there without a complaint, of which there is one within
# some time: so a daemon has one try. A client that was held up is one that does not read: hence three.
no_file()
{
	rmdir "$T/spool"
	for _ in {1..20}; do
		get '/buffered/big?n=100000'
		get '/buffered/big?n=1000000'
		expect "bytes" "$(wc -c <"$T/body")" 1000000
	done
	[ "$(log_count spool_dir)" = 0 ]
}
for try in 1 2 3; do
	no_file && break
	[ $try -lt 3 ] || fail "a client that reads costs a file"
	hearth_stop
	: >"$LOG"
	mkdir -m 1777 "$T/spool"
	hearth_start "$T/conf"
done
hearth_stop
