#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A pid file that cannot be written ends the boot before any program was started, and what is not a
# file is not replaced.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
mkfifo "$T/fifo"
mkdir "$T/dir"
for place in "$T/fifo" "$T/dir" "$T/nowhere/pid"; do
	hearth_launch "$T/conf" -p "$place"
	wait_quietly "$MANAGER"
	MANAGER=
	expect "exit status with pid file $place" "$EXIT" 1
	expect_log "pid file $place: "
	[ ! -e "$T/run/workers" ] || fail "left behind: $(ls "$T/run/workers")"
done
[ -p "$T/fifo" ] || fail "the FIFO was replaced"
