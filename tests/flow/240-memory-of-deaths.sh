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

# Eight of each, and one look at all of them.
wait_for '[ "$(ctl status --json; grep -o "\"last_words\"" "$T/ctl.out" | wc -l)" = 24 ]' 40
cat >"$T/judge.py" <<'END2'
import json, sys
pools = {p["name"]: p for p in json.load(open(sys.argv[1]))["pools"]}
good, crashes, cannot, faults = (pools[name]["deaths"] for name in ("good", "crashes", "cannot", "faults"))
assert good == [] and pools["good"]["last_death"] is None, good
assert len(crashes) == len(cannot) == len(faults) == 8
assert {d["how"] for d in crashes} == {"exited with code 3"}, crashes
assert {d["how"] for d in faults} == {"exited on signal 11 (SIGSEGV)"}, faults
for d in crashes:
    assert d["last_words"] == ["line %d of %d" % (i, d["pid"]) for i in (3, 4, 5, 6)] + ['a "quoted\\" \\x1b[31m word'], d
    assert 0 <= d["age"] < 60 and d["why"] is None, d
assert all(sys.argv[2] in d["why"] and d["last_words"] == [] for d in cannot), cannot
for deaths in (crashes, cannot, faults):
    assert len({d["pid"] for d in deaths}) == 8, deaths
    times = [d["time"] for d in deaths]
    assert times == sorted(times, reverse=True), times
END2
python3 "$T/judge.py" "$T/ctl.out" "$T/bin/cannot" || fail "what is remembered: $(cat "$T/ctl.out")"

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
