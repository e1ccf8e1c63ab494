#!/bin/bash
# SPDX-License-Identifier: MIT
#
# pid and daemonize in the configuration do what -p and -D do; the command line wins; neither changes
# while hearth runs.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

conf()
{
	global_section "pid = $T/$1" "daemonize = $2" | sed "s|^error_log.*|error_log = $LOG|"
	gateway_section
}
end()
{
	kill -TERM "$MANAGER"
	wait_for "not_running $MANAGER" 20
	MANAGER=
	wait_for nothing_left 20
}

echo one >"$T/www/one.txt"
conf configured yes >"$T/conf"
timeout 50 "$T/bin/hearth" run -c "$T/conf" >"$T/stdout" 2>&1 </dev/null || fail "it ended with $?: $(cat "$T/stdout")"
MANAGER=$(cat "$T/configured")
get_ok /one.txt one
expect "the manager" "$(pids_of hearth)" "$MANAGER"

# Both are settled at the start.
for changed in "other yes" "configured no"; do
	# shellcheck disable=SC2086 # two words
	conf $changed >"$T/conf"
	! ctl reload || fail "a reload with $changed is taken"
	grep -q 'cannot change while hearth runs' "$T/ctl.err" || fail "why: $(cat "$T/ctl.err")"
done
conf configured yes >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
end
[ ! -e "$T/configured" ] || fail "the pid file is left"

# -p is another file, and no daemonize is no background.
conf configured no >"$T/conf"
hearth_start "$T/conf" -p "$T/named"
expect "the pid file that was named" "$(cat "$T/named")" "$MANAGER"
[ ! -e "$T/configured" ] || fail "there are two pid files"
hearth_stop
[ ! -e "$T/named" ] || fail "the pid file is left"

# It may lie where the sockets lie, in a directory that is not there yet.
rm -rf "$T/run"
conf run/pid no >"$T/conf"
hearth_start "$T/conf"
expect "the pid file in runtime_dir" "$(cat "$T/run/pid")" "$MANAGER"
hearth_stop
