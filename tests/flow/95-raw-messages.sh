#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Messages byte for byte, good, bad and ambiguous: the status of each, whether the connection goes on,
# and that behind a refusal nothing is answered, however the bytes are cut.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

messages=$ROOT/tests/flow/data/messages
cp "$BUILD/tools/raw-send" "$T/bin/" || skip "the tools are not built"
{
	head_of_conf "max_body = 1000"
	printf '%s\n' "[echo]" "command = $T/bin/fcgi-probe echo" "route = /" "pm = static" "pm.max_children = 2"
	user_line
} >"$T/conf"
hearth_start "$T/conf"

for way in '' split half-close 'split half-close'; do
	# shellcheck disable=SC2086 # words
	"$T/bin/raw-send" "$PORT" "$messages" $way >"$T/said" || fail "${way:-at once}: $(cat "$T/said")"
	count=$(sed -n 's/^\([0-9]*\) messages, 0 .*/\1/p' "$T/said")
	[ "${count:-0}" -ge 150 ] || fail "only $count messages"
done
hearth_stop
