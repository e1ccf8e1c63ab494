#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a keep-alive connection costs while it has nothing to ask: user-space memory (PSS of all
# processes) before and with CLIENTS (10,000) connections that have each had one answer.
. "$(dirname "$0")/lib.sh"
needs nginx:nginx-light lighttpd:lighttpd curl:curl

CLIENTS=${CLIENTS:-10000}
most=$(($(ulimit -Hn) - 500))
[ "$CLIENTS" -le "$most" ] || { echo "note: $most clients only: more files may not be open"; CLIENTS=$most; }
ulimit -Sn "$(ulimit -Hn)"
make_files
printf '%-28s %14s\n' server "bytes each"
line="bench idle-memory clients=$CLIENTS"
for name in hearth lighttpd nginx-1; do
	port=$(free_port)
	files_from "$name" "$port"
	before=$(tree_pss "$name")
	crowd_begins "$port" /small.txt "$CLIENTS" idle
	each=$((($(tree_pss "$name") - before) / CLIENTS))
	crowd_ends
	end_server "$name"
	printf '%-28s %14d\n' "$name" "$each"
	line="$line ${name//-/_}=$each"
done
echo "$line"
