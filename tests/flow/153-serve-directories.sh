#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth serve in directories of all kinds: it serves, or says in a sentence why not; where there
# are no scripts it says how there would be, and that works when it is pasted into a shell.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

hello='#!/bin/sh\nprintf "Content-Type: text/plain\\n\\nhello\\n"\n'

# says TEXT: it has been said since it was started.
says()
{
	grep -aqF -- "$1" "$T/stdout" || fail "it does not say '$1' but: $(cat "$T/stdout")"
}

says_not()
{
	! grep -aF -- "$1" "$T/stdout" || fail "it says '$1'"
}

serve_here()
{
	serve "$1" -l "$PORT"
	grep -q '^hearth: serving' "$T/stdout" || fail "it does not serve $1: $(tail -n 3 "$LOG")"
}

# refused TEXT DIR: exit 1, and the sentence.
refused()
{
	serve "$2" -l "$PORT"
	wait_quietly "$MANAGER"
	MANAGER=
	expect "exit status for $2" "$EXIT" 1
	tail -n 1 "$LOG" | grep -aqF -- "$1" || fail "it does not say '$1' but: $(tail -n 1 "$LOG")"
}

# paste: what stands there indented, as a person would run it.
paste()
{
	sed -n 's/^    //p' "$T/stdout" | grep -v '^hearth serve' >"$T/pasted"
	[ -s "$T/pasted" ] || fail "there is nothing to paste: $(cat "$T/stdout")"
	(umask 022 && cd / && sh -e "$T/pasted") || fail "what was shown does not work: $(cat "$T/pasted")"
}

# Nothing at all; with a name that a shell would stumble over.
# shellcheck disable=SC2016 # no expansion is wanted
for name in empty 'it'\''s; $pool `x` %s' '-l'; do
	mkdir -p "$T/$name"
	serve_here "$T/$name"
	get_ok / '<h1>/</h1>'
	says 'there are no scripts here'
	says "http://127.0.0.1:$PORT/cgi-bin/hello"
	hearth_stop INT
	paste
	serve_here "$T/$name"
	says "  http://127.0.0.1:$PORT/cgi-bin/hello"
	get_ok /cgi-bin/hello hello
	hearth_stop INT
done

# A cgi-bin without scripts: what is pasted works while it serves.
mkdir -p "$T/new/cgi-bin"
serve_here "$T/new"
says 'there are no scripts in cgi-bin/ yet'
paste
get_ok /cgi-bin/hello hello
hearth_stop INT

# Scripts beside the files.
mkdir "$T/stray"
# shellcheck disable=SC2059 # escapes are wanted
printf "$hello" | tee "$T/stray/two words.sh" >"$T/stray/a.cgi"
echo 'print(1)' >"$T/stray/module.py"
chmod 755 "$T/stray/a.cgi" "$T/stray/two words.sh" "$T/stray/module.py"
serve_here "$T/stray"
says 'a.cgi and others here would run if they were in cgi-bin/'
says_not module.py
hearth_stop INT
paste
serve_here "$T/stray"
get_ok /cgi-bin/a.cgi hello
get_ok /cgi-bin/two%20words.sh hello
says "/cgi-bin/two%20words.sh"
hearth_stop INT

# Many, some of them deeper, some that would not run.
mkdir -p "$T/many/cgi-bin/deep/er"
for i in {10..30}; do
	cp "$T/stray/cgi-bin/a.cgi" "$T/many/cgi-bin/s$i"
done
cp "$T/stray/cgi-bin/a.cgi" "$T/many/cgi-bin/deep/er/one"
cp "$T/stray/cgi-bin/a.cgi" "$T/many/cgi-bin/backup~"
chmod 644 "$T/many/cgi-bin/s12"
echo text >"$T/many/cgi-bin/README"
serve_here "$T/many"
says "http://127.0.0.1:$PORT/cgi-bin/deep/er/one"
says "http://127.0.0.1:$PORT/cgi-bin/s10"
says 'and 11 more in cgi-bin/'
says_not README
says_not backup
says 'not executable, and so not run'
get /cgi-bin/s12
expect_status 403
paste
get_ok /cgi-bin/s12 hello
get_ok /cgi-bin/deep/er/one hello
hearth_stop INT

