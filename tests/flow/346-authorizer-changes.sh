#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A reload puts another pool in the place of an authorizer, under its name: the pools that it guards do
# not change, and ask the new one; a reload that would leave them without is refused.
# variants: plain
. "$(dirname "$0")/lib.sh"

# conf MAX: the authorizer, which is reached by nothing else, has so many processes
conf()
{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 1" "authorizer = login"
	probe_pool login "pm = static" "pm.max_children = $1" | grep -v '^route'
}
asks()
{
	get /app/hello -H 'X-Ask: yes'
	expect_status 200
	get /app/hello -H 'X-Ask: 401'
	expect_status 401
}

conf 1 >"$T/conf"
hearth_start "$T/conf"
asks
guarded=$(get /app/pid -H 'X-Ask: yes' && body | cut -d' ' -f1)
conf 2 >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait_for '[ "$(count_of fcgi-probe)" -eq 3 ]'
asks
expect "the guarded pool's process" "$(get /app/pid -H 'X-Ask: yes' && body | cut -d' ' -f1)" "$guarded"

conf 2 | sed '/^\[login\]/,$d' >"$T/conf"
! ctl reload || fail "a reload without the authorizer was taken"
grep -q "authorizer of pool 'app': 'login': there is no such pool" "$T/ctl.err" || fail "said: $(cat "$T/ctl.err")"
asks
hearth_stop
