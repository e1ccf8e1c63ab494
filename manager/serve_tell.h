/* SPDX-License-Identifier: MIT
 *
 * serve_tell: what `hearth serve` shows of its logs: a record becomes a line for a person, short,
 * aligned, and coloured if that is wanted.
 * Runs in: the screen of `hearth serve` (serve_screen.h). Pure: no I/O, no clock.
 *
 * Records are text that strangers had a part in. What is not understood is shown as it came, and
 * nothing that moves a cursor passes.
 */
#ifndef HEARTH_SERVE_TELL_H
#define HEARTH_SERVE_TELL_H

#include "common/buf.h"

/* access.format, so that a record of the access log can be told from one of the error log. */
#define TELL_ACCESS_FORMAT                  \
	"@%s %B %{micro}d %{micro}S %C %M " \
	"%{word}X \"%m\" \"%{target}r\" \"%r\""

struct teller {
	const char *dir; /* what is served: in paths it goes without saying */
	bool colour;
	uint64_t requests, errors; /* errors are those of ours: 5xx */
};

/* `now` is the time of day, `record` is without its line end. */
void tell_record(struct teller *t, const char *now, struct span record, struct buf *out);
/* The last line. */
void tell_end(const struct teller *t, const char *now, uint64_t seconds, struct buf *out);

#endif
