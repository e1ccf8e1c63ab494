/* SPDX-License-Identifier: MIT
 *
 * run_letter: what a runner must know to start a request's script: words, environment, directory.
 * Runs in: the gateway. Pure but for memory.
 */
#ifndef HEARTH_RUN_LETTER_H
#define HEARTH_RUN_LETTER_H

#include "gateway/request.h"

/* Fills the letter; its spans point into argv and env. False: no memory. */
bool run_letter(const struct request *r, struct buf *argv, struct buf *env, struct msg_run *m);

#endif
