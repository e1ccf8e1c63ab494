/* SPDX-License-Identifier: MIT
 *
 * pipes: see pipes.h.
 */
#include "gateway/pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"

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

/* One pipe: ours is which end (0 to read, 1 to write). */
static bool open_one(struct io *io, int ours, int *theirs)
{
	int ends[2];

	if (fd_pipe(ends, ours) < 0)
		return false;
	io->fd = ends[ours];
	*theirs = ends[!ours];
	return true;
}

/* Opened once a thread: a copy costs less than another opening, and there is nothing in it that
 * scripts could share. */
static bool open_nothing(int *theirs)
{
	static _Thread_local int nothing = -1;

	if (nothing < 0)
		nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	*theirs = nothing < 0 ? -1 : fcntl(nothing, F_DUPFD_CLOEXEC, 0);
	return *theirs >= 0;
}

void pipe_feed(struct io *in, struct loop *l, struct request *r)
{
	char room[32 * 1024];
	bool failed = false;

	while (in->fd >= 0) {
		struct span piece = request_body_piece(r, room, sizeof room, &failed);
		ssize_t n = piece.n ? write(in->fd, piece.p, piece.n) : 0;
		if ((n < 0 && errno == EAGAIN) ||
			(!piece.n && !failed && !request_body_is_whole(r)))
			return;
		if (failed)
			log_error(
				"request %016" PRIx64 ": its body cannot be read back: %m", r->id);
		r->unwanted = piece.n && n < 0;
		if (n <= 0)
			pipe_close(in, l);
		else
			r->body_at += (uint64_t)n;
	}
}

void pipe_refused(struct io *in, struct loop *l, struct request *r)
{
	pipe_close(in, l);
	if (r)
		r->unwanted = true;
}

static bool watch(struct pipes *p, struct loop *l)
{
	return loop_add(l, &p->out, EPOLLIN | EPOLLET) == 0 && loop_add(l, &p->err, EPOLLIN) == 0 &&
	       (p->in.fd < 0 || loop_add(l, &p->in, EPOLLOUT | EPOLLET) == 0);
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
