#!/bin/bash
# SPDX-License-Identifier: MIT
#
# examples/programs in JavaScript: Node with the FastCGI server beside it, many requests at once.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/programs.sh"
[ -x /usr/bin/node ] || skip "node is not installed"
program node /node

by_each_way says_hello Node
environment
by_each_way echoes
by_each_way at_once 20
by_each_way speaks Node
by_each_way crashes alone
programs_end
