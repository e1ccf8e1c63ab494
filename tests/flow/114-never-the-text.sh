#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The text of a script never reaches a client: however it is asked for, and whatever fails, even
# where the directory of scripts lies in the document root and several routes lead to it.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

mkdir -p "$T/www/cgi-bin/sub"
script run.cgi <<'END'
#!/bin/sh
# SECRET
printf 'Content-Type: text/plain\n\nran\n'
END
bin=$T/www/cgi-bin
cp "$bin/run.cgi" "$bin/sub/index.cgi"
cp "$bin/run.cgi" "$bin/run.cgi~"
cp "$bin/run.cgi" "$bin/page.html"
cp "$bin/run.cgi" "$bin/plain.cgi" && chmod 644 "$bin/plain.cgi"
cp "$bin/run.cgi" "$bin/open.cgi" && chmod 777 "$bin/open.cgi"
{ echo '#!/no/such/interpreter'; echo '# SECRET'; } | script broken.cgi
{ echo '# SECRET'; } | script no-line.cgi
gzip -k "$bin/run.cgi"
ln -s cgi-bin "$T/www/alias"
ln -s cgi-bin/run.cgi "$T/www/run.txt"
for name in page.cgi page.cgi~ '#page.cgi#' page.cgi.bak page.cgi.old page.cgi.orig.gz page.cgi.dpkg-old page.cgi.save; do
	cp "$bin/run.cgi" "$T/www/$name"
done
echo public >"$T/www/notes.bak"
{
	head_of_conf "index = index.html index.cgi" "autoindex = yes" "threads = 1"
	script_pool "pm.queue_timeout = 4s" | sed 's/^pm.max_children.*/pm.max_children = 2/'
	echo "[inner]"
	echo "type = cgi"
	echo "route = /cgi-bin/sub/ =/run"
	echo "directory = $bin"
	echo "host = inner.test"
	user_line
	echo "[suffix]"
	echo "type = cgi"
	echo "route = *.cgi"
	echo "directory = $T/www"
	user_line
} >"$T/conf"
hearth_start "$T/conf"
gateway=$(pids_of hearth-gateway)

paths="/cgi-bin/run.cgi /cgi-bin/run.cgi/ /cgi-bin/run.cgi/x /cgi-bin/run.cgi.gz /cgi-bin/run.cgi~ /cgi-bin//run.cgi /cgi-bin/%72un.cgi
	/cgi-bin/page.html /cgi-bin/plain.cgi /cgi-bin/plain.cgi/ /cgi-bin/open.cgi /cgi-bin/broken.cgi /cgi-bin/no-line.cgi /cgi-bin/sub /cgi-bin/sub/
	/cgi-bin/sub/index.cgi /cgi-bin /cgi-bin/ /CGI-BIN/run.cgi /alias/run.cgi /alias/page.html /alias/ /run.txt /page.cgi /page.cgi/ /page.cgi~
	/%23page.cgi%23 /page.cgi.bak /page.cgi.old /page.cgi.orig.gz /page.cgi.orig /page.cgi.dpkg-old /page.cgi.save /run"

ways=('' '-H Range:bytes=0-99' '-I' '-H Accept-Encoding:gzip --compressed' '-H Host:inner.test -d body=1' '-H Range:bytes=5-,0-9' '-X OPTIONS'
	'-X PROPFIND' '-H If-Range:x -H Range:bytes=1-' '-0' '-H Translate:f')

