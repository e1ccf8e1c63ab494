/* SPDX-License-Identifier: MIT
 *
 * top: pools, their waiting lines and the slowest requests, live in a terminal.
 * Runs in: the `hearth top` you type. Asks the daemon each second, as any command does.
 */
#ifndef HEARTH_TOP_H
#define HEARTH_TOP_H

/* argv[0] is the command's name. The exit status. */
int top_main(int argc, char **argv);

#endif
