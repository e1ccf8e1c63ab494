#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A client that closes its connection while its script is silent has left, though nothing is written that
# could show it; one that has only shut down its side, right behind its request, waits for the answer.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script silent <<'END'
#!/bin/sh
: >"$QUERY_STRING"
exec sleep 600
END
script slow <<'END'
#!/bin/sh
sleep 1
printf 'Content-Type: text/plain\n\nthe answer\n'
END
{ head_of_conf; script_pool; } >"$T/conf"
hearth_start "$T/conf"

curl -sS --max-time 50 "http://127.0.0.1:$PORT/cgi-bin/silent?$T/mark/begun" >"$T/out" 2>"$T/err" &
client=$!
wait_for '[ -e "$T/mark/begun" ]'
sleep 0.5 # or it might have shut down its side, right behind its request
kill $client
expect_log 'cgi-bin/silent .*is ended: its client has left'
wait_for '! scripts_run'

# A client that was held up between the two may well not get it.
shuts_down_its_side()
{
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$ARGV[0]") or die "connect: $!";
		syswrite($s, "GET /cgi-bin/slow HTTP/1.1\r\nHost: a\r\n\r\n");
		$s->shutdown(1);
		local $/; print <$s>' "$PORT" >"$T/out"
	grep -q '^the answer' "$T/out"
}
shuts_down_its_side || shuts_down_its_side || shuts_down_its_side || fail "who shut down only its side got no answer: $(cat "$T/out")"
hearth_stop
