#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth serve, started by root: scripts, and what faces the network, run as the owner of the
# directory, also where nobody else may look and where the system has no name for him; if that is
# root, as nobody.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || skip "takes root"

# site NAME OWNER MODE
site()
{
	mkdir -p "$T/$1/cgi-bin"
	printf '#!/bin/sh\nprintf "Content-Type: text/plain\\n\\n"; id -u\n' >"$T/$1/cgi-bin/id"
	chmod 755 "$T/$1/cgi-bin/id"
	chown -R "$2" "$T/$1"
	chmod "$3" "$T/$1"
}

# uids_of_programs: whose the processes are, but for the manager.
uids_of_programs()
{
	local pid
	for pid in $(pids_of hearth) $(pids_of hearth-gateway) $(pids_of hearth-exec); do
		[ "$pid" = "$MANAGER" ] || awk '/^Uid:/ { print $2, $3, $4, $5 }' "/proc/$pid/status"
	done | sort -u
}

for owner in "$(id -u www-data)" 54321; do
	site "of-$owner" "$owner" 700
	serve "$T/of-$owner" -l "$PORT"
	get_ok /cgi-bin/id
	expect "the script's user" "$(body)" "$owner"
	# What is about to become one of them may not be it yet.
	wait_for '[ "$(uids_of_programs)" = "$owner $owner $owner $owner" ]'
	grep -q '^hearth: started by root; scripts run as user .*, who owns the directory' "$T/stdout" ||
		fail "it does not say who runs them: $(cat "$T/stdout")"
	hearth_stop INT
done

site roots root 755
serve "$T/roots" -l "$PORT"
get_ok /cgi-bin/id
expect "the script's user" "$(body)" "$(id -u nobody)"
hearth_stop INT

chmod 700 "$T/roots"
serve "$T/roots" -l "$PORT"
expect_log "^hearth: user nobody may not enter $T/roots, so what lies there cannot be served: "
! grep -q /cgi-bin/id "$T/stdout" || fail "links that lead nowhere"
hearth_stop INT
