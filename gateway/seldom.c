/* SPDX-License-Identifier: MIT
 *
 * seldom: see seldom.h. Only what was said is remembered, by its hash: two records that share one
 * cost us the second of them for a minute.
 */
#include "gateway/seldom.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "gateway/lane.h"

#define AGAIN_MS 60000

static _Thread_local struct {
	uint64_t hash; /* 0: free */
	struct mono at;
} said[SELDOM_MAX];

/* FNV-1a. */
static uint64_t hash_of(const char *text)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return h ? h : 1;
}

static bool is_due(uint64_t hash)
{
	struct mono now = lane_here->loop.now;
	size_t place = SELDOM_MAX;

	for (size_t i = 0; i < SELDOM_MAX; i++) {
		bool old = !said[i].hash || mono_ms_between(said[i].at, now) >= AGAIN_MS;
		if (said[i].hash == hash && !old)
			return false;
		if (old)
			place = i;
	}
	if (place == SELDOM_MAX)
		return false;
	said[place].hash = hash;
	said[place].at = now;
	return true;
}

void seldom_error(const char *fmt, ...)
{
	char text[4096]; /* as much as a record takes */
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	if (is_due(hash_of(text)))
		log_error("%s", text);
}

void seldom_error_of(uint64_t request, const char *fmt, ...)
{
	char text[4000]; /* and the id */
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	if (is_due(hash_of(text)))
		log_event(
			NULL, LOG_AT_ERROR, request, "%s (request %016" PRIx64 ")", text, request);
}

void seldom_forget(void)
{
	memset(said, 0, sizeof said);
}