# no_text SITUATION: all paths in many ways; nothing of any script comes.
no_text()
{
	local path url=()
	for path in $paths; do url+=("http://127.0.0.1:$PORT$path"); done
	for more in "${ways[@]}"; do
		# shellcheck disable=SC2086 # these are words
		curl -sS --path-as-is --max-time 50 -Z --parallel-immediate --parallel-max 4 --no-progress-meter -i $more "${url[@]}" >"$T/all" 2>"$T/curl.err"
		! grep -aq SECRET "$T/all" || fail "$1 ($more): $(grep -a -B9 -A3 SECRET "$T/all")"
		[ "$(grep -ac '^HTTP/1' "$T/all")" = ${#url[@]} ] || fail "$1 ($more): $(grep -ac '^HTTP/1' "$T/all") answers to ${#url[@]} requests: $(cat "$T/curl.err")"
	done
}
no_text "all is well"
wait_for 'get /cgi-bin/run.cgi; [ "$STATUS" = 200 ]'
expect_body ran
get_ok /page.cgi ran
get_ok /notes.bak public
ways=("${ways[@]:0:5}")
expect_log 'static /page.cgi.bak: files named \*.cgi are scripts'

# limit PID RESOURCE=SOFT: as whose process it is, for not every root may do that to others.
limit()
{
	local as=()
	[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid "$(stat -c %u "/proc/$1/task")" --regid "$(stat -c %g "/proc/$1/task")" --clear-groups)
	"${as[@]}" prlimit --pid "$1" "--$2:"
}

# No process can be made.
for pid in $(pids_of hearth-exec); do limit "$pid" nproc=0; done
no_text "no processes"
get /cgi-bin/run.cgi
expect_status 500
expect_log "run.cgi could not be started: no more processes: the pool.s user or group is at its limit"

# Nobody is there to make one; others come.
for pid in $(pids_of hearth-exec); do kill -KILL "$pid"; done
no_text "no runners"
wait_for 'get /cgi-bin/run.cgi; [ "$STATUS" = 200 ]'

# They do not answer, and the line is full.
for pid in $(pids_of hearth-exec); do kill -STOP "$pid"; done
paths="/cgi-bin/run.cgi /cgi-bin/run.cgi/x /cgi-bin/page.html /cgi-bin/sub/ /page.cgi" no_text "runners that are stopped" &
stopped=$!
wait_for '[ "$(log_count "waited longer than pm.queue_timeout")" -gt 0 ]'
for pid in $(pids_of hearth-exec); do kill -CONT "$pid"; done
wait "$stopped" || fail "something was told"

# The gateway cannot look, or has nothing left to look with.
chmod 000 "$bin"
no_text "a closed directory"
get /cgi-bin/run.cgi
expect_status 403
expect_log "\[pool scripts\] script $bin: the gateway.s user may not search"
chmod 755 "$bin"
# without_descriptors: what opens nothing is answered, and then it is left with as many as it has. What it
# closes meanwhile it may open again: then it had enough.
without_descriptors()
{
	local free=0
	exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET /notes.bak HTTP/1.1\r\nHost: a\r\n\r\n' >&"$S"
	head -c 20 <&"$S" >"$T/first"
	wait_for 'ctl status --json; grep -q "\"connections\":1," "$T/ctl.out"'
	while [ -e "/proc/$gateway/fd/$free" ] || [ -L "/proc/$gateway/fd/$free" ]; do free=$((free + 1)); done
	limit "$gateway" nofile=$free
	printf 'GET /cgi-bin/run.cgi HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' >&"$S"
	timeout 40 cat <&"$S" >"$T/second"
	exec {S}>&-
	limit "$gateway" nofile=1024
	! grep -aq SECRET "$T/second" || fail "without descriptors: $(cat "$T/second")"
	grep -aq '^HTTP/1.1 503' "$T/second"
}
for try in {1..10}; do
	without_descriptors && break
	[ "$try" -lt 10 ] || fail "without descriptors: $(cat "$T/second")"
done
expect_log "\[pool scripts\] script $bin: Too many open files"
wait_for 'get /cgi-bin/run.cgi; [ "$STATUS" = 200 ]'

# The directory is gone.
mv "$bin" "$T/gone"
no_text "no directory"
get /cgi-bin/run.cgi
expect_status 404
expect_log "\[pool scripts\] script $bin: No such file or directory"
hearth_stop
