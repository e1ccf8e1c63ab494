#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth serve ends: at once on Control-C, also where a script does not; with the terminal; if it is
# killed, nothing stays behind. A reader of its lines that has left ends nothing.
. "$(dirname "$0")/lib.sh"

script stubborn <<END
#!/bin/sh
trap '' TERM INT HUP
echo >"$T/mark/stubborn"
while :; do sleep 1; done
END
script hello <<'END'
#!/bin/sh
echo "on my way" >&2
printf 'Content-Type: text/plain\n\nhello\n'
END

# hold_stubborn: a request that will not be answered.
hold_stubborn()
{
	rm -f "$T/mark/stubborn"
	hold /cgi-bin/stubborn
	wait_for '[ -e "$T/mark/stubborn" ]'
}

# It has ended, and everything with it.
ends()
{
	wait_for "not_running $MANAGER"
	wait_quietly "$MANAGER"
	MANAGER=
	wait "$HELD"
	wait_for nothing_left
}

# One Control-C; the script is asked, then killed.
serve_on_terminal "$T/www" -l "$PORT"
hold_stubborn
printf '\003' >&"$KEYS"
ends
expect "exit status" "$EXIT" 0
grep -aq 'stopped after [0-9]* s: [01] request' "$T/screen" || fail "no last line: $(cat "$T/screen")"

# Twice: nobody is asked.
serve_on_terminal "$T/www" -l "$PORT"
hold_stubborn
printf '\003\003' >&"$KEYS"
ends

# The terminal goes.
serve_on_terminal "$T/www" -l "$PORT"
hold_stubborn
kill -KILL "$MANAGER"
ends

# It is killed itself.
serve "$T/www" -l "$PORT"
hold_stubborn
runtime=$(find "/proc/$MANAGER/fd" -lname '*/hearth-??????/workers' -printf '%l\n' -quit)
kill -KILL "$MANAGER"
ends
[ -z "$runtime" ] || rm -r "${runtime%/workers}" # which nobody could any more

# Nobody reads what it says: it goes on.
mkfifo "$T/lines"
"$T/bin/hearth" serve "$T/www" -l "$PORT" >"$T/lines" 2>&1 </dev/null &
MANAGER=$!
head -n 1 "$T/lines" >"$T/first"
wait_for 'get /cgi-bin/hello && [ "$STATUS" = 200 ]'
get_ok /cgi-bin/hello hello
get_ok /cgi-bin/hello hello
hearth_stop INT
