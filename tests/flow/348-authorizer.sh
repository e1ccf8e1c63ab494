#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The authorizer of a pool (FastCGI 1.0 6.3): 200 lets a request through, with variables that nobody
# can fake; anything else is the answer.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script show <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n'
env
END
mkdir "$T/files" "$T/www/cgi-bin/in"
echo "from a file" >"$T/files/denied.txt"
{
	head_of_conf "access.log = $T/access" 'access.format = "%u %m %{path}r %s %n"'
	script_pool "authorizer = login" "index = show hello" "env[FIXED] = here"
	probe_pool app "authorizer = login" "pm.status_path = /app/status"
	probe_pool open
	probe_pool login "pm.max_children = 2" "sendfile_root = $T/files"
	probe_pool other "authorizer = self"
	probe_pool self
	probe_pool two "authorizer = self" "route = =/cgi-bin/in/hello" | sed '/^route = .two/d'
} >"$T/conf"
hearth_start "$T/conf"
ask()
{
	local how=$1
	shift
	get "$@" -H "X-Ask: $how"
}

# Let through, to programs and to scripts, with what the authorizer has said and no field can say.
for path in /app/env /cgi-bin/show; do
	ask yes $path -H 'X-From: nobody' -H 'Remote-User: eve' -H 'Variable-REMOTE_USER: eve' -H 'Authorization: Basic YTpi'
	expect_status 200
	for line in REMOTE_USER=alice AUTH_TYPE=Probe 'GROUP=staff and others' 'HTTP_X_FROM=the authorizer' "SCRIPT_NAME=${path%/env}"; do
		grep -qxF "$line" "$T/body" || fail "$path: no $line"
	done
	expect "who $path is from" "$(grep -c 'X_FROM\|^REMOTE_USER' "$T/body")" 2
	expect "the password" "$(grep -c 'HTTP_AUTHORIZATION' "$T/body")" 0
	expect "what the authorizer says besides" "$(header Set-Cookie)$(grep -c 'nobody sees' "$T/body")" 0
done
wait_for "grep -qxF 'alice GET /app/env 200 app' '$T/access' && grep -qxF 'alice GET /cgi-bin/show 200 scripts' '$T/access'"

# He hears what the program would, but for what is of the body and of the script.
ask env '/app/env/more?q=1' -H 'Authorization: Basic YTpi' -X PUT -d 12345
expect_status 403
for line in FCGI_ROLE=AUTHORIZER 'REQUEST_URI=/app/env/more?q=1' QUERY_STRING=q=1 REQUEST_METHOD=PUT HTTP_AUTHORIZATION='Basic YTpi' \
	REMOTE_ADDR=127.0.0.1 CONTENT_TYPE=application/x-www-form-urlencoded; do
	grep -qxF "$line" "$T/body" || fail "he is not told $line: $(body)"
done
expect "what is none of his" "$(grep -E '^(CONTENT_LENGTH|PATH_INFO|PATH_TRANSLATED|SCRIPT_NAME|SCRIPT_FILENAME|FIXED|REMOTE_USER)=' "$T/body")" ""

# Any other answer is the client's; what would be behind it stays unknown.
for path in /app/hello /app/status /cgi-bin/show /cgi-bin/none /cgi-bin /cgi-bin/; do
	get $path
	expect_status 401
	expect "the body" "$(body)" "who are you?"
	expect "the field" "$(header WWW-Authenticate)" 'Basic realm="probe"'
done
wait_for "grep -qxF -e '- GET /app/hello 401 app' '$T/access'"
expect "lines of the log" "$(grep -c '/app/hello' "$T/access")" 1
ask yes /cgi-bin/none
expect_status 404
ask yes /cgi-bin/ -L
expect_status 200
ask yes /cgi-bin/in/ # whose index is another pool's, with another authorizer
expect_status 200
expect_body 'hello from the probe'
ask yes /app/status
expect_body 'accepted conn'
ask 302 /app/hello
expect_status 302
expect "where it leads" "$(header Location)" http://example.org/login
ask 403 /app/hello -I
expect_status 403
expect "its length" "$(header Content-Length)" 5
ask local /app/hello
expect_status 200
expect_body 'hello from the probe'
get "/app/hello?404" -H 'X-Ask: status'
expect_status 404
printf 'Status: 403\r\nX-Sendfile: denied.txt\r\nContent-Type: text/plain\r\n\r\n' >"$T/files/say"
chmod 644 "$T/files/say"
ask say "/app/hello?$T/files/say"
expect_status 403
expect "the file" "$(body)" "from a file"

# A connection goes on behind either.
expect "one after another" "$(curl -sS -o /dev/null -w '%{http_code}-%{num_connects} ' "http://127.0.0.1:$PORT/app/hello" -H 'X-Ask: yes' --next \
	-sS -o /dev/null -w '%{http_code}-%{num_connects} ' "http://127.0.0.1:$PORT/app/hello" --next \
	-sS -o /dev/null -w '%{http_code}-%{num_connects} ' "http://127.0.0.1:$PORT/app/echo" -d body -H 'X-Ask: 403' --next \
	-sS -o /dev/null -w '%{http_code}-%{num_connects} ' "http://127.0.0.1:$PORT/app/hello" -I -H 'X-Ask: yes')" "200-1 401-0 403-0 200-0 "

# What is not his to say is dropped; what is no answer lets nobody in.
ask odd /app/env
expect_status 200
grep -qxF TWICE=good "$T/body" || fail "the first of two"
expect "what he may not say" "$(grep -E 'evil|1\.2\.3\.4' "$T/body")" "FIXED=evil"
ask odd /cgi-bin/show
expect_status 200
grep -qxF FIXED=here "$T/body" || fail "the pool's own variable"
grep -qxF TWICE=good "$T/body" || fail "the first of two"
expect "what he may not say" "$(grep -E 'evil|1\.2\.3\.4' "$T/body")" ""
for name in REMOTE_ADDR HTTP_PROXY PHP_VALUE LD_PRELOAD A-B FIXED Twice; do
	expect_log "pool login.*it lets a request in with the variable $name: .*it is dropped"
done
for how in many long control early nohead only crash half; do
	ask $how /app/hello
	expect_status 502
done
expect_log 'pool login.*its variables are more than 64, or longer than 16384 bytes'
expect_log 'an authorizer has no interim responses'
# The local redirect of a program is asked for like any request.
printf 'Location: /other/hello\n\n' >"$T/files/say"
get "/open/say?$T/files/say"
expect_status 401
get "/open/say?$T/files/say" -H 'X-Ask: yes'
expect_status 200
hearth_stop
