#!/bin/bash
# SPDX-License-Identifier: MIT
#
# On a file system that takes HELLO.PY for hello.py, a script has one name all the same: the one it
# has there. Else what is said of *.py would not hold for it, nor what is said of admin/.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || skip "only root can mount a file system"
command -v mkfs.exfat mount.exfat-fuse >/dev/null || skip "no exfatprogs or exfat-fuse"
[ -c /dev/fuse ] || skip "no /dev/fuse"
device='' bin=$T/www/cgi-bin
let_go()
{
	local code=$?
	umount -l "$bin" 2>/dev/null
	[ -z "$device" ] || losetup -d "$device"
	(exit "$code")
	at_exit
}
trap let_go EXIT
truncate -s 8M "$T/image" && mkfs.exfat "$T/image" >/dev/null || skip "mkfs.exfat failed"
device=$(losetup -f --show "$T/image" 2>/dev/null) || skip "no loop device"
mkdir -p "$bin"
mount.exfat-fuse -o umask=022,allow_other "$device" "$bin" >/dev/null 2>&1 || skip "cannot mount exfat"
script Hello.py <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n%s ran for %s' "$0" "$POOL"
END
mkdir "$bin/Admin"
cp "$bin/Hello.py" "$bin/Admin/tool.sh"
cp "$bin/Hello.py" "$bin/1"
[ -e "$bin/HELLO.PY" ] || skip "exfat does not fold case here"
{
	head_of_conf
	script_pool "env[POOL] = scripts"
	echo "[admin]"
	echo "type = cgi"
	echo "route = /cgi-bin/Admin/"
	echo "directory = $bin/Admin"
	echo "env[POOL] = admin"
	user_line
} >"$T/conf"
hearth_start "$T/conf"

# HELLO.PY before and after, as the kernel remembers names by how they were asked for.
for path in HELLO.PY hello.py Hello.PY/x; do
	get /cgi-bin/$path
	expect_status 404
done
get_ok /cgi-bin/Hello.py "$bin/Hello.py ran for scripts"
get_ok /cgi-bin/1 "$bin/1 ran for scripts"
for path in HELLO.PY hello.py Hello.PY/x ADMIN/tool.sh admin/tool.sh; do
	get /cgi-bin/$path
	expect_status 404
done
get_ok /cgi-bin/Admin/tool.sh "$bin/Admin/tool.sh ran for admin"
umount -l "$bin" # the file system is a process below $T
hearth_stop
