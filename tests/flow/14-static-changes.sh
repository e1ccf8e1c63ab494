#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Files that change: the next request sees it, however it was done; and what is being sent is never
# mixed with what came later, nor of another length than was said.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

mkdir "$T/www/one" "$T/www/two"
echo one >"$T/www/one/x"
echo two >"$T/www/two/x"
ln -s one "$T/www/current"
head_of_conf "write_timeout = 30s" >"$T/conf"
hearth_start "$T/conf"

for i in 1 2 3 4 5 6 7 8 9; do
	printf '%s' "$i" >"$T/www/a"
	get_ok /a
	expect "written over" "$(body)" "$i"
	printf '%s' "-$i" >"$T/www/new"
	mv "$T/www/new" "$T/www/a"
	get_ok /a
	expect "replaced" "$(body)" "-$i"
done
rm "$T/www/a"
get /a
expect_status 404
for to in two one two; do
	ln -sfn $to "$T/www/next"
	mv -T "$T/www/next" "$T/www/current"
	get_ok /current/x $to
done

# Deleted files do not keep their space for long.
head -c 100000 /dev/zero >"$T/www/deleted"
get_ok /deleted
rm "$T/www/deleted"
gateway=$(pids_of hearth-gateway)
wait_for '! ls -l /proc/'"$gateway"'/fd | grep -q "deleted (deleted)"'

# A client that has begun to take its 60 MB, of which sockets hold but some, waits until the file has
# changed, and takes the rest.
all=60000000
for name in shorter rewritten longer gone; do
	truncate -s $all "$T/www/$name"
	touch -d '1 hour ago' "$T/www/$name"
	exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
	printf 'GET /%s HTTP/1.0\r\n\r\n' "$name" >&"$S"
	length=''
	until IFS= read -r -t 40 line <&"$S" && [ "$line" = $'\r' ]; do
		[ -n "$line" ] || fail "$name: no head"
		[[ $line != [Cc]ontent-[Ll]ength:* ]] || length=$(tr -cd 0-9 <<<"$line")
	done
	expect "$name: the length that is said" "$length" $all
	case $name in
	shorter) truncate -s 55000000 "$T/www/$name" ;;
	rewritten) printf x | dd of="$T/www/$name" conv=notrunc status=none ;;
	longer) echo more >>"$T/www/$name" ;;
	gone) rm "$T/www/$name" ;;
	esac
	size=$(timeout 40 cat <&"$S" | wc -c)
	exec {S}>&-
	case $name in
	shorter | rewritten) [ "$size" -lt $all ] || fail "$name under way: $size bytes came" ;;
	*) expect "$name under way: bytes" "$size" $all ;;
	esac
	rm -f "$T/www/$name"
done
expect_log 'changed while it was being sent'
hearth_stop
