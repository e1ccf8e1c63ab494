#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth serve on a terminal: colours by status, Control-C, a last line with totals. NO_COLOR, a
# terminal that knows none, and what is no terminal get none.
. "$(dirname "$0")/lib.sh"

esc=$'\033'
export TERM=xterm
unset NO_COLOR
echo "a file" >"$T/www/file.txt"
script hello <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nhello\n'
END
script broken <<'END'
#!/bin/sh
echo "this is no header" >&2
END

# on_screen TEXT: it comes up.
on_screen()
{
	wait_for "grep -aqF -- $(printf %q "$1") '$T/screen'"
}

# Four requests, one of each class; then ^C, with which script(1) ends too.
visit()
{
	serve_on_terminal "$T/www" -l "127.0.0.1:$PORT"
	on_screen "http://127.0.0.1:$PORT/cgi-bin/hello"
	get_ok /cgi-bin/hello hello
	get /www
	get /cgi-bin/broken
	on_screen /cgi-bin/broken
	printf '\003' >&"$KEYS"
	wait_quietly "$MANAGER"
	MANAGER=
	expect "exit status after Control-C" "$EXIT" 0
	on_screen "3 requests"
	wait_for nothing_left
}

visit
on_screen "${esc}[1mhttp://127.0.0.1:$PORT/${esc}[0m"
on_screen "${esc}[32m200${esc}[0m  GET "
on_screen "${esc}[33m404${esc}[0m  GET "
on_screen "${esc}[1;31m502${esc}[0m  GET "
on_screen "${esc}[33mthis is no header${esc}[0m"
on_screen "${esc}[1;31mcgi-bin/broken: it ended without any output"
on_screen "${esc}[1;31m1 error${esc}[0m"
grep -aqE "${esc}\[2m[0-2][0-9]:[0-5][0-9]:[0-6][0-9]${esc}\[0m  " "$T/screen" || fail "no time of day, or not dim"

for setting in NO_COLOR=1 TERM=dumb; do
	export "${setting?}"
	visit
	! grep -aF "${esc}[" "$T/screen" || fail "colours in spite of $setting"
	on_screen "  200  GET "
	unset NO_COLOR
done

export TERM=xterm
serve "$T/www" -l "127.0.0.1:$PORT"
get_ok /cgi-bin/hello hello
get /cgi-bin/broken
expect_log '^[0-2][0-9]:[0-5][0-9]:[0-6][0-9]  200  GET +6 B +[0-9.]+ m?s  /cgi-bin/hello'
expect_log '^[0-9:]{8}  cgi-bin/broken \| this is no header$'
expect_log '  502  GET '
hearth_stop INT
expect_log '^[0-9:]{8}  stopped after [0-9]+ s: 2 requests, 1 error \(5xx\)$'
! cat "$T/stdout" "$LOG" | grep -aF "$esc" || fail "colours in a file"
