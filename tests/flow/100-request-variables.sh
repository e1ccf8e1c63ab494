#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a program is told about a request, over kinds of routes, encodings, queries, hosts, ports,
# listeners and proxies: a script and a FastCGI worker are asked, and must say the same.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script env <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
env
END
mkdir -p "$T/www/cgi-bin/sub.d/deep" "$T/www/dir.cgi"
cp "$T/www/cgi-bin/env" "$T/www/cgi-bin/sub.d/deep/an env"
cp "$T/www/cgi-bin/env" "$T/www/cgi-bin/ü;v=1,2"
cp "$T/www/cgi-bin/env" "$T/www/dir.cgi/one.cgi"
: >"$T/www/page.probe"
SIX=$(new_port)
six=
! grep -qs '^0\{31\}1 ' /proc/net/if_inet6 || six="[::1]:$SIX"
[ -n "$six" ] || echo "without IPv6: this machine has none"
{
	global_section
	echo "[gateway]"
	echo "listen = 127.0.0.1:$PORT unix:$T/sock $six"
	user_line www-data
	echo "document_root = $T/www/" # nobody is told of that slash
	echo "trusted_proxies = unix"
	script_pool
	printf '%s\n' "[exact]" "type = cgi" "route = =/one/env" "directory = $T/www/cgi-bin" "pm = ondemand"
	user_line
	printf '%s\n' "[suffix]" "type = cgi" "route = *.cgi" "directory = $T/www/" "pm = ondemand"
	user_line
	printf '%s\n' "[probe]" "command = $T/bin/fcgi-probe env" "route = /app/ *.probe" "pm = static" "pm.max_children = 1"
	user_line
} >"$T/conf"
hearth_start "$T/conf"

# request TEXT: in printf's escapes, to the listener in $AT (a port, 6 or unix); the answer's lines
# are in $SAID.
request()
{
	# shellcheck disable=SC2059 # escapes are wanted
	SAID=$(case $AT in
		unix) printf "$1" | perl -MIO::Socket::UNIX -e '
			my $s = IO::Socket::UNIX->new(Peer => shift) or die; print $s join("", <STDIN>); $s->flush; print <$s>' "$T/sock" ;;
		6) printf "$1" | perl -MIO::Socket::IP -e '
			my $s = IO::Socket::IP->new(PeerHost => "::1", PeerPort => shift) or die; print $s join("", <STDIN>); $s->flush; print <$s>' "$SIX" ;;
		*) raw "$1" ;;
	esac) || fail "no end of an answer to: $1"
	[[ $SAID == 'HTTP/1.1 200 '* ]] || fail "${SAID%%$'\r'*} for: $1"
	SAID=$'\n'$SAID$'\n'
}
# told NAME=VALUE... or !NAME...
told()
{
	local it
	for it in "$@"; do
		case $it in
		!*) [[ $SAID != *$'\n'"${it#!}="* ]] || fail "$WHAT: it should not have $(grep -a "^${it#!}=" <<<"$SAID")" ;;
		*) [[ $SAID == *$'\n'"$it"$'\n'* ]] || fail "$WHAT: wanted $it, got: $(grep -a "^${it%%=*}=" <<<"$SAID")" ;;
		esac
	done
}
AT=$PORT

# ---- the path and the query -------------------------------------------------------------------

# path TARGET SCRIPT_NAME PATH_INFO QUERY FILE: an empty PATH_INFO is none; FILE is below $T/www.
path()
{
	WHAT=$1
	request "GET ${1//%/%%} HTTP/1.0\r\n\r\n"
	told "SCRIPT_NAME=$2" "QUERY_STRING=$4" "REQUEST_URI=$1" "DOCUMENT_ROOT=$T/www" "SCRIPT_FILENAME=$T/www/$5" \
		"REQUEST_METHOD=GET" "GATEWAY_INTERFACE=CGI/1.1" "SERVER_PROTOCOL=HTTP/1.0" "REDIRECT_STATUS=200"
	if [ -n "$3" ]; then
		told "PATH_INFO=$3" "PATH_TRANSLATED=$T/www$3"
	else
		told '!PATH_INFO' '!PATH_TRANSLATED'
	fi
}
# below PREFIX SCRIPT_NAME FILE: the same for every way there.
below()
{
	path "$1" "$2" "" "" "$3"
	path "$1?" "$2" "" "" "$3"
	path "$1?a" "$2" "" "a" "$3"
	path "$1?a=b&c=%2f%zz+%C3%BC?d" "$2" "" "a=b&c=%2f%zz+%C3%BC?d" "$3"
	path "$1/" "$2" "/" "" "$3"
	path "$1/?/../x" "$2" "/" "/../x" "$3"
	path "$1/a/B/c" "$2" "/a/B/c" "" "$3"
	path "$1/a%20b%2Bc+d%25/%3F?%20" "$2" "/a b+c+d%/?" "%20" "$3"
	path "$1/%C3%BC/%e2%82%ac" "$2" "/ü/€" "" "$3"
	path "$1/this%2eis%2epath%3binfo;v=1,2" "$2" "/this.is.path;info;v=1,2" "" "$3"
	path "$1//a/./b/../c" "$2" "/a/c" "" "$3"
}
below /cgi-bin/env /cgi-bin/env cgi-bin/env
below /cgi-bin/sub.d/deep/an%20env "/cgi-bin/sub.d/deep/an env" "cgi-bin/sub.d/deep/an env"
below "/cgi-bin/%C3%BC;v=1%2C2" "/cgi-bin/ü;v=1,2" "cgi-bin/ü;v=1,2"
below /dir.cgi/one.cgi /dir.cgi/one.cgi dir.cgi/one.cgi
below /app /app app
below /page.probe /page.probe page.probe
path /one/env /one/env "" "" cgi-bin/env
path /one/env?x /one/env "" x cgi-bin/env

