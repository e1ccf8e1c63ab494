#!/bin/bash
# SPDX-License-Identifier: MIT
#
# examples/programs in Go: net/http/fcgi, many requests at once in one process.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/programs.sh"
[ -x "$BUILD/programs/go" ] || skip "go is not installed"
program go /go

by_each_way says_hello Go
environment 'PATH_INFO|SCRIPT_NAME|REQUEST_URI'
by_each_way echoes
by_each_way at_once 20
by_each_way speaks Go ''
by_each_way crashes alone
programs_end
