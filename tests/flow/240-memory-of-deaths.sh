#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a crash loop said is remembered: status and its JSON tell when, who, how and the last lines of
# each, the newest first, bounded; of a program that never starts, why; and only of their own pool.
# variants: plain
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "there is no python3"

# Seven lines, of which one tries to forge another, and an end of its own.
cat >"$T/bin/crashes" <<'END2'
#!/bin/sh
for i in 1 2 3 4 5 6; do echo "line $i of $$" >&2; done
printf 'a "quoted\\" \033[31m word\n' >&2
exit 3
END2
printf '#!/nowhere/interpreter\n' >"$T/bin/cannot"
printf '#!/bin/sh\nkill -SEGV $$\n' >"$T/bin/faults"
chmod 755 "$T"/bin/*
{
	head_of_conf
	probe_pool good "pm = static" "pm.max_children = 1"
	for pool in crashes cannot faults; do
		probe_pool $pool "pm = static" "pm.max_children = 1" "restart_backoff_max = 200ms" | sed "s|^command.*|command = $T/bin/$pool|"
	done
} >"$T/conf"
hearth_start "$T/conf"

# json EXPRESSION: of the whole status, with pools by name.
json()
{
	ctl status --json || return
	python3 -c '
import json, sys
status = json.load(sys.stdin)
pools = {p["name"]: p for p in status["pools"]}
print(eval(sys.argv[1]))' "$1" <"$T/ctl.out"
}

for pool in crashes cannot faults; do
	wait_for "[ \"\$(json 'len(pools[\"$pool\"][\"deaths\"])')\" = 8 ]" 30
done
expect "deaths of the good pool" "$(json 'pools["good"]["deaths"]')" "[]"
expect "last death of the good pool" "$(json 'pools["good"]["last_death"]')" None
expect "ways to die" "$(json '{d["how"] for d in pools["crashes"]["deaths"]}')" "{'exited with code 3'}"
expect "ways to die" "$(json '{d["how"] for d in pools["faults"]["deaths"]}')" "{'exited on signal 11 (SIGSEGV)'}"
expect "last words" "$(json '{len(d["last_words"]) for d in pools["crashes"]["deaths"]}')" "{5}"
expect "first of the last words" "$(json '{d["last_words"][0] == "line 3 of %d" % d["pid"] for d in pools["crashes"]["deaths"]}')" "{True}"
expect "last of the last words" "$(json '{d["last_words"][4] for d in pools["crashes"]["deaths"]} == {chr(97) + " \"quoted\\\" \\x1b[31m word"}')" True
expect "the newest first" "$(json '[d["time"] for d in pools["crashes"]["deaths"]] == sorted((d["time"] for d in pools["crashes"]["deaths"]), reverse=True)')" True
expect "different pids" "$(json 'len({d["pid"] for d in pools["crashes"]["deaths"]})')" 8
expect "lives" "$(json '{0 <= d["age"] < 30 for d in pools["crashes"]["deaths"]}')" "{True}"
[[ $(json '{d["why"] for d in pools["cannot"]["deaths"]}') = *"$T/bin/cannot"* ]] || fail "why it never started: $(json 'pools["cannot"]["deaths"]')"

# As text: a few where all pools are shown, all that are remembered where one is asked for.
ctl status
expect "deaths among others" "$(grep -c ' exited with code 3 after ' "$T/ctl.out")" 3
grep -q 'before: see hearth status crashes$' "$T/ctl.out" || fail "no way to the others: $(cat "$T/ctl.out")"
ctl status crashes
expect "deaths of one pool" "$(grep -c ' exited with code 3 after ' "$T/ctl.out")" 8
grep -q '^        | a "quoted\\" \\x1b\[31m word$' "$T/ctl.out" || fail "no last words: $(cat "$T/ctl.out")"
! grep -q "$(printf '\033')" "$T/ctl.out" || fail "an escape on the terminal"
! grep -q 'pool good' "$T/ctl.out" || fail "another pool is shown"
ctl status cannot
grep -q "$T/bin/cannot" "$T/ctl.out" || fail "why it never started: $(cat "$T/ctl.out")"
get_ok /good/hello hello
hearth_stop
