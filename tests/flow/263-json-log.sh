#!/bin/bash
# SPDX-License-Identifier: MIT
#
# log_format = json: each line of manager and gateway is one valid object, whatever was said; whom it is about
# is in members of its own. log_limit bounds a line, and cuts no object. A reload goes back to text.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

conf()
{
	global_section "$@" | sed "s|^error_log.*|error_log = $T/log.json|"
	gateway_section
	probe_pool app "pm.max_children = 1" "request_slowlog_timeout = 200ms"
	probe_pool plain "pm.max_children = 1" "decorate_workers_output = no"
}

# objects FILE: each line is an object, in UTF-8, and no longer than it may be; its members in columns.
objects()
{
	perl -MJSON::PP -ne '
		die "a line of " . length($_) . " bytes\n" if length($_) > 1024;
		my $o = JSON::PP->new->utf8->decode($_);
		die "time: $_" unless $o->{time} =~ /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/;
		die "level: $_" unless $o->{level} =~ /^(alert|error|warning|notice|debug)$/;
		die "message: $_" unless defined $o->{message} && !ref $o->{message};
		my $m = JSON::PP->new->ascii->allow_nonref->encode($o->{message});
		print join("|", map { defined $_ ? $_ : "-" } @$o{qw(level process event pool pid request stream)}, $m), "\n";
	' "$1"
}

said()
{
	poll_for "objects '$T/log.json' | grep -Eq -- '$1'" 10 || fail "not said: $1: $(objects "$T/log.json" | tail -n 30)"
}

conf "log_format = json" "log_limit = 1024" >"$T/conf"
hearth_launch "$T/conf"
poll_for "grep -q '\"event\":\"ready\"' '$T/log.json'" 20 || fail "hearth did not start: $(cat "$T/log.json" "$LOG")"
said '^notice\|manager\|ready\|-\|-\|-\|-\|"ready to handle connections: '

{
	printf '"quoted", \\ and \033[2J\0\302\205\377\340\200\200\355\240\200\342\200\250{"level":"alert"}\n'
	printf '"},{"level":"alert","pool":"other"}\n'
	head -c 5000 /dev/zero | tr '\0' '"'
	printf '\nbehind\n'
} >"$T/words"
get_ok "/app/mutter?$T/words" hello
get_ok /app/pid
pid=$(cut -d' ' -f1 "$T/body")
said "^warning\|manager\|said\|app\|$pid\|-\|stderr\|\"behind\"\$"
said "^warning\|manager\|said\|app\|$pid\|-\|stdout\|\"behind\"\$"
said "^warning\|gateway\|said\|app\|$pid\|[0-9a-f]{16}\|stderr\|\"behind\"\$"
objects "$T/log.json" | grep -Fq '|stderr|"\"quoted\", \\ and \u001b[2J \u0085\\xff\\xe0\\x80\\x80\\xed\\xa0\\x80\u2028{\"level\":\"alert\"}"' ||
	fail "$(objects "$T/log.json")"
objects "$T/log.json" | grep -Eq '^alert|\|other\|' && fail "forged: $(objects "$T/log.json")"
get_ok "/plain/mutter?$T/words" hello
said '^warning\|manager\|said\|plain\|[0-9]+\|-\|stderr\|"behind"$'

hold_worker app
said "^warning\|manager\|slow\|app\|$pid\|[0-9a-f]{16}\|-\|"
release_worker
expect_held "the slow one" 200
kill -KILL "$pid"
said "^warning\|manager\|exited\|app\|$pid\|-\|-\|\".child|^warning\|manager\|exited\|app\|$pid\|"

# As text again, and the gateway with it.
conf >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
mv "$T/log.json" "$T/log.json.1"
kill -USR1 "$MANAGER"
wait_for '[ -e "$T/log.json" ]'
get_ok "/plain/hello" hello
get_ok "/app/stderr?again" hello
wait_for "grep -q 'WARNING: gateway: .pool app. child .* said into stderr: .again.' '$T/log.json'"
! grep -q '^{' "$T/log.json" || fail "still objects: $(cat "$T/log.json")"
hearth_stop
