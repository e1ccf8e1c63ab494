#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Which header fields become variables, under which names, and what comes before them: the server,
# then the configuration, then the client. Passwords are for those who ask.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script env <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
env
END
scripts()
{
	script_pool "env[HTTP_X_SET] = by us" "env[APP] = one" "env[HTTP_EMPTY] =" "$@"
}
workers()
{
	probe_pool app "pm = static" "pm.max_children = 1" "env[APP] = one" "$@"
}
{ head_of_conf; scripts; workers; } >"$T/conf"
hearth_start "$T/conf"

# ask FIELD...: in printf's escapes; the answer is in $T/body.
ask()
{
	local fields='' field
	for field in "$@"; do fields="$fields$field\r\n"; done
	raw "GET $PROGRAM HTTP/1.1\r\nHost: a\r\nConnection: close\r\n$fields\r\n" >"$T/body" || fail "no end of the answer"
	STATUS=$(sed -n '1s/^HTTP.1.1 \([0-9]*\).*/\1/p' "$T/body")
}
told()
{
	local it
	[ "$STATUS" = 200 ] || fail "$PROGRAM: $STATUS"
	for it in "$@"; do
		case $it in
		!*) ! grep -aq "^${it#!}=" "$T/body" || fail "$PROGRAM: it should not have $(grep -a "^${it#!}=" "$T/body")" ;;
		*) grep -aqxF -- "$it" "$T/body" || fail "$PROGRAM: wanted $it, got: $(grep -a "^${it%%=*}=" "$T/body")" ;;
		esac
	done
}

for PROGRAM in /cgi-bin/env /app/env; do
	ask 'Accept-Language: de' 'x-Foo-9:  b a r\t' 'X-Empty:' 'X: \xc3\xbc'
	told HTTP_ACCEPT_LANGUAGE=de 'HTTP_X_FOO_9=b a r' HTTP_X_EMPTY= 'HTTP_X=ü' HTTP_HOST=a

	# Nobody passes himself off for another.
	ask 'X_Foo: evil' 'X-Foo: good' 'Y_Foo: evil' 'Z.Foo: evil' 'X'"'"'Foo: evil' 'X-Foo!: evil' 'X_Forwarded_For: evil'
	told HTTP_X_FOO=good '!HTTP_Y_FOO' '!HTTP_X_FORWARDED_FOR'
	! grep -a evil "$T/body" || fail "$PROGRAM has seen a name that is none"
	ask 'Proxy: evil' 'PROXY: evil' 'Redirect-Status: evil' 'Content-Length: 0' 'Content-Type: a/b' 'Trailer: evil'
	told '!HTTP_PROXY' '!HTTP_REDIRECT_STATUS' REDIRECT_STATUS=200 '!HTTP_CONTENT_LENGTH' '!HTTP_CONTENT_TYPE' '!HTTP_TRAILER' \
		CONTENT_TYPE=a/b
	ask 'Remote-Addr: evil' 'Script-Filename: evil' 'HTTPS: on' 'Remote-User: root' 'PATH: evil' 'LD-PRELOAD: evil' 'Auth-Type: evil'
	told REMOTE_ADDR=127.0.0.1 '!HTTPS' '!REMOTE_USER' '!AUTH_TYPE' '!LD_PRELOAD' HTTP_REMOTE_ADDR=evil HTTP_HTTPS=on

	# Fields of one name are one list; those that are no lists are refused.
	ask 'X: a' 'Y: b' 'x: c' 'Cookie: a=b' 'cookie: c=d' 'Accept: e' 'Accept:' 'Accept: f'
	told 'HTTP_X=a, c' 'HTTP_COOKIE=a=b; c=d' 'HTTP_ACCEPT=e, , f'
	for twice in Content-Type Authorization Proxy-Authorization Content-Range Host Content-Length; do
		ask "$twice: 1" 'X: y' "$twice: 1"
		expect "$twice twice at $PROGRAM" "$STATUS" 400
	done

	# Shellshock.
	ask 'X: () { :; }; echo evil' 'User-Agent: () { _; } >_[$($())] { echo evil; }' 'Content-Type: () { evil' 'Y: x () {'
	told '!HTTP_X' '!HTTP_USER_AGENT' '!CONTENT_TYPE' 'HTTP_Y=x () {'

	# Nobody has asked for passwords.
	ask 'Authorization: Basic YTpi' 'Proxy-Authorization: Basic YTpi'
	told '!HTTP_AUTHORIZATION' '!HTTP_PROXY_AUTHORIZATION' '!AUTH_TYPE' '!REMOTE_USER'
done
# Of six such fields the log tells of the first, and of others once in a while.
expect_log 'request [0-9a-f]*: CONTENT_TYPE looks like a function for bash: it is not passed on'
[ "$(log_count 'looks like a function')" -le 3 ] || fail "the log is flooded"

# The configuration before the client.
PROGRAM=/cgi-bin/env
ask 'X-Set: evil' 'Empty: evil' 'App: evil'
told 'HTTP_X_SET=by us' HTTP_EMPTY= APP=one HTTP_APP=evil

# The server before the configuration: such a line is refused, and what was there serves on.
for pool in scripts workers; do
	for name in REMOTE_ADDR SCRIPT_FILENAME REMOTE_USER HTTPS QUERY_STRING; do
		{ head_of_conf; "$pool" "env[$name] = evil"; } >"$T/evil"
		"$T/bin/hearth" check -c "$T/evil" >"$T/said" 2>&1
		expect "exit of check with env[$name]" $? 78
		grep -q "^$T/evil:$(grep -n "$name" "$T/evil" | cut -d: -f1): env\[$name\] of pool '.*' has no effect" "$T/said" ||
			fail "check says of env[$name]: $(cat "$T/said")"
	done
done
cp "$T/conf" "$T/good"
cp "$T/evil" "$T/conf"
! ctl reload || fail "reload took env[QUERY_STRING]"
grep -q 'env\[QUERY_STRING\]' "$T/ctl.err" || fail "reload says: $(cat "$T/ctl.err")"
ask 'X-Set: evil'
told 'HTTP_X_SET=by us'

# Whoever asks gets passwords, but never a proxy's.
{ head_of_conf; scripts "pass_authorization = yes"; workers "pass_authorization = yes"; } >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
for PROGRAM in /cgi-bin/env /app/env; do
	passed()
	{
		ask 'authorization: Basic YTpi' 'Proxy-Authorization: Basic YTpi'
		grep -aqx 'HTTP_AUTHORIZATION=Basic YTpi' "$T/body"
	}
	wait_for passed
	told '!HTTP_PROXY_AUTHORIZATION' '!AUTH_TYPE' '!REMOTE_USER'
done
hearth_stop
