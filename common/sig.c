/* SPDX-License-Identifier: MIT
 *
 * sig: see sig.h.
 */
#include "common/sig.h"

#include <sys/syscall.h>
#include <unistd.h>

#define KERNEL_SIGNALS 64

void sig_all_default(void)
{
	/* The kernel's struct sigaction: SIG_DFL, no flags, no mask; larger than any machine's. */
	static const unsigned long dfl[8] = {0};

	for (int sig = 1; sig <= KERNEL_SIGNALS; sig++)
		syscall(SYS_rt_sigaction, sig, dfl, NULL, KERNEL_SIGNALS / 8);
}
