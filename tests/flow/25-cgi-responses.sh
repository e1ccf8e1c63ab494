#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Each kind of CGI response: document, status, client redirect, local redirect, nph, and a script's last words
# on standard error.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script answer <<'END'
#!/bin/sh
case $PATH_INFO in
/status) printf 'Status: 418 Teapot\nContent-Type: text/plain\n\nshort and stout\n' ;;
/client) printf 'Location: http://example.test/there\n\n' ;;
/both) printf 'Status: 303 See Other\nLocation: http://example.test/there\nContent-Type: text/plain\n\ngo there\n' ;;
/local) printf 'Location: /cgi-bin/answer/arrived?yes\n\n' ;;
/arrived) printf 'Content-Type: text/plain\n\narrived with %s\n' "$QUERY_STRING" ;;
/headers) printf 'Content-Type: text/plain\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Own: yes\r\n\r\nwell\n' ;;
/stderr) echo "these are last words" >&2; printf 'Content-Type: text/plain\n\nsaid\n' ;;
/204) printf 'Status: 204 No Content\n\n' ;;
esac
END
script nph-raw <<'END'
#!/bin/sh
printf 'HTTP/1.1 299 My Own\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nraw\n'
END
{ head_of_conf; script_pool; } >"$T/conf"
hearth_start "$T/conf"

get /cgi-bin/answer/status
expect_status 418
expect_body "short and stout"
get /cgi-bin/answer/client
expect_status 302
expect "Location" "$(header Location)" http://example.test/there
get /cgi-bin/answer/both
expect_status 303
expect_body "go there"
# Whether the gateway follows a local redirect or lets the client do it, this is where it leads.
get /cgi-bin/answer/local -L
expect_status 200
expect_body "arrived with yes"
get_ok /cgi-bin/answer/headers well
expect "cookies" "$(grep -ci '^Set-Cookie: [ab]=[12]' "$T/head")" 2
get_ok /cgi-bin/answer/stderr said
expect_log 'scripts.*these are last words'
get /cgi-bin/answer/204
expect_status 204
get /cgi-bin/answer/status --head
expect_status 418
get /cgi-bin/nph-raw
expect_status 299
expect_body raw
hearth_stop
