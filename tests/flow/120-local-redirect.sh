#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A local redirect (RFC 3875 6.2.2) is served here, as a GET of where it leads: a script, a file, a
# directory, another pool. Once; and whatever happens meanwhile.
. "$(dirname "$0")/lib.sh"

# Where the query says, in the manner that the path says.
script go <<'END'
#!/bin/sh
case $PATH_INFO in
/held) printf 'Status: 103\n\nLocation: %s\n\n' "${QUERY_STRING#*,}"
	: >"${QUERY_STRING%%,*}"
	while [ -e "${QUERY_STRING%%,*}" ]; do sleep 0.02; done ;;
/more) printf 'Location: %s\nContent-Type: text/plain\nContent-Length: 9\n\n' "$QUERY_STRING"
	head -c 300000 /dev/zero ;;
/read) n=$(wc -c); printf 'Location: %s?%s\n\n' "$QUERY_STRING" "$n" ;;
/hint) printf 'Status: 103\nLink: <x>\n\nLocation: %s\n\n' "$QUERY_STRING" ;;
*) printf 'Location: %s\n\n' "$QUERY_STRING" ;;
esac
END
script show <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n'
printf '%s %s?%s (%s) path %s type %s length %s body %s of %s\n' "$REQUEST_METHOD" "$SCRIPT_NAME" "$QUERY_STRING" \
	"$REQUEST_URI" "$PATH_INFO" "${CONTENT_TYPE-none}" "${CONTENT_LENGTH-none}" "$(wc -c)" "$HTTP_HOST"
END
mkdir -p "$T/www/dir" "$T/www/new" "$T/www/app"
printf 0123456789 >"$T/www/file.txt"
echo "the index" >"$T/www/dir/index.html"
echo "the file" >"$T/www/app/hello"
conf()
{
	head_of_conf "access.log = $T/access.log" "access.format = %{line}r %s %n %{word}X"
	script_pool | sed 's/max_children = 8/max_children = 1/'
	script_pool "request_buffering = no" | sed "s/^\[scripts\]/[streamed]/; s|= /cgi-bin/|= /streamed/|"
	probe_pool app "pm = static" "pm.max_children = 1"
}
conf >"$T/conf"
hearth_start "$T/conf"

# ---- where it leads

get '/cgi-bin/go?/cgi-bin/show/a%2520b%3fc?d=%2f&e'
expect "the script" "$(body)" "GET /cgi-bin/show?d=%2f&e (/cgi-bin/show/a%2520b%3fc?d=%2f&e) path /a%20b?c type none length none body 0 of 127.0.0.1:$PORT"
get '/cgi-bin/go/more?/cgi-bin/show' -X PUT -d body -H 'Content-Type: x/y' -H 'Host: other.example'
expect "a PUT" "$(body)" "GET /cgi-bin/show? (/cgi-bin/show) path  type none length none body 0 of other.example"
get '/cgi-bin/go/read?/cgi-bin/show' -d 12345
expect "a POST" "$(body | cut -d' ' -f1,2)" "GET /cgi-bin/show?5"
get '/cgi-bin/go?/cgi-bin/show' --request-target http://target.example/cgi-bin/go?/cgi-bin/show
expect "its host" "$(body | sed 's/.* of //')" target.example
get_ok '/cgi-bin/go?/file.txt' 0123456789
expect "its type" "$(header Content-Type)" "text/plain; charset=utf-8"
get_ok '/cgi-bin/go?/dir/' "the index"
get '/cgi-bin/go?/dir'
expect_status 301
expect "the directory" "$(header Location)" /dir/
get_ok '/cgi-bin/go?/app/hello' "hello from the probe"
get '/cgi-bin/go?/none'
expect_status 404
get '/cgi-bin/go?/file%2ftxt'
expect_status 404
get '/cgi-bin/go?//other.example/'
expect_status 302
printf 'Location: /file.txt#end\n\n' >"$T/mark/redirect"
get "/app/say?$T/mark/redirect"
expect "with a fragment" "$STATUS $(header Location)" "302 /file.txt#end"
printf 'Location: /file.txt\n\n' >"$T/mark/redirect"
get_ok "/app/say?$T/mark/redirect" 0123456789
printf 'Location: /app/pid\n\n' >"$T/mark/redirect"
get_ok "/app/say?$T/mark/redirect"

