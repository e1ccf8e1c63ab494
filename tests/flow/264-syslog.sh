#!/bin/bash
# SPDX-License-Identifier: MIT
#
# error_log = syslog, with syslog.facility and syslog.ident, for the manager and for the gateway; and back to
# a file by a reload. In a mount namespace of its own, where /dev/log is ours.
# variants: plain
if [ -z "${HEARTH_TEST_NAMESPACE:-}" ]; then
	[ "$(id -u)" -eq 0 ] || { echo "it takes root to have a /dev of one's own" && exit 77; }
	unshare -m true 2>/dev/null || { echo "no mount namespaces here" && exit 77; }
	HEARTH_TEST_NAMESPACE=1 exec unshare -m --propagation private bash "$0"
fi
. "$(dirname "$0")/lib.sh"

mkdir "$T/dev"
mount -t tmpfs none "$T/dev" 2>/dev/null || skip "no mounts here"
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/ptmx /dev/fd /dev/stdin /dev/stdout /dev/stderr "$T/dev" 2>/dev/null
: >"$T/dev/null" 2>/dev/null || skip "no devices here"
chmod 755 "$T/dev"
mount --bind "$T/dev" /dev || skip "no mounts here"
umount -l "$T/dev" # it stays at its other place
cat >"$T/bin/receive" <<'END'
use IO::Socket::UNIX;
my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => "/dev/log") or die $!;
chmod 0666, "/dev/log";
open(my $out, ">", $ARGV[0]) or die;
$out->autoflush(1);
while (defined $s->recv(my $got, 65536)) { $got =~ s/\n/\\n/g; print $out "$got\n"; }
END
perl "$T/bin/receive" "$T/syslog" &
receiver=$!
wait_for '[ -S /dev/log ]'

conf()
{
	global_section "$@" | sed "/^error_log = stderr/d"
	gateway_section
	probe_pool app "pm.max_children = 1"
}

conf "error_log = syslog" "syslog.facility = local3" "syslog.ident = hearth-test" >"$T/conf"
hearth_launch "$T/conf"
# 19 is local3; 5 is notice, 4 warning.
wait_for "grep -Eq '^<157>.* hearth-test\[$MANAGER\]: ready to handle connections' '$T/syslog'" 20
get_ok "/app/stderr?heard" hello
wait_for "grep -Eq '^<156>.* hearth-test\[[0-9]+\]: gateway: .pool app. child [0-9]+, request [0-9a-f]{16} said into stderr: .heard.' '$T/syslog'"

conf "error_log = $T/file" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
get_ok "/app/stderr?in-the-file" hello
wait_for "grep -q 'gateway: .pool app. .*in-the-file' '$T/file'"
! grep -q in-the-file "$T/syslog" || fail "in both"

conf "error_log = syslog" "log_format = json" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
get_ok "/app/stderr?an-object" hello
wait_for "grep -Eq '^<28>.* hearth\[[0-9]+\]: [{].*\"process\":\"gateway\".*an-object' '$T/syslog'"
kill "$receiver"
wait "$receiver" 2>/dev/null
hearth_stop
