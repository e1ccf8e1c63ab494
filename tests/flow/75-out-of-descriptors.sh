#!/bin/bash
# SPDX-License-Identifier: MIT
#
# More connections than descriptors: the last ones are kept for files and workers, the rest waits,
# nothing spins, and when the crowd is gone everybody is answered again.
. "$(dirname "$0")/lib.sh"

script hello <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\nhello\n'
END
echo "a file" >"$T/www/file.txt"
{
	head_of_conf "threads = 2" "header_timeout = 60s"
	script_pool
	probe_pool app "pm = static" "pm.max_children = 1"
} >"$T/conf"

# The crowd needs more descriptors than hearth may have, so it comes first and waits.
perl -MIO::Socket::INET -e '
	my ($port, $mark, @all) = @ARGV;
	$SIG{PIPE} = "IGNORE";
	select(undef, undef, undef, 0.02) until -e "$mark/go";
	for (1 .. 400) {
		my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") or last;
		syswrite($s, "GET /fi");
		push @all, $s;
	}
	open(my $f, ">", "$mark/crowd");
	sleep 60' "$PORT" "$T/mark" &
crowd=$!
ulimit -n 128
hearth_start "$T/conf"

# One that is there already: its request is served however crowded it is.
exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
printf 'GET /fi' >&"$S"
touch "$T/mark/go"
wait_for '[ -e "$T/mark/crowd" ]'
expect_log 'accepting no connections for a moment: few descriptors are left'
gateway=$(pids_of hearth-gateway)
# One may be on its way in or out.
wait_for '[ "$(find "/proc/$gateway/fd" -mindepth 1 | wc -l)" -le 112 ]'

# If it spun it would run out of its time long before ours is over.
ticks()
{
	awk '{ print $14 + $15 }' "/proc/$gateway/stat"
}
before=$(ticks)
sleep 1
[ $(($(ticks) - before)) -lt 50 ] || fail "busy with having no descriptors: $(($(ticks) - before)) ticks in a second"
[ "$(log_count 'accepting no connections')" -le 10 ] || fail "said too often"

printf 'le.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /cgi-bin/hello HTTP/1.1\r\nHost: a\r\n\r\nGET /app/hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' >&"$S"
timeout 40 cat <&"$S" >"$T/answer"
exec {S}>&-
expect "answers in the crowd" "$(grep -ac '^HTTP/1.1 200' "$T/answer")" 3

kill $crowd
wait $crowd 2>/dev/null
recovered()
{
	[ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 50 "http://127.0.0.1:$PORT/file.txt")" = 200 ]
}
wait_for recovered
for path in /file.txt /cgi-bin/hello /app/hello; do get_ok $path; done
wait_for '[ "$(ctl status --json; grep -c "\"connections\":0," "$T/ctl.out")" = 1 ]'
hearth_stop
