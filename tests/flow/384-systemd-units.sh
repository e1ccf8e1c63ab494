#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The units that make install puts in place: systemd has nothing to say against them, they name the
# programs and files that are there, and the commands in them are ones that hearth knows.
# variants: plain
. "$(dirname "$0")/lib.sh"

command -v systemd-analyze >/dev/null || skip "systemd-analyze (systemd) is not installed"
units=$T/root$T/lib/systemd/system
mkdir -p "$T/etc/hearth"
head_of_conf >"$T/etc/hearth/hearth.conf"
make -s -C "$ROOT" install-units DESTDIR="$T/root" PREFIX="$T" CONFDIR="$T/etc" >"$T/make" 2>&1 || fail "make: $(cat "$T/make")"
! grep -n '@' "$units"/* || fail "something was not filled in"

# What is unknown is ignored, with a remark and exit 0.
verify()
{
	systemd-analyze verify --man=no "$@" >"$T/said" 2>&1 && [ ! -s "$T/said" ]
}
if ! verify "$units/hearth.service" "$units/hearth.socket"; then
	! grep -qE 'Failed to (initialize manager|set up|create)|Operation not permitted' "$T/said" || skip "systemd-analyze cannot run here: $(head -n 1 "$T/said")"
	fail "systemd says: $(cat "$T/said")"
fi
sed -i 's/^Type=notify/Tpye=notify/' "$units/hearth.service"
! verify "$units/hearth.service" || fail "a slip is not found"

# command of a line, as systemd would start it
of()
{
	sed -n "s/^$1=//p" "$units/hearth.service"
}
. "$(dirname "$0")/notify.sh"
hear
read -ra start <<<"$(of ExecStart)"
read -ra reload <<<"$(of ExecReload)"
"${start[@]}" >"$T/stdout" 2>>"$LOG" </dev/null &
MANAGER=$!
wait_told READY=1
"${reload[@]}" || fail "ExecReload"
wait_told READY=1 2
echo nonsense >>"$T/etc/hearth/hearth.conf"
! "${reload[@]}" 2>"$T/said" || fail "ExecReload says nothing of a broken file"
grep -q 'hearth.conf:[0-9]*: ' "$T/said" || fail "ExecReload says: $(cat "$T/said")"
hearth_stop "$(of KillSignal | sed 's/^SIG//')"
wait_told STOPPING=1
