#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A pool whose processes are somebody else's starts none, needs no user, is shown with its addresses,
# and takes the orders that make sense for it.
# variants: plain
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "there is no python3"

{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 1"
	cat <<END
[other]
type = external
route = /other/
backend = $T/nobody.sock 127.0.0.1:1
pm.max_children = 7
END
} >"$T/conf"
hearth_start "$T/conf"
get_ok /app/hello hello
expect "processes" "$(ps --ppid "$MANAGER" -o comm= | sort | tr '\n' ' ')" "fcgi-probe hearth-gateway "

ctl status other || fail "status: $(cat "$T/ctl.err")"
grep -q '^pool other: external, at most 7$' "$T/ctl.out" || fail "status: $(cat "$T/ctl.out")"
grep -q "^      unix:$T/nobody.sock  " "$T/ctl.out" || fail "no first address: $(cat "$T/ctl.out")"
grep -q '^      127.0.0.1:1  ' "$T/ctl.out" || fail "no second address: $(cat "$T/ctl.out")"
ctl status --json || fail "status --json: $(cat "$T/ctl.err")"
python3 -c '
import json, sys
pools = {pool["name"]: pool for pool in json.load(open(sys.argv[1]))["pools"]}
assert pools["app"]["backends"] == []
other = pools["other"]
assert (other["type"], other["pm"], other["workers"]) == ("external", None, []), other
assert [b["address"] for b in other["backends"]] == sys.argv[2:], other
' "$T/ctl.out" "unix:$T/nobody.sock" 127.0.0.1:1 || fail "status --json: $(cat "$T/ctl.out")"
"$T/bin/hearth" top -1 -s "$T/run/control.sock" >"$T/top" || fail "top"
grep -q '^other *external ' "$T/top" || fail "top: $(cat "$T/top")"

! ctl restart other || fail "restart was taken"
grep -q "^hearth: pool other is external: its processes are not hearth's" "$T/ctl.err" || fail "restart: $(cat "$T/ctl.err")"
ctl scale other 3 || fail "scale: $(cat "$T/ctl.err")"
expect "scale" "$(cat "$T/ctl.out")" "pool other: pm.max_children is 3 until the next reload"
ctl drain other || fail "drain: $(cat "$T/ctl.err")"
get /other/
expect_status 503
ctl status other
grep -q '^    state     drained, takes no new requests$' "$T/ctl.out" || fail "drained: $(cat "$T/ctl.out")"
ctl drain --off other || fail "drain --off: $(cat "$T/ctl.err")"
wait_for "ctl status other && grep -q '^    state     open$' '$T/ctl.out'"

ctl reload || fail "reload: $(cat "$T/ctl.err")"
ctl status other
grep -q '^pool other: external, at most 7$' "$T/ctl.out" || fail "reload: $(cat "$T/ctl.out")"
hearth_stop
