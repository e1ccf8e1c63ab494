#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A site that is put in its place by exchanging a link, or by removing and making its directory anew,
# is followed without a reload.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

mkdir "$T/one" "$T/two"
echo one >"$T/one/file.txt"
echo two >"$T/two/file.txt"
chmod -R a+rX "$T/one" "$T/two"
ln -s one "$T/site"
head_of_conf | sed "s|^document_root = .*|document_root = $T/site|" >"$T/conf"
hearth_start "$T/conf"

says()
{
	[ "$(curl -s --max-time 50 "http://127.0.0.1:$PORT/file.txt")" = "$1" ]
}

says one || fail "the first is not served"
ln -s two "$T/new"
mv -T "$T/new" "$T/site"
wait_for 'says two'
expect_log 'document_root .*/site is another directory now'

rm -r "$T/two"
says two && fail "a file that is gone is served"
mkdir "$T/two"
echo three >"$T/two/file.txt"
chmod -R a+rX "$T/two"
wait_for 'says three'
hearth_stop
