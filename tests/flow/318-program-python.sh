#!/bin/bash
# SPDX-License-Identifier: MIT
#
# examples/programs in Python: a WSGI application and the FastCGI server beside it, with threads.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/programs.sh"
[ -x /usr/bin/python3 ] || skip "python3 is not installed"
program python /python

by_each_way says_hello Python
environment
by_each_way echoes
by_each_way at_once 8
by_each_way speaks Python
by_each_way crashes alone
programs_end
