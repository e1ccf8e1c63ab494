#!/bin/bash
# SPDX-License-Identifier: MIT
#
# examples/programs in C++: libfcgi's streams.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/programs.sh"
[ -x "$BUILD/programs/cpp" ] || skip "g++ is not installed"
program cpp /cpp

by_each_way says_hello "C++"
environment
by_each_way echoes
by_each_way at_once 1
by_each_way speaks "C++"
by_each_way crashes
programs_end
