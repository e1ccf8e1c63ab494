#!/bin/bash
# SPDX-License-Identifier: MIT
#
# php-fpm's names of limits, rlimit_files and rlimit_core, of a pool and of [global]; and that nobody
# leaves a core dump unless the pool says so (process.dumpable).
# variants: plain asan
. "$(dirname "$0")/lib.sh"

cp "$BUILD/tools/portrait" "$T/bin/" || skip "the tools are not built"
mkdir -p "$T/www/cgi-bin"
cp "$T/bin/portrait" "$T/www/cgi-bin/"
ulimit -Sc 0 # soft, so that what hearth gives can be told from what it was given

# pools [LINE]...: the same for both kinds.
pools()
{
	gateway_section
	script_pool "$@"
	printf '%s\n' "[app]" "command = $T/bin/portrait" "route = /app/" "pm.max_children = 1" "$(user_line)" "$@"
}
# both_have LINE...: in either pool.
both_have()
{
	local line
	for PLACE in /app/x /cgi-bin/portrait; do
		get_ok "$PLACE"
		for line in "$@"; do
			grep -qx -- "$line" "$T/body" || fail "$PLACE: wanted '$line', got: $(grep "^${line% * *}" "$T/body")"
		done
	done
}
hard=$(ulimit -Hc)
[ "$hard" != 0 ] || skip "nobody may leave a core dump here"

{ global_section; pools; } >"$T/conf"
hearth_start "$T/conf"
both_have "limit core 0 0"
hearth_stop
{ global_section; pools "process.dumpable = yes"; } >"$T/conf"
hearth_start "$T/conf"
both_have "limit core 0 $hard" "dumpable 1" # which is what their user needs to trace them
hearth_stop
{ global_section; pools "rlimit_core = 1m" "rlimit_files = 100:200"; } >"$T/conf"
hearth_start "$T/conf"
both_have "limit core 1048576 1048576" "limit nofile 100 200"
hearth_stop
{ global_section; pools "rlimit[core] = 4096"; } >"$T/conf"
hearth_start "$T/conf"
both_have "limit core 4096 4096"
hearth_stop

# [global] speaks for pools that say nothing; the gateway has as many files as it says.
{ global_section "rlimit_files = 300:400" "rlimit_core = 8192"; pools; } >"$T/conf"
hearth_start "$T/conf"
both_have "limit core 8192 8192" "limit nofile 300 400"
gateway=$(pids_of hearth-gateway)
[ "$(id -u)" -ne 0 ] || grep -qE '^Max open files  *(300|400)  *400 ' "/proc/$gateway/limits" ||
	fail "the gateway's limits: $(grep 'open files' "/proc/$gateway/limits")"
grep -qE '^Max core file size  *8192  *8192 ' "/proc/$MANAGER/limits" ||
	fail "the manager's limits: $(grep core "/proc/$MANAGER/limits")"
{ global_section "rlimit_files = 300:400" "rlimit_core = 8192"; pools "rlimit[nofile] = 50" "rlimit_core = 0"; } >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
replaced()
{
	get_ok /app/x && grep -qx 'limit nofile 50 50' "$T/body" &&
		get_ok /cgi-bin/portrait && grep -qx 'limit nofile 50 50' "$T/body"
}
wait_for replaced
both_have "limit core 0 0" "limit nofile 50 50"
hearth_stop

# More than there is.
{ global_section "rlimit_files = 4000000000"; pools "rlimit_files = 4000000001"; } >"$T/conf"
"$T/bin/hearth" check -c "$T/conf" >"$T/said" 2>&1
expect "exit of check" $? 78
grep -q "^$T/conf:[0-9]*: rlimit_files = 4000000000 of \[global\] is more than the [0-9]* that hearth" "$T/said" ||
	fail "check says: $(cat "$T/said")"
grep -q "^$T/conf:[0-9]*: rlimit_files = 4000000001 of pool 'app' is more than the [0-9]* that hearth" "$T/said" ||
	fail "check says: $(cat "$T/said")"
