#!/bin/bash
# SPDX-License-Identifier: MIT
#
# An upload of 512 MB (2 GB with HUGE=2147483648), collected in a file or passed on as it comes,
# arrives whole, and the gateway needs no more memory for it than for a small one.
# variants: plain
. "$(dirname "$0")/lib.sh"

size=${HUGE:-536870912}
[ "$(df --output=avail -B1 "$T" | tail -n 1)" -gt $((5 * 1073741824)) ] || skip "less than 5 GB of room in $T"

script count <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n%s %s' "${CONTENT_LENGTH-unset}" "$(wc -c)"
END
mkdir -m 1777 "$T/spool"
{
	head_of_conf "max_body = 3g" "max_spool = 4g" "spool_dir = $T/spool"
	script_pool "max_spool = 4g"
	script_pool "request_buffering = no" | sed 's/^\[scripts\]/[streamed]/; s|^route.*|route = /streamed/|'
} >"$T/conf"
hearth_start "$T/conf"
gateway=$(pids_of hearth-gateway)

# Its largest size so far, in KiB.
peak()
{
	sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$gateway/status"
}

# upload PATH [CURL-ARGUMENT]...: zeros from a pipe come in chunks.
upload()
{
	STATUS=$(head -c "$size" /dev/zero | curl -sS --max-time 55 -H Expect: -o "$T/body" -w '%{http_code}' "${@:2}" -T - \
		"http://127.0.0.1:$PORT$1" 2>"$T/curl.err")
}

head -c 1000000 /dev/zero | get /cgi-bin/count -H Expect: -T -
before=$(peak)
upload /cgi-bin/count
expect_status 200
expect "collected" "$(body)" "$size $size"
upload /streamed/count
expect_status 200
expect "passed on" "$(body)" "unset $size"
after=$(peak)
[ $((after - before)) -lt 8192 ] || fail "the gateway grew from $before to $after KiB"
[ -z "$(ls -A "$T/spool")" ] || fail "files are left: $(ls -A "$T/spool")"
hearth_stop
