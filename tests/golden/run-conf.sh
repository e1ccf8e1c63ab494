#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Golden configurations: `hearth check` over conf/*.ini, $HEARTH being the program. A bad file must
# give exactly the complaints in its .out and exit 78; a good one (good-*.ini) `configuration OK`,
# and a dump that is good and dumps the same, and one with warnings (warned-*.ini) those of its .out
# among them. UPDATE=1 rewrites the .out files instead: read the
# difference. Cases named root-* are for root alone.
set -u
: "${HEARTH:=build/hearth}"
hearth=$(realpath "$HEARTH") || exit 1
cd "$(dirname "$0")/conf" || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0

verdict()
{
	if [[ $2 -eq 0 ]]; then
		echo "ok $1"
	else
		echo "not ok $1"
		failed=1
	fi
}

# Warnings depend on who runs this, the working directory on where.
check()
{
	"$hearth" check -c "$1" >"$scratch/said" 2>&1
	local status=$?
	grep -av '^[^:]*:[0-9]*: warning: ' "$scratch/said" | sed "s|$PWD|.|g"
	return $status
}

good()
{
	local name=$1
	[[ $(check "$name.ini") == 'configuration OK' ]] &&
		"$hearth" check -v -c "$name.ini" >"$scratch/one" 2>/dev/null &&
		"$hearth" check -v -c "$scratch/one" >"$scratch/two" 2>/dev/null &&
		cmp "$scratch/one" "$scratch/two"
}

# The lines of its .out are written by hand: there may be more, which depend on who runs this.
warned()
{
	local name=$1 line
	[[ $(check "$name.ini") == 'configuration OK' ]] || return 1
	while IFS= read -r line; do
		grep -qxF -- "$line" "$scratch/said" || { echo "lacks: $line" && cat "$scratch/said" && return 1; }
	done <"$name.out"
}

bad()
{
	local name=$1 status
	check "$name.ini" >"$scratch/out"
	status=$?
	[[ -z ${UPDATE:-} ]] || cp "$scratch/out" "$name.out"
	diff "$name.out" "$scratch/out" && [[ $status -eq 78 ]]
}

for file in *.ini; do
	name=${file%.ini}
	case $name in
	root-*) [[ $EUID -eq 0 ]] || { echo "skip $name (it takes root)" && continue; } ;;
	esac
	case $name in
	good-*) good "$name" ;;
	warned-*) warned "$name" ;;
	*) bad "$name" ;;
	esac
	verdict "$name" $?
done
exit $failed
