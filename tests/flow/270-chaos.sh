#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Chaos: while clients of every habit ask, workers, runners, scripts and the gateway are killed and stopped at
# random, and the configuration and the logs change. Every request gets exactly one answer, its own and
# whole, or an end that a fault explains; and when it is over there is nothing too much and nothing too
# little (tests/chaos/). CHAOS_SECONDS (10), CHAOS_SEED (1), CHAOS_CLIENTS (24).
# variants: plain
# limit: 600
. "$(dirname "$0")/lib.sh"
GATEWAY_MAY_DIE=yes
export PYTHONDONTWRITEBYTECODE=1

chaos()
{
	python3 "$ROOT/tests/chaos/chaos.py" "$1" "$T" "$PORT" "${@:2}"
}

# A clean start: nothing has run.
begin()
{
	: >"$T/mark/ran"
	chmod 666 "$T/mark/ran"
	chaos conf || fail "the configuration could not be written"
	hearth_start "$T/conf"
}

command -v python3 >/dev/null || skip "python3 is not there"
cp "$BUILD/tools/chaos-worker" "$T/bin/" || skip "the tools are not built"
mkdir -p "$T/www/scripts" "$T/www/family" "$T/spool"
chmod 1777 "$T/spool"
cp "$T/bin/chaos-worker" "$T/www/scripts/echo"
cat >"$T/www/family/echo" <<END
#!/bin/sh
$T/bin/chaos-worker | cat
END
chmod 755 "$T/www/family/echo"

# It can fail: what its clients believe, and that wrong workers are noticed.
python3 "$ROOT/tests/chaos/check_wire.py" || fail "the client believes what is not true"
for doctor in mix half twice; do
	export CHAOS_DOCTOR=$doctor
	begin
	chaos doctored "$MANAGER" || fail "workers that are wrong ($doctor) were not noticed"
	hearth_stop
done
unset CHAOS_DOCTOR

begin
chaos run "$MANAGER" || fail "chaos"
hearth_stop
[ -z "$(find "$T/run" -type s)" ] || fail "sockets are left: $(find "$T/run" -type s)"
[ -z "$(ls -A "$T/spool")" ] || fail "spooled files are left"
