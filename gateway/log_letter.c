/* SPDX-License-Identifier: MIT
 *
 * log_letter: see log_letter.h.
 */
#include "gateway/log_letter.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/log.h"

void log_letter_heed(const struct msg_log_file *m, int fd)
{
	char ident[64];

	log_set_format(m->format == LOG_AS_JSON ? LOG_AS_JSON : LOG_AS_TEXT);
	log_set_limit(m->limit);
	snprintf(ident, sizeof ident, "%.*s", SPAN_FMT(m->syslog_ident));
	if (ident[0])
		log_to_syslog(ident, (int)m->facility);
	/* In place: a thread that is just writing meets the old file or the new one, never none. */
	else if (dup3(fd, STDERR_FILENO, 0) < 0)
		log_error("error_log: dup3: %m");
	else
		log_to_fd(STDERR_FILENO);
	if (m->level <= LOG_AT_DEBUG)
		log_set_level((enum log_level)m->level);
}