# ---- as what

raw 'HEAD /cgi-bin/go?/cgi-bin/show HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' >"$T/got"
expect "a HEAD" "$(sed '1,/^\r$/d' "$T/got" | wc -c) $(head -n 1 "$T/got" | tr -d '\r')" "0 HTTP/1.1 200 OK"
raw 'HEAD /cgi-bin/go?/file.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' >"$T/got"
expect "a HEAD of a file" "$(grep -c '^Content-Length: 10' "$T/got") $(tail -n 1 "$T/got" | tr -d '\r')" "1 "
get '/cgi-bin/go?/file.txt' -r 2-4
expect_status 206
expect "the part" "$(body)" 234
get '/cgi-bin/go?/file.txt' -d body -H "If-None-Match: $(header ETag)"
expect_status 304
curl -sS -i --http1.1 "http://127.0.0.1:$PORT/cgi-bin/go/hint?/file.txt" >"$T/got"
expect "interim" "$(grep -ac '^HTTP/1.1 103\|^Link: <x>\|^HTTP/1.1 200' "$T/got")" 3

# ---- once, and well formed

get '/cgi-bin/go?/cgi-bin/go?/file.txt'
expect_status 502
expect_log 'script .*/cgi-bin/go( \(pid [0-9]+\))? \("GET /cgi-bin/go\?/file.txt"\): it redirects to "/file.txt", though "/cgi-bin/go\?/cgi-bin/go\?/file.txt" was'
printf 'Location: /app/say?%s\n\n' "$T/mark/redirect" >"$T/mark/redirect"
get "/app/say?$T/mark/redirect"
expect_status 502
for bad in '/a%' '/%00' '/../x' '/%zz'; do
	get "/cgi-bin/go?$bad"
	expect_status 502
done
for bad in '/a b' '/\303\244'; do
	# shellcheck disable=SC2059 # escapes are wanted
	printf "Location: $bad\n\n" >"$T/mark/redirect"
	get "/app/say?$T/mark/redirect"
	expect_status 502
done
expect_log 'redirects to "/a%": that is no path of a URL'
expect_log 'request [0-9a-f]+: script .*/app redirects to "/a b"'

# ---- with others behind it on the connection, and with a body that nobody reads

raw "GET /cgi-bin/go?/file.txt HTTP/1.1\r\nHost: a\r\n\r\nPOST /cgi-bin/go?/app/hello HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /cgi-bin/go?/none HTTP/1.1\r\nHost: a\r\n\r\nGET /dir/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" >"$T/got"
expect "pipelined" "$(grep -aoE "HTTP/1.1 [0-9]+|0123456789|hello from|the index" "$T/got" | tr '\n' ' ')" "HTTP/1.1 200 0123456789 HTTP/1.1 200 hello from HTTP/1.1 404 HTTP/1.1 200 the index "
raw 'POST /streamed/go?/streamed/show HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nGET /evil HTTP/1.1\r\n\r\n' >"$T/got"
expect "body left behind" "$(grep -ac '^HTTP/1.1 200\|^Connection: close\|length none body 0' "$T/got")" 3
get '/streamed/go/read?/streamed/show' -T "$T/www/file.txt" -H 'Transfer-Encoding: chunked'
expect "a streamed body" "$(body | cut -d' ' -f1,2)" 'GET /streamed/show?10'

# ---- while it waits

exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
printf 'GET %s HTTP/1.1\r\nHost: a\r\n\r\n' "/cgi-bin/go/held?$T/mark/gone,/cgi-bin/show" >&"$S"
wait_for '[ -e "$T/mark/gone" ]'
exec {S}>&- # an interim answer is there, and nobody reads it
wait_for '! scripts_run'
hold "/cgi-bin/go/held?$T/mark/reload,/app/hello"
wait_for '[ -e "$T/mark/reload" ]'
conf | sed '/^\[app\]/,$d' >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
rm "$T/mark/reload"
expect_held "by the new plan" 200
expect "what is there now" "$(cat "$T/held")" "the file"
hearth_stop QUIT
expect "lines in the log" "$(grep -c '^PUT /cgi-bin/go/more?/cgi-bin/show HTTP/1.1 200 scripts kept' "$T/access.log")" 1
expect "of the one that left" "$(grep -c "mark/gone.* 499 scripts left" "$T/access.log")" 1
