#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the status tells of the addresses of an external pool: requests, and which one is left alone and
# why; a gateway that dies takes its figures along. env[NAME] is a parameter of each request.
# variants: plain
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "there is no python3"
GATEWAY_MAY_DIE=1

chmod 755 "$T"
{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 2" "listen = $T/app.sock" "listen.mode = 0666"
	cat <<END
[relay]
type = external
route = /relay/
backend = $T/app.sock $T/nobody.sock
env[SITE] = ours
env[HTTP_X_KEY] = ours too
END
} >"$T/conf"
hearth_start "$T/conf"

# of ADDRESS KEY: a figure of that backend, from the status in JSON
of()
{
	ctl status --json relay && python3 -c '
import json, sys
pool = json.load(open(sys.argv[1]))["pools"][0]
backend, = [b for b in pool["backends"] if b["address"] == sys.argv[2]]
print(backend[sys.argv[3]])' "$T/ctl.out" "unix:$T/$1.sock" "$2"
}

get /relay/env -H 'X-Key: theirs'
expect_status 200
expect_body 'SITE=ours'
expect_body 'HTTP_X_KEY=ours too'
! grep -q theirs "$T/body" || fail "a client's field won: $(body)"
for _ in 1 2 3 4; do
	get_ok /relay/hello hello
done
wait_for '[ "$(of app requests)" -ge 5 ]'
expect "why it is left alone" "$(of app why)" None

# Where nobody is, it is left alone for ever longer.
burst 20 /relay/hello
expect "answers" "$(burst_count 200)" 20
wait_for 'burst 4 /relay/hello; ctl status relay; grep "nobody.sock  .* rests for" "$T/ctl.out"' 30
grep -Eq "^      unix:$T/nobody.sock  [0-9]+ busy, [0-9]+ idle, [0-9]+ requests?, [1-9][0-9]* failed; rests for [0-9.]+s: ." "$T/ctl.out" ||
	fail "status: $(cat "$T/ctl.out")"

kill -KILL "$(pids_of hearth-gateway)"
wait_for '[ "$(of app requests)" -eq 0 ] && [ "$(of nobody failed)" -eq 0 ]'
wait_for 'get /relay/hello && [ "$STATUS" = 200 ]'
wait_for '[ "$(of app requests)" -ge 1 ]'
hearth_stop
