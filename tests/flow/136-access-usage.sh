#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The access log's %C and %M are those of the script, which may exit long after its answer: the line
# waits for that and the client does not; and no line is lost, whoever dies.
. "$(dirname "$0")/lib.sh"

# Answers, and then works: 5 MB and some loops, or until it is let go.
script works <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nworks\n'
exec >&-
mark=${QUERY_STRING%%&*}
[ -z "$mark" ] || while [ ! -e "$mark" ]; do sleep 0.05; done
head -c 5000000 /dev/zero | tail -c 5000000 >/dev/null
i=0
while [ $i -lt 20000 ]; do i=$((i + 1)); done
END
script plain <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nplain\n'
END
conf()
{
	head_of_conf "access.log = $T/access" "access.format = ${1:-%r %s %p %C %M %{mega\}M .}"
	script_pool "pm.max_children = 4"
}
conf | sed '/max_children = 8/d' >"$T/conf"
hearth_start "$T/conf"

# expect_line PATTERN [COUNT]
expect_line()
{
	poll_for "[ \$(grep -Ec '^$1\$' '$T/access') -eq ${2:-1} ]" || fail "not ${2:-1} times '$1' in: $(cat "$T/access")"
}
number='[0-9]+\.[0-9]{2}'

get_ok "/cgi-bin/works?$T/mark/go" works # the client has it all
get_ok /cgi-bin/plain plain
expect_line "/cgi-bin/plain 200 [0-9]+ $number [0-9]{6,} [0-9]+ \."
! grep -q works "$T/access" || fail "the line did not wait"
: >"$T/mark/go"
expect_line "/cgi-bin/works 200 [1-9][0-9]* $number [0-9]{7,} [0-9]+ \."
cpu=$(awk '/works/ { print $4 * 100 }' "$T/access")
[ "${cpu%.*}" -gt 0 ] || fail "it has used nothing: $(cat "$T/access")"

# Nobody is forgotten: many at once, ...
rm "$T/mark/go"
burst 15 "/cgi-bin/works?$T/mark/many" &
wait_for '[ "$(pgrep -fc "$T/www/cgi-bin/[w]orks")" -ge 4 ]'
: >"$T/mark/many"
wait $!
expect_line "/cgi-bin/works 200 [0-9]+ $number [0-9]+ [0-9]+ \." 16

# ... a client that leaves, a runner that dies, ...
get "/cgi-bin/works?$T/mark/go"
for pid in $(pids_of hearth-exec); do kill -KILL "$pid"; done
expect_line "/cgi-bin/works 200 [0-9]+ - - - \."

# ... a reload, another file, ...
get "/cgi-bin/works?$T/mark/go"
conf '{"r":"%r","c":%C}' | sed '/max_children = 8/d' >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
mv "$T/access" "$T/access.1"
ctl reopen || fail "reopen: $(cat "$T/ctl.err")"
: >"$T/mark/go"
expect_line "/cgi-bin/works 200 [0-9]+ $number [0-9]+ [0-9]+ \."
rm "$T/mark/go"

# ... and a stop, fast or in order.
conf | sed '/max_children = 8/d' >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
for signal in TERM QUIT; do
	[ -n "$MANAGER" ] || hearth_start "$T/conf"
	rm -f "$T/access"; ctl reopen
	get_ok "/cgi-bin/works?$T/mark/go" works
	hearth_stop $signal
	expect_line "/cgi-bin/works 200 [0-9]+ - - - \."
done
