#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Every variable of RFC 3875 is right, and those that everybody sends besides.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script env <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
env
echo "PWD_IS=$(pwd -P)"
END
{ head_of_conf; script_pool "env[HOME] = /srv/home" "env[COLOUR] = two words"; } >"$T/conf"
hearth_start "$T/conf"

get '/cgi-bin/env/some/pa%20th?a=b&c=%20d' -H 'X-Some-Header: its value' -H 'Cookie: a=1' -H 'Host: example.test:81' \
	-H 'Proxy: http://evil.test/' -H 'Authorization: Basic c2VjcmV0' -A tester
expect_status 200
is()
{
	grep -qxF -- "$1" "$T/body" || fail "wanted $1, got: $(grep "^${1%%=*}=" "$T/body")"
}
lacks()
{
	! grep -q "^$1=" "$T/body" || fail "it should not have $(grep "^$1=" "$T/body")"
}
is "GATEWAY_INTERFACE=CGI/1.1"
is "SERVER_PROTOCOL=HTTP/1.1"
is "REQUEST_METHOD=GET"
is "SCRIPT_NAME=/cgi-bin/env"
is "PATH_INFO=/some/pa th"
is "PATH_TRANSLATED=$T/www/some/pa th"
is "QUERY_STRING=a=b&c=%20d"
is "REQUEST_URI=/cgi-bin/env/some/pa%20th?a=b&c=%20d"
is "SCRIPT_FILENAME=$T/www/cgi-bin/env"
is "DOCUMENT_ROOT=$T/www"
is "REMOTE_ADDR=127.0.0.1"
is "SERVER_ADDR=127.0.0.1"
is "SERVER_NAME=example.test"
is "REQUEST_SCHEME=http"
is "REDIRECT_STATUS=200"
is "HTTP_X_SOME_HEADER=its value"
is "HTTP_COOKIE=a=1"
is "HTTP_USER_AGENT=tester"
is "HTTP_HOST=example.test:81"
is "HOME=/srv/home"
is "COLOUR=two words"
is "PWD_IS=$T/www/cgi-bin"
grep -q '^SERVER_SOFTWARE=hearth' "$T/body" || fail "SERVER_SOFTWARE: $(grep ^SERVER_SOFTWARE "$T/body")"
grep -q '^REMOTE_PORT=[0-9]' "$T/body" || fail "no REMOTE_PORT"
grep -q '^REQUEST_ID=.' "$T/body" || fail "no REQUEST_ID"
grep -q '^SERVER_PORT=[0-9]' "$T/body" || fail "no SERVER_PORT"
lacks HTTP_PROXY
lacks HTTP_AUTHORIZATION
lacks CONTENT_LENGTH
lacks CONTENT_TYPE
lacks HTTP_CONTENT_LENGTH
lacks ASAN_OPTIONS

get /cgi-bin/env
lacks PATH_INFO
lacks PATH_TRANSLATED
is "QUERY_STRING="
hearth_stop
