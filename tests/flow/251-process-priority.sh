#!/bin/bash
# SPDX-License-Identifier: MIT
#
# process.priority: of a pool for its workers and scripts, of [global] for hearth itself and for
# pools that have none; without it nothing is touched. A change of a pool's is taken in by a reload.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

cp "$BUILD/tools/portrait" "$T/bin/" || skip "the tools are not built"
mkdir -p "$T/www/cgi-bin"
cp "$T/bin/portrait" "$T/www/cgi-bin/"
base=$(nice)
[ "$base" -lt 10 ] || skip "there is no nicer value than $base to test with"

# pools [LINE]...: the same for both kinds.
pools()
{
	gateway_section
	script_pool "$@"
	printf '%s\n' "[app]" "command = $T/bin/portrait" "route = /app/" "pm.max_children = 1" "$(user_line)" "$@"
}
# nice_is N: in each, as soon as the reload is through.
nice_is()
{
	local wanted=$1
	is_nice()
	{
		get_ok "$PLACE"
		grep -qx -- "nice $wanted" "$T/body"
	}
	for PLACE in /app/x /cgi-bin/portrait; do
		poll_for is_nice || fail "$PLACE: wanted nice $wanted, got $(grep ^nice "$T/body")"
	done
}
nice_of()
{
	ps -o ni= -p "$1" | tr -d ' '
}

{ global_section; pools; } >"$T/conf"
hearth_start "$T/conf"
nice_is "$base"
{ global_section; pools "process.priority = $((base + 3))"; } >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
nice_is $((base + 3))
expect "nice value of the gateway" "$(nice_of "$(pids_of hearth-gateway | tail -n 1)")" "$base"
{ global_section "process.priority = 12"; pools; } >"$T/conf"
! ctl reload || fail "reload took in what needs a restart"
grep -q 'process.priority cannot change while hearth runs' "$T/ctl.err" || fail "reload says: $(cat "$T/ctl.err")"
hearth_stop

{ global_section "process.priority = $((base + 4))"; pools; } >"$T/conf"
hearth_start "$T/conf"
nice_is $((base + 4))
expect "nice value of the manager" "$(nice_of "$MANAGER")" "$((base + 4))"
expect "nice value of the gateway" "$(nice_of "$(pids_of hearth-gateway)")" "$((base + 4))"
hearth_stop

# Where the kernel weighs sessions, that of a worker weighs the same.
if [ -e /proc/self/autogroup ] && [ "$(id -u)" -eq 0 ]; then
	{ global_section; pools "process.priority = $((base + 5))"; } >"$T/conf"
	hearth_start "$T/conf"
	nice_is $((base + 5))
	grep -q "nice $((base + 5))$" "/proc/$(pids_of portrait | head -n 1)/autogroup" ||
		fail "its session: $(cat "/proc/$(pids_of portrait | head -n 1)/autogroup")"
	hearth_stop
fi

# Ahead of others is for root to give; and a pool may be what hearth itself is not.
[ "$(id -u)" -eq 0 ] && nice -n -5 true 2>/dev/null || exit 0
{ global_section "process.priority = 6"; pools "process.priority = -5"; } >"$T/conf"
hearth_start "$T/conf"
nice_is -5
expect "nice value of the manager" "$(nice_of "$MANAGER")" 6
hearth_stop
