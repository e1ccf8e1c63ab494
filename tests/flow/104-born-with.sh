#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a script and a FastCGI worker are born with, and that it is all: their environment,
# descriptors, signals, session, directory, identity.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

cp "$BUILD/tools/portrait" "$T/bin/" || skip "the tools are not built"
mkdir -p "$T/www/cgi-bin/sub"
cp "$T/bin/portrait" "$T/www/cgi-bin/sub/"
{
	head_of_conf
	script_pool "env[OWN] = a b" "interpreter[.txt] = $T/bin/portrait"
	printf '%s\n' "[app]" "command = $T/bin/portrait --flag \"two words\"" "route = /app/" "chdir = $T/www" "env[OWN] = a b"
	user_line
	echo "pm.max_children = 1"
} >"$T/conf"
echo text >"$T/www/cgi-bin/named.txt"

# Things that somebody who starts daemons may have: none of them is to arrive.
export SECRET=secret HTTP_PROXY=evil LD_LIBRARY_PATH=/nowhere
exec 9<"$T/conf" 250</dev/null
trap '' PIPE USR1 HUP
umask 0
hearth_start "$T/conf"
umask 022

has()
{
	grep -qxE -- "$1" "$T/body" || fail "$PLACE: wanted '$1', got: $(grep "^${1%% *}" "$T/body")"
}
# names KIND NAME...: exactly these.
names()
{
	expect "$1 at $PLACE" "$(sed -n "s/^$1 \([^=]*\)=.*/\1/p" "$T/body" | grep -v 'SAN_OPTIONS$' | sort | tr '\n' ' ')" \
		"$(printf '%s\n' "${@:2}" | sort | tr '\n' ' ')"
}
# Of the signals, two may belong to libc, which lets nobody reset them.
born()
{
	has 'fds 0 1 2'
	for line in SigPnd ShdPnd SigBlk SigCgt CapInh CapPrm CapEff CapAmb; do has "$line: 0*"; done
	has 'SigIgn: 0*([018]80000000|80000000)?'
	has 'NoNewPrivs: 1'
	has 'session own'
	has 'group own'
	has 'terminal none'
	has 'umask 0022'
	if [ "$(id -u)" -eq 0 ]; then
		has "user $(id -u nobody) $(id -u nobody)"
		has "gid $(id -g nobody) $(id -g nobody)"
		has "groups $(id -G nobody)"
	else
		has "user $(id -u) $(id -u)"
	fi
}
of_each=(GATEWAY_INTERFACE SERVER_SOFTWARE SERVER_PROTOCOL SERVER_NAME SERVER_ADDR SERVER_PORT REMOTE_ADDR REMOTE_HOST
	REMOTE_PORT REQUEST_METHOD REQUEST_SCHEME REQUEST_URI REQUEST_ID QUERY_STRING SCRIPT_NAME SCRIPT_FILENAME
	DOCUMENT_ROOT REDIRECT_STATUS HTTP_HOST HTTP_ACCEPT HTTP_USER_AGENT)
of_bodies=(PATH_INFO PATH_TRANSLATED CONTENT_LENGTH CONTENT_TYPE)

PLACE=/cgi-bin/sub/portrait
get_ok "$PLACE"
born
names env PATH OWN "${of_each[@]}"
has 'env PATH=/usr/local/bin:/usr/bin:/bin'
has 'env OWN=a b'
has "cwd $T/www/cgi-bin/sub"
expect "arguments" "$(grep '^arg' "$T/body")" "arg 0 $T/www/cgi-bin/sub/portrait"
has 'stdin '
get "$PLACE/x" -d body
expect_status 200
born
names env PATH OWN "${of_each[@]}" "${of_bodies[@]}"
has 'stdin body'
PLACE=/cgi-bin/named.txt
get_ok "$PLACE"
born
names env PATH OWN "${of_each[@]}"
has "cwd $T/www/cgi-bin"
expect "arguments" "$(grep '^arg' "$T/body" | tr '\n' ' ')" "arg 0 $T/bin/portrait arg 1 $T/www/cgi-bin/named.txt "

PLACE=/app
get_ok "$PLACE"
born
names env PATH USER HOME OWN
names param FCGI_ROLE "${of_each[@]}" # that one is libfcgi's
has "cwd $T/www"
expect "arguments" "$(grep '^arg' "$T/body" | tr '\n' '|')" "arg 0 $T/bin/portrait|arg 1 --flag|arg 2 two words|"
get /app/x -d body
names param FCGI_ROLE "${of_each[@]}" "${of_bodies[@]}"

# As many at once as may be: none has another one's descriptors.
burst 8 /cgi-bin/sub/portrait
expect "answers" "$(burst_count 200)" 8
for i in 1 2 3 4 5 6 7 8; do
	grep -qx 'fds 0 1 2' "$T/burst.$i" || fail "script $i has $(grep ^fds "$T/burst.$i")"
done
hearth_stop
