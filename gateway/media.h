/* SPDX-License-Identifier: MIT
 *
 * media: media types by the extensions of files: the system's table, and one of our own.
 * Runs in: the gateway. A table is made once for a plan and then only read, by all lanes.
 */
#ifndef HEARTH_MEDIA_H
#define HEARTH_MEDIA_H

#include "common/span.h"

struct media;

/* Reads a table as /etc/mime.types is written: a type, then extensions, between white space; '#'
 * begins a comment. Lines that are not like that are passed over; of an extension that comes twice
 * the last is taken. NULL: no memory. */
struct media *media_parse(struct span text);
/* The same from a file, up to MEDIA_FILE_MAX bytes of it. NULL, with errno: it could not be read.
 */
struct media *media_read(int fd);
void media_free(struct media *m);

#define MEDIA_FILE_MAX (4u * 1024 * 1024)

/* By the longest extension that is known ("tar.gz" before "gz"), in any case; first in m (which
 * may be NULL), then in our own; else application/octet-stream. Without parameters. */
const char *media_type(const struct media *m, struct span file);
/* Is it text whose character set is worth naming? All of text/, and JavaScript under its old name.
 * Not JSON (RFC 8259 8.1 knows no charset) and not XML as an application, which says it itself. */
bool media_is_text(const char *type);

#endif
