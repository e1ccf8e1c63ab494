/* SPDX-License-Identifier: MIT
 *
 * sandbox: see sandbox.h. The manager has changed our user already; here is checked that it
 * worked and cannot be undone: what is only believed to be dropped is how servers are taken over.
 */
#include "gateway/sandbox.h"

#include <linux/capability.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/log.h"

static bool has_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &head, data) < 0)
		return true;
	return data[0].permitted || data[1].permitted || data[0].effective || data[1].effective;
}

void sandbox_enter(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		fatal(71, "prctl: %m");
	if (getuid() == 0 || geteuid() == 0 || getgid() == 0 || getegid() == 0)
		fatal(77, "refusing to serve as root");
	if (setresuid((uid_t)-1, 0, (uid_t)-1) == 0)
		fatal(77, "regained root: refusing to serve");
	if (has_capabilities())
		fatal(77, "holding capabilities: refusing to serve");
}