# ---- who is asked, and by whom ----------------------------------------------------------------

for program in /cgi-bin/env /app/x; do
	# host HEAD-FIELDS WANTED...: HTTP/1.1 but where there is no Host
	WHAT="$program" AT=$PORT
	request "GET $program HTTP/1.0\r\n\r\n"
	told SERVER_NAME=127.0.0.1 "SERVER_PORT=$PORT" SERVER_ADDR=127.0.0.1 REMOTE_ADDR=127.0.0.1 REMOTE_HOST=127.0.0.1 \
		'!HTTP_HOST' '!HTTPS' REQUEST_SCHEME=http '!AUTH_TYPE' '!REMOTE_USER' '!REMOTE_IDENT'
	request "GET $program HTTP/1.1\r\nHost: Example.test:81\r\nConnection: close\r\n\r\n"
	told SERVER_NAME=Example.test "SERVER_PORT=$PORT" HTTP_HOST=Example.test:81 SERVER_PROTOCOL=HTTP/1.1
	request "GET $program HTTP/1.1\r\nHost: [2001:db8::1]:81\r\nConnection: close\r\n\r\n"
	told 'SERVER_NAME=[2001:db8::1]' "SERVER_PORT=$PORT" 'HTTP_HOST=[2001:db8::1]:81'
	request "GET http://b.test:82$program?q HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"
	told SERVER_NAME=b.test HTTP_HOST=b.test:82 "REQUEST_URI=$program?q" QUERY_STRING=q
	# Nobody there is trusted.
	request "GET $program HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
	told REMOTE_ADDR=127.0.0.1 '!HTTPS' REQUEST_SCHEME=http HTTP_X_FORWARDED_PROTO=https

	AT=unix
	request "GET $program HTTP/1.0\r\n\r\n"
	told SERVER_NAME=localhost SERVER_PORT=80 '!SERVER_ADDR' REMOTE_ADDR=127.0.0.1 REMOTE_HOST=127.0.0.1 '!REMOTE_PORT'
	request "GET $program HTTP/1.1\r\nHost: a.test:8080\r\nConnection: close\r\n\r\n"
	told SERVER_NAME=a.test SERVER_PORT=8080 HTTP_HOST=a.test:8080
	# A proxy that we trust.
	request "GET $program HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-For: 2001:db8::7\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
	told REMOTE_ADDR=2001:db8::7 REMOTE_HOST=2001:db8::7 '!REMOTE_PORT' HTTPS=on REQUEST_SCHEME=https SERVER_NAME=a.test SERVER_PORT=443
	request "GET $program HTTP/1.1\r\nHost: a.test:8443\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
	told REMOTE_ADDR=192.0.2.1 HTTPS=on SERVER_PORT=8443

	[ -n "$six" ] || continue
	AT=6
	request "GET $program HTTP/1.0\r\n\r\n"
	told 'SERVER_NAME=[::1]' "SERVER_PORT=$SIX" SERVER_ADDR=::1 REMOTE_ADDR=::1 REMOTE_HOST=::1
	request "GET $program HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"
	told SERVER_NAME=a.test "SERVER_PORT=$SIX"
done

# ---- the body ---------------------------------------------------------------------------------

AT=$PORT
for program in /cgi-bin/env /app/x; do
	WHAT="$program, a body"
	request "POST $program HTTP/1.0\r\nContent-Type: text/x; charset=y\r\nContent-Length: 5\r\n\r\nhello"
	told CONTENT_LENGTH=5 'CONTENT_TYPE=text/x; charset=y' '!HTTP_CONTENT_LENGTH' '!HTTP_CONTENT_TYPE' REQUEST_METHOD=POST
	request "POST $program HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
	told CONTENT_LENGTH=5 '!CONTENT_TYPE' '!HTTP_TRANSFER_ENCODING'
	request "POST $program HTTP/1.0\r\nContent-Length: 0\r\n\r\n"
	told CONTENT_LENGTH=0
	request "BREW $program HTTP/1.0\r\n\r\n"
	told REQUEST_METHOD=BREW '!CONTENT_LENGTH' '!CONTENT_TYPE'
done

# Every request has an id of its own.
get_ok /cgi-bin/env
id=$(sed -n 's/^REQUEST_ID=//p' "$T/body")
get_ok /cgi-bin/env
[ -n "$id" ] && ! grep -q "^REQUEST_ID=$id$" "$T/body" || fail "two requests with the id '$id'"
hearth_stop
