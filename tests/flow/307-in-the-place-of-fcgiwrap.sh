#!/bin/bash
# SPDX-License-Identifier: MIT
#
# In the place of fcgiwrap: the configuration of nginx that comes with it, where nothing but the socket is
# another. What is asked of both is answered the same; and what fcgiwrap lacks is there.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/behind.sh"
. "$(dirname "$0")/nginx.sh"
needs nginx:nginx-light fcgiwrap:fcgiwrap git:git /usr/lib/git-core/git-http-backend:git
OTHER=$(new_port) GIT=$(new_port)

scripts_of_behind
script some <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\nX-Own: yes\n\n'
env | grep -E '^(QUERY_STRING|REQUEST_(METHOD|URI)|CONTENT_(LENGTH|TYPE)|SCRIPT_(NAME|FILENAME)|DOCUMENT_(ROOT|URI)|REMOTE_ADDR|HTTP_X_SOME)=' | sort
pwd
END
script there <<'END'
#!/bin/sh
printf 'Location: http://elsewhere.test/\n\n'
END
script created <<'END'
#!/bin/sh
printf 'Status: 201 Created\nContent-Type: text/plain\n\ncreated\n'
END
script silent <<'END'
#!/bin/sh
END
script tree <<'END'
#!/bin/sh
sleep 1000 &
: >"$QUERY_STRING"
wait
END
script greedy <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n'
ulimit -n
END
chmod 755 "$T/www"

# The file that Debian has, or one like it, for a port and a socket.
place()
{
	local file=/usr/share/doc/fcgiwrap/examples/nginx.conf
	echo "server { listen 127.0.0.1:$1;"
	if [ -r $file ]; then
		sed "s|/usr/lib\b|$T/www|g; s|unix:/run/fcgiwrap.socket|unix:$2|" $file
	else
		echo "location /cgi-bin/ { gzip off; root $T/www; fastcgi_pass unix:$2;"
		echo "include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME $T/www\$fastcgi_script_name; }"
	fi
	echo "}"
}
mkdir -m 777 "$T/wrap"
nginx_conf <<END
$(place "$PORT" "$T/run/scripts.sock")
$(place "$OTHER" "$T/wrap/sock")
server {
	listen 127.0.0.1:$GIT;
	location ~ ^/git(/.*) {
		include /etc/nginx/fastcgi_params;
		fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
		fastcgi_param GIT_PROJECT_ROOT $T/repos;
		fastcgi_param GIT_HTTP_EXPORT_ALL 1;
		fastcgi_param PATH_INFO \$1;
		fastcgi_request_buffering off;
		fastcgi_pass unix:$T/run/git.sock;
	}
}
END
behind -e '/^\[app\]/,/^pm.status/d' -e "s|^pm = ondemand|&\nrlimit_files = 123|"
cat >>"$T/conf" <<END
[git]
type = cgi
directory = /usr/lib/git-core
$(user_line)
listen = $T/run/git.sock
listen.mode = 0666
END
hearth_start "$T/conf"
cp "$(command -v fcgiwrap)" "$T/bin/"
as_pool "$T/bin/fcgiwrap" -c 4 -s "unix:$T/wrap/sock" 2>"$T/wrap/err" &
WRAP=$!
wait_for '[ -S "$T/wrap/sock" ]'
chmod 666 "$T/wrap/sock"
front nginx -c "$T/nginx/conf" -e "$T/nginx/error.log"
wait_for "answers /cgi-bin/some"

# ---- the same of both, but for the words behind the number of a status
fields()
{
	tr -d '\r' <"$T/head" | sed 's|^\(HTTP/1.1 [0-9]*\).*|\1|' | grep -Eiv '^(Date|Connection|Transfer-Encoding|Content-Length|ETag):' | sort
}

# same PATH [CURL-ARGUMENT]...
same()
{
	PORT=$OTHER get "$@"
	mv "$T/body" "$T/body.wrap"
	fields >"$T/fields.wrap"
	get "$@"
	fields | diff "$T/fields.wrap" - || fail "another head: $*"
	[[ $* == *--head ]] || cmp "$T/body.wrap" "$T/body" || fail "another body: $*"
}
same "/cgi-bin/some?a=b&c" -H 'X-Some: thing'
expect_body "HTTP_X_SOME=thing"
same /cgi-bin/some --data-binary "some bytes"
expect_body "CONTENT_LENGTH=10"
same /cgi-bin/echo --data-binary "@$T/conf"
same /cgi-bin/echo -H 'Transfer-Encoding: chunked' --data-binary "some bytes"
same /cgi-bin/some --head
same /cgi-bin/status
expect_status 451
same /cgi-bin/there
expect_status 302
same /cgi-bin/created
expect_status 201

# ---- not the same, and why
for each in nohead silent; do
	PORT=$OTHER get "/cgi-bin/$each"
	expect_status 502 # a page of nginx
	get "/cgi-bin/$each"
	expect_status 502 # a page with the number of the request
	expect_body "Request "
done
get /cgi-bin/none
expect_status 404 # where fcgiwrap says 403
get /cgi-bin/env/more/info
expect_status 200 # and 403 of this, unless nginx cuts the path
says "PATH_INFO=/more/info"

# ---- what fcgiwrap lacks
get /cgi-bin/echo --data-binary "@$T/sent" # there each waits for the other
expect_status 200
cmp "$T/sent" "$T/body" || fail "other bytes came back"
get_ok /cgi-bin/greedy 123
sed -i "s|^rlimit_files = 123|request_terminate_timeout = 1s|" "$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
# On a slow machine the time may be over before it has started anything: then again.
overruns()
{
	get "/cgi-bin/tree?$T/mark/tree"
	expect_status 504
	[ -e "$T/mark/tree" ]
}
wait_for overruns 30
wait_for '! scripts_run'
expect_log 'pool scripts. request [0-9a-f]+: script .*/env .*said into stderr: "words on stderr"'

# ---- git's own program, unmodified
git_home
repository hello.git
git init -q "$T/tree"
git -C "$T/tree" commit -q --allow-empty -m first
head -c 2000000 /dev/urandom >"$T/tree/large"
git -C "$T/tree" add large
git -C "$T/tree" commit -q -m large
git -C "$T/tree" push -q "http://127.0.0.1:$GIT/git/hello.git" main || fail "push"
git clone -q "http://127.0.0.1:$GIT/git/hello.git" "$T/clone" || fail "clone"
cmp "$T/tree/large" "$T/clone/large" || fail "another file came back"

front_stop
pids_of fcgiwrap | xargs kill
wait_quietly "$WRAP"
hearth_stop
