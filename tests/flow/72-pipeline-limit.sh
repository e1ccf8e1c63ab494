#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A client may send so many requests ahead of their answers; then its connection is closed, in order
# and with a word, also while a script runs.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script slow <<'END'
#!/bin/sh
sleep 0.3
printf 'Content-Type: text/plain\r\n\r\nthe script\n'
END
echo "a file" >"$T/www/file.txt"
{ head_of_conf "max_pipeline = 3"; script_pool; } >"$T/conf"
hearth_start "$T/conf"

# requests N [FIRST-PATH]: all in one piece.
requests()
{
	local i
	printf 'GET %s HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' "${2:-/file.txt}"
	for ((i = 1; i < $1; i++)); do printf 'GET /file.txt HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'; done
}
answers()
{
	grep -ac '^HTTP/1.1 200' "$T/answer"
}

for first in /file.txt /cgi-bin/slow; do
	raw "$(requests 10 $first)" >"$T/answer" || fail "$first: not closed"
	expect "$first: answers" "$(answers)" 4
	expect "$first: the last one says so" "$(grep -aoE '^(HTTP/1.1|Connection: close)' "$T/answer" | tail -n 2 | tr '\n' ' ')" \
		"HTTP/1.1 Connection: close "
done
expect "in order" "$(grep -a '^a file\|^the script' "$T/answer" | head -n 1)" "the script"

# One after the other is no pipeline.
url=http://127.0.0.1:$PORT/file.txt
expect "one connection" "$(curl -sS -o /dev/null -w '%{num_connects}\n' "$url?[1-20]" | grep -c 1)" 1

sed -i '/^max_pipeline/d' "$T/conf"
hearth_stop
hearth_start "$T/conf"
raw "$(requests 1100)" >"$T/answer" || fail "not closed"
expect "1,000 by default, and the first" "$(answers)" 1001
hearth_stop
