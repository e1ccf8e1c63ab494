# SPDX-License-Identifier: MIT
#
# Lengths: a function's body over 60 lines or a file over 450 is an offence, a body over 40 lines is
# counted. Relies on clang-format: only a function's brace stands alone in the first column.

function end_of_file()
{
	if (lines > 450) {
		print file ": " lines " lines (450 are the limit)"
		found = 1
	}
}

FNR == 1 {
	end_of_file()
	file = FILENAME
	open = 0
}

{
	lines = FNR
}

/^[a-zA-Z_].*\(/ && !open {
	name = $0
	sub(/\(.*/, "", name)
	sub(/^.*[ *]/, "", name)
}

/^{$/ {
	open = FNR
}

/^}/ && open {
	long = FNR - open - 1
	open = 0
	total++
	if (long > 40)
		over++
	if (long > 60) {
		print FILENAME ":" FNR ": " name "() is " long " lines long (60 are the limit)"
		found = 1
	}
}

END {
	end_of_file()
	print total + 0 " functions, " over + 0 " of them over 40 lines" > "/dev/stderr"
	exit found
}
