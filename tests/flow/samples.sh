#!/bin/bash
# SPDX-License-Identifier: MIT
#
# For tests of the samples in cgi-bin/: runs what `make run` runs, and knows which of them lack their
# interpreter. Sourced behind lib.sh; $SERVED is the directory that the scripts are run from.

[ -x "$BUILD/tools/hello-c" ] && [ -x "$BUILD/tools/fcgi-hello" ] || skip "the samples are not built"

# As it is in the repository, but what visitors leave behind stays here.
mkdir "$T/tree" && mkdir -m 1777 "$T/state"
cp -r "$ROOT/examples" "$ROOT/cgi-bin" "$ROOT/conf" "$T/tree/"
chmod -R a+rX "$T/tree"
sed -i "s|^max_body = 64m|&\nenv[GUESTBOOK_DIR] = $T/state\nenv[HITCOUNTER_DIR] = $T/state|" "$T/tree/conf/sample.conf"
grep -q GUESTBOOK_DIR "$T/tree/conf/sample.conf" || fail "sample.conf is not as expected"
TMPDIR=$T PORT=$PORT BUILD=$BUILD "$T/tree/examples/serve-sample.sh" >"$T/stdout" 2>>"$LOG" </dev/null &
MANAGER=$!
wait_for "grep -q 'The sample site is at  http://127.0.0.1:$PORT/' '$T/stdout' || not_running $MANAGER"
SERVED=$(echo "$T"/hearth-sample.*/cgi-bin)

MISSING=()
# installed SAMPLE: is what its first line names?
installed()
{
	local program
	program=$(head -n 1 "$SERVED/$1" | sed -n 's/^#! *\([^ ]*\).*/\1/p')
	[ -z "$program" ] || [ -x "$program" ] || { MISSING+=("$1 ($program)"); return 1; }
}

# The last command of a test: what was left out is said aloud.
all_were_installed()
{
	local names
	names=$(printf '%s\n' "${MISSING[@]}" | sort -u | grep . | paste -sd' ')
	[ -z "$names" ] || skip "all but what is not installed: $names"
}

# refused STATUS [CURL-ARGUMENT]...: so it is answered, in words.
refused()
{
	local status=$1
	shift
	get "$@"
	expect_status "$status"
	[ -s "$T/body" ] || fail "$status without a word for $*"
}

only_get()
{
	refused 405 "$1" -X DELETE
	[[ $(header Allow) == *GET* ]] || fail "405 of $1 without Allow"
}

# The body is XML, as far as that can be told here.
well_formed()
{
	[ ! -x /usr/bin/python3 ] ||
		/usr/bin/python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$T/body" ||
		fail "this is not XML: $(head -c 300 "$T/body")"
}

head -c 100000 /dev/zero | tr '\0' 'x' >"$T/large"
