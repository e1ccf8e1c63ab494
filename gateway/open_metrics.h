/* SPDX-License-Identifier: MIT
 *
 * open_metrics: writes OpenMetrics text (version 1.0.0): families, samples, histograms.
 * Runs in: the gateway. Pure; knows no metric by name.
 */
#ifndef HEARTH_OPEN_METRICS_H
#define HEARTH_OPEN_METRICS_H

#include "common/buf.h"
#include "gateway/tally.h"

#define OPEN_METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

struct open_metrics {
	struct buf *b;
	const char *family; /* whose samples come now */
	const char *suffix; /* that its type asks for */
	bool failed;        /* there was no memory */
};

struct om_label {
	const char *name;
	struct span value; /* any bytes */
};

/* A family begins; all its samples have to follow. unit: what the name ends with, or NULL. */
void om_family(struct open_metrics *m, const char *name, const char *type, const char *unit,
	const char *help);
void om_number(struct open_metrics *m, const struct om_label *labels, size_t n, uint64_t v);
/* In seconds, of microseconds. */
void om_seconds(struct open_metrics *m, const struct om_label *labels, size_t n, uint64_t us);
/* In seconds. Of one that nothing was counted in yet there is only the last bucket. */
void om_histogram(struct open_metrics *m, const struct om_label *labels, size_t n,
	const struct tally_times *t);
void om_end(struct open_metrics *m);

#endif
