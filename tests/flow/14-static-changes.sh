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

# slowly NAME: a client that takes 20 MB at its leisure; gives the size that it was promised.
slowly()
{
	curl -sS --limit-rate 8M --max-time 50 -o "$T/got.$1" -D "$T/head.$1" "http://127.0.0.1:$PORT/$1" 2>"$T/err.$1" &
	HELD=$!
	wait_for "[ -s '$T/got.$1' ]"
}
for name in shorter rewritten longer gone; do
	head -c 20000000 /dev/zero >"$T/www/$name"
	slowly $name
	case $name in
	shorter) truncate -s 15000000 "$T/www/$name" ;;
	rewritten) tr '\0' x <"$T/www/$name" >"$T/x" && dd if="$T/x" of="$T/www/$name" conv=notrunc bs=1M status=none ;;
	longer) echo more >>"$T/www/$name" ;;
	gone) rm "$T/www/$name" ;;
	esac
	wait "$HELD"
	code=$?
	size=$(stat -c %s "$T/got.$name")
	case $name in
	shorter | rewritten)
		[ $code -eq 18 ] || [ $code -eq 56 ] || fail "$name under way: curl says $code after $size bytes"
		[ "$size" -lt 20000000 ] || fail "$name under way: $size bytes came"
		;;
	*)
		expect "$name under way: curl" "$code" 0
		expect "$name under way: bytes" "$size" 20000000
		;;
	esac
done
expect_log 'changed while it was being sent'
hearth_stop
