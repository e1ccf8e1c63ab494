#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The gateway runs as gateway.user with no way back: all ids, no capability, no new privileges.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || skip "only root has privileges to lose"
mkdir "$T/www/cgi-bin"
{ head_of_conf; script_pool; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 1 ]'
get /cgi-bin/none

# is PROGRAM USER: ids, groups and capabilities of each of its processes.
is()
{
	local pid id
	id=$(id -u "$2")
	for pid in $(pids_of "$1"); do
		cp "/proc/$pid/status" "$T/status"
		grep -qP "^Uid:\t$id\t$id\t$id\t$id$" "$T/status" || fail "$1: $(grep ^Uid "$T/status")"
		id=$(id -g "$2")
		grep -qP "^Gid:\t$id\t$id\t$id\t$id$" "$T/status" || fail "$1: $(grep ^Gid "$T/status")"
		! grep -qP '^Groups:.*\b0\b' "$T/status" || fail "$1: $(grep ^Groups "$T/status")"
		for set in Inh Prm Eff Bnd Amb; do
			grep -qP "^Cap$set:\t0+$" "$T/status" || fail "$1: $(grep "^Cap$set" "$T/status")"
		done
		grep -qP '^NoNewPrivs:\t1$' "$T/status" || fail "$1 may gain privileges"
		return
	done
	fail "there is no $1"
}
is hearth-gateway www-data
is fcgi-probe nobody
hearth_stop
