#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Serves the sample site in the foreground: what `make run` runs. The site, the programs and the
# configuration are copied to a directory that www-data can read (a clone below /root is not), which
# goes away again on Ctrl-C. Environment: BUILD, PORT (8080, or the next free one).
set -u
cd "$(dirname "$0")/.." || exit 1

build=${BUILD:-build}
port=${PORT:-8080}
dir=$(mktemp -d "${TMPDIR:-/tmp}/hearth-sample.XXXXXX") || exit 1
hearth='' signal=''
trap 'rm -rf "$dir"' EXIT
trap 'signal=1; [ -z "$hearth" ] || kill -TERM "$hearth" 2>/dev/null' INT TERM HUP

taken()
{
	(: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

for _ in {1..50}; do
	taken "$port" || break
	[ -z "${PORT:-}" ] || { echo "port $port is taken" >&2; exit 1; }
	port=$((port + 1))
done

chmod 755 "$dir"
mkdir "$dir/bin"
cp -r examples/site cgi-bin "$dir/"
rm "$dir/site/cgi-bin" # a link, for hearth serve
cp "$build/tools/hello-c" "$dir/cgi-bin/"
cp "$build/hearth" "$build/hearth-gateway" "$build/hearth-exec" "$build/tools/fcgi-hello" "$dir/bin/"
chmod -R a+rX "$dir"

# Root steps down to www-data; anybody else stays who they are.
if [ "$(id -u)" -eq 0 ]; then user='s|@USER@|www-data|'; else user='/@USER@/d'; fi
sed -e "s|@DIR@|$dir|g; s|@PORT@|$port|g" -e "$user" conf/sample.conf >"$dir/hearth.conf"

# Away from the terminal, whose Ctrl-C would come in addition to the signal that is sent above.
setsid "$dir/bin/hearth" run -c "$dir/hearth.conf" &
hearth=$!

for _ in {1..100}; do
	kill -0 "$hearth" 2>/dev/null || break
	if taken "$port"; then
		printf '\n  The sample site is at  http://127.0.0.1:%s/  (Ctrl-C stops it)\n\n' "$port"
		break
	fi
	sleep 0.1
done

# A signal ends the wait too, and then it is not hearth's exit status.
wait "$hearth"
status=$?
while [ -n "$signal" ]; do
	signal=
	wait "$hearth"
	status=$?
done
exit "$status"
