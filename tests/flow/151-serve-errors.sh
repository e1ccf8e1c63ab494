#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth serve shows right there why a script did not work, what it said itself, and what to do; and
# of a 404 what was looked for.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script dies.pl <<'END'
#!/usr/bin/perl
die "the database is closed\n";
END
script nohead <<'END'
#!/bin/sh
echo hello
END
script lost <<'END'
#!/no/such/interpreter
END
printf '#!/bin/sh\r\necho\r\n' | script crlf
printf 'echo hello\n' | script bare
script loud <<'END'
#!/bin/sh
printf 'one\ntwo \033[31mred\n' >&2
printf 'Content-Type: text/plain\n\nfine\n'
END
script own404 <<'END'
#!/bin/sh
printf 'Status: 404 Not Found\nContent-Type: text/plain\n\nnothing\n'
END
echo '#!/bin/sh' >"$T/www/cgi-bin/asleep"

serve "$T/www" -l "127.0.0.1:$PORT"
now='^[0-9:]{8}  '

get /cgi-bin/dies.pl
expect_status 502
expect_log "${now}cgi-bin/dies.pl \| the database is closed\$"
expect_log "${now}cgi-bin/dies.pl: .* \(it exited with code [1-9]"
expect_log "${now}502  GET .*  /cgi-bin/dies.pl"

get /cgi-bin/nohead
expect_status 502
expect_log "${now}cgi-bin/nohead: "
expect_log "^ +.*begins with a header and an empty line: Content-Type: text/plain\$"

get /cgi-bin/lost
expect_status 500
expect_log "${now}cgi-bin/lost .*the interpreter /no/such/interpreter of cgi-bin/lost does not exist"
expect_log "^ +install it, or name another in the first line of the script\$"

get /cgi-bin/crlf
expect_log "${now}cgi-bin/crlf .*ends in CR"
expect_log "^ +give the script unix line ends: sed "
get /cgi-bin/bare
expect_log "^ +the first line of a script names what runs it: #!/bin/sh"

get /cgi-bin/asleep
expect_status 403
expect_log "${now}cgi-bin/asleep: it is not executable: chmod \+x it"

get_ok /cgi-bin/loud fine
expect_log "${now}cgi-bin/loud \| one\$"
expect_log "${now}cgi-bin/loud \| two .x1b\[31mred\$"

get /cgi-bin/sub/nothing
expect_status 404
expect_log "${now}404  GET .*  /cgi-bin/sub/nothing  \(there is no script sub/nothing in cgi-bin\)\$"
get /cgi-bin/own404
expect_status 404
expect_log "${now}404  GET .*  /cgi-bin/own404(  \(cpu .*)?\$"

# What is changed while it runs counts at once.
script nohead <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nmended\n'
END
get_ok /cgi-bin/nohead mended
hearth_stop INT
expect_log "stopped after [0-9]+ s: 10 requests, 5 errors"
