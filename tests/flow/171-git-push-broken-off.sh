#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A push whose client is killed midway leaves no process and a sound repository without it, and the next
# push works: while the pack is on its way, with a hook that has begun, buffered or not.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/real.sh"
needs git:git /usr/lib/git-core/git-http-backend:git

git_home
repository project.git
git_code >"$T/conf"
git init -q "$T/work"
git_import 10 10 8000000 | git -C "$T/work" -c core.compression=0 fast-import --quiet || fail "git fast-import"
hearth_start "$T/conf"
url=http://127.0.0.1:$PORT
repo=$T/repos/project.git

# A git whose packs stop in their middle until somebody kills it.
mkdir "$T/exec"
ln -s /usr/lib/git-core/* "$T/exec/"
rm "$T/exec/git"
cat >"$T/exec/git" <<END_OF_GIT
#!/bin/sh
[ "\$1" = pack-objects ] || exec /usr/lib/git-core/git "\$@"
/usr/lib/git-core/git "\$@" | { head -c 5000000; touch $T/mark/stopped; sleep 100; }
END_OF_GIT
chmod +x "$T/exec/git"

# broken_off POOL CONDITION [VARIABLE=VALUE]...: a push to the pool is killed when the condition holds.
broken_off()
{
	local pusher
	rm -f "$T/mark"/*
	env "${@:3}" setsid git -C "$T/work" -c http.postBuffer=65536 push -q "$url/$1/git/project.git" main 2>"$T/said" &
	pusher=$!
	wait_for "$2"
	kill -KILL -- -$pusher
	wait $pusher 2>/dev/null
	no_script_is_left
	[ -z "$(git -C "$repo" for-each-ref)" ] || fail "it has $(git -C "$repo" for-each-ref)"
	git -C "$repo" fsck --strict >"$T/said" 2>&1 || fail "fsck: $(cat "$T/said")"
	get_ok "/$1/git/project.git/info/refs?service=git-receive-pack" "# service=git-receive-pack"
}

unpacks='ls $T/repos/project.git/objects/*/pack/tmp_pack_*'
broken_off code '[ -e "$T/mark/stopped" ]' GIT_EXEC_PATH="$T/exec"
! eval "$unpacks" 2>/dev/null || fail "a script began before the body was whole"
broken_off stream "[ -e '$T/mark/stopped' ] && $unpacks" GIT_EXEC_PATH="$T/exec"

# The hook tells that it runs and then waits; the whole group of the script ends with the client, as
# soon as receive-pack's next sign of life finds nobody.
git -C "$repo" config receive.keepAlive 1
cat >"$repo/hooks/pre-receive" <<END_OF_HOOK
#!/bin/sh
touch $T/mark/hook
exec sleep 100
END_OF_HOOK
chmod +x "$repo/hooks/pre-receive"
for pool in code stream; do
	broken_off $pool '[ -e "$T/mark/hook" ]'
done

rm "$repo/hooks/pre-receive"
for pool in code stream; do
	git -C "$T/work" push -q "$url/$pool/git/project.git" main:$pool 2>"$T/said" || fail "the next push: $(cat "$T/said")"
	expect "what it has" "$(git -C "$repo" rev-parse $pool)" "$(git -C "$T/work" rev-parse main)"
done
git -C "$repo" fsck --strict >"$T/said" 2>&1 || fail "fsck at last: $(cat "$T/said")"
hearth_stop
