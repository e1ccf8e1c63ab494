/* SPDX-License-Identifier: MIT
 *
 * pipes: see pipes.h.
 */
#include "gateway/pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"

/* What one call moves from a file: more than a pipe holds. */
#define FEED_MAX (1024u * 1024)

void pipe_close(struct io *io, struct loop *l)
{
	if (io->fd < 0)
		return;
	/* With its only descriptor the pipe's end leaves epoll as well. */
	loop_forget(l, io);
	fd_close(&io->fd);
}

void pipes_close(struct pipes *p, struct loop *l)
{
	pipe_close(&p->in, l);
	pipe_close(&p->out, l);
	pipe_close(&p->err, l);
}

/* One pipe: ours is which end (0 to read, 1 to write). A pipe belongs to who has made it, and a
 * script of another user could not open its own /dev/stderr; nobody else comes near it. */
static bool open_one(struct io *io, int ours, int *theirs)
{
	int ends[2];

	if (fd_pipe(ends, ours) < 0)
		return false;
	fchmod(ends[ours], 0666);
	io->fd = ends[ours];
	*theirs = ends[!ours];
	return true;
}

/* Opened once a thread: a copy costs less than another opening, and there is nothing in it that
 * scripts could share. */
static bool open_nothing(int *theirs)
{
	static _Thread_local int nothing = -1;

	if (nothing < 0) /* cppcheck-suppress knownConditionTrueFalse; not so in the next call */
		nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	*theirs = nothing < 0 ? -1 : fcntl(nothing, F_DUPFD_CLOEXEC, 0);
	return *theirs >= 0;
}

/* From a file the kernel hands its pages on, without a copy by us. The results are feed_some's;
 * false: this file system cannot do that. */
static bool feed_file(int to, const struct feed *f, ssize_t *n, bool *failed)
{
	uint64_t from, left;
	loff_t at;
	int fd;

	if (!spool_file_at(f->from, f->at, &fd, &from, &left))
		return false;
	at = (loff_t)from;
	*n = splice(
		fd, &at, to, NULL, left < FEED_MAX ? (size_t)left : FEED_MAX, SPLICE_F_NONBLOCK);
	if (*n < 0 && errno == EINVAL)
		return false;
	*failed = *n == 0 || (*n < 0 && errno == EIO);
	if (*n == 0)
		errno = 0;
	return true;
}

/* Bytes written, 0: the end of what there is, -1 with errno; *failed: they cannot be read. */
static ssize_t feed_some(int to, const struct feed *f, bool *failed)
{
	char room[32 * 1024];
	struct span piece;
	ssize_t n;

	if (feed_file(to, f, &n, failed))
		return n;
	piece = spool_at(f->from, f->at, room, sizeof room, failed);
	if (*failed || piece.n == 0)
		return 0;
	return write(to, piece.p, piece.n);
}

enum fed pipe_feed(struct io *in, struct loop *l, struct feed *f)
{
	bool failed = false;
	ssize_t n = 0;

	while (in->fd >= 0 && (n = feed_some(in->fd, f, &failed)) > 0)
		f->at += (uint64_t)n;
	if (failed)
		return FED_FAILED;
	if (in->fd < 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)) || (n == 0 && !f->whole))
		return FED_SOME;
	pipe_close(in, l);
	return n < 0 ? FED_REFUSED : FED_ALL;
}

static bool watch(struct pipes *p, struct loop *l)
{
	return loop_add(l, &p->out, EPOLLIN | EPOLLET) == 0 &&
	       (p->in.fd < 0 || loop_add(l, &p->in, EPOLLOUT | EPOLLET) == 0);
}

bool pipes_hear(struct pipes *p, struct loop *l)
{
	return loop_add(l, &p->err, EPOLLIN) == 0;
}

bool pipes_open(struct pipes *p, struct loop *l, bool has_body, int theirs[3])
{
	p->in.fd = p->out.fd = p->err.fd = -1;
	theirs[0] = theirs[1] = theirs[2] = -1;
	if ((has_body ? open_one(&p->in, 1, &theirs[0]) : open_nothing(&theirs[0])) &&
		open_one(&p->out, 0, &theirs[1]) && open_one(&p->err, 0, &theirs[2]) && watch(p, l))
		return true;
	pipes_close(p, l);
	for (int i = 0; i < 3; i++)
		fd_close(&theirs[i]);
	return false;
}
