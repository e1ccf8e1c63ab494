#!/bin/bash
# SPDX-License-Identifier: MIT
#
# examples/programs in Ruby: ruby-fcgi, with its library or without.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/programs.sh"
/usr/bin/ruby -rfcgi -e 1 2>/dev/null || skip "ruby-fcgi is not installed"
program ruby /ruby

by_each_way says_hello Ruby
environment
by_each_way echoes
by_each_way at_once 1
by_each_way speaks Ruby
by_each_way crashes
programs_end
