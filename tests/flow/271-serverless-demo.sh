#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The demo of examples/serverless tells its story: from zero processes to many and back, no request lost,
# and figures that agree with each other. It is what a teacher projects: 80 columns, no colours in a file.
# variants: plain
. "$(dirname "$0")/lib.sh"

[ -x /usr/bin/python3 ] || skip "python3 is not there"
export PYTHONDONTWRITEBYTECODE=1
BUILD=$BUILD TMPDIR=$T "$ROOT/examples/serverless/run" --fast >"$T/out" 2>&1 || fail "the demo: $(cat "$T/out")"

! grep -q $'\033' "$T/out" || fail "colours in a file"
awk 'length($0) > 80 { bad = 1 } END { exit bad }' "$T/out" || fail "wider than 80 columns: $(cat "$T/out")"

# The timeline: seconds, processes (with as many signs), requests.
sed -n 's/^ *[0-9]\+\.[0-9]\+ \+\([0-9]\+\) \(=*\) *\([0-9]\+\) *\([#.]*\)$/\1 \2: \3 \4/p' "$T/out" |
	sed 's/^\([0-9]*\) \(=*\): /\1 \2. /' >"$T/rows"
[ "$(wc -l <"$T/rows")" -ge 4 ] || fail "no timeline: $(cat "$T/out")"
awk '{ gsub(/\.$/, "", $2); if (length($2) != $1) bad = 1 } END { exit bad }' "$T/rows" || fail "bars: $(cat "$T/rows")"
expect "processes at first" "$(head -n 1 "$T/rows" | cut -d' ' -f1)" 0
expect "processes at last" "$(tail -n 1 "$T/rows" | cut -d' ' -f1)" 0
expect "requests at last" "$(tail -n 1 "$T/rows" | cut -d' ' -f3)" 0
most=$(sort -n "$T/rows" | tail -n 1 | cut -d' ' -f1)
[ "$most" -gt 1 ] || fail "the burst had $most processes"
[ "$(awk '{ print $3 }' "$T/rows" | sort -n | tail -n 1)" -gt "$most" ] || fail "nobody ever waited"

# Each request, and the summary: they must say the same.
grep -E '^ +[0-9]+ +[A-Z] ' "$T/out" >"$T/requests"
asked=$(sed -n 's/^requests *\([0-9]*\) asked.*/\1/p' "$T/out")
expect "answered" "$(sed -n 's/^requests.*, \([0-9]*\) answered$/\1/p' "$T/out")" "$asked"
expect "requests that are shown" "$(wc -l <"$T/requests")" "$asked"
expect "processes at most" "$(sed -n 's/^processes *\([0-9]*\) at most.*/\1/p' "$T/out")" "$most"
cold=$(sed -n 's/^processes.*, \([0-9]*\) cold starts$/\1/p' "$T/out")
expect "cold starts" "$(grep -vc ' warm ' "$T/requests")" "$cold"
expect "processes that answered" "$(awk '{ print $2 }' "$T/requests" | sort -u | wc -l)" "$cold"
for what in queue answer; do
	sed -n "s/^$what *p50 \([0-9]*\) ms, p95 \([0-9]*\) ms$/\1 \2/p" "$T/out" | awk '{ ok = $1 <= $2 } END { exit !ok }' ||
		fail "$what: $(cat "$T/out")"
done
# Whoever stands in line waits no longer than it waits in all.
awk '{ if ($3 > $(NF - 2)) bad = 1 } END { exit bad }' "$T/requests" || fail "queue times: $(cat "$T/requests")"
wait_for nothing_left 5
[ -z "$(find "$T" -name 'hearth-serverless.*')" ] || fail "its directory is left"
