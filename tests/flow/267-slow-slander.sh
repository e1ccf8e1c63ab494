#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A gateway that was taken over names processes as slow that are none of the pool's: they are not looked at and
# no command is run on them, what it says forges no record, and there are not many of them.
# variants: plain asan
. "$(dirname "$0")/lib.sh"
GATEWAY_MAY_DIE=yes

[ -x "$BUILD/tools/fake-gateway" ] || skip "the tools are not built"
printf '#!/bin/sh\necho "$@" >>%s\n' "$T/mark/looked" >"$T/bin/look"
chmod 755 "$T/bin/look"
{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 1" "request_slowlog_timeout = 1s" "slowlog = $T/slow" "slowlog_command = $T/bin/look %p"
} >"$T/conf"
cp "$BUILD/tools/fake-gateway" "$T/bin/hearth-gateway"

echo slow >"$T/bin/mode"
hearth_start "$T/conf"
expect_log '[0-9]+ more requests were too slow: no more than 20 of them are looked at in a second'
ctl status || fail "no answer to status"
# Of two thousand so many as there may be in the seconds that it took to read them.
cp "$T/slow" "$T/until-now"
records=$(grep -c '^request_id = 0000000000000007$' "$T/until-now")
[ "$records" -ge 1 ] && [ "$records" -le 400 ] || fail "$records records"
expect "of nobody" "$(grep -c '^process = none of this pool any more$' "$T/until-now")" "$records"
! grep -q '^process = hearth\|^memory = \|^request = forged\|^\[pool forged\]' "$T/slow" || fail "$(cat "$T/slow")"
grep -Fxq 'request = GET /\x1b[2J\x0arequest = forged' "$T/slow" || fail "$(cat "$T/slow")"
[ ! -e "$T/mark/looked" ] || fail "the command was run on $(cat "$T/mark/looked")"
[ "$(log_count 'executing too slow')" -le 400 ] || fail "the log is full of it"
expect_no_log '^request = forged'
hearth_stop
