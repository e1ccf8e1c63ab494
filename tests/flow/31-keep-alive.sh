#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Many requests on one client connection; the same worker, on a kept connection, answers them all.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 3"; } >"$T/conf"
hearth_start "$T/conf"

# All three are there and have served one.
burst 3 "/app/held?$T/mark/held" &
wait_for '[ "$(ls "$T/mark" | wc -l)" = 3 ]'
rm "$T"/mark/held*
wait $!
expect "answers of three workers" "$(burst_count 200)" 3

url=http://127.0.0.1:$PORT/app/pid
curl -sS --max-time 50 -w '%{num_connects}\n' -o "$T/answer.#1" "$url?[1-20]" >"$T/connects"
expect "connections made" "$(awk '{ n += $1 } END { print n }' "$T/connects")" 1
# The most recently idle worker is taken: one after the other, that is always the same one.
expect "worker pids" "$(cut -d' ' -f1 "$T"/answer.* | sort -u | wc -l)" 1
expect "the last count" "$(cut -d' ' -f2 "$T"/answer.* | sort -n | tail -n 1)" 21
hearth_stop
