#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What %C and %M are of a request that more than one program had a hand in, or one that was over long before
# its answer: the line waits for nobody who has nothing to say of it, and is never another's.
. "$(dirname "$0")/lib.sh"

# A redirect to where the query says; it exits when it is let go, if the query names a file for that.
script go <<'END'
#!/bin/sh
printf 'Location: %s\n\n' "${QUERY_STRING#*,}"
exec >&-
mark=${QUERY_STRING%%,*}
[ -z "$mark" ] || while [ ! -e "$mark" ]; do sleep 0.02; done
END
script file <<'END'
#!/bin/sh
printf 'X-Sendfile: large\n\n'
END
script plain <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nplain\n'
END
echo "a file" >"$T/www/file.txt"
mkdir "$T/files"
dd if=/dev/zero of="$T/files/large" bs=1M count=40 status=none
{
	head_of_conf "access.log = $T/access" "access.format = %r %s %p %C %M ."
	script_pool "sendfile_root = $T/files" | sed 's/max_children = 8/max_children = 1/'
	probe_pool app "pm = static" "pm.max_children = 1" "pm.max_queue = 1" "pm.queue_timeout = 2s"
} >"$T/conf"
hearth_start "$T/conf"

# expect_line PATTERN [COUNT]
expect_line()
{
	poll_for "[ \$(grep -Ec '^$1\$' '$T/access') -eq ${2:-1} ]" || fail "not ${2:-1} times '$1' in: $(cat "$T/access")"
}
used='[0-9]+ [0-9]+\.[0-9]{2} [0-9]+ \.'

wait_for 'get /app/hello; [ "$STATUS" = 200 ]' # it is there
expect_line "/app/hello 200 .*"
: >"$T/access"
# To a worker, which has its own pid and tells nothing.
get_ok '/cgi-bin/go?,/app/hello' hello
expect_line "/cgi-bin/go 200 [0-9]+ - - \."
: >"$T/access"
get_ok '/cgi-bin/go?,/app/pid'
get_ok /cgi-bin/plain plain
expect_line "/cgi-bin/plain 200 $used"
expect_line "/cgi-bin/go 200 $(body | cut -d' ' -f1 | sed 's/plain/[0-9]+/') - - \."

# To a script: that one's.
: >"$T/access"
get_ok '/cgi-bin/go?,/cgi-bin/plain' plain
expect_line "/cgi-bin/go 200 $used"

# To a file: the one that has sent it there, when it has exited.
: >"$T/access"
get_ok "/cgi-bin/go?$T/mark/go,/file.txt" "a file"
! grep -q . "$T/access" || fail "the line did not wait"
: >"$T/mark/go"
expect_line "/cgi-bin/go 200 $used"

# To where nobody has time: it has exited long before, and another has its place.
: >"$T/access"
hold_worker app
curl -sS --max-time 50 -o "$T/refused" "http://127.0.0.1:$PORT/cgi-bin/go?,/app/hello" &
get_ok /cgi-bin/plain plain
wait $!
release_worker
expect_held "the worker" 200
get_ok /cgi-bin/plain plain
expect_line "/cgi-bin/plain 200 $used" 2
expect_line "/cgi-bin/go 503 $used"

# A file in parts, which take their time.
: >"$T/access"
curl -sS --limit-rate 20M -r 0-20000000,20000002-41000000 -o "$T/parts" "http://127.0.0.1:$PORT/cgi-bin/file" &
get_ok /cgi-bin/plain plain
wait $!
get_ok /cgi-bin/plain plain
expect_line "/cgi-bin/plain 200 $used" 2
expect_line "/cgi-bin/file 206 $used"
hearth_stop
