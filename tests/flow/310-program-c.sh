#!/bin/bash
# SPDX-License-Identifier: MIT
#
# examples/programs in C: libfcgi's loop, one request at a time.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/programs.sh"
program c /c

by_each_way says_hello C
environment
by_each_way echoes
by_each_way at_once 1
by_each_way speaks C
by_each_way crashes
programs_end
