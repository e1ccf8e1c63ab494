/* SPDX-License-Identifier: MIT
 *
 * clock: see clock.h.
 */
#include "common/clock.h"

#include <time.h>

struct mono mono_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (struct mono){(int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000};
}

int64_t clock_since_1970_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
