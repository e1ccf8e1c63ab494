/* SPDX-License-Identifier: MIT
 *
 * sig: see sig.h.
 */
#include "common/sig.h"

#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/span.h"

#define KERNEL_SIGNALS 64

void sig_all_default(void)
{
	/* The kernel's struct sigaction: SIG_DFL, no flags, no mask; larger than any machine's. */
	static const unsigned long dfl[8] = {0};

	for (int sig = 1; sig <= KERNEL_SIGNALS; sig++)
		syscall(SYS_rt_sigaction, sig, dfl, NULL, KERNEL_SIGNALS / 8);
}

static const char *const signal_names[] = {
	[SIGHUP] = "SIGHUP",
	[SIGINT] = "SIGINT",
	[SIGQUIT] = "SIGQUIT",
	[SIGILL] = "SIGILL",
	[SIGTRAP] = "SIGTRAP",
	[SIGABRT] = "SIGABRT",
	[SIGBUS] = "SIGBUS",
	[SIGFPE] = "SIGFPE",
	[SIGKILL] = "SIGKILL",
	[SIGUSR1] = "SIGUSR1",
	[SIGSEGV] = "SIGSEGV",
	[SIGUSR2] = "SIGUSR2",
	[SIGPIPE] = "SIGPIPE",
	[SIGALRM] = "SIGALRM",
	[SIGTERM] = "SIGTERM",
	[SIGXCPU] = "SIGXCPU",
	[SIGXFSZ] = "SIGXFSZ",
	[SIGSYS] = "SIGSYS",
};

void sig_describe_end(int status, char *text, size_t size)
{
	int sig = WTERMSIG(status);
	bool named = (size_t)sig < nitems(signal_names) && signal_names[sig];

	if (WIFEXITED(status))
		snprintf(text, size, "exited with code %d", WEXITSTATUS(status));
	else
		snprintf(text, size, "exited on signal %d (%s%s)", sig,
			named ? signal_names[sig] : "unnamed",
			WCOREDUMP(status) ? ", core dumped" : "");
}
