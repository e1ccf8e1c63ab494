#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A script that cannot be started is a 500, and the log says exactly what to mend.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

bin=$T/www/cgi-bin
mkdir -p "$bin"
# A name, what the file holds (printf escapes), what the log says of it.
cases=(
	missing      '#!/no/such/interpreter -x\n'       'the interpreter /no/such/interpreter of BIN/missing does not exist'
	crlf         '#!/bin/sh\r\necho hello\r\n'       'the #! line of BIN/crlf ends in CR, a DOS line end'
	crlf-blank   '#! /bin/sh\r\n'                    'the #! line of BIN/crlf-blank ends in CR'
	cr           '#!/bin/sh\recho hello\r'           'the lines of BIN/cr end in CR and not in LF'
	no-name      '#!\necho hello\n'                  'the #! line of BIN/no-name names no interpreter'
	blank-name   '#! \t \n'                          'the #! line of BIN/blank-name names no interpreter'
	relative     '#!python3\n'                       'the interpreter python3 of BIN/relative does not exist: a #! line needs a whole path'
	directory    '#!/usr\n'                          'the interpreter /usr of BIN/directory is not a regular file'
	no-program   '#!/etc/passwd\n'                   'the interpreter /etc/passwd of BIN/no-program is not executable'
	long         "#!/$(printf %0300d 1)\n"           'the #! line of BIN/long is too long'
	bom          '\357\273\277#!/bin/sh\n'           'a byte order mark stands before the #! of BIN/bom'
	utf16        '\377\376#\0!\0/\0'                 'BIN/utf16 is written in UTF-16'
	late         '\n#!/bin/sh\n'                     'blanks or empty lines stand before the #! of BIN/late'
	no-line      'echo hello\n'                      'BIN/no-line has no #! line and is not a program'
	html         '<!DOCTYPE html>\n'                 'BIN/html has no #! line and is not a program'
	empty        ''                                  'BIN/empty is empty'
	foreign      '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\377\377\1\0\0\0' 'BIN/foreign is a program, but not for this machine'
	nested       "#!$bin/missing\n"                  'the interpreter /no/such/interpreter of the interpreter BIN/missing of BIN/nested does not exist'
	nested-text  "#!$bin/no-line\n"                  'the interpreter BIN/no-line of BIN/nested-text has no #! line and is not a program'
	itself       "#!$bin/itself\n"                   'the interpreter BIN/itself of BIN/itself: too many interpreters are scripts'
	loader       ''                                  'the program loader that BIN/loader wants does not exist'
	not-for-us   '#!/bin/sh\n'                       'BIN/not-for-us is not executable by its pool.s user \(mode 0654\)'
	chosen.xyz   'hello\n'                           '/no/such/program does not exist'
)
if command -v cc >/dev/null; then
	echo 'int main(void) { return 0; }' | cc -x c - -Wl,--dynamic-linker=/no/such/loader -o "$T/loader"
fi
for ((i = 0; i < ${#cases[@]}; i += 3)); do
	# shellcheck disable=SC2059 # escapes are wanted
	printf "${cases[i + 1]}" >"$bin/${cases[i]}"
	chmod 755 "$bin/${cases[i]}"
done
chmod 654 "$bin/not-for-us"
chmod 644 "$bin/chosen.xyz"
[ ! -e "$T/loader" ] || cp "$T/loader" "$bin/loader"
script good <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nstill here\n'
END
# An interpreter may be a script, if that one has a program for an interpreter.
printf '#!%s\n' "$bin/good" | script on-a-script
{ head_of_conf; script_pool "interpreter[.xyz] = /no/such/program" | sed '/^interpreter/d'; } >"$T/conf"
printf 'interpreter[.xyz] = %s\n' "$T/bin/interpreter" >>"$T/conf"
printf '#!/bin/sh\n' >"$T/bin/interpreter" && chmod 755 "$T/bin/interpreter"
hearth_start "$T/conf"
rm "$T/bin/interpreter"

for ((i = 0; i < ${#cases[@]}; i += 3)); do
	name=${cases[i]} why=${cases[i + 2]//BIN/$bin}
	[ -s "$bin/$name" ] || [ "$name" = empty ] || { echo "without a compiler: no case $name" && continue; }
	[ "$name" != chosen.xyz ] || why="$T/bin/interpreter does not exist"
	get "/cgi-bin/$name?a=b"
	expect_status 500
	! grep -qE "$T|#!|hello|no such|interpreter" "$T/body" || fail "$name: the error page tells: $(body)"
	expect_log "ERROR: .*\[pool scripts\] request [0-9a-f]{16}: script $bin/$name could not be started: $why"
done
get_ok /cgi-bin/good "still here"
get_ok /cgi-bin/on-a-script "still here"

# The gateway may go where the pool's user may not.
if [ "$(id -u)" -eq 0 ]; then
	mkdir "$bin/closed" && cp "$bin/good" "$bin/closed/" && mkdir "$bin/closed/sub" && cp "$bin/good" "$bin/closed/sub/"
	chgrp www-data "$bin/closed" && chmod 750 "$bin/closed"
	for path in closed/good closed/sub/good; do
		get /cgi-bin/$path
		expect_status 500
		expect_log "script $bin/$path could not be started: the pool.s user may not search \(x\) $bin/closed"
	done
fi

# Programs that did start say by themselves what they lack.
printf '#!/usr/bin/env no-such-program\n' | script by-env
get /cgi-bin/by-env
expect_status 502
expect_log 'script .*/by-env( \(pid [0-9]+\))? said into stderr: ".*no-such-program'
expect_log 'script .*/by-env .*exited with code 127'
hearth_stop