# What would not be run whoever asks is neither linked nor to be made executable.
mkdir -p "$T/odd/cgi-bin/lib.orig"
for name in hello hello.dpkg-old hello.REJ env python3 lib.orig/deep; do
	cp "$T/stray/cgi-bin/a.cgi" "$T/odd/cgi-bin/$name"
done
cp "$T/stray/cgi-bin/a.cgi" "$T/odd/cgi-bin/mute.old"
chmod 644 "$T/odd/cgi-bin/mute.old"
serve_here "$T/odd"
says "http://127.0.0.1:$PORT/cgi-bin/hello"
says "http://127.0.0.1:$PORT/cgi-bin/env"
for name in hello.dpkg-old hello.REJ python3 lib.orig mute.old; do
	says_not "$name"
	get "/cgi-bin/${name/lib.orig/lib.orig/deep}"
	grep -qE '^(404|403)$' <<<"$STATUS" || fail "$name is answered $STATUS"
done
hearth_stop INT

# DIR itself is the cgi-bin.
serve_here "$T/new/cgi-bin"
says "at http://127.0.0.1:$PORT/cgi-bin/ ("
get_ok /cgi-bin/hello hello
get /hello
expect_status 404
hearth_stop INT

# A link as the cgi-bin.
mkdir "$T/linked"
ln -s ../new/cgi-bin "$T/linked/cgi-bin"
serve_here "$T/linked"
get_ok /cgi-bin/hello hello
hearth_stop INT

mkdir "$T/file" && touch "$T/file/cgi-bin"
serve_here "$T/file"
says 'cgi-bin is not a directory here'
hearth_stop INT

serve_here /
get_ok /tmp/ '<h1>/tmp/</h1>'
hearth_stop INT

refused 'this is a file: name the directory' "$T/file/cgi-bin"
refused 'No such file or directory' "$T/nowhere"
refused 'a port is given by -l' 8080
mkdir "$T/gone"
(cd "$T/gone" && rmdir "$T/gone" && exec "$T/bin/hearth" serve -l "$PORT") 2>"$T/err"
expect "exit status in a removed directory" "$?" 1
grep -q 'the working directory: it cannot be found' "$T/err" || fail "$(cat "$T/err")"

# As who may not write there, or not even read.
as=()
[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid nobody --regid nogroup --clear-groups)
mkdir -p "$T/mine" && chmod 555 "$T/mine"
mkdir "$T/home" && chmod 777 "$T/home"
"${as[@]}" env HOME="$T/home" "$T/bin/hearth" serve "$T/mine" -l "$PORT" >"$T/stdout" 2>>"$LOG" </dev/null &
MANAGER=$!
wait_for 'grep -q "^hearth: serving" "$T/stdout"'
says "hearth serve $T/home/hearth-site"
hearth_stop INT
paste
[ -x "$T/home/hearth-site/cgi-bin/hello" ] || fail "nothing was made in the home directory"
# Nor in his home directory, or in one that is another's.
"${as[@]}" env HOME="$T/mine" "$T/bin/hearth" serve "$T/mine" -l "$PORT" >"$T/stdout" 2>>"$LOG" </dev/null &
MANAGER=$!
wait_for 'grep -q "^hearth: serving" "$T/stdout"'
says "hearth serve /tmp/hearth-site"
hearth_stop INT
chmod 000 "$T/mine"
"${as[@]}" "$T/bin/hearth" serve "$T/mine" -l "$PORT" 2>"$T/err" >"$T/stdout"
expect "exit status for an unreadable directory" "$?" 1
grep -q 'mine: Permission denied' "$T/err" || fail "$(cat "$T/err")"
chmod 755 "$T/mine"
