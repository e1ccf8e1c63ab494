#!/bin/bash
# SPDX-License-Identifier: MIT
#
# follow_symlinks: which links on the way to a script are followed. A refused one is a 403 and one
# line that names it; the pool's own directory may be reached by any.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script run <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nran as %s in %s' "$SCRIPT_NAME" "$(pwd)"
END
bin=$T/www/cgi-bin
mkdir -p "$T/else/where" "$bin/dir"
cp "$bin/run" "$T/else/where/"
ln -s run "$bin/link"
ln -s link "$bin/link2"
ln -s ../../else/where/run "$bin/out.cgi"
ln -s "$T/else/where" "$bin/outdir"
ln -s ../run "$bin/dir/up"
ln -s nowhere "$bin/dangling"
ln -s circle "$bin/circle"
ln -s "/proc/self/cwd/$bin/run" "$bin/magic"
ln -s "$bin" "$T/current"
me=$(id -u)
if [ "$me" -eq 0 ]; then
	other=1
	cp "$bin/run" "$T/else/theirs" && mkdir "$T/else/their-dir" && cp "$bin/run" "$T/else/their-dir/"
	chown -R 1 "$T/else/theirs" "$T/else/their-dir"
	strange=$T/else/theirs strange_dir=$T/else/their-dir/
else
	other=0 # root's files: found by their owner, whatever they are
	strange=/etc/hostname strange_dir=/usr/
fi
ln -s "$strange" "$bin/strange"
ln -s "$strange_dir" "$bin/strange-dir"
pool()
{
	script_pool "follow_symlinks = $1" | sed "s/^\[scripts\]/[$1]/; s|^route = .*|route = /$1/|; s|^directory = .*|directory = $T/current|"
}
{ head_of_conf "threads = 1"; for policy in owner yes no; do pool $policy; done; } >"$T/conf"
hearth_start "$T/conf"

# The file's own name is the link's: that is where it runs.
for policy in owner yes; do
	for path in run link link2 out.cgi outdir/run dir/up; do
		get "/$policy/$path/info"
		expect_status 200
		expect "$policy: $path" "$(body)" "ran as /$policy/$path in $(cd "$bin/$(dirname "$path")" && pwd -P)"
	done
done
get_ok /no/run "ran as /no/run"
for path in link link2 out.cgi outdir/run dir/up strange strange-dir/x; do
	get "/no/$path"
	expect_status 403
done
expect_log "ERROR: .*\[pool no\] script $T/current/out.cgi: follow_symlinks = no, and this is a link \(of user $me, to what belongs to user $me\)"
expect_log "\[pool no\] script $T/current/outdir: follow_symlinks = no"
expect_log "\[pool no\] script $T/current/dir/up: follow_symlinks = no"

for path in strange strange/x strange-dir/run strange-dir; do
	get "/owner/$path"
	expect_status 403
done
why="this link belongs to user $me and what it leads to belongs to user $other: .*follow_symlinks = yes"
expect_log "\[pool owner\] script $T/current/strange: $why"
expect_log "\[pool owner\] script $T/current/strange-dir: $why"
expect "lines about a link that was asked for twice" "$(log_count "current/strange: $why")" 1
if [ "$me" -eq 0 ]; then
	get_ok /yes/strange "ran as /yes/strange"
	get_ok /yes/strange-dir/run "ran as /yes/strange-dir/run"
	chown -h 1 "$bin/strange"
	get_ok /owner/strange "ran as /owner/strange"
fi

for policy in owner yes no; do
	get /$policy/dangling
	expect_status 404
	for path in circle magic; do
		get /$policy/$path
		expect_status 403
	done
done
expect_log "\[pool yes\] script $T/current/magic: this link leads in circles, or by a link of /proc"

# The directory is another one from now on.
cp -r "$T/else/where" "$T/else/new" && sed -i 's/ran as/new:/' "$T/else/new/run"
ln -sfn "$T/else/new" "$T/current"
get_ok /no/run "new: /no/run"
rm "$T/current"
get /no/run
expect_status 404
expect_log "\[pool no\] script $T/current: No such file or directory"
hearth_stop
