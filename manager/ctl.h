/* SPDX-License-Identifier: MIT
 *
 * ctl: the command line's side of the control socket.
 * Runs in: the `hearth status`, `reload`, `stop` you type. Never in the daemon.
 */
#ifndef HEARTH_CTL_H
#define HEARTH_CTL_H

/* argv[0] is the command's name. The exit status. */
int ctl_main(int argc, char **argv);

#endif
