/* SPDX-License-Identifier: MIT
 *
 * uplink: our end of the wall: plans, workers, descriptors and orders come down, facts go up.
 * Runs in: the gateway, lane 0. Nothing here is ever waited for: the manager says, we do.
 */
#ifndef HEARTH_UPLINK_H
#define HEARTH_UPLINK_H

/* Takes the channel to the manager. */
void uplink_open(int fd);

#endif
