#!/bin/bash
# SPDX-License-Identifier: MIT
#
# One client may have so many connections; one more is answered 503 and closed. Clients on this
# machine are not counted. Needs an address that is not a loopback one: in a network of its own.
if [ -z "${OWN_NETWORK:-}" ] && unshare -n true 2>/dev/null && command -v ip >/dev/null; then
	OWN_NETWORK=1 exec unshare -n "$0"
fi
. "$(dirname "$0")/lib.sh"
[ -n "${OWN_NETWORK:-}" ] || skip "no network of its own: needs root and iproute2"

ip link set lo up
ip addr add 192.0.2.1/32 dev lo && ip addr add 192.0.2.2/32 dev lo || fail "no address"
ip addr add 2001:db8:0:1::1/64 dev lo nodad 2>/dev/null && ip addr add 2001:db8:0:1::2/64 dev lo nodad 2>/dev/null &&
	ip addr add 2001:db8:0:2::1/64 dev lo nodad 2>/dev/null && six=1

# hold FROM N: N idle connections from this address, by the process $CROWD.
crowd()
{
	rm -f "$T/mark/crowd"
	perl -MIO::Socket::IP -e '
		my ($to, $from, $port, $n, $mark, @all) = @ARGV;
		for (1 .. $n) {
			my $s = IO::Socket::IP->new(PeerHost => $to, PeerPort => $port, LocalHost => $from) or die "connect: $@";
			syswrite($s, "GET /file.txt HTTP/1.1\r\nHost: a\r\n\r\n");
			sysread($s, my $some, 4096) or die "no answer";
			die $some unless $some =~ m{^HTTP/1.1 200};
			push @all, $s;
		}
		open(my $f, ">", $mark);
		sleep 60' "$1" "$2" "$PORT" "$3" "$T/mark/crowd" &
	CROWD=$!
	wait_for '[ -e "$T/mark/crowd" ]'
}
disperse()
{
	kill "$CROWD"
	wait "$CROWD" 2>/dev/null
}

# status_from TO FROM
status_from()
{
	curl -sS -g -m 50 -o "$T/body" -D "$T/head" -w '%{http_code}' --interface "$2" "http://$1:$PORT/file.txt" 2>"$T/curl.err"
}

echo "a file" >"$T/www/file.txt"
conf()
{
	head_of_conf "$@" | sed "s|^listen = .*|listen = 0.0.0.0:$PORT${six:+ [::]:$PORT}|"
}
conf "max_client_connections = 20" "threads = 4" >"$T/conf"
hearth_start "$T/conf"

crowd 192.0.2.1 192.0.2.1 20
expect "the 21st" "$(status_from 192.0.2.1 192.0.2.1)" 503
[ -n "$(header Retry-After)" ] || fail "503 without Retry-After"
expect "its connection" "$(header Connection)" close
curl -sS -m 50 -o /dev/null -w '%{http_code}\n' --interface 192.0.2.1 "http://192.0.2.1:$PORT/file.txt?[1-200]" >"$T/refused" 2>"$T/curl.err"
expect "those that followed" "$(grep -cx 503 "$T/refused")" 200
expect_log 'client 192\.0\.2\.1: turned away, it has 20 connections already'
# Once a second.
[ "$(log_count 'turned away')" -lt 100 ] || fail "it is said of each"
expect "another client" "$(status_from 192.0.2.1 192.0.2.2)" 200
expect "one on this machine" "$(status_from 127.0.0.1 127.0.0.1)" 200
disperse
wait_for '[ "$(status_from 192.0.2.1 192.0.2.1)" = 200 ]'

crowd 127.0.0.1 127.0.0.1 50
expect "the 51st on this machine" "$(status_from 127.0.0.1 127.0.0.1)" 200
disperse

if [ -n "${six:-}" ]; then
	crowd 2001:db8:0:1::1 2001:db8:0:1::1 20
	expect "a neighbour in the same /64" "$(status_from '[2001:db8:0:1::1]' 2001:db8:0:1::2)" 503
	expect "one in another" "$(status_from '[2001:db8:0:1::1]' 2001:db8:0:2::1)" 200
	disperse
else
	echo "skip IPv6 (there is none)"
fi

conf "trusted_proxies = 192.0.2.1" "max_client_connections = 3" >"$T/conf"
hearth_stop
hearth_start "$T/conf"
crowd 192.0.2.1 192.0.2.1 10
expect "a trusted proxy" "$(status_from 192.0.2.1 192.0.2.1)" 200
disperse

conf "max_client_connections = 0" >"$T/conf"
hearth_stop
hearth_start "$T/conf"
crowd 192.0.2.1 192.0.2.1 600
expect "without a limit" "$(status_from 192.0.2.1 192.0.2.1)" 200
disperse

conf >"$T/conf"
hearth_stop
hearth_start "$T/conf"
crowd 192.0.2.1 192.0.2.1 500
expect "500 by default" "$(status_from 192.0.2.1 192.0.2.1)" 503
disperse
hearth_stop
