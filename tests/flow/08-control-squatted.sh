#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A control socket whose owner accepts nobody (a daemon that hangs) is not waited for.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

mkdir "$T/run"
{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
cat >"$T/bin/squat" <<'END'
use Socket;
my ($path, $mark) = @ARGV;
socket(my $s, AF_UNIX, SOCK_SEQPACKET, 0) or die $!;
bind($s, pack_sockaddr_un($path)) && listen($s, 0) or die $!;
my @callers;
for (1 .. 4) {
	socket(my $c, AF_UNIX, SOCK_SEQPACKET | 04000, 0) or die $!;
	connect($c, pack_sockaddr_un($path));
	push @callers, $c;
}
open(my $m, '>', $mark) or die $!;
sleep 60;
END
perl "$T/bin/squat" "$T/run/control.sock" "$T/mark/squatted" &
squatter=$!
wait_for '[ -e "$T/mark/squatted" ]'

hearth_launch "$T/conf"
poll_for "not_running $MANAGER"
gone=$?
kill "$squatter"
wait_quietly "$MANAGER"
MANAGER=
expect "hearth gave up" "$gone" 0
expect "exit status" "$EXIT" 1
expect_log "control socket $T/run/control.sock is held by somebody who does not answer"
wait_quietly "$squatter"
