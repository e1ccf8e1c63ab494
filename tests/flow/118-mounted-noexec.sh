#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Scripts on a file system that is mounted noexec: the log says so; with an interpreter they run.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || skip "only root can mount a file system"
bin=$T/www/cgi-bin
let_go()
{
	local code=$?
	umount -l "$bin" 2>/dev/null
	(exit "$code")
	at_exit
}
trap let_go EXIT
mkdir -p "$bin"
mount -t tmpfs -o noexec,mode=755 none "$bin" 2>/dev/null || skip "cannot mount a tmpfs"
script by-itself <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nran\n'
END
cp "$bin/by-itself" "$bin/by-another.sh" && chmod 644 "$bin/by-another.sh"
cp /bin/true "$bin/program"
{ head_of_conf; script_pool "interpreter[.sh] = /bin/sh"; } >"$T/conf"
hearth_start "$T/conf"

for name in by-itself program; do
	get /cgi-bin/$name
	expect_status 500
	expect_log "script $bin/$name could not be started: $bin/$name lies on a file system that is mounted noexec"
done
get_ok /cgi-bin/by-another.sh ran
hearth_stop
