#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A client that half-closes or leaves, wherever in its message that is: nothing of it stays behind.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script slow <<'END'
#!/bin/sh
cat >/dev/null
sleep 0.2
printf 'Content-Type: text/plain\r\n\r\nthe script\n'
END
echo "a file" >"$T/www/file.txt"
{
	head_of_conf "header_timeout = 60s" "body_timeout = 60s"
	script_pool
	probe_pool app "pm = static" "pm.max_children = 2"
} >"$T/conf"
hearth_start "$T/conf"

# half SHUTDOWN: reads "BYTES" (printf escapes) from its input, one message a line, sends each on a
# connection of its own, shuts that down (1: for sending, 2: for both), and prints what comes.
half()
{
	perl -MIO::Socket::INET -ne '
		BEGIN { ($port, $how) = splice(@ARGV, 0, 2); $SIG{PIPE} = "IGNORE" }
		chomp; s/\\r/\r/g; s/\\n/\n/g;
		my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") or die "connect: $!";
		syswrite($s, $_);
		$s->shutdown($how);
		if ($how == 1) { local $/; my $all = <$s> // ""; print $all =~ m{^HTTP/1.1 (\d+)} ? "$1\n" : "-\n" }
		' "$PORT" "$1" -
}

cat >"$T/cut" <<'END'

GET
GET /file.txt HTTP/1.1\r\nHost: a\r\n
POST /app/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n
POST /app/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc
POST /app/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n
POST /app/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab
POST /app/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n
POST /app/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n
POST /cgi-bin/slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\nX: y\r\n
PUT /file.txt HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\nabc
END
cat >"$T/whole" <<'END'
GET /file.txt HTTP/1.1\r\nHost: a\r\n\r\n
GET /app/hello HTTP/1.1\r\nHost: a\r\n\r\n
GET /cgi-bin/slow HTTP/1.1\r\nHost: a\r\n\r\n
POST /app/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n
END

# A request that waits in line when its client half-closes is taken for one that was given up: so
# there is somebody for each.
get_ok /app/hello hello
get_ok /cgi-bin/slow "the script"

# None of the deadlines is shorter than a minute: that this ends shows that the end is seen.
# A refusal that needs no body is given all the same.
half 1 <"$T/cut" >"$T/answers" || fail "half-closed"
expect "of messages cut short" "$(sort -u "$T/answers" | tr '\n' ' ')" "- 405 "
# Who half-closes a tenth of a second behind his request has left: so may who was held up in between.
whole=0
all_are_answered()
{
	whole=$((whole + 1))
	half 1 <"$T/whole" >"$T/answers" && [ "$(sort -u "$T/answers" | tr '\n' ' ')" = "200 " ]
}
all_are_answered || all_are_answered || all_are_answered || fail "whole ones: $(cat "$T/answers")"
for _ in {1..10}; do
	cat "$T/cut" "$T/whole"
done | half 2

came=$(($(wc -l <"$T/cut") * 11 + $(wc -l <"$T/whole") * (10 + whole) + 2))
gone()
{
	ctl status --json
	grep -q "\"connections\":0,\"accepted\":$came," "$T/ctl.out"
}
wait_for gone
ctl status --json
for _ in 1 2; do get_ok /app/hello hello; done
get_ok /cgi-bin/slow "the script"
hearth_stop
