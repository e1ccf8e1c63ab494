#!/bin/bash
# SPDX-License-Identifier: MIT
#
# 100,000 requests (REQUESTS) of every kind to scripts: descriptors, memory and zombies of gateway,
# manager and runners before and after; exit 1 if anything has grown. It is the test of that name,
# which makes fewer of them.
cd "$(dirname "$0")/../.." || exit 1
REQUESTS=${REQUESTS:-100000} exec bash tests/flow/149-nothing-leaks.sh
