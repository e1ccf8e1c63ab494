#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Orders that make no sense are refused with a reason, and change nothing; the keys of status --json are
# those of the manual.
# variants: plain asan tsan
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "there is no python3"

script true <<'END2'
#!/bin/sh
printf 'Content-Type: text/plain\n\ntrue\n'
END2
{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 2"
	probe_pool spares "pm = dynamic" "pm.max_children = 8" "pm.min_spare_servers = 3"
	script_pool
	printf '%s\n' '[other]' 'type = external' "backend = $T/nobody.sock" 'route = /other/'
} >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" -ge 2 ]'

# refused STATUS REASON WORD...
refused()
{
	local status=$1 reason=$2
	shift 2
	! ctl "$@" || fail "hearth $*: was taken"
	expect "exit status of hearth $*" "$EXIT" "$status"
	grep -q "$reason" "$T/ctl.err" || fail "hearth $*: $(cat "$T/ctl.err")"
}

refused 1 'there is no pool "ap"; did you mean "app"?' drain ap
refused 1 'there is no pool "script"; did you mean "scripts"?' scale script 3
refused 1 'there is no pool "aap"; did you mean "app"?' restart aap
refused 64 'usage: hearth restart POOL' restart
refused 1 'there is no pool "app2"; did you mean "app"?' status app2
refused 1 'there is no pool "something-else"$' drain something-else
for n in 0 10001 -1 3.5 many '' 99999999999999999999999; do
	case $n in
	-*) refused 64 'usage: hearth scale POOL N' scale app "$n" ;;
	*) refused 64 "^hearth scale: '$n' is no whole number from 1 to 10000$" scale app "$n" ;;
	esac
done
refused 1 'pool spares cannot be scaled to 2: its pm.min_spare_servers is 3' scale spares 2
refused 64 'usage: hearth scale POOL N' scale app
refused 64 'usage: hearth scale POOL N' scale app 1 2
refused 64 'usage: hearth drain \[--off\] POOL' drain
refused 64 'usage: hearth drain \[--off\] POOL' drain --off
refused 64 'usage: hearth drain \[--off\] POOL' drain --on app
expect "workers of app" "$(ctl status app; sed -n 's/^pool app: .*, at most //p' "$T/ctl.out")" 2
get_ok /app/hello hello

ctl status --json || fail "status: $(cat "$T/ctl.err")"
python3 -c '
import json, re, sys
status = json.load(open(sys.argv[1]))
manual = open(sys.argv[2]).read()
documented = set(re.findall(r"^\.B ([a-z_]+)$", manual[manual.index(".SH STATUS IN JSON"):manual.index(".SH SIGNALS")], re.M))
there = set(status) | set(status["gateway"])
for pool in status["pools"]:
    there |= set(pool)
    for part in ("workers", "deaths", "backends"):
        for row in pool[part]:
            there |= set(row)
# Nobody has died here.
there |= {"time", "how", "why", "last_words"}
assert there == documented, (there - documented, documented - there)
' "$T/ctl.out" "$ROOT/manager/hearth.1" || fail "the keys are not those of the manual"
hearth_stop
