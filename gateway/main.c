/* SPDX-License-Identifier: MIT
 *
 * hearth-gateway: the public flat. All network input is read here, without a key to anything.
 *
 * Started by the manager only, with the channel to it as descriptor 3. Takes no arguments and
 * reads no configuration: it is handed a plan.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "common/fd.h"
#include "common/log.h"
#include "gateway/lane.h"
#include "gateway/sandbox.h"
#include "gateway/uplink.h"

#ifdef __INI_H__
#error "the gateway never parses configuration: it is handed a plan"
#endif

#define CHANNEL 3

int main(void)
{
	if (fd_guard_std() < 0)
		return 71;
	log_open("gateway", LOG_AT_NOTICE);
	signal(SIGPIPE, SIG_IGN); /* scripts that do not read their input are no reason to die */
	signal(SIGXFSZ, SIG_IGN); /* nor is a log that has grown to the limit of files */
	prctl(PR_SET_NAME, "hearth-gateway"); /* executed by descriptor, it would be a number */
	sandbox_enter();
	fd_limit_raise();
	lanes_create();
	uplink_open(CHANNEL);
	loop_run(&lanes[0].loop);
	return 0;
}
