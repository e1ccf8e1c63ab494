# SPDX-License-Identifier: MIT
#
# The law of the stairs. Arguments: files of one room, with
#	-v room=gateway -v list="http_parse http_body ..." [-v common=1]
# A file may include "common/X.h" and files of its own room that stand before it in the list, its
# own header among them. NAME.c, NAME.h and NAME.def share the place of NAME; "NAME.h" in the list
# places a header without a source. Prints each offence; exit 1 if there was one.

function stem(path)
{
	sub(/^.*\//, "", path)
	sub(/\.[a-z]+$/, "", path)
	return path
}

function bad(what)
{
	print what
	found = 1
}

BEGIN {
	n = split(list, word, " ")
	for (i = 1; i <= n; i++) {
		place[stem(word[i])] = i
		if (word[i] !~ /\.h$/ && (getline line < (room "/" word[i] ".c")) < 0)
			bad("Makefile: " room "/" word[i] ".c is listed but not there")
		close(room "/" word[i] ".c")
	}
}

FNR == 1 && !(stem(FILENAME) in place) {
	bad(FILENAME ": not in the Makefile's list of " room "/")
	place[stem(FILENAME)] = 999
}

/^#[ \t]*include[ \t]*"/ {
	split($0, part, "\"")
	target = part[2]
	where = FILENAME ":" FNR ": "
	if (target !~ "^" room "/") {
		if (target !~ /^common\//)
			bad(where "includes " target ", which is neither of common/ nor of " room "/")
		next
	}
	if (!(stem(target) in place))
		bad(where "includes " target ", which is not in the list")
	else if (place[stem(target)] > place[stem(FILENAME)])
		bad(where "includes " target ", which stands after it")
}

END {
	exit found
}
