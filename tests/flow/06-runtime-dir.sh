#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A runtime_dir in which somebody else may rename what hearth makes is refused.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

mkdir "$T/run" "$T/open"
chmod 777 "$T/open"
{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1"; } |
	sed "s|^runtime_dir = .*|runtime_dir = $T/open|" >"$T/conf"
hearth_launch "$T/conf"
wait_quietly "$MANAGER"
expect "exit status" "$EXIT" 1
expect_log "runtime_dir $T/open can be written to by others"

# Everybody's directory is fine if it keeps everybody's things apart, as /tmp does.
chmod 1777 "$T/open"
hearth_start "$T/conf"
get_ok /app/hello hello
hearth_stop

# One in which nothing can be made: whose directive that is. A file of that name keeps root out too.
mkdir -p "$T/open" && : >"$T/open/workers"
hearth_launch "$T/conf"
wait_quietly "$MANAGER"
expect "exit status" "$EXIT" 1
expect_log "runtime_dir: $T/open/workers cannot be made: File exists"
