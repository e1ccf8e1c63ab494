#!/bin/bash
# SPDX-License-Identifier: MIT
#
# examples/programs in PHP: php-cgi, and the file that the path names.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/programs.sh"
[ -x /usr/bin/php-cgi ] || skip "php-cgi is not installed"
program php /program.php

by_each_way says_hello PHP
environment
by_each_way echoes
by_each_way at_once 1
by_each_way speaks PHP
by_each_way crashes
programs_end
