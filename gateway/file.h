/* SPDX-License-Identifier: MIT
 *
 * file: one file below the document root, or below a pool's sendfile_root, opened, with what there
 * is to say of it in a head.
 * Runs in: the gateway, confined to one lane; shared by the cache and all that are sending it.
 */
#ifndef HEARTH_FILE_H
#define HEARTH_FILE_H

#include <sys/stat.h>

#include "common/buf.h"
#include "common/clock.h"
#include "gateway/http_coding.h"
#include "gateway/http_conditional.h"
#include "gateway/plan.h"

/* Up to this size the contents are in memory, and no descriptor is kept. */
#define FILE_IN_MEMORY (16u * 1024)

struct file {
	struct list link;   /* the cache's: the latest used first; else alone */
	struct file *chain; /* the cache's: others with this hash */
	uint32_t hash;
	unsigned refs;
	int fd;        /* -1: it is in memory, or there is none */
	int error;     /* errno: nothing is to be had; EISDIR: a directory */
	bool settled;  /* its stamps are old enough to notice the next change */
	bool was_seen; /* `stat` is that of something; if it is not to be had all the same */
	struct stat stat;
	struct mono opened;
	enum http_coding coding; /* a neighbour of what was asked for, in this coding */
	bool coded;              /* its bytes are those of a coding */
	char *name; /* the path that was opened, from its first slash on; NUL behind it */
	size_t name_len, path_len; /* path_len: without the ending that says the coding */
	const char *type;
	bool is_text; /* a charset is to be named with the type */
	uint64_t size;
	char *contents; /* if size is at most FILE_IN_MEMORY */
	char etag[40];  /* with its quotes; strong */
	struct http_validators is;
	char *words;            /* somebody else's, that `type` and `is` point to */
	struct buf validators;  /* ETag and Last-Modified, as lines */
	struct buf description; /* Content-Type, Content-Encoding, Accept-Ranges */
};

/* Opens `path` (normal form) beneath the plan's root; for another coding than identity its
 * neighbour. Whatever comes out is an object; NULL: no memory. */
struct file *file_open(const struct plan *p, struct span path, enum http_coding coding);
/* The same below another directory, of whose files nobody asks whether they are scripts. */
struct file *file_open_in(int root, const struct plan *p, struct span path);

/* What a script says of a file that it names; what is empty is ours to say. */
struct file_words {
	struct span type, etag, modified;
	bool coded;
};

/* It is no other request's file. False: no memory. */
bool file_describe(struct file *f, const struct file_words *w);

/* For a descriptor of a regular file, which is taken: nothing is in memory, there are no lines. */
struct file *file_wrap(int fd);

static inline struct file *file_ref(struct file *f)
{
	f->refs++;
	return f;
}

/* NULL is nothing. */
void file_unref(struct file *f);

static inline struct span file_path(const struct file *f)
{
	return (struct span){f->name, f->path_len};
}

/* Does its path still name what it named when it was opened? */
bool file_is_current(const struct file *f, const struct plan *p);
/* Can all of it still be sent as it was promised? Not if it has become shorter, or was written to
 * without becoming longer: what is appended to (a log) is as good as it was. */
bool file_is_whole(const struct file *f);

#endif
