#!/bin/bash
# SPDX-License-Identifier: MIT
#
# examples/programs in C with threads: one process takes as many requests at once as pm.concurrency says.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/programs.sh"
program threads /threads

by_each_way says_hello "C with threads"
environment
by_each_way echoes
by_each_way at_once 8
by_each_way speaks "C with threads"
by_each_way crashes alone
programs_end
