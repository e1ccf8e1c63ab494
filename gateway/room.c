/* SPDX-License-Identifier: MIT
 *
 * room: see room.h.
 */
#include "gateway/room.h"

#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

uint32_t room_events(const struct room *room)
{
	return EPOLLIN | EPOLLRDHUP | EPOLLET | (room->asked ? (uint32_t)EPOLLOUT : 0u);
}

void room_ask(struct room *room, struct loop *l, struct io *io)
{
	room->asked = true;
	loop_mod(l, io, room_events(room));
}

void room_suffices(struct room *room, struct loop *l, struct io *io)
{
	if (!room->asked || !room->seldom)
		return;
	room->asked = false;
	loop_mod(l, io, room_events(room));
}

uint32_t room_untaken(int fd)
{
	int n = 0;

	return ioctl(fd, SIOCOUTQ, &n) == 0 && n > 0 ? (uint32_t)n : 0;
}
