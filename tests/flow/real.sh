#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What tests with other people's programs share; sourced behind lib.sh. The programs are those that
# the distribution has, unmodified.

# needs FILE-OR-COMMAND:PACKAGE...: skips aloud if one is missing.
needs()
{
	local each missing=''
	for each in "$@"; do
		command -v "${each%%:*}" >/dev/null || [ -r "${each%%:*}" ] || missing="$missing ${each#*:}"
	done
	[ -z "$missing" ] || skip "not installed:$missing"
}

# as_pool COMMAND...: as the user whom pools run as.
as_pool()
{
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid nobody --regid nogroup --clear-groups "$@"
	else
		"$@"
	fi
}

# owned_by_pool PATH...
owned_by_pool()
{
	[ "$(id -u)" -ne 0 ] || chown -R nobody: "$@"
}

# example FILE [SED-ARGUMENT]...: a configuration from examples/, with this test's port, places and users.
example()
{
	local user='/^user = /d'
	[ "$(id -u)" -ne 0 ] || user='s/^user = .*/user = nobody/'
	sed -e "s|127.0.0.1:8080|127.0.0.1:$PORT|; s|/run/hearth|$T/run|" -e "$user" "${@:2}" "$ROOT/examples/$1"
}

# crowd N PATH...: N clients at once, each asking for one of the paths in turn, and each gets what the
# path gives to a client that is alone. Lines that match $VARIES (a date, a time taken) do not count.
crowd()
{
	local n=$1 paths=("${@:2}") i k alone=()
	for k in "${!paths[@]}"; do
		get "${paths[$k]}"
		expect_status 200
		grep -aEv -- "${VARIES:-^$}" "$T/body" >"$T/alone.$k"
		alone+=("$(sha1sum <"$T/alone.$k")")
	done
	[ "$(printf '%s\n' "${alone[@]}" | sort -u | wc -l)" -eq ${#paths[@]} ] || fail "the pages are not different: ${paths[*]}"
	rm -f "$T"/crowd.*
	: >"$T/crowd"
	for ((i = 0; i < n; i++)); do
		printf 'url = "http://127.0.0.1:%s%s"\noutput = "%s"\n' "$PORT" "${paths[$((i % ${#paths[@]}))]}" "$T/crowd.$i"
	done >"$T/crowd.conf"
	curl -sS -Z --no-progress-meter --parallel-immediate --parallel-max "$n" --max-time 50 \
		-w '%{http_code}\n' -K "$T/crowd.conf" >"$T/crowd" 2>"$T/curl.err"
	expect "how many of $n clients were served" "$(grep -cx 200 "$T/crowd")" "$n"
	for ((i = 0; i < n; i++)); do
		k=$((i % ${#paths[@]}))
		grep -aEv -- "${VARIES:-^$}" "$T/crowd.$i" | cmp - "$T/alone.$k" >&2 ||
			fail "client $i of $n got another answer from ${paths[$k]}"
	done
}

# Pids of what the runners have started and of orphans that came to them.
scripts_alive()
{
	local runners
	runners=$(pids_of hearth-exec | paste -sd,)
	[ -z "$runners" ] || ps --ppid "$runners" -o pid=
}

no_script_is_left()
{
	wait_for '[ -z "$(scripts_alive)" ]'
}

# ---- git --------------------------------------------------------------------------------------

# A client of its own: nobody's configuration, nobody's terminal.
git_home()
{
	mkdir "$T/home"
	export HOME=$T/home GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
	git config --global user.name tester
	git config --global user.email tester@example.test
	git config --global init.defaultBranch main
	git config --global advice.detachedHead false
	git config --global gc.auto 0
	git config --global --add safe.directory '*'
}

# repository NAME: an empty one to push to, without being asked who one is.
repository()
{
	mkdir -p "$T/repos"
	git init -q --bare "$T/repos/$1"
	git -C "$T/repos/$1" config http.receivepack true
	owned_by_pool "$T/repos"
}

# git_import COMMITS FILES [BYTES]: a stream of that many commits with so many files each, and then
# one with a file of random bytes. $WHEN: their time.
git_import()
{
	awk -v commits="$1" -v files="$2" -v when="${WHEN:-1600000000}" 'BEGIN {
		for (c = 1; c <= commits; c++) {
			printf "commit refs/heads/main\ncommitter T <t@example.test> %d +0000\ndata <<E\ncommit %d\nE\n", when + c, c
			for (f = 1; f <= files; f++)
				printf "M 644 inline dir%d/file%d\ndata <<E\nfile %d of commit %d\nE\n", f % 10, f, f, c
		}
	}'
	[ $# -lt 3 ] || {
		printf 'commit refs/heads/main\ncommitter T <t@example.test> 1700000000 +0000\ndata 6\nlarge\n'
		printf 'M 644 inline large\ndata %d\n' "$3"
		head -c "$3" /dev/urandom
		echo
	}
}

# The links of this test are its user's own, and the programs root's.
follow_line()
{
	[ "$(id -u)" -eq 0 ] || echo "follow_symlinks = yes"
}

# git_code [LINE]...: the configuration of examples/git-over-http for repositories in $T/repos, and
# the same again below /stream/ without request buffering.
git_code()
{
	local code
	code=$(example git-over-http/hearth.conf -e "s|/srv/git|$T/repos|; s|/usr/local/lib/code|$T/code|; s|/etc/cgitrc|$T/cgitrc|")
	mkdir "$T/code"
	ln -s /usr/lib/git-core/git-http-backend "$T/code/git"
	ln -s /usr/lib/cgit/cgit.cgi "$T/code/view"
	echo "$code"
	printf '%s\n' "$(follow_line)" "$@"
	sed -n '/^\[code\]/,$p' <<<"$code" | sed 's|^\[code\]|[stream]|; s|^route = .*|route = /stream/|'
	printf '%s\n' "request_buffering = no" "$(follow_line)" "$@"
}
