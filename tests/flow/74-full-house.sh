#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Idle connections lock nobody out, whichever thread has them; connections that ask do, until they
# are gone, and that is said once.
. "$(dirname "$0")/lib.sh"

echo "a file" >"$T/www/file.txt"
head_of_conf "threads = 4" "max_connections = 40" "header_timeout = 60s" >"$T/conf"
hearth_start "$T/conf"

# crowd N TEXT: N connections that say this, until their pid $CROWD is killed.
crowd()
{
	rm -f "$T/mark/crowd"
	perl -MIO::Socket::INET -e '
		my ($port, $n, $text, $mark, @all) = @ARGV;
		$text =~ s/\\r\\n/\r\n/g;
		for (1 .. $n) {
			my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") or die "connect: $!";
			push @all, $s;
			next if $text eq "";
			syswrite($s, $text);
			sysread($s, my $some, 4096) if $text =~ /\n$/; # it is answered
		}
		open(my $f, ">", $mark);
		sleep 60' "$PORT" "$1" "$2" "$T/mark/crowd" &
	CROWD=$!
	wait_for '[ -e "$T/mark/crowd" ]'
}
disperse()
{
	kill $CROWD
	wait $CROWD 2>/dev/null
}

# More than there is room for: the later ones let the earlier ones go.
crowd 100 'GET /file.txt HTTP/1.1\r\nHost: a\r\n\r\n'
for _ in {1..20}; do get_ok /file.txt "a file"; done
ctl status --json
connections=$(sed -n 's/.*"connections":\([0-9]*\),.*/\1/p' "$T/ctl.out")
[ "$connections" -le 40 ] || fail "$connections connections"
expect_no_log 'accepting no connections.*descriptors'
disperse

# Those that never said a word go as well, when they had time to.
crowd 100 ''
for _ in {1..5}; do get_ok /file.txt "a file"; done
disperse

# Who asks is not interrupted.
wait_for 'ctl status --json; grep -q "\"connections\":0," "$T/ctl.out"'
crowd 40 'GET /file'
wait_for 'ctl status --json; grep -q "\"connections\":40," "$T/ctl.out"'
expect "while they ask" "$(curl -s --max-time 1 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$PORT/file.txt")" 000
expect_log 'accepting no connections for a moment: max_connections is reached'
[ "$(log_count 'accepting no connections')" -le 10 ] || fail "said too often: $(cat "$LOG")"
disperse
get_ok /file.txt "a file"
wait_for '[ "$(ctl status --json; grep -c "\"connections\":0," "$T/ctl.out")" = 1 ]'
hearth_stop
