/* SPDX-License-Identifier: MIT
 *
 * serve: `hearth serve [DIR]`: a web server for a directory and its scripts, without any
 * configuration but the one made up here.
 * Runs in: the manager.
 */
#ifndef HEARTH_SERVE_H
#define HEARTH_SERVE_H

/* argv[0] is "serve". The exit status. */
int serve_main(int argc, char **argv);

#endif
