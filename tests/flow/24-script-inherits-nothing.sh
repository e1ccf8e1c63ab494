#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A script has the descriptors 0, 1 and 2 and no other, default signal handling and no privilege.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

# Perl opens its script close-on-exec, so a program that it executes shows what was inherited.
script look <<'END'
#!/usr/bin/perl
$| = 1;
print "Content-Type: text/plain\r\n\r\n";
exec "/bin/ls", "/proc/self/fd" if $ENV{QUERY_STRING} eq "fds";
exec "/bin/grep", "-E", "^(Sig(Blk|Ign)|CapEff|NoNewPrivs|Uid|Groups)", "/proc/self/status";
END
{ head_of_conf; script_pool; } >"$T/conf"
hearth_start "$T/conf"

# ls itself opens the directory: its 3.
get_ok '/cgi-bin/look?fds'
expect "descriptors" "$(sort -n "$T/body" | tr '\n' ' ')" "0 1 2 3 "
get_ok /cgi-bin/look
grep -qx 'SigBlk:[[:space:]]*0*' "$T/body" || fail "signals are blocked: $(body)"
# Two real-time signals belong to libc, which lets nobody reset them.
grep -qxE 'SigIgn:[[:space:]]*0*([018]80000000|80000000)?' "$T/body" || fail "signals are ignored: $(body)"
grep -qx 'CapEff:[[:space:]]*0*' "$T/body" || fail "it has capabilities: $(body)"
grep -qx 'NoNewPrivs:[[:space:]]*1' "$T/body" || fail "it could gain privileges: $(body)"
if [ "$(id -u)" -eq 0 ]; then
	uid=$(id -u nobody)
	grep -qP "^Uid:\t$uid\t$uid\t$uid\t$uid" "$T/body" || fail "it is not nobody: $(body)"
fi
hearth_stop
