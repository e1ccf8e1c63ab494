#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What nobody would want to be run is a 403, and the log says once what to do about it, however often
# a client asks.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script good <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nran\n'
END
bin=$T/www/cgi-bin
copy() { mkdir -p "$bin/$(dirname "$1")" && cp "$bin/good" "$bin/$1" && chmod "$2" "$bin/$1"; }
copy plain 644
copy plain.xyz 644
copy known.sh 644
copy everybody 777
copy everybody.sh 666
copy open/good 755 && chmod 777 "$bin/open"
copy open/known.sh 644
copy open/sub/good 755
copy sticky/good 755 && chmod 1777 "$bin/sticky"
copy setuid 6755
mkdir "$T/loose" && cp "$bin/good" "$T/loose/" && chmod 777 "$T/loose" && ln -s "$T/loose/good" "$bin/loose"
for name in sh bash php php-cgi php8.2 PHP perl python3.11 ruby3.1 lua5.4 tclsh8.6 node awk busybox; do copy "$name" 755; done
copy env 755
for tool in sh env awk perl; do
	path=$(command -v $tool) && ln -s "$path" "$bin/to-$tool.cgi"
done
mkdir "$bin/binary" && cp "$(command -v env)" "$bin/binary/env"
mkfifo "$bin/fifo"
{
	head_of_conf "threads = 1" # of which each may say it once
	script_pool "follow_symlinks = yes" "interpreter[.sh] = /bin/sh"
} >"$T/conf"
hearth_start "$T/conf"

for path in good known.sh sticky/good setuid env; do get_ok "/cgi-bin/$path" ran; done

# refused PATH LINE [FILE]
refused()
{
	local path=$1
	for more in "" '/info?x'; do
		get "/cgi-bin/$path$more"
		expect_status 403
		! grep -aqE "printf|$T" "$T/body" || fail "/cgi-bin/$path$more tells: $(body)"
	done
	expect_log "ERROR: .*\[pool scripts\] script $bin/${3:-$path}: $2"
	expect "lines about $path" "$(log_count "script $bin/${3:-$path}: ")" 1
}
not_executable='it is not executable: chmod \+x it; a configuration may have an interpreter\[.ext\]'
refused plain "$not_executable"
refused plain.xyz "$not_executable"
refused everybody 'everybody may write to it \(mode 0777\): chmod o-w it'
refused everybody.sh 'everybody may write to it \(mode 0666\)'
refused open/good 'everybody may write to this directory \(mode 0777\), so nothing in it is run: chmod o-w it' open
refused open/known.sh 'everybody may write to this directory' open
refused open/sub/good 'everybody may write to this directory' open
refused loose "this link leads to a file in $T/loose/, a directory that everybody may write to"
refused fifo 'it is neither a file nor a directory'
for name in sh bash php php-cgi php8.2 PHP perl python3.11 ruby3.1 lua5.4 tclsh8.6 node awk busybox binary/env; do
	refused $name 'it is named like an interpreter'
done
for tool in sh env awk perl; do
	[ -e "$bin/to-$tool.cgi" ] || continue
	refused to-$tool.cgi 'this link leads to an interpreter, /[^ ]*, which would run what clients send'
done

# Others of the pool go on, and what was mended runs.
get_ok /cgi-bin/good ran
chmod o-w "$bin/everybody" "$bin/open"
get_ok /cgi-bin/everybody ran
get_ok /cgi-bin/open/sub/good ran

# A crowd that asks for nothing else.
burst 200 /cgi-bin/plain
expect "refusals" "$(burst_count 403)" 200
expect "lines about one script" "$(log_count "script $bin/plain: ")" 1
# Whoever reloads has mended something, and may be wrong.
kill -HUP "$MANAGER"
wait_for 'get /cgi-bin/plain; [ "$(log_count "script $bin/plain: ")" = 2 ]'
hearth_stop
