#!/bin/bash
# SPDX-License-Identifier: MIT
#
# examples/programs in Perl: FCGI.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/programs.sh"
/usr/bin/perl -MFCGI -e 1 2>/dev/null || skip "libfcgi-perl is not installed"
program perl /perl

by_each_way says_hello Perl
environment
by_each_way echoes
by_each_way at_once 1
by_each_way speaks Perl
by_each_way crashes
programs_end
