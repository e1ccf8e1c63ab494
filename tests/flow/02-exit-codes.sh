#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The command line answers with the exit codes of the manual: 0, 64 usage, 69 no daemon, 78 configuration.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

# status_of ARGUMENT...: runs hearth, which must not stay.
status_of()
{
	timeout 40 "$T/bin/hearth" "$@" >"$T/out" 2>"$T/err" </dev/null
	echo $?
}

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
{ cat "$T/conf"; echo "no.such.key = 1"; } >"$T/bad"

expect "no command" "$(status_of)" 64
expect "an unknown command" "$(status_of frobnicate)" 64
expect "run without -c" "$(status_of run)" 64
expect "an unknown option" "$(status_of run --frobnicate)" 64
[ -s "$T/err" ] || fail "usage errors say nothing"
for word in run check; do
	expect "$word with an unknown option" "$(status_of $word -x)" 64
	grep -qx "hearth $word: there is no option -x" "$T/err" || fail "$word -x says: $(cat "$T/err")"
	expect "$word with half an option" "$(status_of $word -c)" 64
	grep -qx "hearth $word: -c needs a value behind it" "$T/err" || fail "$word -c says: $(cat "$T/err")"
done
expect "scale to no number, and no daemon" "$(status_of scale app abc -s "$T/nowhere.sock")" 64
grep -q "^hearth scale: 'abc' is no whole number" "$T/err" || fail "scale says: $(cat "$T/err")"
expect "a directory without a name" "$(status_of serve '')" 1
grep -q '^hearth: DIR: it is empty' "$T/err" || fail "serve '' says: $(cat "$T/err")"
for word in --help -h help; do
	expect "$word" "$(status_of $word)" 0
	grep -q '^  hearth status' "$T/out" || fail "$word lists no commands"
done
for name in serve run check explain top status figures drain scale reload restart reopen stop; do
	expect "$name --help" "$(status_of $name --help)" 0
	grep -q "^usage: hearth $name" "$T/out" || fail "$name --help does not say what it takes"
	expect "$name -h" "$(status_of $name -h)" 0
	expect "help $name" "$(status_of help $name)" 0
	grep -q "^usage: hearth $name" "$T/out" || fail "help $name does not say what it takes"
done
expect "help for an unknown command" "$(status_of help frobnicate)" 64
expect "check of a good file" "$(status_of check -c "$T/conf")" 0
grep -q 'configuration OK' "$T/out" "$T/err" || fail "check does not say OK"
expect "check of a bad file" "$(status_of check -c "$T/bad")" 78
grep -q "$T/bad:[0-9]*: .*no.such.key" "$T/out" "$T/err" || fail "check does not name file, line and key"
expect "run with a bad file" "$(status_of run -c "$T/bad")" 78
expect "run with no file" "$(status_of run -c "$T/nowhere")" 78
expect "status without a daemon" "$(status_of status -s "$T/nowhere.sock")" 69
