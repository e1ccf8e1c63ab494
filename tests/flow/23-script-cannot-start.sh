#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A script that cannot start is a 500, and the log says which file and why; the next one runs.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script good <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\nstill here\n'
END
script orphan <<'END'
#!/no/such/interpreter
END
script silent <<'END'
#!/bin/sh
exit 0
END
script noise <<'END'
#!/bin/sh
echo "this is not a header"
echo
echo "and this is not a body"
END
{ head_of_conf; script_pool; } >"$T/conf"
hearth_start "$T/conf"

get /cgi-bin/orphan
expect_status 500
expect_log "orphan.*No such file|No such file.*orphan|orphan.*interpreter"
! grep -q "$T" "$T/body" || fail "the error page tells a path"
get /cgi-bin/silent
expect_status 502
get /cgi-bin/noise
expect_status 502
get /cgi-bin/nowhere
expect_status 404
get_ok /cgi-bin/good "still here"
hearth_stop
